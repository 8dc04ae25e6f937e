"""`make train EXTRA=...`: your own large set beside MNIST, a tenth of it held out; and how much memory that takes."""

import resource
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from joblib.externals.loky import get_reusable_executor
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from edge.contract import LABELS, NOT_A_DIGIT, Glyphs
from edge.errors import SourceError
from edge.names import printable
from train.digits.copies import NO_ORIGINAL, find_originals
from train.digits.labelled import describe_left_out, load_extra
from train.digits.mnist import Digits, Mnist, join, load_mnist

HELD_OUT = 0.1
"""Of each label: looked at while training, never trained on."""


@dataclass(frozen=True, slots=True)
class Copies:
    """How many pictures of a set are MNIST's own, as they were, moved or compressed."""

    train: int
    """They are trained on, not held out: MNIST teaches them anyway."""
    validation: int
    """They are left out: gates look at these ..."""
    test: int
    """... and reports at these."""

    def describe(self, total: int) -> list[str]:
        """What is to be said about them, of so many pictures in all."""
        lines = []
        if judging := self.validation + self.test:
            lines.append(
                f"{judging:,} of {total:,} left out: copies of {self.test:,} test and {self.validation:,} "
                "validation digits of MNIST, by which models are judged"
            )
        if self.train:
            lines.append(
                f"{self.train:,} of {total:,} are MNIST's training digits: they teach little, none is held out"
            )
        return lines


@dataclass(frozen=True, slots=True)
class Extra:
    """A set of yours, split."""

    name: str
    """Of the file or folder, without where it lies."""
    train: Digits
    held_out: Digits
    left_out: int
    """Pictures that could not be used."""
    copies: Copies

    def record(self) -> dict[str, object]:
        """For the record of the run: how much of what."""
        labels = np.bincount(np.concatenate([self.train.labels, self.held_out.labels]), minlength=len(LABELS))
        return {
            "name": self.name,
            "labels": labels.tolist(),
            "held_out": len(self.held_out),
            "left_out": self.left_out,
            "copies_of_mnist": asdict(self.copies),
        }


def open_extra(path: Path, *, seed: int, load: Callable[[], Mnist] = load_mnist) -> Extra:
    """Load and split a set, and say what is in it and what was left out.

    What models are judged by is not learned: neither copies of MNIST's test and validation digits (Kaggle's train.csv
    is MNIST, shuffled) nor, of the tenth that is held out, copies of what is trained on.

    Args:
        path: of the folder, zip or csv.
        seed: of the split.
        load: gives MNIST.

    Raises:
        SourceError: it cannot be used; says why.
    """
    labelled = load_extra(path)
    for line in describe_left_out(labelled):
        print(line)
    mnist, digits = load(), labelled.digits
    part = _find_part(digits.glyphs, mnist.train, mnist.validation, mnist.test)
    copies = Copies(*(int((part == number).sum()) for number in range(3)))
    for line in copies.describe(len(digits)):
        print(f"EXTRA {printable(path.name)}: {line}")
    if copies.validation + copies.test == len(digits):
        raise SourceError(
            f"{path} holds only copies of digits by which models are judged (MNIST's test and validation digits): "
            "nothing in it may be trained on. Leave EXTRA= out."
        )
    train, held_out = split_tenth(_take(digits, np.flatnonzero(part == NO_ORIGINAL)), seed=seed)
    is_seen = _find_part(held_out.glyphs, train, mnist.train) != NO_ORIGINAL
    known = _take(digits, np.flatnonzero(part == 0)), _take(held_out, np.flatnonzero(is_seen))
    train, held_out = join(train, *known), _take(held_out, np.flatnonzero(~is_seen))
    print(f"EXTRA {printable(path.name)}: {len(train)} glyphs to train on, {len(held_out)} held out", flush=True)
    return Extra(printable(path.name), train, held_out, len(labelled.left_out), copies)


def split_tenth(digits: Digits, *, seed: int) -> tuple[Digits, Digits]:
    """All but a tenth, and that tenth: the same share of each label; labels with fewer than ten stay whole."""
    scarce = np.bincount(digits.labels, minlength=len(LABELS))[digits.labels] < 1 / HELD_OUT
    many = np.flatnonzero(~scarce)
    if not many.size:
        return digits, digits[:0]
    kept, held_out = train_test_split(many, test_size=HELD_OUT, random_state=seed, stratify=digits.labels[many])
    return _take(digits, np.concatenate([kept, np.flatnonzero(scarce)])), _take(digits, held_out)


def only_digits(digits: Digits) -> Digits:
    """Without what is no digit: top-1 does not ask for it."""
    return _take(digits, np.flatnonzero(digits.labels != NOT_A_DIGIT))


def end_workers() -> None:
    """Let joblib's workers go, so that training has their memory."""
    get_reusable_executor().shutdown(wait=True)


def peak_memory_mb() -> int:
    """Most memory that this process has had resident so far, MB; its workers are not in it."""
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6)


def _find_part(glyphs: Glyphs, *parts: Digits) -> NDArray[np.intp]:
    """In which of these sets each glyph has its original, (N,): 0, 1, ..., or NO_ORIGINAL."""
    original = find_originals(glyphs, join(*parts).glyphs)
    part = np.searchsorted(np.cumsum([len(one) for one in parts]), original, side="right")
    return np.where(original == NO_ORIGINAL, NO_ORIGINAL, part)


def _take(digits: Digits, chosen: NDArray[np.int64]) -> Digits:
    return Digits(digits.glyphs[chosen], digits.labels[chosen])
