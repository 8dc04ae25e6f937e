"""`make capture-sheet`: a page with boxes for each digit, to be filled by hand; one photo of it teaches a hand.

    python -m train.sheets.capture_sheet                writes capture_sheet.pdf, one A4 page
    python -m train.sheets.capture_sheet --out x.pdf

Where things are on it says `edge.collecting.sheet_layout`; `recognize.py --capture sheet` reads it.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

import numpy as np
from fpdf import FPDF

from edge.collecting.marks import BITS, draw_mark
from edge.collecting.sheet_layout import LAYOUT, SheetLayout
from edge.ending import run_command
from edge.errors import DigitReaderError, SetupError
from train.store import ROOT, save_whole

OUT = ROOT / "capture_sheet.pdf"
FONT = "Helvetica"
"""One of those that every PDF reader brings along."""
BLACK, QUIET, PALE = 0, 110, 170
"""Grey levels: of marks, of words, and of lines, which are paler than any pen."""
LINE = 0.25
"""Width of the boxes' lines, mm."""
OTHER_WORDS = "letters, ticks,", "signs: what is", "no digit"
TITLE = "Capture sheet"
COMMAND = 'make capture ARGS="sheet --source photo.jpg --writer NAME"'
ADVICE = (
    "Write one digit into each box, as you always do and inside the lines. Any pen; boxes may stay empty.",
    "Lay the page flat and take one sharp photo or scan of all of it, with all four black marks, then:",
    COMMAND,
)


def build_sheet(layout: SheetLayout = LAYOUT) -> bytes:
    """The page as a PDF file."""
    pdf = FPDF(unit="mm", format=(layout.width, layout.height))
    pdf.set_auto_page_break(False)
    pdf.set_title(TITLE)
    pdf.add_page()
    for mark in layout.marks:
        _draw_mark(pdf, layout, mark)
    _write_advice(pdf, layout)
    for row, label in enumerate(layout.labels):
        _draw_row(pdf, layout, row, label)
    return bytes(pdf.output())


def _draw_mark(pdf: FPDF, layout: SheetLayout, mark: int) -> None:
    place, bit = layout.marks[mark], layout.mark_side / BITS
    pdf.set_fill_color(BLACK)
    for row, bits in enumerate(draw_mark(mark)):
        # One rectangle for each run: between two that touch, a viewer may draw a pale seam.
        edges = np.flatnonzero(np.diff(np.concatenate([[False], bits, [False]]).astype(int)))
        for start, end in edges.reshape(-1, 2).tolist():
            pdf.rect(place.x + start * bit, place.y + row * bit, (end - start) * bit, bit, style="F")


def _write_advice(pdf: FPDF, layout: SheetLayout) -> None:
    left = layout.mark_margin + layout.mark_side + 5
    pdf.set_text_color(QUIET)
    for line, (words, size) in enumerate([(TITLE, 13), *((one, 8.5) for one in ADVICE)]):
        pdf.set_font(FONT, "B" if line == 0 else "", size)
        pdf.text(left, layout.mark_margin + 3.5 + 4.3 * line, words)


def _draw_row(pdf: FPDF, layout: SheetLayout, row: int, label: str) -> None:
    first = layout.place(row, 0)
    pdf.set_text_color(QUIET)
    if label.isdecimal():
        pdf.set_font(FONT, "B", 26)
        pdf.text(first.x - 14, first.y + first.height / 2 + 3.3, label)
    else:
        pdf.set_font(FONT, "", 7.5)
        for line, words in enumerate(OTHER_WORDS):
            pdf.text(first.x - 21, first.y + first.height / 2 - 2.4 + 3.4 * line, words)
    pdf.set_draw_color(PALE)
    pdf.set_line_width(LINE)
    for number in range(layout.boxes):
        place = layout.place(row, number)
        pdf.rect(place.x, place.y, place.width, place.height)


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0; 1 with a line that says what to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=OUT, help=f"the file to write (default {OUT.name})")
    out = parser.parse_args(arguments).out.expanduser()
    try:
        _save(out)
    except DigitReaderError as error:
        print(f"capture-sheet: {error}", file=sys.stderr)
        return 1
    shown = out.relative_to(ROOT) if out.is_relative_to(ROOT) else out
    print(f"{shown}: print it on one page, A4, fill it, then {COMMAND}")
    return 0


def _save(out: Path) -> None:
    try:
        save_whole(out, partial(Path.write_bytes, data=build_sheet()))
    except OSError as error:
        raise SetupError(f"cannot write {out} ({error.strerror}). Name another place by --out.") from error


if __name__ == "__main__":
    run_command(main)
