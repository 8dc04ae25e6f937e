"""Letters and signs as coverage masks: written by hand, joined or printed, in free fonts."""

import importlib
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import cv2
import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from train.pages.pen import Coverage, lean, redraw, wobble

_FONT_PACKAGES = ("font_amatic_sc", "font_intuitive", "font_caladea", "font_fredoka_one", "font_source_sans_pro")
_MATPLOTLIB_FONTS = (
    "DejaVuSans*.ttf",
    "DejaVuSerif*.ttf",
    "STIXGeneral*.ttf",
    "cm[mr]*10.ttf",
    "cmss10.ttf",
    "cmt[it]10.ttf",
)
_RUNNING_FONTS = cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX
_PLAIN_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_SIMPLEX | cv2.FONT_ITALIC,
    cv2.FONT_HERSHEY_COMPLEX_SMALL | cv2.FONT_ITALIC,
)
"""OpenCV's own, the strokes of a pen. They have no more signs than ASCII."""
_STROKE_SHARE = 0.25
"""So often a text by hand is drawn in one of them."""
Style = Literal["hand", "running", "print"]
"""Letters by hand, each apart; by hand and joined; or of a printer."""


def draw_text(
    rng: np.random.Generator, text: str, *, height: int, pen: float, slant: float, style: Style = "hand"
) -> list[Coverage | None]:
    """Draw each sign of a text in one font: its coverage, or None for a space or a sign that the font lacks.

    All masks are as high as the tallest sign and share its baseline. By hand no two letters are alike, and some are
    drawn with the pen of the digits; printed ones keep the font's own stroke.
    """
    font = _choose_font(rng, style)
    by_pen = style != "print" and rng.random() < 0.6
    masks: list[Coverage | None] = []
    for sign in text:
        grey = _draw_sign(font, sign, height=height, pen=pen)
        if grey is None:
            masks.append(None)
            continue
        if style != "print":
            grey = lean(wobble(rng, grey, 1.5 * height), slant)
            grey = redraw(grey > 0.45, pen * height) if by_pen else grey
        columns = np.flatnonzero(grey.max(axis=0) > 0.1)
        masks.append(grey[:, columns[0] : columns[-1] + 1] if columns.size else None)
    return masks


def _draw_sign(font: str | int, sign: str, *, height: int, pen: float) -> Coverage | None:
    """One sign in a font file, or in one of OpenCV's stroke fonts; None where the font lacks it."""
    if isinstance(font, int):
        return _draw_by_stroke(font, sign, height=height, pen=pen)
    loaded = _load_font(font, max(12, round(1.3 * height)))
    if sign.isspace() or not _has_sign(font, sign):
        return None
    top, bottom = loaded.getbbox("Hxy0")[1], loaded.getbbox("Hxy0")[3]
    left, _, right, low = loaded.getbbox(sign)
    if right <= left:
        return None
    margin = 6 + height // 4  # room to lean
    picture = Image.new("L", (int(right - left) + 2 * margin, int(max(bottom, low) - min(0, top)) + 12))
    ImageDraw.Draw(picture).text((margin - left, 6), sign, fill=255, font=loaded)
    return np.asarray(picture, np.float32) / np.float32(255)


def _draw_by_stroke(font: int, sign: str, *, height: int, pen: float) -> Coverage | None:
    if sign.isspace() or not sign.isascii():
        return None
    thickness = max(1, round(pen * height))
    scale = cv2.getFontScaleFromHeight(font, height)
    (width, _), descent = cv2.getTextSize(sign, font, scale, thickness)
    margin = 6 + height // 4 + thickness
    canvas = np.zeros((height + descent + height // 3 + 12, width + 2 * margin), np.uint8)
    cv2.putText(canvas, sign, (margin, height + height // 6 + 6), font, scale, 255, thickness, cv2.LINE_AA)
    return canvas.astype(np.float32) / np.float32(255)


def _choose_font(rng: np.random.Generator, style: Style) -> str | int:
    """The path of a font file, or the number of one of OpenCV's fonts."""
    if style == "running":
        return int(rng.choice(_RUNNING_FONTS))
    if style == "hand" and rng.random() < _STROKE_SHARE:
        return int(rng.choice(_PLAIN_FONTS))
    return str(rng.choice(_font_files()))


@cache
def _font_files() -> tuple[str, ...]:
    files: list[Path] = []
    for name in _FONT_PACKAGES:
        folder = Path(str(importlib.import_module(name).__file__)).parent / "files"
        files += folder.glob("*.ttf")
    for pattern in _MATPLOTLIB_FONTS:
        files += (Path(mpl.get_data_path()) / "fonts" / "ttf").glob(pattern)
    return tuple(sorted(str(path) for path in files if _has_sign(str(path), "a")))


@cache
def _has_sign(path: str, sign: str) -> bool:
    """Whether a font file draws this sign by anything but the box that stands for signs it lacks."""
    font = _load_font(path, 32)
    return bytes(font.getmask(sign)) != bytes(font.getmask("\uffff"))


@lru_cache(64)  # of thousands of sizes
def _load_font(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)
