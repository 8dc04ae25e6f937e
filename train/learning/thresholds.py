"""What the reader decides by is fitted here, and what it then accepts is counted: on rendered validation pages.

Each candidate is judged as on the Pi, in the company of its page: see edge/reading/context.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from tqdm import tqdm

from edge.contract import NOT_A_DIGIT, Box, Glyphs, Labels, Logits, Probabilities
from edge.finding.ink import find_ink
from edge.finding.segment import find_candidates
from edge.reading.classifier import softmax
from edge.reading.context import find_stroke_width, weigh_company
from edge.reading.lines import group_rows
from edge.reading.reader import build_glyphs
from train.digits.mnist import Digits
from train.pages.labels import Look, find_looks
from train.pages.render import render_page

WRONG_COST = 2.0
"""A digit read wrong is as bad as so many that are shown as "?": min_confidence is the cheapest on validation."""
RECALL = 0.99
"""The card says how much that is no digit is accepted where so many of the digits are."""
MOST_DIGITS = 0.95
"""Largest share of digits that a net is taken to expect."""
UNKNOWN = -1
"""Label of a candidate that is neither (a piece of a digit): a neighbour like any other, but not counted."""


@dataclass(frozen=True, slots=True)
class SeenPage:
    """The candidates of one rendered page, as the reader meets them."""

    boxes: list[Box]
    strokes: list[float]
    """Stroke widths, px."""
    glyphs: Glyphs
    """uint8, (N, 28, 28)."""
    labels: Labels
    """int64, (N,): 0 to 10, or UNKNOWN."""


def see_pages(digits: Digits, *, pages: int, seed: int, workers: int) -> list[SeenPage]:
    """Render pages of these digits and find their candidates; page k follows from (seed, k) alone."""
    tasks = (delayed(_see_page)(digits, seed, number) for number in range(pages))
    return list(tqdm(Parallel(workers, return_as="generator")(tasks), "pages", pages, unit="page", mininterval=1))


def judge_pages(
    pages: Sequence[SeenPage], logits: Sequence[Logits], *, temperature: float, trained_share: float
) -> tuple[Probabilities, Labels]:
    """Probabilities, (N, 11), and labels, (N,), of all known candidates, each page's neighbours heard.

    Args:
        pages: as `see_pages` gives them.
        logits: (n, 11) for each page.
        temperature: of the net.
        trained_share: of digits, in what it was trained on.
    """
    judged = [
        weigh_company(
            page.boxes,
            page.strokes,
            softmax(row / np.float32(temperature)),
            group_rows(page.boxes),
            trained_share=trained_share,
        )
        for page, row in zip(pages, logits, strict=True)
    ]
    labels = np.concatenate([page.labels for page in pages])
    return np.concatenate(judged)[labels != UNKNOWN], labels[labels != UNKNOWN]


def fit_temperature(logits: Logits, labels: Labels) -> float:
    """The temperature with the smallest cross-entropy on these (N, 11) logits. Source: Guo et al. 2017."""

    def cross_entropy(temperature: float) -> float:
        chosen = softmax(logits / np.float32(temperature))[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(chosen, 1e-12)).mean())

    return float(minimize_scalar(cross_entropy, bounds=(0.2, 5.0), method="bounded").x)


def fit_trained_share(pages: Sequence[SeenPage], logits: Sequence[Logits], temperature: float) -> float:
    """The share of digits that the net seems to expect: with it, digits and others are told apart best on these pages.

    Counting the training material would do, were its doubtful shapes not half of them taught as digits. More than
    MOST_DIGITS would be a fault of the net, and cost every digit that stands alone among other things.
    """

    def cross_entropy(trained_share: float) -> float:
        probabilities, labels = judge_pages(pages, logits, temperature=temperature, trained_share=trained_share)
        other = probabilities[:, NOT_A_DIGIT]
        return float(-np.log(np.maximum(np.where(labels == NOT_A_DIGIT, other, 1 - other), 1e-12)).mean())

    return float(minimize_scalar(cross_entropy, bounds=(0.5, MOST_DIGITS), method="bounded", options={"xatol": 1e-3}).x)


def fit_min_confidence(probabilities: Probabilities, labels: Labels) -> float:
    """The confidence below which rejecting is cheaper than guessing, on (N, 11) probabilities with their true labels.

    Accepting a wrong digit, or what is none, costs WRONG_COST; rejecting a digit that was right costs 1. Of thresholds
    whose costs differ by less than chance makes them differ (one standard error, as Breiman et al. 1984 prune their
    trees), the lowest is taken: it shows the most digits.
    """
    guess = probabilities.argmax(axis=1)
    digits = guess != NOT_A_DIGIT  # the others are rejected at any threshold
    # In the steps of the card, rounded down, so that what gave the threshold is still accepted at it.
    confidence = np.floor(probabilities.max(axis=1)[digits] * 1000) / 1000
    if not confidence.size:
        return 0.99
    order = np.argsort(-confidence, kind="stable")
    confidence, right = confidence[order], (guess == labels)[digits][order]
    wrong, refused = np.cumsum(~right), right.sum() - np.cumsum(right)
    cost = WRONG_COST * wrong + refused
    # Of equal confidences all are accepted or none.
    cost[np.append(confidence[:-1] == confidence[1:], False)] = np.inf
    best = int(cost.argmin())
    error = np.sqrt(WRONG_COST**2 * wrong[best] + refused[best])
    lowest = np.flatnonzero(cost <= cost[best] + error)[-1]
    return round(float(np.clip(confidence[lowest], 0.3, 0.99)), 3)


def count_accepted(
    probabilities: Probabilities, labels: Labels, *, min_confidence: float, pages: int
) -> dict[str, float | int]:
    """What is accepted on so many pages, for the card.

    Args:
        probabilities: (N, 11) of their candidates, with
        labels: (N,), 0 to 10.
        min_confidence: below it a candidate is rejected.
        pages: how many pages they stand on.
    """
    confidence = probabilities[:, :NOT_A_DIGIT].max(axis=1)
    guess = probabilities.argmax(axis=1)
    digit = labels != NOT_A_DIGIT
    accepted = (guess != NOT_A_DIGIT) & (confidence >= min_confidence)
    right = int((accepted & (guess == labels)).sum())
    false = int((accepted & ~digit).sum())
    return {
        "pages": pages,
        "digits": int(digit.sum()),
        "others": int((~digit).sum()),
        "recall_percent": _percent(right, int(digit.sum())),
        "misread": int((accepted & digit).sum()) - right,
        "false_accepts": false,
        "false_accepts_per_page": round(false / pages, 3),
        "false_accept_percent_at_99_recall": _percent(*_accepted_at_recall(confidence[digit], confidence[~digit])),
    }


def _accepted_at_recall(digits: NDArray[np.float32], others: NDArray[np.float32]) -> tuple[int, int]:
    """How many of the others, of how many, are accepted at the threshold that accepts RECALL of the digits."""
    if not digits.size:
        return 0, len(others)
    return int((others >= np.quantile(digits, 1 - RECALL, method="lower")).sum()), len(others)


def _percent(part: int, whole: int) -> float:
    return round(100 * part / max(1, whole), 2)


def _see_page(digits: Digits, seed: int, number: int) -> SeenPage:
    cv2.setNumThreads(1)  # the pages share the cores, not each its pixels
    page = render_page(np.random.default_rng([seed, number]), digits)
    candidates = find_candidates(find_ink(page.frame))
    labels = [_true_label(look) for look in find_looks(page, candidates)]
    return SeenPage(
        [candidate.box for candidate in candidates],
        [find_stroke_width(candidate.ink) for candidate in candidates],
        build_glyphs(candidates),
        np.array(labels, np.int64),
    )


def _true_label(look: Look | None) -> int:
    """What it is, whatever it looks like alone: the O of a word is no digit here."""
    if look is None:
        return UNKNOWN
    return NOT_A_DIGIT if look.doubtful else look.class_id
