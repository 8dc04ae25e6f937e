"""Other hands for free: each epoch sees every glyph rotated, slanted, stretched, shifted and bent a little."""

import cv2
import numpy as np

from edge.contract import GLYPH_SIDE, Glyph, Glyphs

ROTATION_DEG = 10.0
SHEAR = 0.15
STRETCH = 0.12
SHIFT_PX = 1.6
BEND_PX = 1.1
"""Standard deviation of a coarse field of shifts, bent smoothly in between (Simard et al. 2003: elastic distortion)."""


def augment(rng: np.random.Generator, glyphs: Glyphs) -> Glyphs:
    """A distorted copy of each glyph.

    Args:
        rng: source of chance.
        glyphs: uint8, (N, 28, 28).

    Returns:
        uint8, (N, 28, 28).
    """
    return np.stack([_distort(rng, glyph) for glyph in glyphs])


def _distort(rng: np.random.Generator, glyph: Glyph) -> Glyph:
    angle = np.deg2rad(rng.normal(0, ROTATION_DEG / 1.5))
    shear, stretch_x, stretch_y = rng.normal(0, SHEAR / 1.5), *np.exp(rng.normal(0, STRETCH / 1.5, 2))
    linear = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = linear @ np.array([[stretch_x, shear], [0, stretch_y]])
    middle = (GLYPH_SIDE - 1) / 2
    offset = middle - linear @ (middle, middle) + rng.uniform(-SHIFT_PX, SHIFT_PX, 2)
    columns = (linear[0, 0] * _COLUMNS + linear[0, 1] * _ROWS + offset[0]).astype(np.float32)
    rows = (linear[1, 0] * _COLUMNS + linear[1, 1] * _ROWS + offset[1]).astype(np.float32)
    bend = rng.normal(0, BEND_PX / 1.5, (5, 5, 2)).astype(np.float32)
    field = cv2.resize(bend, (GLYPH_SIDE, GLYPH_SIDE), interpolation=cv2.INTER_CUBIC)
    return cv2.remap(glyph, columns + field[..., 0], rows + field[..., 1], cv2.INTER_LINEAR).astype(np.uint8)


_ROWS, _COLUMNS = np.indices((GLYPH_SIDE, GLYPH_SIDE), np.float32)
