"""Digits drawn stroke by stroke: each shape has what its name says, and all follow from a seed."""

import cv2
import numpy as np
import pytest

from edge.contract import Glyph
from edge.reading.glyph import normalize
from train.pages.shapes import SHAPES, draw_digits, draw_shape


def draw(name: str, count: int = 60) -> list[Glyph]:
    rng = np.random.default_rng(4)
    return [draw_shape(rng, name) for _ in range(count)]


def count_holes(glyph: Glyph) -> int:
    """Closed patches of paper of two pixels and more, beside the paper around the digit."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((glyph < 64).astype(np.uint8), connectivity=4)
    return int((stats[1:, cv2.CC_STAT_AREA] >= 2).sum()) - 1


def ink_at(glyphs: list[Glyph], rows: slice, columns: slice) -> float:
    """Share of a region that is inked, over all glyphs."""
    return float(np.mean([(glyph[rows, columns] > 127).mean() for glyph in glyphs]))


class TestDrawDigits:
    def test_they_follow_from_the_seed(self) -> None:
        first, again, other = (draw_digits(40, seed) for seed in (1, 1, 2))
        assert np.array_equal(first.glyphs, again.glyphs)
        assert not np.array_equal(first.glyphs, other.glyphs)

    def test_each_digit_is_drawn_equally_often(self) -> None:
        assert np.bincount(draw_digits(50, 1).labels).tolist() == [5] * 10

    def test_no_two_are_alike(self) -> None:
        glyphs = draw_digits(300, 1).glyphs
        assert len({glyph.tobytes() for glyph in glyphs}) == 300


class TestDrawShape:
    def test_every_digit_has_one(self) -> None:
        assert {int(name[0]) for name in SHAPES} == set(range(10))

    @pytest.mark.parametrize("name", SHAPES)
    def test_is_normalized_as_the_reader_does_it(self, name: str) -> None:
        assert all(np.array_equal(normalize(glyph), glyph) for glyph in draw(name, 10))

    @pytest.mark.parametrize(
        ("name", "holes"),
        [
            ("0 with a tail", 1),
            ("1 hooked", 0),
            ("3 flat", 0),
            ("4 closed", 1),
            ("4 lightning", 0),
            ("6 straight", 1),
            ("8 of two rings", 2),
            ("9 straight", 1),
        ],
    )
    def test_most_have_the_holes_of_their_shape(self, name: str, holes: int) -> None:
        counts = [count_holes(glyph) for glyph in draw(name)]
        assert np.bincount(counts).argmax() == holes

    def test_a_slash_cuts_a_zero_in_two(self) -> None:
        slashed, plain = (np.mean([count_holes(glyph) for glyph in draw(f"0 {kind}")]) for kind in ("slashed", "open"))
        assert slashed > plain + 0.7

    def test_a_hook_hangs_at_the_left_of_a_one(self) -> None:
        left = slice(6, 14), slice(4, 12)
        assert ink_at(draw("1 hooked"), *left) > 2 * ink_at(draw("1 on a foot"), *left)

    def test_a_foot_carries_a_one(self) -> None:
        def widening(name: str) -> float:
            widths = [(glyph > 127).sum(axis=1) for glyph in draw(name)]
            inked = [width[width > 0] for width in widths]
            return float(np.median([width[-len(width) // 4 :].max() / np.median(width) for width in inked]))

        assert widening("1 on a foot") > 1.4 * widening("1 bare")

    def test_pens_are_fine_and_thick(self) -> None:
        widths = [float((glyph[8:20] > 127).sum(axis=1).mean()) for glyph in draw("1 bare")]
        assert min(widths) < 2.5
        assert max(widths) > 7
