"""What the crops' reader sees, live and in a square that was kept."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.contract import Box
from edge.finding.crops import (
    CROP_DIGIT_SIDE,
    CROP_SIDE,
    MAX_SQUARE,
    WIDE,
    Zoom,
    cut_crops,
    cut_square,
    place_in_square,
    recut,
)
from edge.finding.ink import find_ink
from edge.finding.segment import find_candidates

PAGE = Path(__file__).resolve().parents[1] / "sample_pages" / "1_score_sheet.png"


def build_frame(width: int = 640, height: int = 480, *, seed: int = 0) -> np.ndarray:
    """Strokes all over uneven paper."""
    rng = np.random.default_rng(seed)
    frame = np.tile(np.linspace(150, 230, width, dtype=np.float32), (height, 1))
    for _ in range(60):
        start, end = (tuple(rng.integers(0, (width, height)).tolist()) for _ in range(2))
        cv2.line(frame, start, end, float(rng.uniform(20, 120)), int(rng.integers(2, 7)), cv2.LINE_AA)
    return np.clip(cv2.GaussianBlur(frame, (0, 0), 1) + rng.normal(0, 2, frame.shape), 0, 255).astype(np.uint8)


def see_live(frame: np.ndarray, box: Box) -> np.ndarray:
    place = np.array([[box.x, box.y, box.right, box.bottom]], np.float32)
    return cut_crops(Zoom(frame), place)[0]


def side_of_near(box: Box) -> float:
    return max(box.width, box.height) * CROP_SIDE / CROP_DIGIT_SIDE


BOXES = [
    Box(300, 200, 9, 19),
    Box(301, 203, 12, 18),
    Box(2, 3, 17, 30),
    Box(600, 430, 38, 33),
    Box(200, 150, 60, 91),
    Box(100, 50, 200, 301),
]


class TestCutSquare:
    @pytest.mark.parametrize("box", BOXES)
    def test_gives_the_views_that_were_live_to_the_bit_where_no_pixels_are_joined(self, box: Box) -> None:
        frame = build_frame()
        live, kept = see_live(frame, box), recut(cut_square(frame, box))
        for view, side in enumerate((side_of_near(box), WIDE * side_of_near(box))):
            if side < 2 * CROP_SIDE:
                assert np.array_equal(live[..., view], kept[..., view])

    def test_gives_the_views_that_were_live_of_a_page(self) -> None:
        frame = cv2.imread(str(PAGE), cv2.IMREAD_GRAYSCALE)
        boxes = [one.box for one in find_candidates(find_ink(frame))]
        apart = [np.abs(see_live(frame, box).astype(int) - recut(cut_square(frame, box))).mean() for box in boxes]
        # Where pixels are joined by twos and fours, those of a square are others: its first one is not the frame's.
        assert np.median(apart) <= 1.5
        assert max(apart) <= 3

    @pytest.mark.parametrize("box", BOXES)
    def test_tells_where_the_digit_stood(self, box: Box) -> None:
        square = cut_square(build_frame(), box)
        left, top, right, bottom = place_in_square(square)[0]
        assert (left + right, top + bottom) == square.shape[::-1]
        if max(square.shape) < MAX_SQUARE:
            assert right - left == max(box.width, box.height)

    def test_repeats_the_frames_border_and_turns_grey(self) -> None:
        frame = np.full((40, 40, 3), (10, 100, 200), np.uint8)
        square = cut_square(frame, Box(0, 0, 20, 30))
        assert square.shape == (96, 96)
        assert np.unique(square).tolist() == cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)[0, :1].tolist()

    def test_a_large_one_is_reduced(self) -> None:
        assert cut_square(build_frame(), Box(10, 10, 200, 401)).shape == (MAX_SQUARE, MAX_SQUARE)
