"""Your own labelled pictures as glyphs: a folder of `<label>/` pictures, a zip of one, Kaggle's train.csv or zip."""

import os
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from joblib import Parallel, delayed
from tqdm import tqdm

from edge.contract import GLYPH_SIDE, LABELS, Glyph
from edge.errors import SourceError
from edge.names import printable
from train.digits.kaggle import is_zipped_table, read_rows, read_zipped_rows
from train.digits.listing import (
    BROKEN_ZIP,
    LeftOut,
    Listing,
    list_folder,
    list_zip,
    read_file,
    read_member,
    sort_by_label,
    sort_flat,
    sort_large,
)
from train.digits.mnist import Digits
from train.digits.single import NOTHING_FOUND, UnusableError, build_single_glyph
from train.store import ROOT

__all__ = [
    "CALIBRATION_DIGITS",
    "NOTHING_FOUND",
    "Labelled",
    "LeftOut",
    "describe_left_out",
    "find_writer",
    "load_extra",
    "load_labelled_folder",
]

CALIBRATION_DIGITS = ROOT / "calibration_digits"
CHUNK_COUNT, CHUNK_BYTES = 16, 4 * 2**20
"""Pictures go to the workers in chunks of at most so many, or so many bytes: few of them are in memory at once."""
MANY = 200
"""From so many pictures on, starting the workers (two seconds) pays."""
NAMED = 20
"""How many of the left out ones are named one by one."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labelled pictures as glyphs, and what was left out."""

    digits: Digits
    """Labels 0 to 10, 10 = not a digit."""
    names: tuple[str, ...]
    """Of each glyph: its path inside the folder or zip, or "train.csv line 17"."""
    left_out: tuple[LeftOut, ...]


_Got: TypeAlias = Glyph | str
"""A glyph, or the reason why there is none."""


def load_labelled_folder(folder: Path, *, label: str | None = None, workers: int | None = None) -> Labelled:
    """The pictures of a folder, `<label>/[<writer>/...]/<file>`; no file and no folder in it stops the rest.

    Args:
        folder: where the label folders are; it may be missing.
        label: of all pictures in the folder, whatever folders they are in; None: their label folders say it.
        workers: processes; None: as many as pay.
    """
    found = list_folder(folder) if folder.exists() else []
    listing = sort_by_label(found) if label is None else sort_flat(found, LABELS.index(label))
    return _load_folder(folder, listing, workers)


def load_extra(path: Path) -> Labelled:
    """A large labelled set: a folder or a zip of `<label>/` pictures, at whatever depth, or Kaggle's train.csv or zip.

    Raises:
        SourceError: it is none of these, holds nothing of use, or a label that is none; says which and where.
    """
    if path.is_dir():
        labelled = _load_folder(path, sort_large(path, list(list_folder(path))), None)
    elif path.suffix.lower() == ".csv":
        labelled = _collect(tqdm(read_rows(path), path.name, unit="row", delay=2))
    elif path.suffix.lower() == ".zip":
        labelled = _load_zip(path)
    else:
        there = "is neither" if path.exists() else "does not exist"
        raise SourceError(
            f"{path} {there}: EXTRA takes a folder of <label>/ pictures, a zip of one, or Kaggle's train.csv or zip."
        )
    if not labelled.names:
        first = f" ({_line(labelled.left_out[0])})" if labelled.left_out else ""
        raise SourceError(f"nothing of use in {path}{first}: it must hold pictures in folders 0 to 9 and other.")
    return labelled


def find_writer(name: str) -> str:
    """The folders between label and file: whose hand it is, or which session; empty where there are none."""
    return "/".join(name.split("/")[1:-1])


def describe_left_out(labelled: Labelled) -> list[str]:
    """Lines that name what was left out and why: the first ones one by one, the rest counted by reason."""
    if not labelled.left_out:
        return []
    lines = [f"left out: {len(labelled.left_out)}, used: {len(labelled.names)}"]
    lines += [f"  {_line(left_out)}" for left_out in labelled.left_out[:NAMED]]
    rest = Counter(left_out.reason for left_out in labelled.left_out[NAMED:])
    return lines + [f"  and {count} more: {reason}" for reason, count in rest.most_common()]


def _load_folder(folder: Path, found: Listing, workers: int | None) -> Labelled:
    return _load(found, lambda name: read_file(folder / name), workers)


def _load_zip(path: Path) -> Labelled:
    with _open_zip(path) as archive:
        tables = [name for name in list_zip(archive) if is_zipped_table(archive, name)]
        if tables:
            rows = chain.from_iterable(read_zipped_rows(archive, name, path) for name in tables)
            return _collect(tqdm(rows, path.name, unit="row", delay=2))
        return _load(sort_large(path, list_zip(archive)), lambda name: read_member(archive, name), None)


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except BROKEN_ZIP as error:
        raise SourceError(f"{path} cannot be read as a zip ({str(error) or type(error).__name__}).") from error


def _load(found: Listing, read: Callable[[str], bytes], workers: int | None) -> Labelled:
    """Read the pictures and send each down its road, in their order; few of them are in memory at once."""
    if workers is None:
        workers = (os.cpu_count() or 1) if len(found.pictures) >= MANY else 1
    names = [name for name, _ in found.pictures]
    tasks = (delayed(_build_glyphs)(chunk) for chunk in _in_chunks((name, _try_to_read(read, name)) for name in names))
    built = chain.from_iterable(Parallel(workers, return_as="generator")(tasks))
    shown = tqdm(built, "pictures", len(names), unit="picture", delay=2)
    rows = ((name, label, got) for (name, label), got in zip(found.pictures, shown, strict=True))
    unknown = [
        LeftOut(f"{folder}/", f"no label (0 to 9, other); files in it: {count}", None)
        for folder, count in found.unknown.items()
    ]
    return _collect(rows, [*found.left_out, *unknown])


def _try_to_read(read: Callable[[str], bytes], name: str) -> bytes | str:
    try:
        return read(name)
    except UnusableError as error:
        return str(error)


def _in_chunks(items: Iterable[tuple[str, bytes | str]]) -> Iterator[list[tuple[str, bytes | str]]]:
    chunk: list[tuple[str, bytes | str]] = []
    size = 0
    for name, content in items:
        chunk.append((name, content))
        size += len(content)
        if len(chunk) >= CHUNK_COUNT or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _build_glyphs(chunk: list[tuple[str, bytes | str]]) -> list[_Got]:
    cv2.setNumThreads(1)  # the pictures share the cores, not each its pixels
    return [content if isinstance(content, str) else _build_glyph(name, content) for name, content in chunk]


def _build_glyph(name: str, content: bytes) -> _Got:
    try:
        return build_single_glyph(content, name)
    except UnusableError as error:
        return str(error)


def _collect(rows: Iterable[tuple[str, int, _Got]], left_out: Iterable[LeftOut] = ()) -> Labelled:
    """Glyphs with their labels and names on one side, what was left out on the other, in order of its names."""
    glyphs, labels, names, rest = [], [], [], list(left_out)
    for name, label, got in rows:
        if isinstance(got, str):
            rest.append(LeftOut(name, got, label))
        else:
            glyphs.append(got)
            labels.append(label)
            names.append(name)
    stacked = np.stack(glyphs) if glyphs else np.empty((0, GLYPH_SIDE, GLYPH_SIDE), np.uint8)
    return Labelled(Digits(stacked, np.array(labels, np.int64)), tuple(names), tuple(sorted(rest, key=_name)))


def _name(left_out: LeftOut) -> str:
    return left_out.name


def _line(left_out: LeftOut) -> str:
    return f"{printable(left_out.name)}: {printable(left_out.reason)}"
