"""Numbers written into the cells of a form."""

from collections.abc import Callable

from train.pages import marks
from train.pages.lines import Lines
from train.pages.scribe import Scribe

Cell = tuple[float, float, float, float]
"""x, y, width, height."""
Fill = Callable[[], None]
"""Writes into the cells of a form, once its lines are printed."""
Form = Callable[[Scribe, Lines, float, float], Fill]
"""(scribe, canvas for print, height of a cell, height of digits as its share) -> what writes into the cells."""
MOST_DIGITS = 90
"""On one form; more cost time and show nothing new."""


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
