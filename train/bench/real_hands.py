"""Real hands for the benchmark: folders of `<label>/` pictures, and photographs of lines whose text is known.

Photographs stand in a folder with a table (any .csv with the columns `file` and `text`; "/" separates lines). Their
digits are cut out as the product itself finds them, and taken where a line's count fits the text. One hand is all files
with the same value in the column `writer` or, where there is none, with the same name up to the first "_".
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.contract import LABELS, Box, Detection
from edge.errors import SourceError
from edge.picture import read_picture
from edge.reading.glyph import normalize
from edge.reading.model_set import SHIPPED_MODEL
from edge.reading.reader import open_reader
from train.digits.labelled import load_labelled_folder
from train.digits.mnist import Digits

STEEPEST = 0.25
"""Lines of writing rise or fall by at most so much per pixel."""


def load_hands(sources: Iterable[str]) -> dict[str, Digits]:
    """Hands by name.

    Args:
        sources: folders, each with `:name,name` behind it where only some hands of it are wanted. A folder holds
            `<label>/` folders (one hand), or photographs with their table, or several such folders.

    Raises:
        SourceError: there is no such folder, or no hand in it.
    """
    hands: dict[str, Digits] = {}
    for source in sources:
        folder, _, names = source.partition(":")
        wanted = names.split(",") if names else []
        found = _load_folder(Path(folder), wanted)
        missing = [name for name in wanted if name not in found]
        if missing or not found:
            raise SourceError(
                f"no hand {', '.join(missing) or 'at all'} in {folder} (there are: {', '.join(found) or 'none'}). "
                "A hand is a folder of <label>/ pictures, or photographs with a .csv of the columns file and text."
            )
        hands |= found
    return hands


def sort_into_lines(boxes: Sequence[Box], count: int) -> NDArray[np.intp]:
    """In which of so many straight, perhaps tilted lines of writing each box stands: 0 is the topmost, (N,)."""
    x, y = np.array([(box.x + box.width / 2, box.y + box.height / 2) for box in boxes]).T
    best, rows = -1.0, np.zeros(len(boxes), np.intp)
    if count == 1:
        return rows
    for slope in np.linspace(-STEEPEST, STEEPEST, 101):
        level = y - slope * x
        order = np.argsort(level)
        gaps = np.diff(level[order])
        cuts = np.sort(np.argsort(-gaps)[: count - 1])
        if gaps[cuts].min() > best:
            best = float(gaps[cuts].min())
            rows[order] = np.searchsorted(cuts, np.arange(len(boxes)))
    return rows


def cut_out_lines(digits: Sequence[Detection], lines: Sequence[str]) -> list[tuple[Detection, int]]:
    """The detections of a photograph with their true class_ids, of those lines whose count fits the text."""
    if len(digits) < len(lines):
        return []
    rows = sort_into_lines([digit.box for digit in digits], len(lines))
    found = []
    for row, text in enumerate(lines):
        members = sorted(
            (digit for digit, at in zip(digits, rows, strict=True) if at == row), key=lambda one: one.box.x
        )
        if len(members) == len(text):
            found += [(member, int(sign)) for member, sign in zip(members, text, strict=True)]
    return found


def _load_folder(folder: Path, wanted: Sequence[str]) -> dict[str, Digits]:
    """Its hands by name: the wanted ones, or all where none is named."""
    if not folder.is_dir():
        raise SourceError(f"there is no folder {folder}; HANDS takes folders of pictures.")
    if any((folder / label).is_dir() for label in LABELS):
        if wanted and folder.name not in wanted:
            return {}
        return {folder.name: load_labelled_folder(folder).digits}
    for table in sorted(folder.glob("*.csv")):
        with table.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        if rows and {"file", "text"} <= rows[0].keys():
            pictures = folder / table.stem
            return _load_photographs(pictures if pictures.is_dir() else folder, rows, wanted)
    found: dict[str, Digits] = {}
    for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
        found |= _load_folder(inner, wanted)
    return found


def _load_photographs(folder: Path, table: Sequence[dict[str, str]], wanted: Sequence[str]) -> dict[str, Digits]:
    reader = open_reader(
        SHIPPED_MODEL, min_confidence=0.0
    )  # where a digit stands counts here, not what it is taken for
    glyphs, labels = defaultdict(list), defaultdict(list)
    rows = [(row.get("writer") or row["file"].partition("_")[0], row) for row in table]
    rows = [(hand, row) for hand, row in rows if not wanted or hand in wanted]
    for hand, row in tqdm(rows, f"photographs in {folder.name}", unit="photo"):
        lines = [re.sub(r"\D", "", line) for line in row["text"].split("/")]
        for digit, label in cut_out_lines(reader.read(read_picture(folder / row["file"])).candidates, lines):
            assert digit.ink is not None
            glyphs[hand].append(normalize(digit.ink))
            labels[hand].append(label)
    return {hand: Digits(np.stack(glyphs[hand]), np.array(labels[hand], np.int64)) for hand in glyphs}
