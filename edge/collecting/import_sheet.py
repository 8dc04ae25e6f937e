"""Capture from a photo of a filled capture sheet: each box holds one digit, its row says which."""

import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import cv2
import numpy as np

from edge.collecting.capture import Collection
from edge.collecting.doubt import INSIST, find_doubt, is_clear
from edge.collecting.label_output import summarize
from edge.collecting.marks import FlatSheet, flatten
from edge.collecting.refusal import CLIPPED, Refusal
from edge.collecting.sheet_layout import LAYOUT, SheetLayout
from edge.collecting.target import find_tall
from edge.contract import DIGITS, Box, Detection, Shot
from edge.names import printable
from edge.reading.region import FrameReader, RegionReader

SHEET = "sheet"
"""The value of --capture for a capture sheet."""
AROUND = 1.5
"""So far beyond its lines a box is read, mm: a stroke may cross them. The lines are told apart as they are live."""
EDGE = 2.0
"""What lies within so many mm of one side of that is a line of the box ..."""
SAME = 1.0
"""... what has its four sides within so many mm of all of them is the whole box ..."""
SPECK = 2.0
"""... and what is smaller than so many mm each way is dirt: nobody writes so small into a box of 17."""
INSIDE = 2.5
"""What is darker than DARK times the paper so many mm inside the lines is ink, found or not."""
DARK = 0.65
BEYOND = Refusal("too large", "it leaves its box; write inside the lines")
SEVERAL = Refusal("several signs", "one digit in a box, its strokes not far apart")


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in one box."""

    number: int
    """Of the box in its row, from 1."""
    region: Box
    """What is read of the flat page."""
    found: tuple[Detection, ...]
    """Usually one."""
    lost: bool
    """Whether something is written there in which no sign was found."""


class SheetImport:
    """Saves what is written in the boxes of capture sheets, each digit as if its box were all that the camera sees.

    Args:
        collection: where digits are saved.
        reader: looks into each box.
        insist: save a row also where the reader is sure that most of it is something else.
        layout: of the sheets.
        stream: where to print; None: stdout.
    """

    def __init__(
        self,
        collection: Collection,
        reader: FrameReader,
        *,
        insist: bool = False,
        layout: SheetLayout = LAYOUT,
        stream: TextIO | None = None,
    ) -> None:
        self._collection = collection
        self._reader = reader
        self._insist = insist
        self._layout = layout
        self._stream = stream or sys.stdout
        self._closed = False

    def take(self, shot: Shot) -> None:
        """Save all that one sheet shows, and say row by row what became of it.

        Raises:
            SourceError: no sheet, or not all of it, is seen; nothing was saved of it.
        """
        flat = flatten(shot.frame, self._layout)
        self._print(f"{printable(shot.source)}: capture sheet, {flat.px_per_mm:.1f} px a mm")
        for row, label in enumerate(self._layout.labels):
            self._print(f"  {label}: {self._take_row(flat, row, label)}")

    def close(self) -> None:
        """Say what was saved and what comes next."""
        if not self._closed:
            self._closed = True
            for line in summarize(self._collection):
                self._print(line)

    def _take_row(self, flat: FlatSheet, row: int, label: str) -> str:
        """Save a row; returns what became of it."""
        boxes = [self._look(flat, row, number) for number in range(self._layout.boxes)]
        filled = [box for box in boxes if box.found]
        digits = [digit for box in filled for digit in box.found]
        doubt = None if self._insist else find_doubt(label, digits)
        if doubt is not None:
            return f"nothing saved: {doubt}. Written into another row? If they are meant, add {INSIST}"
        saved, refused = 0, defaultdict[Refusal, list[int]](list)
        for box in filled:
            outcomes = self._save(flat, label, box)
            saved += sum(isinstance(outcome, Path) for outcome in outcomes)
            for outcome in dict.fromkeys(one for one in outcomes if isinstance(one, Refusal)):
                refused[outcome].append(box.number)
        lost = [box.number for box in boxes if box.lost]
        words = [f"saved {saved}" if filled or lost else "empty"]
        words += (
            [f"{_boxes(lost)} not saved: there is ink, but no sign was found; write it larger and darker"]
            if lost
            else []
        )
        words += [f"{_boxes(numbers)} not saved, {one.kind}: {one.advice}" for one, numbers in refused.items()]
        return "; ".join([*words, *_describe_odd(label, filled)])

    def _look(self, flat: FlatSheet, row: int, number: int) -> Written:
        place = self._layout.place(row, number)
        lines, region = flat.cut(place, 0), flat.cut(place, AROUND)
        reading = RegionReader(self._reader, region).read(flat.frame)
        near, least = EDGE * flat.px_per_mm, SPECK * flat.px_per_mm
        found = [
            one
            for one in reading.candidates
            if max(one.box.width, one.box.height) >= least
            and not _is_at_one_side(one.box, region, near)
            and not _is_alike(one.box, lines, SAME * flat.px_per_mm)
        ]
        lost = not found and _holds_ink(flat, flat.cut(place, -INSIDE))
        return Written(number + 1, region, tuple(find_tall(found)), lost)

    def _save(self, flat: FlatSheet, label: str, box: Written) -> list[Path | Refusal]:
        """A digit is one sign; what is none may be of several."""
        if label in DIGITS and len(box.found) > 1:
            return [SEVERAL]
        outcomes = [self._collection.add(label, digit, flat.frame, box.region) for digit in box.found]
        return [BEYOND if outcome == CLIPPED else outcome for outcome in outcomes]

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


def _holds_ink(flat: FlatSheet, inside: Box) -> bool:
    """Whether more than dirt is dark there."""
    part = flat.frame[inside.y : inside.bottom, inside.x : inside.right]
    grey = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)
    return int(np.count_nonzero(grey < DARK * np.median(grey))) > (0.5 * SPECK * flat.px_per_mm) ** 2


def _is_at_one_side(box: Box, region: Box, near: float) -> bool:
    """Whether a box lies within `near` px of one side of the region."""
    low = box.right <= region.x + near or box.bottom <= region.y + near
    return low or box.x >= region.right - near or box.y >= region.bottom - near


def _is_alike(box: Box, other: Box, near: float) -> bool:
    """Whether all sides of two boxes lie within `near` px of each other."""
    pairs = (box.x, other.x), (box.y, other.y), (box.right, other.right), (box.bottom, other.bottom)
    return all(abs(one - another) <= near for one, another in pairs)


def _describe_odd(label: str, filled: Sequence[Written]) -> list[str]:
    """A look at what may stand in the wrong box; it is saved, as what is misread is worth learning."""
    odd = [(box.number, one.guess) for box in filled for one in box.found[:1] if is_clear(one, label)]
    return [f"box {number} reads as {guess}: is it a {label}?" for number, guess in odd if label in DIGITS]


def _boxes(numbers: Sequence[int]) -> str:
    return f"box{'es' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
