"""Learns a hand from a few grey crops of it: the later layers of the crops' reader are tuned, pages are rehearsed.

`python -m train.bench.hand_crops` measures it on rendered hands, before convert fits anew what counts as a digit.
"""

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from edge.contract import NOT_A_DIGIT, Grey, Labels, Logits
from edge.errors import ModelError
from edge.finding.crops import Crops, Zoom, cut_crops, normalize_crops, place_in_square, recut
from train.digits.own import Squares
from train.learning.crops_samples import CropBatches, Source, jitter, spoil
from train.learning.mining import open_sources
from train.learning.tuner import NEARLY_WRONG, Features, Known, Lesson, Recipe, Tuner, Watch
from train.pages.truth import Truth
from train.store import LOCAL, SHIPPED

FROZEN_LAYERS = 10
"""Up to the ReLU6 after the residual convolution: edges and their crossings are alike in every hand."""
LEARNING_RATE = 2e-3
COPIES = 40
"""Of each own crop, as another box, pen and light would show it, made once."""
MAX_COPIES = 6_000
ROTATION_DEG, SHEAR, STRETCH = 5.0, 0.08, 0.06
"""Standard deviations: the same digit written once more."""
SEEN_SIDE = 160
"""Squares are reduced to this side, px, before they are bent: their near view is half of it, which is still enough."""
REHEARSED, HELD_OUT = 12_000, 4_000
"""Crops of rendered pages: of the first ones, and of the last fifth, which says how much is forgotten."""
OTHERS = 0.45
"""Share of the rehearsed ones that are no digit: own crops are all digits."""
PAGES_HELD_OUT = 0.2
MAX_FORGOTTEN = 0.002
"""Of those held out so much more may be misread."""
RECIPE = Recipe(epochs=8, steps=18)


class CropsLearner(Tuner):
    """Tunes the base's reader of crops to hands, one after another, each from the base's own weights.

    Args:
        base: as `build_crops_reader` builds it, trained. It is left unchanged.
        rehearsed: crops of pages, to be rehearsed; the only ones that teach what is no digit.
        held_out: crops of other pages; nothing of it is learned.
        recipe: how long a lesson is.
    """

    def __init__(
        self,
        base: keras.Model,
        rehearsed: tuple[Crops, Labels],
        held_out: tuple[Crops, Labels],
        recipe: Recipe = RECIPE,
    ) -> None:
        crops, labels = rehearsed
        is_other = labels == NOT_A_DIGIT
        super().__init__(
            base,
            frozen=FROZEN_LAYERS,
            scale=lambda crops: np.asarray(crops, np.float32),
            rehearsed=[
                Known(crops[is_other], labels[is_other], OTHERS),
                Known(crops[~is_other], labels[~is_other], 1 - NEARLY_WRONG - OTHERS),
            ],
            guarded=[Known(*held_out, MAX_FORGOTTEN)],
            recipe=recipe,
            learning_rate=LEARNING_RATE,
            count_wrong=count_wrong,
        )
        self.held_out = len(held_out[1])
        self._others = self.features(held_out[0][held_out[1] == NOT_A_DIGIT])
        self._taken = int((self._margins(self.logits(self._others)) < 0).sum())

    def learn(self, own: Squares, *, seed: int, epochs: int | None = None, watch: Watch | None = None) -> Lesson:
        """Learn one hand.

        Args:
            own: its squares, labels 0 to 10; some labels may be missing.
            seed: all chance follows from it.
            epochs: stop after so many; None: the recipe's.
            watch: called after each epoch with what gives the logits of `features`; what it returns is kept.
        """
        rng = np.random.default_rng([seed, 81])
        copies = max(1, min(COPIES, MAX_COPIES // len(own)))
        views = np.stack([bend(rng, square) for _ in range(copies) for square in own.grey])
        return self.teach(spoil(rng, views), np.tile(own.labels, copies), rng=rng, epochs=epochs, watch=watch)

    def settle(self, tail: keras.Model) -> None:
        """Take as many of the others held out for digits as the base does: one number is fitted, the last bias.

        Own crops are all digits, and a reader that is shown more of these expects more of them everywhere: a third
        more of the others on pages were taken for digits. Those rehearsed would not show it: they are known by heart.
        """
        margins = np.sort(self._margins(np.asarray(tail.predict(self._others, batch_size=1000, verbose=0), np.float32)))
        bias = tail.layers[-1].bias
        shift = np.zeros(bias.shape, np.float32)
        shift[NOT_A_DIGIT] = -margins[min(self._taken, len(margins) - 1)] + 1e-4
        bias.assign_add(shift)

    @staticmethod
    def _margins(logits: Logits) -> NDArray[np.float32]:
        """By how much "not a digit" is ahead of the best digit, (N,)."""
        return np.asarray(logits[:, NOT_A_DIGIT] - logits[:, :NOT_A_DIGIT].max(axis=1), np.float32)

    def see(self, own: Squares) -> Features:
        """What the frozen layers make of a hand's crops as they are."""
        return self.features(normalize_crops(np.stack([recut(square) for square in own.grey])))


def build_crops_learner(base: keras.Model, pages: list[Truth], *, seed: int, workers: int) -> CropsLearner:
    """A learner that rehearses what the two looks find on pages, beside true boxes and letters, as it was trained."""
    sources = open_sources(pages, _read_finder(), workers=workers)
    seen = round((1 - PAGES_HELD_OUT) * len(sources))
    return CropsLearner(base, take_crops(sources[:seen], REHEARSED, seed), take_crops(sources[seen:], HELD_OUT, seed))


def take_crops(sources: list[Source], count: int, seed: int) -> tuple[Crops, Labels]:
    """So many crops of these pages, in the shares in which the base is trained, and their labels."""
    return CropBatches(sources, batch=count, batches=1, seed=seed)[0]


def count_wrong(logits: Logits, labels: Labels) -> int:
    """Of crops as pages show them: digits that are misread or refused, others that are taken for a digit."""
    return int((logits.argmax(axis=1) != labels).sum())


def _read_finder() -> bytes:
    """The finder in use here."""
    for path in (LOCAL / "finder.tflite", SHIPPED / "finder.tflite"):
        if path.is_file():
            return path.read_bytes()
    raise ModelError(f"no finder at {path}. Run `make convert`, or `git checkout models/` for the shipped one.")


def bend(rng: np.random.Generator, square: Grey) -> NDArray[np.uint8]:
    """The views of a square, written a little differently, in another box: uint8, (32, 32, 2)."""
    scale = min(1.0, SEEN_SIDE / max(square.shape))
    height, width = (max(1, round(side * scale)) for side in square.shape)
    angle, shear = np.deg2rad(rng.normal(0, ROTATION_DEG)), rng.normal(0, SHEAR)
    stretch = np.exp(rng.normal(0, STRETCH, 2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turn = turn @ np.array([[stretch[0], shear], [0, stretch[1]]])
    small = square if scale == 1 else cv2.resize(square, (width, height), interpolation=cv2.INTER_AREA)
    middle = np.array([width - 1, height - 1]) / 2
    bent = cv2.warpAffine(
        small, np.column_stack([turn, middle - turn @ middle]), (width, height), borderMode=cv2.BORDER_REPLICATE
    )
    place = place_in_square(square)[0] * np.float32(scale)
    views = cut_crops(Zoom(np.asarray(bent, np.uint8)), jitter(rng, place)[np.newaxis])
    return np.asarray(views[0], np.uint8)
