"""A picture of one digit -> its glyph: padded with its border tone, it goes the road that every camera frame goes."""

import math
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np

from edge.contract import CROP_SUFFIX, INK_SUFFIX, Box, Frame, Glyph, Grey, Ink
from edge.errors import SourceError
from edge.finding.crops import cut_square
from edge.finding.loose import find_single
from edge.finding.segment import Candidate
from edge.picture import PICTURE_SUFFIXES, decode_picture
from edge.reading.glyph import find_ink_box, normalize

NOTHING_FOUND = "no digit found in it"
GREY_ALONE = "a grey crop without its ink: only the crops' reader can learn from it"
PICTURE_SIDES = 8, 9_000
"""Shortest and longest side, px: less shows no digit, more is no picture of one. A bomb is refused by edge.picture."""

PAPER = 1.2
"""Plain paper on each side of ink that is laid on it, in longer sides: all that the wide view shows."""
PAPER_TONES = 120.0, 250.0
PEN_STRENGTHS = 0.35, 0.85
"""How much of that light the ink takes away."""
PAPER_NOISE = 1.5


class UnusableError(Exception):
    """A picture that gives no glyph; the message is the reason, to stand behind its name."""


def build_single_glyph(content: bytes, name: str) -> Glyph:
    """The glyph of a picture of one digit.

    Args:
        content: of the picture file.
        name: of the file: its suffix says how it is read.

    Returns:
        uint8, (28, 28). Of `*.ink.png` it is `normalize` of that ink, else of what `find_single` finds.

    Raises:
        UnusableError: says why there is none.
    """
    if name.endswith(CROP_SUFFIX):
        raise UnusableError(GREY_ALONE)
    frame, mode = _decode(content, name)
    if name.endswith(INK_SUFFIX):
        return normalize(_take_ink(frame, mode))
    return normalize(_find_or_say(frame).ink)


def build_square(content: bytes, name: str, rng: np.random.Generator) -> Grey:
    """The same digit grey, with its surroundings, as `cut_square` cuts it.

    Args:
        content: of the picture file.
        name: of the file. `*.crop.png` is such a square; where only the ink was kept, it is laid onto plain paper.
        rng: of what tone that paper is.

    Raises:
        UnusableError: says why there is none.
    """
    frame, mode = _decode(content, name)
    if name.endswith(INK_SUFFIX):
        return lay_on_paper(_take_ink(frame, mode), rng)
    if not name.endswith(CROP_SUFFIX):
        return cut_square(frame, _find_or_say(frame).box)
    if mode != "L":
        raise UnusableError(f"{CROP_SUFFIX} must have one channel of 8 bits; its mode is {mode}")
    return np.asarray(frame[:, :, 0], np.uint8)


def lay_on_paper(ink: Ink, rng: np.random.Generator) -> Grey:
    """Ink as it looks on plain paper, some paler, some darker: the square around it."""
    box = find_ink_box(ink)
    if box is None:
        raise ValueError("ink is blank")
    margin = math.ceil(PAPER * max(box.width, box.height))
    strokes = np.pad(ink[box.y : box.bottom, box.x : box.right], margin).astype(np.float32) / 255
    paper = rng.uniform(*PAPER_TONES)
    light = paper * (1 - rng.uniform(*PEN_STRENGTHS) * cv2.GaussianBlur(strokes, (0, 0), 0.6))
    noisy = light + rng.normal(0, PAPER_NOISE, light.shape)
    return cut_square(np.clip(noisy, 0, 255).astype(np.uint8), Box(margin, margin, box.width, box.height))


def _find_or_say(frame: Frame) -> Candidate:
    candidate = find_single(frame)
    if candidate is None:
        raise UnusableError(NOTHING_FOUND)
    return candidate


def _decode(content: bytes, name: str) -> tuple[Frame, str]:
    """A picture and its mode, as Pillow calls it."""
    suffix = Path(name).suffix.lower()
    if suffix not in PICTURE_SUFFIXES:
        raise UnusableError(f"no picture by its suffix ({suffix or 'none'}); save it as .png or .jpg")
    try:
        picture = decode_picture(BytesIO(content))
    except SourceError as error:
        raise UnusableError(str(error)) from error
    height, width, _ = picture.frame.shape
    if min(width, height) < PICTURE_SIDES[0] or max(width, height) > PICTURE_SIDES[1]:
        raise UnusableError(f"{width}x{height} px; each side must have {PICTURE_SIDES[0]} to {PICTURE_SIDES[1]} px")
    return picture.frame, picture.mode


def _take_ink(frame: Frame, mode: str) -> Ink:
    """The ink in a picture that capture wrote; UnusableError where it is something else."""
    if mode != "L":
        raise UnusableError(f"{INK_SUFFIX} must have one channel of 8 bits; its mode is {mode}")
    ink = frame[:, :, 0]
    if not ink.any():
        raise UnusableError(f"{INK_SUFFIX} without ink: it is all black")
    if np.median(np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])) > 0:
        raise UnusableError(f"{INK_SUFFIX} must be bright ink on black; its border is not black")
    return ink
