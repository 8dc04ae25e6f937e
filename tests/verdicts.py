"""A stand-in for the classifier: what it says of candidates, and how often it was asked."""

from collections.abc import Callable, Sequence

import numpy as np

from edge.contract import LABELS, NOT_A_DIGIT, Probabilities
from edge.finding.segment import Candidate


def verdict(class_id: int, confidence: float = 0.95) -> Probabilities:
    """One row of probabilities, (11,): so sure of this class, the rest shared by the others."""
    row = np.full(len(LABELS), (1 - confidence) / (len(LABELS) - 1), np.float32)
    row[class_id] = confidence
    return row


def by_width(candidate: Candidate) -> Probabilities:
    """Up to 12 px wide it is a 1, 20 to 45 px a 0, anything else is none."""
    width = candidate.box.width
    return verdict(1 if width <= 12 else 0 if 20 <= width <= 45 else NOT_A_DIGIT)


class FakeClassifier:
    """Judges each candidate by itself; remembers how many it was asked about in each call.

    Args:
        judge: candidate -> probabilities, (11,).
    """

    def __init__(self, judge: Callable[[Candidate], Probabilities] = by_width) -> None:
        self._judge = judge
        self.calls: list[int] = []

    def __call__(self, candidates: Sequence[Candidate]) -> Probabilities:
        self.calls.append(len(candidates))
        return np.array([self._judge(candidate) for candidate in candidates], np.float32).reshape(-1, len(LABELS))
