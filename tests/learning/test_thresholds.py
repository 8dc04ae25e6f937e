"""What is fitted at conversion, and what the card counts."""

import numpy as np
import pytest

from edge.contract import LABELS, NOT_A_DIGIT, Box
from edge.reading.classifier import softmax
from train.digits.mnist import Digits, load_sample
from train.learning.thresholds import (
    UNKNOWN,
    SeenPage,
    count_accepted,
    fit_min_confidence,
    fit_temperature,
    fit_trained_share,
    judge_pages,
    see_pages,
)


@pytest.fixture(scope="module")
def digits() -> Digits:
    return load_sample().train


def build_logits(labels: list[int], margins: list[float]) -> np.ndarray:
    """One row per label: its logit stands out by the margin; a negative one makes its neighbour win."""
    logits = np.zeros((len(labels), len(LABELS)), np.float32)
    for row, (label, margin) in enumerate(zip(labels, margins, strict=True)):
        logits[row, label if margin > 0 else (label + 1) % 10] = abs(margin)
    return logits


def build_probabilities(*confidences: float, guess: int = 3) -> np.ndarray:
    """Rows with this confidence in `guess`; the rest is class 10's."""
    rows = np.zeros((len(confidences), len(LABELS)), np.float32)
    rows[:, guess] = confidences
    rows[:, NOT_A_DIGIT] = 1 - rows[:, guess]
    return rows


class TestFits:
    def test_overconfident_logits_are_cooled(self) -> None:
        labels = [n % 10 for n in range(100)]
        logits = build_logits(labels, [9.0] * 80 + [-9.0] * 20)
        assert fit_temperature(logits, np.array(labels)) > 2

    @pytest.mark.parametrize(
        ("right", "wrong", "accepted"),
        # 19 wrong ones cost 38, 23 cost 46: less than a standard error (6.3) more than 40 right ones refused.
        [(40, 0, True), (40, 19, True), (40, 23, True), (40, 25, False), (0, 10, False)],
    )
    def test_unsure_digits_are_rejected_where_the_wrong_ones_clearly_cost_more(
        self, right: int, wrong: int, accepted: bool
    ) -> None:
        labels = [n % 10 for n in range(50 + right + wrong)]
        probabilities = softmax(build_logits(labels, [9.0] * 50 + [3.5] * right + [-3.5] * wrong))
        unsure = np.exp(3.5) / (np.exp(3.5) + 10)
        assert bool(fit_min_confidence(probabilities, np.array(labels)) < unsure + 1e-3) is accepted

    def test_what_is_no_digit_counts_as_wrong_when_it_is_accepted(self) -> None:
        probabilities = softmax(build_logits([3] * 100, [5.0] * 50 + [2.0] * 50))
        assert fit_min_confidence(probabilities, np.array([3] * 100)) < 0.5
        assert fit_min_confidence(probabilities, np.array([3] * 50 + [NOT_A_DIGIT] * 50)) > 0.9


class TestFitTrainedShare:
    def test_a_net_that_sees_digits_everywhere_was_trained_on_many(self) -> None:
        """Two digits, two letters, and between them a shape of which the neighbours tell nothing: half are digits."""
        boxes = [Box(10 + 30 * n, 100, 20, 40) for n in range(5)]
        pages = [
            SeenPage(boxes, [4.0] * 5, np.zeros((5, 28, 28), np.uint8), np.array([3, 10, label, 10, 3]))
            for label in (3, 10)
        ]
        shares = []
        for odds in (0.5, 2.0):
            logits = np.full((5, 11), -20, np.float32)
            logits[:, 3], logits[:, 10] = (8, -8, odds, -8, 8), 0
            shares.append(fit_trained_share(pages, [logits, logits], 1.0))
        assert shares[0] + 0.05 < shares[1]


class TestJudgePages:
    def test_each_page_keeps_its_own_company_and_the_unknown_are_not_counted(self) -> None:
        boxes = [Box(10 + 30 * n, 100, 20, 40) for n in range(5)]
        glyphs = np.zeros((5, 28, 28), np.uint8)
        page = SeenPage(boxes, [4.0] * 5, glyphs, np.array([3, 3, 3, 3, UNKNOWN]))
        doubtful = np.zeros((5, 11), np.float32)
        doubtful[2, [3, 10]] = 5, 5
        among_digits, among_letters = doubtful.copy(), doubtful.copy()
        among_digits[[0, 1, 3, 4], 3] = 12
        among_letters[[0, 1, 3, 4], 10] = 12
        probabilities, labels = judge_pages(
            [page, page], [among_digits, among_letters], temperature=1.0, trained_share=0.8
        )
        assert labels.tolist() == [3] * 8
        assert probabilities[2, 3] > 0.9
        assert probabilities[6, 3] < 0.1


class TestCountAccepted:
    def test_counts_digits_read_misread_and_others_taken_for_digits(self) -> None:
        probabilities = build_probabilities(0.9, 0.9, 0.6, 0.9, 0.2)
        labels = np.array([3, 8, 3, NOT_A_DIGIT, NOT_A_DIGIT])
        counts = count_accepted(probabilities, labels, min_confidence=0.7, pages=2)
        assert counts == {
            "pages": 2,
            "digits": 3,
            "others": 2,
            "recall_percent": 33.33,
            "misread": 1,
            "false_accepts": 1,
            "false_accepts_per_page": 0.5,
            "false_accept_percent_at_99_recall": 50.0,
        }

    def test_what_is_least_likely_a_digit_is_rejected_at_any_threshold(self) -> None:
        counts = count_accepted(build_probabilities(0.4), np.array([NOT_A_DIGIT]), min_confidence=0.0, pages=1)
        assert counts["false_accepts"] == 0

    def test_one_digit_in_a_hundred_may_be_lost_for_the_recall(self) -> None:
        probabilities = build_probabilities(0.1, *[0.8] * 100, 0.7)
        labels = np.array([3] * 101 + [NOT_A_DIGIT])
        counts = count_accepted(probabilities, labels, min_confidence=0.5, pages=1)
        assert counts["false_accept_percent_at_99_recall"] == 0.0


class TestSeePages:
    def test_a_page_follows_from_its_number_alone(self, digits: Digits) -> None:
        both = see_pages(digits, pages=2, seed=5, workers=1)
        again = see_pages(digits, pages=2, seed=5, workers=1)
        assert [page.boxes for page in both] == [page.boxes for page in again]
        assert both[0].boxes != both[1].boxes

    def test_each_candidate_has_a_box_a_stroke_width_a_glyph_and_a_label(self, digits: Digits) -> None:
        (page,) = see_pages(digits, pages=1, seed=5, workers=1)
        assert len(page.boxes) == len(page.strokes) == len(page.glyphs) == len(page.labels) > 0
        assert set(page.labels.tolist()) <= {UNKNOWN, *range(11)}
