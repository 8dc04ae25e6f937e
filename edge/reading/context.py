"""What a candidate's neighbours say: among digits a doubtful shape is likely a digit, among letters it hardly is.

The networks saw each candidate alone. Its log odds of being a digit, and those that the share of digits in its company
has, are weighed and added up; how much either counts is fitted by `make convert`. Which of the ten digits it is stays
the networks' own view: company says nothing about that.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge.contract import NOT_A_DIGIT, Box, Probabilities
from edge.reading.lines import Rows
from edge.reading.union import log_odds

_Real = NDArray[np.float64]

NEIGHBOURS = 8
"""So many candidates on either side of one on its line are its company; a whole line of gravel would take too long."""
FADE = 4.0
"""Heights over which a neighbour's say falls to a third ..."""
ALIKE = 0.3
"""... and by how much ln(height) may differ, as a standard deviation: small print or a dash on the line says nothing
against large writing (strangers' pages: 3 to 5 and 0.3 do best)."""


def weigh_company(
    boxes: Sequence[Box], probabilities: Probabilities, rows: Rows, weights: tuple[float, ...]
) -> Probabilities:
    """Let the candidates of one frame speak for and against each other.

    Args:
        boxes: N of them, in any order.
        probabilities: float32, (N, 11), of each candidate alone.
        rows: which of the boxes may stand on one line.
        weights: bias, own log odds, company's.

    Returns:
        float32, (N, 11), rows sum to 1: the probability of class 10 follows the company, the ten digits share the rest
        as they did before.
    """
    return _set_odds(probabilities, features_of_company(boxes, probabilities, rows) @ np.array(weights))


def features_of_company(boxes: Sequence[Box], probabilities: Probabilities, rows: Rows) -> NDArray[np.float64]:
    """(N, 3): 1, own log odds, those of the share of digits in the company."""
    own = log_odds(1 - probabilities[:, NOT_A_DIGIT].astype(float))
    share = 1 / (1 + np.exp(-own))
    everyone, digits = _meet(boxes, share, rows)
    # All others of the frame say as much as one close neighbour, and of them one digit and one that is none are taken
    # for granted: one speck must not speak for a whole frame.
    expected = (share.sum() - share + 1) / (len(share) + 1)
    company = log_odds((digits + expected) / (everyone + 1))
    return np.column_stack([np.ones_like(own), own, company])


def _meet(
    boxes: Sequence[Box], share: NDArray[np.float64], rows: Rows
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How many neighbours each has, and how many of them are digits, each weighted by how close and alike it is."""
    pairs = [(one, other) for row in rows.members for n, one in enumerate(row) for other in row[n + 1 :][:NEIGHBOURS]]
    one, other = np.array(pairs, np.intp).reshape(-1, 2).T
    sides = [(box.x, box.right, _height(box)) for box in boxes]
    left, right, height = np.array(sides, float).reshape(-1, 3).T
    gap = np.maximum(0, left[other] - right[one]) / np.maximum(height[one], height[other])
    unlike = np.log(height[one] / height[other]) / ALIKE
    weight = np.exp(-gap / FADE - unlike * unlike / 2)
    who, whom, weight = np.hstack([one, other]), np.hstack([other, one]), np.hstack([weight, weight])
    everyone, digits = np.zeros(len(boxes)), np.zeros(len(boxes))
    np.add.at(everyone, who, weight)
    np.add.at(digits, who, weight * share[whom])
    return everyone, digits


def _set_odds(probabilities: Probabilities, odds: NDArray[np.float64]) -> Probabilities:
    """Probabilities, (N, 11), with other log odds of being a digit, (N,)."""
    digits = probabilities[:, :NOT_A_DIGIT]
    share = 1 / (1 + np.exp(-odds.astype(np.float32)[:, np.newaxis]))
    whole = np.maximum(digits.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return np.hstack([digits / whole * share, 1 - share])


def _height(box: Box) -> float:
    """Of a digit in this box: a dash is lower because it is none."""
    return max(box.height, box.width / 2)
