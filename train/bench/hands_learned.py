"""`make bench-hands`: how well a few pictures teach a hand, and what everybody else loses by it.

python -m train.bench.hands_learned                      20 rendered hands of MNIST's test digits: the report
python -m train.bench.hands_learned --validation         of its validation digits: to choose a recipe by
python -m train.bench.hands_learned --hands DIR DIR:a,b  and real hands: folders of <label>/ pictures, or photographs
                                                         with a .csv of the columns file and text; `:a,b` takes only
                                                         those hands

Each draw takes so many pictures per digit of one hand, tunes the base model to them as `make finetune` does, with the
recipe's own number of epochs, and reads the rest of that hand. An error is a wrong argmax of the ten digit logits,
before rejection. Labels of which a hand has too few pictures are left out. Intervals: bootstrap over draws, 95 %.
Writes build/bench_hands/table.md, draws.json and hands.png.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from matplotlib.figure import Figure
from numpy.typing import NDArray
from tqdm import tqdm

from edge.contract import DIGITS
from edge.ending import run_command
from edge.errors import DigitReaderError
from train.bench.hands import hire_hand, write_digits
from train.bench.real_hands import load_hands
from train.digits.mnist import Digits, load_mnist
from train.digits.own import Squares
from train.learning.finetune import build_learner, open_base
from train.learning.hand_learner import Features, HandLearner
from train.metrics import misses
from train.store import ROOT, save_json

OUT = ROOT / "build" / "bench_hands"
SHOTS = 5
"""Pictures per digit in the main measurement ..."""
OTHER_SHOTS = 1, 3, 10
"""... and in the others, on the rendered hands alone."""
RENDERED = 20
PER_LABEL = 40
"""Digits of each label that a rendered hand writes."""
OTHERS_PER_HAND = 100
"""Of each rendered hand so many digits stand for the other hands of somebody else's draw."""
WRONG = 0.05
"""Hands of which the base misreads this share are those that need learning."""
RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Draw:
    """One hand, learned once."""

    hand: str
    shots: int
    """Pictures per digit."""
    n: int
    """Digits of this hand that were not learned."""
    before: int
    """Misses on them by the base ..."""
    after: int
    """... and after learning."""
    mnist: float
    """What MNIST's validation slice loses, percentage points."""
    others: float
    """What all other hands together lose, percentage points."""


@dataclass(frozen=True, slots=True)
class Known:
    """One hand with what the frozen layers make of it, and what the base misses."""

    digits: Digits
    features: Features
    sample: NDArray[np.intp]
    """Which of them stand for this hand where another one is learned."""
    before: int
    """Misses of the base on the sample."""


class Bench:
    """Learns hands and counts.

    Args:
        learner: tunes the base model.
        hands: all of them, by name.
    """

    def __init__(self, learner: HandLearner, hands: dict[str, Digits]) -> None:
        self._learner = learner
        self.hands = {name: self._know(digits, real=name not in _rendered_names()) for name, digits in hands.items()}
        self._mnist_before = learner.forgotten()

    def draw(self, name: str, *, shots: int, seed: int) -> Draw:
        """Learn so many pictures per digit of one hand and look at everything else."""
        known = self.hands[name]
        taught, rest = choose_pictures(known.digits, shots=shots, seed=seed)
        own = Digits(known.digits.glyphs[taught], known.digits.labels[taught])
        lesson = self._learner.learn(own, seed=seed)
        labels, features = known.digits.labels[rest], known.features[rest]
        after = misses(self._learner.logits(features, lesson), labels)
        others = [other for other_name, other in self.hands.items() if other_name != name]
        found = np.concatenate([other.features[other.sample] for other in others])
        true = np.concatenate([other.digits.labels[other.sample] for other in others])
        lost = misses(self._learner.logits(found, lesson), true) - sum(other.before for other in others)
        forgotten = self._learner.forgotten(lesson) - self._mnist_before
        before = misses(self._learner.logits(features, None), labels)
        size = len(self._learner.validation)
        return Draw(name, shots, len(rest), before, after, 100 * forgotten / size, 100 * lost / len(true))

    def _know(self, digits: Digits, *, real: bool) -> Known:
        features = self._learner.features(digits.glyphs)
        count = len(digits) if real else OTHERS_PER_HAND
        sample = np.random.default_rng(0).permutation(len(digits))[:count]
        return Known(digits, features, sample, misses(self._learner.logits(features[sample]), digits.labels[sample]))


def choose_pictures(digits: Digits | Squares, *, shots: int, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which pictures are learned, so many per label, and which are the rest; labels with no more are in neither."""
    rng = np.random.default_rng([seed, shots])
    taught, rest = [], []
    for label in range(len(DIGITS)):
        own = rng.permutation(np.flatnonzero(digits.labels == label))
        if len(own) > shots:
            taught.append(own[:shots])
            rest.append(own[shots:])
    return np.concatenate(taught), np.concatenate(rest)


def bootstrap(draws: Sequence[Draw]) -> tuple[float, float]:
    """95 % interval of the share of errors that is gone, over draws."""
    counts = np.array([(draw.before, draw.after) for draw in draws])
    chosen = np.random.default_rng(0).integers(0, len(draws), (RESAMPLES, len(draws)))
    before, after = counts[chosen].sum(axis=1).T
    low, high = np.percentile(1 - after / np.maximum(before, 1), [2.5, 97.5])
    return float(low), float(high)


def describe(name: str, draws: Sequence[Draw]) -> str:
    """One row of the table."""
    n, before, after = (sum(getattr(draw, field) for draw in draws) for field in ("n", "before", "after"))
    low, high = bootstrap(draws)
    gone = f"{1 - after / before:.0%} ({low:.0%} to {high:.0%})" if before else "none to lose"
    mnist, others = (float(np.mean([getattr(draw, field) for draw in draws])) for field in ("mnist", "others"))
    shares = f"{100 * before / n:.1f} % ({before}) | {100 * after / n:.1f} % ({after})"
    return f"| {name} | {draws[0].shots} | {len(draws)} | {n} | {shares} | {gone} | {mnist:+.2f} | {others:+.2f} |"


HEADER = """| hand | per digit | draws | digits read | misses before | after | errors gone | MNIST loses | others lose |
|---|---|---|---|---|---|---|---|---|"""


def build_table(draws: Sequence[Draw]) -> str:
    """All rows, as Markdown."""
    main = [draw for draw in draws if draw.shots == SHOTS]
    rendered, names = [draw for draw in main if draw.hand in _rendered_names()], _rendered_names()
    rows = [describe("rendered, all", rendered)]
    hard = [draw for draw in rendered if draw.before >= WRONG * draw.n]
    if hard:
        rows.append(describe(f"rendered, base misses ≥ {WRONG:.0%}", hard))
    real = {draw.hand: [one for one in main if one.hand == draw.hand] for draw in main if draw.hand not in names}
    rows += [describe(name, own) for name, own in real.items()]
    hard += [
        draw for own in real.values() if sum(o.before for o in own) >= WRONG * sum(o.n for o in own) for draw in own
    ]
    if hard and real:
        rows.append(describe(f"all hands with ≥ {WRONG:.0%}", hard))
    rows += [
        describe("rendered, all", [draw for draw in draws if draw.shots == shots])
        for shots in OTHER_SHOTS
        if any(draw.shots == shots for draw in draws)
    ]
    return "\n".join([HEADER, *rows])


def draw_picture(draws: Sequence[Draw], path: Path) -> None:
    """Left: each hand before and after. Right: errors left by the number of pictures, rendered hands."""
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[2, 1])
    main = [draw for draw in draws if draw.shots == SHOTS]
    names = list(dict.fromkeys(draw.hand for draw in main))
    shares = np.array(
        [
            [100 * sum(getattr(one, field) for one in own) / sum(one.n for one in own) for field in ("before", "after")]
            for own in ([draw for draw in main if draw.hand == name] for name in names)
        ]
    )
    places = np.arange(len(names))
    left.bar(places - 0.2, shares[:, 0], 0.4, label="base", color="#bbbbbb")
    left.bar(places + 0.2, shares[:, 1], 0.4, label=f"after {SHOTS} pictures per digit", color="#2a7f62")
    left.set_xticks(places, names, rotation=90)
    left.set(ylabel="misses, % of the rest of the hand")
    left.legend()
    shots = sorted({draw.shots for draw in draws})
    pooled = [[draw for draw in draws if draw.shots == count and draw.hand in _rendered_names()] for count in shots]
    remaining = [sum(one.after for one in own) / max(1, sum(one.before for one in own)) for own in pooled]
    right.plot([0, *shots], [100, *(100 * share for share in remaining)], marker="o", color="#2a7f62")
    right.set(xlabel="pictures per digit", ylabel="errors left, % of the base's (rendered hands)", ylim=(0, None))
    figure.savefig(path, format="png", dpi=110)


def run(options: argparse.Namespace) -> None:
    """Render, learn, count, print."""
    mnist = load_mnist()
    real = load_hands(options.hands)
    source = mnist.validation if options.validation else mnist.test
    workers = os.cpu_count() or 1
    written = Parallel(workers)(
        delayed(write_digits)(hire_hand(number), source, per_label=PER_LABEL, seed=number)
        for number in tqdm(range(RENDERED), "rendered hands", unit="hand")
    )
    learner, _ = build_learner(open_base(local=None)[0], mnist)
    bench = Bench(learner, dict(zip(_rendered_names(), written, strict=True)) | real)
    jobs = [(name, SHOTS, number) for number, name in enumerate(_rendered_names())]
    jobs += [(name, SHOTS, number) for name in real for number in range(options.draws)]
    jobs += [(name, shots, n) for shots in options.shots for n, name in enumerate(_rendered_names())]
    draws = [bench.draw(name, shots=shots, seed=seed) for name, shots, seed in tqdm(jobs, "draws", unit="draw")]
    table = build_table(draws)
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "table.md").write_text(table + "\n", encoding="utf-8")
    save_json(OUT / "draws.json", {"draws": [asdict(draw) for draw in draws]})
    draw_picture(draws, OUT / "hands.png")
    print(table)
    print(f"picture: {(OUT / 'hands.png').relative_to(ROOT)}")


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0; 1 with a line that says what to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hands", nargs="+", default=[], metavar="DIR[:NAME,...]", help="real hands, reported only")
    parser.add_argument("--validation", action="store_true", help="render validation digits instead of test digits")
    parser.add_argument("--draws", type=int, default=20, help="of each real hand (default 20)")
    parser.add_argument("--shots", type=int, nargs="*", default=OTHER_SHOTS, help="other numbers of pictures per digit")
    options = parser.parse_args(arguments)
    try:
        run(options)
    except DigitReaderError as error:
        print(f"bench-hands: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nbench-hands: stopped.", file=sys.stderr)
        return 130
    return 0


def _rendered_names() -> list[str]:
    return [f"rendered {number:02d}" for number in range(RENDERED)]


if __name__ == "__main__":
    run_command(main)
