"""Rulings and grids: long thin lines, however faint, taken out of a mask; the strokes that cross them stay."""

from collections.abc import Iterator
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.components import keep_seeded, measure_components
from edge.paper import Paper

LINE_SHARE = 0.33
"""A ruled line is at least this share of the frame's longer side; no stroke of a digit is so long and so thin."""
LINE_DENSITY = 0.9
"""Share of its columns in which a ruled line shows; roofs and bars of digits side by side leave wider gaps."""
THIN = 0.04
"""A ruled line is nowhere thicker than this share of its least length."""
FITS = 2
"""A curve is fitted once more through what is closer to the first one: writing beside a line bends it."""
MAX_WRITING = 2
"""Writing may chain rulings together; when so many of a chain's curves are no even lines, the rest is writing, too."""
DARKER = 1.6
"""Ink of more than this many times a line's contrast is a stroke that crosses it."""
BESIDE = 2
"""So many px above and below a ruling there is paper again."""
FAINT_LINE = 0.016
"""A mean along a row that stands out by less of the paper's brightness is no line."""
COARSE = 0.8
"""A coarse look is content with this share of what a line must show."""
COARSE_COLUMNS = 40
"""There a line is at most so many columns long."""
BESIDE_SHARE = 0.2
"""Along this share of a line there is no writing above it, and along this share none below."""
STEP = 4
"""Lines are looked for in every so-manieth column: they are long."""

_Contrast = NDArray[np.float32]
_Mask = NDArray[np.uint8]
_Number = TypeVar("_Number", np.uint8, np.float32)


def remove_ruled_lines(
    mask: _Mask, contrast: _Contrast, noise: _Contrast, *, level: bool = True, upright: bool = True
) -> _Mask:
    """Take rulings and grid lines out of a mask, leaving the strokes that cross them.

    Args:
        mask: uint8, (height, width), not 0 = ink.
        contrast: float32, (height, width), share of the paper's brightness; ink is positive.
        noise: float32, any smaller shape, its standard deviation in tiles of the frame.
        level: whether to look for nearly horizontal lines ...
        upright: ... and for nearly vertical ones.

    Returns:
        A mask without long, thin, nearly horizontal or vertical lines; the same one where there are none.
    """
    long = round(LINE_SHARE * max(mask.shape))  # of the longer side: in a narrow strip a digit may fill the shorter one
    height, width = mask.shape
    across, down = (max(1, width // STEP), height), (width, max(1, height // STEP))
    clean, band = mask, np.zeros_like(mask)
    if level and (rows := _find_rulings(_shrink(contrast, across), _spread(noise, across), long)) is not None:
        clean, band = _remove_rows(clean, contrast, rows)
    if upright:
        columns = _find_rulings(_turn(_shrink(contrast, down)), _turn(_spread(noise, down)), long)
        if columns is not None:
            turned, beside = _remove_rows(_turn(clean), _turn(contrast), columns)
            clean, band = _turn(turned), band | _turn(beside)
    # What is left of lines alone, as where two of them cross, is no stroke.
    return clean if clean is mask else keep_seeded(clean, clean & ~band)


def may_hold_lines(half: _Mask, paper: Paper) -> tuple[bool, bool]:
    """A coarse look, at means of a few columns or rows, whether there can be level and upright lines to remove.

    Args:
        half: uint8, the grey frame at half its size.
        paper: what is known about it.
    """
    least = COARSE * paper.bright * np.maximum(_spread(paper.noise, paper.bright.shape[::-1]), FAINT_LINE)
    faint = np.clip(least, 0, 255).astype(np.uint8)
    long = LINE_SHARE * max(half.shape)
    across, down = half, half
    while long > COARSE_COLUMNS:
        # Halfway between two pixels is their mean.
        across = _resize(across, (max(1, across.shape[1] // 2), half.shape[0]))
        down = _resize(down, (half.shape[1], max(1, down.shape[0] // 2)))
        long /= 2
    signs = (False, True) if isinstance(paper.light, np.ndarray) else (paper.light,)

    def has_lines(bands: _Mask, limit: _Mask) -> bool:
        limit = _resize(limit, bands.shape[::-1])
        return any(_has_long_chain(255 - bands if light else bands, limit, long) for light in signs)

    return has_lines(across, faint), has_lines(_turn(down), _turn(faint))


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


def _find_rulings(contrast: _Contrast, noise: _Contrast, long: int) -> _Contrast | None:
    """Contrast of the nearly horizontal lines of at least `long` px where there are any, however faint.

    Args:
        contrast: float32, (height, width // STEP).
        noise: the same shape.
        long: px of the full picture.

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
    for label, (x, y, width, height) in enumerate(stats[:, :4].tolist()):
        if label and width * STEP >= long and height <= width * STEP / 3:
            where = slice(y, y + height), slice(x, x + width)
            chain = (labels[where] == label) & (runs[where] > 0)
            for rows, columns, strength in _find_lines(chain, contrast[where], long):
                limit[where][rows, columns] = strength
    return limit if limit.any() else None


def _find_lines(
    chain: NDArray[np.bool_], contrast: _Contrast, long: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp], float]]:
    """The even lines in a chain of runs, which writing may have chained together.

    Yields:
        Rows (thickness, n) and columns (n,) of a line's pixels, and its contrast.
    """
    thin, dots = max(4.0, THIN * long), max(1, long // 30 // STEP)
    edges = np.diff(chain.astype(np.int8), axis=0, prepend=0, append=0).T  # by columns
    x, top = np.nonzero(edges == 1)
    thickness = np.nonzero(edges == -1)[1] - top
    middle = top + (thickness - 1) / 2
    writing = 0
    while writing < MAX_WRITING and _count_columns(x) * STEP >= LINE_DENSITY * long:
        away = _away_from_curve(x, middle, thin)
        near = np.abs(away) <= thin / 2
        if not near.any():
            return
        columns = np.arange(x[near].min(), x[near].max() + 1)
        typical = int(_median(thickness[near])) + 1
        # Close to strokes the line is too faint beside them to be a run of its own: there it follows the curve.
        row = np.interp(columns, x, middle - away)
        row[x[near] - columns[0]] = middle[near]
        reach = np.arange(-(typical // 2), typical // 2 + 1)
        rows = _within((row + 0.5).astype(np.intp) + reach[:, np.newaxis], len(chain))
        strength = _line_contrast(contrast[rows, columns], dots) if columns.size * STEP >= long else 0.0
        beside = _within(rows[[0, -1]] + np.array([[-BESIDE], [BESIDE]]), len(contrast))
        # The edge of a thick stroke is long and even, too; but on one side of it there is ink.
        if strength and _quarter(contrast[beside, columns]).max() < strength / 2:
            yield rows, columns, strength
        else:
            writing += 1
        x, middle, thickness = x[~near], middle[~near], thickness[~near]


def _away_from_curve(x: NDArray[np.intp], y: NDArray[np.float64], thin: float) -> NDArray[np.float64]:
    """How far each of the points is below the smooth curve that most of them follow.

    That is a parabola through what is near the straight line with most of the points.
    """
    near = _vote(x, y, thin)
    along = x / max(1, x[-1])
    powers = np.stack([np.ones_like(along), along, along * along][: _count_columns(x[near])])
    for _ in range(FITS):
        chosen = powers * near
        off = y - np.linalg.lstsq(chosen @ powers.T, chosen @ y, rcond=None)[0] @ powers
        near = np.abs(off) < thin / 2
        if not near.any():
            break
    return np.asarray(off, np.float64)


def _vote(x: NDArray[np.intp], y: NDArray[np.float64], thin: float) -> NDArray[np.bool_]:
    """Which points are on the straight strip, `thin` px high, that holds most of them (Hough 1962; Duda, Hart 1972).

    All slopes are tried by which a line can cross the points from end to end, and of equals the most level one taken: a
    strip that leads from one ruling to the next holds fewer.
    """
    length = max(1, int(x[-1] - x[0]))
    tries = int((y.max() - y.min()) / thin)
    if tries == 0:
        return np.ones(len(x), np.bool_)
    slopes = np.array(sorted(range(-tries, tries + 1), key=abs)) * (thin / length)
    # From the middle of the points a slope that is off by half a step is off by a quarter of a strip at the ends.
    below = y - slopes[:, np.newaxis] * (x - x[0] - length / 2)
    strips = ((below - below.min()) / (thin / 2)).astype(np.intp)
    count = int(strips.max()) + 2
    votes = np.bincount((strips + count * np.arange(len(slopes))[:, np.newaxis]).ravel(), minlength=count * len(slopes))
    best, first = divmod(int((votes[:-1] + votes[1:]).argmax()), count)
    return np.asarray((strips[best] == first) | (strips[best] == first + 1), np.bool_)


def _count_columns(x: NDArray[np.intp]) -> int:
    """How many different ones there are in an ascending row."""
    return int(np.count_nonzero(np.diff(x))) + 1 if x.size else 0


def _median(values: NDArray[np.intp] | _Contrast) -> float:
    """Of a row that is not empty, the upper one of two; NumPy's own takes several times as long for so few."""
    middle = values.size // 2
    return float(np.partition(values, middle)[middle])


def _within(rows: NDArray[np.intp], height: int) -> NDArray[np.intp]:
    """Rows of a picture of that height, the nearest ones."""
    return np.minimum(np.maximum(rows, 0), height - 1)


def _quarter(lines: _Contrast) -> _Contrast:
    """What a quarter of each row stays below."""
    return np.asarray(np.sort(lines, axis=1)[:, lines.shape[1] // 4], np.float32)


def _line_contrast(line: _Contrast, dots: int) -> float:
    """Contrast of a line, (thickness, length), if it is even, else 0: a row of writing has gaps of paper.

    Dotted lines count as even: each column takes the strongest of `dots` neighbours.
    """
    column = cv2.dilate(line.max(axis=0)[np.newaxis], np.ones((1, dots), np.uint8))[0]
    typical = _median(column)
    return typical if np.count_nonzero(column > 0.4 * typical) > LINE_DENSITY * column.size else 0.0


def _remove_rows(mask: _Mask, contrast: _Contrast, limit: _Contrast) -> tuple[_Mask, _Mask]:
    """The mask without the found lines, and a mask of 255 where they and their blurred edges ran."""
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
    band = cv2.dilate(on, np.ones((thickness | 1, 1), np.uint8))
    return clean.astype(np.uint8, copy=False), band.astype(np.uint8, copy=False)


def _bridges(rest: _Mask, reach: int) -> _Mask:
    """Where strokes end close above and close below: there one steep stroke crossed the line that was removed."""
    window = np.ones((reach + 1, 3), np.uint8)
    above = cv2.dilate(rest, window, anchor=(1, reach))
    below = cv2.dilate(rest, window, anchor=(1, 0))
    return cv2.min(above, below).astype(np.uint8, copy=False)


def _shrink(picture: _Contrast, size: tuple[int, int]) -> _Contrast:
    """Means of STEP columns or rows: to (width, height)."""
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32, copy=False)


def _spread(tiles: _Contrast, size: tuple[int, int]) -> _Contrast:
    return cv2.resize(tiles, size, interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False)


def _resize(picture: _Mask, size: tuple[int, ...]) -> _Mask:
    """Linear, to (width, height)."""
    return cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def _turn(picture: NDArray[_Number]) -> NDArray[_Number]:
    """Rows become columns."""
    return np.ascontiguousarray(picture.T)


def _shift_rows(picture: _Contrast, by: int) -> _Contrast:
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
