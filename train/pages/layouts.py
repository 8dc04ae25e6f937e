"""What a page shows: notes, forms, algebra, score sheets, printed sheets with answers, a crowd, one digit, nothing."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from train.pages import algebra, forms, marks, tokens
from train.pages.pen import draw_scribble
from train.pages.scribe import Scribe
from train.pages.sheet import rule
from train.pages.words import invent_name, invent_script, invent_word

TIGHT = 1.15
"""Rows closer than this, in digit heights, may touch."""
MOST_ITEMS = 110
"""On one page; more cost time and show nothing new."""

Layout = Callable[[Scribe, float], None]
"""(scribe, height of the digits) -> a written sheet."""

TOKENS: dict[str, tuple[float, tokens.Token]] = {
    "number": (5.0, tokens.number),
    "note": (1.2, tokens.note),
    "word": (0.7, tokens.word),
    "algebra": (0.7, algebra.algebra),
    "zeros": (0.5, tokens.zeros),
    "units": (0.3, tokens.units),
    "mixed number": (0.4, algebra.mixed_number),
    "print": (0.3, tokens.printed),
    "scribble": (0.1, tokens.scribble),
    "shape": (0.15, tokens.shape),
}
"""What rows of notes hold, and how often about."""


def notes(scribe: Scribe, size: float) -> None:
    """Rows of all kinds of tokens in a random mix."""
    rng = scribe.rng
    names = list(TOKENS)
    mix = rng.dirichlet([TOKENS[name][0] for name in names])
    _maybe_rule(scribe, size, share=0.45)
    _fill_rows(scribe, size, lambda x, y, high: TOKENS[str(rng.choice(names, p=mix))][1](scribe, x, y, high))


def form(scribe: Scribe, size: float) -> None:
    """A printed form."""
    forms.fill_form(scribe, size)


def calculations(scribe: Scribe, size: float) -> None:
    """Equations only."""
    _maybe_rule(scribe, size, share=0.4)
    _fill_rows(scribe, size, lambda x, y, high: algebra.algebra(scribe, x, y, high), pitch=(1.5, 3.5), gap=(1.0, 4.0))


def scores(scribe: Scribe, size: float) -> None:
    """Names with numbers beside them, row after row alike; dates; columns of numbers."""
    rng = scribe.rng
    width = scribe.sheet.paper.shape[1]
    _maybe_rule(scribe, size, share=0.5)
    hand = str(rng.choice(["hand", "running", "print"], p=[0.6, 0.2, 0.2]))
    column, pitch, most = rng.uniform(0.3, 0.6) * width, rng.uniform(1.4, 3) * size, int(rng.integers(1, 6))
    listed, kind = bool(rng.random() < 0.3), rng.random()

    def row(x: float, y: float, high: float) -> float:
        if kind < 0.35:
            return tokens.note(scribe, x, y, high)
        if listed:
            x = scribe.number(x, y, high, count=1)
            x = scribe.letters(x, y, high, str(rng.choice(list(".):"))), sure=True) + 0.3 * high
        name = invent_name(rng)[: max(2, int((column - x) / (0.6 * high)))]
        x = scribe.letters(x, y, high, name, "running" if hand == "running" else "print" if hand == "print" else "hand")
        at = max(x + 0.4 * high, column)
        for n in range(int(rng.integers(1, most + 1))):
            if at + n * pitch < width:
                tokens.number(scribe, at + n * pitch, y, high) if most < 2 else scribe.number(
                    at + n * pitch, y, high, count=int(rng.integers(1, 3))
                )
        return float(width)

    _fill_rows(scribe, size, row)


def worksheet(scribe: Scribe, size: float) -> None:
    """Printed lines with numbers written between, beside and into them."""
    rng = scribe.rng
    height, width = scribe.sheet.paper.shape
    printed = float(np.clip(size * rng.uniform(0.35, 1.1), 9, 60))
    start, y = len(scribe.sheet.class_ids), rng.uniform(0, 2) * printed
    while y < height - size and len(scribe.sheet.class_ids) - start < MOST_ITEMS:
        x = rng.uniform(0.2, 1.5) * printed
        while x < 0.7 * width:
            text = tokens.printed_text(rng, scribe.variant("print"))[: max(2, int((width - x) / (0.65 * printed)))]
            x = scribe.letters(x, y + max(0.0, size - printed), printed, text, "print") + rng.uniform(0.2, 0.6) * size
            if rng.random() < 0.75 and x < width - size:
                first = x
                x = _answer(scribe, x, y, size)
                if rng.random() < 0.4:
                    marks.underline(scribe, (first, y, x, y + size))
            x += rng.uniform(0.3, 2) * printed
        y += max(size, printed) * rng.uniform(1.2, 2)


def crowd(scribe: Scribe, size: float) -> None:
    """Numbers so close that digits touch their neighbours or the row above."""
    rng, kind = scribe.rng, scribe.variant("crowd")
    scribe = replace(scribe, unevenness=0.0)
    tight = replace(scribe, spacing=scribe.spacing if kind.startswith("rows") else -rng.uniform(0.0, 0.1))
    tight = replace(tight, overlap={"digits overlap": 0.22}.get(kind, 0.12))
    pitch = {"rows touch": (0.95, 1.1), "piled up": (0.95, 1.1), "rows overlap": (0.75, 0.95)}.get(kind, (1.2, 2.0))
    steady = bool(rng.random() < 0.5)
    count = int(rng.integers(2, 7))

    def row(x: float, y: float, high: float) -> float:
        return tight.number(x, y, high, count=count if steady else int(rng.integers(1, 7)))

    _fill_rows(tight, size, row, pitch=pitch, gap=(0.2, 1.5))


def single(scribe: Scribe, size: float) -> None:
    """One digit that fills much of the frame; at times two, or another sign."""
    rng, kind = scribe.rng, scribe.variant("single")
    height, width = scribe.sheet.paper.shape
    pens = {"marker": rng.uniform(0.12, 0.22), "hair-thin": rng.uniform(0.012, 0.03)}
    scribe = replace(scribe, pen=float(pens.get(kind, scribe.pen)), own_stroke=scribe.own_stroke and kind not in pens)
    share = rng.uniform(0.85, 1.0) if kind == "without margin" else np.exp(rng.uniform(np.log(0.3), np.log(0.9)))
    size = min(height, 1.2 * width) * float(share)
    if kind == "on lines":
        rule(rng, scribe.sheet, pitch=size * np.exp(rng.uniform(-1.5, 0.5)), kind=scribe.variant("ruling"))
    x, y = rng.uniform(0.2, 0.8) * max(0, width - 0.75 * size), rng.uniform(0.3, 0.7) * (height - size)
    if kind == "off centre":
        x, y = rng.uniform(0.0, 1.0) * max(0, width - 0.7 * size), rng.uniform(0.0, 1.0) * (height - size)
    if kind == "on a card":
        left, top = max(0, int(x - 0.2 * size)), max(0, int(y - 0.2 * size))
        card = slice(top, int(y + 1.25 * size)), slice(left, int(x + 1.1 * size))
        scribe.sheet.paper[card] *= np.float32(rng.choice([rng.uniform(0.6, 0.9), rng.uniform(1.1, 1.3)]))
    what = rng.random()
    if what < 0.8:
        scribe.digit(x, y, size, number=scribe.choose())
    elif what < 0.9:
        scribe.number(0.1 * width, y, size * 0.7, count=2)
    else:
        sign = str(rng.choice(list("acdefhkmnrtuvwxyABCDEFGHKMNPRTUVWXY+?&%")))
        scribe.letters(x, y + 0.15 * size, 0.7 * size, sign, sure=True)
    if kind == "coarse":
        scale = max(1.0, size / rng.uniform(12, 30))
        small = cv2.resize(scribe.sheet.paper, None, fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_AREA)
        how = cv2.INTER_NEAREST if rng.random() < 0.5 else cv2.INTER_LINEAR
        scribe.sheet.paper = cv2.resize(small, (width, height), interpolation=how).astype(np.float32)


def nothing(scribe: Scribe, size: float) -> None:
    """No digit at all: blank paper, empty forms, words, print, drawings."""
    rng, kind = scribe.rng, scribe.variant("nothing")
    height, width = scribe.sheet.paper.shape
    if kind == "paper":
        _maybe_rule(scribe, size, share=0.8)
    elif kind == "words":
        _maybe_rule(scribe, size, share=0.5)
        style = "running" if rng.random() < 0.35 else "hand"
        script = rng.random() < 0.15

        def row(x: float, y: float, high: float) -> float:
            text = invent_script(rng) if script else invent_word(rng)
            return scribe.letters(x, y, high, text, "running" if style == "running" else "hand", sure=script)

        _fill_rows(scribe, min(size, 60), row, gap=(0.3, 1.0))
    elif kind == "empty form":
        forms.fill_form(scribe, size, empty=True)
    elif kind == "print":
        _fill_rows(
            scribe,
            min(size, 40),
            lambda x, y, high: scribe.letters(x, y, high, invent_word(rng), "print"),
            gap=(0.3, 0.8),
        )
    elif kind == "scribbles":
        for _ in range(int(rng.integers(1, 12))):
            high = round(np.exp(rng.uniform(np.log(12), np.log(0.6 * height))))
            scribble = draw_scribble(rng, height=max(12, high), pen=float(rng.uniform(0.01, 0.08)))
            scribe.mask(scribble, rng.uniform(-0.1, 0.9) * width, rng.uniform(-0.1, 0.9) * height)
    elif kind == "staves":
        _staves(scribe, max(6.0, 0.25 * size))
    elif kind == "drawing":
        _drawing(scribe)


def _answer(scribe: Scribe, x: float, y: float, size: float) -> float:
    rng = scribe.rng
    return float(
        [tokens.number, tokens.note, algebra.mixed_number, tokens.units][int(rng.choice(4, p=[0.65, 0.15, 0.1, 0.1]))](
            scribe, x, y, size
        )
    )


def _fill_rows(
    scribe: Scribe,
    size: float,
    token: Callable[[float, float, float], float],
    *,
    pitch: tuple[float, float] = (1.15, 2.2),
    gap: tuple[float, float] = (0.5, 2.5),
) -> None:
    """Rows from the top of the sheet down, as long as there is room and patience."""
    rng = scribe.rng
    height, width = scribe.sheet.paper.shape
    start, fill = len(scribe.sheet.class_ids), rng.uniform(0.5, 1.0)
    left, step = rng.uniform(-0.2, 2.0) * size, rng.uniform(*pitch)
    y = rng.uniform(0.0, 0.25) * max(0.0, height - 3 * size) + rng.uniform(0, 0.5) * size
    while y < height - 0.6 * size and len(scribe.sheet.class_ids) - start < MOST_ITEMS:
        x, highest = left + rng.normal(0, 0.2) * size, size
        while x < width - 0.4 * size:
            high = min(size * rng.uniform(0.9, 1.1) * float(np.exp(rng.normal(0, scribe.unevenness))), 0.9 * height)
            if step >= TIGHT and _is_taken(scribe, x, y, high):
                x += high
                continue
            highest = max(highest, high)
            x = token(x, y, high) + size * rng.uniform(*gap)
            if rng.random() > fill:
                break
        y += highest * (step if step < TIGHT else step * rng.uniform(0.9, 1.2))


def _is_taken(scribe: Scribe, x: float, y: float, size: float) -> bool:
    """Whether something stands there already: the lower rows of a system of equations, a correction."""
    down, across = slice(max(0, int(y)), max(0, int(y + size))), slice(max(0, int(x)), max(0, int(x + 1.5 * size)))
    return bool(scribe.sheet.owner[down, across].any())


def _maybe_rule(scribe: Scribe, size: float, *, share: float) -> None:
    rng = scribe.rng
    if rng.random() < share:
        rule(
            rng, scribe.sheet, pitch=size * np.exp(rng.uniform(np.log(0.4), np.log(2.5))), kind=scribe.variant("ruling")
        )


def _staves(scribe: Scribe, gap: float) -> None:
    """Music: five lines, dots and stems."""
    rng = scribe.rng
    height, width = scribe.sheet.paper.shape
    for top in np.arange(gap * 2, height - 6 * gap, 12 * gap):
        lines = [np.array([[0.02 * width, top + n * gap], [0.98 * width, top + n * gap]]) for n in range(5)]
        scribe.strokes(lines, 1.2)
        for x in np.arange(0.1 * width, 0.95 * width, gap * rng.uniform(2, 6))[:25]:
            y = top + rng.integers(0, 9) * gap / 2
            up = 1 if rng.random() < 0.5 else -1
            head = np.array([[x, y], [x + 0.5, y]])
            scribe.strokes([head], gap * 0.9)
            stem = np.array([[x + up * 0.4 * gap, y], [x + up * 0.4 * gap, y - up * 3 * gap]])
            scribe.strokes([stem], 1.5)


def _drawing(scribe: Scribe) -> None:
    """Houses, plans, graphs: straight lines, axes and curves."""
    rng = scribe.rng
    height, width = scribe.sheet.paper.shape
    size = np.array([width, height])
    for _ in range(int(rng.integers(3, 14))):
        middle = rng.uniform(0.1, 0.9, 2) * size
        reach = min(height, width) * np.exp(rng.uniform(np.log(0.03), np.log(0.4)))
        corners = middle + rng.uniform(-1, 1, (int(rng.integers(2, 7)), 2)) * reach
        if rng.random() < 0.5:
            box = cv2.boxPoints((middle.tolist(), (rng.uniform(0.3, 1, 2) * reach).tolist(), float(rng.normal(0, 4))))
            corners = np.vstack([box, box[:1]]).astype(float)
        scribe.strokes([corners], float(rng.uniform(1.2, 4)))


LAYOUTS: dict[str, tuple[int, Layout]] = {
    "notes": (26, notes),
    "form": (27, form),
    "calculations": (10, calculations),
    "scores": (8, scores),
    "worksheet": (6, worksheet),
    "crowd": (6, crowd),
    "single": (8, single),
    "nothing": (9, nothing),
}
"""How often each is drawn, percent."""
