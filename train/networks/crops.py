"""The reader of crops: a digit in grey with its surroundings, near and wide -> 11 logits."""

from pathlib import Path

import keras
from keras import layers

from edge.contract import LABELS
from edge.finding.crops import CROP_SIDE, CROP_VIEWS
from train.networks.blocks import BATCH_MEMORY, convolve, refine
from train.networks.files import load_keras


def build_crops_reader() -> keras.Model:
    """The untrained network.

    Input: float32 (N, 32, 32, 2), contrast within -1 and 1. Output: float32 logits (N, 11), 0-9 and 10 = not a digit.
    """
    x = inputs = keras.Input((CROP_SIDE, CROP_SIDE, CROP_VIEWS), name="crop")
    x = convolve(x, 16, kernel=5, stride=2)  # (16, 16, 16)
    x = convolve(x, 24, kernel=3)  # (16, 16, 24)
    x = refine(x)
    x = convolve(x, 32, kernel=3, stride=2)  # (8, 8, 32)
    x = convolve(x, 48, kernel=3)  # (8, 8, 48)
    x = refine(x)
    x = layers.DepthwiseConv2D(x.shape[1], use_bias=False)(x)  # (1, 1, 48)
    x = layers.BatchNormalization(momentum=BATCH_MEMORY)(x)
    x = layers.GlobalAveragePooling2D()(x)  # (48,): of one place
    x = layers.Dense(len(LABELS), name="logits")(x)  # (11,)
    return keras.Model(inputs, x, name="crops")


def load_crops_reader(path: Path) -> keras.Model:
    """A trained reader of crops from its .keras file.

    Raises:
        ModelError: it is missing, cannot be loaded, or is another network.
    """
    return load_keras(path, takes=(CROP_SIDE, CROP_SIDE, CROP_VIEWS), gives=(len(LABELS),))
