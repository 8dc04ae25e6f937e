"""The collection of one writer's digits: what lies on the disk."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.collecting.capture import Collection, check_writer
from edge.collecting.refusal import CLIPPED, DUPLICATE
from edge.contract import INK_SUFFIX, Box, Detection
from edge.errors import DigitReaderError
from edge.reading.glyph import normalize
from edge.reading.model_set import SHIPPED_MODEL
from edge.reading.reader import open_reader
from edge.reading.region import RegionReader

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "tests" / "sample_pages"
NAMES = sorted(json.loads(PAGES.with_suffix(".json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def reader():
    return open_reader(SHIPPED_MODEL)


@pytest.fixture(scope="module")
def page():
    return cv2.imread(str(PAGES / NAMES[0]))


@pytest.fixture(scope="module")
def digits(reader, page):
    return reader.read(page).digits


def ink_files(folder):
    return sorted(path.relative_to(folder) for path in Path(folder).rglob("*.ink.png"))


class TestTheSavedFileIsWhatTheModelSaw:
    """normalize of it gives, byte for byte, the glyph that was live: seen by a classifier that remembers."""

    @pytest.fixture
    def listening(self):
        reader = open_reader(SHIPPED_MODEL)
        classifier, self.glyphs = reader._models.classifier, []

        class Listening:
            card = classifier.card

            def probabilities(_, glyphs):  # noqa: N805
                self.glyphs.extend(glyph.tobytes() for glyph in glyphs)
                return classifier.probabilities(glyphs)

        reader._models = replace(reader._models, classifier=Listening())
        return reader

    @pytest.mark.parametrize("factor", [1, 4], ids=["as bundled", "2560 px: reduced before reading"])
    @pytest.mark.parametrize("name", NAMES)
    def test_of_each_digit_of_a_page(self, listening, tmp_path, name, factor):
        frame = cv2.resize(cv2.imread(str(PAGES / name)), None, fx=factor, fy=factor)
        digits = listening.read(frame).digits
        collection = Collection(tmp_path, "anna")
        outcomes = [collection.add("other", digit, frame) for digit in digits]
        paths = [outcome for outcome in outcomes if isinstance(outcome, Path)]
        assert len(paths) >= max(5, len(digits) - 2)  # one or two of an enlarged page may count as blurred
        with_ink = [path for path in paths if path.name.endswith(INK_SUFFIX)]
        assert len(with_ink) >= len(paths) - 1  # of a digit that the finder alone found there is a crop
        for path in with_ink:
            ink = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
            assert (ink.dtype, ink.ndim) == (np.uint8, 2)
            assert not ink[:2].any() and not ink[-2:].any() and not ink[:, :2].any() and not ink[:, -2:].any()  # noqa: PT018
            assert ink[2].any() and ink[-3].any() and ink[:, 2].any() and ink[:, -3].any()  # noqa: PT018
            assert normalize(ink).tobytes() in self.glyphs


class TestAdd:
    def test_a_file_lies_under_its_label_and_writer(self, tmp_path, page, digits):
        path = Collection(tmp_path, "anna").add("7", digits[0], page)
        assert path.parent == tmp_path / "7" / "anna"
        assert path.name.endswith(".ink.png")

    def test_without_a_writer_the_session_has_a_folder_named_after_its_start(self, tmp_path, page, digits):
        start = datetime(2026, 1, 31, 12, 0, 5).astimezone()
        path = Collection(tmp_path, now=lambda: start).add("7", digits[0], page)
        assert path.parent == tmp_path / "7" / "2026-01-31_12-00-05"

    def test_names_sort_by_time_also_within_a_second_and_when_the_clock_stands(self, tmp_path, page, digits):
        times = [datetime(2026, 1, 31, 12, 0, second, tzinfo=UTC) for second in (0, 0, 9, 10)]
        collection = Collection(tmp_path, "anna", now=iter(times).__next__)
        paths = [collection.add("7", digit, page) for digit in digits[:4]]
        assert paths == sorted(set(paths))

    def test_no_other_file_is_ever_replaced(self, tmp_path, page, digits):
        now = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
        taken = tmp_path / "7" / "anna" / f"20260131-120000-0001-{os.getpid()}.ink.png"
        taken.parent.mkdir(parents=True)
        taken.write_bytes(b"mine")
        path = Collection(tmp_path, "anna", now=lambda: now).add("7", digits[0], page)
        assert taken.read_bytes() == b"mine"
        assert ink_files(tmp_path) == sorted(one.relative_to(tmp_path) for one in (taken, path))

    def test_two_processes_at_once_lose_nothing(self, tmp_path):
        code = (
            "import sys, cv2\n"
            "from datetime import datetime, UTC\n"
            "from pathlib import Path\n"
            "from edge.collecting.capture import Collection\n"
            "from edge.reading.model_set import SHIPPED_MODEL\n"
            "from edge.reading.reader import open_reader\n"
            "page = cv2.imread(sys.argv[1])\n"
            "now = datetime(2026, 1, 31, tzinfo=UTC)\n"
            "collection = Collection(Path(sys.argv[2]), 'anna', now=lambda: now)\n"
            "for digit in open_reader(SHIPPED_MODEL).read(page).digits:\n"
            "    outcome = collection.add('7', digit, page)\n"
            "    if isinstance(outcome, Path):\n"
            "        print(outcome)\n"
        )
        call = [sys.executable, "-c", code, str(PAGES / NAMES[0]), str(tmp_path)]
        both = [subprocess.Popen(call, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        told = {line for process in both for line in process.communicate()[0].split()}
        assert len(told) >= 22  # the one that starts later refuses what the other one has saved by then
        assert {str(tmp_path / path) for path in ink_files(tmp_path)} == told

    def test_the_same_digit_again_is_refused(self, tmp_path, page, digits):
        collection = Collection(tmp_path, "anna")
        collection.add("7", digits[0], page)
        assert collection.add("7", digits[0], page) == DUPLICATE
        assert len(ink_files(tmp_path)) == 1

    def test_it_is_refused_in_the_next_session_too_but_not_for_another_label_or_writer(self, tmp_path, page, digits):
        Collection(tmp_path, "anna").add("7", digits[0], page)
        assert Collection(tmp_path, "anna").add("7", digits[0], page) == DUPLICATE
        assert isinstance(Collection(tmp_path, "anna").add("1", digits[0], page), Path)
        assert isinstance(Collection(tmp_path, "ben").add("7", digits[0], page), Path)

    def test_a_fault_is_told_and_nothing_saved(self, tmp_path, page, digits):
        box = digits[0].box
        assert Collection(tmp_path, "anna").add("7", digits[0], page, box) == CLIPPED
        assert ink_files(tmp_path) == []

    def test_a_region_passes_on_the_ink(self, tmp_path, reader, page):
        region = Box(0, 0, 640, 240)
        reading = RegionReader(reader, region).read(page)
        collection = Collection(tmp_path, "anna")
        outcomes = [collection.add("7", digit, page, region) for digit in reading.digits]
        assert [outcome for outcome in outcomes if isinstance(outcome, Path)]

    def test_a_label_that_is_none_is_a_mistake_of_ours(self, tmp_path, page, digits):
        collection = Collection(tmp_path, "anna")
        with pytest.raises(ValueError, match="expected a label"):
            collection.add("12", digits[0], page)
        with pytest.raises(ValueError, match="with ink"):
            collection.add("7", Detection(Box(0, 0, 9, 9), "7", 0.9), page)


class TestCounts:
    def test_from_disk_and_of_this_session(self, tmp_path, page, digits):
        Collection(tmp_path, "anna").add("3", digits[0], page)
        Collection(tmp_path, "ben").add("4", digits[0], page)
        collection = Collection(tmp_path, "anna")
        collection.add("3", digits[1], page)
        collection.add("other", digits[2], page)
        assert {label: count for label, count in collection.counts.items() if count} == {"3": 2, "other": 1}
        assert list(collection.counts) == [*"0123456789", "other"]
        assert collection.saved == 2

    def test_what_is_no_ink_is_not_counted_and_named(self, tmp_path, caplog):
        folder = tmp_path / "3" / "anna"
        folder.mkdir(parents=True)
        for name, content in (("a.ink.png", b"broken"), ("b.ink.png", b""), (".c.ink.png", b"hidden")):
            (folder / name).write_bytes(content)
        cv2.imwrite(str(folder / "d.ink.png"), np.zeros((30, 30), np.uint8))
        cv2.imwrite(str(folder / "e.ink.png"), np.zeros((30, 30, 3), np.uint8))
        assert Collection(tmp_path, "anna").counts["3"] == 0
        assert [Path(line.split()[0]).name[0] for line in caplog.messages] == ["a", "b", "d", "e"]


class TestUndo:
    def test_takes_back_the_last_one_several_times(self, tmp_path, page, digits):
        Collection(tmp_path, "anna").add("9", digits[3], page)
        collection = Collection(tmp_path, "anna")
        paths = [collection.add(label, digit, page) for label, digit in zip("121", digits[:3], strict=True)]
        assert [collection.undo() for _ in range(4)] == [("1", paths[2]), ("2", paths[1]), ("1", paths[0]), None]
        assert (collection.counts["1"], collection.counts["9"], collection.saved) == (0, 1, 0)
        assert len(ink_files(tmp_path)) == 1  # that of the former session

    def test_what_was_undone_can_be_saved_again(self, tmp_path, page, digits):
        collection = Collection(tmp_path, "anna")
        collection.add("1", digits[0], page)
        collection.undo()
        assert isinstance(collection.add("1", digits[0], page), Path)

    def test_a_file_that_is_gone_already_is_no_fault(self, tmp_path, page, digits):
        collection = Collection(tmp_path, "anna")
        collection.add("1", digits[0], page).unlink()
        assert collection.undo() is not None


class TestStart:
    def test_what_a_power_cut_left_half_written_is_removed_for_all_writers(self, tmp_path):
        part = tmp_path / "7" / "2026-01-31_12-00-05" / ".part-999999999-a.ink.png"
        part.parent.mkdir(parents=True)
        part.write_bytes(b"half")
        Collection(tmp_path, "anna")
        assert not part.exists()

    @pytest.mark.parametrize("place", ["file", "file/folder"])
    def test_a_folder_that_cannot_be_made_is_told_with_what_to_do(self, tmp_path, place):
        (tmp_path / "file").touch()
        with pytest.raises(DigitReaderError, match=rf"{place} cannot be used .* by --into"):
            Collection(tmp_path / place, "anna")

    def test_a_file_where_the_label_should_be_is_told(self, tmp_path, page, digits):
        (tmp_path / "7").touch()
        with pytest.raises(DigitReaderError, match=str(tmp_path / "7")):
            Collection(tmp_path, "anna").add("7", digits[0], page)


class TestCheckWriter:
    @pytest.mark.parametrize("name", ["anna", "Anna B.-Z", "José", "7", "x" * 100])
    def test_takes(self, name):
        assert check_writer(name) == name

    @pytest.mark.parametrize(
        "name", ["", " ", ".", "..", ".anna", "a/b", "a\\b", "a:b", "a*", "a\n", "a\0", " a", "a.", "é" * 51]
    )
    def test_refuses_what_is_no_folder_everywhere(self, name):
        with pytest.raises(ValueError, match="a writer's name"):
            check_writer(name)
