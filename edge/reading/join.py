"""Broken digits: neighbours of which one is no digit by itself, put together on trial; the classifier chooses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.contract import NOT_A_DIGIT, Box, LeftOut, Probabilities
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


def propose_joins(
    candidates: Sequence[Candidate],
    rows: Sequence[Probabilities],
    min_confidence: float,
    left_out: LeftOut | None = None,
) -> list[Join]:
    """Pairs of neighbours that may be one digit; the pieces must not both be clear digits.

    Args:
        candidates: of one frame.
        rows: probabilities of each, (11,).
        min_confidence: of a clear digit.
        left_out: where the pairs beyond MAX_JOINS are counted.
    """
    clear = [is_digit(row, min_confidence) for row in rows]
    heights = [one.box.height for one, digit in zip(candidates, clear, strict=True) if digit]
    typical = float(np.median(heights or [max(one.box.height, one.box.width) for one in candidates] or [0]))
    may_be_one = _may_be_one([one.box for one in candidates], typical) & ~np.logical_and.outer(clear, clear)
    pairs = np.argwhere(np.triu(may_be_one, 1)).tolist()
    if left_out is not None:
        left_out["joins"] += max(0, len(pairs) - MAX_JOINS)
    return [Join(a, b, _put_together(candidates[a], candidates[b])) for a, b in pairs[:MAX_JOINS]]


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


def _may_be_one(boxes: Sequence[Box], typical: float) -> NDArray[np.bool_]:
    """Which pairs are near and small enough for one digit: (N, N), by the height of the first one."""
    low = np.array([(one.x, one.y) for one in boxes], np.int32).reshape(-1, 2).T[..., np.newaxis]
    high = np.array([(one.right, one.bottom) for one in boxes], np.int32).reshape(-1, 2).T[..., np.newaxis]
    other_low, other_high = low.swapaxes(1, 2), high.swapaxes(1, 2)
    across, down = np.maximum(low, other_low) - np.minimum(high, other_high)
    width, height = np.maximum(high, other_high) - np.minimum(low, other_low)
    near = (np.maximum(across, down) <= JOIN_GAP * typical) & ((across <= 0) | (down <= 0))
    near &= (height <= JOINED_HEIGHT * np.maximum(typical, high[1] - low[1])) & (width <= JOINED_WIDTH * height)
    return np.asarray(near, np.bool_)


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
