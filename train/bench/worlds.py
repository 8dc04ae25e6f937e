"""`make bench-reading PART=...`: pages of all kinds of paper, of known material, of strangers, of what was sealed.

python -m train.bench.worlds                            60 pages of the known world, 60 of strangers
python -m train.bench.worlds --part sealed --pages 200  what no choice has seen: for reporting, once
python -m train.bench.worlds --save build/worlds        also as pictures, DIR/part/number.png
python -m train.bench.worlds --readings part=x.jsonl    scores the JSON lines that another version printed of these

An error is a digit that was not read, one that was read as another, and one that was read where none stands; the error
rate is their number by that of the digits. What nobody can tell, and what is a digit to the eye alone, counts neither
way. With the error rate comes its 95 % interval, of pages drawn again at random.
"""

import argparse
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from joblib import Parallel, delayed
from tqdm import tqdm

from edge.errors import DigitReaderError
from edge.finding.finder import share_of_union, widen
from edge.reading.model_set import SHIPPED_MODEL
from edge.reading.reader import Reader, open_reader
from train.digits.mnist import Digits, load_mnist
from train.pages.layouts import LAYOUTS
from train.pages.render import render_page
from train.pages.truth import Truth, tell_truth
from train.pages.world import Part, open_world
from train.store import ROOT, save_json

SEED = 2027
PAGES = 60
SAME = 0.35
"""A reading's box is that of a digit with which it shares so much of their union."""
UNCLEAR = 0.2
"""A box that shares so much with what nobody can tell counts neither way."""
DRAWS = 1000
"""For the interval."""

Answer = list[tuple[str, tuple[float, float, float, float]]]
"""Label and left, top, right, bottom of each accepted digit."""


@dataclass(frozen=True, slots=True)
class Count:
    """Of one page, or of many."""

    digits: int = 0
    missed: int = 0
    misread: int = 0
    invented: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.digits + other.digits,
            self.missed + other.missed,
            self.misread + other.misread,
            self.invented + other.invented,
        )

    @property
    def errors(self) -> int:
        """Of all three kinds."""
        return self.missed + self.misread + self.invented


def score_page(truth: Truth, answer: Answer) -> Count:
    """Compare what was read with what stands there."""
    digits = np.flatnonzero(truth.digits)
    places = np.array([box for _, box in answer], np.float32).reshape(-1, 4)
    share = share_of_union(widen(places), widen(truth.places))
    taken: set[int] = set()
    misread = invented = 0
    for one, (label, _) in enumerate(answer):
        free = [number for number in digits if number not in taken and share[one, number] >= SAME]
        if free:
            best = max(free, key=lambda number: share[one, number])
            taken.add(int(best))
            misread += label != str(truth.class_ids[best])
        elif not (share[one][~truth.clear] > UNCLEAR).any():
            invented += 1
    return Count(len(digits), len(digits) - len(taken), misread, invented)


def build_page(digits: Digits, part: Part, seed: int, number: int) -> Truth:
    """A page of this part; layouts take turns, so every kind comes up alike."""
    layouts = sorted(LAYOUTS)
    layout = layouts[number % len(layouts)]
    return tell_truth(render_page(np.random.default_rng([seed, number]), digits, open_world(part), layout))


def build_table(counts: dict[str, list[tuple[str, Count]]]) -> str:
    """A row for each part, and for each kind of page within it, as Markdown."""
    rows = [
        "| pages | n | digits | error rate (95 %) | missed | misread | invented |",
        "|---|---|---|---|---|---|---|",
    ]
    for part, pages in counts.items():
        kinds: dict[str, list[Count]] = defaultdict(list)
        for layout, count in pages:
            kinds[layout].append(count)
        rows.append(_row(f"**{part}**", [count for _, count in pages]))
        rows += [_row(f"{part}: {layout}", kinds[layout]) for layout in sorted(kinds)]
    return "\n".join(rows)


def find_interval(counts: Sequence[Count]) -> tuple[float, float]:
    """95 % interval of the error rate: pages drawn again at random."""
    rng = np.random.default_rng(0)
    errors, digits = (np.array([getattr(count, name) for count in counts]) for name in ("errors", "digits"))
    drawn = rng.integers(len(counts), size=(DRAWS, len(counts)))
    low, high = np.quantile(errors[drawn].sum(axis=1) / np.maximum(1, digits[drawn].sum(axis=1)), [0.025, 0.975])
    return float(low), float(high)


def run(options: argparse.Namespace) -> None:
    """Render, read or look up, print, save."""
    mnist = load_mnist()
    foreign = dict(_load_readings(text) for text in options.readings or ())
    counts: dict[str, list[tuple[str, Count]]] = {}
    for part in options.part:
        digits = mnist.test if part == Part.SEALED else mnist.validation
        print(open_world(part).describe(), flush=True)
        answers = foreign.get(part)
        tasks = (
            delayed(_measure_page)(digits, part, options, number, None if answers is None else answers.get(number, []))
            for number in range(options.pages)
        )
        workers = Parallel(os.cpu_count() or 1, return_as="generator")(tasks)
        counts[part] = list(tqdm(workers, str(part), options.pages, unit="page", mininterval=1))
    print(build_table(counts))
    save_json(
        options.out,
        {
            part: [
                {"layout": layout, **{name: getattr(count, name) for name in Count.__slots__}}
                for layout, count in pages
            ]
            for part, pages in counts.items()
        },
    )


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0; 1 with a line that says what to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", nargs="+", type=Part, choices=list(Part), default=[Part.KNOWN, Part.STRANGERS])
    parser.add_argument("--pages", type=int, default=PAGES, help=f"of each part (default {PAGES})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the pages (default {SEED})")
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL, help="an int8 .tflite (default: the shipped one)")
    parser.add_argument("--save", type=Path, metavar="DIR", help="also write the pages as pictures")
    parser.add_argument("--readings", nargs="+", metavar="PART=FILE", help="score these JSON lines instead of reading")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench-worlds.json", help="where the counts go")
    options = parser.parse_args(arguments)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    try:
        run(options)
    except DigitReaderError as error:
        print(f"bench-reading: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nbench-reading: stopped.", file=sys.stderr)
        return 130
    return 0


def _measure_page(
    digits: Digits, part: Part, options: argparse.Namespace, number: int, answer: Answer | None
) -> tuple[str, Count]:
    cv2.setNumThreads(1)  # the pages share the cores, not each its pixels
    truth = build_page(digits, part, options.seed, number)
    if options.save:
        folder = options.save / part
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"{number:04d}.png"), truth.frame)
    if answer is None:
        read = _reader(options.model).read(truth.frame).digits
        answer = [
            (one.label, (one.box.x, one.box.y, one.box.right, one.box.bottom)) for one in read if not one.rejected
        ]
    return sorted(LAYOUTS)[number % len(LAYOUTS)], score_page(truth, answer)


def _load_readings(text: str) -> tuple[Part, dict[int, Answer]]:
    part, _, path = text.partition("=")
    frames = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
    return Part(part), {int(Path(frame["source"]).stem): _answer_of(frame["digits"]) for frame in frames}


def _answer_of(digits: Iterable[dict[str, Any]]) -> Answer:
    boxes = [(one["label"], one["box"]) for one in digits if not one["rejected"]]
    return [(label, (x, y, x + width, y + height)) for label, (x, y, width, height) in boxes]


def _row(name: str, counts: Sequence[Count]) -> str:
    total = sum(counts, Count())
    low, high = find_interval(counts)
    rate = f"{100 * total.errors / total.digits:.1f} % ({100 * low:.1f} to {100 * high:.1f})" if total.digits else "-"
    figures = f"{rate} | {total.missed} | {total.misread} | {total.invented}"
    return f"| {name} | {len(counts)} | {total.digits} | {figures} |"


@cache
def _reader(model: Path) -> Reader:
    """One for each process."""
    return open_reader(model)


if __name__ == "__main__":
    sys.exit(main())
