"""Letters and signs as coverage masks: written by hand, joined or printed, in the fonts of a world."""

import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from train.pages.material import list_families
from train.pages.pen import Coverage, lean, redraw, wobble
from train.pages.world import Part, World

_RUNNING_FONTS = cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX
_PLAIN_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_SIMPLEX | cv2.FONT_ITALIC,
    cv2.FONT_HERSHEY_COMPLEX_SMALL | cv2.FONT_ITALIC,
)
"""OpenCV's own, the strokes of a pen, of the known world. They have no more signs than ASCII."""
_STROKE_SHARE = 0.15
"""So often a text by hand is drawn in one of them ..."""
_PRINTED_SHARE = 0.1
"""... and so often in a print font, for those who write as print."""
_CAPITALS = "HНΗx口কกक가"  # noqa: RUF001 - Latin, Cyrillic, Greek ...
"""As high as `height`: the first of these that a font has."""
_MEASURED_AT = 200
"""Font size, px, at which that is measured."""
Families = tuple[tuple[Path, ...], ...]
"""Font files by family."""
Style = Literal["hand", "running", "print"]
"""Letters by hand, each apart; by hand and joined; or of a printer."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a font must be able to draw."""

    sign: str = ""
    """Any sign beyond ASCII."""
    small: bool = False
    """Small letters that are not capitals."""


ANY = Wanted()


def draw_text(
    rng: np.random.Generator,
    text: str,
    *,
    height: int,
    pen: float,
    slant: float,
    world: World,
    style: Style = "hand",
) -> list[Coverage | None]:
    """Draw each sign of a text in one font of the world: its coverage, or None for a space or a sign that it lacks.

    Capitals are `height` px high in every font. All masks are as high as the tallest sign and share its baseline. By
    hand no two letters are alike, and some are drawn with the pen of the digits; printed ones keep the font's own
    stroke. A text that does not begin in ASCII takes a font that has its first sign, where the world has one; small
    letters take none that draws them as capitals, where an l would not be a bar.
    """
    font = _choose_font(rng, text, style, world)
    by_pen = style != "print" and rng.random() < 0.6
    masks: list[Coverage | None] = []
    for grey in _draw_signs(font, text, height=height, pen=pen):
        if grey is None:
            masks.append(None)
            continue
        if style != "print":
            grey = lean(wobble(rng, grey, 1.5 * height), slant)  # noqa: PLW2901 - the same sign, on its way
            grey = redraw(grey > 0.45 * grey.max(), pen * height) if by_pen else grey  # noqa: PLW2901
        columns = np.flatnonzero(grey.max(axis=0) > 0.1)
        masks.append(grey[:, columns[0] : columns[-1] + 1] if columns.size else None)
    return masks


def _draw_signs(font: Path | int, text: str, *, height: int, pen: float) -> list[Coverage | None]:
    """Each sign in a font file, or in one of OpenCV's stroke fonts; None where the font lacks it."""
    if isinstance(font, int):
        return [_draw_by_stroke(font, sign, height=height, pen=pen) for sign in text]
    size = _find_size(font, height)
    files = [_find_subset(font, sign) for sign in text]
    boxes = [
        _load_font(file, size).getbbox(sign, anchor="ls") if file else None
        for file, sign in zip(files, text, strict=True)
    ]
    rises, drops = [-box[1] for box in boxes if box], [box[3] for box in boxes if box]
    rise = round(max(height + height // 6, *rises, 0)) + 6
    drop = round(max(height // 3, *drops, 0)) + 6
    margin = 6 + height // 4  # room to lean
    masks: list[Coverage | None] = []
    for file, sign, box in zip(files, text, boxes, strict=True):
        if file is None or box is None or box[2] <= box[0] or box[3] <= box[1]:
            masks.append(None)
            continue
        picture = Image.new("L", (int(box[2] - box[0]) + 2 * margin, rise + drop))
        origin = (margin - box[0], rise)
        ImageDraw.Draw(picture).text(origin, sign, fill=255, font=_load_font(file, size), anchor="ls")
        masks.append(np.asarray(picture, np.float32) / np.float32(255))
    return masks


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


def _choose_font(rng: np.random.Generator, text: str, style: Style, world: World) -> Path | int:
    """A font file, each family alike often, or the number of one of OpenCV's fonts."""
    first = next((sign for sign in text if not sign.isspace()), "")
    wanted = Wanted("" if first.isascii() else first, any(sign.islower() for sign in text))
    known = world.part == Part.KNOWN
    if style == "running":
        strokes = _RUNNING_FONTS if known or not world.running else ()
        chosen = int(rng.integers(len(world.running) + len(strokes)))
        if chosen < len(strokes):
            return strokes[chosen]
        return _pick(rng, _families_with(world.running, wanted) or _families_with(world.running))
    printed = _families_with(world.print_fonts, wanted) or _families_with(world.print_fonts)
    if style == "print":
        return _pick(rng, printed)
    if not wanted.sign:
        if known and rng.random() < _STROKE_SHARE:
            return int(rng.choice(_PLAIN_FONTS))
        if rng.random() < _PRINTED_SHARE:
            return _pick(rng, printed)
    # Not every script has a hand in every part of the world; then somebody copies print.
    others = (world.hands, world.running + world.scripts, world.print_fonts)
    return _pick(rng, next((found for files in others if (found := _families_with(files, wanted))), printed))


def _pick(rng: np.random.Generator, families: Families) -> Path:
    family = families[rng.integers(len(families))]
    return family[rng.integers(len(family))]


@lru_cache(1024)
def _families_with(files: tuple[Path, ...], wanted: Wanted = ANY) -> Families:
    """The files, by family, that have what is wanted."""
    families: dict[str, list[Path]] = {}
    for file in files:
        if (not wanted.sign or _find_subset(file, wanted.sign)) and not (wanted.small and _has_capitals_only(file)):
            families.setdefault(_family_names().get(file, file.name), []).append(file)
    return tuple(tuple(family) for family in families.values())


@cache
def _has_capitals_only(font: Path) -> bool:
    """Whether an x is about as high as an X and nothing hangs below the line."""
    if not _has_sign(font, "x"):
        return False
    drawn = _load_font(font, _MEASURED_AT)
    small, large = (drawn.getbbox(sign, anchor="ls") for sign in "xX")
    hanging = np.mean([drawn.getbbox(sign, anchor="ls")[3] for sign in "gpy"])
    capital = large[3] - large[1]
    return bool(small[3] - small[1] > 0.8 * capital and hanging < 0.15 * capital)


def _find_size(font: Path, height: int) -> int:
    """The font size at which its capitals are `height` px high."""
    return max(6, round(height * _MEASURED_AT / _capital_height(font)))


@cache
def _capital_height(font: Path) -> float:
    """Of an H, or of what stands for it in this script, at _MEASURED_AT; subsets follow their latin letters."""
    for file in (*_subsets(font), font):
        for sign in _CAPITALS:
            if _has_sign(file, sign):
                # Not the font's own box: that one reaches down to the line, where an H may float above it.
                _, top, _, bottom = _load_font(file, _MEASURED_AT).getmask(sign).getbbox()
                return float(bottom - top)
    return 0.7 * _MEASURED_AT


@lru_cache(4096)
def _find_subset(font: Path, sign: str) -> Path | None:
    """The file of this font that draws the sign: itself, or another subset of its family."""
    if sign.isspace() or unicodedata.category(sign).startswith("M"):
        return None  # a vowel sign alone would stand on a dotted circle that nobody writes
    return next((file for file in (font, *_subsets(font)) if _has_sign(file, sign)), None)


@cache
def _subsets(font: Path) -> tuple[Path, ...]:
    """All files of a family that was cut into subsets, latin letters first, in this font's weight if there are more."""
    if "-normal" not in font.name:
        return ()
    family = next((one for one in list_families() if font in one.paths()), None)
    files = family.paths() if family else ()
    weight = "-700-" if "-700-" in font.name else "-400-"
    return tuple(sorted(files, key=lambda path: (weight not in path.name, "-latin-" not in path.name, path.name)))


@cache
def _family_names() -> dict[Path, str]:
    return {path: family.name for family in list_families() for path in family.paths()}


@lru_cache(16384)
def _has_sign(file: Path, sign: str) -> bool:
    """Whether a font file draws this sign by anything but the box that stands for signs it lacks."""
    font = _load_font(file, 32)
    return bytes(font.getmask(sign)) != bytes(font.getmask("\uffff"))


@lru_cache(128)  # of thousands of sizes
def _load_font(file: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, size)
