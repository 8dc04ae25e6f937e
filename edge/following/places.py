"""Which line of a frame is which of those that are followed: by place, motion and text."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from edge.contract import Box, Line

NEAR = 1.0
"""A line is taken for one that stood at most so many heights away ..."""
FAR = 4.0
"""... or so many where it says the same: shaken paper moves by more than a row from frame to frame."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line was last seen, and what it said."""

    text: str
    box: Box
    move: tuple[int, int] = 0, 0
    """From the frame before that, px to the right and down."""
    home: Box | None = None
    """Where it was last seen settled: what was seen later may be what a hand left of it. None: it never was."""


def match_lines(places: Sequence[Place], lines: Sequence[Line]) -> dict[int, int]:
    """Line -> place, by number; the closest pairs first, each line and each place once."""
    pairs = sorted(
        (cost, n, k)
        for n, line in enumerate(lines)
        for k, place in enumerate(places)
        if (cost := _find_cost(place, line)) is not None
    )
    matched: dict[int, int] = {}
    for _, n, k in pairs:
        if n not in matched and k not in matched.values():
            matched[n] = k
    return matched


def _find_cost(place: Place, line: Line) -> float | None:
    """How unlikely it is that the line stands there, 0 or more; None where it is another one."""
    same = place.text == line.text
    x, y = place.move
    going_on = replace(place.box, x=place.box.x + x, y=place.box.y + y)
    way = min(_measure_way(box, line.box) for box in (place.box, going_on, place.home) if box is not None)
    if way > (FAR if same else NEAR):
        return None
    return way + (not same) * FAR + (place.home is None) * NEAR / 2  # an equal text first, what never settled last


def _measure_way(one: Box, other: Box) -> float:
    """From one box to the other, in heights: how far the narrower one lies outside of the wider, and above or below.

    A line that gains or loses digits, at its ends or behind a hand, stays where it was.
    """
    inner, outer = sorted((one, other), key=lambda box: box.width)
    along = max(0, outer.x - inner.x, inner.right - outer.right)
    down = abs(one.y + one.height / 2 - other.y - other.height / 2)
    return (along + down) / max(one.height, other.height)
