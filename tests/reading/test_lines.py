"""Lines from top to bottom, columns and numbers from left to right."""

import math
from dataclasses import replace

import pytest

from edge.contract import Box, Detection
from edge.reading.lines import find_lines, find_rows


def detect(
    text: str, *, x: int = 10, y: int = 100, step: int = 30, rise: float = 0.0, height: int = 40
) -> list[Detection]:
    """One detection per sign: a digit, "?" for a low confidence, a letter for what is no digit, a space for a gap."""
    found = []
    for number, sign in enumerate(text):
        box = Box(x + number * step, round(y + rise * number * step), 20, height)
        if sign.isdigit():
            found.append(Detection(box, sign, 0.9))
        elif sign != " ":
            found.append(Detection(box, "1", 0.3, "low confidence" if sign == "?" else "not a digit"))
    return found


def bend(row: list[Detection], depth: int) -> list[Detection]:
    """The row hangs through by `depth` px in its middle, like a line on a page of an open book."""
    found = []
    for number, one in enumerate(row):
        place = 2 * number / (len(row) - 1) - 1
        box = replace(one.box, y=one.box.y + round(depth * (1 - place**2)))
        found.append(replace(one, box=box))
    return found


def texts(*groups: list[Detection]) -> list[str]:
    lines, _ = find_lines([one for group in groups for one in group])
    return [line.text for line in lines]


class TestFindLines:
    def test_reads_left_to_right(self) -> None:
        assert texts(detect("1234")[::-1]) == ["1234"]

    def test_reads_top_to_bottom(self) -> None:
        assert texts(detect("34", y=200), detect("12", y=100)) == ["12", "34"]

    def test_a_wide_gap_separates_numbers(self) -> None:
        assert texts(detect("20  21")) == ["20 21"]

    def test_a_rejected_candidate_in_a_number_stands_as_a_question_mark(self) -> None:
        assert texts(detect("1?3")) == ["1?3"]

    @pytest.mark.parametrize("degrees", [-25, -15, -8, 8, 15, 25])
    @pytest.mark.parametrize("step", [30, 60, 120])
    def test_a_tilted_line_is_one_line(self, degrees: int, step: int) -> None:
        rise = math.tan(math.radians(degrees))
        assert texts(detect("12345678", y=400, rise=rise, step=step))[0].replace(" ", "") == "12345678"

    @pytest.mark.parametrize("degrees", [-25, -15, 15, 25])
    def test_tilted_lines_are_read_from_the_top_one_even_where_it_is_short(self, degrees: int) -> None:
        rise = math.tan(math.radians(degrees))
        places = (("1", 520), ("22222222", 10), ("3", 10), ("44444444", 10), ("5", 520))
        rows = [
            detect(text, x=x, y=round(500 + 60 * n + rise * x), rise=rise, step=60)
            for n, (text, x) in enumerate(places)
        ]
        assert [text.replace(" ", "") for text in texts(*rows)] == [text for text, _ in places]

    @pytest.mark.parametrize("depth", [-25, -12, 12, 25])
    def test_curved_lines_stay_lines(self, depth: int) -> None:
        rows = [bend(detect("0123456789", y=200 + 75 * n), depth) for n in range(3)]
        assert texts(*rows) == ["0123456789"] * 3

    def test_two_tilted_lines_stay_two(self) -> None:
        assert texts(detect("1111111", y=100, rise=0.2), detect("2222222", y=170, rise=0.2)) == ["1111111", "2222222"]

    def test_a_word_without_a_digit_is_left_out(self) -> None:
        lines, digits = find_lines(detect("abc  12"))
        assert [line.text for line in lines] == ["12"]
        assert [one.line for one in digits] == [0, 0, None, None, None]

    def test_a_sign_between_two_numbers_is_never_silently_left_out(self) -> None:
        assert texts(detect("12+3")) == ["12?3"]

    @pytest.mark.parametrize("text", ["12  ?  34", "12  ??", "?  34"])
    def test_an_unclear_number_between_wide_gaps_is_never_silently_left_out(self, text: str) -> None:
        lines, digits = find_lines(detect(text))
        assert [line.text for line in lines] == [" ".join(text.split())]
        assert {one.line for one in digits} == {0}

    def test_a_line_without_a_clear_digit_is_left_out(self) -> None:
        assert texts(detect("?  ??")) == []

    def test_a_word_with_a_letter_is_left_out_however_unclear_the_rest(self) -> None:
        assert texts(detect("12  ?a")) == ["12"]

    def test_letters_that_touch_a_number_are_a_word_of_their_own(self) -> None:
        assert texts(detect("abc123")) == ["123"]
        assert texts(detect("12abc3")) == ["12 3"]

    def test_two_signs_beside_a_number_stay_with_it(self) -> None:
        assert texts(detect("ab123")) == ["??123"]

    def test_a_superscript_stands_on_its_line(self) -> None:
        two = Detection(Box(40, 88, 10, 24), "2", 0.9)
        assert texts([*detect("5"), two, *detect("78", x=70)]) == ["5278"]

    def test_what_stands_over_a_line_is_another(self) -> None:
        assert texts(detect("123", y=100), detect("456", y=148)) == ["123", "456"]

    def test_printed_letters_far_from_a_number_by_their_own_height_are_no_part_of_it(self) -> None:
        assert texts([*detect("abc", step=14, height=12, y=110), *detect("27", x=90)]) == ["27"]

    def test_digits_of_different_height_share_a_line(self) -> None:
        assert texts([*detect("1", height=60, y=90), *detect("2", x=40), *detect("3", x=70, height=30)]) == ["123"]

    def test_a_large_number_and_a_small_one_share_a_line(self) -> None:
        assert texts([*detect("12", height=90, y=75, step=60), *detect("34", x=160, height=30)]) == ["12 34"]

    def test_a_lines_confidence_is_its_weakest_accepted_digits(self) -> None:
        weak = Detection(Box(70, 100, 20, 40), "7", 0.6)
        (line,), _ = find_lines([*detect("1?"), weak])
        assert line.confidence == 0.6

    def test_no_detections_no_lines(self) -> None:
        assert find_lines([]) == ((), ())


class TestColumns:
    LEFT = detect("12", y=100), detect("34", y=170), detect("56", y=240)

    def test_columns_are_read_one_after_the_other(self) -> None:
        right = [detect(text, x=500, y=y) for text, y in (("78", 95), ("90", 172), ("11", 233))]
        assert texts(*self.LEFT, *right) == ["12", "34", "56", "78", "90", "11"]

    def test_a_heading_comes_before_its_columns(self) -> None:
        right = [detect(text, x=500, y=y) for text, y in (("78", 95), ("90", 172))]
        heading = detect("2026202620262026", y=20, step=35)
        assert texts(heading, *self.LEFT, *right) == ["2026202620262026", "12", "34", "56", "78", "90"]

    def test_two_single_numbers_side_by_side_are_read_left_to_right(self) -> None:
        assert texts(detect("12", y=104), detect("34", x=500, y=100)) == ["12", "34"]

    def test_what_stands_higher_on_the_right_is_no_column_and_comes_first(self) -> None:
        higher = [detect(text, x=500, y=y) for text, y in (("78", -60), ("90", 10))]
        assert texts(*self.LEFT, *higher) == ["78", "90", "12", "34", "56"]

    def test_a_gap_within_reach_stays_a_gap(self) -> None:
        right = [detect(text, x=200, y=y) for text, y in (("78", 100), ("90", 170))]
        assert texts(*self.LEFT, *right) == ["12 78", "34 90", "56"]

    def test_dirt_between_two_columns_does_not_join_them(self) -> None:
        right = [detect(text, x=500, y=y) for text, y in (("78", 100), ("90", 170))]
        assert texts(*self.LEFT, *right, detect("x", x=280, y=205)) == ["12", "34", "56", "78", "90"]


class TestFindRows:
    def test_gives_rejected_ones_where_they_stand(self) -> None:
        rows = find_rows([*detect("ab", y=200), *detect("1?", y=100)])
        assert [[one.label for one in row] for row in rows] == [["1", "?"], ["?", "?"]]
