"""A picture of one digit -> its glyph: padded with its border tone, it goes the road that every camera frame goes."""

import math
import struct
import warnings
import zlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from edge.cameras import PICTURE_SUFFIXES
from edge.cameras.stills import decode_picture
from edge.contract import CROP_SUFFIX, INK_SUFFIX, Box, Frame, Glyph, Grey, Ink
from edge.errors import SourceError
from edge.finding.components import measure_components
from edge.finding.crops import cut_square
from edge.finding.ink import find_ink
from edge.finding.segment import BORDER, Candidate, find_candidates
from edge.reading.glyph import find_ink_box, normalize

NOTHING_FOUND = "no digit found in it"
GREY_ALONE = "a grey crop without its ink: only the crops' reader can learn from it"
PICTURE_SIDES = 8, 9_000
"""Shortest and longest side, px: less shows no digit, more is a bomb, or costs a gigabyte to decode."""
FORMATS = ("BMP", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""By their content, what PICTURE_SUFFIXES stand for."""
SIDES = 40, 240
"""The longer side is brought between these, px: find_ink blurs the strokes of a tiny picture away."""
MARGIN = 1.35
"""Padding on each side, of the longer side: nothing in the picture is then as long as a ruling of that frame."""
MIN_MARGIN = 96
"""Padding, px, at least: find_ink's smallest window on the paper, whatever the size of the frame, must hold paper.
With SIDES: measured on MNIST's validation digits, plain, fat, thin, tight (72 with 48: three times the misses)."""
TONE_RANGE = 0.75, 1.33
"""Light changes the tone of a picture's border by these factors at most; what differs more is ink."""
NEIGHBOUR = 0.3
"""A part with less than this share of the largest one's ink is not the digit."""
NARROW = 0.4
"""What is wider than this share of the picture is no piece of a neighbour: the roof of a 5, in a tight crop."""
LARGE = 0.5
"""A candidate is large when its longer side is at least this share of the largest one's."""

PAPER = 1.2
"""Plain paper on each side of ink that is laid on it, in longer sides: all that the wide view shows."""
PAPER_TONES = 120.0, 250.0
PEN_STRENGTHS = 0.35, 0.85
"""How much of that light the ink takes away."""
PAPER_NOISE = 1.5

DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, struct.error, zlib.error)
"""What Pillow's readers raise at damaged files (fuzzed)."""

Image.MAX_IMAGE_PIXELS = None  # PICTURE_SIDES is the stricter limit, and named in the report

_Grey = NDArray[np.uint8]


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


def find_single(frame: Frame) -> Candidate | None:
    """Find the one digit that a picture shows: the most central of its large candidates.

    Args:
        frame: uint8, (height, width, 3), B,G,R, of any size.

    Returns:
        Its box in the frame; its ink in the resolution in which it was looked for. None where there is none.
    """
    longest = max(frame.shape[:2])
    scale = min(max(longest, SIDES[0]), SIDES[1]) / longest
    size = max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    grey = cv2.resize(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), size, interpolation=how).astype(np.uint8)
    margin = max(MIN_MARGIN, round(MARGIN * max(size)))
    candidates = find_candidates(_drop_neighbours(find_ink(_pad(_turn_dark(grey), margin)), margin))
    if not candidates:
        return None
    found = _most_central(candidates, Box(margin, margin, *size))
    return replace(found, box=_back_to_frame(found.box, margin, scale, frame.shape))


def _find_or_say(frame: Frame) -> Candidate:
    candidate = find_single(frame)
    if candidate is None:
        raise UnusableError(NOTHING_FOUND)
    return candidate


def _decode(content: bytes, name: str) -> tuple[Frame, str]:
    """A picture and its mode, as Pillow calls it."""
    mode = _check_picture(content, name)
    try:
        return decode_picture(content, Path(name)), mode
    except SourceError as error:
        raise UnusableError("OpenCV cannot decode it") from error


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


def _turn_dark(grey: _Grey) -> _Grey:
    """The picture as dark ink on light paper, whichever way round it came: its border is paper for the most part."""
    tone = np.median(grey[_border(grey)])
    darker, brighter = np.maximum(tone - grey, 0), np.maximum(grey - tone, 0)
    return grey if np.square(darker).sum() >= np.square(brighter).sum() else 255 - grey


def _pad(grey: _Grey, margin: int) -> _Grey:
    """The picture in the middle of more of its own paper, `margin` px on each side, in the light at its border.

    What is brighter than its paper is levelled. A digit that fills its picture is thick beside it: find_ink would take
    it for a blot, and the halos that sharpening and JPEG leave beside strokes for light writing.
    """
    height, width = grey.shape
    border = _border(grey)
    tone = float(np.median(grey[border]))
    lit = border & (grey >= TONE_RANGE[0] * tone) & (grey <= TONE_RANGE[1] * tone)
    rows, columns = np.indices(grey.shape)
    # The plane through what is paper there: a shadow may fall across, strokes may touch it.
    plane = np.stack([np.ones(grey.shape), rows, columns], axis=-1)
    light, *_ = np.linalg.lstsq(plane[lit], grey[lit].astype(float), rcond=None)
    paper = np.clip(plane @ light, 0, 255).astype(np.uint8)
    padded = np.pad(paper, margin, mode="edge")
    padded[margin : margin + height, margin : margin + width] = np.minimum(grey, paper)
    return padded


def _drop_neighbours(ink: Ink, margin: int) -> Ink:
    """The ink of a padded picture without the narrow parts that its left or right border cuts off.

    A crop around one digit of a number shows a piece of the next one. Of the large parts the one closest to the middle,
    from left to right, stays: it is the digit.
    """
    labels, stats = measure_components(ink)
    left, width, area = stats[:, 0], stats[:, 2], stats[:, 4]
    inner, whole = margin + BORDER, ink.shape[1]
    cut = ((left < inner) | (left + width > whole - inner)) & (width <= NARROW * (whole - 2 * margin))
    large = 1 + np.flatnonzero(area[1:] >= NEIGHBOUR * area[1:].max(initial=0))
    cut[[0, *large[np.abs(2 * left[large] + width[large] - whole).argsort()[:1]]]] = False
    return np.where(cut[labels], 0, ink).astype(np.uint8)


def _border(grey: _Grey) -> NDArray[np.bool_]:
    """Where its outermost pixels are."""
    border = np.ones(grey.shape, np.bool_)
    border[1:-1, 1:-1] = False
    return border


def _most_central(candidates: list[Candidate], picture: Box) -> Candidate:
    """Of the large candidates the one whose middle is closest to the picture's."""

    def side(candidate: Candidate) -> int:
        return max(candidate.box.width, candidate.box.height)

    def off_centre(candidate: Candidate) -> float:
        box = candidate.box
        across, down = box.x + box.right - picture.x - picture.right, box.y + box.bottom - picture.y - picture.bottom
        return float(np.hypot(across, down))

    large = LARGE * max(map(side, candidates))
    return min((candidate for candidate in candidates if side(candidate) >= large), key=off_centre)


def _back_to_frame(box: Box, margin: int, scale: float, shape: tuple[int, ...]) -> Box:
    """A box in the padded picture of `scale` times the frame's size as one in the frame of this shape."""
    left, right = (min(max(round((x - margin) / scale), 0), shape[1]) for x in (box.x, box.right))
    top, bottom = (min(max(round((y - margin) / scale), 0), shape[0]) for y in (box.y, box.bottom))
    return Box(left, top, max(1, right - left), max(1, bottom - top))
