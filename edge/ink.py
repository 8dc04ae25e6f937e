"""Frame -> ink: illumination flattened, polarity found, noise left behind, ruled lines removed."""

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import Frame, Ink

PAPER_SIDE = 192
"""The paper's brightness is looked at in a picture of this longest side, px: it changes slowly."""
PAPER_WINDOW = 33
"""Window of the median that erases writing, px of that picture: strokes up to half of it (8 % of the frame) vanish."""
STROKE_SHARE = 0.03
"""Most strokes are thinner than this share of the frame's longer side; what is thicker may be paper, table, shadow."""
THICK_DISCOUNT = 0.15
"""What a thick pixel counts when light and dark are compared."""
MIN_CONTRAST = 0.05
"""Fainter than this share of the paper's brightness is no ink, however quiet the frame."""
NOISE_TILES = 16
"""Noise is estimated in so many tiles along the longer side: a tile must not drown in one thick stroke."""
NOISE_FACTOR = 3.5
"""Ink stands out of the paper's own noise by this many standard deviations; its darkest spot by SEED_FACTOR of that."""
SEED_FACTOR = 1.6
EDGE_SHARE = 0.45
"""A stroke ends where its contrast falls under this share of the strongest contrast close by (blur and JPEG halos)."""
LINE_SHARE = 0.33
"""A ruled line is at least this share of the frame's longer side; no stroke of a digit is so long and so thin."""
LINE_DENSITY = 0.8
"""Share of its columns in which a ruled line shows; roofs and bars of digits side by side leave wider gaps."""
DARKER = 2.0
"""Ink of more than this many times a line's contrast is a stroke that crosses it."""

_Contrast = NDArray[np.float32]
_Mask = NDArray[np.uint8]
_Number = TypeVar("_Number", np.uint8, np.float32)


def find_ink(frame: Frame) -> Ink:
    """Find what a pen left on the paper.

    Args:
        frame: uint8, (height, width, 3) B,G,R or (height, width) grey. Dark on light or light on dark.

    Returns:
        uint8, (height, width). Ink is bright (strokes reach 255 whatever the pen), everything else is 0.

    Raises:
        ValueError: frame is not uint8 or has another shape.
    """
    grey = _to_grey(frame)
    contrast = _flatten(grey)
    noise = _estimate_noise(contrast)
    if _is_light_on_dark(contrast, noise):
        contrast = -contrast
    floor = np.maximum(MIN_CONTRAST, NOISE_FACTOR * noise)
    strongest = _strongest_nearby(contrast)
    mask = _keep_seeded(
        (contrast > np.maximum(floor, EDGE_SHARE * strongest)).astype(np.uint8),
        (contrast > SEED_FACTOR * floor).astype(np.uint8),
    )
    mask = remove_ruled_lines(mask, contrast, noise)
    # Around the cut, from dark to light over half of the stroke's own contrast: edges keep their grey steps.
    share = contrast / np.maximum(strongest, 1e-6)
    soft = np.clip((share - (EDGE_SHARE - 0.25)) / 0.5, 0.0, 1.0)
    return (soft * 255 * mask).astype(np.uint8)


def remove_ruled_lines(mask: _Mask, contrast: _Contrast, noise: _Contrast) -> _Mask:
    """Take rulings and grid lines out of a mask, leaving the strokes that cross them.

    Args:
        mask: uint8, (height, width), 1 = ink.
        contrast: float32, (height, width), share of the paper's brightness; ink is positive.
        noise: float32, (height, width), its standard deviation.

    Returns:
        A new mask without long, thin, nearly horizontal or vertical lines.
    """
    long = round(LINE_SHARE * max(mask.shape))  # of the longer side: in a narrow strip a digit may fill the shorter one
    mask = _remove_rows(mask, contrast, noise, long)
    return _turn(_remove_rows(_turn(mask), _turn(contrast), _turn(noise), long))


def _to_grey(frame: Frame) -> NDArray[np.uint8]:
    if frame.dtype != np.uint8 or frame.ndim not in (2, 3) or (frame.ndim == 3 and frame.shape[2] != 3):
        raise ValueError(f"frame must be uint8 (height, width, 3) or (height, width), got {frame.dtype} {frame.shape}")
    if 0 in frame.shape:
        raise ValueError(f"frame is empty: {frame.shape}")
    return frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).astype(np.uint8)


def _flatten(grey: NDArray[np.uint8]) -> _Contrast:
    """Signed contrast to the paper, as a share of its brightness: positive where darker."""
    height, width = grey.shape
    scale = min(1.0, PAPER_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    window = min(PAPER_WINDOW, 2 * (max(size) // 2) + 1)
    paper = cv2.GaussianBlur(cv2.medianBlur(small, window), (5, 5), 0)
    paper = cv2.resize(paper.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    smooth = cv2.GaussianBlur(grey, (3, 3), 0).astype(np.float32)
    # A black background has no brightness to take a share of: below 48 of 255 contrast is counted in grey levels.
    return ((paper - smooth) / np.maximum(paper, 48.0)).astype(np.float32)


def _estimate_noise(contrast: _Contrast) -> _Contrast:
    """Standard deviation of the paper's texture and sensor noise around each pixel."""
    height, width = contrast.shape
    side = max(24, max(height, width) // NOISE_TILES)
    tiles = max(1, height // side), max(1, width // side)
    noise = np.empty(tiles, np.float32)
    spread = np.abs(contrast)
    for row, band in enumerate(np.array_split(spread, tiles[0], axis=0)):
        for column, tile in enumerate(np.array_split(band, tiles[1], axis=1)):
            # A quarter of a normal distribution lies within 0.3186 standard deviations; three quarters may be ink.
            noise[row, column] = np.quantile(tile, 0.25) / 0.3186
    if min(tiles) >= 3:
        noise = cv2.medianBlur(noise, 3).astype(np.float32)
    return cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)


def _is_light_on_dark(contrast: _Contrast, noise: _Contrast) -> bool:
    """Whether strokes are light. What is thick counts little: a white sheet on a dark table is no light writing."""
    floor = np.maximum(MIN_CONTRAST, NOISE_FACTOR * noise)
    dark, light = ((sign * contrast > floor).astype(np.uint8) for sign in (1, -1))
    return _writing_area(light) > _writing_area(dark)


def _writing_area(mask: _Mask) -> float:
    """Pixels of a mask, those of thick parts at a discount."""
    thin, every = int(_drop_thick(mask).sum()), int(mask.sum())
    return thin + THICK_DISCOUNT * (every - thin)


def _drop_thick(mask: _Mask) -> _Mask:
    """Of the connected parts of a mask, those that are nowhere thicker than a stroke."""
    side = max(3, round(STROKE_SHARE * max(mask.shape)))
    thick = cv2.erode(mask, np.ones((side, side), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.where(_keep_seeded(mask, thick.astype(np.uint8)) > 0, 0, mask).astype(np.uint8)


def _strongest_nearby(contrast: _Contrast) -> _Contrast:
    reach = max(2, round(max(contrast.shape) / 250))
    window = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    return cv2.dilate(contrast, window).astype(np.float32)


def _keep_seeded(mask: _Mask, seeds: _Mask) -> _Mask:
    """Hysteresis: of the connected parts of `mask`, those that touch a seed."""
    count, labels = cv2.connectedComponents(mask, connectivity=8)
    kept = np.zeros(count, np.uint8)
    kept[labels[seeds > 0]] = 1
    kept[0] = 0
    return np.asarray(kept[labels], np.uint8)


def _remove_rows(mask: _Mask, contrast: _Contrast, noise: _Contrast, long: int) -> _Mask:
    """Remove nearly horizontal lines of at least `long` px, however faint, from the mask."""
    run = max(12, long // 12)
    # A mean along the row shows a ruling that is too faint for a single pixel; above and below it there is paper.
    along = cv2.blur(contrast, (run, 1)).astype(np.float32)
    beside = np.minimum(_shift_rows(along, 2 + run // 8), _shift_rows(along, -2 - run // 8))
    runs = (along - np.maximum(beside, 0) > np.maximum(MIN_CONTRAST / 3, noise)).astype(np.uint8)
    chained = cv2.dilate(runs, np.ones((3, run), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(chained, connectivity=8)
    strongest = np.zeros(count, np.float32)
    for label in range(1, count):
        x, y, width, height = (int(side) for side in stats[label][:4])
        if width >= long and height <= width / 8:
            where = slice(y, y + height), slice(x, x + width)
            strongest[label] = _line_contrast((labels[where] == label) & (runs[where] > 0), contrast[where])
    if not strongest.any():
        return mask
    # Grown lengthwise too: close to a stroke the line is too faint beside it to be a run of its own.
    limit = cv2.dilate(strongest[labels] * runs, np.ones((3, run // 2), np.float32))
    line = (limit > 0).astype(np.uint8) & mask
    # What is much darker than the line, or much thicker at this column, is a stroke that crosses it.
    thick = _open(mask, height=2 * _typical_thickness(runs * (strongest[labels] > 0)) + 1, width=1)
    return np.where((line > 0) & (thick == 0) & (contrast < DARKER * limit), 0, mask).astype(np.uint8)


def _line_contrast(runs: NDArray[np.bool_], contrast: _Contrast) -> float:
    """Contrast of a row of runs if it is one even line, else 0: a row of writing has gaps of paper."""
    height = runs.sum(axis=0)
    shows = height > 0
    column = np.where(runs, contrast, 0).sum(axis=0)[shows] / height[shows]
    even = float((column > 0.4 * np.median(column)).sum()) / len(shows)
    # The upper quartile: in a dotted line it is the dots.
    return float(np.percentile(column, 75)) if even > LINE_DENSITY else 0.0


def _turn(picture: NDArray[_Number]) -> NDArray[_Number]:
    """Rows become columns."""
    return np.ascontiguousarray(picture.T)


def _shift_rows(picture: _Contrast, by: int) -> _Contrast:
    """The picture moved down by so many rows; its border row is repeated."""
    rows = np.clip(np.arange(len(picture)) - by, 0, len(picture) - 1)
    return np.asarray(picture[rows], np.float32)


def _open(mask: _Mask, *, height: int, width: int) -> _Mask:
    return cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((height, width), np.uint8)).astype(np.uint8)


def _typical_thickness(line: _Mask) -> int:
    """Median height, px, of the runs that columns cut out of a mask of horizontal lines."""
    starts = (np.diff(line.astype(np.int8), axis=0, prepend=0) == 1).sum(axis=0)
    crossed = starts > 0
    return max(1, round(float(np.median(line.sum(axis=0)[crossed] / starts[crossed]))))
