"""Which of the digits in sight is meant."""

from collections.abc import Sequence

import numpy as np

from edge.contract import Box, Detection

TALL = 0.6, 1.7
"""Digits are about as tall as the others when their height is between these shares of the typical one."""


def find_tall(digits: Sequence[Detection]) -> list[Detection]:
    """Those about as tall as the largest, in the order given: what was written, without specks and dots."""
    if not digits:
        return []
    heights = np.sort([digit.box.height for digit in digits])[::-1]
    # Put on top of each other, half of their height is in ones at least this tall: specks do not count.
    typical = heights[np.searchsorted(np.cumsum(heights), heights.sum() / 2)]
    return [digit for digit in digits if TALL[0] * typical <= digit.box.height <= TALL[1] * typical]


def find_target(digits: Sequence[Detection], x: int, y: int) -> Detection | None:
    """The digit whose box holds this point, the smallest of several; else the nearest of those that are tall."""
    around = [digit for digit in digits if _distance(digit.box, x, y) == 0]
    if around:
        return min(around, key=lambda digit: digit.box.width * digit.box.height)
    return min(find_tall(digits), key=lambda digit: (_distance(digit.box, x, y), -digit.box.height), default=None)


def stands_where(one: Detection, other: Detection) -> bool:
    """Whether both are the same place on paper: half of what they take up, or more, is shared."""
    shared, both = one.box.intersection(other.box), one.box.union(other.box)
    return min(shared.width, shared.height) > 0 and 2 * shared.width * shared.height >= both.width * both.height


def _distance(box: Box, x: int, y: int) -> float:
    """From a point to a box, px; 0 inside."""
    beside = max(box.x - x, 0, x - box.right + 1)
    over = max(box.y - y, 0, y - box.bottom + 1)
    return float(np.hypot(beside, over))
