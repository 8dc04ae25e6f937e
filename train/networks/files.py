"""Loads a network from its .keras file, with an error that says what to do."""

from pathlib import Path
from zipfile import BadZipFile

import keras

from edge.errors import ModelError
from train.networks import blocks  # noqa: F401 - Keras must know our layer


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
        model = keras.models.load_model(path, compile=False)
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(f"{path} is no Keras model that can be loaded ({reason}). Run `make train`.") from error
    shapes = tuple(model.inputs[0].shape[1:]), tuple(model.outputs[0].shape[1:])
    if shapes != (takes, gives):
        raise ModelError(
            f"{path} takes {shapes[0]} and gives {shapes[1]}; expected {takes} and {gives}. Run `make train`."
        )
    return model
