"""What the notebook shows: digits as pictures, learning curves, the confusion matrix."""

from collections.abc import Sequence

import numpy as np
from IPython.display import Image
from matplotlib.figure import Figure
from numpy.typing import NDArray

from edge.contract import DIGITS, Glyphs
from train.judging.charts import as_png, draw_curves

COLUMNS = 12


def show_glyphs(glyphs: Glyphs, titles: Sequence[object]) -> Image:
    """Glyphs in rows, a title over each."""
    rows = -(-len(glyphs) // COLUMNS)
    figure = Figure(figsize=(COLUMNS * 0.75, rows * 0.95), layout="constrained")
    for axes, place in zip(figure.subplots(rows, COLUMNS, squeeze=False).flat, range(rows * COLUMNS), strict=True):
        axes.set_axis_off()
        if place < len(glyphs):
            axes.imshow(glyphs[place], cmap="gray_r", vmin=0, vmax=255)
            axes.set_title(str(titles[place]), fontsize=9)
    return _show(figure)


def show_curves(curves: dict[str, list[float]]) -> Image:
    """Loss and misses by epoch, as Keras kept them."""
    return _show(draw_curves(curves))


def show_confusion(matrix: NDArray[np.int64]) -> Image:
    """Rows are the true digit, columns what was read; what is off the diagonal is wrong and stands out.

    Args:
        matrix: counts, (10, 11); the last column, nothing found, is left out: MNIST's digits all are there.
    """
    counts = matrix[:, : len(DIGITS)]
    wrong = counts * (1 - np.eye(len(DIGITS), dtype=np.int64))
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.imshow(np.ma.masked_equal(wrong, 0), cmap="Oranges", vmin=0, vmax=2 * wrong.max())  # black is read on all
    for row, column in np.argwhere(counts > 0):
        axes.text(column, row, str(counts[row, column]), ha="center", va="center", fontsize=8)
    axes.set(xlabel="read as", ylabel="is a", xticks=range(len(DIGITS)), yticks=range(len(DIGITS)))
    return _show(figure)


def _show(figure: Figure) -> Image:
    return Image(as_png(figure, transparent=False), width=round(100 * figure.get_figwidth()))  # type: ignore[no-untyped-call]
