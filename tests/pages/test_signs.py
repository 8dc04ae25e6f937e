"""Signs drawn stroke by stroke: each has what its name says, none is a digit, and all follow from a seed."""

import cv2
import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT, Glyph
from edge.reading.glyph import normalize
from train.pages.shapes import draw_glyph
from train.pages.signs import SIGNS, draw_signs

FINE = 0.05, 0.08
"""A pen that keeps small gaps open."""


def draw(name: str, count: int = 40) -> list[Glyph]:
    rng = np.random.default_rng(4)
    return [draw_glyph(rng, SIGNS[name][1], pen=FINE) for _ in range(count)]


def count_holes(glyph: Glyph) -> int:
    return cv2.connectedComponents((glyph < 64).astype(np.uint8), connectivity=4)[0] - 2


def count_ends(glyph: Glyph, row: int) -> int:
    """How many strokes cross one row of the ink."""
    inked = np.flatnonzero(glyph.any(axis=1))
    line = glyph[inked[0] + row if row >= 0 else inked[-1] + 1 + row] > 100
    return int((np.diff(line.astype(int), prepend=0) == 1).sum())


class TestDrawSigns:
    def test_they_follow_from_the_seed(self) -> None:
        first, again, other = (draw_signs(40, seed) for seed in (1, 1, 2))
        assert np.array_equal(first.glyphs, again.glyphs)
        assert not np.array_equal(first.glyphs, other.glyphs)

    def test_all_are_labelled_as_no_digit(self) -> None:
        assert set(draw_signs(60, 1).labels.tolist()) == {NOT_A_DIGIT}


class TestSigns:
    @pytest.mark.parametrize("name", SIGNS)
    def test_each_comes_normalized_as_the_reader_does_it(self, name: str) -> None:
        assert all(np.array_equal(normalize(glyph), glyph) for glyph in draw(name, 10))

    @pytest.mark.parametrize(("name", "holes"), [("y with a loop", 1), ("y with a tail", 0), ("v", 0), ("x", 0)])
    def test_most_have_the_holes_of_their_sign(self, name: str, holes: int) -> None:
        assert np.bincount([count_holes(glyph) for glyph in draw(name)]).argmax() == holes

    @pytest.mark.parametrize(
        ("name", "above", "below"), [("y", 2, 1), ("v", 2, 1), ("x", 2, 2), ("h", 1, 2), ("plus", 1, 1)]
    )
    def test_most_have_the_arms_and_feet_of_their_sign(self, name: str, above: int, below: int) -> None:
        glyphs = draw(name)
        assert np.bincount([count_ends(glyph, 3) for glyph in glyphs]).argmax() == above
        assert np.bincount([count_ends(glyph, -3) for glyph in glyphs]).argmax() == below
