"""Glyphs -> logits -> probabilities by an int8 TFLite model, which itself says its scales and zero points."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge import runtime
from edge.contract import GLYPH_GEOMETRY, GLYPH_SIDE, LABELS, Glyphs, Logits, Probabilities
from edge.errors import ModelError
from edge.finding.crops import CROP_SIDE, CROP_VIEWS, Crops
from edge.reading.context import WEIGHTS
from edge.reading.union import Weights

MODEL_ID_DIGITS = 12
"""How much of the model's sha256 names it in readings."""


@dataclass(frozen=True, slots=True)
class Card:
    """What the reader must know about a model, from the .json file beside it."""

    sha256: str
    temperature: float
    min_confidence: float
    glyph_geometry: int
    labels: tuple[str, ...]
    second_look: "SecondLook | None" = None
    """With which finder and reader of crops it reads together; None in cards of former versions."""


@dataclass(frozen=True, slots=True)
class SecondLook:
    """The other members of a model's set, and how much each is heard."""

    finder_sha256: str
    crops_sha256: str
    crops_temperature: float
    weights: Weights


class Network(runtime.Network):
    """The bare int8 network: glyphs in, logits out.

    Args:
        content: a fully int8 .tflite file.
        path: where it came from, for messages.

    Raises:
        ModelError: it is no model, or its tensors are not what this program hands over.
        SetupError: no TFLite runtime works here.
    """

    def __init__(self, content: bytes, path: Path) -> None:
        super().__init__(content, path, takes=(GLYPH_SIDE, GLYPH_SIDE, 1), gives=(len(LABELS),))
        # The model's input is real value = glyph / 255, of which there are 256.
        real = np.arange(256, dtype=np.float32) / np.float32(255)
        self._quantized = runtime.quantize(real, *self.input_quantization)

    def logits(self, glyphs: Glyphs) -> Logits:
        """Classify all glyphs in one call.

        Args:
            glyphs: uint8, (N, 28, 28), ink = 255. N may be 0.

        Returns:
            float32, (N, 11).
        """
        if len(glyphs) == 0:
            return np.empty((0, len(LABELS)), np.float32)
        return self.run_quantized(self._quantized[glyphs[..., np.newaxis]])


class CropsReader(runtime.Network):
    """The network that reads grey crops.

    Args:
        content: crops.tflite.
        path: where it came from, for messages.
        temperature: by which its logits are divided.

    Raises:
        ModelError: it is no reader of crops.
        SetupError: no TFLite runtime works here.
    """

    def __init__(self, content: bytes, path: Path, temperature: float) -> None:
        super().__init__(content, path, takes=(CROP_SIDE, CROP_SIDE, CROP_VIEWS), gives=(len(LABELS),))
        self.temperature = temperature

    def logits(self, crops: Crops) -> Logits:
        """float32 (N, 32, 32, 2), as `normalize_crops` gives them -> float32 (N, 11). N may be 0."""
        return self.run(crops) if len(crops) else np.empty((0, len(LABELS)), np.float32)

    def probabilities(self, crops: Crops) -> Probabilities:
        """Softmax of the logits after the temperature: float32, (N, 11)."""
        return softmax(self.logits(crops) / np.float32(self.temperature))


class Classifier:
    """A model with its card: glyphs in, probabilities out.

    Args:
        model: a fully int8 .tflite file; its card is the .json file of the same name beside it.

    Raises:
        ModelError: the model or its card is missing, unreadable, or they do not fit each other or this program.
        SetupError: no TFLite runtime works here.
    """

    def __init__(self, model: Path) -> None:
        content = _read_model(model)
        self.card = load_card(model, hashlib.sha256(content).hexdigest())
        self.model_id = self.card.sha256[:MODEL_ID_DIGITS]
        self.network = Network(content, model)

    def probabilities(self, glyphs: Glyphs) -> Probabilities:
        """Softmax of the logits of (N, 28, 28) glyphs after the card's temperature: float32, (N, 11)."""
        return softmax(self.network.logits(glyphs) / np.float32(self.card.temperature))


def softmax(logits: NDArray[np.float32]) -> Probabilities:
    """Softmax over the last axis: float32 of the same shape, rows sum to 1."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), np.float32)


def card_path(model: Path) -> Path:
    """Where the card of a model lies: digits.tflite -> digits.json."""
    return model.with_suffix(".json")


def load_card(model: Path, sha256: str) -> Card:
    """The card beside `model`, or the former card in it, checked to belong to the model with this sha256.

    Raises:
        ModelError: the card is missing, unreadable, or does not fit.
    """
    path = card_path(model)
    again = "Run `make convert` on the workstation."
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        # Power may go when a new card is in place and its model not yet: until then it carries the former one's card.
        if content["sha256"] != sha256 and "former" in content:
            content = content["former"]
        card = Card(
            sha256=str(content["sha256"]),
            temperature=float(content["temperature"]),
            min_confidence=float(content["min_confidence"]),
            glyph_geometry=int(content["glyph_geometry"]),
            labels=tuple(content["labels"]),
            second_look=_read_second_look(content["second_look"]) if "second_look" in content else None,
        )
    except FileNotFoundError as error:
        raise ModelError(f"no card {path} beside the model {model}. {again}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"the card {path} cannot be read ({error!r}). {again}") from error
    if card.sha256 != sha256:
        raise ModelError(
            f"the card {path} is of another model (sha256 {card.sha256[:12]}, the file has {sha256[:12]}). {again}"
        )
    if card.glyph_geometry != GLYPH_GEOMETRY or card.labels != LABELS:
        raise ModelError(
            f"{model} was trained for glyph geometry {card.glyph_geometry} and labels {card.labels}; "
            f"this program has {GLYPH_GEOMETRY} and {LABELS}. Run `make train convert` on the workstation."
        )
    if not (card.temperature > 0 and 0 <= card.min_confidence <= 1):
        raise ModelError(
            f"the card {path} says temperature {card.temperature}, min_confidence {card.min_confidence}. {again}"
        )
    return card


def _read_second_look(content: dict[str, Any]) -> SecondLook:
    weights = content["weights"]
    if len(weights["company"]) not in (0, WEIGHTS):
        raise ValueError(f"{len(weights['company'])} weights of the company, this program has {WEIGHTS}")
    return SecondLook(
        finder_sha256=str(content["finder_sha256"]),
        crops_sha256=str(content["crops_sha256"]),
        crops_temperature=float(content["crops_temperature"]),
        weights=Weights(
            both=tuple(float(weight) for weight in weights["both"]),
            alone=tuple(float(weight) for weight in weights["alone"]),
            glyph_share=float(weights["glyph_share"]),
            company=tuple(float(weight) for weight in weights["company"]),
        ),
    )


def _read_model(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"no model at {path} ({error.strerror}). Run `make convert` on the workstation, or `git checkout models/`."
        ) from error
