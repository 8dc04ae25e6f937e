"""Grey crops: the digit as large as it was taught, its surroundings left in, its paper and its lamp left out."""

import cv2
import numpy as np
import pytest

from edge.contract import Grey
from edge.finding.crops import (
    CROP_DIGIT_SIDE,
    CROP_SIDE,
    CROP_VIEWS,
    LEAST_CONTRAST,
    WIDE,
    Places,
    Zoom,
    cut_crops,
    normalize_crops,
)
from edge.finding.light import DARK

NEAR, FAR = 0, 1
"""The two views."""
PAPER, PEN = 200, 40


def draw_bar(left: int, top: int, right: int, bottom: int, *, shape: tuple[int, int] = (600, 800)) -> Grey:
    """Paper with a filled box of ink."""
    grey = np.full(shape, PAPER, np.uint8)
    grey[top:bottom, left:right] = PEN
    return grey


def cut(grey: Grey, *place: float) -> np.ndarray:
    """Both views of one place, (32, 32, 2)."""
    return cut_crops(Zoom(grey), np.array([place], np.float32))[0]


def measure(view: Grey) -> tuple[float, float, float, float]:
    """Width and height of the ink, and its middle, in px of the crop and parts of them."""
    ink = (PAPER - view.astype(float)) / (PAPER - PEN)
    down, across = ink.sum(axis=1), ink.sum(axis=0)
    places = np.arange(CROP_SIDE) + 0.5
    return across.max(), down.max(), (across * places).sum() / ink.sum(), (down * places).sum() / ink.sum()


class TestCutCrops:
    @pytest.mark.parametrize("side", [7, 13, 20, 40, 90, 260])
    @pytest.mark.parametrize("slim", [1.0, 0.4])
    def test_the_longer_side_of_the_box_is_20_px_and_its_centre_stays(self, side: int, slim: float) -> None:
        width = max(2, round(slim * side))
        place = 301, 203, 301 + width, 203 + side
        down, across, x, y = measure(cut(draw_bar(*place), *place)[..., NEAR])
        assert down == pytest.approx(CROP_DIGIT_SIDE, rel=0.06, abs=0.6)
        assert across == pytest.approx(CROP_DIGIT_SIDE * width / side, rel=0.06, abs=0.6)
        assert (x, y) == (pytest.approx(CROP_SIDE / 2, abs=0.3), pytest.approx(CROP_SIDE / 2, abs=0.3))

    def test_a_lying_box_is_20_px_wide(self) -> None:
        _, across, x, y = measure(cut(draw_bar(100, 100, 160, 120), 100, 100, 160, 120)[..., NEAR])
        assert across == pytest.approx(20, abs=0.6)
        assert (x, y) == (pytest.approx(16, abs=0.3), pytest.approx(16, abs=0.3))

    def test_the_wide_view_shows_twice_as_much(self) -> None:
        views = cut(draw_bar(300, 200, 330, 260), 300, 200, 330, 260)
        assert measure(views[..., FAR])[0] == pytest.approx(CROP_DIGIT_SIDE / WIDE, abs=0.6)
        assert measure(views[..., FAR])[2:] == (pytest.approx(16, abs=0.3), pytest.approx(16, abs=0.3))

    def test_parts_of_a_pixel_count(self) -> None:
        grey = draw_bar(300, 200, 320, 220)
        x = [measure(cut(grey, 300 + shift, 200, 320 + shift, 220)[..., NEAR])[2] for shift in (0.0, 0.5)]
        assert x[0] - x[1] == pytest.approx(0.5, abs=0.1)

    def test_what_lies_beside_the_box_is_left_in(self) -> None:
        grey = draw_bar(300, 200, 330, 260)
        grey[200:260, 336:340] = PEN  # a line beside it
        assert (cut(grey, 300, 200, 330, 260)[16, 22:29, NEAR] < (PAPER + PEN) / 2).any()

    def test_outside_of_the_frame_its_border_is_repeated(self) -> None:
        grey = np.full((60, 80), PAPER, np.uint8)
        grey[:, 0] = 77
        views = cut(grey, -10, 20, 10, 40)
        assert (views[:, :15, NEAR] == 77).all()
        assert (views[:, 20:, NEAR] == PAPER).all()

    @pytest.mark.parametrize("place", [(-500, -500, -480, -470), (5000, 10, 5020, 40), (3, 3, 3, 3), (9, 9, 4, 4)])
    def test_a_place_without_a_pixel_is_no_fault(self, place: tuple[int, ...]) -> None:
        assert (cut(draw_bar(0, 0, 1, 1), *place)[..., NEAR] >= PEN).all()

    def test_large_digits_are_averaged_not_sampled(self) -> None:
        rng = np.random.default_rng(0)
        grey = rng.choice([0, 255], (600, 800)).astype(np.uint8)
        assert cut(grey, 200, 100, 600, 500).std() < 25

    def test_no_places_give_no_crops(self) -> None:
        none = cut_crops(Zoom(np.zeros((9, 9), np.uint8)), np.empty((0, 4), np.float32))
        assert none.shape == (0, CROP_SIDE, CROP_SIDE, CROP_VIEWS)
        assert normalize_crops(none).shape == (0, CROP_SIDE, CROP_SIDE, CROP_VIEWS)

    def test_each_of_many_is_what_it_is_alone(self) -> None:
        grey = np.asarray(cv2.GaussianBlur(draw_bar(300, 200, 330, 260), (0, 0), 3), np.uint8)
        places: Places = np.array([(300, 200, 330, 260), (100, 20, 400, 500), (310, 210, 320, 222)], np.float32)
        together, alone = cut_crops(Zoom(grey), places), [cut(grey, *place) for place in places]
        assert np.array_equal(together, np.stack(alone))


def draw_digit(*, paper: float, pen: float, noise: float = 0.0) -> np.ndarray:
    """Both views of a ring on paper, (1, 32, 32, 2)."""
    grey = np.full((200, 200), paper, np.float32)
    cv2.ellipse(grey, (100, 100), (18, 28), 0, 0, 360, (pen,), 6, cv2.LINE_AA)
    grey += noise * np.random.default_rng(0).standard_normal(grey.shape, np.float32)
    return cut_crops(Zoom(grey.clip(0, 255).round().astype(np.uint8)), np.array([(79, 69, 121, 131)], np.float32))


class TestNormalizeCrops:
    def test_brightness_makes_no_difference(self) -> None:
        bright = normalize_crops(draw_digit(paper=224, pen=56))
        dim = normalize_crops(draw_digit(paper=(224 + DARK) / 2 - DARK, pen=(56 + DARK) / 2 - DARK))
        assert dim == pytest.approx(bright, abs=0.05)

    @pytest.mark.parametrize(("paper", "pen"), [(250.0, 20.0), (160.0, 60.0), (120.0, 90.0), (60.0, 20.0)])
    def test_nor_does_the_tone_of_the_paper_or_how_dark_the_pen_is(self, paper: float, pen: float) -> None:
        usual = normalize_crops(draw_digit(paper=220, pen=60))
        assert normalize_crops(draw_digit(paper=paper, pen=pen)) == pytest.approx(usual, abs=0.2)

    def test_paper_is_0_ink_minus_1(self) -> None:
        near = normalize_crops(draw_digit(paper=220, pen=40))[0, ..., NEAR]
        assert near[0, 0] == 0
        assert near.min() == pytest.approx(-1, abs=0.05)
        assert near.max() < 0.05

    def test_chalk_is_1(self) -> None:
        assert normalize_crops(draw_digit(paper=40, pen=220))[0, ..., NEAR].max() == pytest.approx(1, abs=0.05)

    def test_blank_paper_stays_near_0(self) -> None:
        noisy = normalize_crops(draw_digit(paper=200, pen=200, noise=2))
        assert 0 < np.abs(noisy).mean() < 0.1

    def test_faint_strokes_are_blown_up_to_the_least_contrast_and_no_further(self) -> None:
        paper, faint = 200, 0.5 * LEAST_CONTRAST
        pen = (paper + DARK) * np.exp(-faint) - DARK
        near = normalize_crops(draw_digit(paper=paper, pen=float(pen)))[0, ..., NEAR]
        assert near.min() == pytest.approx(-faint / LEAST_CONTRAST, abs=0.1)

    def test_the_wide_view_is_measured_by_the_paper_and_the_ink_of_the_near_one(self) -> None:
        views = draw_digit(paper=220, pen=60)
        before = normalize_crops(views)
        views[0, :4, :, FAR] = 0  # a black desk beyond the sheet
        views[0, 4:8, :, FAR] = 255
        after = normalize_crops(views)
        assert np.array_equal(after[..., NEAR], before[..., NEAR])
        assert np.array_equal(after[0, 8:, :, FAR], before[0, 8:, :, FAR])
        assert (after[0, :4, :, FAR] == -1).all()

    def test_what_it_is_given_stays_as_it_was(self) -> None:
        views = draw_digit(paper=220, pen=60)
        before = views.copy()
        normalize_crops(views)
        assert np.array_equal(views, before)
