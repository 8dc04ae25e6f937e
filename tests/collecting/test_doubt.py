"""`--capture 7` on a page of clearly other digits: a wrong label would teach the wrong thing."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.collecting.capture import Collection
from edge.collecting.doubt import find_doubt
from edge.collecting.labeller import Labeller
from edge.contract import Box, Detection
from edge.reading.reader import SHIPPED_MODEL, open_reader
from edge.recognize import main
from tests.fakes import build_shot

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "tests" / "sample_pages" / "1_score_sheet.png"


def read_as(guesses: str, *, confidence: float = 0.98) -> list[Detection]:
    """Digits that are accepted as these; "?" is a rejected 3."""
    return [
        Detection(Box(20 * n, 0, 15, 30), "3" if one == "?" else one, confidence, "not a digit" if one == "?" else None)
        for n, one in enumerate(guesses)
    ]


class TestFindDoubt:
    @pytest.mark.parametrize(
        ("label", "read", "said"),
        [
            ("7", "3348", "4 of 4 are clearly no 7 (2 x 3, 1 x 4, 1 x 8)"),
            ("7", "77333", "3 of 5 are clearly no 7 (3 x 3)"),
            ("other", "123??", "3 of 5 are clearly digits (1 x 1, 1 x 2, 1 x 3)"),
            ("7", "773333", "4 of 6 are clearly no 7 (4 x 3)"),
        ],
    )
    def test_names_what_most_of_it_is(self, label, read, said):
        assert find_doubt(label, read_as(read)) == said

    @pytest.mark.parametrize(
        ("label", "read", "confidence"),
        [
            ("7", "777777", 0.98),
            ("7", "7773", 0.98),  # a misread one is what is to be learned
            ("7", "777333", 0.98),  # half of it
            ("7", "11", 0.98),  # two: a hand's 7s that are read as 1s
            ("7", "????", 0.98),  # rejected
            ("7", "333333", 0.7),  # unclear
            ("other", "??????", 0.98),
            ("7", "", 0.98),
        ],
    )
    def test_has_nothing_to_say_where_the_label_may_be_right(self, label, read, confidence):
        assert find_doubt(label, read_as(read, confidence=confidence)) is None


class TestImport:
    def run(self, *arguments):
        return main(["--capture", *map(str, arguments), "--model", str(SHIPPED_MODEL)])

    def test_a_page_of_other_digits_is_refused_with_what_it_is_and_how_to_insist(self, tmp_path, caplog):
        assert self.run("7", "--source", PAGE, "--into", tmp_path) == 1
        (said,) = (one for one in caplog.messages if "clearly" in one)
        assert said.startswith(f"{PAGE.name}: ")
        assert "are clearly no 7 (" in said
        assert said.endswith("if all of them are meant to be 7, add --insist.")
        assert list(tmp_path.rglob("*.png")) == []

    def test_who_insists_has_it_saved(self, tmp_path):
        assert self.run("7", "--insist", "--source", PAGE, "--into", tmp_path) == 0
        assert len(list((tmp_path / "7").rglob("*.crop.png"))) > 10

    @pytest.mark.parametrize("arguments", [["--insist"], ["--insist", "--capture"]])
    def test_insisting_without_a_label_is_wrong_usage(self, arguments, capsys):
        with pytest.raises(SystemExit, match="2"):
            main([*arguments, "--source", str(PAGE), "--model", str(SHIPPED_MODEL)])
        assert "--insist is for labels that the reader doubts; add --capture 7" in capsys.readouterr().err


class TestALiveCamera:
    def show(self, folder: Path, *, insist: bool) -> tuple[list[str], int]:
        """A page of all digits under a camera for which all is a 7: what is told, how many are saved."""
        frame, told, clock = cv2.imread(str(PAGE)), [], iter(np.arange(0.0, 9.0, 0.5))
        collection = Collection(folder, "anna")
        labeller = Labeller(collection, tell=told.append, everything="7", insist=insist, clock=lambda: next(clock))
        reading = open_reader(SHIPPED_MODEL).read(frame)
        for index in range(5):
            labeller.see(build_shot(frame, source="0", index=index), reading)
        return told, collection.saved

    def test_saves_nothing_and_says_so_once(self, tmp_path):
        told, saved = self.show(tmp_path, insist=False)
        (said,) = told
        assert re.fullmatch(
            r"not saved: \d+ of \d+ are clearly no 7 \(.*\)\. Press what they are, or start again with --insist", said
        )
        assert saved == 0

    def test_saves_for_who_insists(self, tmp_path):
        told, saved = self.show(tmp_path, insist=True)
        assert (len(told), saved > 0) == (1, True)
