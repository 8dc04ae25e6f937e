"""Touching digits: a wide candidate that is no digit is cut where it is thin or low, and the classifier chooses."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import NOT_A_DIGIT, Box, Ink, Probabilities
from edge.glyph import find_ink_box
from edge.segment import Candidate

WIDE = 0.8
"""Narrower than this share of its height, a candidate is hardly two digits."""
MAX_CUTS = 5
"""Of each kind, the thinnest first."""
PIECE_WIDTH = 0.15, 1.1
"""A piece is as wide as these shares of the height: from a 1 to a broad 0 or 2."""
PIECE_HEIGHT = 0.5
"""A digit in a row of touching ones has at least this share of the row's height."""
SLANTS = (-0.2, 0.0, 0.2, 0.4, 0.6)
"""Horizontal shift per row by which cuts may lean, to the right."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """The ways to cut one candidate."""

    pieces: dict[tuple[int, int], Candidate]
    """Between two of the edges, by their numbers; a piece that is no digit for its size is left out."""
    edges: int
    """How many: the candidate's left end, its cuts, its right end."""


def propose_cuts(whole: Candidate) -> Cuts | None:
    """The pieces that a candidate falls into where it is cut in likely places; None where it is too narrow for two."""
    height, width = whole.ink.shape
    if width < WIDE * height:
        return None
    slant = _find_slant(whole.ink)
    leaning = _lean(whole.ink.shape, slant)
    edges = _find_cuts(whole.ink, leaning)
    low, high = (share * height for share in PIECE_WIDTH)
    spans = [(a, b) for a in range(len(edges)) for b in range(a + 1, len(edges)) if low <= edges[b] - edges[a] <= high]
    pieces = {span: piece for span in spans if (piece := _cut_out(whole, leaning, edges[span[0]], edges[span[1]]))}
    return Cuts(pieces, len(edges)) if len(pieces) > 1 else None


def choose_cuts(
    cuts: Cuts, rows: Sequence[Probabilities], min_confidence: float
) -> list[tuple[Candidate, Probabilities]]:
    """The digits that a candidate consists of.

    Args:
        cuts: the pieces that were proposed.
        rows: probabilities of each piece, (11,).
        min_confidence: every piece must be a digit with at least this confidence.

    Returns:
        The pieces, left to right, each with its probabilities; empty where no way to cut gives digits alone.
    """
    probabilities = dict(zip(cuts.pieces, rows, strict=True))
    best = _best_way(cuts.edges, probabilities, min_confidence)
    return [(cuts.pieces[span], probabilities[span]) for span in best] if len(best) > 1 else []


def _find_slant(ink: Ink) -> float:
    """The slant that makes the strokes stand upright: the columns are then either full or empty."""
    return max(SLANTS, key=lambda slant: float((_profile(ink, _lean(ink.shape, slant)) ** 2).sum()))


def _lean(shape: tuple[int, ...], slant: float) -> NDArray[np.int32]:
    """For each pixel its column after the slant is taken out, from 0, (height, width)."""
    height, width = shape
    rows, columns = np.mgrid[0:height, 0:width]
    leaning = np.round(columns + slant * rows).astype(np.int32)
    return np.asarray(leaning - leaning.min(), np.int32)


def _profile(ink: Ink, leaning: NDArray[np.int32]) -> NDArray[np.float64]:
    """How much ink each leaning column holds."""
    return np.asarray(np.bincount(leaning.ravel(), weights=(ink > 0).ravel()), np.float64)


def _extent(ink: Ink, leaning: NDArray[np.int32]) -> NDArray[np.float64]:
    """From the highest to the lowest ink in each leaning column."""
    rows, columns = np.nonzero(ink)
    top, bottom = np.full(leaning.max() + 1, len(ink)), np.zeros(leaning.max() + 1, int)
    np.minimum.at(top, leaning[rows, columns], rows)
    np.maximum.at(bottom, leaning[rows, columns], rows + 1)
    return np.asarray(np.maximum(bottom - top, 0), np.float64)


def _find_cuts(ink: Ink, leaning: NDArray[np.int32]) -> list[int]:
    """Leaning columns where digits may touch, with both ends, ascending: little ink, or a low waist between bellies."""
    profile = _profile(ink, leaning)
    inked = np.flatnonzero(profile)
    first, end = int(inked[0]), int(inked[-1]) + 1
    reach = max(1, ink.shape[0] // 20)
    cuts = {cut for curve in (profile, _extent(ink, leaning)) for cut in _find_minima(curve, first, end, reach)}
    return [first, *sorted(cuts), end]


def _find_minima(curve: NDArray[np.float64], first: int, end: int, reach: int) -> list[int]:
    """The lowest local minima of a curve between two columns, at most MAX_CUTS."""
    smooth = cv2.blur(curve[np.newaxis].astype(np.float32), (2 * reach + 1, 1))[0]
    minima = [
        x
        for x in range(first + 2 * reach, end - 2 * reach)
        if smooth[x] <= smooth[max(0, x - 3 * reach) : x + 3 * reach + 1].min()
    ]
    middles = [x for x, following in pairwise([*minima, end + 9 * reach]) if following - x > reach]  # one per plateau
    return sorted(middles, key=lambda x: float(smooth[x]))[:MAX_CUTS]


def _cut_out(whole: Candidate, leaning: NDArray[np.int32], start: int, end: int) -> Candidate | None:
    """What lies between two leaning columns; None where that is too low for a digit."""
    ink = np.where((leaning >= start) & (leaning < end), whole.ink, 0).astype(np.uint8)
    box = find_ink_box(ink)
    if box is None or box.height < PIECE_HEIGHT * whole.box.height:
        return None
    crop = ink[box.y : box.bottom, box.x : box.right]
    return Candidate(Box(whole.box.x + box.x, whole.box.y + box.y, box.width, box.height), crop)


def _best_way(
    edges: int, probabilities: dict[tuple[int, int], Probabilities], min_confidence: float
) -> list[tuple[int, int]]:
    """The spans from the first edge to the last whose weakest digit is the strongest; empty where there are none."""
    reached: dict[int, tuple[float, list[tuple[int, int]]]] = {0: (1.0, [])}
    for end in range(1, edges):
        ways = []
        for start in range(end):
            row = probabilities.get((start, end))
            if start in reached and row is not None and row.argmax() != NOT_A_DIGIT and row.max() >= min_confidence:
                weakest, way = reached[start]
                ways.append((min(weakest, float(row.max())), [*way, (start, end)]))
        if ways:
            reached[end] = max(ways)
    return reached[edges - 1][1] if edges - 1 in reached else []
