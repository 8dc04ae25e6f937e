"""A picture of one digit -> its glyph: padded with its border tone, it goes the road that every camera frame goes."""

import struct
import warnings
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from edge.cameras import PICTURE_SUFFIXES
from edge.cameras.stills import decode_picture
from edge.contract import Frame, Glyph, Ink
from edge.errors import SourceError
from edge.finding.loose import find_single
from edge.reading.glyph import normalize

INK_SUFFIX = ".ink.png"
"""What capture writes: the ink of one digit alone."""
NOTHING_FOUND = "no digit found in it"
PICTURE_SIDES = 8, 9_000
"""Shortest and longest side, px: less shows no digit, more is a bomb, or costs a gigabyte to decode."""
FORMATS = ("BMP", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""By their content, what PICTURE_SUFFIXES stand for."""

DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, struct.error, zlib.error)
"""What Pillow's readers raise at damaged files (fuzzed)."""

Image.MAX_IMAGE_PIXELS = None  # PICTURE_SIDES is the stricter limit, and named in the report


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
    mode = _check_picture(content, name)
    try:
        frame = decode_picture(content, Path(name))
    except SourceError as error:
        raise UnusableError("OpenCV cannot decode it") from error
    if name.endswith(INK_SUFFIX):
        return normalize(_take_ink(frame, mode))
    candidate = find_single(frame)
    if candidate is None:
        raise UnusableError(NOTHING_FOUND)
    return normalize(candidate.ink)


def _check_picture(content: bytes, name: str) -> str:
    """The mode of a picture, as Pillow calls it, after a look at its header and then at every byte.

    OpenCV alone would fill up what a truncated file lacks with grey, and decode a bomb before it said its size.
    """
    suffix = Path(name).suffix.lower()
    if suffix not in PICTURE_SUFFIXES:
        raise UnusableError(f"no picture by its suffix ({suffix or 'none'}); save it as .png or .jpg")
    if not content:
        raise UnusableError("the file is empty")
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(BytesIO(content), formats=FORMATS) as picture:
            short, long = sorted(picture.size)
            if short < PICTURE_SIDES[0] or long > PICTURE_SIDES[1]:
                limits = "{} to {} px".format(*PICTURE_SIDES)
                raise UnusableError(f"{picture.width}x{picture.height} px; each side must have {limits}")
            picture.load()
            return str(picture.mode)
    except UnidentifiedImageError as error:
        raise UnusableError(f"no picture in its {len(content)} bytes, whatever its suffix says") from error
    except DAMAGED as error:
        raise UnusableError("damaged or cut off") from error


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
