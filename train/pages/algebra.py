"""Equations, fractions, powers, roots and long additions; a letter beside a digit is a letter here."""

from collections.abc import Callable

import numpy as np

from train.pages import marks
from train.pages.scribe import MIN_HEIGHT, Points, Scribe
from train.pages.signs import SIGNS

LETTERS = "abcdxyznmk"
"""What stands for numbers."""
ONE_OVER = 0.5
"""So often a slash has a 1 before it: halves, quarters."""
DRAWN = {
    "x": ("x", "round x"),
    "y": ("y", "y with a tail", "y with a loop"),
    "k": ("k",),
    "n": ("n and m",),
    "m": ("n and m",),
}
"""Letters that are drawn as signs, too, not by a font alone."""


def algebra(scribe: Scribe, x: float, y: float, size: float) -> float:
    """One line of calculation, or a few."""
    rng = scribe.rng
    kind = scribe.variant("algebra")
    if kind == "system":
        return _system(scribe, x, y, size)
    if kind == "long addition":
        return _long_addition(scribe, x, y, size)
    letters = rng.choice(list(LETTERS), int(rng.integers(1, 4)))
    for n in range(int(rng.integers(1, 4))):
        x = operator(scribe, x, y, size, str(rng.choice(list("+-+-×÷·")))) if n else x  # noqa: RUF001 - the real sign
        x = TERMS[kind](scribe, x, y, size, str(rng.choice(letters)))
    if rng.random() < 0.8:
        x = operator(scribe, x, y, size, "=")
        x = scribe.number(x, y, size, count=int(rng.integers(1, 4)))
    return x


def operator(scribe: Scribe, x: float, y: float, size: float, sign: str) -> float:
    """A sign between two numbers, close to them or far off, at times touching."""
    rng = scribe.rng
    gap = float(rng.choice([rng.uniform(-0.08, 0.05), rng.uniform(0.05, 0.5)], p=[0.15, 0.85])) * size
    wide, middle = rng.uniform(0.3, 0.65) * size, y + rng.uniform(0.45, 0.65) * size
    left, right = x + gap, x + gap + wide
    bar = np.array([[left, middle], [right, middle]]) + rng.normal(0, 0.03, (2, 2)) * size
    apart = np.array([0, rng.uniform(0.1, 0.2) * size])
    half = wide / 2
    upright = (
        np.array([[left + half, middle - half], [left + half, middle + half]]) + rng.normal(0, 0.03, (2, 2)) * size
    )
    slanting = np.array([[left, middle - half], [right, middle + half]])
    dot = np.array([[left + half, middle], [left + half + 0.5, middle]])
    lines: dict[str, list[Points]] = {
        "+": [bar, upright],
        "-": [bar],
        "=": [bar - apart, bar + apart + rng.normal(0, 0.02, (2, 2)) * size],
        "×": [slanting, slanting * [1, -1] + [0, 2 * middle]],  # noqa: RUF001 - the real sign
        "÷": [bar, dot - 1.5 * apart, dot + 1.5 * apart] if rng.random() < 0.5 else [dot - apart, dot + apart],
        "·": [dot],
        "/": [np.array([[left, y + size * 1.05], [right, y - 0.05 * size]])],
    }
    scribe.strokes(lines[sign], scribe.width(size))
    return float(right + max(-0.05 * size, gap * rng.uniform(0.6, 1.3)))


def letter(scribe: Scribe, x: float, y: float, size: float, sign: str) -> float:
    """A letter that stands for a number, with the pen of the digits."""
    rng = scribe.rng
    low = sign in "acxyznm"
    if sign in DRAWN and rng.random() < 0.5:
        high = size * rng.uniform(0.55, 0.85)
        shape = SIGNS[str(rng.choice(DRAWN[sign]))][1]
        top = y + size - high + (0.3 * high if sign == "y" else 0)
        return scribe.shape(x, top, high, shape) + rng.uniform(0.02, 0.2) * size
    # By fonts their height is that of capitals; written beside digits small letters are often larger than that.
    larger = rng.uniform(0.9, 1.4) if low else rng.uniform(0.85, 1.1)
    end = scribe.letters(x, y + size * (1 - larger), size * larger, sign, sure=sign != "z")  # a plain z is a 2, too
    return end + rng.uniform(0.0, 0.15) * size


def fraction(scribe: Scribe, x: float, y: float, size: float, *, slash: bool = False) -> float:
    """A number over a bar over a number, or with a slash between them."""
    rng = scribe.rng
    small = max(MIN_HEIGHT, size * rng.uniform(0.4, 0.75))
    if slash:
        halves = rng.random() < ONE_OVER
        # The 1 of a half is often no longer than an apostrophe.
        high = max(MIN_HEIGHT, small * rng.uniform(0.55, 1.0)) if halves else small
        x = scribe.digit(x, y - 0.05 * size, high, number=scribe.choose(1 if halves else None))
        x += rng.uniform(-0.15, 0.1) * size
        line = np.array([[x, y + size], [x + rng.uniform(0.25, 0.5) * size, y]])
        scribe.strokes([line], scribe.width(size))
        return scribe.number(
            x + rng.uniform(0.25, 0.4) * size, y + 1.05 * size - small, small, count=int(rng.integers(1, 3))
        )
    count = int(rng.integers(1, 4))
    above = scribe.number(x, y + 0.4 * size - small, small, count=count)
    below = scribe.number(x + rng.uniform(0, 0.3) * size, y + 0.6 * size, small, count=int(rng.integers(1, count + 1)))
    end = max(above, below)
    level = y + rng.uniform(0.45, 0.55) * size
    bar = np.array([[x - 0.1 * size, level], [end, level + rng.normal(0, 0.05) * size]])
    scribe.strokes([bar], scribe.width(size))
    return float(end + 0.1 * size)


def mixed_number(scribe: Scribe, x: float, y: float, size: float) -> float:
    """2 1/2."""
    x = scribe.number(x, y, size, count=int(scribe.rng.integers(1, 3)))
    return fraction(scribe, x, y, size, slash=bool(scribe.rng.random() < 0.6))


def _term(scribe: Scribe, x: float, y: float, size: float, sign: str) -> float:
    """3x, or x."""
    if scribe.rng.random() < 0.75:
        x = scribe.number(x, y, size, count=int(scribe.rng.integers(1, 3)))
    return letter(scribe, x, y, size, sign)


def _plain(scribe: Scribe, x: float, y: float, size: float, sign: str) -> float:
    del sign
    return scribe.number(x, y, size, count=int(scribe.rng.integers(1, 4)))


def _power(scribe: Scribe, x: float, y: float, size: float, sign: str) -> float:
    rng = scribe.rng
    x = scribe.number(x, y, size, count=1) if rng.random() < 0.4 else _term(scribe, x, y, size, sign)
    return scribe.number(x, y - rng.uniform(0.2, 0.45) * size, _small(scribe, size), count=1)


def _indexed(scribe: Scribe, x: float, y: float, size: float, sign: str) -> float:
    x = _term(scribe, x, y, size, sign)
    return scribe.number(x, y + scribe.rng.uniform(0.6, 0.8) * size, _small(scribe, size), count=1)


def _function(scribe: Scribe, x: float, y: float, size: float, sign: str) -> float:
    rng = scribe.rng
    name = str(rng.choice(["sin", "log", "f", "ln", "lim", "cos"]))
    x = scribe.letters(x, y, size, f"{name}(", sure=True)
    x = scribe.number(x, y, size, count=int(rng.integers(1, 3)))
    x = letter(scribe, x, y, size, sign) if rng.random() < 0.6 else x
    return scribe.letters(x, y, size, ")", sure=True)


def _small(scribe: Scribe, size: float) -> float:
    return max(MIN_HEIGHT, size * float(scribe.rng.uniform(0.4, 0.65)))


def _root(scribe: Scribe, x: float, y: float, size: float, sign: str) -> float:
    del sign
    start = x
    x = scribe.number(x + 0.45 * size, y, size, count=int(scribe.rng.integers(1, 4)))
    over = y - scribe.rng.uniform(0.05, 0.25) * size
    line = np.array([[start, y + 0.6 * size], [start + 0.15 * size, y + 0.5 * size], [start + 0.3 * size, y + size]])
    scribe.strokes([np.vstack([line, [start + 0.45 * size, over], [x, over]])], scribe.width(size))
    return x


def _system(scribe: Scribe, x: float, y: float, size: float) -> float:
    """Two or three equations under each other, with a brace before them."""
    rng = scribe.rng
    letters = rng.permutation(list(LETTERS))[: int(rng.integers(1, 4))]
    pitch, end, rows = rng.uniform(1.3, 1.8) * size, x, int(rng.integers(2, 4))
    for row in range(rows):
        at, top = x, y + row * pitch
        for n, sign in enumerate(letters):
            at = operator(scribe, at, top, size, str(rng.choice(list("+-")))) if n else at
            if rng.random() < 0.7:
                at = scribe.number(at, top, size, count=int(rng.choice([1, 2, 3], p=[0.7, 0.2, 0.1])))
            at = letter(scribe, at, top, size, str(sign))
        at = operator(scribe, at, top, size, "=")
        if rng.random() < 0.3:
            at = operator(scribe, at, top, size, "-")
        end = max(end, scribe.number(at, top, size, count=int(rng.integers(1, 4))))
    if rng.random() < 0.7:
        marks.brace_before(scribe, (x - 0.3 * size, y, end, y + (rows - 1) * pitch + size), size)
    return end


def _long_addition(scribe: Scribe, x: float, y: float, size: float) -> float:
    """Numbers under each other, a line, the result, and small carried digits above."""
    rng = scribe.rng
    columns, pitch, rows = int(rng.integers(2, 6)), rng.uniform(0.7, 1.1) * size, int(rng.integers(2, 4))
    down = rng.uniform(1.1, 1.5) * size
    for row in range(rows + 1):
        gap = 0.25 * size if row == rows else 0
        for column in range(int(rng.integers(0, 2)), columns):
            scribe.digit(x + (column + 1) * pitch, y + row * down + gap, size, number=scribe.choose())
    level = y + rows * down - 0.5 * (down - size) + 0.05 * size
    scribe.strokes([np.array([[x, level], [x + (columns + 1.2) * pitch, level]])], scribe.width(size))
    operator(scribe, x, y + (rows - 1) * down, size, str(rng.choice(list("+-"))))
    if rng.random() < 0.6:
        small = max(MIN_HEIGHT, 0.45 * size)
        for column in range(1, columns):
            if rng.random() < 0.6:
                scribe.digit(x + (column + 0.6) * pitch, y - 1.2 * small, small, number=scribe.choose(1))
    return float(x + (columns + 1.5) * pitch)


TERMS: dict[str, Callable[[Scribe, float, float, float, str], float]] = {
    "linear": _term,
    "sum": _plain,
    "powers": _power,
    "fractions": lambda scribe, x, y, size, _: fraction(scribe, x, y, size),
    "mixed numbers": lambda scribe, x, y, size, _: mixed_number(scribe, x, y, size),
    "indices": _indexed,
    "roots": _root,
    "functions": _function,
}
"""What stands between two operators, by the variant of "algebra"."""
