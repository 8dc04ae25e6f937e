"""Touching digits: a wide candidate that is no digit is cut along seams with little ink, and the classifier chooses."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import NOT_A_DIGIT, Box, Ink, Probabilities
from edge.finding.segment import Candidate
from edge.reading.glyph import find_ink_box

WIDE = 0.8
"""Narrower than this share of its height, a candidate is hardly two digits."""
LOOK_HEIGHT = 64
"""Higher candidates are reduced to this height, px, while seams are looked for."""
STEP_COST = 0.8
"""A seam's step aside, down one row and over one column, costs as much as this share of an inked pixel: otherwise
seams would wind around every bow of a stroke."""
SLANTS = (-0.2, 0.0, 0.2, 0.4, 0.6)
"""Slants that are told apart, columns per row, to the right ..."""
SLANT_TRUST = 0.5
"""... and this share of the slant is taken out before: slanting strokes of upright digits look like one, too."""
MAX_COST = 0.6
"""A seam costs no more than an upright stroke through this share of the height."""
APART = 0.05
"""Averaged over the rows, two seams are at least this share of the height apart."""
MAX_SEAMS, MAX_WAISTS = 10, 5
"""So many seams are taken that lead through little ink, and so many that lead through a waist, the cheapest ones."""
PIECE_WIDTH = 0.08, 1.2
"""A piece is as wide as these shares of the height: from a 1 to a broad 0 or 2."""
PIECE_HEIGHT = 0.5
"""A digit in a row of touching ones has at least this share of the row's height."""
MIN_INK = 0.03
"""A seam leaves on each side at least this share of the ink."""

_Seams = NDArray[np.intp]
"""The column in which each seam crosses each row, (seams, rows), or one seam alone, (rows,)."""


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
    seams = _find_seams(whole.ink)
    place = (np.arange(width) >= seams[..., np.newaxis]).sum(axis=0)  # how many seams are left of each pixel
    edges = len(seams) + 2
    strips = [find_ink_box(np.where(place == strip, whole.ink, 0).astype(np.uint8)) for strip in range(edges - 1)]
    pieces = {
        (a, b): _cut_out(whole, box, place, a, b)
        for a in range(edges - 1)
        for b, box in enumerate(accumulate(strips[a:], _union), a + 1)
        if box is not None and b - a < edges - 1 and _may_be_digit(box, height)
    }
    return Cuts(pieces, edges) if len(pieces) > 1 else None


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


def _find_seams(ink: Ink) -> _Seams:
    """Ways from the top to the bottom where digits may touch, from left to right; they hardly ever cross.

    Some lead through as little ink as possible. Others lead through as little as possible of what the outline holds:
    between two bellies there is a waist, though the ink of a hole's walls may be less.

    Source: seam carving (Avidan and Shamir 2007); the first to cut touching digits along such ways were Congedo,
    Dimauro, Impedovo and Pirlo 1995.
    """
    scale = min(1.0, LOOK_HEIGHT / len(ink))
    size = max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale))
    small = ink if scale == 1 else cv2.resize(ink, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    upright, moved = _shear(small, SLANT_TRUST * _find_slant(small))
    inked = (upright > 0).view(np.uint8)
    outlines, _ = cv2.findContours(inked, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(inked.copy(), outlines, -1, 1, cv2.FILLED).astype(np.uint8, copy=False)
    chosen: list[_Seams] = []
    for cost, count in ((inked, MAX_SEAMS), (filled, MAX_WAISTS)):
        chosen += _choose_seams(cost, inked, chosen, count)
    seams = np.array(chosen, float).reshape(len(chosen), len(inked))
    seams = seams[np.argsort(seams.mean(axis=1))] - moved
    rows = np.minimum((np.arange(len(ink)) * scale).astype(np.intp), len(inked) - 1)
    return np.asarray(np.round(seams[:, rows] / scale), np.intp)


def _choose_seams(cost: Ink, inked: Ink, others: Sequence[_Seams], count: int) -> list[_Seams]:
    """The cheapest ways down with ink on both sides, apart from each other and from the others; at most so many."""
    height = len(inked)
    ways, costs = _follow_down(cost.astype(np.float32))
    left = np.pad(inked.cumsum(axis=1), ((0, 0), (1, 0)))[np.arange(height), ways].sum(axis=1)
    whole = np.count_nonzero(inked)
    usable = (left >= MIN_INK * whole) & (left <= (1 - MIN_INK) * whole) & (costs <= MAX_COST * height)
    costs = np.where(usable, costs, np.inf)

    def leave_out(way: _Seams) -> None:
        costs[np.abs(ways - way).mean(axis=1) <= APART * height] = np.inf

    for other in others:
        leave_out(other)
    chosen: list[_Seams] = []
    while len(chosen) < count and np.isfinite(costs.min()):
        chosen.append(ways[costs.argmin()])
        leave_out(chosen[-1])
    return chosen


def _find_slant(ink: Ink) -> float:
    """The slant that makes the strokes stand upright: the columns are then either full or empty."""
    return max(SLANTS, key=lambda slant: float(np.square(np.count_nonzero(_shear(ink, slant)[0], axis=0)).sum()))


def _shear(ink: Ink, slant: float) -> tuple[Ink, NDArray[np.float64]]:
    """The ink with a slant taken out, and by how many columns each row is moved."""
    height, width = ink.shape
    moved = slant * np.arange(height) + max(0.0, -slant * (height - 1))
    matrix = np.array([[1, slant, moved[0]], [0, 1, 0]])
    size = width + math.ceil(abs(slant) * (height - 1)), height
    return cv2.warpAffine(ink, matrix, size, flags=cv2.INTER_NEAREST).astype(np.uint8, copy=False), moved


def _follow_down(cost: NDArray[np.float32]) -> tuple[_Seams, NDArray[np.float32]]:
    """The cheapest way down to each column of the last row, (columns, rows), and what it costs, (columns,)."""
    height, width = cost.shape
    total, steps = cost[0].copy(), np.zeros((height, width), np.int8)
    beside = np.full(width + 2, np.inf, np.float32)
    left, right = beside[:-2], beside[2:]
    for row in range(1, height):
        np.add(total, np.float32(STEP_COST), out=beside[1:-1])
        aside = np.minimum(left, right)
        np.copyto(steps[row], np.where(left <= right, -1, 1), where=aside < total, casting="unsafe")
        np.minimum(total, aside, out=total)
        total += cost[row]
    column = np.arange(width)
    seams = np.empty((height, width), np.intp)
    for row in range(height - 1, -1, -1):
        seams[row] = column
        column = column + steps[row, column]
    return seams.T, total


def _union(one: Box | None, other: Box | None) -> Box | None:
    """Around both, where there are both."""
    return one.union(other) if one and other else one or other


def _may_be_digit(box: Box, height: int) -> bool:
    """Whether a piece is not too low, too narrow or too wide for a digit in a row of this height."""
    return box.height >= PIECE_HEIGHT * height and PIECE_WIDTH[0] * height <= box.width <= PIECE_WIDTH[1] * height


def _cut_out(whole: Candidate, box: Box, place: NDArray[np.intp], a: int, b: int) -> Candidate:
    """The part of a candidate in a box of its crop that lies in the places from a to b."""
    where = slice(box.y, box.bottom), slice(box.x, box.right)
    between = (place[where] >= a) & (place[where] < b)
    crop = np.where(between, whole.ink[where], 0).astype(np.uint8)
    return Candidate(Box(whole.box.x + box.x, whole.box.y + box.y, box.width, box.height), crop)


def _best_way(
    edges: int, probabilities: dict[tuple[int, int], Probabilities], min_confidence: float
) -> list[tuple[int, int]]:
    """The likeliest spans from the first edge to the last, all of them digits; empty where there are none."""
    reached: dict[int, tuple[float, list[tuple[int, int]]]] = {0: (0.0, [])}
    for end in range(1, edges):
        ways = []
        for start in range(end):
            row = probabilities.get((start, end))
            if start in reached and row is not None and row.argmax() != NOT_A_DIGIT and row.max() >= min_confidence:
                likelihood, way = reached[start]
                ways.append((likelihood + math.log(row.max()), [*way, (start, end)]))
        if ways:
            reached[end] = max(ways)
    return reached[edges - 1][1] if edges - 1 in reached else []
