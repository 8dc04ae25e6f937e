"""What a candidate's neighbours say: among digits a doubtful shape is a digit, inside a word it is a letter.

The networks saw each candidate alone. A small network hears, for each, what they said of it and of its neighbours on
the line, and how those stand beside it: numbers are of one height, words have tall letters, low ones and tails. It
gives the log odds that the candidate is a digit; which of the ten, stays the networks' own view. `make convert` trains
it; its weights are in the card.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from edge.contract import NOT_A_DIGIT, Probabilities
from edge.finding.crops import Places
from edge.finding.segment import Candidate
from edge.reading.lines import Rows, group_rows
from edge.reading.union import Pool, Weights, choose_candidates, log_odds, weigh_witnesses

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
    """The N candidates of one frame that stay, with their neighbours, as the network hears them."""

    numbers: list[int]
    """Of each in the pool."""
    candidates: list[Candidate]
    alone: Probabilities
    """(N, 11), before the neighbours are heard."""
    rows: Rows
    """Which of them may stand on one line."""
    own: _Real
    """(N, OWN + OF_FRAME)."""
    pairs: NDArray[np.intp]
    """(P, 3): who is spoken to, from which side (0 left, 1 right), and how many stand between, from 0 on."""
    said: _Real
    """(P, OWN + OF_PAIR)."""


def meet(pool: Pool, weights: Weights) -> Company:
    """Who stays of a frame's candidates, and what the network hears of each and of its neighbours."""
    joint = weigh_witnesses(pool, weights)
    chosen = choose_candidates(pool, joint)
    numbers, candidates = [number for number, _ in chosen], [candidate for _, candidate in chosen]
    boxes = [candidate.box for candidate in candidates]
    rows = group_rows(boxes)
    sides = np.array([(box.x, box.y, box.right, box.bottom) for box in boxes], np.float32).reshape(-1, 4)
    own = _describe(pool, numbers, joint[numbers], sides)
    pairs = np.array(_pair(rows), np.intp).reshape(-1, 4)
    beside = _compare(sides, pairs)
    frame = _look_around(sides, 1 - joint[numbers, NOT_A_DIGIT])
    return Company(
        numbers,
        candidates,
        joint[numbers],
        rows,
        own=np.hstack([own, frame]).astype(np.float32),
        pairs=pairs[:, [0, 2, 3]],
        said=np.hstack([own[pairs[:, 1]], beside]).astype(np.float32),
    )


def weigh_company(company: Company, weights: tuple[float, ...]) -> Probabilities:
    """Let the candidates of one frame speak for and against each other.

    Args:
        company: N candidates.
        weights: WEIGHTS of them, or none: then nobody is heard.

    Returns:
        float32, (N, 11), rows sum to 1: the probability of class 10 follows the company, the ten digits share the rest
        as they did before.
    """
    if not weights or not company.numbers:
        return company.alone
    neighbour, bias, listener, hidden, hidden_bias, last, last_bias = _unpack(weights)
    whom, side, _ = company.pairs.T
    words = np.maximum(company.said @ neighbour + bias + (company.own @ listener)[whom], 0) / NEIGHBOURS
    heard = np.zeros((len(company.own), 2, SAYING), np.float32)
    np.add.at(heard, (whom, side), words)
    known = np.hstack([heard.reshape(len(heard), -1), company.own])
    odds = np.maximum(known @ hidden + hidden_bias, 0) @ last + last_bias
    digits = company.alone[:, :NOT_A_DIGIT]
    share = 1 / (1 + np.exp(-np.clip(odds, -12, 12)))
    whole = np.maximum(digits.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return np.hstack([digits / whole * share, 1 - share]).astype(np.float32)


def _describe(pool: Pool, numbers: list[int], joint: Probabilities, sides: Places) -> NDArray[np.float64]:
    """(N, OWN): log odds by all witnesses, by glyph, crop and finder; shape; which of the ten digits."""
    digit = 1 - joint[:, NOT_A_DIGIT]
    witnesses = [digit, 1 - pool.glyph[numbers, NOT_A_DIGIT], 1 - pool.crop[numbers, NOT_A_DIGIT], pool.heat[numbers]]
    odds = [np.nan_to_num(log_odds(one.astype(float))) / 3 for one in witnesses]  # 0 of one that was not asked
    left, top, right, bottom = sides.T
    which = joint[:, :NOT_A_DIGIT] / np.maximum(1e-9, digit)[:, np.newaxis]
    return np.column_stack([*odds, np.log((right - left) / (bottom - top)), which])


def _look_around(sides: Places, digit: NDArray[np.float32]) -> NDArray[np.float64]:
    """(N, OF_FRAME): share of digits in the frame, how full it is, height as a share of the usual."""
    count, height = len(sides), _heights(sides)
    likely = height[digit > 0.5] if (digit > 0.5).any() else height
    usual = np.median(likely) if count else 1.0
    share, fullness = (digit.sum() + 1) / (count + 2), np.log1p(count) / 4
    return np.column_stack([np.full(count, share), np.full(count, fullness), np.clip(np.log(height / usual), -2, 2)])


def _compare(sides: Places, pairs: NDArray[np.intp]) -> NDArray[np.float64]:
    """(P, OF_PAIR): how the neighbour stands beside the one that hears it, in heights of that one."""
    left, top, right, bottom = sides.T
    height = _heights(sides)
    one, other, side, between = pairs.T
    apart = np.where(side == 0, left[one] - right[other], left[other] - right[one])
    gap = apart / np.maximum(height[one], height[other])
    return np.column_stack(
        [
            np.clip(gap, -1, 4),
            np.exp(-np.maximum(gap, 0)),
            np.clip(np.log(height[other] / height[one]), -2, 2),
            np.clip((bottom[other] - bottom[one]) / height[one], -2, 2),
            np.clip((top[other] - top[one]) / height[one], -2, 2),
            (between + 1) / NEIGHBOURS,
        ]
    )


def _heights(sides: Places) -> NDArray[np.float32]:
    """Of digits in these boxes: a dash is lower because it is none."""
    return np.asarray(np.maximum(sides[:, 3] - sides[:, 1], (sides[:, 2] - sides[:, 0]) / 2))


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
