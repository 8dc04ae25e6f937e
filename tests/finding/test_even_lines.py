"""Lines are found in a chain of runs, however many points it has, until patience ends."""

import numpy as np
import pytest

from edge.finding.even_lines import STEP, VOTERS, WORK, Patience, find_even_lines

LONG = 600
"""Least length of a line, px of the full picture."""


def scatter(*, points: int) -> tuple[np.ndarray, np.ndarray]:
    """A chain, (300, 400), with a gently falling line from row 150 to 170 among scattered points; and its contrast."""
    rng = np.random.default_rng(0)
    chain = np.zeros((300, 400), np.bool_)
    chain[rng.integers(0, 300, points), rng.integers(0, 400, points)] = True
    columns = np.arange(400)
    chain[150 + columns // 20, columns] = True
    contrast = np.where(chain, 0.1, 0).astype(np.float32)
    contrast[150 + columns // 20, columns] = 0.3
    return chain, contrast


class TestFindEvenLines:
    @pytest.mark.parametrize("points", [0, 400, 2 * VOTERS])
    def test_a_line_is_found_among_any_number_of_points(self, points: int) -> None:
        rows, columns, _ = next(find_even_lines(*scatter(points=points), LONG, Patience()))
        assert len(columns) * STEP >= LONG
        assert np.median(np.abs(np.median(rows, axis=0) - 150 - columns / 20)) <= 2

    def test_nothing_is_looked_for_without_patience(self) -> None:
        patience = Patience(work=1000)
        assert list(find_even_lines(*scatter(points=400), LONG, patience)) == []
        assert patience.work < 0

    def test_one_line_takes_little_of_it(self) -> None:
        patience = Patience()
        assert len(list(find_even_lines(*scatter(points=0), LONG, patience))) == 1
        assert patience.work > 0.8 * WORK
