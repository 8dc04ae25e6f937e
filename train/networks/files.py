"""Loads a network from its .keras file, with an error that says what to do."""

import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from edge.errors import ModelError
from train.networks import blocks  # noqa: F401 - Keras must know our layer

MAX_BYTES = 64 * 2**20
"""Of all that is in the file, unpacked: ours have a megabyte."""
MAX_SIDE = 1000
"""Of any unit, filter or side of a shape that its layers name: ours have below 200. Memory is taken before weights are
read, so one layer of a thousand million units would take all there is."""
NO_SIZES = frozenset(("compile_config", "seed", "shared_object_id"))
"""What else has large numbers in config.json."""
SHOWN = 200
"""So much of what others say of it is shown, characters."""
NOT_LOADED = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RuntimeError,
    EOFError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
    tf.errors.OpError,
)
"""What zipfile, Keras, h5py and TensorFlow raise at files that are damaged or of other programs."""


def load_keras(path: Path, *, takes: tuple[int | None, ...], gives: tuple[int | None, ...]) -> keras.Model:
    """A trained network.

    Args:
        path: of the .keras file.
        takes: shape of its input without the first axis.
        gives: likewise, of its first output.

    Raises:
        ModelError: it is missing, cannot be loaded, or is another network.
    """
    if not path.is_file():
        raise ModelError(f"no model at {path}. Run `make train`, or `git checkout models/` for the shipped one.")
    try:
        _check_size(path)
        model = keras.models.load_model(path, compile=False)
    except NOT_LOADED as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:SHOWN]
        raise ModelError(f"{path} is no Keras model that can be loaded ({reason}). Run `make train`.") from error
    shapes = tuple(model.inputs[0].shape[1:]), tuple(model.outputs[0].shape[1:])
    if shapes != (takes, gives):
        raise ModelError(
            f"{path} takes {shapes[0]} and gives {shapes[1]}; expected {takes} and {gives}. Run `make train`."
        )
    return model


def _check_size(path: Path) -> None:
    """Raise ValueError where it would take more memory than any network of ours, before Keras takes it."""
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
        if size > MAX_BYTES:
            raise ValueError(f"{size / 2**20:.0f} MiB unpacked, ours have less than {MAX_BYTES // 2**20}")
        config = json.loads(archive.read("config.json"))
    largest = max(_numbers_in(config), default=0)
    if largest > MAX_SIDE:
        raise ValueError(f"a layer of it has a size of over {MAX_SIDE}; ours have less than 200")


def _numbers_in(config: Any) -> Iterator[float]:
    """All that its layers name."""
    if isinstance(config, dict):
        for name, value in config.items():
            yield from _numbers_in(value) if name not in NO_SIZES else ()
    elif isinstance(config, list):
        for value in config:
            yield from _numbers_in(value)
    elif isinstance(config, int | float):
        yield config
