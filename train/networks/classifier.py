"""The CNN: 28x28 glyph -> 11 logits. Small enough for 64 KiB as int8, shapes written at every step."""

from pathlib import Path
from zipfile import BadZipFile

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from edge.contract import GLYPH_SIDE, LABELS, Glyphs, Logits
from edge.errors import ModelError

LAYERS_PER_CONVOLUTION = 3
"""Convolution, batch normalization, ReLU6."""
BATCH_MEMORY = 0.95
"""How much of its running mean and variance batch normalization keeps at each step."""
PARAMETERS = 53_851
"""Asserted when the network is built: one byte each, and 64 KiB is the limit with the file's own tables."""


def build_model() -> keras.Model:
    """The untrained network.

    Input: float32 (N, 28, 28, 1), glyph / 255. Output: float32 logits (N, 11), 0-9 and 10 = not a digit.
    The two 5x5 convolutions with stride 2 take the place of pooling; ReLU6 keeps activations in int8's range. The
    depthwise convolution, as large as what is left, weighs each channel place by place: an average forgets where
    things are.
    """
    x = inputs = keras.Input((GLYPH_SIDE, GLYPH_SIDE, 1), name="glyph")
    x = _convolve(x, 16, kernel=3, stride=1)  # (28, 28, 16)
    x = _convolve(x, 16, kernel=5, stride=2)  # (14, 14, 16)
    x = _convolve(x, 32, kernel=3, stride=1)  # (14, 14, 32)
    x = _convolve(x, 32, kernel=5, stride=2)  # (7, 7, 32)
    x = _convolve(x, 48, kernel=3, stride=1)  # (7, 7, 48)
    x = layers.DepthwiseConv2D(x.shape[1], use_bias=False)(x)  # (1, 1, 48)
    x = layers.BatchNormalization(momentum=BATCH_MEMORY)(x)
    x = layers.GlobalAveragePooling2D()(x)  # (48,): of one place; Flatten would bring four operations on shapes
    x = layers.Dense(len(LABELS), name="logits")(x)  # (11,)
    model = keras.Model(inputs, x, name="digits")
    trained = sum(int(weight.shape.num_elements() or 0) for weight in model.trainable_weights)
    assert trained == PARAMETERS, trained
    return model


def load_model(path: Path) -> keras.Model:
    """A trained network from its .keras file.

    Raises:
        ModelError: it is missing, cannot be loaded, or is no network of this program.
    """
    if not path.is_file():
        raise ModelError(f"no model at {path}. Run `make train`, or `git checkout models/` for the shipped one.")
    try:
        model = keras.models.load_model(path, compile=False)
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(f"{path} is no Keras model that can be loaded ({reason}). Run `make train`.") from error
    shapes = model.input_shape[1:], model.output_shape[1:]
    expected = (GLYPH_SIDE, GLYPH_SIDE, 1), (len(LABELS),)
    if shapes != expected:
        raise ModelError(
            f"{path} takes {shapes[0]} and gives {shapes[1]}; expected {expected[0]} and {expected[1]}. "
            "Run `make train`."
        )
    return model


def keras_logits(model: keras.Model, glyphs: Glyphs) -> Logits:
    """The float model's logits of (N, 28, 28) glyphs: float32, (N, 11)."""
    return np.asarray(model.predict(scale_glyphs(glyphs), batch_size=1000, verbose=0), np.float32)


def scale_glyphs(glyphs: Glyphs) -> NDArray[np.float32]:
    """uint8 (N, 28, 28) -> the network's input, float32 (N, 28, 28, 1) in [0, 1]."""
    return (glyphs[..., np.newaxis] / np.float32(255)).astype(np.float32)


def _convolve(x: keras.KerasTensor, filters: int, *, kernel: int, stride: int) -> keras.KerasTensor:
    x = layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=BATCH_MEMORY)(x)
    return layers.ReLU(max_value=6.0)(x)
