"""Score sheets as a bench: what counts as a number read right, and as a false digit."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from train.bench.score_sheets import build_table, main
from train.bench.sheet_scores import Count, build_sheet, score_sheet
from train.bench.world_scores import Answer
from train.pages.score_sheet import Kind, ScoreSheet
from train.pages.truth import tell_truth
from train.pages.world import Part


@pytest.fixture(scope="module")
def sheet() -> ScoreSheet:
    return build_sheet(Part.KNOWN, Kind.NAMES, seed=1, number=0)


def read_right(sheet: ScoreSheet) -> Answer:
    """As one would who reads without an error."""
    truth = tell_truth(sheet.page)
    return [(str(truth.class_ids[one]), tuple(truth.places[one].tolist())) for one in np.flatnonzero(truth.digits)]  # type: ignore[misc]


class TestScoreSheet:
    def test_without_an_error(self, sheet: ScoreSheet) -> None:
        count = score_sheet(sheet, read_right(sheet))
        assert count == Count(sheet.letters, 0, len(sheet.numbers), len(sheet.numbers), 1)

    def test_one_digit_misread_or_missed_spoils_its_number(self, sheet: ScoreSheet) -> None:
        (_, box), *rest = read_right(sheet)
        for answer in (rest, [("x", box), *rest]):
            count = score_sheet(sheet, answer)
            assert (count.right, count.false, count.perfect) == (len(sheet.numbers) - 1, 0, 0)

    def test_a_digit_where_none_stands_is_false(self, sheet: ScoreSheet) -> None:
        truth = tell_truth(sheet.page)
        letter = tuple(truth.places[np.flatnonzero(truth.class_ids == 10)[0]].tolist())
        count = score_sheet(sheet, [*read_right(sheet), ("0", letter)])  # type: ignore[list-item]
        assert (count.right, count.false, count.perfect) == (len(sheet.numbers), 1, 0)


def test_the_table_gives_percent_and_counts() -> None:
    table = build_table({"sealed: names": [Count(50, 1, 4, 3, 0), Count(150, 0, 4, 4, 1)], "sealed: words": [Count(9)]})
    assert "| sealed: names | 2 | 0.50 (1 of 200) | 87.5 % (7 of 8) | 1 |" in table
    assert "| sealed: words | 1 | 0.00 (0 of 9) | - | 0 |" in table


@pytest.mark.slow
def test_another_versions_lines_are_scored_on_the_same_pictures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(["--part", "known", "--kind", "names", "words", "--pages", "2", "--save", str(tmp_path / "pictures")]) == 0
    )
    assert cv2.imread(str(tmp_path / "pictures" / "known" / "names" / "0001.png")) is not None
    own = capsys.readouterr().out
    (tmp_path / "none.jsonl").write_text('{"source": "0001.png", "digits": []}\n')
    assert (
        main(
            [
                "--part",
                "known",
                "--kind",
                "names",
                "words",
                "--pages",
                "2",
                "--readings",
                f"names={tmp_path / 'none.jsonl'}",
            ]
        )
        == 0
    )
    theirs = capsys.readouterr().out
    assert "known: names | 2 | 0.00 (0 of" in theirs
    assert "| 0.0 % (0 of" in theirs
    assert "| 0.0 % (0 of" not in own


def test_lines_that_are_not_there_or_of_no_kind_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--readings", f"names={tmp_path / 'x.jsonl'}"]) == 1
    assert "no JSON lines in" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["--readings", "letters=x.jsonl"])
    assert "expected KIND=FILE, one of names, words, print" in capsys.readouterr().err
