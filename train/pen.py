"""What a pen leaves, as coverage masks: MNIST digits with another pen, letters and signs in free fonts, scribbles."""

import importlib
from functools import cache
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from skimage.morphology import skeletonize

from edge.contract import Glyph
from edge.glyph import find_ink_box

Coverage = NDArray[np.float32]
"""How much of each pixel is covered by ink, 0 to 1, (height, width)."""

SIGNS = "ACDEFGHJKLMNPQRTUVWXYacdefhkmnprtuvwxyαβγδηλμπτφωχΔΣ+-=×÷*#%&@?<>~^.√∞€$"  # noqa: RUF001 - these
"""A digit to nobody. Left out are signs that are one to the eye: l I | / ( , 1, O o 0, S s 5, Z z 2, b 6, g q 9."""
OPERATORS = "+-=×÷xy"  # noqa: RUF001 - the real signs

_FONT_PACKAGES = ("font_amatic_sc", "font_intuitive", "font_caladea", "font_fredoka_one", "font_source_sans_pro")
_MATPLOTLIB_FONTS = "DejaVuSans*.ttf", "DejaVuSerif*.ttf", "STIXGeneral*.ttf", "cm[mrst]*10.ttf"


def draw_digit(rng: np.random.Generator, glyph: Glyph, *, height: int, pen: float | None, slant: float) -> Coverage:
    """Draw an MNIST digit large, with another pen.

    Args:
        rng: source of chance.
        glyph: uint8, (28, 28).
        height: of the ink, px.
        pen: width of the stroke, as a share of the height: 0.03 a fine pencil, 0.1 as in MNIST, 0.2 a marker; None
            keeps the stroke that this digit has in MNIST, thick and thin.
        slant: horizontal shift per vertical pixel, to the right.
    """
    box = find_ink_box(glyph)
    if box is None:
        raise ValueError("glyph is blank")
    crop = np.pad(glyph[box.y : box.bottom, box.x : box.right].astype(np.float32) / 255, 2)
    # Drawn at least 64 px high and reduced afterwards, so that small digits have smooth strokes too.
    large = max(64, height)
    scale = large / box.height
    turn = np.deg2rad(rng.normal(0, 4))
    shear = np.array([[1, -slant - np.tan(turn)], [np.tan(turn), 1]]) @ np.diag(
        [scale * rng.uniform(0.85, 1.15), scale]
    )
    corners = shear @ np.array([[0, crop.shape[1], 0, crop.shape[1]], [0, 0, crop.shape[0], crop.shape[0]]])
    low, high = corners.min(axis=1), corners.max(axis=1)
    size = np.ceil(high - low).astype(int) + 8
    matrix = np.column_stack([shear, 4 - low]).astype(np.float64)
    grey = cv2.warpAffine(crop, matrix, (int(size[0]), int(size[1])), flags=cv2.INTER_CUBIC)
    grey = cv2.GaussianBlur(grey, (0, 0), 0.45 * scale)
    grey = _wobble(rng, np.pad(grey, round((pen or 0) * large / 2)).astype(np.float32), large)
    if pen is None:
        coverage = np.clip((grey - 0.42) * scale / 2 + 0.5, 0, 1).astype(np.float32)
    else:
        coverage = redraw(grey > 0.42, pen * large)
    small = height / large
    if small < 1:
        size = np.maximum(1, np.round(np.array(coverage.shape[::-1]) * small)).astype(int)
        coverage = cv2.resize(coverage, (int(size[0]), int(size[1])), interpolation=cv2.INTER_AREA).astype(np.float32)
    return _trim(coverage)


def draw_text(rng: np.random.Generator, text: str, *, height: int, pen: float, slant: float) -> list[Coverage | None]:
    """Draw each sign of a text in one font: its coverage, or None for a space or a sign that the font lacks.

    All masks are as high as the tallest sign and share its baseline.
    """
    font = _load_font(str(rng.choice(_font_files())), max(12, round(1.3 * height)))
    top, bottom = font.getbbox("Hxy0")[1], font.getbbox("Hxy0")[3]
    masks: list[Coverage | None] = []
    for sign in text:
        left, _, right, low = font.getbbox(sign)
        if sign.isspace() or right <= left:
            masks.append(None)
            continue
        picture = Image.new("L", (int(right - left) + 12, int(max(bottom, low) - min(0, top)) + 12))
        ImageDraw.Draw(picture).text((6 - left, 6), sign, fill=255, font=font)
        grey = np.asarray(picture, np.float32) / np.float32(255)
        matrix = np.array([[1, -slant, slant * grey.shape[0] / 2], [0, 1, 0]])
        grey = cv2.warpAffine(grey, matrix, grey.shape[::-1]).astype(np.float32)
        if rng.random() < 0.5:
            grey = redraw(_wobble(rng, grey, height) > 0.45, pen * height)
        columns = np.flatnonzero(grey.max(axis=0) > 0.1)
        masks.append(grey[:, columns[0] : columns[-1] + 1] if columns.size else None)
    return masks


def draw_scribble(rng: np.random.Generator, *, height: int, pen: float) -> Coverage:
    """A wild curve through random points: what is struck out, doodled or shaded."""
    width = round(height * rng.uniform(0.8, 4))
    count = int(rng.integers(4, 14))
    points = np.column_stack([rng.uniform(0, width, count), rng.uniform(0, height, count)])
    steps = np.linspace(0, count - 1, 24 * count)
    curve = np.column_stack([np.interp(steps, np.arange(count), points[:, axis]) for axis in (0, 1)])
    smooth = cv2.blur(curve.astype(np.float32), (1, 17)) + 6
    canvas = np.zeros((height + 12, width + 12), np.uint8)
    cv2.polylines(canvas, [np.round(smooth * 8).astype(np.int32)], False, 255, _px(pen * height), cv2.LINE_AA, 3)
    return _trim(canvas.astype(np.float32) / np.float32(255))


def draw_shape(rng: np.random.Generator, *, height: int, pen: float) -> Coverage:
    """A blot, a box, a triangle, a tick, an arrow or a dash; filled or as an outline."""
    side = height + 12
    canvas = np.zeros((side, side), np.uint8)
    thickness = _px(pen * height) if rng.random() < 0.6 else -1
    kind = rng.integers(6)
    if kind == 0:  # an ellipse that is filled, as an outline would be a 0
        axes = int(height * rng.uniform(0.2, 0.5)), int(height * rng.uniform(0.2, 0.5))
        cv2.ellipse(canvas, (side // 2, side // 2), axes, float(rng.uniform(0, 180)), 0, 360, 255, -1, cv2.LINE_AA)
    elif kind in (1, 2):  # a polygon of 3 to 6 corners
        angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 7))))
        corners = side / 2 + np.column_stack([np.cos(angles), np.sin(angles)]) * height * rng.uniform(0.3, 0.5)
        cv2.polylines(canvas, [corners.astype(np.int32)], True, 255, max(1, thickness), cv2.LINE_AA)
        if thickness < 0:
            cv2.fillPoly(canvas, [corners.astype(np.int32)], 255)
    elif kind == 3:  # a tick or an arrow head
        corners = np.array([[0.1, rng.uniform(0.3, 0.7)], [rng.uniform(0.3, 0.6), 0.9], [0.95, 0.1]]) * height + 6
        cv2.polylines(canvas, [corners.astype(np.int32)], False, 255, _px(pen * height), cv2.LINE_AA)
    elif kind == 4:  # a dash
        y = int(side * rng.uniform(0.3, 0.7))
        cv2.line(canvas, (6, y), (side - 6, y + int(rng.normal(0, 0.06) * side)), 255, _px(pen * height), cv2.LINE_AA)
    else:  # an asterisk or a cross
        for angle in np.arange(int(rng.integers(2, 4))) * np.pi / 3 + rng.uniform(0, np.pi):
            end = np.array([np.cos(angle), np.sin(angle)]) * height * 0.45
            a, b = (side / 2 - end).astype(int), (side / 2 + end).astype(int)
            cv2.line(canvas, a.tolist(), b.tolist(), 255, _px(pen * height), cv2.LINE_AA)
    return _trim(canvas.astype(np.float32) / np.float32(255))


def _px(width: float) -> int:
    return max(1, round(width))


def _wobble(rng: np.random.Generator, grey: Coverage, height: float) -> Coverage:
    """A slight smooth distortion: no two digits of one hand are alike."""
    field = rng.normal(0, 0.012 * height, (2, 4, 4)).astype(np.float32)
    rows, columns = np.indices(grey.shape, np.float32)
    dx, dy = (cv2.resize(axis, grey.shape[::-1], interpolation=cv2.INTER_CUBIC) for axis in field)
    return cv2.remap(grey, columns + dx, rows + dy, cv2.INTER_LINEAR).astype(np.float32)


def redraw(stroke: NDArray[np.bool_], width: float) -> Coverage:
    """The middle line of a stroke drawn again with a round pen of this width, px."""
    middle: NDArray[np.bool_] = skeletonize(stroke)
    distance = cv2.distanceTransform((~middle).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(np.clip(width / 2 + 0.5 - distance, 0, 1), np.float32)


def _trim(coverage: Coverage) -> Coverage:
    box = find_ink_box((coverage * 255).astype(np.uint8))
    return coverage if box is None else coverage[box.y : box.bottom, box.x : box.right]


@cache
def _font_files() -> tuple[str, ...]:
    files: list[Path] = []
    for name in _FONT_PACKAGES:
        folder = Path(str(importlib.import_module(name).__file__)).parent / "files"
        files += folder.glob("*.ttf")
    for pattern in _MATPLOTLIB_FONTS:
        files += (Path(mpl.get_data_path()) / "fonts" / "ttf").glob(pattern)
    return tuple(sorted(str(path) for path in files))


@cache
def _load_font(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)
