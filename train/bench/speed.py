"""`make bench`: how long one frame takes, stage by stage, against a plain tutorial pipeline in the same run.

python -m train.bench.speed                   both papers, 300 rounds each: a table, build/bench.json, build/bench.png
python -m train.bench.speed --rounds 50       quicker, with wider intervals
python -m train.bench.speed --model x.tflite  with this model of ours instead of the shipped one

Three sides read the same frames in turn: our reader; the tutorial (train/bench/tutorial.py: Otsu, contours, and
one inference per digit) with the float CNN that such tutorials have, untrained; and the tutorial with our int8 model,
one digit at a time. That CNN has 225,034 parameters: Keras' own MNIST example, which has 34,826, with the hidden layer
of 128 that most tutorials add. The frames are rendered: 640x480 in colour with ten digits of MNIST's test set, ten
pages on plain paper and the same ten on ruled paper in a shadow. OpenCV and the TFLite runtime get one thread each.

Times are processor time, all threads together: what one core takes, whatever else runs on the machine. They are medians
over rounds, and the interval of a ratio of medians is a bootstrap over rounds, 95 %. The whole road is timed by itself.
Then the same rounds run once more with a stopwatch on the public functions of both pipelines; "rest" is what those
readings took beside their stages, looking at the clock included (1 to 2 us for each call), so the stages add up to a
little more than the whole road. A stage does not count what another one took within it: cuts and joins are there
without the glyphs and the inferences that they ask for.

So that nobody wins by reading nothing, digits are counted on all ten pages: found is what was accepted as a digit,
right is how many of the page's digits are among them.

Below them stand the dearest pages that were found (train/bench/worst.py), of 640x480 and of 2000x1500, against a plain
page of the same size; and the peak memory of a fresh edge process that reads the bundled pages.

The bars: on plain paper, our whole road takes at most 0.8 times as long as the tutorial's with its float CNN; the worst
page takes at most 12 times as long as a plain one.
"""

import argparse
import platform
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar
from unittest import mock

import cv2
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from tqdm import tqdm

import edge.reading.reader
import train.bench.tutorial
from edge.contract import DIGITS, Frame
from edge.ending import run_command
from edge.errors import DigitReaderError
from edge.reading.classifier import Classifier
from edge.reading.model_set import SHIPPED_MODEL, load_set
from edge.reading.reader import Reader
from train.bench.tutorial import OneByOne, Tutorial, build_tutorial_model, convert_float
from train.bench.worst import BAR as WORST_BAR
from train.bench.worst import describe_costs, measure_costs, measure_memory
from train.digits.mnist import load_sample
from train.judging.charts import as_png
from train.pages.samples import PAGES as PICTURES
from train.pages.samples import SAMPLES, render_sample
from train.pages.sheet import Sheet
from train.store import ROOT, code_version, save_json

OUT = ROOT / "build"
BAR = 0.8
PAGES = 10
"""Of each paper; page k follows from seed k. Frames come in turn, as from a camera: none waits in the cache."""
ROUNDS = 300
RESAMPLES = 2_000
WORST_SHARE = 60
"""A page of the worst content is read once for so many rounds: there are many of them, and they are slow."""
LINES = "0 12 34", "56 7 89"
OURS, TUTORIAL, TUTORIAL_INT8 = "ours", "tutorial, float CNN", "tutorial, our int8"
REST = "rest"
STAGES = {
    "ink": "ink (tutorial: Otsu)",
    "candidates": "candidates (contours)",
    "glyphs": "glyphs",
    "classifier": "classifier",
    "hypotheses": "cuts and joins",
    "context": "context",
    "lines": "lines",
    REST: REST,
}
"""With what the table calls them."""
TIMED = (
    (edge.reading.reader, "find_ink", "ink"),
    (edge.reading.reader, "find_candidates", "candidates"),
    (edge.reading.reader, "build_glyphs", "glyphs"),
    (Classifier, "probabilities", "classifier"),
    (edge.reading.reader, "classify_candidates", "hypotheses"),
    (edge.reading.reader, "group_rows", "context"),
    (edge.reading.reader, "judge_candidates", "context"),
    (edge.reading.reader, "find_lines", "lines"),
    (train.bench.tutorial, "threshold", "ink"),
    (train.bench.tutorial, "find_boxes", "candidates"),
    (train.bench.tutorial, "build_glyph", "glyphs"),
    (OneByOne, "classify", "classifier"),
)
"""Whose function belongs to which stage."""

Read = Callable[[Frame], Sequence[str]]
"""Frame -> the digits that are accepted on it, in any order."""
Milliseconds = NDArray[np.float64]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Side:
    """One way to read digits."""

    name: str
    read: Read
    trained: bool = True
    """Whether what it reads means anything; speed needs no training."""


@dataclass(frozen=True, slots=True)
class Result:
    """One side on the pages of one paper."""

    side: str
    whole: Milliseconds
    """The whole road in each round, (rounds,)."""
    laps: Milliseconds
    """The same rounds by stage, (rounds, stages), in the order of STAGES."""
    written: int
    """Digits on all pages ..."""
    found: int
    """... what was accepted as a digit ..."""
    right: int | None
    """... and how many of those on its page are among it; None where the network is untrained."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """How long ours takes, as a share of what another side takes."""

    against: str
    ratio: float
    """Of the medians."""
    low: float
    """The 95 % interval."""
    high: float


class Stopwatch:
    """Adds up the time of stages."""

    def __init__(self) -> None:
        self._laps = dict.fromkeys(STAGES, 0.0)
        self._within = 0.0  # s that stages took inside the one that runs

    def time(self, read: Read, frame: Frame) -> list[float]:
        """Read one frame: ms by stage, in the order of STAGES; what no stage took is the rest."""
        self._laps = dict.fromkeys(STAGES, 0.0)
        whole = time_whole(read, frame)
        laps = {stage: 1000 * lap for stage, lap in self._laps.items()}
        return [*(laps | {REST: whole - sum(laps.values())}).values()]

    def wrap(self, stage: str, function: Callable[P, R]) -> Callable[P, R]:
        """The function, with its own time added to a stage: without that of other stages which it calls."""

        @wraps(function)
        def timed(*args: P.args, **kwargs: P.kwargs) -> R:
            before, self._within = self._within, 0.0
            start = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                took = time.process_time() - start
                self._laps[stage] += took - self._within
                self._within = before + took

        return timed


def time_whole(read: Read, frame: Frame) -> float:
    """Read one frame: ms."""
    start = time.process_time()
    read(frame)
    return 1000 * (time.process_time() - start)


@contextmanager
def run_stopwatch() -> Iterator[Stopwatch]:
    """A stopwatch on all functions of TIMED, taken off again in the end."""
    watch = Stopwatch()
    with ExitStack() as patches:
        for owner, name, stage in TIMED:
            patches.enter_context(mock.patch.object(owner, name, watch.wrap(stage, getattr(owner, name))))
        yield watch


def render_papers() -> dict[str, list[Frame]]:
    """PAGES frames of each paper, uint8 (480, 640, 3), ten digits on each; rulings and shadow are all that differs."""
    ruled = replace(SAMPLES[0], lines=LINES, height=64, shadow=0.5)
    papers = {"plain paper": replace(ruled, prepare=_leave_blank, shadow=0.0), "ruled paper in a shadow": ruled}
    digits = load_sample().test
    return {
        name: [render_sample(replace(paper, seed=seed), digits) for seed in range(PAGES)]
        for name, paper in papers.items()
    }


def hire_sides(model: Path) -> list[Side]:
    """Ours with this int8 model, the tutorial with its own network, the tutorial with this model."""
    classifier = Classifier(model)
    our_reader, runtime = Reader(load_set(model)), classifier.network.runtime
    float_network = OneByOne(convert_float(build_tutorial_model()), runtime)
    return [
        Side(OURS, lambda frame: [one.guess for one in our_reader.read(frame).digits if not one.rejected]),
        Side(TUTORIAL, Tutorial(float_network).read, trained=False),
        Side(TUTORIAL_INT8, Tutorial(OneByOne(model.read_bytes(), runtime)).read),
    ]


def measure(sides: Sequence[Side], frames: Sequence[Frame], *, rounds: int) -> list[Result]:
    """All sides on the same frames, `rounds` times each: as a whole, then by stage."""
    counts = [count_digits(side.read, frames) for side in sides]  # warms everything up, too
    whole = take_turns(sides, frames, rounds, time_whole)
    with run_stopwatch() as watch:
        laps = take_turns(sides, frames, rounds, watch.time)
    return [
        Result(side.name, total, by_stage, len(frames) * len(DIGITS), found, right if side.trained else None)
        for side, total, by_stage, (found, right) in zip(sides, whole, laps, counts, strict=True)
    ]


def take_turns(
    sides: Sequence[Side], frames: Sequence[Frame], rounds: int, clock: Callable[[Read, Frame], float | list[float]]
) -> Milliseconds:
    """What the clock says, (sides, rounds, ...): in a round all sides read one frame, each time another side first."""
    times: list[list[float | list[float]]] = [[] for _ in sides]
    for number in tqdm(range(rounds), "rounds", leave=False, disable=None):
        for turn in range(len(sides)):
            place = (number + turn) % len(sides)
            times[place].append(clock(sides[place].read, frames[number % len(frames)]))
    return np.array(times, np.float64)


def count_digits(read: Read, frames: Sequence[Frame]) -> tuple[int, int]:
    """Digits found, and how many of the ten on each frame are among them."""
    found = [Counter(read(frame)) for frame in frames]
    written = Counter("".join(LINES).replace(" ", ""))
    return sum(one.total() for one in found), sum((one & written).total() for one in found)


def compare(ours: Result, other: Result) -> Ratio:
    """The ratio of the medians of two sides that were timed in the same rounds."""
    rounds = len(ours.whole)
    drawn = np.random.default_rng(0).integers(0, rounds, (RESAMPLES, rounds))
    ratios = np.median(ours.whole[drawn], axis=1) / np.median(other.whole[drawn], axis=1)
    low, high = np.percentile(ratios, [2.5, 97.5])
    return Ratio(other.side, float(np.median(ours.whole) / np.median(other.whole)), float(low), float(high))


def build_table(paper: str, results: Sequence[Result]) -> str:
    """Stages down, sides across, ms; below them the whole road, the digits, and the ratios."""
    medians = [np.median(result.laps, axis=0) for result in results]
    rows = [[f"{paper}, ms", *(result.side for result in results)]]
    rows += [[words, *(f"{own[place]:.3f}" for own in medians)] for place, words in enumerate(STAGES.values())]
    rows.append(["whole road", *(f"{np.median(result.whole):.3f}" for result in results)])
    rows.append(["digits found", *(f"{result.found} of {result.written}" for result in results)])
    rows.append(["digits right", *("untrained" if result.right is None else f"{result.right}" for result in results)])
    table = "\n".join(f"{row[0]:32s}" + "".join(f"{cell:>22s}" for cell in row[1:]) for row in rows)
    return "\n".join([table, *(describe(compare(results[0], other)) for other in results[1:])])


def describe(ratio: Ratio) -> str:
    """One line."""
    return f"ours / {ratio.against}: {ratio.ratio:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"


def judge(ratio: Ratio) -> str:
    """Whether the bar is met."""
    return f"bar: ours <= {BAR} x {ratio.against}: {'met' if ratio.ratio <= BAR else 'missed'} with {ratio.ratio:.2f}"


def build_record(papers: dict[str, list[Result]]) -> dict[str, object]:
    """What the table says, for programs."""
    return {
        paper: {
            "sides": {
                result.side: {
                    "whole_ms": float(np.median(result.whole)),
                    "stages_ms": dict(zip(STAGES, np.median(result.laps, axis=0).tolist(), strict=True)),
                    "digits": {"written": result.written, "found": result.found, "right": result.right},
                }
                for result in results
            },
            "ratios": [asdict(compare(results[0], other)) for other in results[1:]],
        }
        for paper, results in papers.items()
    }


def draw_chart(papers: dict[str, list[Result]]) -> Figure:
    """A bar for each side, stage after stage; one plot for each paper."""
    figure = Figure(figsize=(9, 2.2 * len(papers)), layout="constrained")
    plots = figure.subplots(len(papers), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (paper, results) in zip(plots, papers.items(), strict=True):
        medians = np.array([np.median(result.laps, axis=0) for result in results])
        starts = np.cumsum(medians, axis=1) - medians
        names = [result.side for result in results]
        for place, stage in enumerate(STAGES):
            axes.barh(names, medians[:, place], left=starts[:, place], label=stage)
        axes.invert_yaxis()
        axes.set_title(f"640x480, ten digits, {paper}", loc="left")
    plots[-1].set_xlabel("ms of processor time, medians")
    # Two rows: one is wider than the figure, and would be cut.
    columns = -(-len(STAGES) // 2)
    figure.legend(*plots[0].get_legend_handles_labels(), loc="outside lower center", ncols=columns, frameon=False)
    return figure


def run(options: argparse.Namespace) -> None:
    """Render, measure, print, save."""
    cv2.setNumThreads(1)
    sides = hire_sides(options.model)
    machine = name_machine()
    print(f"{machine}, processor time, medians of {options.rounds} rounds; {PAGES} pages of 640x480, ten digits each")
    papers = {}
    for paper, frames in render_papers().items():
        papers[paper] = measure(sides, frames, rounds=options.rounds)
        print(f"\n{build_table(paper, papers[paper])}", flush=True)
    bar = compare(*papers["plain paper"][:2])
    print(f"\n{judge(bar)}")
    plain = render_papers()["plain paper"][0]
    costs = measure_costs(sides[0].read, plain, load_sample().test, rounds=max(1, options.rounds // WORST_SHARE))
    memory_mb = measure_memory(options.model, sorted(PICTURES.glob("*.png")))
    print("\n".join(describe_costs(costs)))
    if memory_mb is not None:
        print(f"memory: {memory_mb:.1f} MB at most, of an edge process that reads the bundled pages")
    options.out.mkdir(parents=True, exist_ok=True)
    record = {"machine": machine, "code": code_version(), "rounds": options.rounds, "bar": BAR, "met": bar.ratio <= BAR}
    worst = {cost.page: {"ms": cost.ms, "ratio": cost.ratio} for cost in costs}
    more = {"papers": build_record(papers), "worst": worst, "worst_bar": WORST_BAR, "memory_mb": memory_mb}
    save_json(options.out / "bench.json", record | more)
    (options.out / "bench.png").write_bytes(as_png(draw_chart(papers), transparent=False))
    print(f"record and chart: {options.out / 'bench.json'}, bench.png")


def name_machine() -> str:
    """Architecture and, where Linux tells it, the processor."""
    cpuinfo = Path("/proc/cpuinfo")
    found = re.search(r"^(?:model name|Model)\s*: (.+)$", cpuinfo.read_text() if cpuinfo.exists() else "", re.MULTILINE)
    return f"{platform.machine()} ({found[1]})" if found else platform.machine()


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0, whatever the figures say; 1 with a line that says what to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=_positive, default=ROUNDS, help=f"of each paper (default {ROUNDS})")
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL, help="our int8 model (default: the shipped one)")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of bench.json and bench.png (default build/)")
    try:
        run(parser.parse_args(arguments))
    except DigitReaderError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nbench: stopped.", file=sys.stderr)
        return 130
    return 0


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, got {text!r}")
    return int(text)


def _leave_blank(sheet: Sheet) -> None:
    del sheet


if __name__ == "__main__":
    run_command(main)
