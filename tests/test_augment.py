"""Distorted copies of glyphs: by chance alone, and never with a neighbour's ink."""

import numpy as np
import pytest

from train.augment import augment
from train.data import Digits, load_sample


@pytest.fixture(scope="module")
def digits() -> Digits:
    return load_sample().train


class TestAugment:
    def test_follows_from_its_source_of_chance(self, digits: Digits) -> None:
        first, again, other = (augment(np.random.default_rng(seed), digits.glyphs[:8]) for seed in (1, 1, 2))
        assert np.array_equal(first, again)
        assert (first != other).any(axis=(1, 2)).all()

    def test_leaves_what_it_was_given(self, digits: Digits) -> None:
        glyphs = digits.glyphs[:8].copy()
        copies = augment(np.random.default_rng(1), glyphs)
        assert np.array_equal(glyphs, digits.glyphs[:8])
        assert copies.shape == glyphs.shape
        assert copies.dtype == np.uint8

    def test_no_glyph_gets_ink_from_its_neighbours(self) -> None:
        glyphs = np.full((9, 28, 28), 255, np.uint8)
        glyphs[1::2] = 0
        copies = augment(np.random.default_rng(1), glyphs)
        assert not copies[1::2].any()
        assert copies[::2].any(axis=(1, 2)).all()
