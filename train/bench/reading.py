"""`make bench-reading`: where reading breaks, one condition at a time.

python -m train.bench.reading                        all conditions, 12 pages each level: about three minutes
python -m train.bench.reading --condition blur turn  only these
python -m train.bench.reading --pages 60             narrower figures, slower
python -m train.bench.reading --model x.tflite       another model than the shipped one (its card x.json beside it)

Pages of 24 digits, 40 px high, are rendered on plain paper; then one thing gets worse from level to level, and nothing
else: a shadow, blur, noise, pale ink, rulings, squares, wood grain, a turned page, perspective, small and large digits,
dense and touching ones, words, operators and scribbles beside them. Digits and layout stay the same, so levels can be
compared. The reader reads them as it reads a camera's frames.

    CER           characters wrong, missing or invented as a share of the digits written, spaces and "?" left out
    breaks at     the first level at which the CER passes 10 %
    perfect       pages read without any error
    false digits  accepted where no digit is written, per page

With 12 pages a level has 288 digits: a CER of 1 % is 3 of them, 10 % are known to within some 4 points. The digits are
MNIST's validation digits, to choose settings by; --test takes its test digits, to report. Neither was trained on.
Writes build/bench-reading.json, bench-reading.png (curves) and bench-reading-pages.png (a page at each level).
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from edge.ending import run_command
from edge.errors import DigitReaderError
from edge.reading.model_set import SHIPPED_MODEL
from edge.reading.reader import open_reader
from train.bench.conditions import CONDITIONS, PER_PAGE, Condition, render_pages
from train.bench.page_scores import Scores, measure
from train.digits.mnist import Digits, load_mnist
from train.judging.charts import BLUE, GREY, ORANGE, as_png
from train.store import ROOT, code_version, save_json, save_whole, sha256

OUT = ROOT / "build"
SEED = 2026
PAGES = 12
BROKEN = 0.10
"""Reading is broken from this CER on: one digit in ten is wrong."""
DRAWS = 2000
"""For the intervals of a comparison."""
SINGLED_OUT = {"squared": 80.0, "touching": 0.0, "blur": 4.0, "boxed": 60.0, "turn": 25.0}
"""Levels that are compared by themselves, too."""
TILE = 320, 240
"""A frame in the picture of all levels, px."""


def find_break(condition: Condition, scores: Scores) -> float | None:
    """The first level at which reading is broken; None where it holds."""
    return next((level for level in condition.levels if scores[condition.at(level)].cer > BROKEN), None)


def build_table(conditions: Sequence[Condition], scores: Scores) -> str:
    """One row for each condition, as Markdown."""
    columns = max(len(condition.levels) for condition in conditions)
    rows = [
        f"| condition | level: CER, % |{' |' * (columns - 1)} breaks at | perfect pages | false digits per page |",
        f"|---|{'---|' * (columns + 3)}",
    ]
    for condition in conditions:
        found = [scores[setting] for setting in condition.settings]
        cells = [f"{level:g}: {100 * score.cer:.1f}" for level, score in zip(condition.levels, found, strict=True)]
        cells += [""] * (columns - len(cells))
        broken = find_break(condition, scores)
        cells.append("holds" if broken is None else f"**{broken:g}**")
        cells.append(" · ".join(str(score.perfect) for score in found))
        cells.append(" · ".join(f"{score.false / score.pages:.1f}" for score in found))
        rows.append(f"| {condition.name} ({condition.unit}) | {' | '.join(cells)} |")
    return "\n".join(rows)


def draw_scores(conditions: Sequence[Condition], scores: Scores) -> Figure:
    """A small chart for each condition: CER by level, and where it breaks."""
    columns = min(4, len(conditions))
    rows = -(-len(conditions) // columns)
    figure = Figure(figsize=(3.2 * columns, 2.5 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes, condition in zip(grid.flat, conditions, strict=False):
        errors = [min(1, scores[setting].cer) * 100 for setting in condition.settings]
        places = range(len(errors))
        axes.axhline(100 * BROKEN, color=GREY, linestyle="--", linewidth=1)
        axes.plot(places, errors, marker="o", markersize=4, color=BLUE)
        broken = find_break(condition, scores)
        if broken is not None:
            place = condition.levels.index(broken)
            axes.plot(place, errors[place], marker="o", markersize=8, color=ORANGE)
        axes.set(title=condition.name, xlabel=condition.unit, ylim=(-3, 103))
        axes.set_xticks(places, [f"{level:g}" for level in condition.levels])
    for axes in grid.flat[len(conditions) :]:
        axes.set_axis_off()
    for axes in grid[:, 0]:
        axes.set(ylabel="CER, %")
    return figure


def draw_pages(conditions: Sequence[Condition], scores: Scores, digits: Digits, seed: int) -> Figure:
    """The first page at each level, a row for each condition."""
    columns = max(len(condition.levels) for condition in conditions)
    figure = Figure(figsize=(columns * TILE[0] / 150, len(conditions) * (TILE[1] + 40) / 150), layout="constrained")
    grid = figure.subplots(len(conditions), columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for row, condition in zip(grid, conditions, strict=True):
        for axes, level in zip(row, condition.levels, strict=False):
            setting = condition.at(level)
            frame = render_pages(setting, digits, seed=seed, number=0)[0].frame
            small = cv2.resize(frame, TILE, interpolation=cv2.INTER_AREA)
            axes.imshow(small, cmap="gray", vmin=0, vmax=255)
            score = scores[setting]
            colour = ORANGE if score.cer > BROKEN else BLUE
            axes.set_title(f"{condition.name} {level:g}: CER {100 * score.cer:.1f} %", fontsize=7, color=colour)
    return figure


def compare(scores: Scores, conditions: Sequence[Condition], former: Path) -> str:
    """Errors against those that another version made on the same pages, by condition, as Markdown.

    Args:
        scores: of this version.
        conditions: to be compared; those that the former run lacks are left out.
        former: bench-reading.json of the other one, of the same pages and seed.

    Returns:
        For each condition the difference of the CER, points, with its 95 % interval, of pages drawn again at random.
    """
    known = {one["name"]: one for one in json.loads(former.read_text(encoding="utf-8"))["conditions"]}
    rows = ["| condition | CER then | now | difference, points (95 %) |", "|---|---|---|---|"]
    for condition in conditions:
        if condition.name not in known:
            continue
        now = [np.array(scores[setting].by_page) for setting in condition.settings]
        then = [np.array(level["page_errors"]) for level in known[condition.name]["levels"]]
        rows.append(_compare_row(condition.name, then, now))
        if condition.name in SINGLED_OUT:
            level = condition.levels.index(SINGLED_OUT[condition.name])
            rows.append(
                _compare_row(
                    f"{condition.name} {SINGLED_OUT[condition.name]:g}", then[level : level + 1], now[level : level + 1]
                )
            )
    return "\n".join(rows)


def _compare_row(name: str, then: Sequence[NDArray[np.int64]], now: Sequence[NDArray[np.int64]]) -> str:
    """One row; the levels of a page stay together."""
    digits = PER_PAGE * len(now)
    difference = 100 * (np.sum(now, axis=0) - np.sum(then, axis=0)) / digits
    rng = np.random.default_rng(0)
    drawn = difference[rng.integers(len(difference), size=(DRAWS, len(difference)))].mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    rates = " | ".join(f"{100 * np.mean(errors) / PER_PAGE:.1f} %" for errors in (then, now))
    return f"| {name} | {rates} | {difference.mean():+.1f} ({low:+.1f} to {high:+.1f}) |"


def describe(conditions: Sequence[Condition], scores: Scores) -> list[dict[str, Any]]:
    """All figures, for JSON."""
    return [
        {
            "name": condition.name,
            "unit": condition.unit,
            "breaks_at": find_break(condition, scores),
            "levels": [
                {
                    "level": level,
                    "digits": score.digits,
                    "errors": score.errors,
                    "cer": round(score.cer, 4),
                    "pages": score.pages,
                    "perfect_pages": score.perfect,
                    "false_digits": score.false,
                    "page_errors": list(score.by_page),
                }
                for level in condition.levels
                for score in [scores[condition.at(level)]]
            ],
        }
        for condition in conditions
    ]


def run(options: argparse.Namespace) -> None:
    """Measure, print, save."""
    conditions = [one for one in CONDITIONS if not options.condition or one.name in options.condition]
    open_reader(options.model)  # what is wrong with a model is said at once, and here
    mnist = load_mnist()
    digits = mnist.test if options.test else mnist.validation
    settings = [setting for condition in conditions for setting in condition.settings]
    scores = measure(
        settings, digits, pages=options.pages, seed=options.seed, model=options.model, workers=os.cpu_count() or 1
    )
    origin = {
        "model_sha256": sha256(options.model),
        "code_version": code_version(),
        "digits": "MNIST test" if options.test else "MNIST validation",
        "pages": options.pages,
        "seed": options.seed,
    }
    options.out.mkdir(parents=True, exist_ok=True)
    files = [options.out / f"bench-reading{ending}" for ending in (".json", ".png", "-pages.png")]
    save_json(files[0], origin | {"conditions": describe(conditions, scores)})
    _save_figure(files[1], draw_scores(conditions, scores))
    _save_figure(files[2], draw_pages(conditions, scores, digits, options.seed))
    print(build_table(conditions, scores))
    if options.against:
        print("\n" + compare(scores, conditions, options.against))
    print("\nwritten:", *(os.path.relpath(path) for path in files))


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0; 1 with a line that says what to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [condition.name for condition in CONDITIONS]
    parser.add_argument("--condition", nargs="+", choices=names, metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--pages", type=_positive, default=PAGES, help=f"of each level (default {PAGES})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the pages (default {SEED})")
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL, help="an int8 .tflite (default: the shipped one)")
    parser.add_argument("--test", action="store_true", help="write with MNIST's test digits: to report, not to choose")
    parser.add_argument(
        "--against", type=Path, metavar="JSON", help="compare with another version's bench-reading.json"
    )
    parser.add_argument("--out", type=Path, default=OUT, help="folder for what it writes (default build/)")
    options = parser.parse_args(arguments)
    try:
        run(options)
    except DigitReaderError as error:
        print(f"bench-reading: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nbench-reading: stopped.", file=sys.stderr)
        return 130
    return 0


def _save_figure(path: Path, figure: Figure) -> None:
    save_whole(path, lambda part: part.write_bytes(as_png(figure, transparent=False)))


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 on, got {text}")
    return int(text)


if __name__ == "__main__":
    run_command(main)
