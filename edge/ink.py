"""Frame -> ink: illumination flattened, polarity found, noise left behind, ruled lines removed."""

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import Frame, Ink

PAPER_SIDE = 192
"""The paper's brightness is looked at in a picture of this longest side, px: it changes slowly."""
PAPER_WINDOW = 33
"""Window of the median that erases writing, px of that picture: strokes up to half of it (8 % of the frame) vanish."""
MIN_CONTRAST = 0.05
"""Fainter than this share of the paper's brightness is no ink, however quiet the frame."""
NOISE_FACTOR = 3.5
"""Ink stands out of the paper's own noise by this many standard deviations; its darkest spot by SEED_FACTOR of that."""
SEED_FACTOR = 1.6
EDGE_SHARE = 0.45
"""A stroke ends where its contrast falls under this share of the strongest contrast close by (blur and JPEG halos)."""
LINE_SHARE = 0.33
"""A ruled line is at least this share of the frame's longer side; no stroke of a digit is so long and so thin."""
LINE_DENSITY = 0.6
"""Share of its columns in which a ruled line shows; roofs and bars of digits side by side leave wider gaps."""

_Contrast = NDArray[np.float32]
_Mask = NDArray[np.uint8]


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
    contrast = _choose_polarity(contrast, noise)
    floor = np.maximum(MIN_CONTRAST, NOISE_FACTOR * noise)
    strongest = _strongest_nearby(contrast)
    mask = _keep_seeded(
        (contrast > np.maximum(floor, EDGE_SHARE * strongest)).astype(np.uint8),
        (contrast > SEED_FACTOR * floor).astype(np.uint8),
    )
    mask = remove_ruled_lines(mask)
    # Around the cut, from dark to light over half of the stroke's own contrast: edges keep their grey steps.
    share = contrast / np.maximum(strongest, 1e-6)
    soft = np.clip((share - (EDGE_SHARE - 0.25)) / 0.5, 0.0, 1.0)
    return (soft * 255 * mask).astype(np.uint8)


def remove_ruled_lines(mask: _Mask) -> _Mask:
    """Take rulings and grid lines out of a mask, leaving the strokes that cross them.

    Args:
        mask: uint8, (height, width), 1 = ink.

    Returns:
        A new mask without long, thin, nearly horizontal or vertical lines.
    """
    long = round(LINE_SHARE * max(mask.shape))  # of the longer side: in a narrow strip a digit may fill the shorter one
    without_rows = _remove_rows(mask, long)
    return np.ascontiguousarray(_remove_rows(np.ascontiguousarray(without_rows.T), long).T)


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
    tiles = max(1, height // 64), max(1, width // 64)
    noise = np.empty(tiles, np.float32)
    spread = np.abs(contrast)
    for row, band in enumerate(np.array_split(spread, tiles[0], axis=0)):
        for column, tile in enumerate(np.array_split(band, tiles[1], axis=1)):
            noise[row, column] = 1.4826 * np.median(tile)  # MAD: strokes are a minority of the pixels
    if min(tiles) >= 3:
        noise = cv2.medianBlur(noise, 3).astype(np.float32)
    return cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)


def _choose_polarity(contrast: _Contrast, noise: _Contrast) -> _Contrast:
    """Turn light writing on dark round, so that ink is positive."""
    clear = np.abs(contrast) > np.maximum(MIN_CONTRAST, NOISE_FACTOR * noise)
    return -contrast if contrast[clear].sum() < 0 else contrast


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


def _remove_rows(mask: _Mask, long: int) -> _Mask:
    """Remove nearly horizontal lines of at least `long` px: runs of ink that chain to one straight, thin, dense row."""
    run = max(12, long // 12)
    runs = _open(mask, height=1, width=run)
    chained = cv2.dilate(runs, np.ones((3, run), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(chained, connectivity=8)
    on_line = np.zeros(count, np.uint8)
    for label in range(1, count):
        x, y, width, height = (int(side) for side in stats[label][:4])
        if width < long or height > width / 8:
            continue
        own = (labels[y : y + height, x : x + width] == label) & (runs[y : y + height, x : x + width] > 0)
        on_line[label] = own.any(axis=0).mean() > LINE_DENSITY
    line = runs * on_line[labels]
    if not line.any():
        return mask
    # What is much thicker than the line at this column is a stroke that crosses it.
    strokes = _open(mask, height=2 * _typical_thickness(line) + 2, width=1)
    # Grown lengthwise too: close to a stroke the line is too faint beside it to be a run of its own.
    grown = cv2.dilate(line, np.ones((3, run // 2), np.uint8))
    return np.where((grown > 0) & (strokes == 0), 0, mask).astype(np.uint8)


def _open(mask: _Mask, *, height: int, width: int) -> _Mask:
    return cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((height, width), np.uint8)).astype(np.uint8)


def _typical_thickness(line: _Mask) -> int:
    """Median height, px, of the runs that columns cut out of a mask of horizontal lines."""
    starts = (np.diff(line.astype(np.int8), axis=0, prepend=0) == 1).sum(axis=0)
    crossed = starts > 0
    return max(1, round(float(np.median(line.sum(axis=0)[crossed] / starts[crossed]))))
