"""Neighbours make a doubtful shape a digit or a letter: by weights set by hand, and as the shipped set does it."""

import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT, Box
from edge.reading.context import (
    NEIGHBOURS,
    OF_FRAME,
    OF_PAIR,
    OWN,
    WEIGHTS,
    Company,
    meet,
    weigh_company,
)
from edge.reading.model_set import SHIPPED_MODEL, load_set
from tests.pools import NEVER, ONLY_CROPS, build_pool, hear_shares
from tests.verdicts import verdict

SHAPE = 8
SEEN = {".": 0.999, "?": 0.5, "x": 0.001, "w": 0.9}
"""How much of a digit the nets see in a shape: a clear one, a doubtful one, a letter, a weak one."""


def introduce(boxes: list[Box], shares: list[float], *, heat: float = 0.5) -> Company:
    """The company of these boxes, each an 8 with this share to glyph and crop alike."""
    rows = np.zeros((len(boxes), 11), np.float32)
    rows[:, SHAPE], rows[:, NOT_A_DIGIT] = shares, 1 - np.array(shares)
    return meet(build_pool(*((box, row, row, heat) for box, row in zip(boxes, rows, strict=True))), ONLY_CROPS)


def share_digits(company: Company, weights: tuple[float, ...]) -> list[float]:
    """Probability of being a digit of each box, in the order in which they were introduced, their company heard."""
    digit = 1 - weigh_company(company, weights)[:, NOT_A_DIGIT]
    return [float(share) for _, share in sorted(zip(company.numbers, digit, strict=True))]


def stand(text: str, *, step: int = 30) -> list[Box]:
    return [Box(10 + n * step, 100, 20, 40) for n in range(len(text))]


def read(text: str, weights: tuple[float, ...]) -> list[float]:
    """Probability of being a digit of each shape in a line, its company heard."""
    return share_digits(introduce(stand(text), [SEEN[sign] for sign in text]), weights)


class TestMeet:
    def test_each_hears_its_row_on_both_sides_as_far_as_the_limit(self) -> None:
        company = introduce(stand("." * 9), [0.9] * 9)
        first = company.pairs[company.pairs[:, 0] == 0]
        middle = company.pairs[company.pairs[:, 0] == 4]
        assert first.tolist() == [[0, 1, between] for between in range(NEIGHBOURS)]
        assert sorted(middle[:, 1].tolist()) == [0] * 4 + [1] * 4
        assert company.own.shape == (9, OWN + OF_FRAME)
        assert company.said.shape == (len(company.pairs), OWN + OF_PAIR)

    def test_another_line_is_not_heard(self) -> None:
        boxes = [*stand("..."), *(Box(10 + 30 * n, 300, 20, 40) for n in range(3))]
        company = introduce(boxes, [0.9] * 6)
        assert len(company.pairs) == 2 * 6  # within each line alone

    def test_how_a_neighbour_stands_is_told_in_heights(self) -> None:
        company = introduce([Box(0, 100, 20, 40), Box(40, 120, 20, 20)], [0.9, 0.9])
        (right,) = company.said[company.pairs[:, 0] == 0]
        gap, near, height, foot, top, place = right[-OF_PAIR:]
        assert (gap, near) == pytest.approx((0.5, np.exp(-0.5)))
        assert (height, foot, top) == pytest.approx((np.log(0.5), 0, 0.5))
        assert place == pytest.approx(1 / NEIGHBOURS)

    def test_a_witness_that_was_not_asked_says_nothing(self) -> None:
        box = Box(10, 100, 20, 40)
        row = verdict(3, 0.9)
        company = meet(build_pool((box, NEVER, row, 0.5)), ONLY_CROPS)
        assert company.own[0, 1] == 0
        assert np.isfinite(company.own).all()

    def test_an_empty_frame_is_no_fault(self) -> None:
        company = introduce([], [])
        assert (company.own.shape, company.said.shape) == ((0, OWN + OF_FRAME), (0, OWN + OF_PAIR))
        assert weigh_company(company, hear_shares()).shape == (0, 11)


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
        company = meet(pool, ONLY_CROPS)
        weighed = weigh_company(company, hear_shares())
        doubtful = company.numbers.index(0)
        assert weighed[doubtful, 3] / weighed[doubtful, 8] == pytest.approx(3, rel=1e-4)
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
        return share_digits(introduce(boxes, shares, heat=0.3), load_set(SHIPPED_MODEL).weights.company)

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
