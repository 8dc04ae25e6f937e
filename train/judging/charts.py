"""Charts of training and of confidence, as PNG on a transparent ground: they fit a light page and a dark one."""

import csv
import io
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import Locator, LogLocator, MaxNLocator, NullLocator

from train.metrics import BINS, Reliability

FEW_TIMES, MANY_TIMES = 5, 500
"""An axis whose end is less than FEW_TIMES its start has evenly spaced ticks, up to MANY_TIMES some between powers."""
BLUE, ORANGE, GREY = "#2b6cb0", "#c05621", "#7a7a7a"


def load_curves(path: Path) -> dict[str, list[float]]:
    """Learning curves by name, from what training writes beside a model; empty where there are none."""
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    return dict(zip(header, ([float(value) for value in column] for column in zip(*rows, strict=True)), strict=False))


def draw_curves(curves: dict[str, list[float]]) -> Figure:
    """Loss and misses by epoch, training and validation: what of it there is."""
    figure = Figure(figsize=(8, 3), layout="constrained")
    loss, missed = figure.subplots(1, 2)
    epochs = range(1, len(curves["loss"]) + 1)
    for name, words, colour in (("", "training (distorted)", ORANGE), ("val_", "validation", BLUE)):
        style = {"marker": ".", "label": words, "color": colour}
        if f"{name}loss" in curves:
            loss.plot(epochs, curves[f"{name}loss"], **style)
        if f"{name}accuracy" in curves:
            missed.plot(epochs, [100 * (1 - value) for value in curves[f"{name}accuracy"]], **style)
    for axes, words in ((loss, "loss"), (missed, "misses, % of glyphs")):
        if not axes.lines:
            axes.set_axis_off()
            continue
        # A logarithmic axis has no place for an epoch without a miss.
        axes.set(xlabel="epoch", ylabel=words, yscale="log" if axes.dataLim.y0 > 0 else "linear")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_locator(_choose_ticks(*axes.get_ylim()))
        axes.yaxis.set_minor_locator(NullLocator())  # its labels would stand on each other
        axes.yaxis.set_major_formatter("{x:g}")
    loss.legend(frameon=False)
    return figure


def draw_reliability(before: Reliability, after: Reliability, temperature: float) -> Figure:
    """Accuracy in each bin of confidence at temperature 1 and at the fitted one, and how many digits lie in it."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots(2, 2, sharex=True, sharey="row", height_ratios=(3, 1))
    _draw_bins(axes[:, 0], before, "temperature 1")
    _draw_bins(axes[:, 1], after, f"temperature {temperature:g}")
    axes[0, 0].set(ylabel="accuracy")
    axes[1, 0].set(ylabel="digits")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
    return figure


def as_png(figure: Figure, *, transparent: bool = True) -> bytes:
    """The figure as a PNG file."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=150, transparent=transparent)
    return content.getvalue()


def _choose_ticks(low: float, high: float) -> Locator:
    """Few enough round numbers that their labels do not touch, and more than one, however far the axis goes."""
    if low <= 0 or high / low < FEW_TIMES:
        return MaxNLocator(5)
    return LogLocator(subs=(1, 2, 5) if high / low < MANY_TIMES else (1,), numticks=8)


def _draw_bins(axes: "np.ndarray[tuple[int], np.dtype[np.object_]]", reliability: Reliability, title: str) -> None:
    upper: Axes = axes[0]
    lower: Axes = axes[1]
    used = reliability.counts > 0
    centres = (np.arange(BINS) + 0.5)[used] / BINS
    upper.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="confidence = accuracy")
    upper.bar(centres, reliability.accuracy[used], 0.9 / BINS, color=BLUE, alpha=0.6)
    upper.plot(reliability.confidence[used], reliability.accuracy[used], "o", color=ORANGE, label="mean of the bin")
    upper.set(title=f"{title}: calibration error {100 * reliability.calibration_error:.2f} %", ylim=(0, 1.05))
    lower.bar(centres, reliability.counts[used], 0.9 / BINS, color=GREY)
    lower.set(xlabel="confidence", yscale="log", xlim=(0, 1))
