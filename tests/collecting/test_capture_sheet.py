"""A photo of a filled capture sheet fills calibration_digits/: each digit under the label of its row, or not at all."""

import io
import re
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.collecting.capture import Collection
from edge.collecting.import_sheet import SheetImport
from edge.collecting.marks import find_marks, flatten
from edge.collecting.sample_files import read_grey
from edge.collecting.sheet_layout import LAYOUT, MARK_NAMES, SheetLayout
from edge.contract import Frame
from edge.errors import SourceError
from edge.reading.glyph import normalize
from edge.reading.reader import SHIPPED_MODEL, open_reader
from edge.recognize import main
from tests.fakes import build_shot
from tests.pictures import glyph_of, likeness
from tests.sheets.filled import DIGIT_MM, bend, cut_out, fill, photograph, print_sheet

EVERY_BOX = {str(digit): [digit] * LAYOUT.boxes for digit in range(10)}
FEW = SheetLayout(boxes=4, labels=("2", "3", "7", "other"))
"""A sheet that is soon read."""


@pytest.fixture(scope="module")
def reader():
    return open_reader(SHIPPED_MODEL)


def take(frame: Frame, folder: Path, reader, **known) -> list[str]:
    """The lines that are printed of one photo."""
    stream = io.StringIO()
    SheetImport(Collection(folder, "anna"), reader, stream=stream, **known).take(build_shot(frame))
    return stream.getvalue().splitlines()


def saved(folder: Path) -> dict[str, int]:
    """How many digits lie there, by label."""
    names = {(path.parents[1].name, path.name.split(".")[0]) for path in folder.rglob("*.png")}
    return dict(Counter(label for label, _ in sorted(names)))


class TestAPhotograph:
    @pytest.mark.parametrize(
        ("seed", "turns", "size"),
        [(1, 0, DIGIT_MM), (2, 2, 8.0), (3, 1, 13.0)],
        ids=["upright", "upside down", "large"],
    )
    def test_brings_nearly_all_digits_and_none_under_a_wrong_label(self, tmp_path, reader, seed, turns, size):
        take(photograph(fill(EVERY_BOX, seed=seed, size=size), seed=seed, turns=turns), tmp_path, reader)
        assert sum(saved(tmp_path).values()) >= 0.95 * 10 * LAYOUT.boxes
        wrong = [str(path) for path in tmp_path.rglob("*.ink.png") if written_as(path) != path.parents[1].name]
        assert wrong == []

    def test_of_a_page_that_is_not_quite_flat_still_does(self, tmp_path, reader):
        take(photograph(bend(fill(EVERY_BOX), mm=1.2)), tmp_path, reader)
        assert sum(saved(tmp_path).values()) >= 0.95 * 10 * LAYOUT.boxes

    def test_of_few_pixels_still_does(self, tmp_path, reader):
        small = cv2.resize(photograph(fill(EVERY_BOX)), None, fx=0.55, fy=0.55, interpolation=cv2.INTER_AREA)
        take(small, tmp_path, reader)
        assert sum(saved(tmp_path).values()) >= 0.95 * 10 * LAYOUT.boxes

    def test_of_an_empty_sheet_brings_nothing(self, tmp_path, reader):
        lines = take(photograph(fill({})), tmp_path, reader)
        assert lines[1:] == [f"  {label}: empty" for label in LAYOUT.labels]
        assert saved(tmp_path) == {}


def written_as(path: Path) -> str:
    """Which digit this ink is, by what was written into the boxes: the reader is not asked."""
    glyph = normalize(read_grey(path))
    alike = {(label, n): likeness(glyph, glyph_of(label, n)) for label in range(10) for n in range(LAYOUT.boxes)}
    return str(max(alike, key=lambda one: alike[one])[0])


class TestTheSamples:
    def take_few(self, written, folder, reader) -> Frame:
        photo = photograph(fill(written, layout=FEW), tilt=0.02)
        take(photo, folder, reader, layout=FEW)
        return photo

    def test_give_the_glyph_that_is_live_when_a_camera_sees_the_same_digit(self, tmp_path, reader):
        photo = self.take_few({"2": [2]}, tmp_path, reader)
        kept = [normalize(read_grey(path)) for path in tmp_path.rglob("*.ink.png")]
        live = [normalize(one.ink) for one in reader.read(photo).candidates if one.ink is not None and one.guess == "2"]
        assert len(kept) == 1
        assert max(likeness(kept[0], one) for one in live) > 0.95

    def test_are_an_ink_and_a_crop_each_as_capture_writes_them(self, tmp_path, reader):
        self.take_few({"3": [3, 3]}, tmp_path, reader)
        names = sorted(path.name.split(".", 1)[1] for path in (tmp_path / "3" / "anna").iterdir())
        assert names == ["crop.png", "crop.png", "ink.png", "ink.png"]


class TestRows:
    def take_few(self, page: Frame, folder: Path, reader, **known) -> list[str]:
        return take(photograph(page, tilt=0.02), folder, reader, layout=FEW, **known)

    def test_say_what_was_taken_and_what_not_and_why(self, tmp_path, reader):
        page = np.minimum(fill({"3": [3, None, 3]}, layout=FEW), fill({"7": [7, 7]}, size=3.5, layout=FEW))
        small = cv2.resize(photograph(page, tilt=0.02), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        lines = take(small, tmp_path, reader, layout=FEW)
        assert re.fullmatch(r"page\.png: capture sheet, 4\.\d px a mm", lines[0])
        assert [*lines[1:3], lines[4]] == [
            "  2: empty",
            "  3: saved 2",
            "  other: empty",
        ]
        assert re.fullmatch(r"  7: saved 0; boxes 1, 2 not saved, too small: it is less than 20 px .*", lines[3])
        assert saved(tmp_path) == {"3": 2}

    def test_two_digits_in_a_box_are_not_guessed_at(self, tmp_path, reader):
        page = fill({"2": [None, 2], "3": [3, 3]}, size=6, spread=0, layout=FEW)
        inside = cut_out(page, FEW.place(0, 1), inset=1)
        inside[:] = np.minimum(np.roll(inside, -28, axis=1), np.roll(inside, 28, axis=1))
        lines = self.take_few(page, tmp_path, reader)
        assert lines[1].startswith("  2: saved 0; box 2 not saved, several signs: one digit in a box")
        assert saved(tmp_path) == {"3": 2}

    def test_ink_in_which_no_sign_is_found_is_told(self, tmp_path, reader):
        page = fill({"3": [3, 3]}, layout=FEW)
        place = FEW.place(0, 1)
        inside = cut_out(page, place, inset=1)
        for down in range(4):
            for across in range(4):
                inside[down + 4 :: 16, across + 4 :: 16] = 40  # dots: too small to be signs
        lines = self.take_few(page, tmp_path, reader)
        assert "box 2 not saved" in lines[1]
        assert saved(tmp_path) == {"3": 2}

    def test_what_leaves_its_box_is_told(self, tmp_path, reader):
        lines = self.take_few(fill({"2": [None, None, 2]}, size=24, layout=FEW), tmp_path, reader)
        assert re.match(r"  2: saved 0; box(es)? (2, )?3(, 4)? not saved, too large: it leaves its box", lines[1])
        assert saved(tmp_path) == {}

    def test_the_same_photo_a_second_time_brings_nothing(self, tmp_path, reader):
        page = fill({"3": [3, 3], "7": [7]}, layout=FEW)
        self.take_few(page, tmp_path, reader)
        before = saved(tmp_path)
        lines = self.take_few(page, tmp_path, reader)
        assert lines[2].startswith("  3: saved 0; boxes 1, 2 not saved, already saved: ")
        assert saved(tmp_path) == before == {"3": 2, "7": 1}

    def test_the_last_one_takes_signs_for_no_digit(self, tmp_path, reader):
        assert self.take_few(fill({"other": [4, 7]}, layout=FEW), tmp_path, reader)[-1] == "  other: saved 2"
        assert LAYOUT.labels[-1] == "other"

    def test_one_that_is_clearly_something_else_is_refused_and_the_others_are_taken(self, tmp_path, reader):
        lines = self.take_few(fill({"2": [3, 3, 3, 3], "3": [3, 3]}, layout=FEW), tmp_path, reader)
        assert re.fullmatch(
            r"  2: nothing saved: [34] of 4 are clearly no 2 \([34] x 3\)\. Written into another row\? "
            r"If they are meant, add --insist",
            lines[1],
        )
        assert saved(tmp_path) == {"3": 2}

    def test_who_insists_has_it_taken(self, tmp_path, reader):
        self.take_few(fill({"2": [3, 3, 3, 3]}, layout=FEW), tmp_path, reader, insist=True)
        assert saved(tmp_path) == {"2": 4}

    def test_a_single_odd_one_is_learned_as_it_may_be_misread_but_asked_about(self, tmp_path, reader):
        lines = self.take_few(fill({"2": [2, 2, 3, 2]}, layout=FEW), tmp_path, reader)
        assert lines[1] == "  2: saved 4; box 3 reads as 3: is it a 2?"


class TestMarks:
    def test_lie_where_the_layout_says(self):
        found = dict(find_marks(print_sheet()))
        scale = print_sheet().shape[0] / LAYOUT.height
        assert set(found) == set(MARK_NAMES)
        for mark, corners in found.items():
            assert np.abs((corners + 0.5) / scale - np.array(LAYOUT.marks[mark].corners)).max() < 0.2

    @pytest.mark.parametrize("hidden", list(MARK_NAMES))
    def test_one_that_is_hidden_is_named(self, hidden):
        page = fill({})
        cut_out(page, LAYOUT.marks[hidden], inset=3)[:] = 120, 150, 190  # a finger
        with pytest.raises(SourceError, match=f"this is not seen: {MARK_NAMES[hidden]}\\. Show all of the page"):
            flatten(page)

    def test_without_any_it_is_no_sheet_and_says_how_to_print_one(self):
        with pytest.raises(SourceError, match=r"no capture sheet: .*`make capture-sheet` prints one"):
            flatten(np.full((600, 800, 3), 200, np.uint8))

    def test_a_folded_corner_is_refused(self):
        page = fill({})
        mark = cut_out(page, LAYOUT.marks[12], inset=-4)
        turn = cv2.getRotationMatrix2D((mark.shape[1] / 2, mark.shape[0] / 2), 15, 1)
        mark[:] = cv2.warpAffine(mark, turn, mark.shape[1::-1], borderValue=(255, 255, 255))
        with pytest.raises(SourceError, match=r"the capture sheet is bent: .* mm from its place\. Lay it flat"):
            flatten(page)

    def test_two_sheets_in_one_picture_are_refused(self):
        photo = cv2.resize(photograph(fill({})), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        with pytest.raises(SourceError, match=r"more than one capture sheet in the picture: .* by itself"):
            flatten(np.hstack([photo, photo]))


class TestTheCommand:
    def run(self, *arguments):
        try:
            return main(["--capture", "sheet", *map(str, arguments), "--model", str(SHIPPED_MODEL)])
        except SystemExit as error:
            return error.code

    def save(self, folder: Path, name: str, frame: Frame) -> Path:
        folder.mkdir(exist_ok=True)
        cv2.imwrite(str(folder / name), frame)
        return folder / name

    def test_fills_the_folder_and_says_what_is_next(self, tmp_path, capsys):
        photo = self.save(tmp_path / "in", "a.jpg", photograph(fill({"7": [7, 7], "1": [1]})))
        assert self.run("--source", photo, "--into", tmp_path / "into", "--writer", "anna") == 0
        assert saved(tmp_path / "into") == {"1": 1, "7": 2}
        assert capsys.readouterr().out.splitlines()[-3:-1] == [
            f"saved 3 in {tmp_path}/into/<label>/anna",
            "there now: 0:0  1:1  2:0  3:0  4:0  5:0  6:0  7:2  8:0  9:0  other:0",
        ]

    def test_1_for_a_picture_that_is_no_sheet_and_3_where_some_are(self, tmp_path, caplog):
        other = self.save(tmp_path / "in", "b.png", np.full((300, 400, 3), 200, np.uint8))
        assert self.run("--source", other, "--into", tmp_path / "into") == 1
        assert caplog.messages[-1].startswith("b.png: no capture sheet")
        self.save(tmp_path / "in", "a.png", photograph(fill({"7": [7]})))
        assert self.run("--source", tmp_path / "in", "--into", tmp_path / "into") == 3
        assert saved(tmp_path / "into") == {"7": 1}

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            ([], "--capture sheet wants its photo or scan: --source photo.jpg"),
            (["--source", "x.jpg", "--roi", "0,0,9,9"], "--roi has no place beside --capture sheet"),
            (["--source", "x.jpg", "--json", "x.json"], "--json has no place beside --capture sheet"),
            (["--source", "x.jpg", "--show", "window"], "leave --show window out"),
        ],
    )
    def test_2_for_what_does_not_fit_it(self, capsys, arguments, told):
        assert self.run(*arguments) == 2
        assert told in capsys.readouterr().err
