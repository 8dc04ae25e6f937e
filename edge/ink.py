"""Frame -> ink: illumination flattened, polarity found, noise left behind, ruled lines removed."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.components import label_components
from edge.contract import Frame, Ink
from edge.paper import Field, Grey, Paper, halve, look_at_paper, pick, spread
from edge.rulings import may_hold_lines, remove_ruled_lines

SEED_FACTOR = 2.2
"""A stroke's darkest spot stands out by this many times as much as its faint parts."""
STROKE_REACH = 2, 0.004
"""Least px, and share of the frame's longer side: the darkest part of a stroke is no farther from its edge ..."""
EDGE_REACH = 4, 0.005
"""... and an edge that is a little out of focus is no wider to each side."""
SHARP = 0.9
"""At a stroke's edge contrast falls close by at least by this share of the stroke's mean contrast ..."""
SHARP_SHARE = 0.6
"""... along this share of the edge; a shadow fades slowly."""
EDGE_SHARE = 0.45
"""A stroke ends where its contrast falls under this share of the strongest contrast close by (blur and JPEG halos)."""


@dataclass(frozen=True, slots=True)
class _Spots:
    """The pixels that may be ink; each array is (N,)."""

    index: NDArray[np.intp]
    """Into the flattened frame ..."""
    half: NDArray[np.intp]
    """... and into the flattened frame of half the size."""
    contrast: Field
    """To the paper, share of its brightness ..."""
    strongest: Field
    """... and the strongest one close by."""
    floor: Field
    """Least contrast of ink there."""

    def only(self, kept: NDArray[np.bool_]) -> "_Spots":
        """Some of them, (N,) bool."""
        return _Spots(self.index[kept], self.half[kept], self.contrast[kept], self.strongest[kept], self.floor[kept])


def find_ink(frame: Frame) -> Ink:
    """Find what a pen left on the paper.

    Args:
        frame: uint8, (height, width, 3) B,G,R or (height, width) grey. Dark on light or light on dark.

    Returns:
        uint8, (height, width). Ink is bright (strokes reach 255 whatever the pen), everything else is 0.

    Raises:
        ValueError: frame is not uint8 or has another shape.
    """
    grey = _to_grey(frame)
    smooth = cv2.GaussianBlur(grey, (3, 3), 0).astype(np.uint8, copy=False)
    half = halve(smooth)
    paper = look_at_paper(smooth)
    spots = _find_spots(smooth, half.shape, paper)
    ink = np.zeros(grey.shape, np.uint8)
    ink.ravel()[spots.index] = 255
    if may_hold_lines(half, paper):
        ink = remove_ruled_lines(ink, paper.contrast(smooth), paper.noise)
        spots = spots.only(ink.ravel()[spots.index] > 0)
    spots = spots.only(_are_strokes(spots, ink, half, paper))
    # Around the cut, from dark to light over half of the stroke's own contrast: edges keep their grey steps.
    share = spots.contrast / spots.strongest
    ink[:] = 0
    ink.ravel()[spots.index] = np.clip(510 * (share - EDGE_SHARE) + 128, 0, 255)
    return ink


def _to_grey(frame: Frame) -> Grey:
    if frame.dtype != np.uint8 or frame.ndim not in (2, 3) or (frame.ndim == 3 and frame.shape[2] != 3):
        raise ValueError(f"frame must be uint8 (height, width, 3) or (height, width), got {frame.dtype} {frame.shape}")
    if 0 in frame.shape:
        raise ValueError(f"frame is empty: {frame.shape}")
    return frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)


def _find_spots(smooth: Grey, half: tuple[int, ...], paper: Paper) -> _Spots:
    """Where contrast is ink's: a bold look in whole grey levels at the whole frame, an exact one at what it leaves."""
    window = _window(smooth.shape, STROKE_REACH)
    floor = spread(paper.floor, paper.level.shape)
    least = floor * paper.bright if paper.doubt is None else (floor + paper.doubt) * paper.bright
    dark = cv2.compare(smooth, _levels(paper.level - least + 1, smooth.shape), cv2.CMP_LT)
    extreme = cv2.erode(smooth, window)
    if paper.light is not False:
        light = cv2.compare(smooth, _levels(paper.level + least - 1, smooth.shape), cv2.CMP_GT)
        turned = pick(np.atleast_2d(np.uint8(paper.light)), smooth.shape)
        dark = np.where(turned, light, dark).astype(np.uint8)
        extreme = np.where(turned, cv2.dilate(smooth, window), extreme)
    index = np.flatnonzero(dark.view(np.bool_))
    y = index // smooth.shape[1]
    x = index - y * smooth.shape[1]
    place = np.minimum(y >> 1, half[0] - 1) * half[1] + np.minimum(x >> 1, half[1] - 1)

    def at(field: Field) -> Field:
        return spread(field, half).ravel()[place]

    level, bright, floor = at(paper.level), at(paper.bright), at(floor)
    contrast, strongest = ((level - picture.ravel()[index]) / bright for picture in (smooth, extreme))
    if paper.light is not False:
        contrast, strongest = (np.where(turned.ravel()[index] > 0, -one, one) for one in (contrast, strongest))
    if paper.doubt is not None:
        doubt = at(paper.doubt)
        contrast, strongest = contrast - doubt, strongest - doubt
    spots = _Spots(index, place, contrast, strongest, floor)
    return spots.only(contrast > np.maximum(floor, EDGE_SHARE * strongest))


def _levels(field: Field, shape: tuple[int, ...]) -> Grey:
    """A field of grey levels, spread to the shape (height, width)."""
    rounded = np.clip(field, 0, 255).astype(np.uint8)
    return cv2.resize(rounded, shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def _window(shape: tuple[int, ...], reach: tuple[int, float]) -> Grey:
    """All that is close by: a square that reaches so many px, or such a share of the longer side, to each side."""
    px = max(reach[0], round(reach[1] * max(shape)))
    return np.ones((2 * px + 1, 2 * px + 1), np.uint8)


def _are_strokes(spots: _Spots, mask: Grey, half: Grey, paper: Paper) -> NDArray[np.bool_]:
    """Which spots belong to connected parts that are dark somewhere and end sharply: a shadow fades.

    Parts are told apart in the frame of half the size: strokes less than 2 px apart are judged together.
    """
    small = cv2.threshold(halve(mask), 0, 255, cv2.THRESH_BINARY)[1].astype(np.uint8, copy=False)
    count, labels = label_components(small)
    owner = labels.ravel()[spots.half]
    mean = np.bincount(owner, spots.contrast, count) / np.maximum(1, np.bincount(owner, minlength=count))
    dark = np.bincount(owner[spots.contrast > SEED_FACTOR * spots.floor], minlength=count) > 0
    border = np.flatnonzero(small > cv2.erode(small, np.ones((3, 3), np.uint8)))
    rim = labels.ravel()[border]
    reach, share = EDGE_REACH
    change = cv2.morphologyEx(half, cv2.MORPH_GRADIENT, _window(half.shape, (reach // 2, share)))
    bright = spread(paper.bright, half.shape)
    sharp = change.ravel()[border] > SHARP * mean[rim] * bright.ravel()[border]
    kept = dark & (np.bincount(rim[sharp], minlength=count) > SHARP_SHARE * np.bincount(rim, minlength=count))
    return kept[owner]
