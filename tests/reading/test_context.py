"""Neighbours make a doubtful shape a digit or a letter: by weights set by hand, and as the shipped set does it."""

import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT, Box
from edge.reading.context import (
    NEIGHBOURS,
    OF_FRAME,
    OF_PAIR,
    OWN,
    SHAPES,
    WEIGHTS,
    Company,
    meet,
    weigh_company,
)
from edge.reading.lines import group_rows
from edge.reading.model_set import SHIPPED_MODEL, load_set
from tests.pools import NEVER, build_pool
from tests.verdicts import verdict

SHAPE = 8
SEEN = {".": 0.999, "?": 0.5, "x": 0.001, "w": 0.9}
"""How much of a digit the nets see in a shape: a clear one, a doubtful one, a letter, a weak one."""


def introduce(boxes: list[Box], shares: list[float], *, heat: float = 0.5) -> tuple[Company, np.ndarray]:
    """The company of these boxes, each an 8 with this share to glyph and crop alike; their probabilities alone."""
    probabilities = np.zeros((len(boxes), 11), np.float32)
    probabilities[:, SHAPE], probabilities[:, NOT_A_DIGIT] = shares, 1 - np.array(shares)
    pool = build_pool(*((box, row, row, heat) for box, row in zip(boxes, probabilities, strict=True)))
    return meet(pool, range(len(boxes)), boxes, probabilities, group_rows(boxes)), probabilities


def stand(text: str, *, step: int = 30) -> list[Box]:
    return [Box(10 + n * step, 100, 20, 40) for n in range(len(text))]


def hear_shares(company: float = 1.0, own: float = 3.0) -> tuple[float, ...]:
    """Weights set by hand: own log odds, plus the mean of those of the neighbours."""
    parts = [np.zeros(shape, np.float32) for shape in SHAPES]
    neighbour, _, _, hidden, _, last, _ = parts
    neighbour[0, 0], neighbour[0, 1] = 1, -1  # what speaks for a digit, and against it
    hidden[[0, 8], 0] = hidden[[1, 9], 1] = 1  # from the left and from the right
    hidden[16, 2], hidden[16, 3] = 1, -1  # own odds, both ways
    last[:4, 0] = company, -company, own, -own
    return tuple(float(one) for part in parts for one in part.ravel())


def read(text: str, weights: tuple[float, ...]) -> list[float]:
    """Probability of being a digit of each shape in a line, its company heard."""
    company, alone = introduce(stand(text), [SEEN[sign] for sign in text])
    return [float(1 - row[NOT_A_DIGIT]) for row in weigh_company(company, alone, weights)]


class TestMeet:
    def test_each_hears_its_row_on_both_sides_as_far_as_the_limit(self) -> None:
        company, _ = introduce(stand("." * 9), [0.9] * 9)
        first = company.pairs[company.pairs[:, 0] == 0]
        middle = company.pairs[company.pairs[:, 0] == 4]
        assert first.tolist() == [[0, 1, between] for between in range(NEIGHBOURS)]
        assert sorted(middle[:, 1].tolist()) == [0] * 4 + [1] * 4
        assert company.own.shape == (9, OWN + OF_FRAME)
        assert company.said.shape == (len(company.pairs), OWN + OF_PAIR)

    def test_another_line_is_not_heard(self) -> None:
        boxes = [*stand("..."), *(Box(10 + 30 * n, 300, 20, 40) for n in range(3))]
        company, _ = introduce(boxes, [0.9] * 6)
        assert len(company.pairs) == 2 * 6  # within each line alone

    def test_how_a_neighbour_stands_is_told_in_heights(self) -> None:
        company, _ = introduce([Box(0, 100, 20, 40), Box(40, 120, 20, 20)], [0.9, 0.9])
        (right,) = company.said[company.pairs[:, 0] == 0]
        gap, near, height, foot, top, place = right[-OF_PAIR:]
        assert (gap, near) == pytest.approx((0.5, np.exp(-0.5)))
        assert (height, foot, top) == pytest.approx((np.log(0.5), 0, 0.5))
        assert place == pytest.approx(1 / NEIGHBOURS)

    def test_a_witness_that_was_not_asked_says_nothing(self) -> None:
        box = Box(10, 100, 20, 40)
        row = verdict(3, 0.9)
        company = meet(build_pool((box, NEVER, row, 0.5)), [0], [box], row[np.newaxis], group_rows([box]))
        assert company.own[0, 1] == 0
        assert np.isfinite(company.own).all()

    def test_an_empty_frame_is_no_fault(self) -> None:
        company, alone = introduce([], [])
        assert (company.own.shape, company.said.shape) == ((0, OWN + OF_FRAME), (0, OWN + OF_PAIR))
        assert weigh_company(company, alone, hear_shares()).shape == (0, 11)


class TestWeighCompany:
    def test_a_doubtful_shape_follows_its_neighbours(self) -> None:
        assert read("..?..", hear_shares())[2] > 0.75
        assert read("xx?xx", hear_shares())[2] < 0.25

    def test_by_itself_it_stays_as_it_was(self) -> None:
        assert read("?", hear_shares()) == pytest.approx([0.5], abs=0.01)
        assert read("..?..", hear_shares(company=0))[2] == pytest.approx(0.5, abs=0.01)

    def test_without_weights_nobody_is_heard(self) -> None:
        assert read("x.?w", ()) == pytest.approx([SEEN[sign] for sign in "x.?w"], abs=1e-4)

    def test_which_digit_it_is_stays_the_nets_view(self) -> None:
        boxes = stand("..")
        rows = np.zeros((2, 11), np.float32)
        rows[:, [3, 8, NOT_A_DIGIT]] = (0.3, 0.1, 0.6), (0.999, 0.0, 0.001)
        pool = build_pool(*((box, row, row, 0.5) for box, row in zip(boxes, rows, strict=True)))
        weighed = weigh_company(meet(pool, [0, 1], boxes, rows, group_rows(boxes)), rows, hear_shares())
        assert weighed[0, 3] / weighed[0, 8] == pytest.approx(3, rel=1e-4)
        assert weighed.sum(axis=1) == pytest.approx([1, 1], abs=1e-5)

    def test_nobody_is_ever_certain(self) -> None:
        assert max(read("." * 30, hear_shares(company=50))) < 1

    def test_weights_of_another_network_are_refused(self) -> None:
        with pytest.raises(ValueError, match="cannot reshape"):
            read("..", (1.0,) * (WEIGHTS - 1))


class TestTheShippedOne:
    """What it learned of words and numbers; the shapes are doubtful, all else is as clear as can be."""

    @staticmethod
    def read(boxes: list[Box], shares: list[float]) -> list[float]:
        company, alone = introduce(boxes, shares, heat=0.3)
        weighed = weigh_company(company, alone, load_set(SHIPPED_MODEL).weights.company)
        return [float(1 - row[NOT_A_DIGIT]) for row in weighed]

    def test_a_doubtful_shape_in_a_number_is_more_of_a_digit_than_in_a_word(self) -> None:
        number = self.read(stand("....."), [0.99, 0.99, 0.6, 0.99, 0.99])[2]
        word = self.read(stand("....."), [0.01, 0.01, 0.6, 0.01, 0.01])[2]
        assert number > 0.75
        assert word < 0.25

    def test_a_lookalike_in_a_word_is_a_letter_though_the_nets_are_nearly_sure(self) -> None:
        low = [Box(10 + n * 26, 116, 20, 24) for n in range(6)]
        assert self.read(low, [0.02, 0.02, 0.9, 0.02, 0.02, 0.02])[2] < 0.5

    def test_clear_digits_stay(self) -> None:
        assert min(self.read(stand("....."), [0.99] * 5)) > 0.9

    def test_a_clear_digit_alone_stays(self) -> None:
        assert self.read([Box(100, 100, 28, 40)], [0.995])[0] > 0.6
