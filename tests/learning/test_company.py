"""The network of the company, as it is taught: it learns who stands beside whom, and the edge hears the same."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT, Box
from edge.reading.context import WEIGHTS, meet, weigh_company
from tests.learning.seen import build_page, either
from tests.pools import EQUAL
from train.learning.company import build_company, fit_company, spread, take_weights
from train.learning.thresholds import SeenPage, judge_pages, meet_all

ROW = [Box(10 + 30 * n, 100, 20, 40) for n in range(5)]
OTHER = NOT_A_DIGIT


def write_pages(*, alike: bool, count: int = 1200) -> list[SeenPage]:
    """Rows that are words or numbers, or digits and letters in any order; the nets are right two times in three."""
    rng, pages = np.random.default_rng(0), []
    for _ in range(count):
        labels = [int(rng.choice([3, OTHER]))] * 5 if alike else rng.choice([3, OTHER], 5).tolist()
        seen = [either(0.8 if (label == 3) == (rng.random() < 0.67) else 0.2) for label in labels]
        pages.append(build_page(labels, [(view, view, 0.5) for view in seen], boxes=ROW))
    return pages


def count_wrong(pages: list[SeenPage], weights: tuple[float, ...]) -> float:
    """Share of shapes on the wrong side."""
    probabilities, labels = judge_pages(pages, replace(EQUAL, company=weights))
    return float(((probabilities[:, NOT_A_DIGIT] < 0.5) != (labels != OTHER)).mean())


class TestFitCompany:
    @pytest.mark.parametrize(("alike", "least", "most"), [(True, 0, 0.22), (False, 0.25, 0.42)])
    def test_it_hears_neighbours_where_they_tell(self, alike: bool, least: float, most: float) -> None:
        pages = write_pages(alike=alike)
        weights = fit_company(meet_all(pages, EQUAL), seed=1)
        assert len(weights) == WEIGHTS
        assert least <= count_wrong(pages, weights) < most

    def test_the_seed_decides(self) -> None:
        pages = write_pages(alike=True, count=20)
        assert fit_company(meet_all(pages, EQUAL), seed=1) == fit_company(meet_all(pages, EQUAL), seed=1)
        assert fit_company(meet_all(pages, EQUAL), seed=1) != fit_company(meet_all(pages, EQUAL), seed=2)


class TestTakeWeights:
    def test_the_edge_computes_what_keras_does(self) -> None:
        keras.utils.set_random_seed(3)
        model = build_company()
        (page,) = write_pages(alike=False, count=1)
        company = meet(page.pool, EQUAL)
        odds = model.predict([*spread(company)], verbose=0)[:, 0]
        share = 1 - weigh_company(company, take_weights(model))[:, NOT_A_DIGIT]
        assert share == pytest.approx(1 / (1 + np.exp(-odds)), abs=1e-3)
        assert np.ptp(share) > 0.01
