"""Learns a hand from a few glyphs of it: the later layers of the base model are tuned, and MNIST is rehearsed.

The recipe was chosen on rendered hands made of MNIST's validation digits: `make bench-hands` measures it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.contract import LABELS, Glyphs, Labels, Logits
from edge.reading.classifier import softmax
from train.digits.augment import augment
from train.digits.mnist import Digits
from train.metrics import misses
from train.networks.classifier import LAYERS_PER_CONVOLUTION, scale_glyphs

FROZEN_CONVOLUTIONS = 2
"""The first ones stay as they are: edges are edges in every hand, and what comes out of them is computed only once."""
OWN, REHEARSED = 32, 64
"""Glyphs of each kind in a batch."""
NEARLY_WRONG = 0.4
"""Share of the rehearsed ones that come from those nearest to being misread: they are forgotten first."""
PAGES = 0.35
"""Share of the rehearsed ones that come from rendered pages; the rest is any of MNIST."""
NEARLY_WRONG_COUNT = 4_000
TEACHER = 0.5
"""Share of the base model's own opinion in what a rehearsed glyph should give, beside its label."""
OWN_WEIGHT = 0.6
"""Of the own half of the loss, the rehearsed half has 1."""
LEARNING_RATE = 3e-3
COPIES = 40
"""Distorted copies of each own glyph, made once."""
MAX_COPIES = 8_000
CHUNK = 4_000
"""Glyphs in one step of the progress bar."""
MAX_FORGOTTEN = 0.001
"""Of the validation slice: so much more may be misread, else the tuned weights are taken back towards the base's ..."""
MAX_OTHERS_LOSE = 0.002
"""... and of the digits of other hands so much."""
WAY = 1.0, 0.85, 0.7, 0.55, 0.4, 0.25
"""How far to go from the base's weights to the tuned ones; the first that forgets little enough."""

Features = NDArray[np.float16]
"""What the frozen layers make of glyphs, (N, 14, 14, 16)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How long a lesson is."""

    epochs: int
    steps: int
    """Batches in one epoch, however few glyphs there are."""


RECIPE = Recipe(epochs=8, steps=18)


@dataclass(frozen=True, slots=True)
class _Guarded:
    """Digits that are never learned, and how many of them may be misread after a lesson."""

    features: Features
    labels: Labels
    allowed: int


@dataclass(frozen=True, slots=True)
class Lesson:
    """What came of learning one hand."""

    weights: list[NDArray[np.float32]]
    """Of the whole model, as keras.Model.set_weights takes them."""
    history: dict[str, list[float]]
    """By epoch: loss and accuracy of the batches, and what `watch` returned."""
    way: float
    """How far from the base's weights (0) to the tuned ones (1)."""


class HandLearner:
    """Tunes a base model to hands, one after another, each from the base's own weights.

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
        self.recipe = recipe
        self._model = keras.models.clone_model(base)
        self._model.set_weights(base.get_weights())
        self._base_weights = base.get_weights()
        self._front, self._tail = _cut(self._model)
        self._tail_base = self._tail.get_weights()
        self.validation = validation
        self._rehearsal = _Rehearsal(self, mnist, pages)
        self._validation, self._others = (
            self._guard(digits, share) for digits, share in ((validation, MAX_FORGOTTEN), (others, MAX_OTHERS_LOSE))
        )
        rate = keras.optimizers.schedules.CosineDecay(
            LEARNING_RATE / 10, recipe.epochs * recipe.steps, alpha=0.0, warmup_target=LEARNING_RATE, warmup_steps=10
        )
        optimizer = keras.optimizers.AdamW(rate, weight_decay=0.0)
        self._tail.compile(
            optimizer,
            keras.losses.CategoricalCrossentropy(from_logits=True),
            metrics=[keras.metrics.CategoricalAccuracy("accuracy")],
            jit_compile=False,  # XLA takes longer on a CPU, as in pretrain
        )
        optimizer.build(self._tail.trainable_variables)
        self._optimizer, self._fresh = optimizer, [variable.numpy() for variable in optimizer.variables]

    def learn(
        self,
        own: Digits,
        *,
        seed: int,
        epochs: int | None = None,
        watch: Callable[[Callable[[Features], Logits]], dict[str, float]] | None = None,
    ) -> Lesson:
        """Learn one hand.

        Args:
            own: its glyphs, labels 0 to 10; some labels may be missing.
            seed: all chance follows from it.
            epochs: stop after so many; None: the recipe's.
            watch: called after each epoch with what gives the logits of `features`; what it returns is kept.
        """
        self._tail.set_weights(self._tail_base)
        for variable, value in zip(self._optimizer.variables, self._fresh, strict=True):
            variable.assign(value)
        lesson = _Batches(self, self._rehearsal, own, seed)
        seen = _Watch(lambda: watch(self._tail_logits) if watch else {})
        self._tail.fit(lesson, epochs=epochs or self.recipe.epochs, callbacks=[seen], verbose=0)
        way = self._turn_back()
        return Lesson(self._model.get_weights(), seen.history, way)

    def features(self, glyphs: Glyphs) -> Features:
        """What the frozen layers make of (N, 28, 28) glyphs."""
        chunks = tqdm(range(0, len(glyphs), CHUNK), "features", unit="chunk", delay=2, leave=False)
        return np.concatenate([self._see(glyphs[start : start + CHUNK]) for start in chunks])

    def logits(self, features: Features, lesson: Lesson | None = None) -> Logits:
        """Logits, (N, 11), after a lesson; None: of the base."""
        self._model.set_weights(self._base_weights if lesson is None else lesson.weights)
        return self._tail_logits(features)

    def forgotten(self, lesson: Lesson | None = None) -> int:
        """Misses on the validation slice."""
        return misses(self.logits(self._validation.features, lesson), self._validation.labels)

    def _see(self, glyphs: Glyphs) -> Features:
        return np.asarray(self._front.predict(scale_glyphs(glyphs), batch_size=500, verbose=0), np.float16)

    def _tail_logits(self, features: Features) -> Logits:
        return np.asarray(self._tail.predict(features, batch_size=1000, verbose=0), np.float32)

    def _guard(self, digits: Digits, share: float) -> _Guarded:
        """Let so many more of these digits be misread than the tail misreads now, and no more."""
        features = self.features(digits.glyphs)
        before = misses(self._tail_logits(features), digits.labels)
        return _Guarded(features, digits.labels, before + round(share * len(digits)))

    def _harms(self, guarded: _Guarded) -> bool:
        return misses(self._tail_logits(guarded.features), guarded.labels) > guarded.allowed

    def _turn_back(self) -> float:
        """Leave the tail with the weights farthest from the base's that forget little enough; says how far."""
        tuned = self._tail.get_weights()
        for way in WAY:
            self._tail.set_weights(
                [(1 - way) * old + way * new for old, new in zip(self._tail_base, tuned, strict=True)]
            )
            if not (self._harms(self._validation) or self._harms(self._others)):
                break
        return way


class _Rehearsal:
    """What must not be forgotten: features, and the targets that mix label and the base's own opinion."""

    def __init__(self, learner: HandLearner, mnist: Digits, pages: Digits) -> None:
        glyphs, labels = np.concatenate([mnist.glyphs, pages.glyphs]), np.concatenate([mnist.labels, pages.labels])
        self.features = learner.features(glyphs)
        logits = learner.logits(self.features)
        self.targets = (1 - TEACHER) * _one_hot(labels) + TEACHER * softmax(logits)
        true = logits[np.arange(len(labels)), labels]
        rivals = np.where(_one_hot(labels) > 0, -np.inf, logits).max(axis=1)
        self.nearly_wrong = np.argsort(true - rivals)[:NEARLY_WRONG_COUNT]
        self.mnist = np.arange(len(mnist))
        self.pages = np.arange(len(mnist), len(labels))

    def choose(self, rng: np.random.Generator) -> NDArray[np.intp]:
        """Indices of one batch's share, (REHEARSED,)."""
        hard, page = round(NEARLY_WRONG * REHEARSED), round(PAGES * REHEARSED)
        groups = (self.nearly_wrong, hard), (self.pages, page), (self.mnist, REHEARSED - hard - page)
        return np.concatenate([rng.choice(group, count) for group, count in groups])


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """Batches of own and rehearsed features with their targets; all chance follows from the seed."""

    def __init__(self, learner: HandLearner, rehearsal: _Rehearsal, own: Digits, seed: int) -> None:
        super().__init__(workers=1)
        self._rng = np.random.default_rng([seed, 79])
        copies = max(1, min(COPIES, MAX_COPIES // len(own)))
        distorted = [own.glyphs, *(augment(self._rng, own.glyphs) for _ in range(copies - 1))]
        self._features = learner.features(np.concatenate(distorted))
        self._targets = np.tile(_one_hot(own.labels), (copies, 1))
        self._rehearsal, self._steps = rehearsal, learner.recipe.steps
        self._weights = np.repeat([OWN_WEIGHT / OWN, 1 / REHEARSED], [OWN, REHEARSED]).astype(np.float32)
        self._weights *= OWN + REHEARSED  # Keras divides by the batch's size

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, number: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        del number
        own = self._rng.integers(0, len(self._features), OWN)
        old = self._rehearsal.choose(self._rng)
        features = np.concatenate([self._features[own], self._rehearsal.features[old]]).astype(np.float32)
        return features, np.concatenate([self._targets[own], self._rehearsal.targets[old]]), self._weights


class _Watch(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Keeps what is seen after each epoch."""

    def __init__(self, watch: Callable[[], dict[str, float]]) -> None:
        super().__init__()
        self._watch = watch
        self.history: dict[str, list[float]] = {}

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Look once."""
        del epoch
        for name, value in (logs | self._watch()).items():
            self.history.setdefault(name, []).append(float(value))


def _cut(model: keras.Model) -> tuple[keras.Model, keras.Model]:
    """The frozen layers and those that are tuned, as two models that share the given one's weights."""
    border = FROZEN_CONVOLUTIONS * LAYERS_PER_CONVOLUTION
    front = keras.Model(model.inputs, model.layers[border].output)
    x = inputs = keras.Input(front.output.shape[1:])
    for layer in model.layers[border + 1 :]:
        # As when it reads: the few own glyphs must not become what batch normalization takes for usual.
        x = layer(x, training=False)
    return front, keras.Model(inputs, x)


def _one_hot(labels: Labels) -> NDArray[np.float32]:
    return np.eye(len(LABELS), dtype=np.float32)[labels]
