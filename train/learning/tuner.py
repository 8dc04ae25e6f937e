"""Tunes the later layers of a network to one hand, and rehearses meanwhile what it knew before.

Glyphs and grey crops are learned alike: see hand_learner.py and hand_crops.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.contract import LABELS, Labels, Logits
from edge.reading.classifier import softmax

OWN, REHEARSED = 32, 64
"""Samples of each kind in a batch."""
NEARLY_WRONG = 0.4
"""Share of the rehearsed ones that come from those nearest to being misread: they are forgotten first."""
NEARLY_WRONG_COUNT = 4_000
TEACHER = 0.5
"""Share of the base model's own opinion in what a rehearsed sample should give, beside its label."""
OWN_WEIGHT = 0.6
"""Of the own half of the loss, the rehearsed half has 1."""
CHUNK = 4_000
"""Samples in one step of the progress bar."""
WAY = 1.0, 0.85, 0.7, 0.55, 0.4, 0.25
"""How far to go from the base's weights to the tuned ones; the first that forgets little enough."""

Features = NDArray[np.float16]
"""What the frozen layers make of samples, (N, height, width, channels)."""
Inputs = NDArray[Any]
"""Samples as they are kept, (N, ...): glyphs uint8, crops float32."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How long a lesson is."""

    epochs: int
    steps: int
    """Batches in one epoch, however few samples there are."""


@dataclass(frozen=True, slots=True)
class Known:
    """Samples that the base was trained on, or ones like them."""

    inputs: Inputs
    labels: Labels
    share: float
    """Rehearsed: of a batch's rehearsed samples, those that are nearly wrong apart. Guarded: how many more of them may
    be misread after a lesson; more, and the tuned weights are taken back towards the base's."""


@dataclass(frozen=True, slots=True)
class _Guarded:
    """Samples that are never learned, and how many of them may be misread after a lesson."""

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


Watch = Callable[[Callable[[Features], Logits]], dict[str, float]]
"""Called after each epoch with what gives the logits of `features`; what it returns is kept."""


class Tuner:
    """Tunes a base model to hands, one after another, each from the base's own weights.

    Args:
        base: trained; it is left unchanged.
        frozen: so many of its first layers stay as they are, and what comes out of them is computed only once.
        scale: samples as they are kept -> the network's input.
        rehearsed: what is rehearsed, by kind.
        guarded: nothing of it is learned; it says how much is forgotten.
        recipe: how long a lesson is.
        learning_rate: at its largest.
        count_wrong: how many of (N, 11) logits miss their labels, (N,).
    """

    def __init__(
        self,
        base: keras.Model,
        *,
        frozen: int,
        scale: Callable[[Inputs], NDArray[np.float32]],
        rehearsed: Sequence[Known],
        guarded: Sequence[Known],
        recipe: Recipe,
        learning_rate: float,
        count_wrong: Callable[[Logits, Labels], int],
    ) -> None:
        self.recipe = recipe
        self._scale, self._count_wrong = scale, count_wrong
        self._model = keras.models.clone_model(base)
        self._model.set_weights(base.get_weights())
        self._base_weights = base.get_weights()
        self._front, self._tail = _cut(self._model, frozen)
        self._tail_base = self._tail.get_weights()
        self._rehearsal = _Rehearsal(self, rehearsed)
        self._guarded = [self._guard(known) for known in guarded]
        rate = keras.optimizers.schedules.CosineDecay(
            learning_rate / 10, recipe.epochs * recipe.steps, alpha=0.0, warmup_target=learning_rate, warmup_steps=10
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

    def teach(
        self,
        inputs: Inputs,
        labels: Labels,
        *,
        rng: np.random.Generator,
        epochs: int | None = None,
        watch: Watch | None = None,
    ) -> Lesson:
        """Learn these samples: a hand's own, in many copies.

        Args:
            inputs: (N, ...), as they are kept.
            labels: (N,), 0 to 10; some may be missing.
            rng: chooses the batches.
            epochs: stop after so many; None: the recipe's.
            watch: is asked after each epoch.
        """
        self._tail.set_weights(self._tail_base)
        for variable, value in zip(self._optimizer.variables, self._fresh, strict=True):
            variable.assign(value)
        lesson = _Batches(self.features(inputs), labels, self._rehearsal, self.recipe.steps, rng)
        seen = _Watch(lambda: watch(self._tail_logits) if watch else {})
        self._tail.fit(lesson, epochs=epochs or self.recipe.epochs, callbacks=[seen], verbose=0)
        way = self._turn_back()
        return Lesson(self._model.get_weights(), seen.history, way)

    def features(self, inputs: Inputs) -> Features:
        """What the frozen layers make of samples, (N, ...)."""
        chunks = tqdm(range(0, len(inputs), CHUNK), "features", unit="chunk", delay=2, leave=False)
        return np.concatenate([self._see(inputs[start : start + CHUNK]) for start in chunks])

    def logits(self, features: Features, lesson: Lesson | None = None) -> Logits:
        """Logits, (N, 11), after a lesson; None: of the base."""
        self._model.set_weights(self._base_weights if lesson is None else lesson.weights)
        return self._tail_logits(features)

    def forgotten(self, lesson: Lesson | None = None) -> int:
        """Misses on what is guarded first."""
        first = self._guarded[0]
        return self._count_wrong(self.logits(first.features, lesson), first.labels)

    def settle(self, tail: keras.Model) -> None:
        """Put right what every lesson does to the tuned layers; nothing, if not overridden."""

    def _see(self, inputs: Inputs) -> Features:
        return np.asarray(self._front.predict(self._scale(inputs), batch_size=500, verbose=0), np.float16)

    def _tail_logits(self, features: Features) -> Logits:
        return np.asarray(self._tail.predict(features, batch_size=1000, verbose=0), np.float32)

    def _guard(self, known: Known) -> _Guarded:
        """Let so many more of these be misread than the tail misreads now, and no more."""
        features = self.features(known.inputs)
        before = self._count_wrong(self._tail_logits(features), known.labels)
        return _Guarded(features, known.labels, before + round(known.share * len(known.labels)))

    def _harms(self, guarded: _Guarded) -> bool:
        return self._count_wrong(self._tail_logits(guarded.features), guarded.labels) > guarded.allowed

    def _turn_back(self) -> float:
        """Leave the tail with the weights farthest from the base's that forget little enough; says how far."""
        tuned = self._tail.get_weights()
        for way in WAY:
            self._tail.set_weights(
                [(1 - way) * old + way * new for old, new in zip(self._tail_base, tuned, strict=True)]
            )
            self.settle(self._tail)
            if not any(map(self._harms, self._guarded)):
                break
        return way


class _Rehearsal:
    """What must not be forgotten: features, and the targets that mix label and the base's own opinion."""

    def __init__(self, tuner: Tuner, kinds: Sequence[Known]) -> None:
        labels = np.concatenate([kind.labels for kind in kinds])
        self.features = np.concatenate([tuner.features(kind.inputs) for kind in kinds])
        logits = tuner.logits(self.features)
        self.targets = (1 - TEACHER) * _one_hot(labels) + TEACHER * softmax(logits)
        true = logits[np.arange(len(labels)), labels]
        rivals = np.where(_one_hot(labels) > 0, -np.inf, logits).max(axis=1)
        ends = np.cumsum([len(kind.labels) for kind in kinds]).tolist()
        places = [np.arange(end - len(kind.labels), end) for kind, end in zip(kinds, ends, strict=True)]
        counts = [round(kind.share * REHEARSED) for kind in kinds]
        self._groups = [
            (np.argsort(true - rivals)[:NEARLY_WRONG_COUNT], REHEARSED - sum(counts)),
            *zip(places, counts, strict=True),
        ]

    def choose(self, rng: np.random.Generator) -> NDArray[np.intp]:
        """Indices of one batch's share, (REHEARSED,)."""
        return np.concatenate([rng.choice(group, count) for group, count in self._groups])


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """Batches of own and rehearsed features with their targets; all chance comes from `rng`."""

    def __init__(
        self, features: Features, labels: Labels, rehearsal: _Rehearsal, steps: int, rng: np.random.Generator
    ) -> None:
        super().__init__(workers=1)
        self._rng = rng
        self._features, self._targets = features, _one_hot(labels)
        self._rehearsal, self._steps = rehearsal, steps
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


def _cut(model: keras.Model, frozen: int) -> tuple[keras.Model, keras.Model]:
    """The frozen layers and those that are tuned, as two models that share the given one's weights."""
    front = keras.Model(model.inputs, model.layers[frozen].output)
    x = inputs = keras.Input(front.output.shape[1:])
    tensors = {id(model.layers[frozen].output): inputs}
    for layer in model.layers[frozen + 1 :]:
        given = layer.input  # of a layer that adds: several
        taken = [tensors[id(one)] for one in given] if isinstance(given, list) else tensors[id(given)]
        # As when it reads: the few own samples must not become what batch normalization takes for usual.
        x = tensors[id(layer.output)] = layer(taken, training=False)
    return front, keras.Model(inputs, x)


def _one_hot(labels: Labels) -> NDArray[np.float32]:
    return np.eye(len(LABELS), dtype=np.float32)[labels]
