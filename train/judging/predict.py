"""`make predict`: one picture of one digit: what was taken of it, the glyph that models see, and their probabilities.

    python -m train.judging.predict x.jpg                          base, finetuned and int8, as they are in use
    python -m train.judging.predict 7.ink.png                      what capture wrote: ink alone, nothing to find
    python -m train.judging.predict x.jpg --model mine.keras       this model alone; a .tflite with its .json, too

Prints the probabilities and what recognize.py, which looks twice, reads in the picture; draws them beside it into
build/predict/.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from edge.contract import INK_SUFFIX, LABELS, Box, Frame, Glyph, Probabilities
from edge.ending import run_command
from edge.errors import ModelError, SourceError
from edge.finding.ink import find_ink
from edge.finding.loose import find_single
from edge.names import printable
from edge.picture import open_picture_file, read_picture
from edge.reading.model_set import load_set
from edge.reading.reader import Reader, judge, reduce_frame
from train.command import run_program
from train.digits.labelled import CALIBRATION_DIGITS
from train.digits.single import NOTHING_FOUND, UnusableError, build_single_glyph
from train.judging.charts import BLUE, GREY, ORANGE, as_png
from train.judging.lineup import Entry, load_entry, load_lineup
from train.store import ROOT, save_whole

OUT = ROOT / "build" / "predict"
BAR = 10
"""Length of a full bar on the terminal, characters."""
EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
"""A bar's last character."""
HALVES = " ▀▄█"
"""Two pixels, one above the other: none, the upper, the lower, both."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture, and the digit that was taken from it."""

    frame: Frame
    """At most MAX_SIDE long."""
    box: Box
    glyph: Glyph


@dataclass(frozen=True, slots=True)
class Answer:
    """What one model makes of the glyph."""

    entry: Entry
    probabilities: Probabilities
    """(11,)."""


def look(path: Path) -> Sight | None:
    """Find the digit in a picture, as `make evaluate` and `make finetune` do; None when there is none.

    Raises:
        SourceError: the picture cannot be read or used.
    """
    try:
        with open_picture_file(path) as file:
            glyph = build_single_glyph(file.read(), path.name)
    except OSError as error:
        raise SourceError(f"cannot read the picture {path} ({error.strerror}). `make predict IMAGE=x.jpg`.") from error
    except (SourceError, UnusableError) as error:
        if str(error) == NOTHING_FOUND:
            return None
        raise SourceError(f"cannot use the picture {path}: {error}.") from error
    frame, _ = reduce_frame(read_picture(path))
    candidate = None if path.name.endswith(INK_SUFFIX) else find_single(frame)
    # Captured ink is one digit and nothing else.
    box = Box(0, 0, frame.shape[1], frame.shape[0]) if candidate is None else candidate.box
    return Sight(frame, box, glyph)


def describe_glyph(glyph: Glyph) -> list[str]:
    """The glyph as 14 lines of text: two of its rows in each."""
    bright = (glyph >= 128).astype(int)
    return ["".join(HALVES[pair] for pair in row).rstrip() for row in bright[0::2] + 2 * bright[1::2]]


def describe_probabilities(answers: Sequence[Answer]) -> list[str]:
    """A table: one row for each label; of each model percent and a bar."""
    width = len("100.00 % ") + BAR
    header = ["", *(answer.entry.kind for answer in answers)]
    rows = [
        [label, *(_percent_and_bar(float(answer.probabilities[class_id])) for answer in answers)]
        for class_id, label in enumerate(LABELS)
    ]
    lines = ("  ".join([f"{first:5s}", *(f"{cell:{width}s}" for cell in rest)]) for first, *rest in [header, *rows])
    return [line.rstrip() for line in lines]


def _percent_and_bar(share: float) -> str:
    full, eighths = divmod(round(share * BAR * 8), 8)
    return f"{100 * share:6.2f} % {'█' * full}{EIGHTHS[eighths]}"


def describe_verdict(answer: Answer) -> str:
    """What this model makes of the glyph, and whether it would show that if it were asked alone."""
    entry = answer.entry
    verdict = judge(Box(0, 0, 0, 0), answer.probabilities, entry.min_confidence or 0.0)
    words = f"{entry.kind} ({entry.file}): {verdict.guess} with {100 * verdict.confidence:.2f} %"
    if entry.min_confidence is None:
        return f"{words}; a float model has no card: temperature 1, no min_confidence"
    shown = f'alone it shows "{verdict.label}"' + (f", because: {verdict.reason}" if verdict.rejected else "")
    return f"{words}; {shown} (temperature {entry.temperature:g}, min_confidence {entry.min_confidence:g})"


def describe_reading(path: Path, lineup: Sequence[Entry]) -> list[str]:
    """What `recognize.py` reads in the picture by each int8 model's whole set, which looks twice."""
    if path.name.endswith(INK_SUFFIX):
        return []  # no picture of paper
    frame, said = read_picture(path), []
    for entry in lineup:
        if entry.min_confidence is None:
            continue
        try:
            reading = Reader(load_set(entry.path)).read(frame)
        except ModelError as error:
            said.append(f"recognize.py cannot read by {entry.file}: {error}")
            continue
        text = " / ".join(f'"{line.text}"' for line in reading.lines)
        said.append(f"recognize.py reads {text or 'nothing'} by {entry.file} and its set")
    return said


def describe_knowledge(path: Path, lineup: Sequence[Entry]) -> list[str]:
    """Which of the models cannot be trusted with this picture, as they have learned it."""
    if not path.resolve().is_relative_to(CALIBRATION_DIGITS):
        return []
    return [
        f"{entry.kind} has learned your calibration digits, this one with its folder's label: ask the base."
        for entry in lineup
        if entry.learned_own
    ]


def draw_prediction(sight: Sight, answers: Sequence[Answer]) -> Figure:
    """The picture with a box round what was taken, the glyph, and a bar chart of all probabilities."""
    figure = Figure(figsize=(12, 4.2), layout="constrained")
    picture, glyph, bars = figure.subplots(1, 3, width_ratios=(5, 3, 5))
    picture.imshow(sight.frame[:, :, ::-1])
    corner = sight.box.x - 0.5, sight.box.y - 0.5  # matplotlib counts from the middle of a pixel
    picture.add_patch(Rectangle(corner, sight.box.width, sight.box.height, fill=False, color=ORANGE, linewidth=2))
    glyph.imshow(sight.glyph, cmap="gray", vmin=0, vmax=255)
    for axes, title in ((picture, "the picture"), (glyph, "the glyph")):
        axes.set(title=title, xticks=[], yticks=[])
    _draw_bars(bars, answers)
    return figure


def _draw_bars(axes: Axes, answers: Sequence[Answer]) -> None:
    height = 0.8 / len(answers)
    for n, (answer, colour) in enumerate(zip(answers, (GREY, ORANGE, BLUE)[-len(answers) :], strict=True)):
        places = np.arange(len(LABELS)) + (n - (len(answers) - 1) / 2) * height
        axes.barh(places, 100 * answer.probabilities, height, color=colour, label=answer.entry.kind)
    axes.set(yticks=range(len(LABELS)), yticklabels=LABELS, xlim=(0, 100), xlabel="probability, %", title="what it is")
    axes.invert_yaxis()
    axes.legend(frameon=False)


def draw_ink(frame: Frame) -> Figure:
    """A picture in which nothing was found, and what was taken for ink in it."""
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    picture, ink = figure.subplots(1, 2)
    picture.imshow(frame[:, :, ::-1])
    ink.imshow(find_ink(frame), cmap="gray", vmin=0, vmax=255)
    for axes, title in ((picture, "the picture"), (ink, "its ink")):
        axes.set(title=title, xticks=[], yticks=[])
    return figure


def save_figure(figure: Figure, path: Path) -> None:
    """Save as a PNG, its folder with it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_whole(path, lambda part: part.write_bytes(as_png(figure, transparent=False)))


def chart_path(picture: Path, out: Path) -> Path:
    """x.png -> x.png in that folder, x.jpg -> x.jpg.png: two pictures do not share a chart."""
    return out / (picture.name if picture.suffix.lower() == ".png" else f"{picture.name}.png")


def run(path: Path, model: Path | None, out: Path) -> None:
    """Look, ask, print, draw."""
    if path.is_dir():
        raise SourceError(f"{path} is a folder; this looks at one picture. `make evaluate DIR={path}` takes folders.")
    sight = look(path)
    lineup = load_lineup(shipped=False) if model is None else [load_entry(model)]
    if sight is None:
        save_figure(draw_ink(reduce_frame(read_picture(path))[0]), out)
        print("\n".join(describe_reading(path, lineup)))
        raise SourceError(
            f"no one digit stands out in {path} to ask each model about. {out} shows what was taken for ink: "
            "go closer, or write darker."
        )
    answers = [Answer(entry, entry.probabilities(sight.glyph[np.newaxis])[0]) for entry in lineup]
    box, (height, width) = sight.box, sight.frame.shape[:2]
    taken = f"{box.width} x {box.height} px at {box.x}, {box.y}"
    print(f"{printable(str(path))}: looked at in {width} x {height} px; taken: {taken}")
    lines = [
        "",
        *describe_glyph(sight.glyph),
        "",
        *describe_probabilities(answers),
        "",
        *map(describe_verdict, answers),
        *describe_reading(path, lineup),
        *describe_knowledge(path, lineup),
    ]
    print("\n".join(lines))
    save_figure(draw_prediction(sight, answers), out)
    print(f"picture: {printable(str(out))}")


def main(arguments: list[str] | None = None, *, out: Path = OUT) -> int:
    """Exit status 0; 1 with a line that says what to do; 2 wrong usage.

    Args:
        arguments: of the command line; None: this process's.
        out: the folder in which the chart is saved.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", type=Path, help="a photo, scan or drawing of one digit, or an .ink.png")
    parser.add_argument("--model", type=Path, help="a .keras or .tflite file instead of the models in use")
    options = parser.parse_args(arguments)
    if str(options.picture) == ".":
        parser.error("which picture? `make predict IMAGE=x.jpg`")
    if options.model is not None and options.model.suffix not in (".keras", ".tflite"):
        parser.error(f"--model {options.model}: name a .keras or a .tflite file")
    picture = options.picture.expanduser()
    chart = chart_path(picture, out)
    if chart.exists() and chart.samefile(picture):
        parser.error(f"{picture} lies where charts are written; move it to another folder")
    return run_program("predict", lambda: run(picture, options.model, chart), stopped="stopped.")


if __name__ == "__main__":
    run_command(main)
