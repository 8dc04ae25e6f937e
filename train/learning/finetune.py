"""`make finetune`: the base networks and your own digits in calibration_digits/ -> models/local/finetuned.keras.

python -m train.learning.finetune          learns from calibration_digits/; at most 4 minutes on 2 cores for 50 pictures
python -m train.learning.finetune --force  installs the result although it is no better

One to ten pictures of each digit are enough, some digits may be missing, `other` teaches what is no digit. MNIST is
rehearsed meanwhile, so that other hands are read as before. Cross-validation says when to stop and what was gained:
each of your pictures is read by a model that has not seen it. What is worse than the base is not installed.

Both readers learn: the classifier from your digits' ink, the reader of crops from the same digits cut out grey
(finetuned.crops.keras). Where finders look for digits does not change.
"""

import argparse
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold
from tqdm import tqdm

from edge.contract import LABELS, NOT_A_DIGIT, Labels, Logits
from edge.ending import run_command
from edge.errors import SourceError
from edge.names import printable
from edge.reading.classifier import softmax
from train.command import run_program
from train.digits.labelled import CALIBRATION_DIGITS, Labelled, describe_left_out, find_writer
from train.digits.learned import load_learned
from train.digits.mnist import Digits, Mnist, join, load_mnist
from train.digits.own import Own, Squares, load_own
from train.learning.gates import describe_check
from train.learning.hand_crops import MAX_FORGOTTEN as MAX_CROPS_FORGOTTEN
from train.learning.hand_crops import CropsLearner, build_crops_learner
from train.learning.hand_learner import MAX_FORGOTTEN, HandLearner
from train.learning.runs import save_run
from train.learning.tuner import Features, Lesson, Recipe, Watch
from train.metrics import Top1, misses
from train.networks.classifier import load_model
from train.networks.crops import load_crops_reader
from train.pages.labels import build_page_glyphs_and_truths
from train.pages.shapes import draw_digits
from train.pages.signs import draw_signs
from train.pages.truth import Truth
from train.pages.world import Part, open_world
from train.store import LOCAL, SHIPPED, check_room, code_version, model_folder, sha256

SEED = 20261121
REHEARSED_MNIST = 20_000
REHEARSED_SHAPES = 6_000
REHEARSED_SIGNS = 1_500
REHEARSED_PAGES = 80
OTHER_HANDS = 4_000
"""Drawn digits that stand for everybody else: they are looked at, never learned."""
FOLDS = 5
ALWAYS_TAUGHT = -1
SURE = 0.9
"""A picture whose label a model that has not seen it contradicts with this probability may be mislabelled ..."""
ODD_ONES = 0.34
"""... if that happens to at most this share of its label's pictures; else the whole label is just new to the model."""


Samples = TypeVar("Samples", Digits, Squares)
Samples_contra = TypeVar("Samples_contra", Digits, Squares, contravariant=True)


class Learner(Protocol[Samples_contra]):
    """Learns a hand from samples of one kind."""

    recipe: Recipe

    def learn(self, own: Samples_contra, *, seed: int, epochs: int | None = None, watch: Watch | None = None) -> Lesson:
        """Learn these, from the base on."""

    def see(self, own: Samples_contra) -> Features:
        """What the frozen layers make of them."""

    def logits(self, features: Features, lesson: Lesson | None = None) -> Logits:
        """Logits, (N, 11), after a lesson; None: of the base."""


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """What models that have not seen a picture make of it."""

    held_out: NDArray[np.intp]
    """Indices of the pictures that were held out once: all but those that are alone with their label, (M,)."""
    before: Logits
    """Of the base, (M, 11) ..."""
    after: Logits
    """... and after learning from the other pictures, (M, 11)."""
    epochs: int
    """Where the loss of what was held out is smallest, in the second half of a lesson."""
    curves: dict[str, list[float]]
    """By epoch, mean over the folds."""


def choose_folds(labels: Labels, *, seed: int) -> NDArray[np.intp]:
    """In which fold each sample is held out, (N,); ALWAYS_TAUGHT where it is alone with its label."""
    folds = np.full(len(labels), ALWAYS_TAUGHT, np.intp)
    counts = np.bincount(labels, minlength=len(LABELS))
    held_out = np.flatnonzero(counts[labels] >= 2)
    if held_out.size:
        for number, (_, unseen) in enumerate(_folds(labels[held_out], seed)):
            folds[held_out[unseen]] = number
    return folds


def cross_validate(
    learner: Learner[Samples], own: Samples, *, seed: int, folds: NDArray[np.intp] | None = None
) -> CrossValidation | None:
    """Learn from all folds but one and look at that one, for each; None where no label has two pictures.

    Args:
        learner: of glyphs or of crops.
        own: samples of that kind.
        seed: all chance follows from it.
        folds: as `choose_folds` gives them; None: of these samples.
    """
    folds = choose_folds(own.labels, seed=seed) if folds is None else folds
    held_out = np.flatnonzero(folds != ALWAYS_TAUGHT)
    if held_out.size == 0:
        return None
    features = learner.see(own)
    after = np.empty((len(own), len(LABELS)), np.float32)
    histories = []
    for number in tqdm(np.unique(folds[held_out]).tolist(), "cross-validation", unit="fold"):
        rows, taught = np.flatnonzero(folds == number), np.flatnonzero(folds != number)
        lesson = learner.learn(
            own[taught],
            seed=seed + number,
            watch=partial(_look, features=features[rows], labels=own.labels[rows]),
        )
        after[rows] = learner.logits(features[rows], lesson)
        histories.append(lesson.history)
    curves = {name: np.mean([one[name] for one in histories], axis=0).tolist() for name in histories[0]}
    # Before half of a lesson its steps are still large, and where they end is chance.
    half = learner.recipe.epochs // 2
    epochs = half + int(np.argmin(curves["val_loss"][half:])) + 1
    return CrossValidation(held_out, learner.logits(features[held_out]), after[held_out], epochs, curves)


def find_suspects(own: Digits, checked: CrossValidation | None, learned: Logits) -> dict[int, str]:
    """Pictures that deserve a look, by index: what is said about them.

    Args:
        own: all pictures.
        checked: what models that have not seen them make of them.
        learned: what the tuned model makes of the pictures that it has learned, (N, 11).
    """
    suspects = {}
    guess = learned.argmax(axis=1)
    for n in np.flatnonzero(guess != own.labels):
        suspects[int(n)] = f"is read as {LABELS[guess[n]]} even after it was learned: it pulls against your others"
    if checked is None:
        return suspects
    labels, probabilities = own.labels[checked.held_out], softmax(checked.after)
    guess = probabilities.argmax(axis=1)
    odd = (guess != labels) & (probabilities.max(axis=1) >= SURE)
    for n in np.flatnonzero(odd):
        if odd[labels == labels[n]].mean() <= ODD_ONES:
            suspects[int(checked.held_out[n])] = f"looks like {LABELS[guess[n]]} to a model that has not seen it"
    return dict(sorted(suspects.items()))


def open_base(local: Path | None = LOCAL) -> tuple[keras.Model, Path]:
    """The model to start from: the local base where there is one (`make train`), else the shipped one."""
    path = _choose("base", local)
    return load_model(path), path


def open_crops_base(local: Path | None = LOCAL) -> tuple[keras.Model, Path]:
    """Likewise, the reader of crops."""
    path = _choose("crops", local)
    return load_crops_reader(path), path


def build_learner(base: keras.Model, mnist: Mnist) -> tuple[HandLearner, list[Truth]]:
    """A learner that rehearses what the base learned: MNIST, the shapes that it lacks, signs, and rendered pages.

    These pages come with it, for the reader of crops.
    """
    shapes, signs = draw_digits(REHEARSED_SHAPES, SEED), draw_signs(REHEARSED_SIGNS, SEED)
    written = join(mnist.train, shapes)
    world, workers = open_world(Part.KNOWN), os.cpu_count() or 1
    pages, truths = build_page_glyphs_and_truths(written, world, pages=REHEARSED_PAGES, seed=SEED, workers=workers)
    others = draw_digits(OTHER_HANDS, SEED + 1)
    learner = HandLearner(
        base,
        join(mnist.train[:REHEARSED_MNIST], shapes),
        join(pages, signs),
        validation=mnist.validation,
        others=others,
    )
    return learner, truths


def load_own_digits(folder: Path = CALIBRATION_DIGITS) -> Own:
    """What lies in calibration_digits/, with a report.

    Raises:
        SourceError: nothing usable; says how to collect some.
    """
    own = load_own(folder)
    for line in describe_left_out(own.glyphs):
        print(line)
    if not len(own.glyphs.digits):
        raise SourceError(
            f"no usable picture in {folder}. Collect some: `make capture` on the machine with the camera "
            "(then `make pull PI=user@host` here), or `make capture ARGS='7 --source scans/'` for pictures of sevens."
        )
    counts = np.bincount(own.squares.labels, minlength=len(LABELS))
    print(f"your digits: {', '.join(f'{name}: {count}' for name, count in zip(LABELS, counts, strict=True) if count)}")
    return own


def run(options: argparse.Namespace) -> int:
    """Load, cross-validate, learn, gate, save."""
    started = time.perf_counter()
    check_room(model_folder(ship=False))
    own = load_own_digits()
    base, parent = open_base()
    crops_base, crops_parent = open_crops_base()
    print(f"base: {parent} and {crops_parent}")
    mnist = load_mnist()
    learner, pages = build_learner(base, mnist)
    # An ink and its crop are one sample: neither reader may have seen it in any form.
    folds, digits = choose_folds(own.squares.labels, seed=SEED), own.glyphs.digits
    checked, lesson, epochs = _learn(learner, digits, folds[own.with_glyph])
    record = build_record(own.glyphs, learner, lesson, checked) | {"parent_sha256": sha256(parent), "epochs": epochs}
    crops_learner = build_crops_learner(crops_base, pages, seed=SEED, workers=os.cpu_count() or 1)
    crops_checked, crops_lesson, crops_epochs = _learn(crops_learner, own.squares, folds)
    crops_record = build_crops_record(own.squares, crops_learner, crops_lesson, crops_checked) | {
        "parent_sha256": sha256(crops_parent),
        "epochs": crops_epochs,
    }
    print_result(record, own.glyphs.names)
    crops_against = check_crops_gates(crops_record)
    print_crops_result(crops_record, crops_against)
    against = check_gates(record)
    if against and not options.force:
        print(
            f"finetune: not installed: {'; '.join(against)}. `make finetune FORCE=1` does it anyway.", file=sys.stderr
        )
        return 1
    base.set_weights(lesson.weights)
    crops_base.set_weights(crops_base.get_weights() if crops_against else crops_lesson.weights)
    minutes = round((time.perf_counter() - started) / 60, 1)
    path = model_folder(ship=False) / "finetuned.keras"
    learned = np.concatenate([digits.glyphs, load_learned(parent, record["parent_sha256"])])
    # The reader of crops first: the classifier's record names it, so that convert takes no other.
    crops_path = path.with_name("finetuned.crops.keras")
    save_run(crops_base, crops_checked.curves if crops_checked else {}, crops_record, crops_path)
    record |= {"minutes": minutes, "forced": against, "crops_sha256": sha256(crops_path)}
    save_run(base, checked.curves if checked else {}, record, path, learned=learned)
    check = "look at the pictures named above, then make finetune again; or, as it is, " if record["suspects"] else ""
    print(f"{path} after {minutes} minutes. Next: {check}make convert: {describe_check()}.")
    return 0


def build_record(
    own: Labelled, learner: HandLearner, lesson: Lesson, checked: CrossValidation | None
) -> dict[str, Any]:
    """What the fine-tuned model's record says."""
    labels = own.digits.labels
    learned = learner.logits(learner.features(own.digits.glyphs), lesson)
    return {
        "seed": SEED,
        "trained_on": {
            "own_pictures": len(labels),
            "own_labels": np.bincount(labels, minlength=len(LABELS)).tolist(),
            "own_writers": dict(Counter(find_writer(name) for name in own.names)),
            "own_left_out": len(own.left_out),
            "rehearsed_mnist": REHEARSED_MNIST,
            "rehearsed_shapes": REHEARSED_SHAPES,
            "rehearsed_signs": REHEARSED_SIGNS,
            "rehearsed_pages": REHEARSED_PAGES,
        },
        "own_cross_validated": None if checked is None else count_misses(own.digits, checked),
        "suspects": {
            printable(own.names[n]): words for n, words in find_suspects(own.digits, checked, learned).items()
        },
        "mnist_validation": {
            "n": len(learner.validation),
            "before_misses": learner.forgotten(),
            "after_misses": learner.forgotten(lesson),
        },
        "way_from_base": lesson.way,
        "code_version": code_version(),
    }


def build_crops_record(
    own: Squares, learner: CropsLearner, lesson: Lesson, checked: CrossValidation | None
) -> dict[str, Any]:
    """What the record of the tuned reader of crops says."""
    return {
        "seed": SEED,
        "trained_on": {"own_crops": len(own), "own_labels": np.bincount(own.labels, minlength=len(LABELS)).tolist()},
        "own_cross_validated": None if checked is None else count_misses(own, checked),
        "page_crops_held_out": {
            "n": learner.held_out,
            "before_misses": learner.forgotten(),
            "after_misses": learner.forgotten(lesson),
        },
        "way_from_base": lesson.way,
        "code_version": code_version(),
    }


def count_misses(own: Digits | Squares, checked: CrossValidation) -> dict[str, int]:
    """Own digits, each read by a model that has not seen it; and how many of `other` are taken for a digit."""
    labels = own.labels[checked.held_out]
    digit = labels != NOT_A_DIGIT
    counts = {"n": int(digit.sum()), "other_n": int((~digit).sum())}
    for name, logits in (("before", checked.before), ("after", checked.after)):
        counts[f"{name}_misses"] = misses(logits[digit], labels[digit])
        counts[f"{name}_other_accepted"] = int((logits[~digit].argmax(axis=1) != NOT_A_DIGIT).sum())
    return counts


def check_gates(record: dict[str, Any]) -> list[str]:
    """What speaks against the tuned model."""
    against = []
    mnist, checked = record["mnist_validation"], record["own_cross_validated"]
    if mnist["after_misses"] > mnist["before_misses"] + round(MAX_FORGOTTEN * mnist["n"]):
        against.append(
            f"it misses {mnist['after_misses']} of MNIST's validation digits, the base {mnist['before_misses']}"
        )
    if checked and checked["after_misses"] > checked["before_misses"]:
        against.append(
            f"of your own digits models that had not seen them miss {checked['after_misses']}, the base "
            f"{checked['before_misses']}"
        )
    return against


def check_crops_gates(record: dict[str, Any]) -> list[str]:
    """What speaks against the tuned reader of crops; the base's is kept then."""
    against = []
    pages, checked = record["page_crops_held_out"], record["own_cross_validated"]
    if pages["after_misses"] > pages["before_misses"] + round(MAX_CROPS_FORGOTTEN * pages["n"]):
        against.append("it forgets other hands")
    if checked and checked["after_misses"] > checked["before_misses"]:
        against.append("it reads yours no better")
    return against


def print_crops_result(record: dict[str, Any], against: Sequence[str]) -> None:
    """Before and after, in one line."""
    checked, pages = record["own_cross_validated"], record["page_crops_held_out"]
    own = f"{_before_and_after(checked)}; " if checked and checked["n"] else ""
    kept = f"; it stays as it was: {' and '.join(against)}" if against else ""
    print(f"the same in grey: {own}crops of other hands' pages: {_before_and_after(pages)}{kept}")


def print_result(record: dict[str, Any], names: Sequence[str]) -> None:
    """Before and after, and which pictures deserve a look."""
    checked, mnist = record["own_cross_validated"], record["mnist_validation"]
    if checked is None:
        print(f"{len(names)} pictures, none of them with a second one of its label: nothing can be cross-validated.")
    else:
        if checked["n"]:
            print(f"your digits, each read by a model that has not seen it: {_before_and_after(checked)}")
        if checked["other_n"]:
            before, after = checked["before_other_accepted"], checked["after_other_accepted"]
            print(f"your signs that are no digit: {before} of {checked['other_n']} taken for one before, {after} after")
    print(f"MNIST's validation digits: {_before_and_after(mnist)}")
    for name, words in record["suspects"].items():
        print(f"mislabelled? {name} {words}")
    if record["suspects"]:
        first = next(iter(record["suspects"]))
        print(f"Look at it by make predict IMAGE=calibration_digits/{first}; move it to its own label, or delete it.")


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0; 1 where nothing was installed, with a line that says why."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--force", action="store_true", help="install it whatever the gates say")
    options = parser.parse_args(arguments)
    return run_program(
        "finetune", lambda: run(options), stopped="stopped; nothing was written, the models in place are as they were."
    )


def _choose(name: str, local: Path | None) -> Path:
    own = local and local / f"{name}.keras"
    return own if own and own.is_file() else SHIPPED / f"{name}.keras"


def _learn(
    learner: Learner[Samples], own: Samples, folds: NDArray[np.intp]
) -> tuple[CrossValidation | None, Lesson, int]:
    """Cross-validate, then learn all for as many epochs as that says is best."""
    checked = cross_validate(learner, own, seed=SEED, folds=folds)
    epochs = learner.recipe.epochs if checked is None else checked.epochs
    print(f"learning all {len(own)} of them", flush=True)
    return checked, learner.learn(own, seed=SEED, epochs=epochs), epochs


def _folds(labels: Labels, seed: int) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    most = int(np.bincount(labels).max())
    with warnings.catch_warnings():
        # A label with fewer pictures than folds is what this is made for; it is then in some folds only.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        return list(StratifiedKFold(min(FOLDS, most), shuffle=True, random_state=seed).split(labels, labels))


def _look(ask: Callable[[Features], Logits], features: Features, labels: Labels) -> dict[str, float]:
    """Loss and accuracy on held-out features."""
    logits = ask(features)
    true = softmax(logits)[np.arange(len(labels)), labels]
    return {
        "val_loss": float(-np.log(np.maximum(true, 1e-7)).mean()),
        "val_accuracy": float((logits.argmax(axis=1) == labels).mean()),
    }


def _before_and_after(counts: dict[str, int]) -> str:
    before, after = (Top1(counts[f"{when}_misses"], counts["n"]) for when in ("before", "after"))
    return f"{before} before, {after} after"


if __name__ == "__main__":
    run_command(main)
