"""What counts as an error on a page whose truth is known."""

import json
from pathlib import Path

import numpy as np
import pytest

from train.bench import worlds
from train.bench.world_scores import Answer, Count, score_page
from train.bench.worlds import build_table, find_interval
from train.pages.truth import Truth
from train.pages.world import Part


def page(*items: tuple[int, tuple[int, int, int, int]], unclear: tuple[int, ...] = ()) -> Truth:
    """A page with these items: class_id and left, top, right, bottom; some of them, by index, nobody can tell."""
    return Truth(
        np.full((100, 200), 200, np.uint8),
        np.array([box for _, box in items], np.float32).reshape(-1, 4),
        np.array([class_id for class_id, _ in items], np.int64),
        np.array([number not in unclear for number in range(len(items))], np.bool_),
        0.1,
    )


SEVEN, LETTER = (7, (10, 10, 30, 50)), (10, (60, 10, 80, 50))


class TestScorePage:
    @pytest.mark.parametrize(
        ("answer", "expected"),
        [
            ([("7", (11, 9, 31, 52))], Count(1, 0, 0, 0)),
            ([("1", (11, 9, 31, 52))], Count(1, 0, 1, 0)),
            ([], Count(1, 1, 0, 0)),
            ([("7", (10, 10, 30, 50)), ("7", (12, 12, 32, 50))], Count(1, 0, 0, 1)),
            ([("7", (10, 10, 30, 50)), ("0", (60, 10, 80, 50))], Count(1, 0, 0, 1)),
            ([("7", (120, 10, 140, 50))], Count(1, 1, 0, 1)),
        ],
        ids=["right", "misread", "missed", "read twice", "a letter read", "read where nothing is"],
    )
    def test_errors_are_missed_misread_and_invented_digits(self, answer: Answer, expected: Count) -> None:
        assert score_page(page(SEVEN, LETTER), answer) == expected

    def test_what_nobody_can_tell_counts_neither_way(self) -> None:
        truth = page(SEVEN, (3, (100, 10, 120, 50)), unclear=(1,))
        assert score_page(truth, [("7", (10, 10, 30, 50)), ("8", (100, 10, 120, 50))]) == Count(1, 0, 0, 0)

    def test_a_page_without_a_digit_can_only_invent(self) -> None:
        assert score_page(page(LETTER), [("0", (60, 10, 80, 50))]) == Count(0, 0, 0, 1)


class TestInterval:
    def test_pages_that_are_alike_have_none(self) -> None:
        assert find_interval([Count(10, 1, 0, 0)] * 8) == (0.1, 0.1)

    def test_it_holds_the_rate_where_pages_differ(self) -> None:
        low, high = find_interval([Count(10, 0, 0, 0), Count(10, 4, 0, 0)] * 20)
        assert 0.1 < low < 0.2 < high < 0.3


class TestTable:
    def test_has_a_row_for_the_part_and_for_each_kind_of_page(self) -> None:
        table = build_table({Part.SEALED: [("form", Count(10, 1, 0, 0)), ("notes", Count(10, 0, 1, 0))]}).splitlines()
        assert [row.split("|")[1].strip() for row in table[2:]] == ["**sealed**", "sealed: form", "sealed: notes"]
        assert table[2].split("|")[4].strip().startswith("10.0 %")


class TestReadings:
    def test_another_versions_json_lines_are_scored(self, tmp_path: Path) -> None:
        digits = [
            {"label": "7", "box": [10, 10, 20, 40], "rejected": False},
            {"label": "?", "box": [0, 0, 5, 5], "rejected": True},
        ]
        (tmp_path / "x.jsonl").write_text(json.dumps({"source": "0003.png", "digits": digits}) + "\n")
        part, answers = worlds._load_part(f"sealed={tmp_path / 'x.jsonl'}")
        assert (part, answers) == (Part.SEALED, {3: [("7", (10, 10, 30, 50))]})
