"""Distorted copies of glyphs: by chance alone, and never with a neighbour's ink."""

import numpy as np
import pytest

from train.digits.augment import augment
from train.digits.mnist import Digits, load_sample


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

    def test_some_are_much_wider_or_narrower_and_still_normalized(self, digits: Digits) -> None:
        zeros = digits.glyphs[digits.labels == 0]
        copies = augment(np.random.default_rng(1), np.tile(zeros[:1], (400, 1, 1)))
        width, height = (np.count_nonzero((copies > 100).any(axis=axis), axis=1) for axis in (1, 2))
        usual = np.median(width / height)
        assert 0.03 < (np.abs(np.log(width / height / usual)) > 0.35).mean() < 0.2
        assert np.quantile(np.maximum(width, height), 0.95) <= 24

    def test_no_glyph_gets_ink_from_its_neighbours(self) -> None:
        glyphs = np.full((9, 28, 28), 255, np.uint8)
        glyphs[1::2] = 0
        copies = augment(np.random.default_rng(1), glyphs)
        assert not copies[1::2].any()
        assert copies[::2].any(axis=(1, 2)).all()
