"""The TFLite runtime that works here, and an int8 network run by it, whose scales and zero points it states itself."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.errors import ModelError, SetupError
from edge.quiet import without_greetings

RUNTIMES = ("ai_edge_litert.interpreter", "tflite_runtime.interpreter", "tensorflow.lite")
"""Modules with an `Interpreter`, best first. The last one only where nothing lighter works."""
Real = NDArray[np.float32]


class Network:
    """An int8 network: real values in, real values out, of as many rows, or as large frames, as one asks.

    Args:
        content: a fully int8 .tflite file.
        path: where it came from, for messages.
        takes: shape of the input without the first axis; None where any size will do.
        gives: likewise, of the output.

    Raises:
        ModelError: it is no model, or its tensors are others.
        SetupError: no TFLite runtime works here.
    """

    def __init__(
        self, content: bytes, path: Path, *, takes: tuple[int | None, ...], gives: tuple[int | None, ...]
    ) -> None:
        self._interpreter, self.runtime = build_interpreter(content, path)
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]
        _check_tensor(path, "input", self._input, takes)
        _check_tensor(path, "output", self._output, gives)

    @property
    def input_quantization(self) -> tuple[float, int]:
        """Scale and zero point."""
        scale, zero_point = self._input["quantization"]
        return float(scale), int(zero_point)

    def run(self, real: Real) -> Real:
        """float32 (N, ...) -> float32 (N, ...)."""
        return self.run_quantized(quantize(real, *self.input_quantization))

    def run_quantized(self, q: NDArray[np.int8]) -> Real:
        """int8 (N, ...), by `input_quantization` -> float32 (N, ...)."""
        if tuple(self._input["shape"]) != q.shape:
            self._interpreter.resize_tensor_input(self._input["index"], q.shape)
            self._interpreter.allocate_tensors()
            self._input = self._interpreter.get_input_details()[0]
        self._interpreter.set_tensor(self._input["index"], q)
        self._interpreter.invoke()
        return dequantize(self._interpreter.get_tensor(self._output["index"]), *self._output["quantization"])


def build_interpreter(content: bytes, path: Path) -> tuple[Any, str]:
    """The first runtime that builds an interpreter: an import proves nothing (tflite-runtime imports with numpy 2)."""
    failures = []
    for name in RUNTIMES:
        try:
            with without_greetings():
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


def quantize(real: Real, scale: float, zero_point: int) -> NDArray[np.int8]:
    """Real values -> int8, saturating."""
    return np.clip(np.round(real / np.float32(scale) + zero_point), -128, 127).astype(np.int8)


def dequantize(q: NDArray[np.int8], scale: float, zero_point: int) -> Real:
    """int8 -> real values."""
    # Widen first: int8 - int8 wraps around (127 - -128 == -1).
    return (scale * (q.astype(np.int32) - zero_point)).astype(np.float32)


def _check_tensor(model: Path, role: str, tensor: dict[str, Any], shape: tuple[int | None, ...]) -> None:
    found = tuple(int(side) for side in tensor["shape"][1:])
    scale, _ = tensor["quantization"]
    fits = len(found) == len(shape) and all(b in (None, a) for a, b in zip(found, shape, strict=True))
    if not fits or tensor["dtype"] != np.int8 or not scale:
        raise ModelError(
            f"{model}: {role} is {np.dtype(tensor['dtype']).name} (N, {', '.join(map(str, found))}), "
            f"expected quantized int8 (N, {', '.join('any' if side is None else str(side) for side in shape)}). "
            "Run `make convert`."
        )
