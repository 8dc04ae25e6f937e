"""What a candidate's neighbours say: among digits a doubtful shape is a digit, inside a word it is a letter.

The networks saw each candidate alone. A small network hears, for each, what they said of it and of its neighbours on
the line, and how those stand beside it: numbers are of one height, words have tall letters, low ones and tails. It
gives the log odds that the candidate is a digit; which of the ten, stays the networks' own view. `make convert` trains
it; its weights are in the card.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from edge.contract import NOT_A_DIGIT, Box, Probabilities
from edge.reading.lines import Rows
from edge.reading.union import Pool, log_odds

_Real = NDArray[np.float32]

NEIGHBOURS = 5
"""So many candidates on either side of one on its line are heard."""
OWN, OF_FRAME, OF_PAIR = 15, 3, 6
"""What is known of a candidate, of it in its frame, and of how a neighbour stands beside it."""
SAYING, WEIGHING = 8, 12
"""Units: of what a neighbour says, and of the hidden layer that weighs it."""
SHAPES = (
    (OWN + OF_PAIR, SAYING),
    (SAYING,),
    (OWN + OF_FRAME, SAYING),
    (2 * SAYING + OWN + OF_FRAME, WEIGHING),
    (WEIGHING,),
    (WEIGHING, 1),
    (1,),
)
"""Of the weights, as the card has them in turn: what a neighbour says, by itself (with its bias) and by whom
it speaks to; the hidden layer; the log odds."""
WEIGHTS = sum(int(np.prod(shape)) for shape in SHAPES)


@dataclass(frozen=True, slots=True)
class Company:
    """The candidates of one frame with their neighbours, as the network hears them."""

    own: _Real
    """(N, OWN + OF_FRAME)."""
    pairs: NDArray[np.intp]
    """(P, 3): who is spoken to, from which side (0 left, 1 right), and how many stand between, from 0 on."""
    said: _Real
    """(P, OWN + OF_PAIR)."""


def weigh_company(company: Company, probabilities: Probabilities, weights: tuple[float, ...]) -> Probabilities:
    """Let the candidates of one frame speak for and against each other.

    Args:
        company: N candidates.
        probabilities: float32, (N, 11), of each candidate alone.
        weights: WEIGHTS of them, or none: then nobody is heard.

    Returns:
        float32, (N, 11), rows sum to 1: the probability of class 10 follows the company, the ten digits share the rest
        as they did before.
    """
    if not weights or not len(probabilities):
        return probabilities
    neighbour, bias, listener, hidden, hidden_bias, last, last_bias = _unpack(weights)
    whom, side, _ = company.pairs.T
    words = np.maximum(company.said @ neighbour + bias + (company.own @ listener)[whom], 0) / NEIGHBOURS
    heard = np.zeros((len(company.own), 2, SAYING), np.float32)
    np.add.at(heard, (whom, side), words)
    known = np.hstack([heard.reshape(len(heard), -1), company.own])
    odds = np.maximum(known @ hidden + hidden_bias, 0) @ last + last_bias
    digits = probabilities[:, :NOT_A_DIGIT]
    share = 1 / (1 + np.exp(-np.clip(odds, -12, 12)))
    whole = np.maximum(digits.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return np.hstack([digits / whole * share, 1 - share]).astype(np.float32)


def meet(pool: Pool, numbers: Sequence[int], boxes: Sequence[Box], probabilities: Probabilities, rows: Rows) -> Company:
    """What the network hears of the candidates that stayed.

    Args:
        pool: what glyph, crop and finder said.
        numbers: of the N candidates in the pool.
        boxes: theirs.
        probabilities: float32, (N, 11), of each alone.
        rows: which of the boxes may stand on one line.
    """
    if not boxes:
        return Company(
            np.empty((0, OWN + OF_FRAME), np.float32),
            np.empty((0, 3), np.intp),
            np.empty((0, OWN + OF_PAIR), np.float32),
        )
    left, top, right, bottom = np.array([(b.x, b.y, b.right, b.bottom) for b in boxes], np.float32).T
    width = right - left
    height = np.maximum(bottom - top, width / 2)  # of a digit in this box: a dash is lower because it is none
    digit = 1 - probabilities[:, NOT_A_DIGIT]
    witnesses = [digit, 1 - pool.glyph[numbers, NOT_A_DIGIT], 1 - pool.crop[numbers, NOT_A_DIGIT], pool.heat[numbers]]
    odds = [np.nan_to_num(log_odds(one.astype(float))) / 3 for one in witnesses]
    which = probabilities[:, :NOT_A_DIGIT] / np.maximum(1e-9, digit)[:, np.newaxis]
    own = np.column_stack([*odds, np.log(width / (bottom - top)), which])
    usual = np.median(height[digit > 0.5]) if (digit > 0.5).any() else np.median(height)
    frame = [np.full(len(boxes), (digit.sum() + 1) / (len(boxes) + 2)), np.full(len(boxes), np.log1p(len(boxes)) / 4)]
    frame.append(np.clip(np.log(height / usual), -2, 2))
    pairs = np.array(_pair(rows), np.intp).reshape(-1, 4)
    one, other, side, between = pairs.T
    gap = np.where(side == 0, left[one] - right[other], left[other] - right[one]) / np.maximum(
        height[one], height[other]
    )
    beside = np.column_stack(
        [
            np.clip(gap, -1, 4),
            np.exp(-np.maximum(gap, 0)),
            np.clip(np.log(height[other] / height[one]), -2, 2),
            np.clip((bottom[other] - bottom[one]) / height[one], -2, 2),
            np.clip((top[other] - top[one]) / height[one], -2, 2),
            (between + 1) / NEIGHBOURS,
        ]
    )
    return Company(
        np.column_stack([own, *frame]).astype(np.float32),
        pairs[:, [0, 2, 3]],
        np.hstack([own[other], beside]).astype(np.float32),
    )


def _pair(rows: Rows) -> list[tuple[int, int, int, int]]:
    """Who hears whom: two of one row, the side on which the other stands, and how many stand between."""
    return [
        (row[place], row[place + step], int(step > 0), abs(step) - 1)
        for row in rows.members
        for place in range(len(row))
        for step in (*range(-NEIGHBOURS, 0), *range(1, NEIGHBOURS + 1))
        if 0 <= place + step < len(row)
    ]


@lru_cache(maxsize=2)
def _unpack(weights: tuple[float, ...]) -> list[_Real]:
    ends = np.cumsum([int(np.prod(shape)) for shape in SHAPES])
    parts = np.split(np.array(weights, np.float32), ends[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, SHAPES, strict=True)]
