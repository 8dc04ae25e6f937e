"""A place in the frame -> the grey crops by which it is read: the digit with its surroundings, and twice as much.

Nothing is taken out of a crop: what touches the digit, a line, a box or a neighbour, stays in, and the network that
reads crops has learned to look past it. The wide view shows the word or the number around.
"""

import math
from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import Box, Frame, Grey
from edge.finding.light import take_logarithm

CROP_SIDE = 32
"""A crop is CROP_SIDE x CROP_SIDE px ..."""
CROP_DIGIT_SIDE = 20
"""... in which the longer side of the box is so many px ..."""
WIDE = 2.0
"""... and the wide view shows so many times as much each way."""
CROP_VIEWS = 2
MAX_SQUARE = 512
"""A larger one is reduced to this side, px: its views are smaller by far."""
LEAST_CONTRAST = 0.12
"""Fainter strokes than this, natural logarithm, are not blown up to full contrast: on blank paper noise stays noise."""
CONTRAST = 2.5
"""So many root mean squares of a crop's deviation from the paper are full contrast."""

Places: TypeAlias = NDArray[np.float32]
"""Boxes in a frame, px and parts of px: left, top, right, bottom; (N, 4)."""
Crops: TypeAlias = NDArray[np.float32]
"""Contrast with the paper, -1 to 1, near and wide view: (N, CROP_SIDE, CROP_SIDE, CROP_VIEWS)."""


class Zoom:
    """A frame at full, half, quarter ... size, made as they are asked for.

    Args:
        grey: uint8, (height, width).
    """

    def __init__(self, grey: Grey) -> None:
        self._levels = [grey]

    def view(self, centre: Sequence[float], side: float) -> Grey:
        """The square of `side` px around a place (x, y), its border repeated outside: (CROP_SIDE, CROP_SIDE) uint8."""
        depth = max(0, int(np.log2(max(1.0, side / CROP_SIDE))))
        while len(self._levels) <= depth:
            last = self._levels[-1]
            half = max(1, last.shape[1] // 2), max(1, last.shape[0] // 2)
            self._levels.append(np.asarray(cv2.resize(last, half, interpolation=cv2.INTER_AREA), np.uint8))
        level = self._levels[depth]
        shrink = self._levels[0].shape[1] / level.shape[1], self._levels[0].shape[0] / level.shape[0]
        # The middle of a crop's pixel u lies at centre + (u + .5 - CROP_SIDE / 2) * side / CROP_SIDE of the frame.
        step = side / CROP_SIDE
        rows = [
            [step / shrink[0], 0, (centre[0] + (0.5 - CROP_SIDE / 2) * step) / shrink[0] - 0.5],
            [0, step / shrink[1], (centre[1] + (0.5 - CROP_SIDE / 2) * step) / shrink[1] - 0.5],
        ]
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = (CROP_SIDE, CROP_SIDE)
        seen = cv2.warpAffine(level, np.array(rows), size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(seen, np.uint8)


def cut_crops(zoom: Zoom, places: Places) -> NDArray[np.uint8]:
    """The grey views of some places: uint8, (N, CROP_SIDE, CROP_SIDE, CROP_VIEWS)."""
    views = np.empty((len(places), CROP_SIDE, CROP_SIDE, CROP_VIEWS), np.uint8)
    for number, (left, top, right, bottom) in enumerate(places.tolist()):
        centre = (left + right) / 2, (top + bottom) / 2
        side = max(right - left, bottom - top, 1.0) * CROP_SIDE / CROP_DIGIT_SIDE
        views[number, ..., 0] = zoom.view(centre, side)
        views[number, ..., 1] = zoom.view(centre, WIDE * side)
    return views


def cut_square(frame: Frame, box: Box) -> Grey:
    """All that the crops' reader sees of a place, in the frame's own pixels, to be kept.

    Args:
        frame: uint8, (height, width, 3) B,G,R or (height, width) grey; its border is repeated outside.
        box: of the digit; its middle becomes the square's.

    Returns:
        uint8, WIDE * CROP_SIDE / CROP_DIGIT_SIDE longer sides of the box each way and up to 2 px more: of these the box
        can be told.
    """
    longest = max(box.width, box.height)
    rows = _span(box.y, box.height, longest, frame.shape[0])
    columns = _span(box.x, box.width, longest, frame.shape[1])
    square = frame[np.ix_(rows, columns)]
    grey = square if square.ndim == 2 else cv2.cvtColor(square, cv2.COLOR_BGR2GRAY)
    if max(grey.shape) > MAX_SQUARE:
        grey = cv2.resize(grey, (MAX_SQUARE, MAX_SQUARE), interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)


def place_in_square(square: Grey) -> Places:
    """Where the digit stands in its square, as a box of its longer side each way: (1, 4)."""
    half = max(1.0, min(square.shape) * CROP_DIGIT_SIDE // (WIDE * CROP_SIDE)) / 2
    middle = np.array(square.shape[::-1], np.float32) / 2
    return np.concatenate([middle - half, middle + half])[np.newaxis].astype(np.float32)


def recut(square: Grey) -> NDArray[np.uint8]:
    """The views of the digit in a square that was kept: uint8, (CROP_SIDE, CROP_SIDE, CROP_VIEWS)."""
    return np.asarray(cut_crops(Zoom(square), place_in_square(square))[0], np.uint8)


def normalize_crops(views: NDArray[np.uint8]) -> Crops:
    """Even level and contrast: both views are measured by the paper and the ink of the near one.

    Args:
        views: uint8, (N, CROP_SIDE, CROP_SIDE, CROP_VIEWS), as `cut_crops` gives them.
    """
    if not len(views):
        return np.empty(views.shape, np.float32)
    # The median of the logarithm is the logarithm of the median: bytes are sorted faster.
    near = views[..., 0].reshape(len(views), -1)
    paper = np.partition(near, near.shape[1] // 2, axis=1)[:, near.shape[1] // 2]
    level = take_logarithm(paper.reshape(1, -1)).reshape(-1, 1, 1, 1)
    crops = take_logarithm(views.reshape(len(views), -1)).reshape(views.shape) - level
    deviation = crops[..., 0].reshape(len(views), -1)
    contrast = CONTRAST * np.sqrt(np.einsum("np,np->n", deviation, deviation) / deviation.shape[1])
    crops /= np.maximum(contrast, LEAST_CONTRAST)[:, np.newaxis, np.newaxis, np.newaxis]
    return np.clip(crops, -1, 1, out=crops)


def _span(start: int, length: int, longest: int, whole: int) -> NDArray[np.intp]:
    """The rows or columns of a square around a box; as even or odd in number as its own, so that the middles agree."""
    side = math.ceil(longest * WIDE * CROP_SIDE / CROP_DIGIT_SIDE)
    side += (side - length) % 2
    low = start + (length - side) // 2
    return np.clip(np.arange(low, low + side), 0, whole - 1)
