"""Why a digit is not worth saving: it is clipped, too small or blurred, or one just like it was saved already."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import GLYPH_INK_SIDE, Box, Detection, Frame, Glyph, Grey, Ink
from edge.finding.crops import normalize_crops, recut
from edge.finding.segment import BORDER

MIN_SIDE = GLYPH_INK_SIDE
"""A digit whose longer side is shorter, px, would have to be enlarged: there is nothing in it to learn from."""
BLUR_SIDE = 64
"""Blur is measured in a crop of at most this longer side, px: noise is averaged away as it is when reading."""
PIXEL_WIDTH = 2.3
"""Width of the sharpest edge that pixels can show, px."""
MAX_BLUR = 0.14
"""Width of most edges as a share of the digit's longer side, PIXEL_WIDTH apart. Measured on rendered digits of 20 to
120 px, fine pencil to marker, with noise: sharp ones have 0.02 to 0.11; out of focus by a tenth of their height, where
the reader begins to err, 0.16 to 0.3; moved by a third of their height 0.1 to 0.2."""
SAME_DISTANCE = 0.17
"""Glyphs at most so far apart are two shots of one digit. Measured on rendered digits: another shot has 0.01 to 0.2,
the same digit written again by one hand 0.2 to 0.6, one of somebody else 0.4 to 0.9."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a digit was not saved."""

    kind: str
    """In a word or two: refusals of one kind are counted together."""
    advice: str
    """What to do, or why there is nothing to do."""


@dataclass(frozen=True, slots=True)
class Look:
    """By what a digit is known again."""

    glyph: NDArray[np.uint8] | None
    """(28, 28); None where the finder alone found it."""
    strokes: NDArray[np.uint8] | None
    """What differs from the paper in its grey crop, (32, 32); None of a file of former versions."""


CLIPPED = Refusal("clipped", "it touches the edge of what is read; move it inwards")
TOO_SMALL = Refusal("too small", f"it is less than {MIN_SIDE} px high; move the camera closer")
BLURRED = Refusal("blurred", "hold it still, focus, give more light")
DUPLICATE = Refusal("already saved", "one just like it is there; write another one")


def find_fault(frame: Frame, digit: Detection, region: Box | None = None) -> Refusal | None:
    """What is wrong with a digit as it is seen; None where it can be learned from.

    Args:
        frame: in which it was found.
        digit: with its ink.
        region: what is read of the frame; None: all of it.
    """
    if is_clipped(digit.box, frame, region):
        return CLIPPED
    if digit.ink is None or max(digit.ink.shape) < MIN_SIDE:
        return TOO_SMALL
    return BLURRED if measure_blur(frame, digit.box, digit.ink) > MAX_BLUR else None


def is_clipped(box: Box, frame: Frame, region: Box | None = None) -> bool:
    """Whether a box touches the border of the frame, or of the region in it: the rest of the digit is not seen."""
    seen = Box(0, 0, frame.shape[1], frame.shape[0])
    seen = seen.intersection(region) if region else seen
    low = box.x < seen.x + BORDER or box.y < seen.y + BORDER
    return low or box.right > seen.right - BORDER or box.bottom > seen.bottom - BORDER


def measure_blur(frame: Frame, box: Box, ink: Ink) -> float:
    """Width of the edges of a digit as a share of its longer side, whatever the pen: 0 is as sharp as pixels can be.

    Not the steepest edge counts but most of them: in a digit that has moved, those along the way stay sharp.
    """
    grey, mask = _crop(frame, box, ink)
    slope = np.hypot(*(cv2.Sobel(grey, cv2.CV_32F, *way, ksize=3) / 8 for way in ((1, 0), (0, 1))))
    near = np.ones((3, 3), np.uint8)
    around = np.ones((_odd(0.24 * max(mask.shape)),) * 2, np.uint8)
    contrast = cv2.dilate(grey, around) - cv2.erode(grey, around)
    edge = (mask > 0) & (cv2.erode(mask, near) == 0)
    if not edge.any():
        return 0.0
    # The steepest slope at an edge climbs all of the contrast there within the edge's width.
    width = contrast[edge] / np.maximum(cv2.dilate(slope, near)[edge], 1e-6)
    return float(np.sqrt(max(0.0, float(np.percentile(width, 75)) ** 2 - PIXEL_WIDTH**2)) / _scaled(box))


def is_known(look: Look, others: Sequence[Look]) -> bool:
    """Whether one of these shows the same digit on paper, seen once more: by its glyph; what has none, by its crop."""
    if look.glyph is not None:
        return is_saved_already(look.glyph, [one.glyph for one in others if one.glyph is not None])
    if look.strokes is None:
        return False
    return is_saved_already(look.strokes, [one.strokes for one in others if one.strokes is not None])


def find_strokes(square: Grey) -> NDArray[np.uint8]:
    """What differs from the paper in a grey crop, as the crops' reader sees it near: uint8, (32, 32)."""
    near = normalize_crops(recut(square)[np.newaxis])[0, ..., 0]
    return np.asarray(255 * np.abs(near), np.uint8)


def is_saved_already(glyph: Glyph, saved: Sequence[Glyph]) -> bool:
    """Whether one of these glyphs shows the same digit on paper, seen once more."""
    if not saved:
        return False
    return bool(min(_distances(glyph, np.stack(saved))) <= SAME_DISTANCE)


def _distances(glyph: Glyph, others: NDArray[np.uint8]) -> list[float]:
    """To the nearest of the others, (N, 28, 28), for each shift by up to a pixel: 0 the same, 1 nothing in common."""
    near = others.astype(np.float32)
    energy = (near**2).sum(axis=(1, 2)) + float((glyph.astype(np.float32) ** 2).sum())
    shifts = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1)]  # the centre is a whole pixel, and may jump
    moved = (np.roll(glyph, shift, (0, 1)).astype(np.float32) for shift in shifts)
    return [float(np.sqrt(((near - one) ** 2).sum(axis=(1, 2)) / energy).min()) for one in moved]


def _crop(frame: Frame, box: Box, ink: Ink) -> tuple[NDArray[np.float32], Ink]:
    """The box with some paper around it, grey and smooth, and where its strokes are, 0 or 1; both (height, width)."""
    margin = round(0.15 * max(box.width, box.height))
    left, top = max(0, box.x - margin), max(0, box.y - margin)
    crop = frame[top : box.bottom + margin, left : box.right + margin]
    grey = (crop if crop.ndim == 2 else cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)).astype(np.uint8)
    own = np.zeros_like(grey)
    # Of a large frame the ink was found in a reduced copy.
    own[box.y - top : box.bottom - top, box.x - left : box.right - left] = cv2.resize(ink, (box.width, box.height))
    scale = _scaled(box) / max(box.width, box.height)
    small, mask = (cv2.resize(one, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for one in (grey, own))
    return cv2.GaussianBlur(small, (3, 3), 0).astype(np.float32), (mask > 127).astype(np.uint8)


def _scaled(box: Box) -> int:
    """The box's longer side as blur is measured, px."""
    return min(BLUR_SIDE, max(box.width, box.height))


def _odd(length: float) -> int:
    return 2 * round(length / 2) + 1
