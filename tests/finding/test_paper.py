"""What the paper is like is seen through the writing on it."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from edge.finding.paper import MIN_CONTRAST, Paper, halve, look_at_paper, spread
from tests.drawing import draw_frame, draw_one, draw_zero, light
from train.digits.mnist import load_sample
from train.pages.samples import SAMPLES, render_sample
from train.pages.sheet import Sheet


def look(grey: np.ndarray) -> Paper:
    return look_at_paper(grey, halve(grey))


def write_row(*, paper: int = 220, pen: int = 40) -> np.ndarray:
    """Ones and zeros, grey, (480, 640)."""
    frame = draw_frame(480, 640, paper=paper)
    for number, x in enumerate(range(60, 600, 60)):
        (draw_zero if number % 2 else draw_one)(frame, x, 200, pen=pen)
    return frame[..., 0].copy()


def leave_blank(sheet: Sheet) -> None:
    """No rulings."""


class TestLookAtPaper:
    def test_its_brightness_is_that_of_the_blank_paper(self) -> None:
        paper = look(write_row())
        assert np.allclose(paper.level, 220, atol=1)
        assert paper.doubt is None

    def test_a_slow_shadow_is_followed(self) -> None:
        frame = light(draw_frame(480, 640), darkest=0.5)[..., 0].copy()
        level = spread(look(frame).level, frame.shape)
        assert np.abs(1 - frame / level).max() < MIN_CONTRAST

    def test_at_the_edge_of_a_shadow_its_brightness_is_in_doubt(self) -> None:
        frame = write_row()
        frame[:, 320:] //= 2
        doubt = look(frame).doubt
        assert doubt is not None
        columns = np.flatnonzero(doubt.max(axis=0)) / doubt.shape[1]
        assert 0.45 < columns.min() < columns.max() < 0.55

    @pytest.mark.parametrize("sigma", [2.0, 8.0])
    def test_its_noise_is_measured_between_the_strokes(self, sigma: float) -> None:
        frame = write_row().astype(np.float32) + np.random.default_rng(1).normal(0, sigma, (480, 640))
        noise = look(frame.clip(0, 255).astype(np.uint8)).noise
        assert np.median(noise) == pytest.approx(sigma / 220, rel=0.15)

    @pytest.mark.parametrize(("paper", "pen", "expected"), [(220, 40, False), (40, 220, True)])
    def test_writing_is_dark_or_light(self, paper: int, pen: int, expected: bool) -> None:
        assert look(write_row(paper=paper, pen=pen)).light is expected

    @pytest.mark.parametrize("darkest", [0.35, 0.25, 0.15, 0.1])
    @pytest.mark.parametrize("inverted", [False, True])
    def test_a_steep_shadow_on_thick_strokes_does_not_turn_light_and_dark(self, darkest: float, inverted: bool) -> None:
        """Beside the strokes the paper's brightness is misjudged; that fades, as no stroke does."""
        frame = draw_frame()
        draw_one(frame, 60, 80)
        draw_zero(frame, 200, 80)
        grey = light(frame, darkest=darkest)[..., 0].copy()
        assert look(255 - grey if inverted else grey).light is inverted

    def test_the_round_corners_of_a_sheet_are_no_light_writing(self) -> None:
        """A rendered page whose corners the median takes for shade: what is lighter there is all tips."""
        page = replace(SAMPLES[0], lines=("0 12 34", "56 7 89"), height=64, prepare=leave_blank, shadow=0.0, seed=0)
        grey = cv2.cvtColor(render_sample(page, load_sample().test), cv2.COLOR_BGR2GRAY)
        assert look(cv2.GaussianBlur(grey, (3, 3), 0)).light is False

    def test_a_board_beside_a_sheet_has_light_writing(self) -> None:
        frame = np.hstack([write_row(paper=40, pen=220)[:, :320], write_row()[:, :320]])
        light_ones = np.asarray(look(frame).light)
        along = light_ones[len(light_ones) // 2]  # through the writing
        third = len(along) // 3
        assert (along[:third].all(), along[-third:].any()) == (True, False)


class TestHalve:
    def test_each_pixel_is_the_mean_of_four(self) -> None:
        assert halve(np.array([[0, 4, 8, 8], [8, 4, 8, 8]], np.uint8)).tolist() == [[4, 8]]

    def test_an_odd_row_or_column_is_left_out(self) -> None:
        assert halve(np.full((5, 7), 9, np.uint8)).shape == (2, 3)
