"""Charts of the notebook: each is a PNG picture, whatever little there is to show."""

from io import BytesIO

import numpy as np
import pytest
from IPython.display import Image
from PIL import Image as Picture

from tests.pictures import SAMPLE
from train.notebooks.charts import show_confusion, show_glyphs


def pixels(shown: Image) -> np.ndarray:
    return np.asarray(Picture.open(BytesIO(shown.data)).convert("RGB")).astype(int)


class TestCharts:
    @pytest.mark.parametrize(("count", "rows"), [(1, 1), (12, 1), (13, 2)])
    def test_glyphs_stand_in_rows_of_twelve(self, count: int, rows: int) -> None:
        one_row = pixels(show_glyphs(SAMPLE.glyphs[:1], "5")).shape[0]
        shown = pixels(show_glyphs(SAMPLE.glyphs[:count], SAMPLE.labels[:count]))
        assert shown.shape[0] == pytest.approx(rows * one_row, abs=2)

    @pytest.mark.parametrize("wrong", [0, 7])
    def test_what_is_wrong_is_orange_and_what_is_right_is_not(self, wrong: int) -> None:
        matrix = np.hstack([np.diag([90] * 10), np.zeros((10, 1), int)])
        matrix[4, 9] = wrong
        red, _, blue = np.moveaxis(pixels(show_confusion(matrix)), -1, 0)
        assert ((red - blue > 60).sum() > 100) == (wrong > 0)
