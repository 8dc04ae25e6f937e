"""Printed fields for one digit each: boxes, combs, the bubbles of answer sheets."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from edge.contract import NOT_A_DIGIT
from train.pages import marks, tokens
from train.pages.cells import MOST_DIGITS, Cell, Fill, write_cell
from train.pages.lines import Lines, Printer, take_printer
from train.pages.scribe import Scribe
from train.pages.words import CAPITALS


def boxes(scribe: Scribe, lines: Lines, cell: float, share: float) -> Fill:
    """Rows of boxes, one for each digit: an ID, a code, samples of a hand."""
    rng, kind = scribe.rng, scribe.variant("boxes")
    printer = take_printer(scribe, lines, cell)
    wide = cell * rng.uniform(0.7, 1.1)
    pitch = wide if kind == "joined" else wide * rng.uniform(1.05, 1.5)
    places = _places(rng, lines, pitch, cell * rng.uniform(1.15, 2.5), cell)
    for x, y in places:
        _box(printer, (x, y, wide, cell), kind)
    printer.finish()

    def fill() -> None:
        some = rng.uniform(0.6, 1.0)
        for x, y in places[:MOST_DIGITS]:
            if rng.random() < some:
                write_cell(scribe, (x, y, wide, cell), share * cell, count=1)
        if rng.random() < 0.5 and len(places):
            label = min(0.5 * cell, 30.0)
            tokens.printed_label(scribe, places[0][0], places[0][1] - 1.5 * label, max(9.0, label))

    return fill


def comb(scribe: Scribe, lines: Lines, cell: float, share: float) -> Fill:
    """A base line with teeth between the digits."""
    rng, kind = scribe.rng, scribe.variant("comb")
    printer = take_printer(scribe, lines, cell)
    style = "dotted" if kind == "dotted teeth" else None
    pitch = cell * rng.uniform(0.7, 1.1)
    tooth = cell * (rng.uniform(0.5, 1.0) if kind == "high teeth" else rng.uniform(0.12, 0.5))
    places = _places(rng, lines, pitch, cell * rng.uniform(1.4, 2.2), cell)
    up = -1 if kind == "hanging teeth" else 1
    for x, y in places:
        printer.line((x, y + cell), (x + pitch, y + cell), style=style)
        for edge in (x, x + pitch):
            printer.line((edge, y + cell), (edge, y + cell - up * tooth), style=style)
    printer.finish()

    def fill() -> None:
        some = rng.uniform(0.6, 1.0)
        for x, y in places[:MOST_DIGITS]:
            if rng.random() < some:
                write_cell(scribe, (x, y, pitch, cell), share * cell, count=1)

    return fill


def bubbles(scribe: Scribe, lines: Lines, cell: float, share: float) -> Fill:
    """Answer sheets: printed digits or letters in circles, some of them filled, a number written beside."""
    rng, kind = scribe.rng, scribe.variant("bubbles")
    high = max(18.0, min(cell, 60.0))
    wide = high * (rng.uniform(1.3, 1.7) if kind == "oval digits" else 1.0)
    printer = replace(take_printer(scribe, lines, high), style="thin")
    height, width = lines.shape
    rows = np.arange(rng.uniform(0.2, 1.5) * high, height - high, high * rng.uniform(1.2, 1.8))[:14]
    columns = rng.uniform(1.5, 4) * high + np.arange(int(rng.integers(3, 11))) * wide * rng.uniform(1.15, 1.6)
    columns = columns[columns < width - wide]
    cells = [(float(x), float(y)) for y in rows for x in columns][:120]
    for x, y in cells:
        middle = np.array([x + wide / 2, y + high / 2])
        turn = np.linspace(0, 2 * np.pi, 40)
        round_ = middle + np.column_stack([np.cos(turn) * wide, np.sin(turn) * high]) * 0.5
        for outline in _brackets(x, y, wide, high) if kind == "brackets" else [round_]:
            printer.curve(outline)

    def fill() -> None:
        letters = kind == "round letters" or (kind == "brackets" and rng.random() < 0.5)
        size = max(10.0, high * rng.uniform(0.4, 0.6))
        signs = CAPITALS[:12] if letters else "0123456789"
        masks = scribe.draw(signs, size, "print")
        for n, (x, y) in enumerate(cells):
            place = n % max(1, len(columns)) % len(signs)
            first, mask, at = len(scribe.sheet.class_ids), masks[place], x + wide / 2 - 0.35 * size
            if mask is not None:
                down, across = np.nonzero(mask > 0.3)
                at = x + wide / 2 - float(across.mean())
                top = y + high / 2 - float(down.min() + down.max()) / 2
                scribe.lay(mask, at, top, class_id=NOT_A_DIGIT if letters else place)
            if rng.random() < 0.12:
                marks.cross_out(scribe, (at, y, at + 0.7 * size, y + high), first)
        for row, y in enumerate(rows):
            if rng.random() < 0.5:
                scribe.letters(0.2 * high, y + (high - size) / 2, size, f"{row + 1}.", "print")
        if columns.size and columns[-1] + 4 * high < width:
            for y in rows[:: int(rng.integers(1, 4))]:
                scribe.number(columns[-1] + 2 * wide, y, share * high, count=int(rng.integers(1, 4)))

    return fill


def _box(printer: Printer, cell: Cell, kind: str) -> None:
    x, y, width, height = cell
    right, bottom = x + width, y + height
    corners = [(x, y), (right, y), (right, bottom), (x, bottom), (x, y)]
    if kind == "rounded":
        r = 0.25 * min(width, height)
        bows = [
            ((x + r, y + r), 180),
            ((right - r, y + r), 270),
            ((right - r, bottom - r), 0),
            ((x + r, bottom - r), 90),
        ]
        turns = [
            np.array(middle) + r * np.column_stack([np.cos(angles), np.sin(angles)])
            for middle, start in bows
            for angles in [np.deg2rad(start + np.linspace(0, 90, 7))]
        ]
        printer.curve(np.vstack([*turns, turns[0][:1]]))
        return
    if kind == "corner marks":
        reach = 0.25 * min(width, height)
        for cx, cy in corners[:4]:
            dx, dy = (reach if cx == x else -reach), (reach if cy == y else -reach)
            printer.curve(np.array([[cx + dx, cy], [cx, cy], [cx, cy + dy]]))
        return
    if kind == "shaded":
        where = slice(max(0, int(y)), max(0, int(bottom))), slice(max(0, int(x)), max(0, int(right)))
        printer.lines[where] = np.maximum(printer.lines[where], np.float32(0.2))
    style = kind if kind in ("dotted", "dashed") else None
    gap = printer.rng.uniform(0.1, 0.35) if kind == "open corners" else 0.0
    for a, b in pairwise(corners):
        (ax, ay), (bx, by) = a, b
        dx, dy = gap * (bx - ax) / 2, gap * (by - ay) / 2
        printer.line((ax + dx, ay + dy), (bx - dx, by - dy), style=style)


def _brackets(x: float, y: float, wide: float, high: float) -> list[NDArray[np.float64]]:
    """[ and ] around a place."""
    outlines = []
    for side in (-1, 1):
        edge = x + wide / 2 + side * wide * 0.42
        hook = edge - side * 0.12 * wide
        top, bottom = y + 0.1 * high, y + 0.9 * high
        outlines.append(np.array([[hook, top], [edge, top], [edge, bottom], [hook, bottom]]))
    return outlines


def _places(rng: np.random.Generator, lines: Lines, pitch: float, row: float, cell: float) -> list[tuple[float, float]]:
    """Top left corners of fields in rows of groups, (N, 2)."""
    height, width = lines.shape
    left, group = rng.uniform(0.02, 0.2) * width, int(rng.integers(2, 13))
    across = [left + n * pitch + n // group * 0.7 * pitch for n in range(int(rng.integers(3, 30)))]
    down = np.arange(rng.uniform(0.02, 0.3) * height, height - 0.8 * cell, row)
    return [(float(x), float(y)) for y in down for x in across if x < width - 0.5 * pitch]
