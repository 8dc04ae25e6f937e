"""What the paper is like under the writing: its brightness, its noise, and whether it is written on in dark or light.

All of it changes slowly, so it is looked at in small pictures of the frame.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.finding.components import label_components
from edge.finding.median import mend_median

PAPER_SIDE = 192
"""The paper's brightness is looked at in a picture whose longest side is halved until it is no longer than this, px."""
DARKEST = 48.0
"""A black background has no brightness to take a share of: under this, of 255, contrast is counted in grey levels."""
PAPER_WINDOW = 0.17
"""Window of the median that erases writing, share of the frame: strokes up to half of it vanish."""
SLOPE = 0.1
"""Where the paper's brightness changes by more than this share of it close by, there is a shadow's edge."""
STROKE_SHARE = 0.03
"""Most strokes are thinner than this share of the frame's longer side; what is thicker may be paper, table, shadow."""
THICK_DISCOUNT = 0.15
"""What a pixel of something thick, or of what fades, counts when light and dark are compared."""
SLIM_SHARE = 0.75
"""Of a grid at the frame's border more than this is thin, whatever is written across it; of a sheet's corner, less."""
REGION = 3
"""Light or dark writing is decided in regions of one so-manieth of the frame: a board and a sheet may share it."""
MIN_CONTRAST = 0.035
"""Fainter than this share of the paper's brightness is no ink, however quiet the frame."""
GRID_SHARE = 0.15
"""Under a fine dark grid the median lies between lines and paper: the paper is brighter by up to this share of it.
Darker it is by MIN_CONTRAST at most: otherwise a tile that a thick stroke fills would be called paper."""
TILE = 24
"""Side of the tiles, px, in which paper and noise are measured (larger in large frames, NOISE_TILES along them)."""
NOISE_TILES = 16
SAMPLES = 12
"""Of each tile so many rows and columns are looked at."""
NOISE_FACTOR = 2.5
"""A stroke's faint parts stand out of the paper's own noise by this many standard deviations."""

Grey = NDArray[np.uint8]
Field = NDArray[np.float32]
"""(rows, columns) of a small picture of the frame; `spread` makes it larger."""


@dataclass(frozen=True, slots=True)
class Paper:
    """The paper of one frame, in fields of any size."""

    level: Field
    """Brightness of the blank paper, 0 to 255."""
    bright: Field
    """What contrast is a share of, DARKEST to 255."""
    doubt: Field | None
    """By what share its brightness may be wrong at the edge of a shadow; None where there is none."""
    noise: Field
    """Standard deviation of the paper's texture and sensor noise, share of its brightness."""
    light: Grey | bool
    """Whether strokes are lighter than the paper; (rows, columns), not 0 = light, where regions differ."""

    @property
    def floor(self) -> Field:
        """Least contrast of ink, share of the brightness."""
        return np.asarray(np.maximum(NOISE_FACTOR * self.noise, MIN_CONTRAST), np.float32)


def look_at_paper(smooth: Grey, half: Grey) -> Paper:
    """See what the paper is like.

    Args:
        smooth: the grey frame, of which only single pixels are looked at.
        half: the same at half the size.
    """
    brightness, doubt = _estimate_brightness(half)
    bright = np.maximum(brightness, DARKEST)
    sampled = _sample(smooth)
    contrast = spread(brightness, sampled.shape) - sampled
    contrast /= spread(bright, sampled.shape)
    level, noise = _measure_tiles(contrast)
    contrast -= spread(level, contrast.shape)
    if doubt is not None:
        nearby = spread(doubt, contrast.shape)
        contrast -= np.clip(contrast, -nearby, nearby)
    light = _find_light(contrast, spread(np.maximum(NOISE_FACTOR * noise, MIN_CONTRAST), contrast.shape))
    return Paper(brightness - spread(level, bright.shape) * bright, bright, doubt, noise, light)


def halve(grey: Grey) -> Grey:
    """Means of 2 x 2 px; an odd row or column at the end is left out."""
    height, width = (max(1, side // 2) for side in grey.shape)
    even = grey[: 2 * height, : 2 * width]
    return cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def spread(field: Field, shape: tuple[int, ...]) -> Field:
    """A smooth field of the shape (height, width)."""
    return cv2.resize(field, shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False)


def pick(picture: Grey, shape: tuple[int, ...]) -> Grey:
    """Single pixels of a picture, or of a mask, in the shape (height, width)."""
    return cv2.resize(picture, shape[::-1], interpolation=cv2.INTER_NEAREST_EXACT).astype(np.uint8, copy=False)


def _estimate_brightness(half: Grey) -> tuple[Field, Field | None]:
    """Brightness of the paper, 0 to 255, and by what share of it that may be wrong.

    It may be wrong at the edge of a shadow, whose place is known only roughly; None where there is no such edge.
    """
    small = half
    while max(small.shape) > PAPER_SIDE:
        small = halve(small)
    window = 2 * round(PAPER_WINDOW * max(small.shape) / 2) + 1
    paper = mend_median(cv2.medianBlur(small, window).astype(np.uint8, copy=False), small)
    change = cv2.morphologyEx(paper, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    brightness = paper.astype(np.float32)
    if change.max() <= SLOPE * max(DARKEST, paper.min()):
        return brightness, None
    doubt = np.maximum(0, change / np.maximum(brightness, DARKEST) - SLOPE)
    return brightness, doubt if doubt.any() else None


def _sample(smooth: Grey) -> Grey:
    """SAMPLES x SAMPLES single pixels of each tile: thin strokes keep their contrast, noise stays what it is."""
    height, width = smooth.shape
    side = max(TILE, max(height, width) // NOISE_TILES)
    return pick(smooth, (SAMPLES * max(1, height // side), SAMPLES * max(1, width // side)))


def _measure_tiles(contrast: Field) -> tuple[Field, Field]:
    """What the paper is off from zero contrast, and its noise: both (rows, columns) of tiles.

    Both are seen on that side of a tile's values where there is less ink: between its 10th and its 40th percentile a
    normal distribution has 1.03 standard deviations.
    """
    rows, columns = (side // SAMPLES for side in contrast.shape)
    tiles = contrast.reshape(rows, SAMPLES, columns, SAMPLES).swapaxes(1, 2).reshape(rows, columns, -1)
    ordered = np.sort(tiles, axis=-1)
    q10, q40, q60, q90 = (ordered[..., round(share * (SAMPLES**2 - 1))] for share in (0.1, 0.4, 0.6, 0.9))
    low, high = (q40 - q10) / 1.03, (q90 - q60) / 1.03
    level = np.where(low < high, q40 + 0.25 * low, q60 - 0.25 * high).clip(-GRID_SHARE, MIN_CONTRAST)
    return _calm(level), _calm(np.minimum(low, high))


def _calm(tiles: Field) -> Field:
    """One number per tile, without the odd tile."""
    return cv2.medianBlur(tiles, 3).astype(np.float32, copy=False) if min(tiles.shape) >= 3 else tiles


def _find_light(contrast: Field, floor: Field) -> Grey | bool:
    """Where strokes are light: all or nothing of the frame, or a mask where regions differ.

    What is thick counts little: a white sheet on a dark table is no light writing.
    """
    light = -contrast
    if cv2.countNonZero(cv2.compare(light, floor, cv2.CMP_GT)) == 0:
        return False
    balance = np.subtract(_count_writing(contrast, floor), _count_writing(light, floor))
    region = max(1, max(balance.shape) // REGION)
    nearby = cv2.blur(balance, (region, region)) + balance.mean()
    below = nearby < 0
    return bool(below[0, 0]) if below.all() or not below.any() else np.asarray(below, np.uint8)


def _count_writing(contrast: Field, floor: Field) -> Field:
    """What each pixel that stands out of the paper counts as writing: in full where it stands out of its surroundings.

    That is a top hat: neither what is thick does, nor what fades, as where the paper's brightness is misjudged beside
    strokes in a steep shadow. Nor do the tips of something thick at the frame's border: a corner of the sheet, a table.
    """
    mask = cv2.compare(contrast, floor, cv2.CMP_GT).astype(np.uint8, copy=False)
    side = max(3, round(STROKE_SHARE * max(mask.shape)))
    window = np.ones((side, side), np.uint8)
    hat = cv2.morphologyEx(np.maximum(contrast, 0), cv2.MORPH_TOPHAT, window)
    thin = (mask > 0) & (hat > floor)
    count = np.where(thin, 1, np.where(mask > 0, THICK_DISCOUNT, 0)).astype(np.float32)
    if cv2.countNonZero(mask) > np.count_nonzero(thin):
        number, labels = label_components(mask)
        border = np.zeros(number, np.bool_)
        for strip in (labels[:side], labels[-side:], labels[:, :side], labels[:, -side:]):
            border[strip] = True
        pixels, slim = (np.bincount(labels[where], minlength=number) for where in (mask > 0, thin))
        count[(mask > 0) & (border & (slim < SLIM_SHARE * pixels))[labels]] = THICK_DISCOUNT
    return count
