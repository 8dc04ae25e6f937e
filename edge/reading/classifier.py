"""Glyphs -> logits -> probabilities by an int8 TFLite model, which itself says its scales and zero points."""

import hashlib
import importlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.contract import GLYPH_GEOMETRY, GLYPH_SIDE, LABELS, Glyphs, Logits, Probabilities
from edge.errors import ModelError, SetupError
from edge.reading.context import TRAINED_SHARE

RUNTIMES = ("ai_edge_litert.interpreter", "tflite_runtime.interpreter", "tensorflow.lite")
"""Modules with an `Interpreter`, best first. The last one only where nothing lighter works."""
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
    trained_share: float = TRAINED_SHARE
    """Share of digits that the net expects; see edge/reading/context.py. Cards before it was fitted have none."""


class Network:
    """The bare int8 network: glyphs in, logits out.

    Args:
        content: a fully int8 .tflite file.
        path: where it came from, for messages.

    Raises:
        ModelError: it is no model, or its tensors are not what this program hands over.
        SetupError: no TFLite runtime works here.
    """

    def __init__(self, content: bytes, path: Path) -> None:
        self._interpreter, self.runtime = _build_interpreter(content, path)
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]
        _check_tensor(path, "input", self._input, (GLYPH_SIDE, GLYPH_SIDE, 1))
        _check_tensor(path, "output", self._output, (len(LABELS),))
        # The model's input is real value = glyph / 255, of which there are 256.
        real = np.arange(256, dtype=np.float32) / np.float32(255)
        self._quantized = _quantize(real, *self._input["quantization"])

    def logits(self, glyphs: Glyphs) -> Logits:
        """Classify all glyphs in one call.

        Args:
            glyphs: uint8, (N, 28, 28), ink = 255. N may be 0.

        Returns:
            float32, (N, 11).
        """
        if len(glyphs) == 0:
            return np.empty((0, len(LABELS)), np.float32)
        if self._input["shape"][0] != len(glyphs):
            self._interpreter.resize_tensor_input(self._input["index"], (len(glyphs), GLYPH_SIDE, GLYPH_SIDE, 1))
            self._interpreter.allocate_tensors()
            self._input = self._interpreter.get_input_details()[0]
        self._interpreter.set_tensor(self._input["index"], self._quantized[glyphs[..., np.newaxis]])
        self._interpreter.invoke()
        return _dequantize(self._interpreter.get_tensor(self._output["index"]), *self._output["quantization"])


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
            trained_share=float(content.get("trained_share", TRAINED_SHARE)),
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
    if not (card.temperature > 0 and 0 <= card.min_confidence <= 1 and 0 < card.trained_share < 1):
        raise ModelError(
            f"the card {path} says temperature {card.temperature}, min_confidence {card.min_confidence}, "
            f"trained_share {card.trained_share}. {again}"
        )
    return card


def _read_model(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"no model at {path} ({error.strerror}). Run `make convert` on the workstation, or `git checkout models/`."
        ) from error


def _build_interpreter(content: bytes, path: Path) -> tuple[Any, str]:
    """The first runtime that builds an interpreter: an import proves nothing (tflite-runtime imports with numpy 2)."""
    failures = []
    for name in RUNTIMES:
        try:
            interpreter = importlib.import_module(name).Interpreter(model_content=content, num_threads=1)
            interpreter.allocate_tensors()
        except ImportError as error:
            failures.append(f"{name.split('.')[0]}: {error}")
        except (SystemError, RuntimeError, ValueError, AttributeError) as error:
            failures.append(f"{name.split('.')[0]} refuses {path.name}: {error}")
        else:
            return interpreter, name.split(".")[0]
    if any("refuses" in failure for failure in failures):
        raise ModelError(f"{path} is no model that runs here ({'; '.join(failures)}). Run `make convert`.")
    raise SetupError(f"no TFLite runtime works here ({'; '.join(failures)}). Run `make demo`, it sets up .venv.")


def _check_tensor(model: Path, role: str, tensor: dict[str, Any], shape: tuple[int, ...]) -> None:
    found = tuple(int(side) for side in tensor["shape"][1:])
    scale, _ = tensor["quantization"]
    if found != shape or tensor["dtype"] != np.int8 or not scale:
        raise ModelError(
            f"{model}: {role} is {np.dtype(tensor['dtype']).name} (N, {', '.join(map(str, found))}), "
            f"expected quantized int8 (N, {', '.join(map(str, shape))}). Run `make convert`."
        )


def _quantize(real: NDArray[np.float32], scale: float, zero_point: int) -> NDArray[np.int8]:
    return np.clip(np.round(real / scale + zero_point), -128, 127).astype(np.int8)


def _dequantize(q: NDArray[np.int8], scale: float, zero_point: int) -> NDArray[np.float32]:
    # Widen first: int8 - int8 wraps around (127 - -128 == -1).
    return (scale * (q.astype(np.int32) - zero_point)).astype(np.float32)
