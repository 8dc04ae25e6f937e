"""Real hands: folders of labelled pictures, and photographs whose text is known."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.contract import Box, Detection
from edge.errors import SourceError
from train.bench.real_hands import cut_out_lines, load_hands, sort_into_lines
from train.digits.mnist import load_sample

ROOT = Path(__file__).resolve().parents[2]


def build_line(count: int, *, y: float, slope: float = 0.0) -> list[Box]:
    return [Box(60 * place, round(y + slope * 60 * place), 30, 50) for place in range(count)]


class TestSortIntoLines:
    @pytest.mark.parametrize("slope", [-0.2, -0.05, 0.0, 0.13])
    def test_tilted_lines_are_kept_apart(self, slope: float) -> None:
        boxes = [*build_line(9, y=200, slope=slope), *build_line(5, y=300, slope=slope)]
        assert sort_into_lines(boxes, 2).tolist() == [0] * 9 + [1] * 5

    def test_one_line_is_one_row(self) -> None:
        assert sort_into_lines(build_line(4, y=10), 1).tolist() == [0] * 4


def build_digits(*counts: int) -> list[Detection]:
    lines = [build_line(count, y=100.0 * row) for row, count in enumerate(counts)]
    return [Detection(box, guess="0", confidence=0.5) for line in lines for box in reversed(line)]


class TestCutOutLines:
    def test_a_line_whose_count_fits_gives_its_labels_from_left_to_right(self) -> None:
        found = cut_out_lines(build_digits(3, 2), ["123", "45"])
        assert [(digit.box.x // 60, label) for digit, label in found] == [(0, 1), (1, 2), (2, 3), (0, 4), (1, 5)]

    def test_another_line_is_left_out(self) -> None:
        found = cut_out_lines(build_digits(4, 2), ["123", "45"])
        assert [label for _, label in found] == [4, 5]

    def test_fewer_digits_than_lines_give_nothing(self) -> None:
        assert cut_out_lines(build_digits(1), ["1", "2"]) == []


@pytest.fixture
def hands(tmp_path: Path) -> Path:
    """anna: labelled pictures; a folder of photographs by two writers."""
    digits = load_sample().train
    for label in (3, 8):
        folder = tmp_path / "anna" / str(label)
        folder.mkdir(parents=True)
        for number, index in enumerate(np.flatnonzero(digits.labels == label)[:2]):
            cv2.imwrite(str(folder / f"{number}.png"), digits.glyphs[index])
    (tmp_path / "photos").mkdir()
    pages = ROOT / "tests" / "sample_pages"
    shutil.copy(pages / "1_score_sheet.png", tmp_path / "photos" / "ben_1.png")
    shutil.copy(pages / "1_score_sheet.png", tmp_path / "photos" / "cleo_1.png")
    text = "127590/43861/20719/856430"
    (tmp_path / "photos" / "photos.csv").write_text(f"file,text\nben_1.png,{text}\ncleo_1.png,{text}\n")
    return tmp_path


class TestLoadHands:
    def test_a_folder_of_label_folders_is_one_hand(self, hands: Path) -> None:
        found = load_hands([str(hands / "anna")])
        assert {name: digits.labels.tolist() for name, digits in found.items()} == {"anna": [3, 3, 8, 8]}

    def test_photographs_give_a_hand_per_writer(self, hands: Path) -> None:
        found = load_hands([f"{hands / 'photos'}:ben"])
        assert list(found) == ["ben"]
        assert "".join(map(str, found["ben"].labels)) == "1275904386120719856430"

    def test_a_folder_of_both_gives_all(self, hands: Path) -> None:
        assert list(load_hands([str(hands)])) == ["anna", "ben", "cleo"]

    @pytest.mark.parametrize(
        ("source", "words"),
        [("nowhere", "there is no folder"), ("anna:zoe", "no hand zoe"), ("empty", "no hand at all")],
    )
    def test_what_is_not_there_is_named(self, hands: Path, source: str, words: str) -> None:
        (hands / "empty").mkdir()
        with pytest.raises(SourceError, match=words):
            load_hands([str(hands / source)])
