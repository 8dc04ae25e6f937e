"""What a candidate's neighbours say: among digits a doubtful shape is likely a digit, among letters it hardly is.

The net saw each shape alone, and learned how often a shape is a digit from its training material. Here that share is
replaced by the share of digits in the company that the shape keeps, as Bayes' rule has it, and size and pen speak too:

    log odds(digit) = log odds(digit | shape) - logit(trained share) + logit(share of digits in its company)
                      + log likelihood ratio of its height and of its stroke width beside those of the digits there

Which of the ten digits it is stays the net's own view: company says nothing about that.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.contract import NOT_A_DIGIT, Box, Ink, Probabilities
from edge.reading.lines import Rows

TRAINED_SHARE = 0.84
"""Share of digits in what a net was trained on where its card has none: MNIST, and 6 in 10 of 37,000 page glyphs."""
SURE = 0.001
"""The net is never surer than this that a shape is a digit or is none: training did not show it more."""
NEIGHBOURS = 8
"""So many candidates on either side of one on its line are its company; a whole line of gravel would take too long."""
FADE = 10.0
"""Heights over which a neighbour's say falls to a third: a line of digits is mostly digits from end to end ..."""
ALIKE = 0.3
"""... and by how much ln(height) may differ, as a standard deviation: small print or a dash on the line says nothing
against large writing (rendered pages: 0.25 to 0.5 do equally well)."""
FRAME_WEIGHT = 1.0
"""All of the frame together says as much as so many close neighbours ..."""
TRAINED_WEIGHT = 2.0
"""... and in it the training material as much as so many candidates: one speck must not speak for a whole frame."""
DIGITS_SPREAD = 0.3
"""Standard deviation of ln(height) and of ln(stroke width) among the digits of a line (rendered: 0.2, 0.3) ..."""
OTHERS_SPREAD = 0.6
"""... and of what else stands on it, beside them (0.6, 0.5)."""
SCAN = 16
"""So many rows and columns of a candidate tell how wide its strokes are."""
WORST_MISFIT = -6.0
"""Size alone never says more against a digit than this, natural logarithm."""


@dataclass(slots=True)
class _Company:
    """Candidates around one: sums over them, each weighted by how close to it and how alike in height it is."""

    everyone: float = 0.0
    digits: float = 0.0
    height: float = 0.0
    """Sum of ln(height), px, over the digits; `stroke` likewise."""
    stroke: float = 0.0
    contrast: float = 0.0

    def meet(self, other: "_Shape", weight: float) -> None:
        """Let one more neighbour have its say."""
        self.everyone += weight
        weight *= other.share
        self.digits += weight
        self.height += weight * other.height
        self.stroke += weight * other.stroke
        self.contrast += weight * other.contrast

    def meet_all(self, others: "_Company", weight: float) -> None:
        """Let many have their say together, as if they were one."""
        if others.everyone > 0:
            share = weight / others.everyone
            self.everyone += weight
            self.digits += share * others.digits
            self.height += share * others.height
            self.stroke += share * others.stroke
            self.contrast += share * others.contrast

    def fit(self, one: "_Shape") -> float:
        """Log likelihood ratio, digit to none, of a shape's size, pen and ink beside these digits."""
        if self.digits == 0:
            return 0.0
        usual = self.height / self.digits, self.stroke / self.digits, self.contrast / self.digits
        misfits = (own - other for own, other in zip((one.height, one.stroke, one.contrast), usual, strict=True))
        ratios = sum(max(WORST_MISFIT, _FIT - _CURVE * misfit**2) for misfit in misfits)
        return ratios * self.digits / (self.digits + 1)  # one digit alone is a poor measure


@dataclass(frozen=True, slots=True)
class _Shape:
    """What is known of one candidate."""

    share: float
    """Probability that it is a digit, by the net alone."""
    height: float
    """ln(px); `stroke` likewise."""
    stroke: float
    contrast: float
    """ln of its contrast with the paper: what shows through from the back is fainter than what is written here."""


_FIT = math.log(OTHERS_SPREAD / DIGITS_SPREAD)
_CURVE = (DIGITS_SPREAD**-2 - OTHERS_SPREAD**-2) / 2


def weigh_company(
    boxes: Sequence[Box],
    strokes: Sequence[float],
    contrasts: Sequence[float],
    probabilities: Probabilities,
    rows: Rows,
    *,
    trained_share: float = TRAINED_SHARE,
) -> Probabilities:
    """Let the candidates of one frame speak for and against each other.

    Args:
        boxes: N of them, in any order.
        strokes: width of each one's strokes, px, as `find_stroke_width` has it.
        contrasts: of each one with its paper, above 0.
        probabilities: float32, (N, 11), of each shape alone.
        rows: which of the boxes may stand on one line.
        trained_share: of digits, in what the net was trained on: what it expects where a shape tells nothing.

    Returns:
        float32, (N, 11), rows sum to 1: the probability of class 10 follows the company, the ten digits share the rest
        as they did before.
    """
    shapes = [
        _Shape(min(max(1 - other, SURE), 1 - SURE), math.log(_height(box)), math.log(stroke), math.log(contrast))
        for box, stroke, contrast, other in zip(
            boxes, strokes, contrasts, probabilities[:, NOT_A_DIGIT].tolist(), strict=True
        )
    ]
    frame = _Company()
    for shape in shapes:
        frame.meet(shape, 1.0)
    odds = []
    for one, company in zip(shapes, _meet(boxes, shapes, rows), strict=True):
        frame.meet(one, -1.0)  # for this one, all the others
        expected = (frame.digits + TRAINED_WEIGHT * trained_share) / (frame.everyone + TRAINED_WEIGHT)
        prior = (company.digits + FRAME_WEIGHT * expected) / (company.everyone + FRAME_WEIGHT)
        company.meet_all(frame, FRAME_WEIGHT)
        odds.append(_logit(one.share) - _logit(trained_share) + _logit(prior) + company.fit(one))
        frame.meet(one, 1.0)
    return _set_odds(probabilities, odds)


def find_stroke_width(ink: Ink) -> float:
    """Mean width, px, of the strokes in a crop of ink.

    A straight stroke of width w that crosses rows in runs of length a, and columns in runs of length b, has
    1 / w^2 = 1 / a^2 + 1 / b^2. About SCAN rows and columns are looked at.
    """
    height, width = ink.shape
    row_run = _mean_run(ink[:: max(1, height // SCAN)] > 0)
    column_run = _mean_run(ink.T[:: max(1, width // SCAN)] > 0)
    return row_run * column_run / math.hypot(row_run, column_run)


def _mean_run(lines: NDArray[np.bool_]) -> float:
    """Mean length of what is True in one piece along the rows."""
    pixels = int(np.count_nonzero(lines))
    pairs = int(np.count_nonzero(lines[:, 1:] & lines[:, :-1]))  # each pixel follows another one, or a run starts
    return max(1.0, pixels / max(1, pixels - pairs))


def _meet(boxes: Sequence[Box], shapes: Sequence[_Shape], rows: Rows) -> list[_Company]:
    """Each candidate's company."""
    pairs = [(one, other) for row in rows.members for n, one in enumerate(row) for other in row[n + 1 :][:NEIGHBOURS]]
    one, other = np.array(pairs, np.intp).reshape(-1, 2).T
    values = [(one.share, one.height, one.stroke, one.contrast) for one in shapes]
    share, height, stroke, contrast = np.array(values).reshape(-1, 4).T
    left, right = np.array([(box.x, box.right) for box in boxes], float).reshape(-1, 2).T
    gap = np.maximum(0, left[other] - right[one])
    unlike = (height[one] - height[other]) / ALIKE
    weight = np.exp(-gap / (FADE * np.exp(np.maximum(height[one], height[other]))) - unlike * unlike / 2)
    who, whom, weight = np.hstack([one, other]), np.hstack([other, one]), np.hstack([weight, weight])
    digits = weight * share[whom]
    sums = (weight, digits, digits * height[whom], digits * stroke[whom], digits * contrast[whom])
    columns = (np.bincount(who, each, len(shapes)).tolist() for each in sums)
    return [_Company(*company) for company in zip(*columns, strict=True)]


def _set_odds(probabilities: Probabilities, odds: Sequence[float]) -> Probabilities:
    """Probabilities, (N, 11), with other log odds of being a digit, (N,)."""
    digits = probabilities[:, :NOT_A_DIGIT]
    share = 1 / (1 + np.exp(-np.array(odds, np.float32)[:, np.newaxis]))
    whole = np.maximum(digits.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return np.hstack([digits / whole * share, 1 - share])


def _height(box: Box) -> float:
    """Of a digit in this box: a dash is lower because it is none."""
    return max(box.height, box.width / 2)


def _logit(share: float) -> float:
    return math.log(share / (1 - share))
