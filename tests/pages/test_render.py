"""Rendered pages follow from their seed."""

import numpy as np
import pytest

from train.digits.mnist import Digits, load_sample
from train.pages.render import render_page


@pytest.fixture(scope="module")
def digits() -> Digits:
    return load_sample().train


class TestRenderPage:
    def test_a_page_follows_from_its_seed(self, digits: Digits) -> None:
        first, second = (render_page(np.random.default_rng([1, 5]), digits) for _ in range(2))
        assert np.array_equal(first.frame, second.frame)

    def test_other_seeds_give_other_pages(self, digits: Digits) -> None:
        first, second = (render_page(np.random.default_rng([seed, 5]), digits) for seed in (1, 2))
        assert not np.array_equal(first.frame, second.frame)
