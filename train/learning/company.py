"""The network that hears a candidate's neighbours, taught on rendered pages: its weights, as the card has them.

Known material teaches it, since its fonts and forms are the most; score sheets and words count extra: a letter inside a
word is a letter, whatever it looks like, and a digit inside a number a digit.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from edge.contract import NOT_A_DIGIT, Labels
from edge.reading.context import NEIGHBOURS, OF_FRAME, OF_PAIR, OWN, SAYING, WEIGHING, Company
from train.pages.truth import UNKNOWN

EPOCHS, BATCH = 20, 256
LEARNING_RATE, WEIGHT_DECAY = 3e-3, 1e-4
DECIMALS = 4
"""Of the weights in the card."""

_Real = NDArray[np.float32]


def fit_company(met: Sequence[tuple[Company, Labels]], *, seed: int) -> tuple[float, ...]:
    """Train from nothing; the weights one after the other, as edge/reading/context.py takes them apart.

    Args:
        met: the company of each page, by the witnesses' own weights, and the labels of those who are in it.
        seed: of the first weights and the order.
    """
    labels = np.concatenate([labels for _, labels in met])
    known = labels != UNKNOWN
    heard = [np.concatenate(parts)[known] for parts in zip(*(spread(company) for company, _ in met), strict=True)]
    keras.utils.set_random_seed(seed)
    model = build_company()
    steps = EPOCHS * -(-int(known.sum()) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY)
    model.compile(optimizer, keras.losses.BinaryCrossentropy(from_logits=True), jit_compile=False)
    is_digit = (labels[known] != NOT_A_DIGIT).astype(np.float32)
    model.fit(heard, is_digit, epochs=EPOCHS, batch_size=BATCH, verbose=0)
    return take_weights(model)


def build_company() -> keras.Model:
    """The untrained network: own (N, 18), said (N, 2, 5, 21), there (N, 2, 5, 1) -> log odds (N, 1)."""
    own = keras.Input((OWN + OF_FRAME,), name="own")
    said = keras.Input((2, NEIGHBOURS, OWN + OF_PAIR), name="said")
    there = keras.Input((2, NEIGHBOURS, 1), name="there")
    listener = layers.Reshape((1, 1, SAYING))(layers.Dense(SAYING, use_bias=False, name="listener")(own))
    words = layers.ReLU()(layers.Add()([layers.Dense(SAYING, name="neighbour")(said), listener]))
    words = layers.Multiply()([words, there])
    heard = layers.Flatten()(layers.AveragePooling2D((1, NEIGHBOURS))(words))
    known = layers.Concatenate()([heard, own])
    odds = layers.Dense(1, name="last")(layers.Dense(WEIGHING, activation="relu", name="hidden")(known))
    return keras.Model([own, said, there], odds, name="company")


def take_weights(model: keras.Model) -> tuple[float, ...]:
    """The network's weights in the card's order."""
    named = {name: model.get_layer(name).get_weights() for name in ("neighbour", "listener", "hidden", "last")}
    parts = [part for weights in named.values() for part in weights]
    return tuple(round(float(one), DECIMALS) for part in parts for one in part.ravel())


def spread(company: Company) -> tuple[_Real, _Real, _Real]:
    """Each candidate with room for NEIGHBOURS on either side, and which of them are there."""
    count = len(company.own)
    said = np.zeros((count, 2, NEIGHBOURS, OWN + OF_PAIR), np.float32)
    there = np.zeros((count, 2, NEIGHBOURS, 1), np.float32)
    said[tuple(company.pairs.T)] = company.said
    there[tuple(company.pairs.T)] = 1
    return company.own, said, there
