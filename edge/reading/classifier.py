"""Glyphs -> logits -> probabilities by an int8 TFLite model, which itself says its scales and zero points."""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge import runtime
from edge.contract import GLYPH_SIDE, LABELS, Glyphs, Logits, Probabilities
from edge.errors import ModelError
from edge.finding.crops import CROP_SIDE, CROP_VIEWS, Crops
from edge.reading.card import load_card

MODEL_ID_DIGITS = 12
"""How much of the model's sha256 names it in readings."""


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


def _read_model(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"no model at {path} ({error.strerror}). Run `make convert` on the workstation, or `git checkout models/`."
        ) from error
