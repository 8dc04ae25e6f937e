"""Neighbours are put together where the classifier likes the whole better than its pieces."""

import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT, Box
from edge.finding.segment import Candidate
from edge.reading.join import JOIN_GAP, MAX_JOINS, Join, choose_joins, is_digit, propose_joins
from tests.verdicts import verdict

SURE = 0.8
NONE = verdict(NOT_A_DIGIT)
LEFT, RIGHT = Box(100, 50, 14, 60), Box(120, 50, 14, 60)
HEIGHT = 60


def full(box: Box, tone: int = 255) -> Candidate:
    """A candidate whose ink fills its box."""
    return Candidate(box, np.full((box.height, box.width), tone, np.uint8))


def propose(*boxes: Box, rows: list[np.ndarray] | None = None) -> list[tuple[int, int]]:
    """Which of the boxes are put together on trial; without rows none of them is a digit."""
    joins = propose_joins([full(box) for box in boxes], rows or [NONE] * len(boxes), SURE)
    return [(join.first, join.second) for join in joins]


class TestProposeJoins:
    def test_pieces_side_by_side_are_tried(self) -> None:
        assert propose(LEFT, RIGHT) == [(0, 1)]

    def test_a_roof_over_its_stem_is_tried(self) -> None:
        assert propose(Box(100, 60, 30, 50), Box(102, 48, 30, 8)) == [(0, 1)]

    @pytest.mark.parametrize(
        ("one", "other", "tried"),
        [
            (verdict(1), verdict(1), []),
            (verdict(1), NONE, [(0, 1)]),
            (NONE, verdict(1), [(0, 1)]),
            (verdict(1), verdict(1, 0.6), [(0, 1)]),
            (verdict(4, 0.6), verdict(1, 0.6), [(0, 1)]),
        ],
    )
    def test_two_clear_digits_are_never_tried(
        self, one: np.ndarray, other: np.ndarray, tried: list[tuple[int, int]]
    ) -> None:
        assert propose(LEFT, RIGHT, rows=[one, other]) == tried

    @pytest.mark.parametrize(("gap", "tried"), [(0.9 * JOIN_GAP, [(0, 1)]), (1.1 * JOIN_GAP, [])])
    def test_they_may_not_be_too_far_apart(self, gap: float, tried: list[tuple[int, int]]) -> None:
        assert propose(LEFT, Box(round(114 + gap * HEIGHT), 50, 14, HEIGHT)) == tried

    def test_corner_to_corner_is_no_neighbourhood(self) -> None:
        assert propose(LEFT, Box(118, 114, 14, 20)) == []

    def test_together_they_are_not_too_wide(self) -> None:
        assert propose(Box(100, 50, 45, 60), Box(150, 50, 45, 60)) == []

    def test_together_they_are_not_too_high(self) -> None:
        assert propose(Box(100, 50, 30, 60), Box(100, 115, 30, 60)) == []

    def test_clear_digits_tell_how_large_the_writing_is(self) -> None:
        """Two pieces 20 px apart: near in writing of 100 px, far in writing of 30 px."""
        pieces = Box(100, 50, 10, 60), Box(130, 50, 10, 60)
        for height, tried in ((100, [(0, 1)]), (30, [])):
            assert propose(*pieces, Box(600, 50, 20, height), rows=[NONE, NONE, verdict(1)]) == tried

    def test_both_inks_are_together_in_place(self) -> None:
        one, other = full(LEFT, 200), full(Box(120, 40, 14, 60), 90)
        (join,) = propose_joins([one, other], [NONE, NONE], SURE)
        assert join.together.box == Box(100, 40, 34, 70)
        expected = np.zeros((70, 34), np.uint8)
        expected[10:, :14] = 200
        expected[:60, 20:] = 90
        assert np.array_equal(join.together.ink, expected)

    def test_where_boxes_overlap_the_brighter_ink_stays(self) -> None:
        over = Candidate(Box(100, 50, 14, 30), np.zeros((30, 14), np.uint8))
        over.ink[5] = 99
        (join,) = propose_joins([full(LEFT), over], [NONE, NONE], SURE)
        assert join.together.ink.min() == 255

    def test_a_crowd_is_tried_up_to_a_limit(self) -> None:
        crowd = [Box(100 + 8 * number, 50, 6, 60) for number in range(200)]
        assert len(propose(*crowd)) == MAX_JOINS

    def test_nothing_gives_nothing(self) -> None:
        assert propose() == []


def build_joins(*pairs: tuple[int, int]) -> list[Join]:
    return [Join(first, second, full(LEFT.union(RIGHT))) for first, second in pairs]


class TestChooseJoins:
    def test_a_whole_that_is_clearer_than_its_pieces_is_taken(self) -> None:
        assert choose_joins(build_joins((0, 1)), [verdict(4)], [verdict(1, 0.7), NONE], SURE) == [0]

    def test_a_piece_that_is_clearer_stays_by_itself(self) -> None:
        assert choose_joins(build_joins((0, 1)), [verdict(4, 0.9)], [verdict(1, 0.99), NONE], SURE) == []

    @pytest.mark.parametrize("whole", [NONE, verdict(4, 0.7)])
    def test_a_whole_that_is_no_clear_digit_is_not_taken(self, whole: np.ndarray) -> None:
        assert choose_joins(build_joins((0, 1)), [whole], [NONE, NONE], SURE) == []

    def test_being_surely_none_is_no_merit_of_a_piece(self) -> None:
        pieces = [verdict(NOT_A_DIGIT, 0.999)] * 2
        assert choose_joins(build_joins((0, 1)), [verdict(5, 0.85)], pieces, SURE) == [0]

    def test_no_piece_is_used_twice_and_the_clearest_whole_comes_first(self) -> None:
        joins = build_joins((0, 1), (1, 2), (3, 4), (2, 3))
        wholes = [verdict(4, 0.85), verdict(5, 0.99), verdict(7, 0.9), verdict(8, 0.95)]
        assert choose_joins(joins, wholes, [NONE] * 5, SURE) == [1, 2]


class TestIsDigit:
    @pytest.mark.parametrize(
        ("row", "clear"),
        [(verdict(0, 0.8), True), (verdict(9, 0.81), True), (verdict(9, 0.79), False), (verdict(NOT_A_DIGIT), False)],
    )
    def test_a_digit_is_likeliest_and_likely_enough(self, row: np.ndarray, clear: bool) -> None:
        assert is_digit(row, 0.8 - 1e-6) is clear
