"""Lines from top to bottom, numbers from left to right, and no number in a word."""

import pytest

from edge.contract import Box, Detection
from edge.lines import find_lines


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

    @pytest.mark.parametrize("rise", [-0.3, 0.15, 0.3])
    def test_a_tilted_line_is_one_line(self, rise: float) -> None:
        assert texts(detect("12345678", y=200, rise=rise)) == ["12345678"]

    def test_two_tilted_lines_stay_two(self) -> None:
        assert texts(detect("1111111", y=100, rise=0.2), detect("2222222", y=170, rise=0.2)) == ["1111111", "2222222"]

    def test_a_word_without_a_digit_is_left_out(self) -> None:
        lines, digits = find_lines(detect("abc  12"))
        assert [line.text for line in lines] == ["12"]
        assert [one.line for one in digits] == [0, 0, None, None, None]

    def test_a_lone_digit_in_a_word_is_a_letter(self) -> None:
        assert texts(detect("ab1de")) == []

    def test_digits_of_different_height_share_a_line(self) -> None:
        assert texts([*detect("1", height=60, y=90), *detect("2", x=40), *detect("3", x=70, height=30)]) == ["123"]

    def test_a_lines_confidence_is_its_weakest_accepted_digits(self) -> None:
        weak = Detection(Box(70, 100, 20, 40), "7", 0.6)
        (line,), _ = find_lines([*detect("1?"), weak])
        assert line.confidence == 0.6

    def test_no_detections_no_lines(self) -> None:
        assert find_lines([]) == ((), ())
