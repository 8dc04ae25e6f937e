"""Models that read what a test says, sets of real glyphs, and what the ones answer to the others."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edge.contract import LABELS
from train.digits.labelled import NOTHING_FOUND, LeftOut
from train.digits.mnist import Digits, load_sample
from train.judging.comparison import Comparison, PictureSet, compare
from train.judging.lineup import Entry
from train.store import SHIPPED

SHIPPED_BASE = SHIPPED / "base.keras"


def build_entry(kind: str, read: Sequence[int], *, sure: float = 9.0, path: Path = SHIPPED_BASE, **known) -> Entry:
    """A model that reads these class_ids, whatever the glyphs are."""
    logits = np.zeros((len(read), len(LABELS)), np.float32)
    logits[np.arange(len(read)), read] = sure
    return Entry(
        kind, path, lambda glyphs: logits[: len(glyphs)], sha256=known.pop("sha256", ""), **{"record": {}, **known}
    )


def build_int8(read: Sequence[int], **known) -> Entry:
    return build_entry(
        "int8", read, **{"path": SHIPPED / "digits.tflite", "min_confidence": 0.8, "temperature": 2.0, **known}
    )


def build_set(
    labels: Sequence[int], *, not_found: Sequence[int] = (), own: bool = False, prefix: str = ""
) -> PictureSet:
    """Real glyphs, whatever their labels say; names are <label>/<number>.png."""
    glyphs = load_sample().test.glyphs[: len(labels)]
    names = tuple(f"{LABELS[label]}/{prefix}{n}.png" for n, label in enumerate(labels))
    missed = tuple(LeftOut(f"{label}/blank.png", NOTHING_FOUND, label) for label in not_found)
    return PictureSet("A set", Digits(glyphs, np.array(labels)), names, missed, (), own)


def build_comparison(pictures: PictureSet, *entries: Entry) -> Comparison:
    return Comparison(pictures, tuple(compare(pictures, entry) for entry in entries))
