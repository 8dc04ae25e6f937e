"""Crops with their labels: digits, other writing, what lies between, what the two looks took for a digit."""

from collections import Counter

import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT
from edge.finding.crops import CROP_SIDE, CROP_VIEWS, Places, Zoom, cut_crops, normalize_crops
from edge.finding.finder import share_of_union
from tests.truths import draw_truth
from train.learning.crops_samples import (
    BLIND,
    SHARES,
    CropBatches,
    jitter,
    mine,
    open_source,
    spoil,
    take_crop,
)
from train.pages.truth import OTHER as HARDLY_THE_SAME
from train.pages.truth import Truth

PAGE = draw_truth(("1234567890", 20, 30, 40), ("9x3", 60, 120, 90), ("8", 300, 200, 200), unclear=(4,))
"""The 5 is unclear, the x a letter."""


class Seeing(Zoom):
    """Remembers which places were asked for, as middle and side of the near view."""

    def __init__(self, page: Truth) -> None:
        super().__init__(page.frame)
        self.seen: list[tuple[float, float, float]] = []

    def view(self, centre: tuple[float, float], side: float) -> np.ndarray:
        self.seen.append((*centre, side))
        return super().view(centre, side)


def take_many(kind: str, count: int = 200) -> tuple[Places, list[int]]:
    """Middles and longer sides of so many crops, (N, 3), and their labels."""
    source, rng = open_source(PAGE), np.random.default_rng(0)
    zoom = source.zoom = Seeing(PAGE)
    labels = [take_crop(rng, source, kind)[1] for _ in range(count)]
    near = np.array(zoom.seen[::CROP_VIEWS], np.float32)
    near[:, 2] *= 20 / CROP_SIDE
    return near, labels


class TestOpenSource:
    def test_clear_digits_and_clear_other_writing_are_kept_apart(self) -> None:
        kinds = open_source(PAGE).kinds
        assert kinds["digit"].labels.tolist() == [1, 2, 3, 4, 6, 7, 8, 9, 0, 9, 3, 8]
        assert kinds["other"].labels.tolist() == [NOT_A_DIGIT]
        assert kinds["other"].places.tolist() == [[141, 120, 195, 210]]


class TestMine:
    def test_what_is_found_is_labelled_and_what_nobody_can_say_is_left_out(self) -> None:
        source = open_source(PAGE)
        right, unclear, half, letter, paper = (
            (21, 30, 45, 70),
            (164, 30, 188, 70),
            (20, 30, 44, 52),
            (141, 120, 195, 210),
            (500, 50, 530, 90),
        )
        mine(source, np.array([right, unclear, half, letter, paper], np.float32))
        assert source.kinds["mined"].places.tolist() == [list(right), list(letter), list(paper)]
        assert source.kinds["mined"].labels.tolist() == [1, NOT_A_DIGIT, NOT_A_DIGIT]

    def test_a_page_on_which_nothing_is_found_has_nothing_mined(self) -> None:
        source = open_source(PAGE)
        mine(source, np.empty((0, 4), np.float32))
        assert "mined" not in source.kinds


class TestTakeCrop:
    def test_a_digit_is_labelled_and_stands_in_the_middle(self) -> None:
        near, labels = take_many("digit")
        digits = PAGE.places[PAGE.digits]
        middles = (digits[:, :2] + digits[:, 2:]) / 2
        away = np.abs(near[:, np.newaxis, :2] - middles).max(axis=2)
        own = away.argmin(axis=1)
        assert labels == PAGE.class_ids[PAGE.digits][own].tolist()
        assert set(labels) == set(range(10)) - {5}
        longest = (digits[own, 2:] - digits[own, :2]).max(axis=1)
        assert (away.min(axis=1) / longest).max() < 0.25
        assert np.median(near[:, 2] / longest) == pytest.approx(1, abs=0.06)

    def test_other_writing_is_no_digit(self) -> None:
        near, labels = take_many("other", 20)
        assert set(labels) == {NOT_A_DIGIT}
        assert np.abs(near[:, :2] - (168, 165)).max() < 25

    def test_what_lies_between_is_no_digit_and_never_the_box_of_one(self) -> None:
        near, labels = take_many("between", 400)
        assert set(labels) == {NOT_A_DIGIT}
        digits = PAGE.places[PAGE.digits]
        middles, longest = (digits[:, :2] + digits[:, 2:]) / 2, (digits[:, 2:] - digits[:, :2]).max(axis=1)
        off = np.abs(near[:, np.newaxis, :2] - middles).max(axis=2) / longest
        ratio = np.abs(np.log(near[:, 2:] / longest))
        assert not ((off < 0.15) & (ratio < 0.25)).any()
        assert ((off < 1) & (ratio < 1)).any(axis=1).mean() > 0.3  # but close to them: halves, seams

    def test_mined_places_are_taken_as_they_were_found(self) -> None:
        source = open_source(PAGE)
        mine(source, np.array([(21.5, 30, 45, 70)], np.float32))
        crop, label = take_crop(np.random.default_rng(0), source, "mined")
        assert label == 1
        assert np.array_equal(crop, cut_crops(Zoom(PAGE.frame), np.array([(21.5, 30, 45, 70)], np.float32))[0])


class TestJitter:
    def test_most_boxes_are_still_the_digit_and_all_are_near_it(self) -> None:
        rng, box = np.random.default_rng(0), np.array([100, 100, 140, 170], np.float32)
        boxes = np.stack([jitter(rng, box) for _ in range(500)])
        share = share_of_union(box[np.newaxis], boxes)[0]
        assert share.min() > HARDLY_THE_SAME
        assert 0.75 < np.median(share) < 0.95
        assert boxes.mean(axis=0) == pytest.approx(box, abs=1)

    def test_a_one_stays_narrow_and_keeps_its_sides_in_order(self) -> None:
        rng, one = np.random.default_rng(0), np.array([100, 100, 106, 170], np.float32)
        boxes = np.stack([jitter(rng, one) for _ in range(500)])
        assert np.median(boxes[:, 2] - boxes[:, 0]) < 12


class TestSpoil:
    @pytest.fixture
    def views(self) -> np.ndarray:
        """300 times the same crop, in which every level stands."""
        levels = np.linspace(0, 255, CROP_SIDE**2).reshape(CROP_SIDE, CROP_SIDE).round().astype(np.uint8)
        return np.tile(levels[np.newaxis, ..., np.newaxis], (300, 1, 1, CROP_VIEWS))

    def test_what_comes_out_is_normalized(self, views: np.ndarray) -> None:
        crops = spoil(np.random.default_rng(0), views)
        assert crops.dtype == np.float32
        assert crops.shape == views.shape
        assert np.abs(crops).max() == 1

    def test_many_are_left_as_the_edge_would_see_them(self, views: np.ndarray) -> None:
        plain = normalize_crops(views[:1])[0, ..., 0]
        same = (np.abs(spoil(np.random.default_rng(0), views)[..., 0] - plain).max(axis=(1, 2)) < 0.02).mean()
        assert 0.3 < same < 0.6

    def test_in_a_negative_every_level_is_its_opposite_the_darkest_too(self, views: np.ndarray) -> None:
        negative = normalize_crops(255 - views[:1])[0, ..., 0]
        near = spoil(np.random.default_rng(0), views)[..., 0]
        same = (np.abs(near - negative).max(axis=(1, 2)) < 0.02).mean()
        assert 0.03 < same < 0.15

    def test_now_and_then_the_wide_view_is_hidden_never_the_near_one(self, views: np.ndarray) -> None:
        hidden = ~spoil(np.random.default_rng(0), views).any(axis=(1, 2))
        assert hidden[:, 0].sum() == 0
        assert hidden[:, 1].mean() == pytest.approx(BLIND, abs=0.06)

    def test_what_it_is_given_stays_as_it_was(self, views: np.ndarray) -> None:
        before = views.copy()
        spoil(np.random.default_rng(0), views)
        assert np.array_equal(views, before)


class TestCropBatches:
    def build(self, *pages: Truth, seed: int = 1, mined: bool = False) -> CropBatches:
        sources = [open_source(page) for page in pages]
        for source in sources if mined else []:
            mine(source, np.array([(500, 50, 530, 90)], np.float32))
        return CropBatches(sources, batch=600, batches=2, seed=seed)

    def test_a_batch_has_its_share_of_each_kind(self) -> None:
        crops, labels = self.build(PAGE, mined=True)[0]
        assert crops.shape == (600, CROP_SIDE, CROP_SIDE, CROP_VIEWS)
        assert (labels < NOT_A_DIGIT).mean() == pytest.approx(SHARES["digit"], abs=0.06)

    def test_a_kind_that_is_nowhere_leaves_its_share_to_the_others(self) -> None:
        _, labels = self.build(PAGE)[0]
        assert (labels < NOT_A_DIGIT).mean() == pytest.approx(SHARES["digit"] / (1 - SHARES["mined"]), abs=0.06)

    def test_pages_without_a_kind_do_no_harm(self) -> None:
        only_letters, blank = draw_truth(("xy", 40, 40, 60)), draw_truth()
        _, labels = self.build(only_letters, blank, PAGE)[0]
        assert Counter(labels.tolist()).keys() == (set(range(11)) - {5})

    def test_all_chance_follows_from_seed_epoch_and_number(self) -> None:
        one, again, other = self.build(PAGE), self.build(PAGE), self.build(PAGE, seed=2)
        first = one[0]
        assert all(np.array_equal(a, b) for a, b in zip(first, again[0], strict=True))
        assert not np.array_equal(first[0], one[1][0])
        assert not np.array_equal(first[0], other[0][0])
        one.on_epoch_end()
        assert not np.array_equal(first[0], one[0][0])
