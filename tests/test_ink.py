"""Ink is what the pen left, whatever paper and light."""

import cv2
import numpy as np
import pytest

from edge.ink import find_ink
from tests.drawing import draw_frame, draw_one, draw_zero, light


def count_strokes(ink: np.ndarray) -> int:
    return cv2.connectedComponents((ink > 0).astype(np.uint8))[0] - 1


def draw_two() -> np.ndarray:
    frame = draw_frame()
    draw_one(frame, 60, 80)
    draw_zero(frame, 200, 80)
    return frame


class TestFindInk:
    def test_strokes_are_bright_and_paper_is_black(self) -> None:
        ink = find_ink(draw_two())
        assert ink.dtype == np.uint8
        assert ink[110, 60] == 255
        assert ink[20:60].max() == 0

    @pytest.mark.parametrize("darkest", [0.7, 0.35, 0.15])
    def test_a_shadow_is_no_ink(self, darkest: float) -> None:
        assert count_strokes(find_ink(light(draw_two(), darkest=darkest))) == 2

    def test_light_on_dark_is_the_same_ink(self) -> None:
        assert np.abs(find_ink(255 - draw_two()).astype(int) - find_ink(draw_two())).mean() < 3

    def test_a_white_sheet_on_a_dark_table_is_no_light_writing(self) -> None:
        frame = draw_frame(480, 640, paper=60)
        frame[80:400, 100:540] = 230
        for x in range(150, 450, 50):
            draw_one(frame, x, 200)
        ink = find_ink(frame)
        assert ink[230, 150:450:50].tolist() == [255] * 6
        assert ink[100:190, 120:520].max() == 0

    def test_faint_pencil_beside_a_marker_is_as_bright(self) -> None:
        frame = draw_frame()
        draw_one(frame, 60, 80, pen=20)
        draw_one(frame, 200, 80, pen=180)
        ink = find_ink(frame)
        assert ink[110, 60] == ink[110, 200] == 255

    @pytest.mark.parametrize("value", [0, 128, 255])
    def test_a_uniform_frame_has_none(self, value: int) -> None:
        assert find_ink(draw_frame(paper=value)).max() == 0

    def test_sensor_noise_is_none(self) -> None:
        noise = np.random.default_rng(1).normal(150, 12, (240, 320, 3)).clip(0, 255).astype(np.uint8)
        assert count_strokes(find_ink(noise)) <= 5

    def test_rulings_go_and_the_strokes_across_them_stay(self) -> None:
        frame = draw_two()
        for y in (50, 115, 180):
            cv2.line(frame, (0, y), (319, y + 6), (150, 150, 150), 2, cv2.LINE_AA)
        ink = find_ink(frame)
        assert count_strokes(ink[70:150]) == 2
        assert ink[:, 100:180].max() == 0

    def test_grey_and_colour_are_the_same(self) -> None:
        frame = draw_two()
        assert np.array_equal(find_ink(frame), find_ink(frame[..., 0]))

    @pytest.mark.parametrize("shape", [(0, 5, 3), (4, 4, 4), (7,)])
    def test_another_shape_is_refused(self, shape: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match="frame"):
            find_ink(np.zeros(shape, np.uint8))
