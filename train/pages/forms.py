"""Printed forms with digits in their cells: tables, boxes, combs, number puzzles, margins."""

import cv2
import numpy as np
from numpy.typing import NDArray

from train.pages.scribe import Scribe

Lines = NDArray[np.float32]
"""Coverage by what is printed, 0 to 1, (height, width)."""

FILL = 0.45, 0.9
"""Height of the digits, as shares of their cell's; the larger ones touch its lines."""


def fill_form(scribe: Scribe, cell: int) -> None:
    """Print one kind of form over the sheet, its cells about `cell` px high, and write into it."""
    kind = scribe.rng.choice(["table", "puzzle", "boxes", "comb", "margin"], p=[0.3, 0.15, 0.2, 0.2, 0.15])
    lines = np.zeros(scribe.sheet.paper.shape, np.float32)
    cells = {"table": _table, "puzzle": _puzzle, "boxes": _boxes, "comb": _comb, "margin": _margin}[str(kind)](
        scribe.rng, lines, cell
    )
    strength = float(np.exp(scribe.rng.uniform(np.log(0.1), np.log(1.0))))
    scribe.sheet.write(lines, 0, 0, class_id=None, strength=strength)
    share = scribe.rng.uniform(*FILL)
    for box in cells:
        _fill(scribe, box, share, single=kind in ("puzzle", "boxes", "comb"))


def _fill(scribe: Scribe, box: NDArray[np.int64], share: float, *, single: bool) -> None:
    """Write into one cell (x, y, width, height): a digit, a short number, a word, or nothing."""
    rng = scribe.rng
    x, y, width, height = (float(side) for side in box)
    kind = rng.random()
    if kind < 0.2:
        return
    size = share * height * rng.uniform(0.85, 1.1)
    top = y + (height - size) / 2 + rng.normal(0, 0.06) * height
    if kind > 0.92:
        scribe.word(x + 0.1 * width, top, 0.7 * size)
        return
    count = 1 if single else int(rng.integers(1, max(2, round(1.2 * width / height) + 1)))
    x += (width - 0.65 * count * size) / 2 if single else rng.uniform(0.05, 0.4) * size
    for _ in range(count):
        if x < box[0] + width - 0.4 * size:
            x = scribe.digit(x, top, size, number=scribe.choose())


def _table(rng: np.random.Generator, lines: Lines, cell: int) -> NDArray[np.int64]:
    """Rows and columns of any width over a part of the sheet."""
    height, width = lines.shape
    left, top = int(rng.uniform(0.0, 0.3) * width), int(rng.uniform(0.0, 0.3) * height)
    rows = top + np.arange(1 + max(1, min(9, (height - top) // cell))) * cell
    steps = cell * rng.uniform(0.9, 3.5, 12)
    columns = left + np.concatenate([[0], np.cumsum(steps)]).astype(int)
    columns = columns[columns < width]
    return _draw_grid(rng, lines, rows, columns)


def _puzzle(rng: np.random.Generator, lines: Lines, cell: int) -> NDArray[np.int64]:
    """Nine by nine squares, each third line thick."""
    side = min(lines.shape)
    cell = max(16, min(cell, int(side * rng.uniform(0.7, 1.05) / 9)))
    left, top = (int(rng.uniform(0, max(1, full - 9 * cell))) for full in lines.shape[::-1])
    steps = np.arange(10) * cell
    return _draw_grid(rng, lines, top + steps, left + steps, thick=3)


def _draw_grid(
    rng: np.random.Generator, lines: Lines, rows: NDArray[np.int64], columns: NDArray[np.int64], *, thick: int = 0
) -> NDArray[np.int64]:
    """Lines at these rows and columns, each `thick`-th one three times as thick; the cells between them."""
    thickness = int(rng.integers(1, 4))
    for n, y in enumerate(rows):
        _draw_line(lines, (columns[0], y), (columns[-1], y), thickness * (3 if thick and n % thick == 0 else 1))
    for n, x in enumerate(columns):
        _draw_line(lines, (x, rows[0]), (x, rows[-1]), thickness * (3 if thick and n % thick == 0 else 1))
    grid = [(x, y, right - x, bottom - y) for y, bottom in _pairs(rows) for x, right in _pairs(columns)]
    return np.array(grid, np.int64).reshape(-1, 4)


def _boxes(rng: np.random.Generator, lines: Lines, cell: int) -> NDArray[np.int64]:
    """Rows of separate boxes or circles, one for each digit."""
    side, pitch = round(cell * rng.uniform(0.8, 1.0)), cell * rng.uniform(1.0, 1.4)
    thickness, round_ones = int(rng.integers(1, 4)), rng.random() < 0.25
    grid = _places(rng, lines, pitch, 1.5 * cell)
    for x, y in grid:
        if round_ones:
            cv2.circle(lines, (int(x + side // 2), int(y + side // 2)), side // 2, 1.0, thickness, cv2.LINE_AA)
        else:
            cv2.rectangle(lines, (int(x), int(y)), (int(x + side), int(y + side)), 1.0, thickness)
    return np.column_stack([grid, np.full((len(grid), 2), side)])


def _comb(rng: np.random.Generator, lines: Lines, cell: int) -> NDArray[np.int64]:
    """A base line with teeth between the digits, in full or dotted."""
    pitch, tooth = cell * rng.uniform(0.7, 1.0), cell * rng.uniform(0.15, 1.0)
    thickness = int(rng.integers(1, 3))
    grid = _places(rng, lines, pitch, 1.7 * cell)
    for x, y in grid:
        _draw_line(lines, (x, y + cell), (x + pitch, y + cell), thickness)
        for edge in (x, x + pitch):
            _draw_line(lines, (edge, y + cell - tooth), (edge, y + cell), thickness)
    if rng.random() < 0.4:
        step = int(rng.integers(3, 8))
        dots = np.add.outer(np.arange(lines.shape[0]), np.arange(lines.shape[1])) % step
        lines[dots >= step // 2] = 0
    return np.column_stack([grid, np.full(len(grid), round(pitch)), np.full(len(grid), cell)]).astype(np.int64)


def _margin(rng: np.random.Generator, lines: Lines, cell: int) -> NDArray[np.int64]:
    """Upright rules with columns of numbers close beside them."""
    height, width = lines.shape
    for x in np.cumsum(cell * rng.uniform(1.0, 6.0, 6)):
        if x < width:
            _draw_line(lines, (x, 0), (x, height), int(rng.integers(1, 4)))
    columns = np.flatnonzero(lines[0] > 0)
    starts = columns[np.diff(columns, prepend=-9) > 1] if columns.size else np.array([0])
    spans = np.diff(np.append(starts, width))
    cells = [
        (x, y, span, cell) for x, span in zip(starts, spans, strict=True) for y in range(0, height, round(1.4 * cell))
    ]
    return np.array(cells, np.int64)


def _places(rng: np.random.Generator, lines: Lines, pitch: float, row: float) -> NDArray[np.int64]:
    """Top left corners of fields in rows of groups, (N, 2)."""
    height, width = lines.shape
    left, group = rng.uniform(0.02, 0.2) * width, int(rng.integers(2, 12))
    across = [left + n * pitch + n // group * 0.7 * pitch for n in range(40)]
    down = np.arange(rng.uniform(0.02, 0.2) * height, height - 0.5 * row, row)
    return np.array([(x, y) for y in down for x in across if x < width - pitch], np.int64).reshape(-1, 2)


def _draw_line(lines: Lines, start: tuple[float, float], end: tuple[float, float], thickness: int) -> None:
    corners = [(round(float(x)), round(float(y))) for x, y in (start, end)]
    cv2.line(lines, corners[0], corners[1], 1.0, thickness)


def _pairs(edges: NDArray[np.int64]) -> list[tuple[int, int]]:
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
