"""Broken digits: neighbours of which one is no digit by itself, put together on trial; the classifier chooses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge.contract import NOT_A_DIGIT, Box, Probabilities
from edge.finding.segment import Candidate

JOIN_GAP = 0.4
"""Pieces of one digit are nearer than this share of the writing's height ..."""
JOINED_HEIGHT = 1.4
"""... and together no higher than so many heights ..."""
JOINED_WIDTH = 1.2
"""... nor wider than this share of their height."""
MAX_JOINS = 100
"""So many are tried in one frame."""


@dataclass(frozen=True, slots=True)
class Join:
    """Two candidates as one."""

    first: int
    """Index of the larger one among the frame's candidates."""
    second: int
    together: Candidate


def propose_joins(candidates: Sequence[Candidate], rows: Sequence[Probabilities], min_confidence: float) -> list[Join]:
    """Pairs of neighbours that may be one digit; the pieces must not both be clear digits.

    Args:
        candidates: of one frame.
        rows: probabilities of each, (11,).
        min_confidence: of a clear digit.
    """
    clear = [is_digit(row, min_confidence) for row in rows]
    heights = [one.box.height for one, digit in zip(candidates, clear, strict=True) if digit]
    typical = float(np.median(heights or [max(one.box.height, one.box.width) for one in candidates] or [0]))
    joins = []
    for first, one in enumerate(candidates):
        for second in range(first + 1, len(candidates)):
            if not (clear[first] and clear[second]) and _may_be_one(one.box, candidates[second].box, typical):
                joins.append(Join(first, second, _put_together(one, candidates[second])))
                if len(joins) == MAX_JOINS:
                    return joins
    return joins


def choose_joins(
    joins: Sequence[Join], joined: Sequence[Probabilities], rows: Sequence[Probabilities], min_confidence: float
) -> list[int]:
    """Indices of the joins that make a clear digit, clearer than its pieces; no piece is used twice."""
    gains = [
        (float(whole.max()) - max(_digit_confidence(rows[join.first]), _digit_confidence(rows[join.second])), number)
        for number, (join, whole) in enumerate(zip(joins, joined, strict=True))
        if is_digit(whole, min_confidence)
    ]
    used: set[int] = set()
    chosen = []
    for gain, number in sorted(gains, reverse=True):
        pieces = {joins[number].first, joins[number].second}
        if gain > 0 and not pieces & used:
            chosen.append(number)
            used |= pieces
    return chosen


def is_digit(row: Probabilities, min_confidence: float) -> bool:
    """Whether a digit is likeliest, with at least this confidence."""
    return bool(row.argmax() != NOT_A_DIGIT and row.max() >= min_confidence)


def _digit_confidence(row: Probabilities) -> float:
    return float(row.max()) if row.argmax() != NOT_A_DIGIT else 0.0


def _may_be_one(a: Box, b: Box, typical: float) -> bool:
    across, down = max(a.x, b.x) - min(a.right, b.right), max(a.y, b.y) - min(a.bottom, b.bottom)
    if max(across, down) > JOIN_GAP * typical or (across > 0 and down > 0):
        return False
    both = a.union(b)
    return both.height <= JOINED_HEIGHT * max(typical, a.height) and both.width <= JOINED_WIDTH * both.height


def _put_together(a: Candidate, b: Candidate) -> Candidate:
    box = a.box.union(b.box)
    ink = np.zeros((box.height, box.width), np.uint8)
    for one in (a, b):
        where = (
            slice(one.box.y - box.y, one.box.bottom - box.y),
            slice(one.box.x - box.x, one.box.right - box.x),
        )
        ink[where] = np.maximum(ink[where], one.ink)
    return Candidate(box, ink)
