"""Other hands for free: each epoch sees every glyph rotated, slanted, stretched, shifted and bent a little."""

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import GLYPH_SIDE, Glyphs

ROTATION_DEG = 7.0
"""This and the next ones are standard deviations."""
SHEAR = 0.1
STRETCH = 0.08
WIDE_SHARE = 0.2
"""One in so many glyphs is of a hand that writes much wider or narrower than most ..."""
WIDE_SPREAD = 0.35
"""... by a factor with this standard deviation of its logarithm. Such a digit, too, comes normalized: its longer side
keeps its length."""
SHIFT_PX = 0.8
"""At most: the road has centred every glyph, but dirt or a piece of a neighbour may pull it aside."""
BEND_PX = 0.75
"""Of a coarse field of shifts, smooth in between (Simard, Steinkraus, Platt 2003: elastic distortion)."""
BEND_POINTS = 5
MARGIN = 4
"""Black pixels around each glyph while it is moved."""


def augment(rng: np.random.Generator, glyphs: Glyphs) -> Glyphs:
    """A distorted copy of each glyph.

    Args:
        rng: source of chance.
        glyphs: uint8, (N, 28, 28).

    Returns:
        uint8, (N, 28, 28).
    """
    count = len(glyphs)
    columns, rows = _distorted_grid(rng, count, _widen(rng, glyphs))
    # All glyphs under one another, so that one call moves every pixel; the margin keeps them from seeing each other.
    padded = np.pad(glyphs, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN)))
    side = GLYPH_SIDE + 2 * MARGIN
    columns = np.clip(columns + MARGIN, 0, side - 1)
    rows = np.clip(rows + MARGIN, 0, side - 1) + side * np.arange(count, dtype=np.float32)[:, np.newaxis, np.newaxis]
    moved = cv2.remap(
        padded.reshape(count * side, side),
        columns.reshape(-1, GLYPH_SIDE).astype(np.float32),
        rows.reshape(-1, GLYPH_SIDE).astype(np.float32),
        cv2.INTER_LINEAR,
    )
    return moved.reshape(glyphs.shape).astype(np.uint8)


def _widen(rng: np.random.Generator, glyphs: Glyphs) -> NDArray[np.float64]:
    """By how much fewer px each glyph's pixels are apart, across and down, (2, count): 1 for most of them."""
    width, height = (np.maximum(1, np.count_nonzero(glyphs.any(axis=axis), axis=1)) for axis in (1, 2))
    factor = np.exp(rng.normal(0, WIDE_SPREAD, len(glyphs)) * (rng.random(len(glyphs)) < WIDE_SHARE))
    whole = np.maximum(width * factor, height) / np.maximum(width, height)
    return np.stack([whole / factor, whole])


def _distorted_grid(
    rng: np.random.Generator, count: int, step: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """From where each pixel of each glyph is taken: columns and rows, (count, 28, 28)."""
    angle, shear = np.deg2rad(rng.normal(0, ROTATION_DEG, count)), rng.normal(0, SHEAR, count)
    stretch_x, stretch_y = np.exp(rng.normal(0, STRETCH, (2, count))) * step
    shift_x, shift_y = rng.uniform(-SHIFT_PX, SHIFT_PX, (2, count))
    cos, sin = np.cos(angle), np.sin(angle)
    # Rotation times shear and stretch, around the middle.
    y, x = np.indices((GLYPH_SIDE, GLYPH_SIDE), np.float32) - (GLYPH_SIDE - 1) / 2
    across, down = (_spread(cos * stretch_x), _spread(cos * shear - sin * stretch_y))
    columns = across * x + down * y + _spread(shift_x)
    across, down = (_spread(sin * stretch_x), _spread(sin * shear + cos * stretch_y))
    rows = across * x + down * y + _spread(shift_y)
    field = _SMOOTH @ rng.normal(0, BEND_PX, (2 * count, BEND_POINTS, BEND_POINTS)).astype(np.float32) @ _SMOOTH.T
    middle = np.float32((GLYPH_SIDE - 1) / 2)
    return (columns + field[:count] + middle).astype(np.float32), (rows + field[count:] + middle).astype(np.float32)


def _spread(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(count,) -> (count, 1, 1)."""
    return values[:, np.newaxis, np.newaxis]


_SMOOTH = cv2.resize(np.eye(BEND_POINTS, dtype=np.float32), (BEND_POINTS, GLYPH_SIDE), interpolation=cv2.INTER_CUBIC)
"""(28, BEND_POINTS): the cubic curve through BEND_POINTS values, at each pixel."""
