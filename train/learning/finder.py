"""`make train ONLY=finder`: rendered pages -> finder.keras, its curves and the record of the run.

python -m train.learning.finder            the full recipe, about an hour on 2 cores, into models/local/
python -m train.learning.finder --quick    minutes, to see that everything works
python -m train.learning.finder --ship     into models/: what the repository ships

Prints how many digits of pages it found whose fonts, forms and papers it never saw, and what else it took for one.
"""

import argparse
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np

from edge.ending import run_command
from edge.finding.finder import Finder
from train.command import run_program
from train.digits.mnist import join, load_mnist
from train.judging.finds import Finds, count_finds
from train.learning.averaging import AverageWeights
from train.learning.draft import MAX_BYTES
from train.learning.finder_loss import FinderLoss
from train.learning.finder_samples import Windows, cut_window
from train.learning.material import open_material
from train.learning.quantize import quantize
from train.learning.runs import save_run
from train.networks.finder import build_finder, only_places
from train.pages.shapes import draw_digits
from train.pages.truth import Truth, build_truths
from train.pages.world import Part
from train.store import check_room, code_version, model_folder

SEED = 101
BATCH = 8
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 1e-4
CLIP = 5.0
"""Largest norm of a gradient: one window full of 10-px digits must not throw the others out."""
SHAPES, SHAPES_SEED = 22_000, 20261121
"""Digits drawn stroke by stroke beside MNIST's, the same as the classifier's."""
REPRESENTATIVE = 150
"""Windows by which the int8 model's activation ranges are found."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How much of everything."""

    pages: int
    strangers: int
    """Pages on which it is measured."""
    epochs: int
    steps: int
    """Batches of an epoch."""


FULL = Recipe(pages=4_000, strangers=120, epochs=26, steps=1000)
QUICK = Recipe(pages=80, strangers=10, epochs=1, steps=150)


def fit_finder(pages: list[Truth], *, epochs: int, steps: int, seed: int) -> tuple[keras.Model, dict[str, list[float]]]:
    """Train from nothing; the moving average of the weights at the end, and the loss by epoch."""
    keras.utils.set_random_seed(seed)
    finder = build_finder()
    model = keras.Model(finder.input, keras.layers.Concatenate()(finder.outputs))
    rate = keras.optimizers.schedules.CosineDecay(
        LEARNING_RATE / 10, epochs * steps, alpha=0.01, warmup_target=LEARNING_RATE, warmup_steps=100
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY, global_clipnorm=CLIP)
    model.compile(optimizer, FinderLoss(), jit_compile=False)
    average = AverageWeights()
    windows = Windows(pages, batch=BATCH, batches=steps, seed=seed)
    verbose = "auto" if sys.stdout.isatty() else 2
    history = model.fit(windows, epochs=epochs, callbacks=[average], verbose=verbose)
    model.set_weights(average.weights)
    return finder, {name: [float(value) for value in values] for name, values in history.history.items()}


def measure(finder: keras.Model, learned: list[Truth], strangers: list[Truth], seed: int) -> Finds:
    """What the finder, as int8, finds on pages of strangers."""
    rng = np.random.default_rng(seed)
    windows = [cut_window(rng, learned[int(rng.integers(len(learned)))])[0] for _ in range(REPRESENTATIVE)]
    representative = [window[..., np.newaxis] for window in windows]
    content = quantize(only_places(finder), representative, max_bytes=MAX_BYTES["finder"])
    return count_finds(Finder(content, Path("finder.tflite")), strangers)


def run(options: argparse.Namespace) -> None:
    """Render, fit, measure, save."""
    recipe = QUICK if options.quick else FULL
    started = time.perf_counter()
    check_room(model_folder(ship=options.ship))
    mnist, workers = load_mnist(), os.cpu_count() or 1
    world = open_material(fetch=not options.quick, whole=options.ship)
    written = join(mnist.train, draw_digits(SHAPES, SHAPES_SEED))
    pages = build_truths(written, part=Part.KNOWN, pages=recipe.pages, seed=options.seed, workers=workers)
    finder, history = fit_finder(pages, epochs=recipe.epochs, steps=recipe.steps, seed=options.seed)
    strangers = build_truths(
        mnist.validation, part=Part.STRANGERS, pages=recipe.strangers, seed=options.seed + 1, workers=workers
    )
    finds = measure(finder, pages, strangers, options.seed)
    minutes = (time.perf_counter() - started) / 60
    print(finds.describe())
    record = {
        "seed": options.seed,
        "recipe": asdict(recipe),
        "trained_on": {"pages": len(pages), "digits": sum(int(page.digits.sum()) for page in pages)},
        "world": world.record(),
        "strangers": asdict(finds),
        "code_version": code_version(),
        "minutes": round(minutes, 1),
    }
    path = model_folder(ship=options.ship) / "finder.keras"
    save_run(finder, history, record, path)
    print(f"{path}, {minutes:.1f} minutes. Next: make train ONLY=crops{' SHIP=1' if options.ship else ''}")


def main(arguments: list[str] | None = None) -> int:
    """Train and save; exit status 0, or 1 with a line that says what to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="minutes, for a look and for tests")
    parser.add_argument("--ship", action="store_true", help="write into models/ what the repository ships")
    parser.add_argument("--seed", type=int, default=SEED, help=f"all chance follows from it (default {SEED})")
    options = parser.parse_args(arguments)
    if options.ship and options.quick:
        parser.error("--ship wants the full recipe: leave --quick (QUICK=1) out")
    return run_program(
        "train", lambda: run(options), stopped="stopped; nothing was written, the models in place are as they were."
    )


if __name__ == "__main__":
    run_command(main)
