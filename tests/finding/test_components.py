"""What is connected has one label."""

import numpy as np

from edge.finding.components import SMALL, label_components, measure_components


def build_mask(*rows: str) -> np.ndarray:
    """One character per pixel: "." is 0."""
    return np.array([[0 if pixel == "." else 255 for pixel in row] for row in rows], np.uint8)


class TestComponents:
    def test_corners_connect(self) -> None:
        count, labels = label_components(build_mask("#..#", ".#.#"))
        assert (count, labels.tolist()) == (3, [[1, 0, 0, 2], [0, 1, 0, 2]])

    def test_each_is_measured(self) -> None:
        """x, y, width, height, area; the first is all the rest."""
        _, stats = measure_components(build_mask("....", ".##.", ".#.."))
        assert stats.tolist() == [[0, 0, 4, 3, 9], [1, 1, 2, 2, 3]]

    def test_an_empty_mask_has_none(self) -> None:
        assert label_components(np.zeros((4, 6), np.uint8))[0] == 1

    def test_there_may_be_more_than_16_bits_can_count(self) -> None:
        mask = np.zeros((600, 600), np.uint8)
        mask[::2, ::2] = 255
        assert label_components(mask)[0] == 300 * 300 + 1 > SMALL
