"""`make train ONLY=digits`: MNIST, drawn shapes, rendered pages -> base.keras, its curves and the record of the run.

python -m train.learning.pretrain            the full recipe, about an hour on 2 cores, into models/local/
python -m train.learning.pretrain --quick    3 minutes, to see that everything works
python -m train.learning.pretrain --ship     into models/: what the repository ships
python -m train.learning.pretrain --extra mydata.zip    your own large set is trained on, too:
    a folder or a zip of <label>/ pictures (0 to 9, and other: not a digit), one digit each, any size and polarity;
    or Kaggle's digit-recognizer train.csv. A tenth of it is held out and measured by itself; copies of MNIST's test
    and validation digits are left out.
"""

import argparse
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from edge.contract import LABELS, Labels
from edge.ending import run_command
from train.command import run_program
from train.digits.augment import augment
from train.digits.extra import end_workers, only_digits, open_extra, peak_memory_mb
from train.digits.learned import NOTHING
from train.digits.mnist import Digits, Mnist, join, load_mnist
from train.learning.averaging import AverageWeights
from train.learning.material import open_material
from train.learning.runs import save_run
from train.metrics import misses
from train.networks.classifier import build_model, keras_logits, scale_glyphs
from train.pages.labels import build_page_glyphs
from train.pages.shapes import draw_digits
from train.pages.signs import draw_signs
from train.pages.world import World
from train.store import check_room, code_version, model_folder

SEED = 20261121
BATCH = 256
LEARNING_RATE = 5e-3
WEIGHT_DECAY = 2e-4
CALM_EPOCHS = 0.25
"""In this last share of the epochs ..."""
CALM_GLYPHS = 0.6
"""... so many glyphs of a batch are left undistorted: in the end the network meets what the reader will show it."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How much of everything."""

    mnist: int
    """Of its 55,000 training digits."""
    mnist_times: int
    """So often each of them is seen in an epoch: the pages hold them too, but spoiled."""
    shapes: int
    """Digits drawn stroke by stroke, in shapes that MNIST lacks; on the pages they stand among all of MNIST's."""
    signs: int
    """Signs drawn likewise, that are no digit."""
    pages: int
    validation_pages: int
    epochs: int


FULL = Recipe(mnist=55_000, mnist_times=2, shapes=22_000, signs=6_000, pages=1_900, validation_pages=120, epochs=32)
QUICK = Recipe(mnist=20_000, mnist_times=1, shapes=6_000, signs=1_500, pages=60, validation_pages=20, epochs=3)


class AugmentedBatches(keras.utils.PyDataset):  # type: ignore[misc] # Keras has no types
    """Shuffled batches, distorted anew each epoch, less in the last; all chance follows from (seed, epoch, batch)."""

    def __init__(self, digits: Digits, seed: int, epochs: int) -> None:
        super().__init__(workers=1)
        self._digits, self._seed, self._epoch = digits, seed, 0
        self._calm_from = round((1 - CALM_EPOCHS) * epochs)
        self.on_epoch_end()

    def __len__(self) -> int:
        return len(self._digits) // BATCH

    def __getitem__(self, number: int) -> tuple[NDArray[np.float32], Labels]:
        rng = np.random.default_rng([self._seed, self._epoch, number])
        chosen = self._order[number * BATCH : (number + 1) * BATCH]
        plain = self._digits.glyphs[chosen]
        glyphs = augment(rng, plain)
        if self._epoch > self._calm_from:
            calm = rng.random(BATCH) < CALM_GLYPHS
            glyphs[calm] = plain[calm]
        return scale_glyphs(glyphs), self._digits.labels[chosen]

    def on_epoch_end(self) -> None:
        """Shuffle for the next epoch."""
        self._epoch += 1
        self._order = np.random.default_rng([self._seed, self._epoch]).permutation(len(self._digits))


def collect(mnist: Mnist, recipe: Recipe, seed: int, world: World) -> tuple[Digits, Digits]:
    """What is trained on and what is looked at while training.

    To learn: MNIST's digits, shapes that it lacks, signs, and what the edge finds on pages where such digits are
    written. To look at: MNIST's validation digits, and what the edge finds on pages of them.
    """
    workers = os.cpu_count() or 1
    shapes, signs = draw_digits(recipe.shapes, seed), draw_signs(recipe.signs, seed)
    pages = build_page_glyphs(join(mnist.train, shapes), world, pages=recipe.pages, seed=seed, workers=workers)
    seen = build_page_glyphs(mnist.validation, world, pages=recipe.validation_pages, seed=seed + 1, workers=workers)
    own = [mnist.train[: recipe.mnist]] * recipe.mnist_times
    return join(*own, shapes, signs, pages), join(mnist.validation, seen)


def fit(train: Digits, validation: Digits, *, epochs: int, seed: int) -> tuple[keras.Model, dict[str, list[float]]]:
    """Train from nothing; the moving average of the weights at the end, and the history by epoch."""
    keras.utils.set_random_seed(seed)
    model = build_model()
    batches = AugmentedBatches(train, seed, epochs)
    rate = keras.optimizers.schedules.CosineDecay(
        LEARNING_RATE / 10, epochs * len(batches), alpha=0.002, warmup_target=LEARNING_RATE, warmup_steps=len(batches)
    )
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY),
        BalancedCrossentropy(train.labels),
        metrics=["accuracy"],
        jit_compile=False,  # XLA takes 1.5 times as long here: oneDNN's own convolutions are faster on a CPU
    )
    average = AverageWeights()
    history = model.fit(
        batches,
        validation_data=(scale_glyphs(validation.glyphs), validation.labels),
        validation_batch_size=1000,
        epochs=epochs,
        callbacks=[average],
        verbose="auto" if sys.stdout.isatty() else 2,
    )
    model.set_weights(average.weights)
    return model, {name: [float(value) for value in values] for name, values in history.history.items()}


class BalancedCrossentropy(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """Cross-entropy of logits that do not know how often each label is trained: with its share added, they are right.

    A quarter of what is trained on is no digit. That tells about our pages; before a camera each of the eleven is taken
    to be equally likely until its neighbours are seen. Source: Menon et al. 2021, logit adjustment.

    Args:
        labels: of all that is trained on, (N,).
    """

    def __init__(self, labels: Labels) -> None:
        super().__init__()
        share = np.bincount(labels, minlength=len(LABELS)) / len(labels)
        self._log_share = np.log(np.maximum(share, 1e-6)).astype(np.float32)

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """The loss of each of N glyphs: labels (N,) and logits (N, 11)."""
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred + self._log_share, from_logits=True)


def run(options: argparse.Namespace) -> None:
    """Load, render, fit, measure, save."""
    recipe = QUICK if options.quick else FULL
    started = time.perf_counter()
    check_room(model_folder(ship=options.ship))
    extra = open_extra(options.extra, seed=options.seed) if options.extra else None
    mnist = load_mnist()
    world = open_material(fetch=not options.quick, whole=options.ship)
    train, validation = collect(mnist, recipe, options.seed, world)
    trained_on: dict[str, int | str] = {
        "mnist_train": recipe.mnist,
        "shapes": recipe.shapes,
        "signs": recipe.signs,
        "page_glyphs": len(train) - recipe.mnist_times * recipe.mnist - recipe.shapes - recipe.signs,
    }
    parts = {"MNIST validation": mnist.validation, "MNIST test": mnist.test}
    if extra:
        train, validation = join(train, extra.train), join(validation, extra.held_out)
        trained_on |= {"extra": len(extra.train), "extra_name": extra.name}
        parts[f"{extra.name}, held out"] = only_digits(extra.held_out)
    end_workers()
    model, history = fit(train, validation, epochs=recipe.epochs, seed=options.seed)
    minutes = (time.perf_counter() - started) / 60
    missed = {name: misses(keras_logits(model, part.glyphs), part.labels) for name, part in parts.items() if len(part)}
    for name, count in missed.items():
        print(f"{name}: {100 - 100 * count / len(parts[name]):.2f} % ({count} misses of {len(parts[name])})")
    record = {
        "seed": options.seed,
        "recipe": asdict(recipe),
        "trained_on": trained_on,
        "labels": np.bincount(train.labels, minlength=len(LABELS)).tolist(),
        "mnist_misses": {"validation": missed["MNIST validation"], "test": missed["MNIST test"]},
        "extra": extra and extra.record() | {"held_out_misses": missed.get(f"{extra.name}, held out")},
        "world": world.record(),
        "code_version": code_version(),
        "minutes": round(minutes, 1),
        "peak_memory_mb": peak_memory_mb(),
    }
    path = model_folder(ship=options.ship) / "base.keras"
    save_run(model, history, record, path, learned=extra.train.glyphs if extra else NOTHING)
    print(f"{minutes:.1f} minutes, {record['peak_memory_mb']} MB of memory at most")
    print(f"{path}. Next: make convert{' SHIP=1' if options.ship else ''}")


def main(arguments: list[str] | None = None) -> int:
    """Train and save; exit status 0, or 1 with a line that says what to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few minutes, for a look and for tests")
    parser.add_argument(
        "--extra", type=Path, metavar="PATH", help="folder, zip or csv of yours to train on beside MNIST"
    )
    parser.add_argument("--ship", action="store_true", help="write into models/ what the repository ships")
    parser.add_argument("--seed", type=int, default=SEED, help=f"all chance follows from it (default {SEED})")
    options = parser.parse_args(arguments)
    if options.ship and options.quick:
        parser.error("--ship wants the full recipe: leave --quick (QUICK=1) out")
    if options.ship and options.extra:
        parser.error("what ships is trained on MNIST alone: leave --extra (EXTRA=...) or --ship (SHIP=1) out")
    return run_program(
        "train", lambda: run(options), stopped="stopped; nothing was written, the models in place are as they were."
    )


if __name__ == "__main__":
    run_command(main)
