"""Places that come into question for a label or a line's text, the best one first, and sizes, the largest first."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from edge.contract import Box, Detection
from edge.outputs.lettering import MIN_TEXT_HEIGHT

TEXT_SHARE = 0.02
"""Height of normal text as a share of the frame's longest side: large frames are mostly seen reduced."""
LABEL_SHARE = 0.38
"""Of a digit's height: its label ..."""
NUMBER_SHARE = 0.28
"""... its confidence, where that is low ..."""
LINE_SHARE = 0.55
"""... and its line's text, or half of it where there is no more room."""
LARGE = 1.4
"""Line texts are at least this share of normal text where there is room, so that a reduced frame can be read."""


def text_height(width: int, height: int) -> int:
    """Height of normal text for a frame of this size, px."""
    return max(MIN_TEXT_HEIGHT, round(TEXT_SHARE * max(width, height)))


def outline_width(box: Box, normal: int) -> int:
    """Of the outline around a box, px: by the digit's height, with a dark border of 1 px."""
    return max(1, min(round(box.height / 25), normal // 6)) + 1


def grow(box: Box, by: int) -> Box:
    """The box with a border of so many px."""
    return Box(box.x - by, box.y - by, box.width + 2 * by, box.height + 2 * by)


def find_obstacles(candidates: Sequence[Detection]) -> list[Box]:
    """Boxes of all that may be a digit or a letter, without those rejected that hold an accepted digit (a table)."""
    accepted = [one.box for one in candidates if not one.rejected]
    middles = np.array([(box.x + box.width / 2, box.y + box.height / 2) for box in accepted]).reshape(-1, 2)
    return [one.box for one in candidates if not (one.rejected and _holds_any(one.box, middles))]


def line_sizes(tall: float, normal: int) -> list[int]:
    """Heights of a line's text for digits so tall."""
    largest = max(MIN_TEXT_HEIGHT, min(round(max(LINE_SHARE * tall, LARGE * normal)), 3 * normal))
    return _shrink(largest, max(MIN_TEXT_HEIGHT, min(round(LINE_SHARE * tall / 2), normal)))


def label_sizes(wanted: float, normal: int) -> list[int]:
    """Heights of a label."""
    return _shrink(max(MIN_TEXT_HEIGHT, min(round(wanted), 2 * normal)), MIN_TEXT_HEIGHT)


def above(box: Box, size: Box) -> Iterator[Box]:
    """Above a digit: from its left side, from its right one."""
    for x in (box.x, box.right - size.width):
        yield Box(x, box.y - size.height, size.width, size.height)


def around(box: Box, size: Box) -> Iterator[Box]:
    """Below a digit and beside it."""
    beside = box.right, box.x - size.width
    for x, y in ((box.x, box.bottom), (box.right - size.width, box.bottom), (beside[0], box.y), (beside[1], box.y)):
        yield Box(x, y, size.width, size.height)


def right_of_line(digits: Sequence[Box], margin: int, limit: int, size: Box) -> Iterator[Box]:
    """Right of it, in the margin right of all digits, at the limit where another line's digits or the frame's edge are.

    Args:
        digits: of the line.
        margin: where the margin begins, px.
        limit: how far to the right the text may reach, px.
        size: of the text's plate.
    """
    last = max(digits, key=lambda box: box.right)
    gap, y = size.height // 3, last.y + (last.height - size.height) // 2
    for x in (last.right + gap, margin + gap, limit - size.width):
        if last.right < x <= limit - size.width:
            yield Box(x, y, size.width, size.height)


def find_limit(digits: Sequence[Box], others: Sequence[Box], frame_width: int) -> int:
    """Where the digits of another line, or the frame's edge, stand in the way of a text right of these digits."""
    last = max(digits, key=lambda box: box.right)
    in_the_way = (box.x for box in others if box.x >= last.right and last.y < box.bottom and box.y < last.bottom)
    return min(in_the_way, default=frame_width)


def around_line(digits: Sequence[Box], line: Box, size: Box) -> Iterator[Box]:
    """To the left of it, below it, above it."""
    first = min(digits, key=lambda box: box.x)
    gap = size.height // 3
    yield Box(first.x - gap - size.width, first.y + (first.height - size.height) // 2, size.width, size.height)
    for y in (line.bottom + gap, line.y - gap - size.height):
        yield Box(line.x, y, size.width, size.height)


def _holds_any(box: Box, points: NDArray[np.float64]) -> bool:
    return bool(np.all((points >= (box.x, box.y)) & (points < (box.right, box.bottom)), axis=1).any())


def _shrink(largest: int, smallest: int) -> list[int]:
    """Heights from the largest to the smallest, each a fifth less than the one before."""
    heights = [largest]
    while heights[-1] > smallest:
        heights.append(max(smallest, int(0.8 * heights[-1])))
    return heights
