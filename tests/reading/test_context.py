"""Neighbours make a doubtful shape a digit, or none; what the net saw clearly stays."""

from collections.abc import Iterable

import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT, Box
from edge.reading.context import weigh_company
from edge.reading.lines import group_rows

ALIKE = 0.0, 1.0, 1.0
"""Weights: a shape and its company are heard alike."""
SEEN = {".": 0.999, "?": 0.5, "l": 0.5, "x": 0.001, "w": 0.9}
"""How much of a digit the net sees in a shape: a clear one, two doubtful ones, a letter, a weak one."""


def read(
    text: str,
    *,
    heights: dict[int, int] | None = None,
    step: int = 30,
    weights: tuple[float, float, float] = ALIKE,
) -> list[float]:
    """Probability of being a digit of each shape in a line, its company heard; some heights differ."""
    heights = heights or {}
    signs = [(n, sign) for n, sign in enumerate(text) if sign != " "]
    boxes = [Box(10 + n * step, 100, 20, heights.get(n, 40)) for n, _ in signs]
    probabilities = np.zeros((len(signs), 11), np.float32)
    for row, (_, sign) in zip(probabilities, signs, strict=True):
        row[3], row[8], row[NOT_A_DIGIT] = 0.75 * SEEN[sign], 0.25 * SEEN[sign], 1 - SEEN[sign]
    return [float(1 - row[NOT_A_DIGIT]) for row in weigh_company(boxes, probabilities, group_rows(boxes), weights)]


def read_one(text: str, place: int, **differences: dict[int, float]) -> float:
    return read(text, **differences)[place]  # type: ignore[arg-type]


class TestWeighCompany:
    def test_a_doubtful_shape_in_a_number_is_a_digit(self) -> None:
        assert read_one("..?..", 2) > 0.95

    def test_a_doubtful_shape_in_a_word_is_none(self) -> None:
        assert read_one("xx?xx", 2) < 0.05

    @pytest.mark.parametrize(("text", "signs"), [("xxxx?.", range(4)), (".?.x?", [3])], ids=["print", "a sign"])
    def test_what_is_much_smaller_says_little_against_a_doubtful_shape(self, text: str, signs: Iterable[int]) -> None:
        small = dict.fromkeys(signs, 14)
        assert read(text, heights=small)[text.rindex("?")] > read(text)[text.rindex("?")] + 0.15

    def test_a_doubtful_shape_alone_stays_doubtful(self) -> None:
        assert read("?") == pytest.approx([0.5], abs=0.01)

    def test_a_clear_digit_stays_beside_a_speck_or_two(self) -> None:
        assert read(".   xx", step=60)[0] > 0.95

    def test_a_weak_digit_in_a_word_is_none(self) -> None:
        assert read_one("xxwxx", 2) < 0.3

    @pytest.mark.parametrize(("text", "place", "clear"), [("xx.xx", 2, True), ("..x..", 2, False)])
    def test_what_the_net_saw_clearly_stays(self, text: str, place: int, clear: bool) -> None:
        assert (read_one(text, place) > 0.5) is clear

    def test_digits_far_apart_on_one_line_still_speak_for_each_other(self) -> None:
        assert read("..?..", step=120)[2] > 0.9

    def test_the_neighbours_of_another_line_hardly_matter(self) -> None:
        boxes = [Box(10 + 30 * n, 100, 20, 40) for n in range(5)] + [Box(10 + 30 * n, 200, 20, 40) for n in range(5)]
        shares = np.array([SEEN[sign] for sign in "..?..xx?xx"], np.float32)
        rows = np.zeros((10, 11), np.float32)
        rows[:, 3], rows[:, NOT_A_DIGIT] = shares, 1 - shares
        weighed = 1 - weigh_company(boxes, rows, group_rows(boxes), ALIKE)[:, NOT_A_DIGIT]
        assert weighed[2] > 0.8
        assert weighed[7] < 0.2

    @pytest.mark.parametrize(("weights", "expected"), [((2.0, 0, 0), 0.881), ((0, 0.5, 0), 0.75), ((0, 0, 0), 0.5)])
    def test_a_weight_says_how_much_is_heard(self, weights: tuple[float, float, float], expected: float) -> None:
        assert read("wwwww", weights=weights) == pytest.approx([expected] * 5, abs=1e-3)

    def test_the_more_company_is_heard_the_more_it_decides(self) -> None:
        shares = [read("..?..", weights=(0, 1, company))[2] for company in (0, 0.5, 1, 2)]
        assert shares == sorted(shares)
        assert shares[0] == pytest.approx(0.5, abs=1e-3)

    @pytest.mark.parametrize("height", [6, 20, 80, 300])
    def test_a_clear_digit_of_another_size_stays(self, height: int) -> None:
        assert read_one(".....", 1, heights={1: height}) > 0.5

    def test_a_frame_of_rubbish_speaks_against_its_few_weak_digits(self) -> None:
        boxes = [Box(10 + 300 * (n % 4), 100 + 90 * (n // 4), 20, 40) for n in range(20)]
        rows = np.zeros((20, 11), np.float32)
        rows[:, 1], rows[:, NOT_A_DIGIT] = 0.01, 0.99
        rows[7, 1], rows[7, NOT_A_DIGIT] = 0.9, 0.1
        assert weigh_company(boxes, rows, group_rows(boxes), ALIKE)[7, 1] < 0.5

    def test_which_digit_it_is_stays_the_nets_view(self) -> None:
        boxes = [Box(10, 100, 20, 40), Box(40, 100, 20, 40)]
        rows = np.zeros((2, 11), np.float32)
        rows[:, [3, 8, NOT_A_DIGIT]] = (0.3, 0.1, 0.6), (0.999, 0.0, 0.001)
        weighed = weigh_company(boxes, rows, group_rows(boxes), ALIKE)
        assert weighed[0, 3] / weighed[0, 8] == pytest.approx(3, rel=1e-4)
        assert weighed.sum(axis=1) == pytest.approx([1, 1], abs=1e-5)

    def test_nobody_is_ever_certain(self) -> None:
        boxes = [Box(10 + 30 * n, 100, 20, 40) for n in range(30)]
        rows = np.zeros((30, 11), np.float32)
        rows[:, 3] = 1
        weighed = weigh_company(boxes, rows, group_rows(boxes), ALIKE)
        assert weighed.max() < 1

    def test_no_candidates_no_probabilities(self) -> None:
        assert weigh_company([], np.empty((0, 11), np.float32), group_rows([]), ALIKE).shape == (0, 11)
