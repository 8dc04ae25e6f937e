"""One digit's ink -> its 28x28 glyph, as MNIST did it. Live reading, capture and training all call it."""

import cv2
import numpy as np

from edge.contract import GLYPH_CENTRE, GLYPH_INK_SIDE, GLYPH_SIDE, Box, Glyph, Ink


def normalize(ink: Ink) -> Glyph:
    """Scale and centre one digit the way MNIST did.

    Args:
        ink: uint8, (height, width), any size. Bright ink on black, one digit.

    Returns:
        uint8, (28, 28). Longest side of the ink is 20 px; its centre of mass is within half a pixel of index (14, 14),
        as far as the ink then still fits into the glyph.

    Raises:
        ValueError: ink is blank, not 2-D, or not uint8.

    Source: LeCun, Cortes, Burges, "The MNIST database"; index 14 and whole-pixel shifts measured on its test images.
    """
    if ink.ndim != 2 or ink.dtype != np.uint8:
        raise ValueError(f"ink must be uint8 (height, width), got {ink.dtype} {ink.shape}")
    box = find_ink_box(ink)
    if box is None:
        raise ValueError("ink is blank: there is no digit to normalize")
    small = _resize_longest_side(ink[box.y : box.bottom, box.x : box.right], GLYPH_INK_SIDE)
    height, width = small.shape
    row, column = _centre_of_mass(small)
    top = _clamp(round(GLYPH_CENTRE - row), 0, GLYPH_SIDE - height)
    left = _clamp(round(GLYPH_CENTRE - column), 0, GLYPH_SIDE - width)
    glyph = np.zeros((GLYPH_SIDE, GLYPH_SIDE), np.uint8)
    glyph[top : top + height, left : left + width] = small
    return glyph


def find_ink_box(ink: Ink) -> Box | None:
    """The smallest box around all ink that is not 0; None when there is none."""
    box = Box(*cv2.boundingRect(ink))
    return box if box.width else None


def _resize_longest_side(crop: Ink, side: int) -> Ink:
    height, width = crop.shape
    longest = max(height, width)
    if longest == side:
        return crop
    size = max(1, round(width * side / longest)), max(1, round(height * side / longest))
    # Area averaging keeps thin strokes when shrinking; enlarging with it would show the pixels as squares.
    how = cv2.INTER_AREA if longest > side else cv2.INTER_LINEAR
    small = cv2.resize(crop, size, interpolation=how).astype(np.uint8, copy=False)
    # A fine pen fades to grey when a large digit shrinks; MNIST's strokes, drawn with a thick one, stay bright.
    brightest = int(small.max())
    return small if brightest == 255 else (small * np.float32(255 / max(1, brightest))).astype(np.uint8)


def _centre_of_mass(ink: Ink) -> tuple[float, float]:
    """(row, column) in index units; the geometric centre where shrinking has left nothing."""
    height, width = ink.shape
    moments = cv2.moments(ink)
    mass = moments["m00"]
    return (moments["m01"] / mass, moments["m10"] / mass) if mass else ((height - 1) / 2, (width - 1) / 2)


def _clamp(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))
