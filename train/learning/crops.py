"""`make train ONLY=crops`: places on rendered pages, as the two looks find them -> crops.keras, curves and record.

python -m train.learning.crops            the full recipe, about an hour on 2 cores, into models/local/
python -m train.learning.crops --quick    minutes, to see that everything works
python -m train.learning.crops --ship     into models/: what the repository ships

The reader of crops learns where the finder errs: it is trained on what contours and finder take for digits, beside true
boxes, letters and places in between. So a new finder comes first. Prints how many places of strangers' pages it reads
wrongly.
"""

import argparse
import os
import sys
import time
from dataclasses import asdict, dataclass

import keras
import numpy as np

from edge.contract import NOT_A_DIGIT, Labels
from edge.ending import run_command
from edge.finding.crops import Crops, cut_crops, normalize_crops
from train.command import run_program
from train.digits.mnist import Digits, join, load_mnist
from train.learning.averaging import AverageWeights
from train.learning.crops_samples import CropBatches, Source
from train.learning.draft import MAX_BYTES
from train.learning.finder import SEED as FINDER_SEED
from train.learning.finder import SHAPES, SHAPES_SEED
from train.learning.finder_samples import cut_window
from train.learning.material import open_material
from train.learning.mining import open_sources
from train.learning.quantize import quantize
from train.learning.runs import save_run
from train.networks.crops import build_crops_reader
from train.networks.finder import load_finder, only_places
from train.pages.shapes import draw_digits
from train.pages.truth import Truth, build_truths
from train.pages.world import Part
from train.store import check_room, choose_keras, code_version, model_folder, sha256

SEED = 102
BATCH = 128
LEARNING_RATE = 4e-3
WEIGHT_DECAY = 2e-4
KINDS = "digit", "other", "mined"
"""Of places that the record counts."""
WINDOWS = 150
"""By which the finder that mines gets its int8 ranges."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How much of everything."""

    seen_pages: int
    """Pages that the finder was trained on ..."""
    new_pages: int
    """... and others, on which its faults are those that it will make."""
    strangers: int
    """Pages on which it is measured."""
    epochs: int
    steps: int
    """Batches of an epoch."""


FULL = Recipe(seen_pages=2_000, new_pages=6_000, strangers=120, epochs=50, steps=1000)
QUICK = Recipe(seen_pages=0, new_pages=60, strangers=10, epochs=1, steps=200)


def fit_crops_reader(
    sources: list[Source], *, epochs: int, steps: int, seed: int
) -> tuple[keras.Model, dict[str, list[float]]]:
    """Train from nothing; the moving average of the weights at the end, and loss and accuracy by epoch."""
    keras.utils.set_random_seed(seed)
    model = build_crops_reader()
    rate = keras.optimizers.schedules.CosineDecay(
        LEARNING_RATE / 10, epochs * steps, alpha=0.005, warmup_target=LEARNING_RATE, warmup_steps=100
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY)
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
    average = AverageWeights()
    batches = CropBatches(sources, batch=BATCH, batches=steps, seed=seed)
    verbose = "auto" if sys.stdout.isatty() else 2
    history = model.fit(batches, epochs=epochs, callbacks=[average], verbose=verbose)
    model.set_weights(average.weights)
    return model, {name: [float(value) for value in values] for name, values in history.history.items()}


def quantize_finder(finder: keras.Model, pages: list[Truth], seed: int) -> bytes:
    """The finder as int8, its ranges from windows of these pages."""
    rng = np.random.default_rng(seed)
    windows = [cut_window(rng, pages[int(rng.integers(len(pages)))])[0] for _ in range(WINDOWS)]
    return quantize(only_places(finder), [one[..., np.newaxis] for one in windows], max_bytes=MAX_BYTES["finder"])


def count_wrong(model: keras.Model, sources: list[Source]) -> dict[str, int]:
    """On places of strangers' pages: how many there are, misread digits, others taken for digits."""
    crops, labels = _known_crops(sources)
    logits = model.predict(crops, batch_size=1000, verbose=0)
    guess = logits.argmax(axis=1)
    digit = labels != NOT_A_DIGIT
    return {
        "digits": int(digit.sum()),
        "misread": int((guess[digit] != labels[digit]).sum()),
        "others": int((~digit).sum()),
        "taken_for_digits": int((guess[~digit] != NOT_A_DIGIT).sum()),
    }


def run(options: argparse.Namespace) -> None:
    """Render, mine, fit, measure, save."""
    recipe = QUICK if options.quick else FULL
    started = time.perf_counter()
    check_room(model_folder(ship=options.ship))
    mnist, workers = load_mnist(), os.cpu_count() or 1
    world = open_material(fetch=not options.quick, whole=options.ship)
    path = choose_keras("finder", ship=options.ship)
    finder = load_finder(path)
    written = join(mnist.train, draw_digits(SHAPES, SHAPES_SEED))
    pages = _render(written, recipe.seen_pages, FINDER_SEED) + _render(written, recipe.new_pages, options.seed)
    content = quantize_finder(finder, pages, options.seed)
    sources = open_sources(pages, content, workers=workers)
    model, history = fit_crops_reader(sources, epochs=recipe.epochs, steps=recipe.steps, seed=options.seed)
    strangers = build_truths(
        mnist.validation, part=Part.STRANGERS, pages=recipe.strangers, seed=options.seed + 1, workers=workers
    )
    wrong = count_wrong(model, open_sources(strangers, content, workers=workers))
    minutes = (time.perf_counter() - started) / 60
    print(
        f"crops of strangers' pages: {wrong['misread']} of {wrong['digits']} digits misread or refused, "
        f"{wrong['taken_for_digits']} of {wrong['others']} others taken for digits"
    )
    record = {
        "seed": options.seed,
        "recipe": asdict(recipe),
        "finder_sha256": sha256(path),
        "trained_on": {
            kind: sum(len(one.kinds[kind].labels) for one in sources if kind in one.kinds) for kind in KINDS
        },
        "world": world.record(),
        "strangers": wrong,
        "code_version": code_version(),
        "minutes": round(minutes, 1),
    }
    target = model_folder(ship=options.ship) / "crops.keras"
    save_run(model, history, record, target)
    print(f"{target}, {minutes:.1f} minutes. Next: make convert{' SHIP=1' if options.ship else ''}")


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


def _render(digits: Digits, pages: int, seed: int) -> list[Truth]:
    return build_truths(digits, part=Part.KNOWN, pages=pages, seed=seed, workers=os.cpu_count() or 1) if pages else []


def _known_crops(sources: list[Source]) -> tuple[Crops, Labels]:
    mined = [(one.zoom, one.kinds["mined"]) for one in sources if "mined" in one.kinds]
    crops = [normalize_crops(cut_crops(zoom, known.places)) for zoom, known in mined]
    return np.concatenate(crops), np.concatenate([known.labels for _, known in mined])


if __name__ == "__main__":
    run_command(main)
