"""Learns a hand from a few glyphs of it: the later layers of the base model are tuned, and MNIST is rehearsed.

The recipe was chosen on rendered hands made of MNIST's validation digits: `make bench-hands` measures it.
"""

import keras
import numpy as np

from train.digits.augment import augment
from train.digits.mnist import Digits
from train.learning.tuner import NEARLY_WRONG, Features, Known, Lesson, Recipe, Tuner, Watch
from train.metrics import misses
from train.networks.classifier import LAYERS_PER_CONVOLUTION, scale_glyphs

__all__ = ["MAX_FORGOTTEN", "RECIPE", "Features", "HandLearner", "Lesson", "Recipe"]

FROZEN_CONVOLUTIONS = 2
"""The first ones stay as they are: edges are edges in every hand."""
PAGES = 0.35
"""Share of the rehearsed ones that come from rendered pages; the rest is any of MNIST."""
LEARNING_RATE = 3e-3
COPIES = 40
"""Distorted copies of each own glyph, made once."""
MAX_COPIES = 8_000
MAX_FORGOTTEN = 0.001
"""Of the validation slice: so much more may be misread, else the tuned weights are taken back towards the base's ..."""
MAX_OTHERS_LOSE = 0.002
"""... and of the digits of other hands so much."""
RECIPE = Recipe(epochs=8, steps=18)


class HandLearner(Tuner):
    """Tunes a base classifier to hands, one after another, each from the base's own weights.

    Args:
        base: as `build_model` builds it, trained. It is left unchanged.
        mnist: training digits, for rehearsal.
        pages: glyphs from rendered pages, and signs, for rehearsal; the only ones that teach what is no digit.
        validation: nothing of it is learned; it says how much is forgotten.
        others: digits as other hands write them, not learned either; they say what those hands lose.
        recipe: how long a lesson is.
    """

    def __init__(
        self,
        base: keras.Model,
        mnist: Digits,
        pages: Digits,
        *,
        validation: Digits,
        others: Digits,
        recipe: Recipe = RECIPE,
    ) -> None:
        super().__init__(
            base,
            frozen=FROZEN_CONVOLUTIONS * LAYERS_PER_CONVOLUTION,
            scale=scale_glyphs,
            rehearsed=[
                Known(pages.glyphs, pages.labels, PAGES),
                Known(mnist.glyphs, mnist.labels, 1 - NEARLY_WRONG - PAGES),
            ],
            guarded=[
                Known(validation.glyphs, validation.labels, MAX_FORGOTTEN),
                Known(others.glyphs, others.labels, MAX_OTHERS_LOSE),
            ],
            recipe=recipe,
            learning_rate=LEARNING_RATE,
            count_wrong=misses,
        )
        self.validation = validation

    def learn(self, own: Digits, *, seed: int, epochs: int | None = None, watch: Watch | None = None) -> Lesson:
        """Learn one hand.

        Args:
            own: its glyphs, labels 0 to 10; some labels may be missing.
            seed: all chance follows from it.
            epochs: stop after so many; None: the recipe's.
            watch: called after each epoch with what gives the logits of `features`; what it returns is kept.
        """
        rng = np.random.default_rng([seed, 79])
        copies = max(1, min(COPIES, MAX_COPIES // len(own)))
        distorted = np.concatenate([own.glyphs, *(augment(rng, own.glyphs) for _ in range(copies - 1))])
        return self.teach(distorted, np.tile(own.labels, copies), rng=rng, epochs=epochs, watch=watch)

    def see(self, own: Digits) -> Features:
        """What the frozen layers make of a hand's glyphs, undistorted."""
        return self.features(own.glyphs)
