"""Printed grids with digits in them: tables, squared paper, number puzzles, margins."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from train.pages import algebra, marks, tokens
from train.pages.cells import MOST_DIGITS, Cell, Fill, write_cell
from train.pages.letters import Style
from train.pages.lines import Lines, Printer, take_printer
from train.pages.scribe import Scribe
from train.pages.words import invent_name


def table(scribe: Scribe, lines: Lines, cell: float, share: float) -> Fill:
    """Rows and columns of any width over a part of the sheet."""
    rng, kind = scribe.rng, scribe.variant("table")
    height, width = lines.shape
    printer = take_printer(scribe, lines, cell)
    left, top = rng.uniform(-0.05, 0.25) * width, rng.uniform(-0.05, 0.25) * height
    rows = top + np.arange(1 + max(1, min(int(rng.integers(2, 14)), int((height - top) / cell)))) * cell
    wide = rng.uniform(0.9, 3.5) * (2 if kind == "wide" else 1)
    uneven = rng.random() < 0.4
    steps = cell * np.clip(wide * np.exp(rng.normal(0, 0.4 if uneven else 0.0, int(rng.integers(3, 20)))), 0.8, 8)
    columns = left + np.concatenate([[0], np.cumsum(steps)])
    columns = columns[columns < width + 2 * cell]
    _grid(printer, rows, columns, kind)
    printer.finish()
    inside = rng.choice(["single", "numbers", "mixed"], p=[0.3, 0.5, 0.2])
    cells = [
        ((float(x), float(y), float(right - x), float(bottom - y)), row, column)
        for row, (y, bottom) in enumerate(pairwise(rows))
        for column, (x, right) in enumerate(pairwise(columns))
    ]
    heads, names = kind == "header" or rng.random() < 0.15, kind == "row heads" or rng.random() < 0.12
    ring_share = rng.choice([0.0, rng.uniform(0.05, 0.4)], p=[0.6, 0.4])

    def fill() -> None:
        full = rng.uniform(0.35, 1.0)
        ring_kind = scribe.variant("circle")
        start = len(scribe.sheet.class_ids)
        for box, row, column in cells:
            x, y, across, down = box
            size = share * cell
            if heads and row == 0:
                _print_in(scribe, box, digits=bool(rng.random() < 0.15))
            elif names and column == 0:
                _name_in(scribe, box)
            elif rng.random() > full or len(scribe.sheet.class_ids) - start > MOST_DIGITS:
                continue
            elif inside == "mixed" and rng.random() < 0.7:
                algebra.mixed_number(scribe, x + 0.1 * size, y + (down - size) / 2, min(size, 0.9 * down))
            elif rng.random() < ring_share:
                small = min(size * 0.8, across * 0.8)
                at = (x + across / 2 - 0.35 * small, y + (down - small) / 2)
                end = scribe.digit(*at, small, number=scribe.choose())
                marks.ring(scribe, (at[0], at[1], min(end, at[0] + small), at[1] + small), variant=ring_kind)
            else:
                most = 1 if inside == "single" else max(1, min(5, int(across / (0.62 * size))))
                write_cell(scribe, box, size, count=int(rng.integers(1, most + 1)))

    return fill


def squares(scribe: Scribe, lines: Lines, cell: float, share: float) -> Fill:
    """Squared paper over the whole sheet, one digit a square, or numbers that take no notice of the squares."""
    rng = scribe.rng
    height, width = lines.shape
    printer = take_printer(scribe, lines, cell)
    left, top = rng.uniform(-cell, 0, 2)
    for y in np.arange(top, height, cell):
        printer.line((0, y), (width, y))
    for x in np.arange(left, width, cell):
        printer.line((x, 0), (x, height))
    printer.finish()

    def fill() -> None:
        start, tall = len(scribe.sheet.class_ids), int(rng.choice([1, 2], p=[0.75, 0.25]))
        for y in np.arange(top + cell, height - 0.5 * cell, cell * tall * int(rng.integers(1, 3))):
            x = left + cell * int(rng.integers(0, 4))
            while x < width - cell and len(scribe.sheet.class_ids) - start < MOST_DIGITS:
                for _ in range(int(rng.integers(1, 6))):
                    write_cell(
                        scribe, (x, y, cell * (1.3 if tall == 2 else 1), cell * tall), share * cell * tall, count=1
                    )
                    x += cell
                x += cell * int(rng.integers(1, 4))

    return fill


def puzzle(scribe: Scribe, lines: Lines, cell: float, share: float) -> Fill:
    """Nine by nine squares, each third line thick."""
    rng = scribe.rng
    side = min(lines.shape)
    cell = max(14.0, min(cell, side * rng.uniform(0.7, 1.05) / 9))
    left, top = (rng.uniform(0, max(1, full - 9 * cell)) for full in lines.shape[::-1])
    printer = take_printer(scribe, lines, cell)
    for n in range(10):
        bold = 3 if n % 3 == 0 else 1
        printer.line((left, top + n * cell), (left + 9 * cell, top + n * cell), weight=bold)
        printer.line((left + n * cell, top), (left + n * cell, top + 9 * cell), weight=bold)
    printer.finish()

    def fill() -> None:
        some = rng.uniform(0.2, 0.8)
        for n in np.flatnonzero(rng.random(81) < some):
            box = (left + n % 9 * cell, top + n // 9 * cell, cell, cell)
            if rng.random() < 0.3:
                size = 0.6 * cell
                scribe.letters(box[0] + 0.3 * cell, box[1] + 0.2 * cell, size, str(rng.integers(1, 10)), "print")
            else:
                write_cell(scribe, box, share * cell, count=1)

    return fill


def margin(scribe: Scribe, lines: Lines, cell: float, share: float) -> Fill:
    """Upright rules with columns of numbers close beside them."""
    rng = scribe.rng
    height, width = lines.shape
    printer = take_printer(scribe, lines, cell)
    edges = [x for x in np.cumsum(cell * rng.uniform(1.2, 6.0, 6)) if x < width]
    for x in edges:
        printer.line((x, 0), (x, height))
    printer.finish()

    def fill() -> None:
        start = len(scribe.sheet.class_ids)
        for x, right in zip([0.0, *edges], [*edges, float(width)], strict=True):
            for y in np.arange(rng.uniform(0, cell), height, cell * rng.uniform(1.0, 1.5)):
                if rng.random() < 0.75 and len(scribe.sheet.class_ids) - start < MOST_DIGITS:
                    most = max(1, min(4, int((right - x) / (0.7 * share * cell))))
                    write_cell(scribe, (x, y, right - x, cell), share * cell, count=int(rng.integers(1, most + 1)))

    return fill


def _grid(printer: Printer, rows: NDArray[np.float64], columns: NDArray[np.float64], kind: str) -> None:
    left, right, top, bottom = columns[0], columns[-1], rows[0], rows[-1]
    if kind == "shaded rows":
        lines, shade = printer.lines, printer.rng.uniform(0.1, 0.3)
        for y, below in list(pairwise(rows))[::2]:
            lines[max(0, int(y)) : max(0, int(below)), max(0, int(left)) : max(0, int(right))] = shade
    for n, y in enumerate(rows):
        outer = n in (0, len(rows) - 1) and kind == "heavy frame"
        header = kind == "header" and n == 1
        printer.line((left, y), (right, y), weight=3 if outer else 2 if header else 1)
    if kind == "rows only":
        return
    for n, x in enumerate(columns):
        if kind == "open sides" and n in (0, len(columns) - 1):
            continue
        outer = n in (0, len(columns) - 1) and kind == "heavy frame"
        printer.line((x, top), (x, bottom), weight=3 if outer else 1)


def _print_in(scribe: Scribe, cell: Cell, *, digits: bool) -> None:
    text = str(scribe.rng.integers(1, 40)) if digits else str(scribe.rng.choice(tokens.LABELS))
    _fit(scribe, cell, text, "print")


def _name_in(scribe: Scribe, cell: Cell) -> None:
    _fit(scribe, cell, invent_name(scribe.rng), "print" if scribe.rng.random() < 0.4 else "hand")


def _fit(scribe: Scribe, cell: Cell, text: str, style: Style) -> None:
    """A text in a cell, cut off where it has no room."""
    x, y, width, height = cell
    size = float(np.clip(0.6 * height, 9, max(9, 1.3 * width / len(text))))
    scribe.letters(x + 0.1 * height, y + (height - size) / 2, size, text[: max(1, int(width / (0.7 * size)))], style)
