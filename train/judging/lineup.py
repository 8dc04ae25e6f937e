"""The models that are looked at side by side: base, finetuned and int8, each with what is known about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from edge.contract import Glyphs, Logits, Probabilities
from edge.reading.card import card_path
from edge.reading.classifier import Classifier, softmax
from edge.reading.model_set import SHIPPED_MODEL
from edge.reading.reader import choose_model
from train.digits.learned import NOTHING, load_learned
from train.store import LOCAL, ROOT, SHIPPED, load_record, sha256

FINETUNED = "finetuned.keras"
CHUNK = 1000
"""Glyphs that the int8 model gets at once: memory stays small however large the set."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of the line-up."""

    kind: str
    """"base", "finetuned" or "int8"; of a model that was named by hand its file's name."""
    path: Path
    logits: Callable[[Glyphs], Logits]
    """(N, 28, 28) -> (N, 11)."""
    sha256: str
    record: dict[str, Any]
    """An int8 model's card, a float model's training record; empty where there is none of this very file."""
    temperature: float = 1.0
    """Float models have no card, and so no fitted temperature."""
    min_confidence: float | None = None
    """None for float models: only the reader rejects."""
    learned: Glyphs = field(default_factory=lambda: NOTHING)
    """Glyphs of yours that it was trained on, (N, 28, 28), as far as that is known."""

    @property
    def file(self) -> str:
        """Its path, short where it lies in this checkout."""
        return str(self.path.relative_to(ROOT)) if self.path.is_relative_to(ROOT) else str(self.path)

    @property
    def learned_own(self) -> bool:
        """Whether it was trained on the calibration digits."""
        return FINETUNED in (self.path.name, self.record.get("keras"))

    def probabilities(self, glyphs: Glyphs) -> Probabilities:
        """Softmax of the logits after temperature, (N, 11)."""
        return softmax(self.logits(glyphs) / np.float32(self.temperature))


def load_lineup(*, shipped: bool, local: Path = LOCAL) -> tuple[Entry, ...]:
    """Base, finetuned where there is one, int8: the models in use, or the shipped ones alone.

    Raises:
        ModelError: one of them cannot be read.
    """
    base, finetuned = local / "base.keras", local / FINETUNED
    if shipped or not base.is_file():
        base = SHIPPED / "base.keras"
    entries = [_load_float("base", base)]
    if finetuned.is_file() and not shipped:
        entries.append(_load_float("finetuned", finetuned))
    return *entries, _load_int8("int8", SHIPPED_MODEL if shipped else choose_model())


def describe_origin(lineup: Sequence[Entry]) -> str:
    """Which of the float models the int8 model, the last one, was converted from."""
    int8 = lineup[-1]
    for entry in lineup[:-1]:
        if entry.sha256 == int8.record.get("keras_sha256"):
            return f"int8 was converted from {entry.kind}."
    return (
        f"int8 was converted from another {int8.record.get('keras', 'file')} than those here: "
        "`make convert` converts the newest."
    )


def load_entry(path: Path) -> Entry:
    """One model, named by hand: .keras or .tflite.

    Raises:
        ModelError: it cannot be read, or is no model of this program.
    """
    return (_load_int8 if path.suffix == ".tflite" else _load_float)(path.name, path)


def _load_float(kind: str, path: Path) -> Entry:
    # TensorFlow takes seconds to come: not for who mistyped something, nor for who asks an int8 model alone.
    from train.networks.classifier import keras_logits, load_model  # noqa: PLC0415

    model, sha = load_model(path), sha256(path)
    record = load_record(path.with_suffix(".training.json"), sha)
    learned = load_learned(path, sha)
    return Entry(kind, path, lambda glyphs: keras_logits(model, glyphs), sha, record, learned=learned)


def _load_int8(kind: str, path: Path) -> Entry:
    classifier = Classifier(path)

    def ask(glyphs: Glyphs) -> Logits:
        chunks = [classifier.network.logits(glyphs[n : n + CHUNK]) for n in range(0, len(glyphs), CHUNK)]
        return np.concatenate(chunks)

    sha, card = classifier.card.sha256, classifier.card
    record = load_record(card_path(path), sha)
    parent = path.with_name(str(record.get("keras", "base.keras")))
    learned = load_learned(parent, str(record.get("keras_sha256")))
    return Entry(kind, path, ask, sha, record, card.temperature, card.min_confidence, learned)
