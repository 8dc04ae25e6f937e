"""Noise is no change; the smallest digit drawn anew is one."""

import cv2
import numpy as np
import pytest

from edge.following.sameness import is_same, look_at
from tests.pictures import glyph_of


def page(
    label: int | None = 3, *, height: int = 12, paper: int = 200, ink: int = 40, size: tuple[int, int] = (480, 640)
):
    """Grey paper with one digit in its middle."""
    frame = np.full(size, paper, np.uint8)
    if label is not None:
        y, x = size[0] // 2, size[1] // 2
        side = height * 28 // 20
        cover = cv2.resize(glyph_of(label), (side, side), interpolation=cv2.INTER_AREA) / 255
        frame[y : y + side, x : x + side] = paper + (ink - paper) * cover
    return frame


def noisy(frame: np.ndarray, sigma: float, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, sigma, frame.shape)
    return np.clip(np.round(frame + noise), 0, 255).astype(np.uint8)


def same(one: np.ndarray, other: np.ndarray) -> bool:
    return is_same(look_at(one), look_at(other))


class TestSame:
    @pytest.mark.parametrize("sigma", [0, 1, 3, 6])
    def test_frames_that_differ_by_noise(self, sigma: float) -> None:
        assert all(same(noisy(page(), sigma, 0), noisy(page(), sigma, seed)) for seed in range(1, 20))

    def test_frames_compressed_as_jpeg(self) -> None:
        frames = [noisy(page(), 3, seed) for seed in range(10)]
        seen = [cv2.imdecode(cv2.imencode(".jpg", one)[1], cv2.IMREAD_GRAYSCALE) for one in frames]
        assert all(same(seen[0], one) for one in seen[1:])

    def test_light_that_wanders_a_little_with_the_exposure(self) -> None:
        assert same(page(paper=200), page(paper=204, ink=44))

    def test_in_colour_and_in_grey_alike(self) -> None:
        assert same(cv2.cvtColor(page(), cv2.COLOR_GRAY2BGR), page())


class TestNotSame:
    @pytest.mark.parametrize("sigma", [0, 1, 3, 6])
    @pytest.mark.parametrize("height", [10, 14, 20, 40])
    @pytest.mark.parametrize(("before", "after"), [(3, 8), (None, 1), (7, 1), (1, None), (0, 6)])
    def test_a_digit_drawn_anew(self, before: int | None, after: int | None, height: int, sigma: float) -> None:
        for seed in range(1, 4):
            one, other = page(before, height=height), page(after, height=height)
            assert not same(noisy(one, sigma, 0), noisy(other, sigma, seed))

    @pytest.mark.parametrize("height", [14, 20, 40])
    def test_a_faint_digit_drawn_anew(self, height: int) -> None:
        one, other = page(3, height=height, ink=150), page(8, height=height, ink=150)
        assert not same(noisy(one, 2, 0), noisy(other, 2, 1))

    def test_a_digit_of_a_large_frame(self) -> None:
        size = (1944, 2592)
        assert not same(page(3, height=40, size=size), page(8, height=40, size=size))

    def test_the_light_goes_off(self) -> None:
        assert not same(page(), np.zeros_like(page()))

    def test_frames_of_other_sizes(self) -> None:
        assert not same(page(), page(size=(240, 320)))

    def test_too_much_noise_to_tell(self) -> None:
        assert not same(noisy(page(), 60, 0), noisy(page(), 60, 1))
