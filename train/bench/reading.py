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
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
from matplotlib.figure import Figure

from edge.errors import DigitReaderError
from edge.reading.model_set import SHIPPED_MODEL
from edge.reading.reader import open_reader
from train.bench.conditions import CONDITIONS, Condition, render_pages
from train.bench.page_scores import Scores, measure
from train.digits.mnist import Digits, load_mnist
from train.judging.charts import BLUE, GREY, ORANGE, as_png
from train.store import ROOT, code_version, save_json, save_whole, sha256

OUT = ROOT / "build"
SEED = 2026
PAGES = 12
BROKEN = 0.10
"""Reading is broken from this CER on: one digit in ten is wrong."""
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
    sys.exit(main())
