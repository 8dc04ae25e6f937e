"""What the reader decides by is fitted here, and what it then accepts is counted: on rendered validation pages.

Each candidate is judged as on the Pi, in the company of its page: see edge/reading/context.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from edge.contract import NOT_A_DIGIT, Labels, Logits, Probabilities
from edge.reading.classifier import softmax
from edge.reading.context import Company, meet, weigh_company
from edge.reading.model_set import ModelSet, load_set
from edge.reading.reader import look_twice
from edge.reading.union import (
    Pool,
    Weights,
    features_of_alone,
    features_of_both,
    mix_digits,
)
from train.digits.mnist import Digits
from train.learning.draft import EQUAL
from train.pages.clear import draw_clear_page
from train.pages.render import render_page
from train.pages.score_sheet import Kind, draw_score_sheet
from train.pages.truth import UNKNOWN, label_places, tell_truth
from train.pages.world import Part, open_world

WRONG_COST = 2.0
"""A digit read wrong is as bad as so many that are shown as "?": min_confidence is the cheapest on validation."""
ALONE = 3
"""On one in so many score sheets the writing stands alone, as on a frame without any number."""
RECALL = 0.99
"""The card says how much that is no digit is accepted where so many of the digits are."""


@dataclass(frozen=True, slots=True)
class SeenPage:
    """The candidates of one rendered page with what their witnesses say, as the reader meets them."""

    pool: Pool
    labels: Labels
    """int64, (N,): 0 to 10, or UNKNOWN."""
    written: int
    """Digits that can be read on it, found or not."""


def see_pages(
    model: Path,
    digits: Digits,
    *,
    part: Part | None,
    pages: int,
    seed: int,
    workers: int,
    sheets: bool = False,
    title: str = "pages",
) -> list[SeenPage]:
    """Render pages of these digits and look at them twice; page k follows from (seed, k) alone.

    Args:
        model: a classifier whose card names its finder and its reader of crops.
        digits: what is written.
        part: of the world of paper; None: clear pages, without any of it.
        pages: how many.
        seed: of the pages.
        workers: processes.
        sheets: score sheets, and pages of words alone, in place of all kinds of page.
        title: of the progress bar.
    """
    tasks = (delayed(_see_page)(model, digits, part, seed, number, sheets=sheets) for number in range(pages))
    return list(tqdm(Parallel(workers, return_as="generator")(tasks), title, pages, unit="page", mininterval=1))


def with_temperatures(pages: Sequence[SeenPage], glyph: float, crop: float) -> list[SeenPage]:
    """The same pages, their networks' probabilities at other temperatures than the 1 at which they were seen."""
    return [
        replace(page, pool=replace(page.pool, glyph=_cool(page.pool.glyph, glyph), crop=_cool(page.pool.crop, crop)))
        for page in pages
    ]


def fit_temperatures(pages: Sequence[SeenPage], alone: Logits, labels: Labels) -> tuple[float, float]:
    """Of the classifier and of the reader of crops.

    Args:
        pages: seen at temperature 1.
        alone: the classifier's logits of clear digits, (N, 11), which count, too ...
        labels: ... and what they are, (N,).
    """
    known = [page.labels != UNKNOWN for page in pages]
    by_contour = [page.pool.by_contour & which for page, which in zip(pages, known, strict=True)]
    asked = [page.pool.seen_grey & which for page, which in zip(pages, known, strict=True)]
    glyph = fit_temperature(
        np.concatenate(
            [alone, *(_logits(page.pool.glyph[which]) for page, which in zip(pages, by_contour, strict=True))]
        ),
        np.concatenate([labels, *(page.labels[which] for page, which in zip(pages, by_contour, strict=True))]),
    )
    crop = fit_temperature(
        np.concatenate([_logits(page.pool.crop[which]) for page, which in zip(pages, asked, strict=True)]),
        np.concatenate([page.labels[which] for page, which in zip(pages, asked, strict=True)]),
    )
    return round(glyph, 3), round(crop, 3)


def fit_weights(pages: Sequence[SeenPage]) -> Weights:
    """How much each witness counts: logistic regressions of "is a digit" on what the witnesses say.

    A group in which there are no digits, or nothing else, tells nothing: its witnesses are heard alike.
    """
    both = [(page.pool, page.pool.seen_grey & page.pool.by_contour & (page.labels != UNKNOWN)) for page in pages]
    alone = [(page.pool, page.pool.seen_grey & ~page.pool.by_contour & (page.labels != UNKNOWN)) for page in pages]
    is_digit = [
        [page.labels[which] != NOT_A_DIGIT for page, (_, which) in zip(pages, group, strict=True)]
        for group in (both, alone)
    ]
    return Weights(
        both=_regress([features_of_both(*one) for one in both], is_digit[0], EQUAL.both),
        alone=_regress([features_of_alone(*one) for one in alone], is_digit[1], EQUAL.alone),
        glyph_share=_fit_glyph_share(pages, both),
        company=EQUAL.company,
    )


def meet_all(pages: Sequence[SeenPage], weights: Weights) -> list[tuple[Company, Labels]]:
    """Who stays of each page's candidates, with their labels: all that is needed of a page to teach or to judge."""
    met = [meet(page.pool, weights) for page in pages]
    return [(company, page.labels[company.numbers]) for page, company in zip(pages, met, strict=True)]


def judge_pages(pages: Sequence[SeenPage], weights: Weights) -> tuple[Probabilities, Labels]:
    """Probabilities, (N, 11), and labels, (N,), of all known candidates that stay, each page's neighbours heard."""
    met = meet_all(pages, weights)
    judged = np.concatenate([weigh_company(company, weights.company) for company, _ in met])
    labels = np.concatenate([labels for _, labels in met])
    return judged[labels != UNKNOWN], labels[labels != UNKNOWN]


def fit_temperature(logits: Logits, labels: Labels) -> float:
    """The temperature with the smallest cross-entropy on these (N, 11) logits. Source: Guo et al. 2017."""

    def cross_entropy(temperature: float) -> float:
        chosen = softmax(logits / np.float32(temperature))[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(chosen, 1e-12)).mean())

    return float(minimize_scalar(cross_entropy, bounds=(0.2, 5.0), method="bounded").x)


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
    digit = labels != NOT_A_DIGIT
    right, misread, false = count_verdicts(probabilities, labels, min_confidence)
    return {
        "pages": pages,
        "digits": int(digit.sum()),
        "others": int((~digit).sum()),
        "recall_percent": _percent(right, int(digit.sum())),
        "misread": misread,
        "false_accepts": false,
        "false_accepts_per_page": round(false / pages, 3),
        "false_accept_percent_at_99_recall": _percent(*_accepted_at_recall(confidence[digit], confidence[~digit])),
    }


def count_verdicts(probabilities: Probabilities, labels: Labels, min_confidence: float) -> tuple[int, int, int]:
    """Candidates that are read right, digits that are misread, others that are taken for digits.

    Args:
        probabilities: (N, 11) of the candidates, with
        labels: (N,), 0 to 10.
        min_confidence: below it a candidate is rejected.
    """
    guess, digit = probabilities.argmax(axis=1), labels != NOT_A_DIGIT
    accepted = (guess != NOT_A_DIGIT) & (probabilities[:, :NOT_A_DIGIT].max(axis=1) >= min_confidence)
    right = accepted & (guess == labels)
    return int(right.sum()), int((accepted & digit & ~right).sum()), int((accepted & ~digit).sum())


def _accepted_at_recall(digits: NDArray[np.float32], others: NDArray[np.float32]) -> tuple[int, int]:
    """How many of the others, of how many, are accepted at the threshold that accepts RECALL of the digits."""
    if not digits.size:
        return 0, len(others)
    return int((others >= np.quantile(digits, 1 - RECALL, method="lower")).sum()), len(others)


def _percent(part: int, whole: int) -> float:
    return round(100 * part / max(1, whole), 2)


def _see_page(model: Path, digits: Digits, part: Part | None, seed: int, number: int, *, sheets: bool) -> SeenPage:
    cv2.setNumThreads(1)  # the pages share the cores, not each its pixels
    rng = np.random.default_rng([seed, number])
    if part is None:
        page = draw_clear_page(rng, digits)
    elif sheets:
        kinds = list(Kind)
        kind, alone = kinds[number % len(kinds)], number // len(kinds) % ALONE == 0
        page = draw_score_sheet(rng, digits, open_world(part), kind, alone=alone).page
    else:
        page = render_page(rng, digits, open_world(part))
    truth = tell_truth(page)
    models = _models(model)
    pool = look_twice(truth.frame, models)
    return SeenPage(pool, label_places(truth, pool.places), written=int(truth.digits.sum()))


@cache
def _models(model: Path) -> ModelSet:
    """One for each process."""
    return load_set(model)


def _logits(probabilities: Probabilities) -> Logits:
    return np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))


def _cool(probabilities: Probabilities, temperature: float) -> Probabilities:
    return softmax(_logits(probabilities) / np.float32(temperature))


def _regress(
    features: Sequence[NDArray[np.float64]], is_digit: Sequence[NDArray[np.bool_]], otherwise: tuple[float, ...]
) -> tuple[float, ...]:
    x, y = np.concatenate(features), np.concatenate(is_digit)
    if y.all() or not y.any():
        return otherwise
    fitted = LogisticRegression(fit_intercept=False, C=10.0, max_iter=1000).fit(x, y)
    return tuple(round(float(weight), 4) for weight in fitted.coef_[0])


def _fit_glyph_share(pages: Sequence[SeenPage], both: Sequence[tuple[Pool, NDArray[np.bool_]]]) -> float:
    """The share with the smallest cross-entropy of which digit it is."""
    glyph, crop, labels = [], [], []
    for page, (pool, which) in zip(pages, both, strict=True):
        digit = which & (page.labels != NOT_A_DIGIT)
        glyph.append(pool.glyph[digit])
        crop.append(pool.crop[digit])
        labels.append(page.labels[digit])
    views, known = (np.concatenate(glyph), np.concatenate(crop)), np.concatenate(labels)
    if not known.size:
        return EQUAL.glyph_share

    def cross_entropy(share: float) -> float:
        chosen = mix_digits(*views, share)[np.arange(len(known)), known]
        return float(-np.log(np.maximum(chosen, 1e-12)).mean())

    return round(float(minimize_scalar(cross_entropy, bounds=(0.0, 1.0), method="bounded").x), 3)
