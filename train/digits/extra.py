"""`make train EXTRA=...`: your own large set beside MNIST, a tenth of it held out; and how much memory that takes."""

import resource
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from joblib.externals.loky import get_reusable_executor
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from edge.contract import LABELS, NOT_A_DIGIT
from edge.names import printable
from train.digits.labelled import describe_left_out, load_extra
from train.digits.mnist import Digits

HELD_OUT = 0.1
"""Of each label: looked at while training, never trained on."""


@dataclass(frozen=True, slots=True)
class Extra:
    """A set of yours, split."""

    name: str
    """Of the file or folder, without where it lies."""
    train: Digits
    held_out: Digits
    left_out: int
    """Pictures that could not be used."""

    def record(self) -> dict[str, object]:
        """For the record of the run: how much of what."""
        labels = np.bincount(np.concatenate([self.train.labels, self.held_out.labels]), minlength=len(LABELS))
        return {
            "name": self.name,
            "labels": labels.tolist(),
            "held_out": len(self.held_out),
            "left_out": self.left_out,
        }


def open_extra(path: Path, *, seed: int) -> Extra:
    """Load and split a set, and say what is in it and what was left out.

    Raises:
        SourceError: it cannot be used; says why.
    """
    labelled = load_extra(path)
    for line in describe_left_out(labelled):
        print(line)
    train, held_out = split_tenth(labelled.digits, seed=seed)
    print(f"EXTRA {printable(path.name)}: {len(train)} glyphs to train on, {len(held_out)} held out", flush=True)
    return Extra(printable(path.name), train, held_out, len(labelled.left_out))


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


def _take(digits: Digits, chosen: NDArray[np.int64]) -> Digits:
    return Digits(digits.glyphs[chosen], digits.labels[chosen])
