"""Pages as the fits see them: candidates with their labels and what the witnesses say."""

import numpy as np

from edge.contract import LABELS, NOT_A_DIGIT, Box
from tests.pools import build_pool
from train.learning.thresholds import SeenPage


def build_probabilities(*confidences: float, guess: int = 3) -> np.ndarray:
    """Rows with this confidence in `guess`; the rest is class 10's."""
    rows = np.zeros((len(confidences), len(LABELS)), np.float32)
    rows[:, guess] = confidences
    rows[:, NOT_A_DIGIT] = 1 - rows[:, guess]
    return rows


def build_page(
    labels: list[int], views: list[tuple[np.ndarray, np.ndarray, float]], *, boxes: list[Box] | None = None
) -> SeenPage:
    """A page of candidates with their labels and what glyph, crop and finder say; far apart unless boxes are given."""
    boxes = boxes or [Box(10 + 300 * n, 100 + 300 * n, 20, 40) for n in range(len(labels))]
    pool = build_pool(*((box, *view) for box, view in zip(boxes, views, strict=True)))
    return SeenPage(pool, np.array(labels, np.int64), written=sum(0 <= label < NOT_A_DIGIT for label in labels))


def either(share: float) -> np.ndarray:
    """One row of probabilities, (11,): a 3 with this share, else no digit."""
    return build_probabilities(share)[0]
