"""What is fitted at conversion, and what the card counts."""

from dataclasses import replace

import numpy as np
import pytest

from edge.contract import LABELS, NOT_A_DIGIT, Box
from edge.reading.classifier import softmax
from edge.reading.model_set import SHIPPED_MODEL
from edge.reading.union import weigh_witnesses
from tests.learning.seen import build_page, build_probabilities, either
from tests.pools import EQUAL, NEVER, ONLY_CROPS, hear_shares
from tests.verdicts import verdict
from train.digits.mnist import Digits, load_sample
from train.learning.thresholds import (
    SeenPage,
    count_accepted,
    fit_min_confidence,
    fit_temperature,
    fit_temperatures,
    fit_weights,
    judge_pages,
    see_pages,
    with_temperatures,
)
from train.pages.truth import UNKNOWN
from train.pages.world import Part


@pytest.fixture(scope="module")
def digits() -> Digits:
    return load_sample().train


def build_logits(labels: list[int], margins: list[float]) -> np.ndarray:
    """One row per label: its logit stands out by the margin; a negative one makes its neighbour win."""
    logits = np.zeros((len(labels), len(LABELS)), np.float32)
    for row, (label, margin) in enumerate(zip(labels, margins, strict=True)):
        logits[row, label if margin > 0 else (label + 1) % 10] = abs(margin)
    return logits


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


GLYPH, CROP, HEAT = range(3)
"""The witnesses."""
OTHER = NOT_A_DIGIT


def hear(*, right: int, count: int = 300, alone: bool = False) -> list[SeenPage]:
    """Pages on which one witness is mostly right and the two others guess."""
    rng = np.random.default_rng(0)
    pages = []
    for label in rng.choice([3, OTHER], count):
        guesses = rng.choice([3, OTHER], 3)
        guesses[right] = label if rng.random() < 0.9 else 3 + OTHER - label
        views = [verdict(int(guess), 0.8) for guess in guesses[:2]]
        heat = 0.8 if guesses[HEAT] == 3 else 0.2
        pages.append(build_page([int(label)], [(NEVER if alone else views[GLYPH], views[CROP], heat)]))
    return pages


class TestWithTemperatures:
    def test_each_network_gets_its_own_and_where_it_was_silent_it_stays_so(self) -> None:
        page = build_page([3, 3], [(verdict(3, 0.9), verdict(3, 0.9), 0.5), (NEVER, verdict(3, 0.9), 0.5)])
        (cooled,) = with_temperatures([page], 2.0, 0.5)
        share = [float(np.sqrt(0.9) / (np.sqrt(0.9) + 10 * np.sqrt(0.01))), 0.81 / (0.81 + 10 * 0.0001)]
        assert cooled.pool.glyph[0, 3] == pytest.approx(share[0], abs=1e-4)
        assert cooled.pool.crop[:, 3] == pytest.approx([share[1]] * 2, abs=1e-4)
        assert np.isnan(cooled.pool.glyph[1]).all()

    def test_1_changes_nothing(self) -> None:
        page = build_page([3], [(verdict(3, 0.9), verdict(5, 0.7), 0.5)])
        (same,) = with_temperatures([page], 1.0, 1.0)
        assert same.pool.glyph == pytest.approx(page.pool.glyph, abs=1e-6)
        assert same.pool.crop == pytest.approx(page.pool.crop, abs=1e-6)


class TestFitTemperatures:
    def build(self, *, glyph_right: float, crop_right: float) -> list[SeenPage]:
        """Both are always sure; so often they are right."""
        rng, pages = np.random.default_rng(0), []
        for _ in range(300):
            views = [verdict(3 if rng.random() < right else 5, 0.97) for right in (glyph_right, crop_right)]
            pages.append(build_page([3, UNKNOWN, 3], [(*views, 0.5), (verdict(8), verdict(8), 0.5), (NEVER, NEVER, 0)]))
        return pages

    def test_the_one_that_is_too_sure_of_itself_is_cooled(self) -> None:
        alone, labels = build_logits([3], [5.0]), np.array([3])
        glyph, crop = fit_temperatures(self.build(glyph_right=0.97, crop_right=0.7), alone, labels)
        assert 0.7 < glyph < 1.3
        assert crop > 1.5

    def test_clear_digits_alone_count_for_the_classifier(self) -> None:
        pages = self.build(glyph_right=0.97, crop_right=0.97)
        labels = np.array([3] * 3000)
        sure, wrong = build_logits([3] * 3000, [6.0] * 3000), build_logits([3] * 3000, [6.0, -6.0] * 1500)
        temperatures = [fit_temperatures(pages, logits, labels) for logits in (sure, wrong)]
        assert temperatures[0][0] < 0.95 * temperatures[1][0]
        assert temperatures[0][1] == temperatures[1][1]


class TestFitWeights:
    @pytest.mark.parametrize("right", [GLYPH, CROP, HEAT])
    def test_the_witness_that_is_right_is_heard(self, right: int) -> None:
        weights = fit_weights(hear(right=right)).both[1:4]
        assert int(np.argmax(weights)) == right
        assert weights[right] > 4 * max(abs(weight) for n, weight in enumerate(weights) if n != right)

    @pytest.mark.parametrize("right", [CROP, HEAT])
    def test_so_is_it_of_what_the_finder_alone_saw(self, right: int) -> None:
        weights = fit_weights(hear(right=right, alone=True)).alone[1:]
        assert weights[right - 1] > 4 * abs(weights[2 - right])

    def test_what_they_weigh_comes_out_as_likely_as_it_is(self) -> None:
        """A witness that is right nine times in ten, whatever it says of its own sureness."""
        weights = fit_weights(hear(right=CROP))
        page = build_page([3], [(verdict(3, 0.5), verdict(3, 0.8), 0.5)])
        (row,) = weigh_witnesses(page.pool, weights)
        assert 1 - row[OTHER] == pytest.approx(0.9, abs=0.05)

    @pytest.mark.parametrize(("right", "least", "most"), [(GLYPH, 0.6, 1.0), (CROP, 0.0, 0.4)])
    def test_which_digit_it_is_is_said_by_who_knows_it_better(self, right: int, least: float, most: float) -> None:
        rng, pages = np.random.default_rng(0), []
        for _ in range(200):
            digits = rng.choice([3, 5], 2)
            digits[right] = 3 if rng.random() < 0.9 else 5
            pages.append(build_page([3], [(verdict(int(digits[0]), 0.9), verdict(int(digits[1]), 0.9), 0.5)]))
        assert least < fit_weights(pages).glyph_share < most

    @pytest.mark.parametrize("labels", [[], [3], [OTHER], [UNKNOWN]])
    def test_where_there_is_nothing_to_tell_apart_all_are_heard_alike(self, labels: list[int]) -> None:
        pages = [build_page(labels, [(glyph, verdict(3), 0.5) for _ in labels]) for glyph in (verdict(3), NEVER)]
        weights = fit_weights(pages)
        assert (weights.both, weights.alone, weights.company) == (EQUAL.both, EQUAL.alone, EQUAL.company)
        assert 0 <= weights.glyph_share <= 1


ROW = [Box(10 + 30 * n, 100, 20, 40) for n in range(5)]


class TestJudgePages:
    def judge(self, *pages: SeenPage) -> tuple[np.ndarray, list[int]]:
        probabilities, labels = judge_pages(pages, replace(ONLY_CROPS, company=hear_shares()))
        return probabilities, labels.tolist()

    def test_each_page_keeps_its_own_company_and_the_unknown_are_not_counted(self) -> None:
        pages = []
        for around in (0.999, 0.001):
            views = [(either(share), either(share), 0.5) for share in (around, around, 0.5, around, around)]
            pages.append(build_page([3, 3, 8, 3, UNKNOWN], views, boxes=ROW))
        probabilities, labels = self.judge(*pages)
        assert (sorted(labels), len(probabilities)) == ([3] * 6 + [8] * 2, 8)
        among_digits, among_letters = (probabilities[n, 3] for n, label in enumerate(labels) if label == 8)
        assert among_digits > 0.7
        assert among_letters < 0.3

    def test_what_overlaps_a_likelier_one_is_not_counted(self) -> None:
        boxes = [Box(10, 100, 20, 40), Box(12, 100, 20, 40)]
        views = [(verdict(3, share), verdict(3, share), 0.5) for share in (0.7, 0.95)]
        _, labels = self.judge(build_page([3, OTHER], views, boxes=boxes))
        assert labels == [OTHER]

    def test_a_page_without_candidates_is_no_fault(self) -> None:
        view = verdict(3), verdict(3), 0.5
        assert self.judge(build_page([], []), build_page([3], [view]))[1] == [3]

    def test_what_is_as_faint_as_paper_does_not_stay(self) -> None:
        digit, line = (verdict(3), verdict(3), 0.9), (verdict(OTHER), verdict(OTHER), 0.1)
        page = build_page([3, OTHER], [digit, line])
        assert self.judge(page)[1] == [3, OTHER]
        box = page.pool.contours[1].box
        page.pool.grey[box.y : box.bottom, box.x : box.right] = 200
        assert self.judge(page)[1] == [3]


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
    def see(self, digits: Digits, *, part: Part | None, pages: int) -> list[SeenPage]:
        return see_pages(SHIPPED_MODEL, digits, part=part, pages=pages, seed=5, workers=1)

    @pytest.mark.parametrize("part", [Part.KNOWN, None])
    def test_a_page_follows_from_its_number_alone(self, digits: Digits, part: Part | None) -> None:
        both, (again,) = self.see(digits, part=part, pages=2), self.see(digits, part=part, pages=1)
        assert np.array_equal(both[0].pool.places, again.pool.places)
        assert not np.array_equal(both[0].pool.places, both[1].pool.places)

    def test_each_candidate_has_a_place_and_a_label(self, digits: Digits) -> None:
        (page,) = self.see(digits, part=Part.KNOWN, pages=1)
        assert len(page.pool.places) == len(page.labels) > 0
        assert set(page.labels.tolist()) <= {UNKNOWN, *range(11)}

    def test_on_clear_pages_nearly_all_is_a_digit_and_read_by_both(self, digits: Digits) -> None:
        (page,) = self.see(digits, part=None, pages=1)
        known = page.labels != UNKNOWN
        assert (page.labels[known] != NOT_A_DIGIT).mean() > 0.8
        assert (page.pool.by_contour & page.pool.seen_grey)[known].mean() > 0.8
