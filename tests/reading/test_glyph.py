"""Normalization is MNIST's own."""

import numpy as np
import pytest

from edge.reading.glyph import normalize
from train.digits.mnist import is_cached, load_mnist, load_sample


def draw_bar(
    height: int, width: int, *, at: tuple[int, int] = (3, 5), canvas: tuple[int, int] = (200, 200)
) -> np.ndarray:
    ink = np.zeros(canvas, np.uint8)
    ink[at[0] : at[0] + height, at[1] : at[1] + width] = 255
    return ink


def ink_size(glyph: np.ndarray) -> tuple[int, int]:
    return int(glyph.any(axis=1).sum()), int(glyph.any(axis=0).sum())


class TestFixedPoint:
    def test_mnist_test_digits_come_back_byte_identical(self) -> None:
        if not is_cached():
            pytest.skip("MNIST is not cached: `python -m train.digits.mnist`")
        glyphs = load_mnist().test.glyphs
        assert sum(np.array_equal(normalize(glyph), glyph) for glyph in glyphs) >= 9_990

    def test_the_sample_comes_back_byte_identical(self) -> None:
        glyphs = load_sample().test.glyphs
        assert sum(np.array_equal(normalize(glyph), glyph) for glyph in glyphs) >= 499


class TestNormalize:
    @pytest.mark.parametrize(
        ("height", "width", "expected"),
        [
            (40, 20, (20, 10)),
            (20, 40, (10, 20)),
            (100, 100, (20, 20)),
            (10, 4, (20, 8)),
            (160, 2, (20, 1)),
            (1, 1, (20, 20)),
        ],
    )
    def test_the_longest_side_is_20_and_the_shape_is_kept(
        self, height: int, width: int, expected: tuple[int, int]
    ) -> None:
        assert ink_size(normalize(draw_bar(height, width))) == expected

    def test_the_centre_of_mass_is_at_14(self) -> None:
        ink = draw_bar(80, 20)
        ink[3:23, 5:60] = 255  # a heavy head to the right
        glyph = normalize(ink).astype(float)
        centre = [(glyph.sum(axis=axis) @ np.arange(28)) / glyph.sum() for axis in (0, 1)]
        assert np.abs(np.array(centre) - 14).max() <= 0.5

    def test_where_the_digit_stands_in_the_crop_does_not_matter(self) -> None:
        here, there = draw_bar(40, 20, at=(0, 0), canvas=(40, 20)), draw_bar(40, 20, at=(77, 120))
        assert np.array_equal(normalize(here), normalize(there))

    @pytest.mark.parametrize(
        ("ink", "message"),
        [
            (np.zeros((9, 9), np.uint8), "blank"),
            (np.zeros((9, 9, 3), np.uint8), r"\(9, 9, 3\)"),
            (np.ones((9, 9), np.float32), "float32"),
        ],
    )
    def test_what_is_no_ink_is_refused(self, ink: np.ndarray, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            normalize(ink)
