"""Pools of candidates for tests: boxes, and what glyph, crop and finder say of them."""

import numpy as np

from edge.contract import Box, Probabilities
from edge.finding.segment import Candidate
from edge.reading.context import SHAPES
from edge.reading.union import Pool, Weights

NEVER = np.full(11, np.nan, np.float32)
"""Of a witness that was not there, or not asked."""
EQUAL = Weights(both=(0.0, 1.0, 1.0, 1.0, 0.0), alone=(0.0, 1.0, 1.0), glyph_share=0.5, company=())
ONLY_CROPS = Weights(both=(0.0, 0.0, 1.0, 0.0, 0.0), alone=(0.0, 1.0, 0.0), glyph_share=0.5, company=())
"""The crops' reader alone says how likely a digit is."""


def build_candidate(box: Box) -> Candidate:
    return Candidate(box, np.full((box.height, box.width), 255, np.uint8))


def build_pool(*rows: tuple[Box, Probabilities, Probabilities, float]) -> Pool:
    """Box, the glyph's view, the crop's, heat; all are as dark on their paper."""
    boxes = [box for box, *_ in rows]
    grey = np.full(
        (max((box.bottom for box in boxes), default=0) + 9, max((box.right for box in boxes), default=0) + 9),
        220,
        np.uint8,
    )
    for box in boxes:
        grey[box.y : box.bottom, box.x : box.right] = 60
    return Pool(
        grey,
        [build_candidate(box) for box in boxes],
        np.array([(box.x, box.y, box.right, box.bottom) for box in boxes], np.float32).reshape(-1, 4),
        np.array([glyph for _, glyph, _, _ in rows], np.float32).reshape(-1, 11),
        np.array([crop for _, _, crop, _ in rows], np.float32).reshape(-1, 11),
        np.array([heat for *_, heat in rows], np.float32),
    )


def hear_shares(company: float = 1.0, own: float = 3.0) -> tuple[float, ...]:
    """Weights set by hand: own log odds, plus the mean of those of the neighbours."""
    parts = [np.zeros(shape, np.float32) for shape in SHAPES]
    neighbour, _, _, hidden, _, last, _ = parts
    neighbour[0, 0], neighbour[0, 1] = 1, -1  # what speaks for a digit, and against it
    hidden[[0, 8], 0] = hidden[[1, 9], 1] = 1  # from the left and from the right
    hidden[16, 2], hidden[16, 3] = 1, -1  # own odds, both ways
    last[:4, 0] = company, -company, own, -own
    return tuple(float(one) for part in parts for one in part.ravel())
