"""Printed forms with digits in their cells: tables, squared paper, boxes, combs, bubbles, number puzzles, margins."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import NOT_A_DIGIT
from train.pages import algebra, marks, tokens
from train.pages.pen import wear
from train.pages.scribe import Scribe
from train.pages.words import CAPITALS

Lines = NDArray[np.float32]
"""Coverage by what is printed, 0 to 1, (height, width)."""
Cell = tuple[float, float, float, float]
"""x, y, width, height."""

FILL = np.log(0.4), np.log(1.1)
"""Height of the digits, as shares of their cell's, logarithms; the larger ones touch its lines or cross them."""
MOST_DIGITS = 90
"""On one form; more cost time and show nothing new."""


def fill_form(scribe: Scribe, size: float, kind: str | None = None, *, empty: bool = False) -> None:
    """Print one kind of form over the sheet and, unless it stays empty, write digits into it, about `size` px high."""
    rng = scribe.rng
    kind = kind or str(rng.choice(list(FORMS), p=np.array([weight for weight, _ in FORMS.values()]) / 100))
    share = float(np.exp(rng.uniform(*FILL)))
    cell = max(14.0, size / share)
    lines = np.zeros(scribe.sheet.paper.shape, np.float32)
    fill = FORMS[kind][1](scribe, lines, cell, share)
    print_lines(scribe, lines)
    if not empty:
        fill()


def print_lines(scribe: Scribe, lines: Lines) -> None:
    """In any grey, from hardly there to black."""
    rng, sheet = scribe.rng, scribe.sheet
    tone = float(sheet.paper.mean()) * rng.uniform(0, 0.6) if rng.random() < 0.4 else None
    if tone is not None and sheet.ink > sheet.paper.mean():
        tone = 1 - rng.uniform(0, 0.4)
    strength = float(np.exp(rng.uniform(np.log(0.12), np.log(1.0))))
    sheet.write(lines, 0, 0, class_id=None, strength=strength, ink=tone)


def draw_line(
    rng: np.random.Generator,
    lines: Lines,
    start: tuple[float, float],
    end: tuple[float, float],
    thickness: int,
    style: str,
) -> None:
    """One straight line in a style."""
    a, b = np.array(start, float), np.array(end, float)
    length = float(np.hypot(*(b - a)))
    if length < 1:
        return
    along = (b - a) / length
    if style in ("dashed", "dotted", "dash-dotted"):
        dash = thickness * {"dotted": 1.0, "dashed": 4.0}.get(style, 6.0) + 1
        step = dash * 1.8 + 1
        for n, at in enumerate(np.arange(0, length, step)):
            short = dash if style != "dash-dotted" or n % 2 == 0 else 1.0
            _stroke(lines, np.array([a + at * along, a + min(length, at + short - 1) * along]), thickness)
        return
    if style == "by hand":
        steps = np.linspace(0, 1, max(3, int(length / 60)))[:, np.newaxis]
        points = a + steps * (b - a) + rng.normal(0, 1.2, (len(steps), 2))
        out = rng.normal(0, 4, 2)
        points[0] -= out[0] * along
        points[-1] += out[1] * along
        _stroke(lines, points, thickness)
        return
    aside = np.array([-along[1], along[0]]) * (thickness + 1.5)
    for shift in (-1, 1) if style == "double" else (0,):
        _stroke(lines, np.array([a, b]) + shift * aside, max(1, thickness - 1) if style == "double" else thickness)


def _stroke(lines: Lines, points: NDArray[np.float64], thickness: int) -> None:
    cv2.polylines(lines, [np.round(points * 8).astype(np.int32)], False, 1.0, thickness, cv2.LINE_AA, 3)


def _pen_of_lines(scribe: Scribe, cell: float) -> tuple[int, str]:
    """Thickness and style of printed lines, as is fit for cells of this size."""
    style = scribe.variant("lines")
    most = max(2, min(6, round(cell / 14)))
    thickness = 1 if style in ("thin", "dotted", "double") else int(scribe.rng.integers(1, most + 1))
    return (max(2, thickness) if style == "thick" else thickness), style


def _finish(scribe: Scribe, lines: Lines, style: str) -> None:
    """Worn print, and grey one."""
    if style == "worn":
        lines *= wear(scribe.rng, np.ones_like(lines), grain=0.3, skips=0.15)
    if style == "grey":
        lines *= np.float32(scribe.rng.uniform(0.3, 0.7))


def write_cell(scribe: Scribe, cell: Cell, size: float, *, count: int) -> None:
    """A number in a cell: in its middle, at its edge, or over it; at times circled or crossed out."""
    rng = scribe.rng
    x, y, width, height = cell
    size = min(size, 1.1 * height, 1.6 * width / max(1, count))
    size = size * rng.uniform(0.85, 1.1)
    top = y + (height - size) * rng.uniform(0.3, 0.7) + rng.normal(0, 0.05) * height
    room = width - 0.7 * count * size
    left = (
        x
        + (room / 2 if count == 1 or rng.random() < 0.5 else rng.uniform(0.0, 0.3) * size)
        + rng.normal(0, 0.05) * size
    )
    first = len(scribe.sheet.class_ids)
    end = left
    for _ in range(count):
        if end < x + width - 0.35 * size or count == 1:
            end = scribe.digit(end, top, size, number=scribe.choose())
    dressed = rng.random()
    if dressed < 0.04:
        marks.cross_out(scribe, (left, top, end, top + size), first)
    elif dressed < 0.08:
        marks.ring(scribe, (left, top, end, top + size))


def _table(scribe: Scribe, lines: Lines, cell: float, share: float) -> Callable[[], None]:
    """Rows and columns of any width over a part of the sheet."""
    rng, kind = scribe.rng, scribe.variant("table")
    height, width = lines.shape
    thickness, style = _pen_of_lines(scribe, cell)
    left, top = rng.uniform(-0.05, 0.25) * width, rng.uniform(-0.05, 0.25) * height
    rows = top + np.arange(1 + max(1, min(int(rng.integers(2, 14)), int((height - top) / cell)))) * cell
    wide = rng.uniform(0.9, 3.5) * (2 if kind == "wide" else 1)
    uneven = rng.random() < 0.4
    steps = cell * np.clip(wide * np.exp(rng.normal(0, 0.4 if uneven else 0.0, int(rng.integers(3, 20)))), 0.8, 8)
    columns = left + np.concatenate([[0], np.cumsum(steps)])
    columns = columns[columns < width + 2 * cell]
    _grid(rng, lines, rows, columns, thickness, style, kind)
    _finish(scribe, lines, style)
    inside = rng.choice(["single", "numbers", "mixed"], p=[0.3, 0.55, 0.15])
    cells = [
        ((float(x), float(y), float(right - x), float(bottom - y)), row, column)
        for row, (y, bottom) in enumerate(zip(rows[:-1], rows[1:], strict=True))
        for column, (x, right) in enumerate(zip(columns[:-1], columns[1:], strict=True))
    ]
    heads, names = kind == "header" or rng.random() < 0.15, kind == "row heads" or rng.random() < 0.12
    ring_share = rng.choice([0.0, rng.uniform(0.05, 0.4)], p=[0.7, 0.3])

    def fill() -> None:
        full = rng.uniform(0.35, 1.0)
        ring_kind = scribe.variant("circle")
        start = len(scribe.sheet.class_ids)
        for box, row, column in cells:
            x, y, across, down = box
            size = share * cell
            if heads and row == 0:
                _print_in(scribe, box, digits=bool(rng.random() < 0.15))
            elif names and column == 0:
                _name_in(scribe, box)
            elif rng.random() > full or len(scribe.sheet.class_ids) - start > MOST_DIGITS:
                continue
            elif inside == "mixed" and rng.random() < 0.5:
                algebra.mixed_number(scribe, x + 0.1 * size, y + (down - size) / 2, min(size, 0.9 * down))
            elif rng.random() < ring_share:
                small = min(size * 0.8, across * 0.8)
                at = (x + across / 2 - 0.35 * small, y + (down - small) / 2)
                end = scribe.digit(*at, small, number=scribe.choose())
                marks.ring(scribe, (at[0], at[1], min(end, at[0] + small), at[1] + small), variant=ring_kind)
            else:
                most = 1 if inside == "single" else max(1, min(5, int(across / (0.62 * size))))
                write_cell(scribe, box, size, count=int(rng.integers(1, most + 1)))

    return fill


def _grid(
    rng: np.random.Generator,
    lines: Lines,
    rows: NDArray[np.float64],
    columns: NDArray[np.float64],
    thickness: int,
    style: str,
    kind: str,
) -> None:
    left, right, top, bottom = columns[0], columns[-1], rows[0], rows[-1]
    if kind == "shaded rows":
        for y, below in list(zip(rows[:-1], rows[1:], strict=True))[::2]:
            lines[max(0, int(y)) : max(0, int(below)), max(0, int(left)) : max(0, int(right))] = rng.uniform(0.1, 0.3)
    for n, y in enumerate(rows):
        outer = n in (0, len(rows) - 1) and kind == "heavy frame"
        header = kind == "header" and n == 1
        draw_line(rng, lines, (left, y), (right, y), thickness * (3 if outer else 2 if header else 1), style)
    if kind == "rows only":
        return
    for n, x in enumerate(columns):
        if kind == "open sides" and n in (0, len(columns) - 1):
            continue
        outer = n in (0, len(columns) - 1) and kind == "heavy frame"
        draw_line(rng, lines, (x, top), (x, bottom), thickness * (3 if outer else 1), style)


def _print_in(scribe: Scribe, cell: Cell, *, digits: bool) -> None:
    x, y, width, height = cell
    size = float(np.clip(0.6 * height, 9, 0.3 * width + 6))
    text = str(scribe.rng.integers(1, 40)) if digits else str(scribe.rng.choice(tokens.LABELS))
    scribe.letters(x + 0.1 * height, y + (height - size) / 2, size, text[: max(1, int(width / (0.6 * size)))], "print")


def _name_in(scribe: Scribe, cell: Cell) -> None:
    x, y, width, height = cell
    size = float(np.clip(0.6 * height, 9, 0.25 * width + 6))
    text = tokens.invent_name(scribe.rng)[: max(1, int(width / (0.6 * size)))]
    scribe.letters(
        x + 0.1 * height, y + (height - size) / 2, size, text, "print" if scribe.rng.random() < 0.4 else "hand"
    )


def _squares(scribe: Scribe, lines: Lines, cell: float, share: float) -> Callable[[], None]:
    """Squared paper over the whole sheet, one digit a square, or numbers that take no notice of the squares."""
    rng = scribe.rng
    height, width = lines.shape
    thickness, style = _pen_of_lines(scribe, cell)
    left, top = rng.uniform(-cell, 0, 2)
    for y in np.arange(top, height, cell):
        draw_line(rng, lines, (0, y), (width, y), min(thickness, 2), style)
    for x in np.arange(left, width, cell):
        draw_line(rng, lines, (x, 0), (x, height), min(thickness, 2), style)
    _finish(scribe, lines, style)

    def fill() -> None:
        start, tall = len(scribe.sheet.class_ids), int(rng.choice([1, 2], p=[0.75, 0.25]))
        for y in np.arange(top + cell, height - 0.5 * cell, cell * tall * int(rng.integers(1, 3))):
            x = left + cell * int(rng.integers(0, 4))
            while x < width - cell and len(scribe.sheet.class_ids) - start < MOST_DIGITS:
                for _ in range(int(rng.integers(1, 6))):
                    write_cell(
                        scribe, (x, y, cell * (1.3 if tall == 2 else 1), cell * tall), share * cell * tall, count=1
                    )
                    x += cell
                x += cell * int(rng.integers(1, 4))

    return fill


def _puzzle(scribe: Scribe, lines: Lines, cell: float, share: float) -> Callable[[], None]:
    """Nine by nine squares, each third line thick."""
    rng = scribe.rng
    side = min(lines.shape)
    cell = max(14.0, min(cell, side * rng.uniform(0.7, 1.05) / 9))
    left, top = (rng.uniform(0, max(1, full - 9 * cell)) for full in lines.shape[::-1])
    thickness, style = _pen_of_lines(scribe, cell)
    for n in range(10):
        bold = min(thickness, 2) * (3 if n % 3 == 0 else 1)
        draw_line(rng, lines, (left, top + n * cell), (left + 9 * cell, top + n * cell), bold, style)
        draw_line(rng, lines, (left + n * cell, top), (left + n * cell, top + 9 * cell), bold, style)
    _finish(scribe, lines, style)

    def fill() -> None:
        some = rng.uniform(0.2, 0.8)
        for n in np.flatnonzero(rng.random(81) < some):
            box = (left + n % 9 * cell, top + n // 9 * cell, cell, cell)
            if rng.random() < 0.3:
                size = 0.6 * cell
                scribe.letters(box[0] + 0.3 * cell, box[1] + 0.2 * cell, size, str(rng.integers(1, 10)), "print")
            else:
                write_cell(scribe, box, share * cell, count=1)

    return fill


def _boxes(scribe: Scribe, lines: Lines, cell: float, share: float) -> Callable[[], None]:
    """Rows of boxes, one for each digit: an ID, a code, samples of a hand."""
    rng, kind = scribe.rng, scribe.variant("boxes")
    thickness, style = _pen_of_lines(scribe, cell)
    wide = cell * rng.uniform(0.7, 1.1)
    pitch = wide if kind == "joined" else wide * rng.uniform(1.05, 1.5)
    places = _places(rng, lines, pitch, cell * rng.uniform(1.15, 2.5), cell)
    for x, y in places:
        _box(rng, lines, (x, y, wide, cell), thickness, style, kind)
    _finish(scribe, lines, style)

    def fill() -> None:
        some = rng.uniform(0.6, 1.0)
        for x, y in places[:MOST_DIGITS]:
            if rng.random() < some:
                write_cell(scribe, (x, y, wide, cell), share * cell, count=1)
        if rng.random() < 0.5 and len(places):
            label = min(0.5 * cell, 30.0)
            tokens.printed_label(scribe, places[0][0], places[0][1] - 1.5 * label, max(9.0, label))

    return fill


def _box(rng: np.random.Generator, lines: Lines, cell: Cell, thickness: int, style: str, kind: str) -> None:
    x, y, width, height = cell
    right, bottom = x + width, y + height
    corners = [(x, y), (right, y), (right, bottom), (x, bottom), (x, y)]
    if kind in ("dotted", "dashed"):
        style = kind
    if kind == "rounded":
        r = 0.25 * min(width, height)
        bows = [
            ((x + r, y + r), 180),
            ((right - r, y + r), 270),
            ((right - r, bottom - r), 0),
            ((x + r, bottom - r), 90),
        ]
        turns = [
            np.array(middle) + r * np.column_stack([np.cos(angles), np.sin(angles)])
            for middle, start in bows
            for angles in [np.deg2rad(start + np.linspace(0, 90, 7))]
        ]
        _stroke(lines, np.vstack([*turns, turns[0][:1]]), thickness)
        return
    if kind == "corner marks":
        reach = 0.25 * min(width, height)
        for cx, cy in corners[:4]:
            dx, dy = (reach if cx == x else -reach), (reach if cy == y else -reach)
            _stroke(lines, np.array([[cx + dx, cy], [cx, cy], [cx, cy + dy]]), thickness)
        return
    if kind == "shaded":
        where = slice(max(0, int(y)), max(0, int(bottom))), slice(max(0, int(x)), max(0, int(right)))
        lines[where] = np.maximum(lines[where], np.float32(0.2))
    gap = rng.uniform(0.1, 0.35) if kind == "open corners" else 0.0
    for a, b in zip(corners[:-1], corners[1:], strict=True):
        start, end = np.array(a), np.array(b)
        draw_line(
            rng, lines, tuple(start + gap * (end - start) / 2), tuple(end - gap * (end - start) / 2), thickness, style
        )


def _comb(scribe: Scribe, lines: Lines, cell: float, share: float) -> Callable[[], None]:
    """A base line with teeth between the digits."""
    rng, kind = scribe.rng, scribe.variant("comb")
    thickness, style = _pen_of_lines(scribe, cell)
    style = "dotted" if kind == "dotted teeth" else style
    pitch = cell * rng.uniform(0.7, 1.1)
    tooth = cell * (rng.uniform(0.5, 1.0) if kind == "high teeth" else rng.uniform(0.12, 0.5))
    places = _places(rng, lines, pitch, cell * rng.uniform(1.4, 2.2), cell)
    up = -1 if kind == "hanging teeth" else 1
    for x, y in places:
        draw_line(rng, lines, (x, y + cell), (x + pitch, y + cell), thickness, style)
        for edge in (x, x + pitch):
            draw_line(rng, lines, (edge, y + cell), (edge, y + cell - up * tooth), thickness, style)
    _finish(scribe, lines, style)

    def fill() -> None:
        some = rng.uniform(0.6, 1.0)
        for x, y in places[:MOST_DIGITS]:
            if rng.random() < some:
                write_cell(scribe, (x, y, pitch, cell), share * cell, count=1)

    return fill


def _bubbles(scribe: Scribe, lines: Lines, cell: float, share: float) -> Callable[[], None]:
    """Answer sheets: printed digits or letters in circles, some of them filled, a number written beside."""
    rng, kind = scribe.rng, scribe.variant("bubbles")
    high = max(18.0, min(cell, 60.0))
    wide = high * (rng.uniform(1.3, 1.7) if kind == "oval digits" else 1.0)
    thickness = int(rng.integers(1, 1 + max(1, round(high / 16))))
    height, width = lines.shape
    rows = np.arange(rng.uniform(0.2, 1.5) * high, height - high, high * rng.uniform(1.2, 1.8))[:14]
    columns = rng.uniform(1.5, 4) * high + np.arange(int(rng.integers(3, 11))) * wide * rng.uniform(1.15, 1.6)
    columns = columns[columns < width - wide]
    cells = [(float(x), float(y)) for y in rows for x in columns][:120]
    for x, y in cells:
        middle = np.array([x + wide / 2, y + high / 2])
        turn = np.linspace(0, 2 * np.pi, 40)
        if kind == "brackets":
            for side in (-1, 1):
                edge = middle[0] + side * wide * 0.42
                hook = edge - side * 0.12 * wide
                _stroke(
                    lines,
                    np.array(
                        [[hook, y + 0.1 * high], [edge, y + 0.1 * high], [edge, y + 0.9 * high], [hook, y + 0.9 * high]]
                    ),
                    thickness,
                )
        else:
            _stroke(lines, middle + np.column_stack([np.cos(turn) * wide, np.sin(turn) * high]) * 0.5, thickness)

    def fill() -> None:
        letters = kind == "round letters" or (kind == "brackets" and rng.random() < 0.5)
        size = max(10.0, high * rng.uniform(0.4, 0.6))
        signs = CAPITALS[:12] if letters else "0123456789"
        masks = scribe.draw(signs, size, "print")
        for n, (x, y) in enumerate(cells):
            place = n % max(1, len(columns)) % len(signs)
            first, mask, at = len(scribe.sheet.class_ids), masks[place], x + wide / 2 - 0.35 * size
            if mask is not None:
                down, across = np.nonzero(mask > 0.3)
                at = x + wide / 2 - float(across.mean())
                top = y + high / 2 - float(down.min() + down.max()) / 2
                scribe.lay(mask, at, top, class_id=NOT_A_DIGIT if letters else place)
            if rng.random() < 0.12:
                marks.cross_out(scribe, (at, y, at + 0.7 * size, y + high), first)
        for row, y in enumerate(rows):
            if rng.random() < 0.5:
                scribe.letters(0.2 * high, y + (high - size) / 2, size, f"{row + 1}.", "print")
        if columns.size and columns[-1] + 4 * high < width:
            for y in rows[:: int(rng.integers(1, 4))]:
                scribe.number(columns[-1] + 2 * wide, y, share * high, count=int(rng.integers(1, 4)))

    return fill


def _margin(scribe: Scribe, lines: Lines, cell: float, share: float) -> Callable[[], None]:
    """Upright rules with columns of numbers close beside them."""
    rng = scribe.rng
    height, width = lines.shape
    thickness, style = _pen_of_lines(scribe, cell)
    edges = [x for x in np.cumsum(cell * rng.uniform(1.2, 6.0, 6)) if x < width]
    for x in edges:
        draw_line(rng, lines, (x, 0), (x, height), thickness, style)
    _finish(scribe, lines, style)

    def fill() -> None:
        start = len(scribe.sheet.class_ids)
        for x, right in zip([0.0, *edges], [*edges, float(width)], strict=True):
            for y in np.arange(rng.uniform(0, cell), height, cell * rng.uniform(1.0, 1.5)):
                if rng.random() < 0.75 and len(scribe.sheet.class_ids) - start < MOST_DIGITS:
                    most = max(1, min(4, int((right - x) / (0.7 * share * cell))))
                    write_cell(scribe, (x, y, right - x, cell), share * cell, count=int(rng.integers(1, most + 1)))

    return fill


def _places(rng: np.random.Generator, lines: Lines, pitch: float, row: float, cell: float) -> list[tuple[float, float]]:
    """Top left corners of fields in rows of groups, (N, 2)."""
    height, width = lines.shape
    left, group = rng.uniform(0.02, 0.2) * width, int(rng.integers(2, 13))
    across = [left + n * pitch + n // group * 0.7 * pitch for n in range(int(rng.integers(3, 30)))]
    down = np.arange(rng.uniform(0.02, 0.3) * height, height - 0.8 * cell, row)
    return [(float(x), float(y)) for y in down for x in across if x < width - 0.5 * pitch]


Form = Callable[[Scribe, Lines, float, float], Callable[[], None]]
"""(scribe, canvas for print, cell height, digit height as its share) -> what writes into the cells."""

FORMS: dict[str, tuple[int, Form]] = {
    "table": (42, _table),
    "squares": (14, _squares),
    "boxes": (18, _boxes),
    "comb": (8, _comb),
    "bubbles": (6, _bubbles),
    "puzzle": (5, _puzzle),
    "margin": (7, _margin),
}
"""How often each is filled, percent."""
