"""Kaggle's digit-recognizer train.csv, row by row: label,pixel0,...,pixel783, MNIST's own geometry, ink = 255.

Also as it is downloaded: in a zip, beside a test.csv without labels.
"""

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO, TypeAlias

import numpy as np

from edge.contract import GLYPH_SIDE, LABELS, Glyph
from edge.errors import SourceError
from edge.reading.glyph import normalize
from train.digits.listing import BROKEN_ZIP

HEADER = ["label", *(f"pixel{number}" for number in range(GLYPH_SIDE**2))]
ENCODING, NEWLINE = "utf-8-sig", ""
"""What a csv begins with, and what the reader of rows takes."""
Row: TypeAlias = tuple[str, int, Glyph | str]
"""A name that says file and line, class_id, and the glyph or why there is none."""
SHOWN = 40
"""So much of what is wrong is shown, characters: a field may have a hundred thousand."""


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a train.csv.

    Raises:
        SourceError: it cannot be read, has another header, or a label is not one of LABELS.
    """
    try:
        with path.open(encoding=ENCODING, newline=NEWLINE) as file:
            yield from _read(file, path.name, path)
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}).") from error


def read_zipped_rows(archive: zipfile.ZipFile, name: str, path: Path) -> Iterator[Row]:
    """The rows of a train.csv in a zip: unpacked as they are read, so its size does not matter.

    Raises:
        SourceError: it cannot be unpacked, has another header, or a label is not one of LABELS.
    """
    try:
        with archive.open(name) as member, io.TextIOWrapper(member, ENCODING, newline=NEWLINE) as file:
            yield from _read(file, name, path / name)
    except BROKEN_ZIP as error:
        raise SourceError(f"{name} in {path} cannot be unpacked ({error}). Unpack it by other means first.") from error


def is_zipped_table(archive: zipfile.ZipFile, name: str) -> bool:
    """Whether this member of a zip begins as train.csv does; test.csv, which lies beside it there, has no labels."""
    if not name.lower().endswith(".csv"):
        return False
    try:
        with archive.open(name) as file:
            return file.readline(2 * len(",".join(HEADER))).decode(ENCODING).strip() == ",".join(HEADER)
    except (*BROKEN_ZIP, UnicodeDecodeError):
        return False


def _read(file: TextIO, name: str, path: Path) -> Iterator[Row]:
    try:
        rows = csv.reader(file)
        header = next(rows, [])
        if header != HEADER:
            raise SourceError(
                f"{path} is not Kaggle's digit-recognizer train.csv: its first line must be "
                f"label,pixel0,...,pixel{GLYPH_SIDE**2 - 1}, it begins with {','.join(header)[:SHOWN]!r}."
            )
        for row in filter(None, rows):
            yield f"{name} line {rows.line_num}", _label(row[0], path, rows.line_num), _glyph(row[1:])
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{path} is no CSV file ({error}).") from error


def _label(text: str, path: Path, line: int) -> int:
    if text not in LABELS:
        raise SourceError(
            f"{path} line {line}: the label is {text[:SHOWN]!r}; labels are 0 to 9 and other. Mend that line."
        )
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
