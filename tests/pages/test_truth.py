"""What stands on a rendered page, as boxes: digits, other writing, and what nobody can tell."""

import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT, Box
from train.digits.mnist import Digits, load_sample
from train.pages.render import Page
from train.pages.truth import LEAST_SIDE, UNKNOWN, Truth, build_truths, label_places, tell_truth
from train.pages.world import Part

PAPER, PEN = 200, 60
SEVEN, THREE, LETTER = (Box(20, 20, 20, 40), 7), (Box(60, 20, 24, 40), 3), (Box(100, 20, 20, 40), NOT_A_DIGIT)


def build_page(
    *items: tuple[Box, int],
    shown: dict[int, float] | None = None,
    pens: dict[int, int] | None = None,
    noise: float = 0.0,
    doubtful: tuple[int, ...] = (),
    unclear: tuple[int, ...] = (),
) -> Page:
    """A page of filled boxes with their class_ids; shown: of some only this share of what they would cover."""
    owner = np.zeros((120, 200), np.int32)
    frame = np.full(owner.shape, PAPER, np.float32)
    for number, (box, _) in enumerate(items):
        owner[box.y : box.bottom, box.x : box.right] = number + 1
        frame[box.y : box.bottom, box.x : box.right] = (pens or {}).get(number, PEN)
    frame += noise * np.random.default_rng(0).standard_normal(frame.shape)
    areas = tuple(
        round(box.width * box.height / (shown or {}).get(number, 1.0)) for number, (box, _) in enumerate(items)
    )
    return Page(
        frame.clip(0, 255).astype(np.uint8),
        owner,
        tuple(class_id for _, class_id in items),
        areas,
        frozenset(doubtful),
        frozenset(unclear),
    )


def is_clear(page: Page) -> list[bool]:
    return tell_truth(page).clear.tolist()


class TestTellTruth:
    def test_each_item_has_its_box_and_its_label(self) -> None:
        truth = tell_truth(build_page(SEVEN, THREE, LETTER))
        assert truth.places.tolist() == [[20, 20, 40, 60], [60, 20, 84, 60], [100, 20, 120, 60]]
        assert truth.class_ids.tolist() == [7, 3, NOT_A_DIGIT]
        assert truth.clear.tolist() == [True, True, True]
        assert truth.digits.tolist() == [True, True, False]
        assert truth.spread > 0.1

    def test_a_page_without_writing_has_none(self) -> None:
        truth = tell_truth(build_page())
        assert (truth.places.shape, len(truth.class_ids), len(truth.clear)) == ((0, 4), 0, 0)

    def test_what_shows_no_pixel_is_not_there(self) -> None:
        page = build_page(SEVEN, (Box(20, 20, 20, 40), 3))  # the second lies over the first
        assert tell_truth(page).class_ids.tolist() == [3]

    def test_what_the_page_says_is_unclear_or_doubtful_counts_neither_way(self) -> None:
        truth = tell_truth(build_page(SEVEN, THREE, LETTER, unclear=(0,), doubtful=(2,)))
        assert truth.clear.tolist() == [False, True, False]
        assert truth.digits.tolist() == [False, True, False]

    @pytest.mark.parametrize(("shown", "clear"), [(0.6, True), (0.4, False)])
    def test_what_is_covered_by_more_than_half_is_unclear(self, shown: float, clear: bool) -> None:
        assert is_clear(build_page(SEVEN, THREE, LETTER, shown={0: shown})) == [clear, True, True]

    @pytest.mark.parametrize(("shown", "clear"), [(0.9, True), (0.6, False)])
    def test_what_the_border_cuts_is_unclear_sooner(self, shown: float, clear: bool) -> None:
        at_border = Box(0, 20, 20, 40), 7
        assert is_clear(build_page(at_border, THREE, LETTER, shown={0: shown})) == [clear, True, True]

    def test_a_page_on_which_all_strokes_became_thinner_is_not_covered(self) -> None:
        assert is_clear(build_page(SEVEN, THREE, LETTER, shown=dict.fromkeys(range(3), 0.4))) == [True] * 3

    @pytest.mark.parametrize(("height", "clear"), [(LEAST_SIDE, True), (LEAST_SIDE - 1, False)])
    def test_what_is_too_small_to_be_read_is_unclear(self, height: int, clear: bool) -> None:
        assert is_clear(build_page((Box(20, 20, 4, height), 7))) == [clear]

    @pytest.mark.parametrize(("pen", "clear"), [(PAPER - 20, True), (PAPER - 6, False), (PAPER + 20, True)])
    def test_faint_strokes_are_unclear_whether_dark_or_light(self, pen: int, clear: bool) -> None:
        assert is_clear(build_page(SEVEN, THREE, pens={0: pen})) == [clear, True]

    def test_what_drowns_in_the_papers_noise_is_unclear(self) -> None:
        assert is_clear(build_page(SEVEN, THREE, pens={0: PAPER - 20}, noise=50)) == [False, True]

    def test_lines_through_it_are_no_contrast_of_its_own(self) -> None:
        page = build_page(SEVEN, pens={0: PAPER - 4})
        frame = page.frame.copy()
        frame[25::12][(page.owner[25::12] == 0)] = 40  # dark rulings beside the digit, which lies over them
        ruled = Page(frame, page.owner, page.class_ids, page.areas)
        assert is_clear(ruled) == [False]

    def test_writing_all_around_leaves_no_paper_to_compare_with(self) -> None:
        owner = np.ones((40, 40), np.int32)
        owner[10:30, 15:25] = 2
        frame = np.where(owner == 2, 60, 200).astype(np.uint8)
        page = Page(frame, owner, (NOT_A_DIGIT, 7), (1400, 200))
        assert tell_truth(page).clear.tolist()[1]


def build_truth(*items: tuple[Box, int], unclear: tuple[int, ...] = ()) -> Truth:
    return tell_truth(build_page(*items, unclear=unclear))


def label(truth: Truth, *places: tuple[float, float, float, float]) -> list[int]:
    return label_places(truth, np.array(places, np.float32).reshape(-1, 4)).tolist()


class TestLabelPlaces:
    @pytest.mark.parametrize(
        ("place", "expected"),
        [
            ((20, 20, 40, 60), 7),
            ((22, 18, 43, 60), 7),  # a little off
            ((20, 20, 40, 42), UNKNOWN),  # half of it
            ((20, 20, 40, 30), NOT_A_DIGIT),  # a quarter of it
            ((20, 20, 120, 60), NOT_A_DIGIT),  # all in one
            ((150, 80, 170, 110), NOT_A_DIGIT),  # paper
            ((100, 20, 120, 60), NOT_A_DIGIT),  # a letter
        ],
    )
    def test_a_place_is_the_digit_with_which_it_shares_most(self, place: tuple[float, ...], expected: int) -> None:
        assert label(build_truth(SEVEN, THREE, LETTER), place) == [expected]

    @pytest.mark.parametrize("place", [(20, 20, 40, 60), (30, 20, 50, 60)])
    def test_what_touches_something_unclear_is_unknown(self, place: tuple[float, ...]) -> None:
        assert label(build_truth(SEVEN, THREE, unclear=(0,)), place) == [UNKNOWN]
        assert label(build_truth(LETTER, THREE, unclear=(0,)), (105, 20, 125, 60)) == [UNKNOWN]

    def test_a_clear_digit_beside_something_unclear_is_that_digit(self) -> None:
        places = np.array([(20, 20, 40, 60), (30, 20, 50, 60)], np.float32)  # a slanting one beside it
        truth = Truth(np.zeros((90, 90), np.uint8), places, np.array([7, 3]), np.array([False, True]), 0.1)
        assert label(truth, (30, 20, 50, 60)) == [3]

    def test_a_one_is_known_though_its_box_is_a_little_off(self) -> None:
        assert label(build_truth((Box(20, 20, 4, 40), 1)), (22, 20, 27, 61)) == [1]

    def test_many_places_are_labelled_in_their_order(self) -> None:
        places = (150, 80, 170, 110), (60, 20, 84, 60), (20, 20, 40, 60)
        assert label(build_truth(SEVEN, THREE), *places) == [NOT_A_DIGIT, 3, 7]

    def test_on_a_page_without_writing_nothing_is_a_digit(self) -> None:
        assert label(build_truth(), (20, 20, 40, 60)) == [NOT_A_DIGIT]

    def test_no_places_have_no_labels(self) -> None:
        assert label(build_truth(SEVEN)) == []


@pytest.fixture(scope="module")
def digits() -> Digits:
    return load_sample().train


class TestBuildTruths:
    def test_a_page_follows_from_its_number_alone(self, digits: Digits) -> None:
        two = build_truths(digits, part=Part.KNOWN, pages=2, seed=5, workers=1)
        (first,) = build_truths(digits, part=Part.KNOWN, pages=1, seed=5, workers=1)
        assert np.array_equal(two[0].frame, first.frame)
        assert np.array_equal(two[0].places, first.places)
        assert two[0].frame.shape != two[1].frame.shape or not np.array_equal(two[0].frame, two[1].frame)

    def test_what_is_clear_stands_in_the_frame_and_differs_from_its_surroundings(self, digits: Digits) -> None:
        pages = build_truths(digits, part=Part.KNOWN, pages=8, seed=6, workers=2)
        assert sum(int(page.digits.sum()) for page in pages) > 40
        for page in pages:
            height, width = page.frame.shape
            assert (page.places[:, :2] >= 0).all()
            assert (page.places[:, 2:] <= (width, height)).all()
            assert ((page.places[:, 2:] - page.places[:, :2])[page.clear].max(axis=1) >= LEAST_SIDE).all()
            assert set(page.class_ids.tolist()) <= set(range(11))
