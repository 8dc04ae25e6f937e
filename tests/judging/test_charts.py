"""Charts: no word is cut, no tick label stands on another one, whatever the figures are."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from tests.chart_faults import find_chart_faults
from train.judging.charts import draw_curves, draw_reliability, load_curves
from train.metrics import BINS, Reliability
from train.store import SHIPPED

RANGES = [(0.1, 0.45), (2.5, 15.0), (0.25, 0.27), (3.1, 31.0), (0.004, 2.0), (1e-6, 3.0), (8.0, 27.0), (0.0, 4.0)]


def curves_between(low: float, high: float, *, epochs: int = 30) -> dict[str, list[float]]:
    falling = np.linspace(high, low, epochs)
    return {"loss": falling.tolist(), "accuracy": (1 - falling / 100).tolist()}


class TestCurves:
    @pytest.mark.parametrize(("low", "high"), RANGES)
    @pytest.mark.parametrize("epochs", [3, 300])
    def test_tick_labels_can_be_read_wherever_they_run(self, low, high, epochs):
        assert find_chart_faults(draw_curves(curves_between(low, high, epochs=epochs))) == []

    @pytest.mark.parametrize("name", ["base", "finder", "crops"])
    def test_those_of_the_shipped_models_can_be_read(self, name):
        assert find_chart_faults(draw_curves(load_curves(SHIPPED / f"{name}.curves.csv"))) == []


class TestReliability:
    def test_its_words_can_be_read(self):
        counts = np.array([0] * 7 + [1, 2, 4, 8, 16, 40, 90, 9000])
        bins = Reliability(counts, (np.arange(BINS) + 0.5) / BINS, np.linspace(0, 0.98, BINS))
        assert find_chart_faults(draw_reliability(bins, bins, 1.442)) == []


class TestTheCheckItself:
    def test_would_see_labels_on_each_other_and_words_that_are_cut(self):
        figure = Figure(figsize=(2, 2))
        axes = figure.subplots()
        axes.set_yticks(np.linspace(0, 1, 60))
        axes.set_title("a title that is much wider than the figure it stands on")
        faults = find_chart_faults(figure)
        assert any(fault.startswith("cut: 'a title") for fault in faults)
        assert any(fault.startswith("on each other: ") for fault in faults)
