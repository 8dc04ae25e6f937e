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
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from tqdm import tqdm

from edge.ending import run_command
from edge.errors import DigitReaderError
from edge.reading.model_set import SHIPPED_MODEL
from train.bench.world_scores import Answer, Count, load_readings, measure_page
from train.digits.mnist import load_mnist
from train.pages.world import Part, open_world
from train.store import ROOT, save_json

SEED = 2027
PAGES = 60
DRAWS = 1000
"""For the interval."""


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
    foreign = dict(_load_part(text) for text in options.readings or ())
    counts: dict[str, list[tuple[str, Count]]] = {}
    for part in map(Part, options.part):
        digits = mnist.test if part == Part.SEALED else mnist.validation
        print(open_world(part).describe(), flush=True)
        answers = foreign.get(part)
        tasks = (
            delayed(measure_page)(
                digits,
                part,
                seed=options.seed,
                number=number,
                model=options.model,
                save=options.save,
                answer=None if answers is None else answers.get(number, []),
            )
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
    parser.add_argument("--part", nargs="+", choices=[*map(str, Part)], default=[Part.KNOWN, Part.STRANGERS])
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


def _load_part(text: str) -> tuple[Part, dict[int, Answer]]:
    part, _, path = text.partition("=")
    return Part(part), load_readings(Path(path))


def _row(name: str, counts: Sequence[Count]) -> str:
    total = sum(counts, Count())
    low, high = find_interval(counts)
    rate = f"{100 * total.errors / total.digits:.1f} % ({100 * low:.1f} to {100 * high:.1f})" if total.digits else "-"
    figures = f"{rate} | {total.missed} | {total.misread} | {total.invented}"
    return f"| {name} | {len(counts)} | {total.digits} | {figures} |"


if __name__ == "__main__":
    run_command(main)
