"""The even lines in a chain of runs: a ruling is a smooth curve, writing that crosses it or stands beside it is not."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

LINE_DENSITY = 0.9
"""Share of its columns in which a ruled line shows; roofs and bars of digits side by side leave wider gaps."""
THIN = 0.04
"""A ruled line is nowhere thicker than this share of its least length."""
FITS = 2
"""A curve is fitted once more through what is closer to the first one: writing beside a line bends it."""
MAX_WRITING = 2
"""Writing may chain rulings together; when so many of a chain's curves are no even lines, the rest is writing, too."""
BESIDE = 2
"""So many px above and below a ruling there is paper again."""
STEP = 4
"""Lines are looked for in every so-manieth column: they are long."""

VOTERS = 1000
"""So many of a chain's points say where it leads; a page of gravel has tens of thousands, a ruling 500."""
WORK = 600_000
"""Points times slopes, each about 10 ns, that are looked at in one frame and direction; of 150 photographs a sky full
of stars took most, as much as that."""
FITS_WORK, AREA_WORK = 10, 0.5
"""What all else costs for each point, and for each pixel of a chain."""

Contrast = NDArray[np.float32]
"""(height, width), or (thickness, length) of a line: share of the paper's brightness."""


@dataclass(slots=True)
class Patience:
    """What may still be spent on the lines of one frame."""

    work: float = WORK

    def spend(self, work: float) -> bool:
        """Whether there was enough left for this."""
        self.work -= float(work)
        return self.work >= 0


def find_even_lines(
    chain: NDArray[np.bool_], contrast: Contrast, long: int, patience: Patience
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp], float]]:
    """The even lines in a chain of runs, which writing may have chained together.

    Args:
        chain: where the runs are, (height, width): every STEP-th column of the full picture, all of its rows.
        contrast: float32, the same shape.
        long: least length of a line, px of the full picture.
        patience: ends the search; what is not found by then is left for writing.

    Yields:
        Rows (thickness, n) and columns (n,) of a line's pixels, and its contrast.
    """
    if not patience.spend(AREA_WORK * chain.size):
        return
    thin, dots = max(4.0, THIN * long), max(1, long // 30 // STEP)
    edges = np.diff(chain.astype(np.int8), axis=0, prepend=0, append=0).T  # by columns
    x, top = np.nonzero(edges == 1)
    thickness = np.nonzero(edges == -1)[1] - top
    middle = top + (thickness - 1) / 2
    writing = 0
    while writing < MAX_WRITING and x.size and _count_columns(x) * STEP >= LINE_DENSITY * long:
        if not patience.spend(FITS_WORK * len(x) + min(VOTERS, len(x)) * 2 * np.ptp(middle) / thin):
            return
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
    along = x - x[0] - length / 2
    voters = slice(None) if len(x) <= VOTERS else _choose_evenly(len(x))
    below = y[voters] - slopes[:, np.newaxis] * along[voters]
    lowest = below.min()
    strips = ((below - lowest) / (thin / 2)).astype(np.intp)
    count = int(strips.max()) + 2
    votes = np.bincount((strips + count * np.arange(len(slopes))[:, np.newaxis]).ravel(), minlength=count * len(slopes))
    best, first = divmod(int((votes[:-1] + votes[1:]).argmax()), count)
    strip = np.floor((y - slopes[best] * along - lowest) / (thin / 2))
    return np.asarray((strip == first) | (strip == first + 1), np.bool_)


def _choose_evenly(count: int) -> NDArray[np.intp]:
    """VOTERS of so many indices, spread evenly, and in step with no pattern: by the golden ratio."""
    return np.asarray(np.arange(VOTERS) * ((np.sqrt(5) - 1) / 2) % 1 * count, np.intp)


def _count_columns(x: NDArray[np.intp]) -> int:
    """How many different ones there are in an ascending row."""
    return int(np.count_nonzero(np.diff(x))) + 1 if x.size else 0


def _median(values: NDArray[np.intp] | Contrast) -> float:
    """Of a row that is not empty, the upper one of two; NumPy's own takes several times as long for so few."""
    middle = values.size // 2
    return float(np.partition(values, middle)[middle])


def _within(rows: NDArray[np.intp], height: int) -> NDArray[np.intp]:
    """Rows of a picture of that height, the nearest ones."""
    return np.minimum(np.maximum(rows, 0), height - 1)


def _quarter(lines: Contrast) -> Contrast:
    """What a quarter of each row stays below."""
    return np.asarray(np.sort(lines, axis=1)[:, lines.shape[1] // 4], np.float32)


def _line_contrast(line: Contrast, dots: int) -> float:
    """Contrast of a line, (thickness, length), if it is even, else 0: a row of writing has gaps of paper.

    Dotted lines count as even: each column takes the strongest of `dots` neighbours.
    """
    column = cv2.dilate(line.max(axis=0)[np.newaxis], np.ones((1, dots), np.uint8))[0]
    typical = _median(column)
    return typical if np.count_nonzero(column > 0.4 * typical) > LINE_DENSITY * column.size else 0.0
