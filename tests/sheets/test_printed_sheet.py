"""The capture sheet as it is printed: one page, on which nothing is in the way of anything."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pypdfium2

from edge.collecting.import_sheet import AROUND
from edge.collecting.sheet_layout import LAYOUT, Place
from edge.contract import LABELS
from tests.sheets.filled import PX_PER_MM, cut_out, print_sheet
from train.sheets.capture_sheet import main

BOXES = [LAYOUT.place(row, number) for row in range(len(LABELS)) for number in range(LAYOUT.boxes)]


def overlap(one: Place, other: Place, *, around: float = 0.0) -> bool:
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return across + 2 * around > 0 and down + 2 * around > 0


class TestLayout:
    def test_has_a_row_for_each_label(self):
        assert LAYOUT.labels == LABELS

    def test_what_is_read_of_a_box_is_read_of_no_other_and_of_no_mark(self):
        pairs = combinations([*BOXES, *LAYOUT.marks.values()], 2)
        assert [pair for pair in pairs if overlap(*pair, around=AROUND)] == []

    def test_all_of_it_lies_where_printers_print(self):
        places = [*BOXES, *LAYOUT.marks.values()]
        assert min(min(one.x, one.y) for one in places) >= 5
        assert max(one.x + one.width for one in places) <= LAYOUT.width - 5
        assert max(one.y + one.height for one in places) <= LAYOUT.height - 5


class TestPage:
    def test_its_boxes_are_drawn_where_the_layout_says_and_are_blank(self):
        page = print_sheet()
        for box in BOXES:
            assert cut_out(page, box, inset=0.5).min() == 255
            lines = cut_out(page, box, inset=-0.3)
            assert (lines.min(axis=0) < 200).mean() > 0.9  # a line above or below nearly everywhere
            assert (lines.min(axis=1) < 200).mean() > 0.9

    def test_no_word_reaches_into_what_is_read(self):
        page, inside = print_sheet().copy(), np.zeros_like(print_sheet())
        for box in BOXES:
            cut_out(inside, box, inset=-AROUND)[:] = 1
            cut_out(inside, box, inset=0.4)[:] = 0
        for box in BOXES:  # what is left in the frames are the lines alone
            cut_out(page, box, inset=-0.3)[:] = 255
        assert page[inside > 0].min() == 255

    def test_has_its_size_in_millimetres(self):
        height, width = print_sheet().shape
        assert (round(width / PX_PER_MM), round(height / PX_PER_MM)) == (210, 297)


class TestCommand:
    def test_writes_one_page_and_says_what_is_next(self, tmp_path: Path, capsys):
        assert main(["--out", str(tmp_path / "sheet.pdf")]) == 0
        assert len(pypdfium2.PdfDocument(tmp_path / "sheet.pdf")) == 1
        assert 'fill it, then make capture ARGS="sheet --source photo.jpg' in capsys.readouterr().out

    def test_a_place_that_cannot_be_written_is_named(self, tmp_path: Path, capsys):
        (tmp_path / "file").touch()
        assert main(["--out", str(tmp_path / "file" / "sheet.pdf")]) == 1
        assert "cannot write" in capsys.readouterr().err
