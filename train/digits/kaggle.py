"""Kaggle's digit-recognizer train.csv, row by row: label,pixel0,...,pixel783, MNIST's own geometry, ink = 255."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from edge.contract import GLYPH_SIDE, LABELS, Glyph
from edge.errors import SourceError
from edge.reading.glyph import normalize

HEADER = ["label", *(f"pixel{number}" for number in range(GLYPH_SIDE**2))]


def read_rows(path: Path) -> Iterator[tuple[str, int, Glyph | str]]:
    """The rows of a train.csv: a name that says file and line, class_id, and the glyph or why there is none.

    Raises:
        SourceError: it cannot be read, has another header, or a label is not one of LABELS.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file)
            header = next(rows, [])
            if header != HEADER:
                raise SourceError(
                    f"{path} is not Kaggle's digit-recognizer train.csv: its first line must be "
                    f"label,pixel0,...,pixel{GLYPH_SIDE**2 - 1}, it begins with {','.join(header)[:40]!r}."
                )
            for row in filter(None, rows):
                yield f"{path.name} line {rows.line_num}", _label(row[0], path, rows.line_num), _glyph(row[1:])
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}).") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{path} is no CSV file ({error}).") from error


def _label(text: str, path: Path, line: int) -> int:
    if text not in LABELS:
        raise SourceError(f"{path} line {line}: the label is {text!r}; labels are 0 to 9 and other. Mend that line.")
    return LABELS.index(text)


def _glyph(pixels: list[str]) -> Glyph | str:
    """Through `normalize` alone: it leaves MNIST's digits as they are."""
    if len(pixels) != GLYPH_SIDE**2:
        return f"{len(pixels)} pixels instead of {GLYPH_SIDE**2}"
    try:
        ink = np.frombuffer(bytes(map(int, pixels)), np.uint8)  # bytes refuses what is not 0 to 255
    except ValueError:
        return "a pixel that is not a whole number from 0 to 255"
    return normalize(ink.reshape(GLYPH_SIDE, GLYPH_SIDE)) if ink.any() else "all black"
