"""What people write on notes, lists and score sheets: numbers with what belongs to them, names, dates, amounts."""

from collections.abc import Callable

import numpy as np

from train.pages import marks
from train.pages.letters import Style
from train.pages.pen import draw_scribble, draw_shape
from train.pages.scribe import Scribe
from train.pages.words import CAPITALS, LATIN, invent_name, invent_script, invent_text, invent_word

Token = Callable[[Scribe, float, float, float], float]
"""(scribe, x, y, size) -> where it ended."""

UNITS = ("kg", "cm", "m", "km", "g", "l", "€", "%", "h", "min", "ml", "x", "Stk", "°C", "mm", "s", "$")
LABELS = (
    "No.",
    "Name:",
    "Date",
    "Nr.",
    "Total",
    "Sum:",
    "Page",
    "Class",
    "Room",
    "Tel.",
    "Score",
    "Points",
    "Code",
    "ID",
)


UNDERLINED = 0.15
"""So often is a word."""


def number(scribe: Scribe, x: float, y: float, size: float) -> float:
    """A number, at times circled, underlined, crossed out with the right one beside it, or marked."""
    rng = scribe.rng
    first, start = len(scribe.sheet.class_ids), x
    x = scribe.number(x, y, size, count=_count(rng))
    place = (start, y, x, y + size)
    dressed = rng.random()
    if dressed < 0.07:
        marks.cross_out(scribe, place, first)
        if rng.random() < 0.6:
            correction = (x + 0.3 * size, y) if rng.random() < 0.6 else (start, y - 0.9 * size)
            x = max(x, scribe.number(*correction, 0.85 * size, count=int(rng.integers(1, 4))))
    elif dressed < 0.17:
        marks.ring(scribe, place)
    elif dressed < 0.25:
        marks.underline(scribe, place)
    elif dressed < 0.29:
        marks.mark(scribe, place)
    return x


def zeros(scribe: Scribe, x: float, y: float, size: float) -> float:
    """A round number whose zeros are written in one go."""
    rng = scribe.rng
    kind = scribe.variant("zeros")
    x = scribe.number(x, y, size, count=int(rng.integers(1, 4)))
    high = size * rng.uniform(0.55, 0.95)
    wide, width = high * rng.uniform(0.55, 0.95), scribe.width(size)
    top = y + (size - high) * rng.uniform(0.5, 1)
    step = wide * {"overlapping": rng.uniform(0.75, 0.95), "open": rng.uniform(0.9, 1.1)}.get(
        kind, rng.uniform(0.95, 1.05)
    )
    for n in range(int(rng.integers(2, 5))):
        start, sweep = rng.uniform(-2.2, -1.2), 2 * np.pi * rng.uniform(0.98, 1.08)
        if kind == "open":
            sweep = 2 * np.pi * rng.uniform(0.8, 0.92)
        angles = start - np.linspace(0, sweep, 32)
        middle = np.array([x + n * step + wide / 2, top + high / 2 + rng.normal(0, 0.03) * high])
        points = middle + np.column_stack([np.cos(angles), np.sin(angles)]) * [wide / 2, high / 2] * rng.uniform(
            0.92, 1.08, 2
        )
        if kind in ("open", "linked on top") and rng.random() < 0.8:
            tail = np.array([[middle[0] + rng.uniform(0.45, 0.8) * step, top + rng.uniform(-0.02, 0.15) * high]])
            points = np.vstack([points, tail])
        scribe.strokes([points], width, class_id=0)
    return float(x + (n + 1) * step + 0.2 * size)


def note(scribe: Scribe, x: float, y: float, size: float) -> float:
    """A date, a decimal, an amount, a name with its score, ..."""
    return NOTES[scribe.variant("notes")](scribe, x, y, size)


def word(scribe: Scribe, x: float, y: float, size: float) -> float:
    """Letters and signs, written by hand, at times underlined; a signature."""
    rng = scribe.rng
    kind = rng.random()
    if kind < 0.05:
        return signature(scribe, x, y, size)
    if kind < 0.25:
        end = scribe.letters(x, y, size, invent_script(rng), sure=True)
    else:
        text = invent_text(rng) if kind < 0.5 else invent_name(rng)
        end = scribe.letters(x, y, size, text, _hand(rng))
    if rng.random() < UNDERLINED and end > x + 0.5 * size:
        marks.underline(scribe, (x, y, end, y + size))
    return end


def signature(scribe: Scribe, x: float, y: float, size: float) -> float:
    """A joined name, half of it a wave, with a flourish through or beneath it."""
    rng = scribe.rng
    if rng.random() < 0.7:
        x = scribe.letters(x, y, size * rng.uniform(0.9, 1.4), invent_name(rng)[:4], "running", sure=True)
    wide, steps = rng.uniform(2, 5) * size, np.linspace(0, 1, 80)
    swing = size * np.exp(rng.normal(-1.2, 0.4)) * (1 - rng.uniform(0.2, 0.9) * steps)
    turns = rng.uniform(3, 9) * 2 * np.pi * steps + rng.normal(0, 0.4) * np.sin(9 * steps)
    loops = rng.uniform(0, 0.8) * swing * np.cos(turns)
    middle = y + rng.uniform(0.5, 0.9) * size
    strokes = [np.column_stack([x + wide * steps + loops, middle + swing * np.sin(turns)])]
    if rng.random() < 0.7:
        bow = size * rng.normal(0, 0.3) * np.sin(np.pi * steps)
        strokes.append(np.column_stack([x + wide * (1.1 - 1.3 * steps), middle + rng.uniform(0, 0.6) * size + bow]))
    scribe.strokes(strokes, scribe.width(size) * rng.uniform(0.5, 1.0))
    return float(x + wide * 1.1)


def units(scribe: Scribe, x: float, y: float, size: float) -> float:
    """A number with its unit."""
    x = scribe.number(x, y, size, count=int(scribe.rng.integers(1, 4)))
    return scribe.letters(x + 0.15 * size, y, size * 0.9, str(scribe.rng.choice(UNITS)), _hand(scribe.rng), sure=True)


def printed(scribe: Scribe, x: float, y: float, size: float) -> float:
    """Print of any size, from small to as tall as the digits; with numbers at times."""
    rng = scribe.rng
    size = max(9.0, size * rng.uniform(0.3, 1.05))
    kind = scribe.variant("print")
    return scribe.letters(x, y, size, printed_text(rng, kind), "print")


def printed_label(scribe: Scribe, x: float, y: float, size: float) -> float:
    """What a form asks for."""
    return scribe.letters(x, y, size, str(scribe.rng.choice(LABELS)), "print")


def scribble(scribe: Scribe, x: float, y: float, size: float) -> float:
    """Something struck out."""
    return scribe.mask(draw_scribble(scribe.rng, height=round(size), pen=scribe.pen), x, y)


def shape(scribe: Scribe, x: float, y: float, size: float) -> float:
    """A blot, a box, a tick."""
    return scribe.mask(draw_shape(scribe.rng, height=round(size), pen=scribe.pen), x, y)


def printed_text(rng: np.random.Generator, kind: str) -> str:
    """One line of a variant of "print"."""
    words = [invent_word(rng) for _ in range(int(rng.integers(1, 6)))]
    line = " ".join(words)
    numbered = int(rng.integers(1, 30))
    texts = {
        "label": f"{rng.choice(LABELS)} {line if rng.random() < 0.4 else ''}",
        "list": f"{numbered}{rng.choice(list('.):'))} {line}",
        "sentence": f"{line} {rng.integers(10 ** int(rng.integers(1, 5)))} {words[0]}.",
        "units": f"{rng.integers(1000)} {rng.choice(UNITS)} {words[0]}",
        "capitals": line.upper(),
        "letters of a list": f"{rng.choice(list(LATIN[:8]))}) {line}",
        "form number": f"{rng.choice(list(CAPITALS))}{rng.integers(10**5)}-{rng.integers(100)}",
        "two columns": f"{words[0]}      {rng.integers(1000)}",
    }
    return texts[kind].strip()


def _name_and_score(scribe: Scribe, x: float, y: float, size: float) -> float:
    """A name, dots or a gap, numbers."""
    rng = scribe.rng
    x = scribe.letters(x, y, size, invent_name(rng), _hand(rng)) + rng.uniform(0.2, 0.8) * size
    if rng.random() < 0.4:
        end = x + rng.uniform(1, 5) * size
        for dot in np.arange(x, end, rng.uniform(0.25, 0.6) * size):
            scribe.strokes([np.array([[dot, y + 0.95 * size], [dot + 1, y + 0.95 * size]])], scribe.width(size))
        x = end + 0.3 * size
    elif rng.random() < 0.4:
        x = scribe.letters(x, y, size, str(rng.choice(list(":-="))), sure=True) + 0.2 * size
    for _ in range(int(rng.integers(1, 4))):
        x = scribe.number(x, y, size, count=int(rng.integers(1, 4))) + rng.uniform(0.5, 1.2) * size
    return x


def _date(scribe: Scribe, x: float, y: float, size: float) -> float:
    rng = scribe.rng
    sign = str(rng.choice(list("./-")))
    for count in (2, 2):
        x = scribe.number(x, y, size, count=int(rng.integers(1, count + 1)))
        x = scribe.letters(x, y, size, sign, sure=sign != "/") + 0.05 * size
    return scribe.number(x, y, size, count=int(rng.choice([2, 4])))


def _decimal(scribe: Scribe, x: float, y: float, size: float) -> float:
    rng = scribe.rng
    x = scribe.number(x, y, size, count=int(rng.integers(1, 4)))
    x = _point(scribe, x, y, size, comma=bool(rng.random() < 0.5))
    return scribe.number(x, y, size, count=int(rng.integers(1, 4)))


def _mixed_token(scribe: Scribe, x: float, y: float, size: float) -> float:
    """A4, 3b, B 12."""
    rng = scribe.rng
    letter = str(rng.choice(list("acdefhkmnprtuvwxyACDEFHKLMNPRTUVWXY")))
    if rng.random() < 0.5:
        x = scribe.letters(x, y, size, letter, sure=True) + rng.uniform(0, 0.3) * size
        return scribe.number(x, y, size, count=int(rng.integers(1, 4)))
    x = scribe.number(x, y, size, count=int(rng.integers(1, 4)))
    return scribe.letters(x + rng.uniform(0, 0.3) * size, y, size, letter, sure=True)


def _amount(scribe: Scribe, x: float, y: float, size: float) -> float:
    rng = scribe.rng
    x = scribe.number(x, y, size, count=int(rng.integers(1, 4)))
    x = _point(scribe, x, y, size, comma=bool(rng.random() < 0.6))
    if rng.random() < 0.3:  # ,-
        return scribe.letters(x, y, size, "-", sure=True)
    x = scribe.number(x, y, size, count=2)
    return scribe.letters(x + 0.2 * size, y, size, str(rng.choice(["€", "EUR", "$", "Fr", "kr"])), sure=True)


def _time(scribe: Scribe, x: float, y: float, size: float) -> float:
    x = scribe.number(x, y, size, count=int(scribe.rng.integers(1, 3)))
    x = scribe.letters(x, y, size, str(scribe.rng.choice([":", ".", "h"])), sure=True)
    return scribe.number(x, y, size, count=2)


def _name_and_row(scribe: Scribe, x: float, y: float, size: float) -> float:
    """A name with many numbers at an even pitch."""
    rng = scribe.rng
    x = scribe.letters(x, y, size, invent_name(rng), _hand(rng))
    pitch = rng.uniform(1.5, 2.5) * size
    for n in range(int(rng.integers(3, 9))):
        scribe.number(x + (n + 0.5) * pitch, y, size, count=int(rng.integers(1, 3)))
    return float(x + (n + 1.5) * pitch)


def _telephone(scribe: Scribe, x: float, y: float, size: float) -> float:
    rng = scribe.rng
    x = scribe.letters(x, y, size, str(rng.choice(["+", "T ", "Tel "])), sure=True)
    for sign in rng.permutation(list("/-  "))[:3]:
        x = scribe.number(x, y, size, count=int(rng.integers(2, 5)))
        x = scribe.letters(x, y, size, str(sign)) if sign != " " else x + 0.4 * size
    return x


def _address(scribe: Scribe, x: float, y: float, size: float) -> float:
    rng = scribe.rng
    x = scribe.letters(x, y, size, invent_name(rng), _hand(rng)) + 0.4 * size
    x = scribe.number(x, y, size, count=int(rng.integers(1, 4))) + 0.5 * size
    x = scribe.number(x, y, size, count=5) + 0.3 * size
    return scribe.letters(x, y, size, invent_name(rng), _hand(rng))


NOTES: dict[str, Token] = {
    "name and score": _name_and_score,
    "date": _date,
    "decimal": _decimal,
    "mixed tokens": _mixed_token,
    "amount": _amount,
    "time": _time,
    "name and row": _name_and_row,
    "telephone": _telephone,
    "address": _address,
}


def _point(scribe: Scribe, x: float, y: float, size: float, *, comma: bool) -> float:
    """A decimal sign on the line."""
    rng = scribe.rng
    x, y = x + rng.uniform(-0.1, 0.1) * size, y + rng.uniform(0.88, 1.0) * size
    end = (
        np.array([x - rng.uniform(0.05, 0.12) * size, y + rng.uniform(0.12, 0.25) * size])
        if comma
        else [x + 0.5, y + 0.5]
    )
    scribe.strokes([np.array([[x, y], end])], scribe.width(size) * rng.uniform(1, 1.4))
    return float(x + rng.uniform(0.1, 0.25) * size)


def _hand(rng: np.random.Generator) -> Style:
    return "running" if rng.random() < 0.25 else "hand"


def _count(rng: np.random.Generator) -> int:
    """Of a number's digits: mostly few."""
    return int(rng.choice(8, p=[0.24, 0.25, 0.19, 0.14, 0.08, 0.05, 0.03, 0.02])) + 1
