"""Rendered pages are labelled by whose ink it is, and follow from their seed."""

import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT, Box
from edge.segment import Candidate
from train.data import Digits, load_sample
from train.pages import Page, build_page_glyphs, label_candidates, render_page


@pytest.fixture(scope="module")
def digits() -> Digits:
    return load_sample().train


def build_page(*items: tuple[Box, int]) -> Page:
    """A page of filled boxes with their class_ids."""
    owner = np.zeros((100, 200), np.int32)
    for number, (box, _) in enumerate(items, 1):
        owner[box.y : box.bottom, box.x : box.right] = number
    class_ids, areas = tuple(one for _, one in items), tuple(box.width * box.height for box, _ in items)
    return Page(np.zeros((100, 200), np.uint8), owner, class_ids, areas)


def label(page: Page, box: Box) -> int | None:
    return label_candidates(page, [Candidate(box, np.full((box.height, box.width), 255, np.uint8))])[0]


DIGIT, LETTER = (Box(20, 20, 20, 40), 7), (Box(60, 20, 20, 40), NOT_A_DIGIT)


class TestLabelCandidates:
    @pytest.mark.parametrize(
        ("box", "expected"),
        [
            (Box(20, 20, 20, 40), 7),  # just this digit
            (Box(60, 20, 20, 40), NOT_A_DIGIT),  # a letter
            (Box(20, 20, 60, 40), NOT_A_DIGIT),  # both in one
            (Box(20, 20, 20, 15), None),  # a piece of a digit teaches nothing
            (Box(120, 20, 40, 40), NOT_A_DIGIT),  # paper taken for ink
            (Box(150, 20, 5, 40), None),  # a bare upright line is a 1 to the eye
            (Box(17, 17, 24, 44), 7),  # blurred a little
        ],
    )
    def test_whose_ink_it_is_decides(self, box: Box, expected: int | None) -> None:
        assert label(build_page(DIGIT, LETTER), box) == expected

    def test_a_digit_cut_by_the_frame_teaches_nothing(self) -> None:
        page = build_page(DIGIT)
        cut = Page(page.frame, page.owner, page.class_ids, areas=(2 * page.areas[0],))
        assert label(cut, DIGIT[0]) is None


class TestRenderPage:
    def test_a_page_follows_from_its_seed(self, digits: Digits) -> None:
        first, second = (render_page(np.random.default_rng([1, 5]), digits) for _ in range(2))
        assert np.array_equal(first.frame, second.frame)

    def test_other_seeds_give_other_pages(self, digits: Digits) -> None:
        first, second = (render_page(np.random.default_rng([seed, 5]), digits) for seed in (1, 2))
        assert not np.array_equal(first.frame, second.frame)

    def test_the_edge_finds_most_of_what_was_written(self, digits: Digits) -> None:
        found = build_page_glyphs(digits, pages=12, seed=3, workers=1)
        assert set(found.labels) == set(range(11))
        assert (found.labels < NOT_A_DIGIT).sum() > 100

    def test_the_number_of_workers_changes_nothing(self, digits: Digits) -> None:
        one, two = (build_page_glyphs(digits, pages=4, seed=3, workers=workers) for workers in (1, 2))
        assert np.array_equal(one.glyphs, two.glyphs)
        assert np.array_equal(one.labels, two.labels)
