"""What a reader of a chart would complain about: words that are cut, tick labels that stand on each other."""

from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

GAP = 1.0
"""Between two tick labels, px at 100 dpi."""


def find_chart_faults(figure: Figure) -> list[str]:
    """Each fault in a few words; empty where there is none."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    whole = Bbox([[0, 0], canvas.get_width_height()])
    texts = [one for one in figure.findobj(Text) if one.get_visible() and one.get_text().strip()]
    shown = [one for one in texts if one not in off_axis_ticks(figure)]
    cut = [f"cut: {one.get_text()!r}" for one in shown if not holds(whole, one.get_window_extent())]
    return cut + [fault for axes in figure.axes if axes.axison for fault in find_overprint(axes)]


def find_overprint(axes: Axes) -> list[str]:
    faults = []
    for axis, side in ((axes.xaxis, 0), (axes.yaxis, 1)):
        low, high = sorted(axis.get_view_interval())
        ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        labels = [tick.label1 for tick in ticks if low <= tick.get_loc() <= high and tick.label1.get_text()]
        if not any(one.get_visible() for one in labels):
            continue
        spans = sorted((*one.get_window_extent().get_points()[:, side], one.get_text()) for one in labels)
        faults += [f"on each other: {one[2]} and {two[2]}" for one, two in pairwise(spans) if one[1] + GAP > two[0]]
        if len(spans) < 2:
            faults.append(f"only {len(spans)} tick labels from {low:g} to {high:g}")
    return faults


def off_axis_ticks(figure: Figure) -> set[Text]:
    """Labels that matplotlib keeps of ticks beyond the axis, and does not draw; likewise of an axis that is off."""
    hidden = set()
    for axes in figure.axes:
        if not axes.axison:
            hidden |= set(axes.findobj(Text))
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            hidden |= {text for tick in ticks if not low <= tick.get_loc() <= high for text in tick.findobj(Text)}
    return hidden


def holds(whole: Bbox, part: Bbox) -> bool:
    return bool(whole.x0 <= part.x0 and whole.y0 <= part.y0 and part.x1 <= whole.x1 and part.y1 <= whole.y1)
