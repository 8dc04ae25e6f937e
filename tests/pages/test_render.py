"""Rendered pages follow from their seed, and know what can be seen on them."""

from dataclasses import replace

import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT
from train.digits.mnist import Digits, load_sample
from train.pages.layouts import LAYOUTS
from train.pages.render import Page, render_page
from train.pages.world import Part, bare_world


@pytest.fixture(scope="module")
def digits() -> Digits:
    return load_sample().train


def render(
    digits: Digits, *, seed: int = 1, number: int = 5, part: Part = Part.KNOWN, layout: str | None = None
) -> Page:
    return render_page(np.random.default_rng([seed, number]), digits, replace(bare_world(), part=part), layout)


class TestRenderPage:
    def test_a_page_follows_from_its_seed(self, digits: Digits) -> None:
        for number in range(4):
            first, second = (render(digits, number=number) for _ in range(2))
            assert np.array_equal(first.frame, second.frame)
            assert np.array_equal(first.owner, second.owner)
            assert first.unclear == second.unclear

    def test_other_seeds_give_other_pages(self, digits: Digits) -> None:
        first, second = (render(digits, seed=seed) for seed in (1, 2))
        assert not np.array_equal(first.frame, second.frame)

    @pytest.mark.parametrize("part", Part)
    @pytest.mark.parametrize("layout", LAYOUTS)
    def test_each_layout_is_rendered_in_each_part(self, layout: str, part: Part, digits: Digits) -> None:
        for number in range(3):
            page = render(digits, number=number, part=part, layout=layout)
            assert page.frame.shape == page.owner.shape
            assert page.owner.max() <= len(page.class_ids) == len(page.areas)
            assert page.doubtful | page.unclear <= set(range(len(page.class_ids)))

    def test_most_pages_have_digits_that_can_be_read_and_some_have_none(self, digits: Digits) -> None:
        empty = 0
        for number in range(40):
            page = render(digits, number=number)
            written = {n for n, one in enumerate(page.class_ids) if one != NOT_A_DIGIT}
            empty += not written - page.unclear - page.doubtful
        assert 1 <= empty <= 14

    def test_pages_of_nothing_have_no_sure_digit(self, digits: Digits) -> None:
        for part in Part:
            for number in range(8):
                page = render(digits, number=number, part=part, layout="nothing")
                written = {n for n, one in enumerate(page.class_ids) if one != NOT_A_DIGIT}
                assert written <= page.doubtful | page.unclear

    def test_a_clear_digit_is_mostly_in_the_frame(self, digits: Digits) -> None:
        for number in range(6):
            page = render(digits, number=number, layout="crowd")
            seen = np.bincount(page.owner.ravel(), minlength=len(page.class_ids) + 1)[1:]
            clear = [n for n, one in enumerate(page.class_ids) if one != NOT_A_DIGIT and n not in page.unclear]
            assert all(seen[n] >= 0.75 * page.areas[n] for n in clear)
