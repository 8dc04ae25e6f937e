"""Your own labelled pictures, each as both readers see it: its glyph, and its grey crop."""

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.contract import CROP_SUFFIX, Grey, Labels
from train.digits.labelled import CALIBRATION_DIGITS, Labelled, LeftOut, load_labelled_folder
from train.digits.listing import list_folder, read_file, sort_by_label
from train.digits.mnist import Digits
from train.digits.single import UnusableError, build_square


@dataclass(frozen=True, slots=True)
class Squares:
    """Labelled digits in grey, with what stands around them."""

    grey: tuple[Grey, ...]
    """As `cut_square` cuts them."""
    labels: Labels

    def __len__(self) -> int:
        """How many."""
        return len(self.labels)

    def __getitem__(self, which: NDArray[np.intp]) -> "Squares":
        """Some of them."""
        return Squares(tuple(self.grey[one] for one in which), self.labels[which])


@dataclass(frozen=True, slots=True)
class Own:
    """Samples; each has a square, and a glyph where its ink is known."""

    names: tuple[str, ...]
    """Of each sample: the path of its ink, of its crop where it has no ink, or of its picture."""
    squares: Squares
    glyphs: Labelled
    """Of the samples with a glyph, and what could not be used."""
    with_glyph: NDArray[np.intp]
    """Which samples these are: of each glyph, the index of its name."""


def load_own(folder: Path = CALIBRATION_DIGITS) -> Own:
    """The samples in a folder, `<label>/[<writer>/...]/<file>`; an ink and its crop are one.

    Where nothing grey was kept, the ink is laid onto plain paper. A picture that was captured twice, by another name of
    its writer, counts once: else cross-validation would judge it by a model that has learned it.
    """
    listing = sort_by_label(list_folder(folder) if folder.exists() else [])
    glyphs = load_labelled_folder(folder)
    doubles = _find_doubles(folder, glyphs)
    glyphs = _leave_out(glyphs, doubles)
    known = set(glyphs.names)
    names, grey, labels, left_out = [], [], [], []
    for name, label in listing.pictures:
        if name in doubles or (name not in known and not name.endswith(CROP_SUFFIX)):
            continue  # named already, with its reason
        rng = np.random.default_rng(zlib.crc32(name.encode()))
        for source in dict.fromkeys((listing.crops.get(name, name), name)):
            try:
                square = build_square(read_file(folder / source), source, rng)
            except UnusableError as error:
                left_out.append(LeftOut(source, str(error), label))
            else:
                names.append(name)
                grey.append(square)
                labels.append(label)
                break
    alone = {name for name, _ in listing.pictures if name.endswith(CROP_SUFFIX)}
    rest = [one for one in glyphs.left_out if one.name not in alone] + left_out
    places = {name: number for number, name in enumerate(names)}
    return Own(
        tuple(names),
        Squares(tuple(grey), np.array(labels, np.int64)),
        Labelled(glyphs.digits, glyphs.names, tuple(sorted(rest, key=lambda one: one.name))),
        np.array([places[name] for name in glyphs.names], np.intp),
    )


def _find_doubles(folder: Path, glyphs: Labelled) -> dict[str, LeftOut]:
    """Pictures of which the very same file lies there under this label already, by name."""
    first: dict[tuple[int, bytes], str] = {}
    doubles = {}
    for name, label in zip(glyphs.names, glyphs.digits.labels.tolist(), strict=True):
        same = first.setdefault((label, hashlib.sha256(read_file(folder / name)).digest()), name)
        if same != name:
            doubles[name] = LeftOut(name, f"the same picture as {same}", label)
    return doubles


def _leave_out(glyphs: Labelled, doubles: Mapping[str, LeftOut]) -> Labelled:
    kept = [place for place, name in enumerate(glyphs.names) if name not in doubles]
    return Labelled(
        Digits(glyphs.digits.glyphs[kept], glyphs.digits.labels[kept]),
        tuple(glyphs.names[place] for place in kept),
        (*glyphs.left_out, *doubles.values()),
    )
