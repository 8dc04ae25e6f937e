"""What is counted on a model's answers, against tables that are counted by hand."""

import numpy as np
import pytest

from edge.contract import LABELS, NOT_A_DIGIT, Box
from edge.reading.reader import judge
from train.metrics import (
    NOTHING,
    Answers,
    Reliability,
    Top1,
    Verdicts,
    build_answers,
    count_confusion,
    count_rejected_others,
    count_top1,
    count_verdicts,
    find_worst,
    measure_digits,
    measure_reliability,
    misses,
    top1,
)

OTHER = NOT_A_DIGIT


def build_logits(*rows: dict[int, float]) -> np.ndarray:
    """One row for each {class_id: logit}; all others are 0."""
    logits = np.zeros((len(rows), len(LABELS)), np.float32)
    for row, given in zip(logits, rows, strict=True):
        row[list(given)] = list(given.values())
    return logits


def answers(*rows: tuple[int, int, float, bool]) -> Answers:
    """One (true, read, confidence, accepted) for each picture."""
    labels, read, confidence, accepted = zip(*rows, strict=True)
    return Answers(np.array(labels), np.array(read), np.array(confidence), np.array(accepted))


PICTURES = answers(
    (4, 4, 0.98, True),
    (4, 4, 0.55, False),
    (4, 9, 0.92, True),
    (9, 4, 0.40, False),
    (9, NOTHING, 0.0, False),
    (OTHER, 1, 0.95, True),
    (OTHER, 7, 0.10, False),
    (OTHER, 2, 0.20, False),
)
"""Two right digits, three wrong ones (in one picture nothing was found), and three pictures that show no digit."""


class TestTop1:
    def test_is_the_best_of_the_ten_digits_also_where_other_is_larger(self) -> None:
        assert top1(build_logits({3: 2.0, OTHER: 9.0}, {8: 1.0})).tolist() == [3, 8]

    def test_misses_are_counted(self) -> None:
        assert misses(build_logits({3: 2.0}, {8: 1.0}, {5: 1.0}), np.array([3, 9, 6])) == 2

    def test_what_shows_no_digit_does_not_count_and_where_nothing_was_found_is_a_miss(self) -> None:
        assert count_top1(PICTURES) == Top1(misses=3, n=5)

    @pytest.mark.parametrize(
        ("counted", "words"),
        [
            (Top1(48, 10_000), "99.52 % (48 misses of 10,000)"),
            (Top1(1, 3), "66.67 % (1 miss of 3)"),
            (Top1(0, 1), "100.00 % (0 misses of 1)"),
            (Top1(0, 0), "no digits"),
        ],
    )
    def test_percent_and_misses_are_told_together_with_n(self, counted: Top1, words: str) -> None:
        assert str(counted) == words


class TestBuildAnswers:
    LOGITS = build_logits({3: 9.0}, {3: 1.0}, {3: 5.0, OTHER: 6.0}, {0: 2.0, 1: 2.1})
    NONE = np.array([], np.int64)

    def test_every_glyph_is_judged_as_the_reader_judges_it(self) -> None:
        built = build_answers(self.LOGITS, np.array([3, 3, 3, 0]), nothing_found=self.NONE, min_confidence=0.5)
        exponentials = np.exp(self.LOGITS)
        for n, row in enumerate(exponentials / exponentials.sum(axis=1, keepdims=True)):
            verdict = judge(Box(0, 0, 1, 1), row, 0.5)
            assert (LABELS[built.read[n]], bool(built.accepted[n])) == (verdict.guess, not verdict.rejected)
            assert built.confidence[n] == pytest.approx(verdict.confidence)
        assert built.accepted.tolist() == [True, False, False, False]

    def test_a_temperature_above_one_lowers_the_confidence(self) -> None:
        plain, cooled = (
            build_answers(self.LOGITS[:1], np.array([3]), nothing_found=self.NONE, temperature=temperature)
            for temperature in (1.0, 3.0)
        )
        assert plain.confidence[0] == pytest.approx(np.exp(9) / (np.exp(9) + 10))
        assert cooled.confidence[0] == pytest.approx(np.exp(3) / (np.exp(3) + 10))

    def test_pictures_without_a_glyph_follow_as_rejected_misses(self) -> None:
        built = build_answers(self.LOGITS[:1], np.array([3]), nothing_found=np.array([7, OTHER]))
        assert (built.labels.tolist(), built.read.tolist()) == ([3, 7, OTHER], [3, NOTHING, NOTHING])
        assert built.confidence[1:].tolist() == [0.0, 0.0]
        assert (built.wrong.tolist(), built.accepted.tolist()) == ([False, True, False], [True, False, False])

    def test_a_set_in_which_nothing_at_all_was_found_is_all_misses(self) -> None:
        built = build_answers(np.empty((0, 11), np.float32), self.NONE, nothing_found=np.array([7, 8]))
        assert count_top1(built) == Top1(misses=2, n=2)


class TestVerdicts:
    def test_digits_are_right_wrong_or_rejected(self) -> None:
        assert count_verdicts(PICTURES) == Verdicts(right=1, wrong=1, rejected=3)

    def test_accepted_is_right_and_wrong_together(self) -> None:
        assert count_verdicts(PICTURES).accepted_percent == pytest.approx(40.0)

    def test_what_shows_no_digit_should_be_rejected(self) -> None:
        assert count_rejected_others(PICTURES) == (2, 3)


class TestConfusion:
    def test_rows_are_true_and_columns_read_and_the_last_column_is_nothing_found(self) -> None:
        expected = np.zeros((10, 11), int)
        expected[4, 4], expected[4, 9], expected[9, 4], expected[9, 10] = 2, 1, 1, 1
        assert np.array_equal(count_confusion(PICTURES), expected)


class TestPrecisionAndRecall:
    def test_of_a_four_that_is_also_read_where_there_is_none(self) -> None:
        precision, recall = measure_digits(PICTURES)
        assert (precision[4], recall[4]) == (pytest.approx(2 / 3), pytest.approx(2 / 3))

    def test_pictures_in_which_nothing_was_found_lower_the_recall(self) -> None:
        precision, recall = measure_digits(PICTURES)
        assert (precision[9], recall[9]) == (0.0, 0.0)
        assert measure_digits(answers((9, 9, 1.0, True), (9, NOTHING, 0.0, False)))[1][9] == 0.5

    def test_a_digit_that_is_neither_there_nor_read_has_none(self) -> None:
        precision, recall = measure_digits(PICTURES)
        assert np.isnan([precision[0], recall[0]]).all()


class TestReliability:
    def test_digits_fall_into_fifteen_bins_by_their_confidence(self) -> None:
        reliability = measure_reliability(
            answers((1, 1, 0.0, True), (1, 1, 0.07, True), (1, 1, 0.95, True), (1, 2, 0.97, True), (1, 1, 1.0, True))
        )
        assert reliability.counts.tolist() == [1, 1, *[0] * 12, 3]
        assert reliability.confidence[14] == pytest.approx((0.95 + 0.97 + 1.0) / 3)
        assert reliability.accuracy[14] == pytest.approx(2 / 3)

    def test_only_digits_count_and_only_those_that_were_found(self) -> None:
        assert measure_reliability(PICTURES).counts.sum() == 4

    def test_calibration_error_is_the_gap_averaged_over_digits(self) -> None:
        # 0.1 off for three digits, 0.5 for one.
        reliability = Reliability(np.array([1, 3]), np.array([0.3, 0.9]), np.array([0.8, 1.0]))
        assert reliability.calibration_error == pytest.approx((1 * 0.5 + 3 * 0.1) / 4)

    def test_who_is_right_as_often_as_sure_has_none(self) -> None:
        fair = [(1, 1, 0.75, True)] * 3 + [(1, 2, 0.75, True)]
        assert measure_reliability(answers(*fair)).calibration_error == pytest.approx(0.0)


class TestWorst:
    def test_the_surest_come_first_with_others_that_would_be_shown(self) -> None:
        assert find_worst(PICTURES).tolist() == [5, 2, 3]
