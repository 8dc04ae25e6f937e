"""How well a few grey crops teach a hand to the crops' reader, and what everybody else loses by it.

python -m train.bench.hand_crops                  8 rendered hands on pages of strangers' paper: the table
python -m train.bench.hand_crops --hands 20       more of them
python -m train.bench.hand_crops --model x.keras  of this reader of crops

Each hand writes pages of its own. So many of each digit are cut out of them, grey and with their surroundings, as
capture does it; the reader is tuned to these, as `make finetune` does it but with the recipe's own number of epochs,
and reads the other digits of this hand, those of all other hands, and the crops that were held out. An error is a wrong
argmax of the ten digit logits.
"""

import argparse
import os
import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm

from edge.contract import Box
from edge.ending import run_command
from edge.errors import DigitReaderError
from edge.finding.crops import cut_square
from train.bench.hands import hire_hand, write_digits
from train.bench.hands_learned import choose_pictures
from train.digits.mnist import Digits, join, load_mnist
from train.digits.own import Squares
from train.learning.finetune import REHEARSED_PAGES, REHEARSED_SHAPES, SEED, open_crops_base
from train.learning.hand_crops import CropsLearner, build_crops_learner
from train.learning.tuner import Features
from train.metrics import misses
from train.networks.crops import load_crops_reader
from train.pages.shapes import draw_digits
from train.pages.truth import Truth, build_truths
from train.pages.world import Part

PER_LABEL = 40
"""Digits of each label that a rendered hand writes, over and over."""
DIGITS, MOST_PAGES = 300, 20
"""Of each hand: pages are written until they hold so many digits."""
SHOTS = 5
"""Crops per digit that are learned."""
OTHERS = 150
"""Crops of each hand that stand for it where another one is learned."""


def take_squares(page: Truth) -> Squares:
    """The digits of a page that can be read, as capture would cut them out."""
    boxes = [Box(int(x), int(y), int(right - x), int(bottom - y)) for x, y, right, bottom in page.places[page.digits]]
    return Squares(tuple(cut_square(page.frame, box) for box in boxes), page.class_ids[page.digits])


def write_squares(seed: int, digits: Digits, *, workers: int) -> Squares:
    """One hand's digits on pages that nothing was trained on."""
    written = write_digits(hire_hand(seed), digits, per_label=PER_LABEL, seed=seed)
    found: list[Squares] = []
    while sum(map(len, found)) < DIGITS and len(found) < MOST_PAGES:
        pages = build_truths(
            written, part=Part.STRANGERS, pages=workers, seed=1000 * seed + len(found), workers=workers
        )
        found += [take_squares(page) for page in pages]
    return Squares(tuple(square for one in found for square in one.grey), np.concatenate([one.labels for one in found]))


def measure(learner: CropsLearner, hands: list[Squares]) -> None:
    """Learn each hand and print the table."""
    seen = [learner.see(hand) for hand in hands]
    total = np.zeros(6, int)
    print("hand  own before  after     others before  after   held out before  after   way")
    for number, hand in enumerate(hands):
        taught, rest = choose_pictures(hand, shots=SHOTS, seed=number)
        lesson = learner.learn(hand[taught], seed=number)

        def wrong(features: Features, labels: np.ndarray, *, lesson: object) -> int:
            return misses(learner.logits(features, lesson), labels)  # type: ignore[arg-type]

        others = [one for one in range(len(hands)) if one != number]
        row = [
            count
            for features, labels in (
                (seen[number][rest], hand.labels[rest]),
                (
                    np.concatenate([seen[one][:OTHERS] for one in others]),
                    np.concatenate([hands[one].labels[:OTHERS] for one in others]),
                ),
            )
            for count in (wrong(features, labels, lesson=one) for one in (None, lesson))
        ]
        row += [learner.forgotten(), learner.forgotten(lesson)]
        total += row
        sizes = len(rest), sum(len(hands[one].labels[:OTHERS]) for one in others), learner.held_out
        cells = [f"{row[2 * one]:5d} {row[2 * one + 1]:5d} of {sizes[one]:5d}" for one in range(3)]
        print(f"{number:4d}  {'   '.join(cells)}   {lesson.way}", flush=True)
    print("all  ", "   ".join(f"{total[2 * one]:5d} {total[2 * one + 1]:5d}" for one in range(3)))


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; exit status 0, or 1 with a line that says what to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hands", type=int, default=8, help="how many (default 8)")
    parser.add_argument(
        "--model", type=Path, help="a reader of crops, .keras (default: the local one, else the shipped)"
    )
    options = parser.parse_args(arguments)
    try:
        base, path = (load_crops_reader(options.model), options.model) if options.model else open_crops_base()
        print(path)
        mnist, workers = load_mnist(), os.cpu_count() or 1
        written = join(mnist.train, draw_digits(REHEARSED_SHAPES, SEED))
        pages = build_truths(written, part=Part.KNOWN, pages=REHEARSED_PAGES, seed=SEED, workers=workers)
        learner = build_crops_learner(base, pages, seed=SEED, workers=workers)
        hands = [
            write_squares(seed, mnist.validation, workers=workers)
            for seed in tqdm(range(options.hands), "hands", unit="hand")
        ]
        measure(learner, hands)
    except DigitReaderError as error:
        print(f"hand_crops: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    run_command(main)
