"""The worst pages are what they are called, the ratios are of one run, and memory is that of an edge process alone."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.errors import DigitReaderError
from edge.reading.reader import SHIPPED_MODEL
from train.bench import worst
from train.bench.worst import INK, PAPER, Cost, describe_costs, draw_pages, measure_costs, measure_memory
from train.digits.mnist import load_sample

PAGE = Path(__file__).resolve().parents[1] / "sample_pages" / "1_score_sheet.png"


class TestDrawPages:
    def test_each_page_has_its_size_and_holds_ink_and_paper(self) -> None:
        pages = draw_pages(160, 120, load_sample().test)
        assert {page.shape for page in pages.values()} == {(120, 160)}
        assert all(page.min() < 2 * INK and page.max() == PAPER for page in pages.values())

    def test_the_same_page_comes_again(self) -> None:
        first, second = (draw_pages(160, 120, load_sample().test) for _ in range(2))
        assert all(np.array_equal(first[name], second[name]) for name in first)

    def test_gravel_has_its_share_of_ink(self) -> None:
        pages = draw_pages(200, 200, load_sample().test)
        shares = [np.mean(pages[f"{name} of 2 px"] == INK) for name in ("crumbs", "gravel", "holes")]
        assert shares == pytest.approx([0.25, 0.5, 0.75], abs=0.01)


class TestMeasureCosts:
    def test_the_dearest_by_ratio_comes_first_and_every_size_is_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(worst, "SIZES", ((64, 48), (96, 72)))
        costs = measure_costs(
            lambda frame: cv2.GaussianBlur(frame, (31, 31), 0), cv2.imread(str(PAGE)), load_sample().test, rounds=2
        )
        assert [cost.ratio for cost in costs] == sorted((cost.ratio for cost in costs), reverse=True)
        assert len(costs) == 2 * len(draw_pages(64, 48, load_sample().test))
        assert {cost.page.rsplit(" ", 1)[1] for cost in costs} == {"64x48", "96x72"}

    @pytest.mark.parametrize(("ms", "verdict"), [(24.0, "met with 12.0"), (25.0, "missed with 12.5")])
    def test_the_bar_is_for_the_worst(self, ms: float, verdict: str) -> None:
        assert describe_costs([Cost("gravel", ms, 2.0), Cost("checkers", 2.0, 2.0)])[-1].endswith(verdict)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells a process's peak")
class TestMeasureMemory:
    def test_a_process_without_tensorflow_takes_some_hundred_megabytes_at_most(self) -> None:
        memory_mb = measure_memory(SHIPPED_MODEL, [PAGE])
        assert memory_mb is not None
        assert 40 < memory_mb < 250

    def test_a_process_that_fails_says_why(self) -> None:
        with pytest.raises(DigitReaderError, match="no model at"):
            measure_memory(PAGE.with_name("none.tflite"), [PAGE])
