"""What a pen leaves, as coverage masks: MNIST digits with another pen, scribbles and shapes; good and worn strokes."""

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from edge.contract import Glyph
from edge.reading.glyph import find_ink_box

Coverage = NDArray[np.float32]
"""How much of each pixel is covered by ink, 0 to 1, (height, width)."""

BLOB = 0.27
"""A digit thicker somewhere than this share of its longer side has filled loops: its middle line is another sign."""
LARGEST = 256
"""Strokes are drawn up to this height, px, and enlarged beyond it: the middle line of a huge one takes long."""


def is_blob(glyph: Glyph) -> bool:
    """Whether a digit's stroke is so thick somewhere that no other pen can draw it."""
    box = find_ink_box(glyph)
    if box is None:
        return False
    large = cv2.resize(np.pad(glyph, 2), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    radius = cv2.distanceTransform((large > 0.42 * 255).astype(np.uint8), cv2.DIST_L2, 5) / 4
    return bool(2 * radius.max() > BLOB * max(box.width, box.height))


def draw_digit(rng: np.random.Generator, glyph: Glyph, *, height: int, pen: float | None, slant: float) -> Coverage:
    """Draw an MNIST digit large, with another pen.

    Args:
        rng: source of chance.
        glyph: uint8, (28, 28).
        height: of the ink, px.
        pen: width of the stroke, as a share of the height: 0.03 a fine pencil, 0.1 as in MNIST, 0.2 a marker; None
            keeps the stroke that this digit has in MNIST, thick and thin. Not for a digit that `is_blob`.
        slant: horizontal shift per vertical pixel, to the right.
    """
    box = find_ink_box(glyph)
    if box is None:
        raise ValueError("glyph is blank")
    crop = np.pad(glyph[box.y : box.bottom, box.x : box.right].astype(np.float32) / 255, 2)
    # Drawn at least 64 px high and reduced afterwards, so that small digits have smooth strokes too.
    large = min(max(64, height), LARGEST)
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
    grey = wobble(rng, np.pad(grey, round((pen or 0) * large / 2)).astype(np.float32), large)
    if pen is None:
        coverage = np.clip((grey - 0.42) * scale / 2 + 0.5, 0, 1).astype(np.float32)
    else:
        coverage = redraw(grey > 0.42, pen * large)
    if height != large:
        size = np.maximum(1, np.round(np.array(coverage.shape[::-1]) * height / large)).astype(int)
        how = cv2.INTER_AREA if height < large else cv2.INTER_LINEAR
        coverage = cv2.resize(coverage, (int(size[0]), int(size[1])), interpolation=how).astype(np.float32)
    return _trim(coverage)


def wear(rng: np.random.Generator, mask: Coverage, *, grain: float, skips: float) -> Coverage:
    """A stroke on rough paper, where the pen rides on the grain, by a ball pen that skips.

    Args:
        rng: source of chance.
        mask: the whole stroke.
        grain: share of it, 0 to 1, that the valleys of the paper keep bare.
        skips: share of it along which nothing came.
    """
    worn = mask
    for lost, cell in ((grain, 1.5), (skips, 0.12 * max(mask.shape))):
        if lost <= 0:
            continue
        cells = tuple(max(2, round(side / cell)) for side in mask.shape)
        points = rng.standard_normal(cells, np.float32)
        bumps = cv2.resize(points, mask.shape[::-1], interpolation=cv2.INTER_CUBIC)
        level = float(np.quantile(bumps, lost))
        worn = np.asarray(worn * np.clip(2 * (bumps - level) + 0.5, 0, 1), np.float32)
    return worn


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


def wobble(rng: np.random.Generator, grey: Coverage, height: float) -> Coverage:
    """A slight smooth distortion: no two digits of one hand are alike."""
    field = rng.normal(0, 0.012 * height, (2, 4, 4)).astype(np.float32)
    rows, columns = np.indices(grey.shape, np.float32)
    dx, dy = (cv2.resize(axis, grey.shape[::-1], interpolation=cv2.INTER_CUBIC) for axis in field)
    return cv2.remap(grey, columns + dx, rows + dy, cv2.INTER_LINEAR).astype(np.float32)


def lean(grey: Coverage, slant: float) -> Coverage:
    """Sheared to the right, around its middle."""
    matrix = np.array([[1, -slant, slant * grey.shape[0] / 2], [0, 1, 0]])
    return cv2.warpAffine(grey, matrix, grey.shape[::-1]).astype(np.float32)


def redraw(stroke: NDArray[np.bool_], width: float) -> Coverage:
    """The middle line of a stroke drawn again with a round pen of this width, px."""
    middle = _prune(skeletonize(stroke), stroke)
    distance = cv2.distanceTransform((~middle).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(np.clip(width / 2 + 0.5 - distance, 0, 1), np.float32)


def _prune(middle: NDArray[np.bool_], stroke: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The middle line without its spurs: side branches that end inside the stroke's own thickness."""
    neighbours = cv2.filter2D(middle.astype(np.uint8), -1, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT)
    forks = middle & (neighbours > 3)
    if not forks.any():
        return middle
    radius = cv2.distanceTransform(stroke.astype(np.uint8), cv2.DIST_L2, 5)
    # Branches are what is left without the forks; each may reach as far as the stroke is thick at its fork.
    around = np.ones((3, 3), np.uint8)
    cut = middle & (cv2.dilate(forks.astype(np.uint8), around) == 0)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cut.astype(np.uint8), connectivity=8)
    reach = np.zeros(count, np.float32)
    near = cv2.dilate(np.where(forks, radius, 0).astype(np.float32), np.ones((5, 5), np.uint8))
    np.maximum.at(reach, labels[cut], near[cut])
    ends = np.bincount(labels[cut & (neighbours == 2)], minlength=count) > 0
    spurs = ends & (stats[:, cv2.CC_STAT_AREA] < 1.2 * reach)
    return np.asarray(middle & ~(spurs[labels] & cut), np.bool_)


def _trim(coverage: Coverage) -> Coverage:
    box = find_ink_box((coverage * 255).astype(np.uint8))
    return coverage if box is None else coverage[box.y : box.bottom, box.x : box.right]
