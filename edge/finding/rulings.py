"""Rulings and grids: long thin lines, however faint, taken out of a mask; the strokes that cross them stay."""

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import LeftOut
from edge.finding.components import Labels, measure_components
from edge.finding.even_lines import LINE_DENSITY, STEP, Contrast, Patience, find_even_lines
from edge.finding.paper import Paper, spread

LINE_SHARE = 0.33
"""A ruled line is at least this share of the frame's longer side; no stroke of a digit is so long and so thin."""
DARKER = 1.6
"""Ink of more than this many times a line's contrast is a stroke that crosses it."""
FAINT_LINE = 0.016
"""A mean along a row that stands out by less of the paper's brightness is no line."""
COARSE = 0.8
"""A coarse look is content with this share of what a line must show."""
COARSE_COLUMNS = 40
"""There a line is at most so many columns long."""
DIVIDERS = 3
"""So many upright bars of one row, from one level line to the next, are no 1s but the dividers of cells ..."""
DIVIDER_GAP = 3
"""... which end no farther from these lines than this, px."""
BESIDE_SHARE = 0.2
"""Along this share of a line there is no writing above it, and along this share none below."""

_Mask = NDArray[np.uint8]
_Number = TypeVar("_Number", np.uint8, np.float32)


def remove_ruled_lines(
    mask: _Mask,
    contrast: Contrast,
    noise: Contrast,
    *,
    level: bool = True,
    upright: bool = True,
    left_out: LeftOut | None = None,
) -> _Mask:
    """Take rulings and grid lines out of a mask, leaving the strokes that cross them.

    Args:
        mask: uint8, (height, width), not 0 = ink.
        contrast: float32, (height, width), share of the paper's brightness; ink is positive.
        noise: float32, any smaller shape, its standard deviation in tiles of the frame.
        level: whether to look for nearly horizontal lines ...
        upright: ... and for nearly vertical ones.
        left_out: where it is counted that not all of these were looked for.

    Returns:
        A mask without long, thin, nearly horizontal or vertical lines; the same one where there are none.
    """
    long = round(LINE_SHARE * max(mask.shape))  # of the longer side: in a narrow strip a digit may fill the shorter one
    height, width = mask.shape
    across, down = (max(1, width // STEP), height), (width, max(1, height // STEP))
    clean, band, thickness = mask, np.zeros_like(contrast), 0
    patience = Patience(), Patience()
    if level:
        rows = _find_rulings(_shrink(contrast, across), spread(noise, across[::-1]), long, patience[0])
        if rows is not None:
            clean, band, thickness = _remove_rows(clean, contrast, rows)
    if upright:
        columns = _find_rulings(_turn(_shrink(contrast, down)), _turn(spread(noise, down[::-1])), long, patience[1])
        if columns is not None:
            turned, beside, thick = _remove_rows(_turn(clean), _turn(contrast), columns)
            clean, band, thickness = _turn(turned), np.maximum(band, _turn(beside)), max(thickness, thick)
    if left_out is not None:
        left_out["rulings"] += sum(one.work < 0 for one in patience)
    return clean if clean is mask else _drop_remnants(clean, contrast, band, thickness)


def may_hold_lines(half: _Mask, paper: Paper) -> tuple[bool, bool]:
    """A coarse look, at means of a few columns or rows, whether there can be level and upright lines to remove.

    Args:
        half: uint8, the grey frame at half its size.
        paper: what is known about it.
    """
    least = COARSE * paper.bright * np.maximum(spread(paper.noise, paper.bright.shape), FAINT_LINE)
    faint = np.clip(least, 0, 255).astype(np.uint8)
    long = LINE_SHARE * max(half.shape)
    across, down = _turn(half), half
    while long > COARSE_COLUMNS:
        across, down = _pair_rows(across), _pair_rows(down)
        long /= 2
    signs = (False, True) if isinstance(paper.light, np.ndarray) else (paper.light,)

    def has_lines(bands: _Mask, limit: _Mask) -> bool:
        limit = _resize(limit, bands.shape[::-1])
        return any(_has_long_chain(255 - bands if light else bands, limit, long) for light in signs)

    return has_lines(_turn(across), faint), has_lines(_turn(down), _turn(faint))


def _has_long_chain(bands: _Mask, least: _Mask, long: float) -> bool:
    """Whether what is by so much darker than the paper above and below it goes on for `long` columns.

    An edge of the paper is long, too, but has paper on one side only.
    """
    apart = 2
    if len(bands) <= apart:
        return False
    above, below = np.zeros_like(bands), np.zeros_like(bands)
    cv2.compare(cv2.subtract(bands[:-apart], bands[apart:]), least[apart:], cv2.CMP_GT, dst=above[apart:])
    cv2.compare(cv2.subtract(bands[apart:], bands[:-apart]), least[:-apart], cv2.CMP_GT, dst=below[:-apart])
    enough = LINE_DENSITY * long
    if min(cv2.countNonZero(above), cv2.countNonZero(below)) < BESIDE_SHARE * enough:
        return False
    chained = cv2.dilate(cv2.max(above, below), np.ones((3, 3), np.uint8))
    chains, _ = cv2.findContours(chained, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for x, y, width, height in map(cv2.boundingRect, chains):
        where = slice(y, y + height), slice(x, x + width)
        if width >= enough and min(cv2.countNonZero(side[where]) for side in (above, below)) >= BESIDE_SHARE * enough:
            return True
    return False


def _find_rulings(contrast: Contrast, noise: Contrast, long: int, patience: Patience) -> Contrast | None:
    """Contrast of the nearly horizontal lines of at least `long` px where there are any, however faint.

    Args:
        contrast: float32, (height, width // STEP).
        noise: the same shape.
        long: px of the full picture.
        patience: for the chains of runs; the lowest ones, where lines are alone, come first.

    Returns:
        float32, the same shape, 0 beside the lines; None where there is no line.
    """
    run = max(3, long // 12 // STEP)
    # A mean along the row shows a ruling that is too faint for a single pixel; above and below it there is paper.
    along = cv2.blur(contrast, (run, 1)).astype(np.float32, copy=False)
    apart = 2 + run * STEP // 8
    beside = cv2.min(_shift_rows(along, apart), _shift_rows(along, -apart))
    stands_out = cv2.subtract(along, np.maximum(beside, 0))
    runs = cv2.compare(stands_out, np.maximum(noise, FAINT_LINE), cv2.CMP_GT)
    chained = cv2.dilate(runs, np.ones((3, run), np.uint8)).astype(np.uint8, copy=False)
    labels, stats = measure_components(chained)
    limit = np.zeros_like(contrast)
    stats[:1] = 0
    lowest = np.argsort(stats[:, 3], kind="stable")
    for label in lowest[stats[lowest, 2] * STEP >= long].tolist():
        x, y, width, height = stats[label, :4].tolist()
        where = slice(y, y + height), slice(x, x + width)
        chain = (labels[where] == label) & (runs[where] > 0)
        for rows, columns, strength in find_even_lines(chain, contrast[where], long, patience):
            limit[where][rows, columns] = strength
    return limit if limit.any() else None


def _remove_rows(mask: _Mask, contrast: Contrast, limit: Contrast) -> tuple[_Mask, Contrast, int]:
    """The mask without the found lines; how dark a line may be where they ran, 0 elsewhere; how thick, px."""
    found = np.where(limit > 0, 255, 0).astype(np.uint8)
    thickness = _typical_thickness(found)
    size = mask.shape[::-1]
    grown = cv2.dilate(limit, np.ones((3, 3), np.uint8))
    darkest = cv2.resize(DARKER * grown, size, interpolation=cv2.INTER_NEAREST)
    # What is much darker than the line, or much thicker at this column, is a stroke that crosses it.
    thick = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((2 * thickness + 1, 1), np.uint8))
    lines = cv2.bitwise_and(cv2.subtract(mask, thick), cv2.compare(contrast, darkest, cv2.CMP_LT))
    on = cv2.threshold(darkest, 0, 255, cv2.THRESH_BINARY)[1].astype(np.uint8)
    lines = cv2.bitwise_and(lines, on).astype(np.uint8, copy=False)
    rest = cv2.subtract(mask, lines).astype(np.uint8, copy=False)
    clean = cv2.max(rest, cv2.bitwise_and(lines, _bridges(rest, thickness + 2)))
    band = cv2.dilate(darkest, np.ones((thickness | 1, 1), np.uint8))
    return clean.astype(np.uint8, copy=False), band.astype(np.float32, copy=False), 2 * thickness + 2


def _drop_remnants(clean: _Mask, contrast: Contrast, band: Contrast, thickness: int) -> _Mask:
    """The mask without what is left of lines alone, as where two of them cross.

    That lies where lines ran, all of it, and is in one direction no larger than the `thickness` of such a band, px: a
    digit whose strokes follow the lines of a grid is larger in both. A 1 along a line is not, but it is longer than a
    crossing, and darker than a line.
    """
    labels, stats = measure_components(clean)
    inked = np.flatnonzero(clean)
    owner = labels.ravel()[inked]
    darker = np.bincount(owner, contrast.ravel()[inked] - band.ravel()[inked], len(stats)) > 0
    side = stats[:, 2:4]
    kept = (side.min(axis=1) > thickness) | (darker & (side.max(axis=1) > thickness))
    kept[owner[band.ravel()[inked] == 0]] = True
    kept[_find_dividers(labels, stats, contrast, band, thickness)] = False
    rest = np.zeros_like(clean)
    rest.ravel()[inked] = clean.ravel()[inked] * kept[owner]
    return rest


def _find_dividers(
    labels: Labels, stats: NDArray[np.int32], contrast: Contrast, band: Contrast, thickness: int
) -> list[int]:
    """Labels of upright bars from one level line to the next, as thin and no darker: they part the cells of a row.

    Fewer than DIVIDERS beside each other are 1s, and stay.
    """
    *_, width, height, area = stats.T
    bars = (
        (np.arange(len(stats)) > 0) & (height > 3 * thickness) & (width <= thickness) & (2 * area <= thickness * height)
    )
    found = []
    for bar in np.flatnonzero(bars).tolist():
        left, top, right, bottom = stats[bar, :2].tolist() + (stats[bar, :2] + stats[bar, 2:4]).tolist()
        inked = labels[top:bottom, left:right] == bar
        above, below = band[max(0, top - DIVIDER_GAP) : top + 1], band[bottom - 1 : bottom + DIVIDER_GAP]
        lines = min(float(line[:, left:right].max()) for line in (above, below))
        if contrast[top:bottom, left:right][inked].mean() <= lines:
            found.append(bar)
    top, height = stats[found, 1], stats[found, 3]
    shared = np.minimum.outer(top + height, top + height) - np.maximum.outer(top, top)
    in_row = (2 * shared > height).sum(axis=1)  # those beside it, and itself
    return [bar for bar, count in zip(found, in_row.tolist(), strict=True) if count >= DIVIDERS]


def _bridges(rest: _Mask, reach: int) -> _Mask:
    """Where strokes end close above and close below: there one steep stroke crossed the line that was removed."""
    window = np.ones((reach + 1, 3), np.uint8)
    above = cv2.dilate(rest, window, anchor=(1, reach))
    below = cv2.dilate(rest, window, anchor=(1, 0))
    return cv2.min(above, below).astype(np.uint8, copy=False)


def _shrink(picture: Contrast, size: tuple[int, int]) -> Contrast:
    """Means of STEP columns or rows: to (width, height)."""
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32, copy=False)


def _resize(picture: _Mask, size: tuple[int, ...]) -> _Mask:
    """Linear, to (width, height)."""
    return cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def _pair_rows(picture: _Mask) -> _Mask:
    """Means of two rows; an odd one at the end is left out. OpenCV resizes in one direction five times as slowly."""
    even = len(picture) // 2 * 2
    if not even:
        return picture
    return cv2.addWeighted(picture[:even:2], 0.5, picture[1:even:2], 0.5, 0).astype(np.uint8, copy=False)


def _turn(picture: NDArray[_Number]) -> NDArray[_Number]:
    """Rows become columns."""
    return np.ascontiguousarray(picture.T)


def _shift_rows(picture: Contrast, by: int) -> Contrast:
    """The picture moved down by so many rows; its border row is repeated."""
    border = (by, 0) if by > 0 else (0, -by)
    grown = cv2.copyMakeBorder(picture, *border, 0, 0, cv2.BORDER_REPLICATE).astype(np.float32, copy=False)
    return grown[: len(picture)] if by > 0 else grown[-by:]


def _typical_thickness(line: _Mask) -> int:
    """Median height, px, of the runs that columns cut out of a mask (0 or 255) of horizontal lines."""
    first = cv2.subtract(line, np.vstack([np.zeros_like(line[:1]), line[:-1]]))
    pixels, starts = (np.count_nonzero(one, axis=0) for one in (line, first))
    crossed = starts > 0
    return max(1, round(float(np.median(pixels[crossed] / starts[crossed]))))
