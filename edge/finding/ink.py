"""Frame -> ink: illumination flattened, polarity found, noise left behind."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import Frame, Ink
from edge.finding.components import label_components
from edge.finding.paper import MIN_CONTRAST, Field, Grey, Paper, halve, look_at_paper, pick, spread

SEED_FACTOR = 2.2
"""A stroke's darkest spot stands out by this many times as much as its faint parts."""
BOLD = 0.75
"""Of a thin line's contrast so much is left in the frame of half the size."""
STROKE_REACH = 2, 0.004
"""Least px, and share of the frame's longer side: the darkest part of a stroke is no farther from its edge ..."""
EDGE_REACH = 4, 0.005
"""... and an edge that is a little out of focus is no wider to each side."""
SHARP = 0.9
"""At a stroke's edge contrast falls close by at least by this share of the stroke's mean contrast ..."""
SHARP_SHARE = 0.6
"""... along this share of the edge; a shadow fades slowly."""
SHARPER = 1.0
"""The same for the dark pixels of what fades, looked at by themselves."""
EDGE_SHARE = 0.45
"""A stroke ends where its contrast falls under this share of the strongest contrast close by (blur and JPEG halos)."""

_Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Spots:
    """Where ink may be: squares of 2 x 2 px, each a pixel of the frame of half the size."""

    half: NDArray[np.intp]
    """Indices into the flattened frame of half the size, (N,) ..."""
    index: NDArray[np.intp]
    """... and into the flattened frame, (4, N)."""
    contrast: Field
    """To the paper, share of its brightness, (4, N) ..."""
    strongest: Field
    """... and the strongest one close by, (4, N)."""
    floor: Field
    """Least contrast of ink there, (N,)."""
    bright: Field
    """The paper's brightness there, (N,)."""
    inked: NDArray[np.bool_]
    """Which of the pixels are darker than that, and than what is close by makes them, (4, N)."""


def find_ink(frame: Frame) -> Ink:
    """Find what a pen left on the paper.

    Args:
        frame: uint8, (height, width, 3) B,G,R or (height, width) grey. Dark on light or light on dark.

    Returns:
        uint8, (height, width). Ink is bright (strokes reach 255 whatever the pen), everything else is 0.

    Raises:
        ValueError: frame is not uint8 or has another shape.
    """
    grey = to_grey(frame)
    ink = np.zeros(grey.shape, np.uint8)
    if min(grey.shape) < 2:
        return ink
    smooth = cv2.GaussianBlur(grey, (3, 3), 0).astype(np.uint8, copy=False)
    half = halve(smooth)
    paper = look_at_paper(smooth, half)
    spots = _find_spots(smooth, half, paper)
    kept = _are_strokes(spots, half)
    # Around the cut, from dark to light over half of the stroke's own contrast: edges keep their grey steps.
    share = spots.contrast / np.maximum(spots.strongest, MIN_CONTRAST)
    ink.ravel()[spots.index] = np.clip(510 * (share - EDGE_SHARE) + 128, 0, 255).astype(np.uint8) * kept
    return ink


def to_grey(frame: Frame) -> Grey:
    """Brightness of a frame, (height, width); ValueError where it is none."""
    _check(frame)
    return frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)


def _check(frame: Frame) -> None:
    if frame.dtype != np.uint8 or frame.ndim not in (2, 3) or (frame.ndim == 3 and frame.shape[2] != 3):
        raise ValueError(f"frame must be uint8 (height, width, 3) or (height, width), got {frame.dtype} {frame.shape}")
    if 0 in frame.shape:
        raise ValueError(f"frame is empty: {frame.shape}")


def reduce_quickly(frame: Frame, size: tuple[int, int]) -> Grey:
    """A grey copy of (width, height), smaller than the frame: of each pixel's place four single ones are looked at."""
    _check(frame)
    twice = min(frame.shape[1], 2 * size[0]), min(frame.shape[0], 2 * size[1])
    grey = to_grey(cv2.resize(frame, twice, interpolation=cv2.INTER_NEAREST).astype(np.uint8, copy=False))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _find_spots(smooth: Grey, half: Grey, paper: Paper) -> _Spots:
    """Where contrast is ink's: a bold look at the frame of half the size, an exact one at the pixels that it leaves."""
    places = np.flatnonzero(_may_be_ink(half, paper))
    y, x = np.divmod(places, half.shape[1])
    width = smooth.shape[1]
    index = (2 * (y * width + x)) + np.array([[0], [1], [width], [width + 1]])

    def at(field: Field) -> Field:
        return spread(field, half.shape).ravel()[places]

    level, bright, floor = at(paper.level), at(paper.bright), at(paper.floor)
    window = _window(smooth.shape, STROKE_REACH)
    own, extreme = smooth.ravel()[index], cv2.erode(smooth, window).ravel()[index]
    sign: Field | int = 1
    if paper.light is not False:
        light = pick(np.atleast_2d(np.uint8(paper.light)), half.shape).ravel()[places]
        extreme = np.where(light, cv2.dilate(smooth, window).ravel()[index], extreme)
        sign = np.where(light, -1, 1).astype(np.float32)
    scale = sign / bright
    contrast, strongest = (level - own) * scale, (level - extreme) * scale
    if paper.doubt is not None:
        doubt = at(paper.doubt)
        contrast, strongest = contrast - doubt, strongest - doubt
    inked = contrast > np.maximum(floor, EDGE_SHARE * strongest)
    return _Spots(places, index, contrast, strongest, floor, bright, inked)


def _may_be_ink(half: Grey, paper: Paper) -> NDArray[np.bool_]:
    """Where a pixel in or beside one of the frame of half the size may have ink's contrast; of the size of `half`."""
    least = BOLD * paper.bright * spread(paper.floor, paper.bright.shape)
    if paper.doubt is not None:
        least += paper.doubt * paper.bright
    window = np.ones((3, 3), np.uint8)
    dark = cv2.compare(cv2.erode(half, window), _spread_levels(paper.level - least, half.shape), cv2.CMP_LT)
    if paper.light is False:
        return dark.view(np.bool_)
    light = cv2.compare(cv2.dilate(half, window), _spread_levels(paper.level + least, half.shape), cv2.CMP_GT)
    return np.where(pick(np.atleast_2d(np.uint8(paper.light)), half.shape), light, dark) > 0


def _spread_levels(field: Field, shape: tuple[int, ...]) -> Grey:
    """A field of grey levels, spread to the shape (height, width)."""
    return cv2.resize(np.clip(field, 0, 255).astype(np.uint8), shape[::-1]).astype(np.uint8, copy=False)


def _window(shape: tuple[int, ...], reach: tuple[int, float]) -> Grey:
    """All that is close by: a square that reaches so many px, or such a share of the longer side, to each side."""
    px = max(reach[0], round(reach[1] * max(shape)))
    return np.ones((2 * px + 1, 2 * px + 1), np.uint8)


def _are_strokes(spots: _Spots, half: Grey) -> _Mask:
    """Which inked pixels belong to connected parts that are dark somewhere and end sharply: a shadow fades. (4, N).

    A stroke on the faint line of a form is one part with it and does not end sharply there: of what fades its darker
    pixels are looked at once more, by themselves.
    """
    reach, share = EDGE_REACH
    change = cv2.morphologyEx(half, cv2.MORPH_GRADIENT, _window(half.shape, (reach // 2, share)))
    kept, darker = _find_sharp(spots, change, spots.inked, SHARP)
    return kept | _find_sharp(spots, change, darker, SHARPER)[0] if darker.any() else kept


def _find_sharp(spots: _Spots, change: NDArray[Any], inked: _Mask, sharpness: float) -> tuple[_Mask, _Mask]:
    """The pixels of the parts that end sharply; of the other dark ones those that are darker than their part's mean.

    Parts are told apart in the frame of half the size: strokes less than 2 px apart are judged together. `change` says
    by how many grey levels that frame changes close by.
    """
    pixels = inked.view(np.uint8).sum(axis=0, dtype=np.uint8)
    mask = np.zeros(change.shape, np.uint8)
    mask.ravel()[spots.half] = pixels
    count, labels = label_components(mask)
    owner = labels.ravel()[spots.half].astype(np.intp)  # once: each count below would widen it anew
    darkness = (spots.contrast * inked).sum(axis=0)
    mean = np.bincount(owner, darkness, count) / np.maximum(1, np.bincount(owner, pixels, count))
    dark = np.zeros(count, bool)
    dark[owner[spots.contrast.max(axis=0) > SEED_FACTOR * spots.floor]] = True
    rim = np.flatnonzero((pixels > 0) & (cv2.erode(mask, np.ones((3, 3), np.uint8)).ravel()[spots.half] == 0))
    edge = owner[rim]
    sharp = change.ravel()[spots.half[rim]] > sharpness * mean[edge] * spots.bright[rim]
    kept = dark & (np.bincount(edge[sharp], minlength=count) > SHARP_SHARE * np.bincount(edge, minlength=count))
    darker = inked & (dark & ~kept)[owner] & (spots.contrast > mean[owner])
    return inked & kept[owner], darker
