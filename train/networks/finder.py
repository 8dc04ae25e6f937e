"""The finder: even light of a frame -> at a quarter of its size, where digits are and how far their sides."""

from pathlib import Path

import keras
from keras import layers

from train.networks.blocks import DepthToSpace, convolve, enlarge, refine
from train.networks.files import load_keras

CHANNELS = 5
"""Heat (logit that a digit's middle is here), and the natural logarithm of the distance from the middle of the cell to
the left, top, right and bottom side, in cells."""
TAUGHT_CHANNELS = 16
"""While it learns: those, the ten digits' logits, and the heat of other writing. They are not converted."""
STRIDE = 32
"""Frames are padded to a multiple of this, px."""


def build_finder() -> keras.Model:
    """The untrained network, fully convolutional.

    Input: float32 (N, h, w, 1), even light, h and w multiples of 32. Outputs: "place" (N, h / 4, w / 4, 5) and "taught"
    (N, h / 4, w / 4, 11).
    """
    x = inputs = keras.Input((None, None, 1), name="light")
    x = convolve(x, 16, kernel=6, stride=4)  # (h / 4, w / 4, 16)
    x = convolve(x, 24, kernel=3, stride=2)  # (h / 8, w / 8, 24)
    x = fine = refine(x)
    x = convolve(x, 40, kernel=2, stride=2)  # (h / 16, w / 16, 40)
    x = middle = refine(refine(x))
    x = convolve(x, 44, kernel=2, stride=2)  # (h / 32, w / 32, 44)
    x = refine(refine(x))
    x = enlarge(x, middle)
    x = enlarge(x, fine)
    x = convolve(x, 32, kernel=3)  # (h / 8, w / 8, 32)
    place = DepthToSpace(name="place")(layers.Conv2D(4 * CHANNELS, 1)(x))
    taught = DepthToSpace(name="taught")(layers.Conv2D(4 * (TAUGHT_CHANNELS - CHANNELS), 1)(x))
    return keras.Model(inputs, [place, taught], name="finder")


def only_places(finder: keras.Model) -> keras.Model:
    """What is converted: the finder without what only teaches it."""
    return keras.Model(finder.input, finder.output[0], name="finder")


def load_finder(path: Path) -> keras.Model:
    """A trained finder from its .keras file.

    Raises:
        ModelError: it is missing, cannot be loaded, or is another network.
    """
    return load_keras(path, takes=(None, None, 1), gives=(None, None, CHANNELS))
