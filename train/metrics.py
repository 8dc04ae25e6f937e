"""What is counted on a model's answers: top-1 with misses, accepted and rejected, confusion, calibration error."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from edge.contract import NOT_A_DIGIT, Box, Labels, Logits
from edge.reading.classifier import softmax
from edge.reading.reader import judge

NOTHING = -1
"""Stands for the digit that was read where nothing was found in a picture."""
BINS = 15
"""Of confidence, for the calibration error: as many as in Guo et al. 2017, so that figures can be compared."""

Z95 = 1.96
"""So many standard deviations each way hold 95 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model says to N pictures; each array is (N,)."""

    labels: Labels
    """True class_ids, 0 to 10."""
    read: Labels
    """The best of the ten digits, before rejection; NOTHING where nothing was found in the picture."""
    confidence: NDArray[np.float64]
    """Probability of `read`; 0 where nothing was found."""
    accepted: NDArray[np.bool_]
    """Whether the reader would show `read`, and not "?"."""

    @property
    def digits(self) -> NDArray[np.bool_]:
        """Which pictures show a digit; the others count in accepted and rejected only."""
        return np.asarray(self.labels != NOT_A_DIGIT, np.bool_)

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Which digits top-1 gets wrong; those in which nothing was found are among them."""
        return np.asarray(self.digits & (self.read != self.labels), np.bool_)


@dataclass(frozen=True, slots=True)
class Top1:
    """Top-1 accuracy as it is told: percent and misses together, with n."""

    misses: int
    n: int

    @property
    def percent(self) -> float:
        """Share that is right, 0 to 100."""
        return 100 - 100 * self.misses / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Between which shares of misses, 0 to 1, the true one lies with 95 % certainty; 0 to 1 without digits.

        Source: Wilson 1927; it holds for few digits and for no miss, too.
        """
        if not self.n:
            return 0.0, 1.0
        share, more = self.misses / self.n, Z95**2 / self.n
        middle = (share + more / 2) / (1 + more)
        half = Z95 / (1 + more) * math.sqrt(share * (1 - share) / self.n + more / (4 * self.n))
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        """For example "99.52 % (48 misses of 10,000)"."""
        if not self.n:
            return "no digits"
        return f"{self.percent:.2f} % ({self.misses:,} {'miss' if self.misses == 1 else 'misses'} of {self.n:,})"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How many digits the reader would show right, show wrong, and show as "?"."""

    right: int
    wrong: int
    rejected: int

    @property
    def accepted_percent(self) -> float:
        """Share that is shown as a digit, 0 to 100."""
        return 100 * (self.right + self.wrong) / (self.right + self.wrong + self.rejected)


@dataclass(frozen=True, slots=True)
class Reliability:
    """Digits by their confidence, in BINS bins of equal width from 0 to 1; 0 where a bin is empty."""

    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    """Mean of each bin."""
    accuracy: NDArray[np.float64]
    """Share of each bin that is right."""

    @property
    def calibration_error(self) -> float:
        """ECE: the gap between confidence and accuracy, averaged over the digits bin by bin, 0 to 1."""
        return float((self.counts * np.abs(self.accuracy - self.confidence)).sum() / self.counts.sum())


def top1(logits: Logits) -> Labels:
    """Argmax of the ten digit logits, before rejection: class_ids, (N,)."""
    return np.asarray(logits[:, :NOT_A_DIGIT].argmax(axis=1), np.int64)


def misses(logits: Logits, labels: Labels) -> int:
    """How many digits the top-1 gets wrong."""
    return int((top1(logits) != labels).sum())


def build_answers(
    logits: Logits, labels: Labels, *, nothing_found: Labels, temperature: float = 1.0, min_confidence: float = 0.0
) -> Answers:
    """What (N, 11) logits say, judged as the reader judges them.

    Args:
        logits: of the N glyphs.
        labels: their true class_ids, (N,).
        nothing_found: true class_ids of the pictures that gave no glyph, (M,); they follow at the end as NOTHING.
        temperature: by which the logits are divided.
        min_confidence: below it a digit is rejected.
    """
    verdicts = [judge(Box(0, 0, 0, 0), row, min_confidence) for row in softmax(logits / np.float32(temperature))]
    none = len(nothing_found)
    return Answers(
        labels=np.append(labels, nothing_found).astype(np.int64),
        read=np.append(top1(logits), np.full(none, NOTHING)),
        confidence=np.array([one.confidence for one in verdicts] + [0.0] * none),
        accepted=np.array([not one.rejected for one in verdicts] + [False] * none, np.bool_),
    )


def count_top1(answers: Answers) -> Top1:
    """Top-1 over the digits."""
    return Top1(misses=int(answers.wrong.sum()), n=int(answers.digits.sum()))


@dataclass(frozen=True, slots=True)
class Change:
    """What a second model does to the same digits."""

    more: int
    """Misses more than the first one has; negative: fewer."""
    low: int
    """The 95 % interval ..."""
    high: int
    """... of that, by digits that one of them misses and the other does not: McNemar's."""


def count_change(before: Answers, after: Answers) -> Change:
    """Misses of the second model against those of the first, on the same pictures."""
    worse, better = (
        int((one & ~other).sum()) for one, other in ((after.wrong, before.wrong), (before.wrong, after.wrong))
    )
    more, n = worse - better, max(1, int(after.digits.sum()))
    half = Z95 * math.sqrt(max(0.0, worse + better - more**2 / n))
    return Change(more, math.floor(more - half), math.ceil(more + half))


def count_verdicts(answers: Answers) -> Verdicts:
    """Right, wrong and rejected among the digits."""
    accepted = answers.digits & answers.accepted
    wrong = int((accepted & answers.wrong).sum())
    return Verdicts(int(accepted.sum()) - wrong, wrong, int(answers.digits.sum() - accepted.sum()))


def count_rejected_others(answers: Answers) -> tuple[int, int]:
    """Of the pictures that show no digit: how many are rejected, as they should be, and how many there are."""
    others = ~answers.digits
    return int((others & ~answers.accepted).sum()), int(others.sum())


def count_confusion(answers: Answers) -> NDArray[np.int64]:
    """Confusion matrix of the digits: (10, 11), rows = true, columns = read; the last column: nothing found."""
    order = [*range(NOT_A_DIGIT), NOTHING]
    matrix = confusion_matrix(answers.labels[answers.digits], answers.read[answers.digits], labels=order)
    return np.asarray(matrix[:NOT_A_DIGIT], np.int64)


def measure_digits(answers: Answers) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Precision and recall of each digit by top-1, (10,) each, 0 to 1; nan where there is nothing to divide by."""
    precision, recall, _, _ = precision_recall_fscore_support(
        answers.labels[answers.digits],
        answers.read[answers.digits],
        labels=range(NOT_A_DIGIT),
        zero_division=np.nan,
    )
    return precision, recall


def measure_reliability(answers: Answers) -> Reliability:
    """Confidence against accuracy of the digits; those in which nothing was found have no confidence to judge."""
    asked = answers.digits & (answers.read != NOTHING)
    confidence, right = answers.confidence[asked], ~answers.wrong[asked]
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    divisor = np.maximum(counts, 1)
    return Reliability(
        counts=counts,
        confidence=np.bincount(bins, weights=confidence, minlength=BINS) / divisor,
        accuracy=np.bincount(bins, weights=right, minlength=BINS) / divisor,
    )


def find_worst(answers: Answers) -> Labels:
    """Glyphs read wrong, surest first: digits that top-1 misses, and others that would be shown as a digit."""
    bad = (answers.wrong | (~answers.digits & answers.accepted)) & (answers.read != NOTHING)
    where = np.flatnonzero(bad)
    return where[np.argsort(-answers.confidence[where], kind="stable")]
