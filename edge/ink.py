"""Frame -> ink: illumination flattened, polarity found, noise left behind, ruled lines removed."""

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.components import keep_seeded, label_components, measure_components
from edge.contract import Frame, Ink
from edge.rulings import remove_ruled_lines

PAPER_SIDE = 192
"""The paper's brightness is looked at in a picture of about this longest side, px: it changes slowly."""
DARKEST = 48.0
"""A black background has no brightness to take a share of: under this, of 255, contrast is counted in grey levels."""
PAPER_WINDOW = 0.17
"""Window of the median that erases writing, share of the frame: strokes up to half of it vanish."""
SLOPE = 0.1
"""Where the paper's brightness changes by more than this share of it close by, there is a shadow's edge."""
BLACK = 0.4
"""Paper darker than this share of the brightest around it is no shadow."""
STROKE_SHARE = 0.03
"""Most strokes are thinner than this share of the frame's longer side; what is thicker may be paper, table, shadow."""
THICK_DISCOUNT = 0.15
"""What a thick pixel counts when light and dark are compared."""
REGION = 3
"""Light or dark writing is decided in regions of one so-manieth of the frame: a board and a sheet may share it."""
MIN_CONTRAST = 0.035
"""Fainter than this share of the paper's brightness is no ink, however quiet the frame."""
TILE = 24
"""Side of the tiles, px, in which paper and noise are measured (larger in large frames, NOISE_TILES along them)."""
NOISE_TILES = 16
SAMPLES = 12
"""Of each tile so many rows and columns are looked at."""
NOISE_FACTOR = 2.5
"""A stroke's faint parts stand out of the paper's own noise by this many standard deviations ..."""
SEED_FACTOR = 2.2
"""... and its darkest spot by this many times as much."""
STROKE_REACH = 2, 0.004
"""Least px, and share of the frame's longer side: the darkest part of a stroke is no farther from its edge ..."""
EDGE_REACH = 4, 0.005
"""... and an edge that is a little out of focus is no wider to each side."""
SHARP = 0.85
"""At a stroke's edge contrast falls close by at least by this share of the stroke's mean contrast ..."""
SHARP_SHARE = 0.6
"""... along this share of the edge; a shadow fades slowly."""
EDGE_SHARE = 0.45
"""A stroke ends where its contrast falls under this share of the strongest contrast close by (blur and JPEG halos)."""

_Contrast = NDArray[np.float32]
_Mask = NDArray[np.uint8]


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
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)
    paper, doubt = _estimate_paper(grey)
    contrast: _Contrast = cv2.subtract(paper, smooth, dtype=cv2.CV_32F).astype(np.float32, copy=False)
    bright = np.maximum(paper, DARKEST, out=paper)
    contrast /= bright
    noise = _level_paper(contrast)
    if doubt is not None:
        contrast -= np.clip(contrast, -doubt, doubt)
    floor = np.maximum(NOISE_FACTOR * _spread(noise, contrast.shape), MIN_CONTRAST)
    contrast *= np.float32(_find_polarity(contrast, floor))
    strongest = cv2.dilate(contrast, _window(contrast.shape, STROKE_REACH))
    mask = cv2.compare(contrast, cv2.max(floor, EDGE_SHARE * strongest), cv2.CMP_GT).astype(np.uint8, copy=False)
    mask = remove_ruled_lines(mask, contrast, noise)
    change = cv2.morphologyEx(smooth, cv2.MORPH_GRADIENT, _window(contrast.shape, EDGE_REACH)).astype(
        np.uint8, copy=False
    )
    strokes = _find_strokes(mask, contrast, floor, bright, change)
    # Around the cut, from dark to light over half of the stroke's own contrast: edges keep their grey steps.
    share = contrast.ravel()[strokes] / strongest.ravel()[strokes]
    ink = np.zeros(grey.shape, np.uint8)
    ink.ravel()[strokes] = np.clip(510 * (share - EDGE_SHARE) + 128, 0, 255)
    return ink


def _to_grey(frame: Frame) -> NDArray[np.uint8]:
    if frame.dtype != np.uint8 or frame.ndim not in (2, 3) or (frame.ndim == 3 and frame.shape[2] != 3):
        raise ValueError(f"frame must be uint8 (height, width, 3) or (height, width), got {frame.dtype} {frame.shape}")
    if 0 in frame.shape:
        raise ValueError(f"frame is empty: {frame.shape}")
    return frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)


def _estimate_paper(grey: NDArray[np.uint8]) -> tuple[_Contrast, _Contrast | None]:
    """Brightness of the paper, 0 to 255, and by what share of it that may be wrong: float32, (height, width).

    It may be wrong at the edge of a shadow, whose place is known only roughly; None where there is no such edge.
    """
    height, width = grey.shape
    step = max(1, -(-max(height, width) // PAPER_SIDE))
    size = max(1, width // step), max(1, height // step)
    small = cv2.resize(grey[: size[1] * step, : size[0] * step], size, interpolation=cv2.INTER_AREA)
    window = 2 * round(PAPER_WINDOW * max(size) / 2) + 1
    paper = _fill_thick_ink(cv2.medianBlur(small, window).astype(np.uint8, copy=False)).astype(np.float32)
    edge = cv2.morphologyEx(paper, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) / np.maximum(paper, DARKEST)
    doubt = np.maximum(0, edge - SLOPE)
    return _spread(paper, grey.shape), _spread(doubt, grey.shape) if doubt.any() else None


def _fill_thick_ink(paper: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Where a stroke is too thick for the median, what looks like black paper gets the brightness around it.

    That is a very dark part which lies inside the frame; a dark table or a board reaches its border.
    """
    side = max(3, max(paper.shape) // 2)
    brightest = cv2.dilate(paper, np.ones((side, side), np.uint8))
    dark = np.where(paper < BLACK * brightest, 255, 0).astype(np.uint8)
    if not dark.any():
        return paper
    labels, stats = measure_components(dark)
    x, y, width, height = stats[:, :4].T
    inside = (x > 0) & (y > 0) & (x + width < paper.shape[1]) & (y + height < paper.shape[0])
    inside[0] = False
    margin = side // 6
    ink = cv2.dilate(inside[labels].astype(np.uint8), np.ones((margin, margin), np.uint8))
    weight = cv2.blur(1 - ink.astype(np.float32), (side, side))
    around = cv2.blur(np.where(ink > 0, 0, paper).astype(np.float32), (side, side)) / np.maximum(weight, 1e-3)
    return np.where((ink > 0) & (weight > 0.01), around, paper).astype(np.uint8)


def _level_paper(contrast: _Contrast) -> _Contrast:
    """Take what the paper is off from zero out of `contrast`, and return its noise.

    Both are seen in tiles, on that side of the tile's values where there is less ink: between its 10th and its 40th
    percentile a normal distribution has 1.03 standard deviations.

    Returns:
        float32, (rows, columns) of tiles: standard deviation of the paper's texture and sensor noise.
    """
    height, width = contrast.shape
    side = max(TILE, max(height, width) // NOISE_TILES)
    rows, columns = max(1, height // side), max(1, width // side)
    y, x = (np.linspace(0, n - 1, SAMPLES * count).astype(np.intp) for n, count in ((height, rows), (width, columns)))
    tiles = contrast[np.ix_(y, x)].reshape(rows, SAMPLES, columns, SAMPLES).swapaxes(1, 2)
    ordered = np.sort(tiles.reshape(rows, columns, -1), axis=-1)
    q10, q40, q60, q90 = (ordered[..., round(share * (ordered.shape[-1] - 1))] for share in (0.1, 0.4, 0.6, 0.9))
    low, high = (q40 - q10) / 1.03, (q90 - q60) / 1.03
    level = np.where(low < high, q40 + 0.25 * low, q60 - 0.25 * high).clip(-MIN_CONTRAST, MIN_CONTRAST)
    contrast -= _spread(_calm(level), contrast.shape)
    return _calm(np.minimum(low, high))


def _calm(tiles: _Contrast) -> _Contrast:
    """One number per tile, without the odd tile."""
    return cv2.medianBlur(tiles, 3).astype(np.float32, copy=False) if min(tiles.shape) >= 3 else tiles


def _spread(small: _Contrast, shape: tuple[int, ...]) -> _Contrast:
    """A smooth field of the shape (height, width)."""
    return cv2.resize(small, shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False)


def _find_polarity(contrast: _Contrast, floor: _Contrast) -> _Contrast | float:
    """1 where strokes are dark, -1 where they are light: one number, or (height, width) where regions differ.

    What is thick counts little: a white sheet on a dark table is no light writing.
    """
    step = max(1, max(contrast.shape) // 320)
    sampled, least = contrast[::step, ::step], floor[::step, ::step]
    dark, light = ((sign * sampled > least).astype(np.uint8) for sign in (1, -1))
    balance = _writing(dark) - _writing(light)
    region = max(1, max(balance.shape) // REGION)
    nearby = cv2.blur(balance, (region, region)) + balance.mean()
    if (nearby >= 0).all():
        return 1.0
    if (nearby < 0).all():
        return -1.0
    height, width = contrast.shape
    return np.where(cv2.resize(nearby, (width, height), interpolation=cv2.INTER_LINEAR) < 0, -1, 1).astype(np.float32)


def _writing(mask: _Mask) -> _Contrast:
    """What each pixel of a 0-1 mask counts as writing: thick parts at a discount."""
    side = max(3, round(STROKE_SHARE * max(mask.shape)))
    thick = cv2.erode(mask, np.ones((side, side), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    if not thick.any():
        return mask.astype(np.float32)
    return mask - np.float32(1 - THICK_DISCOUNT) * keep_seeded(mask, thick.astype(np.uint8, copy=False))


def _window(shape: tuple[int, ...], reach: tuple[int, float]) -> _Mask:
    """All that is close by: a square that reaches so many px, or such a share of the longer side, to each side."""
    px = max(reach[0], round(reach[1] * max(shape)))
    return np.ones((2 * px + 1, 2 * px + 1), np.uint8)


def _find_strokes(
    mask: _Mask, contrast: _Contrast, floor: _Contrast, bright: _Contrast, change: NDArray[np.uint8]
) -> NDArray[np.intp]:
    """Of the connected parts of a mask those that are dark somewhere and end sharply: a shadow fades.

    Args:
        mask: not 0 = ink.
        contrast: to the paper.
        floor: least contrast of ink.
        bright: the paper's brightness.
        change: of brightness close by.

    Returns:
        Their pixels, as indices into the flattened frame.
    """
    count, labels = label_components(mask)
    inked, owners = np.flatnonzero(mask > 0), labels.ravel()
    owner, darkness = owners[inked], contrast.ravel()[inked]
    mean = np.bincount(owner, darkness, count) / np.maximum(1, np.bincount(owner, minlength=count))
    dark = np.bincount(owner[darkness > SEED_FACTOR * floor.ravel()[inked]], minlength=count) > 0
    border = np.flatnonzero(mask > cv2.erode(mask, np.ones((3, 3), np.uint8)))
    rim = owners[border]
    sharp = change.ravel()[border] > SHARP * mean[rim] * bright.ravel()[border]
    kept = dark & (np.bincount(rim[sharp], minlength=count) > SHARP_SHARE * np.bincount(rim, minlength=count))
    return inked[kept[owner]]
