"""What the finder is shown and what it should say of it: the edge's own decoder finds the true boxes in the target."""

import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT
from edge.finding import finder as edge_finder
from edge.finding.finder import decode, share_of_union
from tests.truths import draw_truth
from train.learning.finder_samples import (
    CELL,
    CHANNELS,
    HEAT,
    LABEL,
    LARGEST,
    OTHER,
    OTHER_SEEN,
    SEEN,
    SIDES,
    SMALLEST,
    WEIGHT,
    WINDOW,
    Windows,
    cut_window,
    draw_target,
)
from train.networks import finder as network
from train.pages.truth import Truth


def draw(page: Truth, *, scale: float = 1.0, left: float = 0.0, top: float = 0.0) -> np.ndarray:
    return draw_target(page, scale=scale, left=left, top=top)


def find_boxes(target: np.ndarray) -> np.ndarray:
    """What the edge reads in a target, as if the network had said it: px of the window, where heat is 1."""
    heat = np.clip(target[..., HEAT], 1e-6, 1 - 1e-6)
    output = np.concatenate([np.log(heat / (1 - heat))[..., np.newaxis], target[..., SIDES]], axis=-1)
    found = decode(output.astype(np.float32))
    return found.places[found.heat > 0.999]


class TestBothSides:
    def test_training_and_edge_agree_on_cells_channels_and_padding(self) -> None:
        assert (CELL, network.CHANNELS, network.STRIDE) == (
            edge_finder.CELL,
            edge_finder.CHANNELS,
            edge_finder.STRIDE,
        )
        assert (SIDES.stop - SIDES.start, WINDOW % edge_finder.STRIDE) == (4, 0)


class TestDrawTarget:
    def test_it_is_hottest_in_the_middle_of_a_digit_and_cold_between(self) -> None:
        target = draw(draw_truth(("7", 40, 60, 50)))  # its middle is at 55, 85
        assert target.shape == (WINDOW // CELL, WINDOW // CELL, CHANNELS)
        assert np.argwhere(target[..., HEAT] == 1).tolist() == [[85 // CELL, 55 // CELL]]
        assert target[:10, :, HEAT].max() == 0
        assert target[85 // CELL, 55 // CELL, LABEL] == 7

    @pytest.mark.parametrize(("scale", "left", "top"), [(1, 0, 0), (0.5, -20, 13), (2.2, 31, 47.5), (0.8, 7.7, 0.1)])
    def test_its_sides_decode_to_the_true_box(self, scale: float, left: float, top: float) -> None:
        page = draw_truth(("7", 40, 60, 50), ("15", 90, 80, 36))
        expected = (page.places - [left, top, left, top]) * scale
        inside = (expected[:, :2] > 0).all(axis=1) & (expected[:, 2:] < WINDOW).all(axis=1)
        assert inside.any()
        found = find_boxes(draw(page, scale=scale, left=left, top=top))
        assert len(found) == inside.sum()
        assert share_of_union(expected[inside].astype(np.float32), found).max(axis=1).min() > 0.98

    def test_sides_count_where_it_is_hot(self) -> None:
        target = draw(draw_truth(("7", 40, 60, 50)))
        assert np.array_equal(target[..., WEIGHT] > 0, target[..., HEAT] > 0.1)
        assert target[..., WEIGHT].max() == pytest.approx(target[..., HEAT].max(), abs=0.2)

    def test_other_writing_is_no_digit_and_has_a_heat_of_its_own(self) -> None:
        target = draw(draw_truth(("x", 40, 60, 50)))
        assert (target[..., HEAT].max(), target[..., SEEN].min()) == (0, 1)  # it counts: nothing is there
        assert np.argwhere(target[..., OTHER] == 1).tolist() == [[85 // CELL, 55 // CELL]]

    @pytest.mark.parametrize("sign", ["7", "x"])
    def test_what_is_unclear_counts_neither_way(self, sign: str) -> None:
        target = draw(draw_truth((sign, 40, 60, 50), unclear=(0,)))
        covered = slice(60 // CELL, 110 // CELL), slice(40 // CELL, 70 // CELL)
        assert target[..., [HEAT, OTHER]].max() == 0
        assert target[covered][..., OTHER_SEEN].max() == 0
        # An unclear letter is still no digit.
        assert target[covered][..., SEEN].max() == (0 if sign == "7" else 1)
        assert target[:10, ..., SEEN].min() == 1

    @pytest.mark.parametrize("scale", [0.9 * SMALLEST / 50, 1.1 * LARGEST / 50])
    @pytest.mark.parametrize("sign", ["7", "x"])
    def test_another_look_sees_what_is_too_small_or_too_large(self, sign: str, scale: float) -> None:
        target = draw(draw_truth((sign, 20, 30, 50)), scale=scale)
        row, column = (int(middle * scale / CELL) for middle in (55, 35))
        assert target[..., [HEAT, OTHER]].max() == 0
        assert target[row, column, [SEEN, OTHER_SEEN]].tolist() == [0, 0]

    def test_a_clear_digit_on_something_unclear_is_found(self) -> None:
        page = draw_truth(("7", 40, 60, 50), ("3", 36, 50, 90), unclear=(1,))
        target = draw(page)
        assert target[85 // CELL, 55 // CELL, [HEAT, SEEN]].tolist() == [1, 1]

    def test_of_two_that_overlap_each_has_its_own_box(self) -> None:
        places = np.array([(40, 60, 70, 110), (62, 60, 92, 110), (100, 60, 160, 160), (110, 70, 125, 95)], np.float32)
        page = Truth(np.zeros((300, 300), np.uint8), places, np.array([1, 2, 3, 4]), np.ones(4, np.bool_), 0.1)
        assert share_of_union(places, find_boxes(draw(page))).max(axis=1).min() > 0.98

    def test_one_that_reaches_out_of_the_window_has_heat_and_sides_there(self) -> None:
        page = draw_truth(("7", 40, 60, 50))
        target = draw(page, left=50)  # its middle is at 5, its left side beyond the border
        (found,) = find_boxes(target)
        assert found.tolist() == pytest.approx([-10, 60, 20, 110], abs=0.3)

    def test_a_page_without_writing_is_cold_and_all_of_it_counts(self) -> None:
        target = draw(draw_truth())
        assert (np.abs(target[..., [HEAT, OTHER, WEIGHT]]).max(), target[..., [SEEN, OTHER_SEEN]].min()) == (0, 1)


PAGE = draw_truth(("1234567890", 20, 30, 40), ("9x3", 60, 120, 90), ("8", 300, 200, 200))


class TestCutWindow:
    def test_light_and_target_are_of_the_same_place(self) -> None:
        """The heat lies on rings: their middle is paper, their stroke is ink, dark or, in the negative, light."""
        rng, seen = np.random.default_rng(0), 0
        for _ in range(40):
            light, target = cut_window(rng, PAGE)
            assert light.shape == (WINDOW, WINDOW)
            assert -1 <= light.min() <= light.max() <= 1
            for x0, y0, x1, y1 in find_boxes(target).round().astype(int):
                if min(x0, y0) < 2 or max(x1, y1) > WINDOW - 2 or min(x1 - x0, y1 - y0) < 16:
                    continue
                middle = light[(y0 + y1) // 2, (x0 + x1) // 2]
                stroke = np.abs(light[(y0 + y1) // 2, x0 : x0 + (x1 - x0) // 4 + 1] - middle).max()
                seen += stroke > 0.25
                assert stroke > 0.05
        assert seen > 60

    def test_most_windows_show_a_digit_and_some_a_negative(self) -> None:
        rng = np.random.default_rng(1)
        windows = [cut_window(rng, PAGE) for _ in range(60)]
        assert sum(bool((target[..., HEAT] == 1).any()) for _, target in windows) > 40
        assert any(light.mean() > 0.02 for light, _ in windows)
        assert any(light.mean() < -0.02 for light, _ in windows)

    def test_a_page_of_any_size_will_do(self) -> None:
        small = draw_truth(("7", 4, 4, 20), shape=(28, 24))
        light, target = cut_window(np.random.default_rng(0), small)
        assert (light.shape, target.shape) == ((WINDOW, WINDOW), (WINDOW // CELL, WINDOW // CELL, CHANNELS))
        assert np.isfinite(light).all()
        assert np.isfinite(target).all()


class TestWindows:
    def build(self, seed: int = 1) -> Windows:
        return Windows([PAGE, draw_truth()], batch=3, batches=2, seed=seed)

    def test_a_batch_is_light_with_its_targets(self) -> None:
        windows = self.build()
        light, target = windows[0]
        assert len(windows) == 2
        assert (light.shape, target.shape) == ((3, WINDOW, WINDOW, 1), (3, WINDOW // CELL, WINDOW // CELL, CHANNELS))

    def test_all_chance_follows_from_seed_epoch_and_number(self) -> None:
        one, again, other = self.build(), self.build(), self.build(seed=2)
        first = one[0][0]
        assert np.array_equal(first, again[0][0])
        assert not np.array_equal(first, one[1][0])
        assert not np.array_equal(first, other[0][0])
        one.on_epoch_end()
        assert not np.array_equal(first, one[0][0])


def test_the_label_of_other_writing_is_never_taught() -> None:
    target = draw(draw_truth(("x", 40, 60, 50)))
    assert target[..., WEIGHT].max() == 0
    assert target[..., LABEL].max() < NOT_A_DIGIT
