"""The finder: what its map says, each digit once, and of every size by the look that sees it best.

The network here is made by hand: heat where its cell is dark, and boxes that are always of one size as seen.
"""

from functools import cache
from pathlib import Path

import keras
import numpy as np
import pytest

from edge.contract import Box, Grey
from edge.errors import ModelError
from edge.finding.finder import (
    CELL,
    CHANNELS,
    LEAST_HEAT,
    MAX_FOUND,
    SLENDER,
    Finder,
    Found,
    decode,
    merge,
    quantize_light,
    share_of_union,
    widen,
)
from edge.reading.reader import SHIPPED_MODEL
from edge.runtime import quantize as quantize_real
from train.learning.quantize import quantize

pytestmark = pytest.mark.filterwarnings("ignore:Statistics for quantized inputs were expected")  # the converter's own

COLD = -9.0
"""A logit of the heat where nothing is."""


def build_map(*hot: tuple[int, int, float, tuple[float, float, float, float]]) -> np.ndarray:
    """A map of 12 rows and 16 columns; row, column, heat, distances to the four sides in cells."""
    output = np.zeros((12, 16, CHANNELS), np.float32)
    output[..., 0] = COLD
    for row, column, heat, sides in hot:
        output[row, column] = np.log(heat / (1 - heat)), *np.log(sides)
    return output


def build_found(*boxes: tuple[float, float, float, float, float]) -> Found:
    """Boxes with their heat."""
    array = np.array(boxes, np.float32).reshape(-1, 5)
    return Found(array[:, :4], array[:, 4])


@cache
def hire_finder(side: float) -> Finder:
    """Its boxes are `side` px long, as it sees them, around what is dark."""
    light = keras.Input((None, None, 1))
    layer = keras.layers.Conv2D(CHANNELS, CELL, CELL, padding="same")
    model = keras.Model(light, layer(light))
    kernel = np.zeros((CELL, CELL, 1, CHANNELS), np.float32)
    kernel[..., 0] = -8 / CELL**2
    layer.set_weights([kernel, np.array([-4, *[np.log(side / 2 / CELL)] * 4], np.float32)])
    shades = [np.full((64, 64, 1), shade, np.float32) for shade in (-1.0, 0.0, 0.25)]
    return Finder(quantize(model, shades, max_bytes=100_000), Path("finder.tflite"))


def draw_spot(width: int, height: int, *, side: int = 16) -> Grey:
    """Paper with one dark spot in the middle, whose edges are those of cells."""
    grey = np.full((height, width), 220, np.uint8)
    y, x = height // 2, width // 2
    grey[y : y + side, x : x + side] = 20
    return grey


def find_sides(finder: Finder, grey: Grey) -> list[int]:
    """Longer sides of what is surely found, px of the frame: one for each look that kept something."""
    found = finder.find(grey)
    return sorted({round(float(side)) for side in found.longer_sides[found.heat > 0.5]})


class TestDecode:
    def test_a_peak_is_a_box_around_the_middle_of_its_cell(self) -> None:
        found = decode(build_map((3, 5, 0.9, (1.0, 2.0, 3.0, 4.0))))
        middle = 5.5 * CELL, 3.5 * CELL
        expected = [middle[0] - 1 * CELL, middle[1] - 2 * CELL, middle[0] + 3 * CELL, middle[1] + 4 * CELL]
        assert found.places[0].tolist() == pytest.approx(expected, abs=1e-3)
        assert found.heat.tolist() == pytest.approx([0.9], abs=1e-4)
        assert found.longer_sides.tolist() == pytest.approx([6 * CELL], abs=1e-3)

    def test_the_cells_around_have_their_say_the_hotter_the_more(self) -> None:
        low, high = (2.0, 2.0, 2.0, 2.0), (3.0, 2.0, 3.0, 2.0)  # the right cell: its box starts where the middle's does
        hot = build_map((3, 5, 0.9, low), (3, 6, 0.45, high), (9, 9, 0.9, low))
        left, _, right, _ = decode(hot).places[0] / CELL
        assert (left, right) == pytest.approx((3.5, (4 * 7.5 + 9.5) / 5), abs=0.01)
        assert decode(hot).places[1] / CELL == pytest.approx([7.5, 7.5, 11.5, 11.5], abs=0.01)

    def test_boxes_are_in_pixels_of_the_frame(self) -> None:
        hot = build_map((3, 5, 0.9, (1.0, 2.0, 3.0, 4.0)))
        stretched = decode(hot, across=2.5, down=3.0).places
        assert stretched == pytest.approx(decode(hot).places * [2.5, 3.0, 2.5, 3.0], abs=1e-3)

    def test_the_hottest_comes_first_and_beside_it_nothing_cooler(self) -> None:
        sides = 1.0, 1.0, 1.0, 1.0
        hot = build_map((2, 2, 0.5, sides), (8, 8, 0.9, sides), (8, 9, 0.8, sides), (9, 7, 0.7, sides))
        assert decode(hot).heat.tolist() == pytest.approx([0.9, 0.5], abs=1e-4)

    def test_what_is_hardly_warm_is_nothing(self) -> None:
        sides = 1.0, 1.0, 1.0, 1.0
        hot = build_map((2, 2, LEAST_HEAT - 0.01, sides), (8, 8, LEAST_HEAT + 0.01, sides))
        assert decode(hot).heat.tolist() == pytest.approx([LEAST_HEAT + 0.01], abs=1e-4)

    def test_a_cold_map_has_no_boxes(self) -> None:
        found = decode(build_map())
        assert (len(found), found.places.shape, found.longer_sides.shape) == (0, (0, 4), (0,))

    def test_no_more_than_the_hottest_so_many(self) -> None:
        output = np.zeros((99, 99, CHANNELS), np.float32)
        output[..., 0] = COLD
        output[::2, ::2, 0] = np.linspace(0, 5, 50 * 50).reshape(50, 50)
        heat = decode(output).heat
        assert (len(heat), float(heat[0])) == (MAX_FOUND, pytest.approx(1 / (1 + np.exp(-5))))

    def test_distances_beyond_all_reason_are_no_overflow(self) -> None:
        hot = build_map((3, 5, 0.9, (1.0, 1.0, 1.0, 1.0)))
        hot[3, 5, 1:] = 500
        assert np.isfinite(decode(hot).places).all()


class TestFound:
    def test_lies_in_the_box_that_holds_its_middle(self) -> None:
        found = Found(np.array([[10, 10, 30, 50]], np.float32), np.array([0.9], np.float32))
        boxes = [Box(0, 0, 25, 40), Box(0, 0, 15, 40), Box(0, 45, 200, 4)]
        assert found.lies_in(boxes).tolist() == [True, False, False]

    def test_nothing_lies_anywhere_and_anything_in_no_box(self) -> None:
        nothing = Found(np.empty((0, 4), np.float32), np.empty(0, np.float32))
        assert nothing.lies_in([Box(0, 0, 25, 40)]).tolist() == [False]
        assert Found(np.ones((1, 4), np.float32), np.ones(1, np.float32)).lies_in([]).shape == (0,)


class TestMerge:
    def test_of_boxes_of_one_digit_the_hottest_stays(self) -> None:
        looks = [build_found((10, 10, 30, 50, 0.6)), build_found((11, 12, 31, 50, 0.9), (100, 10, 120, 50, 0.3))]
        merged = merge(looks)
        assert merged.places.tolist() == [[11, 12, 31, 50], [100, 10, 120, 50]]
        assert merged.heat.tolist() == pytest.approx([0.9, 0.3])

    def test_what_is_gone_takes_nothing_with_it(self) -> None:
        """A chain: the second is the first, the third is the second but not the first."""
        chain = build_found((0, 0, 20, 40, 0.9), (6, 0, 26, 40, 0.8), (12, 0, 32, 40, 0.7))
        assert merge([chain]).heat.tolist() == pytest.approx([0.9, 0.7])

    def test_neighbours_that_overlap_a_little_both_stay(self) -> None:
        assert len(merge([build_found((0, 0, 20, 40, 0.9), (15, 0, 35, 40, 0.8))])) == 2

    def test_nothing_and_nothing_is_nothing(self) -> None:
        assert len(merge([build_found(), build_found()])) == 0


class TestShareOfUnion:
    @pytest.mark.parametrize(
        ("other", "share"),
        [
            ((0, 0, 20, 40), 1.0),
            ((10, 0, 30, 40), 1 / 3),
            ((0, 0, 20, 20), 0.5),
            ((20, 0, 40, 40), 0.0),  # they touch
            ((90, 90, 99, 99), 0.0),
            ((30, 30, 10, 10), 0.0),  # inside out
        ],
    )
    def test_is_what_both_cover_of_what_either_covers(self, other: tuple[float, ...], share: float) -> None:
        own = np.array([(0, 0, 20, 40)], np.float32)
        others = np.array([other, other], np.float32)
        assert share_of_union(own, others).tolist() == [pytest.approx([share, share], abs=1e-6)]

    def test_none_with_many_is_an_empty_table(self) -> None:
        none, two = np.empty((0, 4), np.float32), np.zeros((2, 4), np.float32)
        assert (share_of_union(none, two).shape, share_of_union(two, none).shape) == ((0, 2), (2, 0))


class TestWiden:
    def test_a_one_becomes_as_wide_as_a_digit_about_its_middle(self) -> None:
        (one,) = widen(np.array([(48, 10, 52, 60)], np.float32))
        assert one.tolist() == pytest.approx([50 - SLENDER * 25, 10, 50 + SLENDER * 25, 60])

    def test_a_dash_becomes_as_high(self) -> None:
        (dash,) = widen(np.array([(10, 48, 60, 52)], np.float32))
        assert dash.tolist() == pytest.approx([10, 50 - SLENDER * 25, 60, 50 + SLENDER * 25])

    def test_a_usual_digit_stays_as_it_is(self) -> None:
        assert widen(np.array([(10, 10, 40, 60)], np.float32)).tolist() == [[10, 10, 40, 60]]

    def test_so_leaning_ones_are_still_one_digit(self) -> None:
        ones = np.array([(48, 10, 52, 60), (44, 10, 50, 60)], np.float32)
        assert share_of_union(ones[:1], ones[1:])[0, 0] < 0.3
        assert share_of_union(widen(ones[:1]), widen(ones[1:]))[0, 0] > 0.6


class TestQuantizeLight:
    @pytest.mark.parametrize(
        ("quantum", "zero_point"),
        [(2 / 255, 0), (2 / 255, -1), (1.9 / 255, 4), (1.6 / 255, 0), (1.5 / 255, -20), (3 / 255, -30)],
    )
    @pytest.mark.parametrize("gain", [0.7, 4.0, 10.0])
    def test_is_what_the_float_light_would_become(self, quantum: float, zero_point: int, gain: float) -> None:
        even = np.random.default_rng(0).normal(0, 0.5, (40, 50)).astype(np.float32)
        expected = quantize_real(np.clip(even * gain, -1, 1), quantum, zero_point)
        found = quantize_light(even.copy(), gain, quantum, zero_point)
        assert found.dtype == np.int8
        assert np.abs(found.astype(int) - expected).max() <= 1  # halves may be rounded either way, and 1 often is one
        assert (found != expected)[np.abs(even * gain) < 1].mean() < 0.01


class TestFind:
    """Sides as seen: 10 px is small, 20 px usual, 50 px large, 100 px too large for a fine look."""

    @pytest.mark.parametrize(
        ("side", "frame", "expected"),
        [
            (20, (640, 480), [40]),  # a coarser look would show them larger: there they are not believed
            (50, (640, 480), [100, 200, 400]),
            (100, (640, 480), [800]),  # the coarsest takes whatever is larger
            (10, (320, 240), [5]),  # small ones are looked at again, the frame enlarged ...
            (10, (640, 480), [5]),  # ... but no more than twice ...
            (10, (1280, 960), [10]),
            (10, (2560, 1920), [20]),  # ... but no closer than at four times the first look
            (20, (1280, 960), [80]),
            (20, (160, 120), [10]),  # a small frame is enlarged ...
            (20, (80, 60), [10]),  # ... but no more than twice
        ],
    )
    def test_each_size_is_taken_from_the_look_that_sees_it_best(
        self, side: float, frame: tuple[int, int], expected: list[int]
    ) -> None:
        spot = 64 * max(1, frame[0] // 640)
        assert find_sides(hire_finder(side), draw_spot(*frame, side=spot)) == pytest.approx(expected, rel=0.05)

    def test_the_middle_is_where_it_is_dark(self) -> None:
        found = hire_finder(20).find(draw_spot(640, 480))
        middles = (found.places[:, :2] + found.places[:, 2:]) / 2
        assert middles[found.heat > 0.5].mean(axis=0).tolist() == pytest.approx([328, 248], abs=1)

    @pytest.mark.parametrize("frame", [(640, 480), (637, 411), (1000, 240), (333, 777)])
    def test_sides_that_are_no_multiple_move_nothing(self, frame: tuple[int, int]) -> None:
        spot = draw_spot(*frame)
        found = hire_finder(20).find(spot)
        middles = ((found.places[:, :2] + found.places[:, 2:]) / 2)[found.heat > 0.5]
        assert middles.mean(axis=0).tolist() == pytest.approx([frame[0] // 2 + 8, frame[1] // 2 + 8], abs=4)

    @pytest.mark.parametrize("tone", [0, 128, 255])
    def test_nothing_is_on_a_blank_page_nor_in_what_it_is_padded_with(self, tone: int) -> None:
        assert len(hire_finder(20).find(np.full((401, 603), tone, np.uint8))) == 0

    @pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (5, 3000)])
    def test_takes_frames_of_any_size(self, shape: tuple[int, int]) -> None:
        assert len(hire_finder(20).find(np.full(shape, 200, np.uint8))) == 0

    def test_one_frame_leaves_nothing_for_the_next(self) -> None:
        finder = hire_finder(20)
        before = finder.find(draw_spot(640, 480))
        finder.find(draw_spot(1280, 960, side=40))
        again = finder.find(draw_spot(640, 480))
        assert np.array_equal(before.places, again.places)
        assert np.array_equal(before.heat, again.heat)

    def test_another_network_is_refused(self) -> None:
        with pytest.raises(ModelError, match=r"x\.tflite: output is .*expected .*any, any, 5.*make convert"):
            Finder(SHIPPED_MODEL.read_bytes(), Path("x.tflite"))
