"""A median erases writing and shows the paper; here it is mended where it misjudges what is larger than its window.

Those are the corners of a sheet on a darker table, and strokes that are too thick for the window.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.finding.components import measure_components

BLACK = 0.4
"""Paper darker than this share of the brightest around it is no shadow."""
TABLE = 0.8
"""A sheet lies on a table that is darker than this share of its brightness."""
SHEET = 0.85
"""A sheet fills more than this share of the rectangle around it, an ellipse 0.79, other digits less ..."""
BAR = 0.4
"""... but for a 1, whose sides have a ratio below this one."""

_Grey = NDArray[np.uint8]
_Mask = NDArray[np.bool_]


def mend_median(paper: _Grey, small: _Grey) -> _Grey:
    """The median, right in the corners of a sheet and under thick strokes, too.

    Args:
        paper: the median of ...
        small: ... this picture, uint8, (height, width).
    """
    darkest, brightest = paper.min(), paper.max()
    if darkest >= TABLE * brightest:
        return paper
    side = max(3, max(paper.shape) // 2)
    for part, bright in _find_light_parts(paper, small, TABLE, side):
        if _is_sheet(part):  # the median rounds its corners, and takes a table for the inside of a thick stroke on it
            paper = _fill(paper, small, _fill_hull(part), from_where=part & bright, side=side)
    if darkest >= BLACK * brightest:
        return paper
    ink = _find_dark_parts(paper, side)
    for part, _ in _find_light_parts(paper, small, BLACK, side):
        if not _is_sheet(part):
            ink |= part
    if not ink.any():
        return paper
    margin = max(1, side // 6)
    grown = cv2.dilate(ink.astype(np.uint8), np.ones((margin, margin), np.uint8)) > 0
    return _fill(paper, paper, grown, from_where=~grown, side=side)


def _fill(paper: _Grey, source: _Grey, where: _Mask, *, from_where: _Mask, side: int) -> _Grey:
    """The paper; where told, with the mean of what is close by in the source."""
    weight = cv2.blur(from_where.astype(np.float32), (side, side))
    around = cv2.blur(np.where(from_where, source, 0).astype(np.float32), (side, side)) / np.maximum(weight, 1e-3)
    return np.where(where & (weight > 0.01), around, paper).astype(np.uint8)


def _find_dark_parts(paper: _Grey, side: int) -> _Mask:
    """Very dark parts that lie inside the frame; a dark table or a board reaches its border."""
    brightest = cv2.dilate(paper, np.ones((side, side), np.uint8))
    labels, stats = measure_components((paper < BLACK * brightest).view(np.uint8))
    return _lie_inside(stats, paper.shape)[labels]


def _find_light_parts(paper: _Grey, small: _Grey, ratio: float, side: int) -> Iterator[tuple[_Mask, _Mask]]:
    """Light parts that lie inside the frame, strokes or sheets, where the darkest close by has less than this ratio.

    Yields:
        Where the part is, as the median sees it or the picture; and where the picture is light.
    """
    window = np.ones((side, side), np.uint8)
    darkest, brightest = cv2.erode(paper, window), cv2.dilate(paper, window)
    between = cv2.addWeighted(darkest, 0.5, brightest, 0.5, 0)
    uneven = darkest < ratio * brightest
    lit, bright = uneven & (paper > between), uneven & (small > between)
    labels, stats = measure_components((lit | bright).view(np.uint8))
    seen = np.bincount(labels[lit], minlength=len(stats)) > 0
    for label in np.flatnonzero(_lie_inside(stats, paper.shape) & seen):
        yield labels == label, bright


def _lie_inside(stats: NDArray[np.int32], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which components do not touch the border of a picture of this (height, width); the background, 0, never."""
    x, y, width, height = stats[:, :4].T
    inside = (x > 0) & (y > 0) & (x + width < shape[1]) & (y + height < shape[0])
    inside[0] = False
    return np.asarray(inside, np.bool_)


def _is_sheet(part: _Mask) -> bool:
    """Whether one component fills the rectangle around it, whichever way it lies, and is no bar."""
    outline = _outline(part)
    _, sides, _ = cv2.minAreaRect(outline)
    short, long = sorted(sides)
    return short > BAR * long and cv2.contourArea(outline) > SHEET * short * long


def _fill_hull(part: _Mask) -> _Mask:
    """The convex hull of one component."""
    hull = cv2.convexHull(_outline(part))
    return cv2.fillConvexPoly(np.zeros(part.shape, np.uint8), hull, 1) > 0


def _outline(part: _Mask) -> NDArray[np.int32]:
    """The outer contour of one component."""
    (outline, *_), _ = cv2.findContours(part.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return np.asarray(outline, np.int32)
