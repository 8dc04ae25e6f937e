"""Two looks, one list: the same digit once, each with one probability from all that its witnesses say."""

from collections.abc import Sequence

import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT, Box, Grey
from edge.finding.finder import LEAST_HEAT, Found
from edge.reading.union import (
    HOPELESS,
    MAX_CROPS,
    PLAUSIBLE,
    Pool,
    Weights,
    choose_among_overlapping,
    choose_candidates,
    choose_crops,
    cut_out,
    features_of_alone,
    features_of_both,
    log_odds,
    mix_digits,
    pool_candidates,
    weigh_witnesses,
)
from tests.pools import EQUAL, NEVER, build_candidate, build_pool
from tests.verdicts import verdict


def build_grey(*boxes: Box, paper: int = 220, pen: int = 40) -> Grey:
    """Paper with filled boxes of ink."""
    grey = np.full((200, 300), paper, np.uint8)
    for box in boxes:
        grey[box.y : box.bottom, box.x : box.right] = pen
    return grey


def build_found(*boxes: tuple[float, float, float, float, float]) -> Found:
    """Left, top, right, bottom, heat."""
    array = np.array(boxes, np.float32).reshape(-1, 5)
    return Found(array[:, :4], array[:, 4])


def pool_them(contours: Sequence[Box], *found: tuple[float, float, float, float, float]) -> Pool:
    """Contours that are surely sevens, and what the finder saw, all of it ink."""
    seen = [Box(int(x0), int(y0), int(x1 - x0), int(y1 - y0)) for x0, y0, x1, y1, _ in found]
    grey = build_grey(*contours, *seen)
    return pool_candidates([(build_candidate(box), verdict(7)) for box in contours], build_found(*found), grey)


def hear(*, both: tuple[float, ...] = (9.0,) * 5, alone: tuple[float, ...] = (9.0,) * 3) -> Weights:
    return Weights(both, alone, 0.5, (9.0,) * 3)


def share_of_digit(pool: Pool, weights: Weights) -> list[float]:
    return [float(1 - other) for other in weigh_witnesses(pool, weights)[:, NOT_A_DIGIT]]


def boxes_of(pool: Pool) -> list[Box]:
    return [pool.candidate(one).box for one in range(len(pool.places))]


BOX = Box(50, 60, 30, 50)


class TestPoolCandidates:
    def test_a_digit_that_both_looks_found_is_one_candidate_with_the_heat(self) -> None:
        pool = pool_them([BOX], (52, 61, 79, 111, 0.8))
        assert boxes_of(pool) == [BOX]
        assert pool.places.tolist() == [[50, 60, 80, 110]]
        assert pool.heat.tolist() == pytest.approx([0.8])
        assert pool.by_contour.tolist() == [True]

    def test_what_the_finder_alone_saw_has_no_glyph(self) -> None:
        pool = pool_them([BOX], (200.4, 61, 230.2, 111, 0.8))
        assert boxes_of(pool) == [BOX, Box(200, 61, 31, 50)]
        assert pool.places[1].tolist() == pytest.approx([200.4, 61, 230.2, 111])  # parts of a pixel stay for the crop
        assert pool.by_contour.tolist() == [True, False]
        assert pool.heat.tolist() == pytest.approx([LEAST_HEAT, 0.8])
        assert np.isnan(pool.glyph[1]).all()

    def test_a_box_of_half_a_piece_speaks_for_it_and_is_a_candidate_itself(self) -> None:
        """Two digits that touch: the piece is as wide as both, the finder sees each."""
        pool = pool_them([Box(50, 60, 60, 50)], (50, 60, 80, 110, 0.7), (80, 60, 110, 110, 0.9))
        assert [box.width for box in boxes_of(pool)] == [60, 30, 30]
        assert pool.heat.tolist() == pytest.approx([0.9, 0.7, 0.9])

    def test_a_box_that_hardly_touches_says_nothing_of_a_contour(self) -> None:
        pool = pool_them([BOX], (75, 60, 105, 110, 0.8))
        assert pool.heat.tolist() == pytest.approx([LEAST_HEAT, 0.8])

    def test_a_one_is_found_though_its_box_is_a_little_off(self) -> None:
        assert len(pool_them([Box(50, 60, 5, 50)], (54, 60, 61, 110, 0.8)).places) == 1

    def test_a_box_without_ink_is_no_candidate(self) -> None:
        grey = build_grey(BOX)
        pool = pool_candidates([], build_found((50, 60, 80, 110, 0.9), (200, 100, 230, 150, 0.9)), grey)
        assert [pool.candidate(one) is None for one in (0, 1)] == [False, True]

    def test_no_crop_has_been_read_yet(self) -> None:
        assert pool_them([BOX], (200, 61, 230, 111, 0.8)).seen_grey.tolist() == [False, False]

    @pytest.mark.parametrize("contours", [[], [BOX]])
    def test_looks_that_found_nothing_are_no_fault(self, contours: list[Box]) -> None:
        pool = pool_them(contours)
        assert len(pool.contours) == len(contours)
        assert (pool.glyph.shape, pool.crop.shape, pool.places.shape) == (
            (len(contours), 11),
            (len(contours), 11),
            (len(contours), 4),
        )


class TestCutOut:
    @pytest.mark.parametrize(("paper", "pen"), [(220, 40), (40, 220)])
    def test_ink_is_what_differs_from_the_paper_dark_or_light(self, paper: int, pen: int) -> None:
        grey = build_grey(Box(60, 70, 10, 30), paper=paper, pen=pen)
        candidate = cut_out(grey, np.array([55.5, 65.2, 75.0, 105.0], np.float32))
        assert candidate is not None
        assert candidate.box == Box(55, 65, 20, 40)
        expected = np.zeros((40, 20), np.uint8)
        expected[5:35, 5:15] = 255
        assert np.array_equal(candidate.ink, expected)

    @pytest.mark.parametrize(("paper", "pen"), [(220, 40), (40, 220)])
    @pytest.mark.parametrize("margin", [0, 1])
    def test_a_bold_one_fills_its_box_and_is_still_the_ink(self, paper: int, pen: int, margin: int) -> None:
        grey = build_grey(Box(60, 70, 12, 30), paper=paper, pen=pen)
        noisy = (grey + np.random.default_rng(0).normal(0, 6, grey.shape)).astype(np.uint8)
        place = 60 - margin, 70 - margin, 72 + margin, 100 + margin
        candidate = cut_out(noisy, np.array(place, np.float32))
        assert candidate is not None
        inner = candidate.ink[margin : margin + 30, margin : margin + 12]
        assert (inner == 255).all()
        assert candidate.ink.sum() == inner.sum()

    def test_a_digit_that_fills_the_frame_is_the_ink(self) -> None:
        grey = np.full((50, 30), 220, np.uint8)
        grey[5:45, 12:18] = 40
        candidate = cut_out(grey, np.array([0, 0, 30, 50], np.float32))
        assert candidate is not None
        assert (candidate.ink == 255).sum() == 40 * 6

    def test_what_lies_outside_of_the_frame_is_cut(self) -> None:
        grey = build_grey(Box(0, 0, 12, 30))
        candidate = cut_out(grey, np.array([-15, -10, 20, 40], np.float32))
        assert candidate is not None
        assert candidate.box == Box(0, 0, 20, 40)

    @pytest.mark.parametrize("place", [(-90, 10, -60, 50), (299.5, 10, 330, 50), (60, 70, 60.5, 110), (80, 90, 60, 70)])
    def test_no_pixels_no_candidate(self, place: tuple[float, ...]) -> None:
        assert cut_out(build_grey(BOX), np.array(place, np.float32)) is None

    def test_blank_paper_has_no_ink(self) -> None:
        assert cut_out(build_grey(), np.array([50, 60, 80, 110], np.float32)) is None


class TestChooseCrops:
    def test_what_is_hopeless_is_not_looked_at_again(self) -> None:
        hopeless, hopeful = verdict(NOT_A_DIGIT, 1 - HOPELESS / 2), verdict(NOT_A_DIGIT, 1 - 2 * HOPELESS)
        pool = build_pool(
            (BOX, hopeless, NEVER, LEAST_HEAT), (BOX, hopeful, NEVER, LEAST_HEAT), (BOX, hopeless, NEVER, 0.2)
        )
        assert sorted(choose_crops(pool).tolist()) == [1, 2]

    def test_what_the_finder_alone_saw_is_always_looked_at(self) -> None:
        assert choose_crops(build_pool((BOX, NEVER, NEVER, LEAST_HEAT + 0.01))).tolist() == [0]

    def test_of_too_many_the_likeliest(self) -> None:
        rows = [(BOX, verdict(3, share), NEVER, LEAST_HEAT) for share in np.linspace(0.2, 0.9, MAX_CROPS + 40)]
        assert sorted(choose_crops(build_pool(*rows)).tolist()) == list(range(40, MAX_CROPS + 40))

    def test_an_empty_frame_asks_nothing(self) -> None:
        assert choose_crops(build_pool()).tolist() == []


class TestWeighWitnesses:
    def test_equal_weights_add_the_log_odds_up(self) -> None:
        pool = build_pool((BOX, verdict(3, 0.8), verdict(3, 0.6), 0.3))
        glyph, crop = (1 - verdict(3, share)[NOT_A_DIGIT] for share in (0.8, 0.6))
        odds = glyph / (1 - glyph) * crop / (1 - crop) * 0.3 / 0.7
        assert share_of_digit(pool, EQUAL) == pytest.approx([odds / (1 + odds)], abs=1e-5)

    @pytest.mark.parametrize(
        ("weights", "expected"),
        [
            ((0.0, 0.0, 0.0, 0.0, 0.0), 0.5),  # nobody is heard
            ((np.log(4), 0.0, 0.0, 0.0, 0.0), 0.8),  # the bias alone
            ((0.0, 1.0, 0.0, 0.0, 0.0), 0.9),  # the glyph alone ...
            ((0.0, 0.0, 1.0, 0.0, 0.0), 0.3),
            ((0.0, 0.0, 0.0, 1.0, 0.0), 0.2),
            ((0.0, -1.0, 0.0, 0.0, 0.0), 0.1),
        ],
    )
    def test_each_weight_lets_its_witness_speak(self, weights: tuple[float, ...], expected: float) -> None:
        glyph, crop = np.zeros(11, np.float32), np.zeros(11, np.float32)
        glyph[[3, NOT_A_DIGIT]], crop[[3, NOT_A_DIGIT]] = (0.9, 0.1), (0.3, 0.7)
        pool = build_pool((BOX, glyph, crop, 0.2))
        assert share_of_digit(pool, hear(both=weights)) == pytest.approx([expected], abs=1e-5)

    def test_glyph_and_crop_that_disagree_on_the_digit_speak_against_it(self) -> None:
        weights = hear(both=(0.0, 0.0, 0.0, 0.0, 1.0))
        alike, unlike = (
            share_of_digit(build_pool((BOX, verdict(3), verdict(other), 0.5)), weights)[0] for other in (3, 5)
        )
        assert alike > 0.4
        assert unlike < 0.05

    @pytest.mark.parametrize(("weights", "expected"), [((0.0, 1.0, 0.0), 0.3), ((0.0, 0.0, 1.0), 0.2)])
    def test_what_the_finder_alone_saw_has_two_witnesses(self, weights: tuple[float, ...], expected: float) -> None:
        crop = np.zeros(11, np.float32)
        crop[[3, NOT_A_DIGIT]] = 0.3, 0.7
        pool = build_pool((BOX, NEVER, crop, 0.2))
        assert share_of_digit(pool, hear(alone=weights)) == pytest.approx([expected], abs=1e-5)

    def test_what_nobody_looked_at_in_grey_is_no_digit(self) -> None:
        pool = build_pool((BOX, verdict(3, 0.2), NEVER, LEAST_HEAT), (BOX, NEVER, NEVER, 0.9))
        assert share_of_digit(pool, EQUAL) == pytest.approx([0, 0], abs=1e-4)

    def test_every_row_is_a_probability_whoever_was_asked(self) -> None:
        rows = [(BOX, glyph, crop, 0.5) for glyph in (verdict(3), NEVER) for crop in (verdict(5), NEVER)]
        joint = weigh_witnesses(build_pool(*rows), EQUAL)
        assert joint.dtype == np.float32
        assert np.isfinite(joint).all()
        assert joint.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-5)

    def test_an_empty_frame_is_no_fault(self) -> None:
        assert weigh_witnesses(build_pool(), EQUAL).shape == (0, 11)


class TestMixDigits:
    @pytest.mark.parametrize(("share", "best"), [(0.9, 3), (0.1, 5)])
    def test_the_share_says_whose_digit_it_is(self, share: float, best: int) -> None:
        mixed = mix_digits(verdict(3)[np.newaxis], verdict(5)[np.newaxis], share)
        assert (mixed.shape, int(mixed.argmax())) == ((1, 10), best)

    def test_where_one_is_silent_the_other_decides(self) -> None:
        both = np.stack([verdict(3), NEVER]), np.stack([NEVER, verdict(5)])
        assert mix_digits(*both, 0.5).argmax(axis=1).tolist() == [3, 5]

    def test_how_likely_it_is_no_digit_does_not_matter_here(self) -> None:
        sure, unsure = verdict(3), verdict(3) * np.float32(0.1)
        unsure[NOT_A_DIGIT] = 0.9
        mixed = mix_digits(np.stack([sure, unsure]), np.stack([sure, unsure]), 0.5)
        assert mixed[0] == pytest.approx(mixed[1], abs=1e-3)

    def test_nobody_says_anything_then_each_is_as_likely(self) -> None:
        assert mix_digits(NEVER[np.newaxis], NEVER[np.newaxis], 0.5) == pytest.approx(np.full((1, 10), 0.1))


class TestChooseAmongOverlapping:
    def choose(self, *rows: tuple[Box, float], alone: bool = False) -> list[int]:
        """Which stay, of boxes with their probability to be a digit; found by contours, or by the finder alone."""
        pool = build_pool(*((box, NEVER if alone else verdict(3), verdict(3), 0.5) for box, _ in rows))
        joint = np.zeros((len(rows), 11), np.float32)
        joint[:, 3] = [share for _, share in rows]
        joint[:, NOT_A_DIGIT] = 1 - joint[:, 3]
        return choose_among_overlapping(pool, joint).tolist()

    def test_of_two_that_overlap_the_likelier_stays(self) -> None:
        assert self.choose((BOX, 0.7), (Box(55, 62, 30, 50), 0.9)) == [1]

    def test_neighbours_that_overlap_a_little_both_stay_the_likelier_first(self) -> None:
        assert self.choose((BOX, 0.7), (Box(70, 62, 30, 50), 0.9)) == [1, 0]

    def test_a_box_round_digits_goes(self) -> None:
        """Larger than each of them, and less likely: they lie in it."""
        frame, digits = Box(40, 50, 110, 70), [Box(50 + 35 * n, 60, 25, 50) for n in range(3)]
        assert self.choose((frame, 0.6), *((digit, 0.9) for digit in digits)) == [1, 2, 3]

    def test_but_a_speck_in_a_digit_goes_instead(self) -> None:
        assert self.choose((BOX, 0.9), (Box(60, 70, 6, 8), 0.5)) == [0]

    def test_what_is_gone_takes_nothing_with_it(self) -> None:
        one, two, three = Box(50, 60, 30, 50), Box(64, 60, 30, 50), Box(78, 60, 30, 50)
        assert self.choose((one, 0.9), (two, 0.8), (three, 0.7)) == [0, 2]

    def test_what_is_hardly_a_digit_takes_nothing_away(self) -> None:
        low = PLAUSIBLE - 0.1
        assert self.choose((BOX, low), (Box(52, 62, 30, 50), low - 0.1)) == [0, 1]

    def test_nor_stays_at_all_where_the_finder_alone_saw_it(self) -> None:
        assert self.choose((BOX, PLAUSIBLE - 0.1), (Box(150, 62, 30, 50), PLAUSIBLE + 0.1), alone=True) == [1]

    def test_an_empty_frame_is_no_fault(self) -> None:
        assert self.choose() == []


class TestChooseCandidates:
    """Two digits, and beside them a shape that nobody takes for one."""

    @staticmethod
    def choose(*shares: float, tone: int) -> list[int]:
        boxes = [Box(20, 60, 8, 50), Box(120, 60, 30, 50), Box(220, 60, 30, 4)]
        rows = [verdict(NOT_A_DIGIT, 1 - share) for share in shares]
        pool = build_pool(*((box, row, row, 0.5) for box, row in zip(boxes, rows, strict=True)))
        pool.grey[60:64, 220:250] = tone
        return sorted(number for number, _ in choose_candidates(pool, np.stack(rows)))

    def test_the_line_of_a_grid_is_paper(self) -> None:
        assert self.choose(0.99, 0.95, 0.01, tone=180) == [0, 1]

    def test_a_sign_is_as_dark_as_the_digits_and_stays(self) -> None:
        assert self.choose(0.99, 0.95, 0.01, tone=60) == [0, 1, 2]

    def test_so_does_what_may_be_a_digit_however_faint(self) -> None:
        assert self.choose(0.99, 0.95, PLAUSIBLE + 0.01, tone=180) == [0, 1, 2]

    def test_without_a_digit_there_is_nothing_to_compare_with(self) -> None:
        assert self.choose(0.3, 0.3, 0.01, tone=180) == [0, 1, 2]

    def test_what_overlaps_a_likelier_one_goes(self) -> None:
        pool = build_pool((BOX, verdict(3), verdict(3), 0.5), (Box(55, 62, 30, 50), verdict(3), verdict(3), 0.5))
        joint = np.stack([verdict(3, 0.7), verdict(3, 0.9)])
        assert [number for number, _ in choose_candidates(pool, joint)] == [1]

    def test_an_empty_frame_is_no_fault(self) -> None:
        assert choose_candidates(build_pool(), np.empty((0, 11), np.float32)) == []


class TestFeatures:
    def test_have_a_column_for_each_weight(self) -> None:
        pool = build_pool((BOX, verdict(3), verdict(3), 0.5), (BOX, NEVER, verdict(3), 0.5))
        both = features_of_both(pool, pool.by_contour)
        alone = features_of_alone(pool, ~pool.by_contour)
        assert (both.shape, alone.shape) == ((1, len(EQUAL.both)), (1, len(EQUAL.alone)))
        assert (both[0, 0], alone[0, 0]) == (1, 1)

    def test_no_witness_is_surer_than_sure(self) -> None:
        odds = log_odds(np.array([0.0, 0.5, 1.0]))
        assert odds.tolist() == pytest.approx([-odds[2], 0, odds[2]])
        assert odds[2] < 7
