"""What is weak stays where it is connected to something strong."""

import numpy as np
import pytest

from edge.components import keep_seeded


def build_mask(*rows: str, value: int = 255) -> np.ndarray:
    """One character per pixel: "." is 0."""
    return np.array([[0 if pixel == "." else value for pixel in row] for row in rows], np.uint8)


class TestKeepSeeded:
    def test_parts_without_a_seed_go(self) -> None:
        mask = build_mask("##.##", "##.##")
        seeds = build_mask("#....", ".....")
        assert np.array_equal(keep_seeded(mask, seeds), build_mask("##...", "##..."))

    def test_corners_connect(self) -> None:
        mask = build_mask("#...", ".#..", "..#.")
        assert np.array_equal(keep_seeded(mask, build_mask("#...", "....", "....")), mask)

    def test_a_seed_beside_the_mask_keeps_nothing(self) -> None:
        mask = build_mask("#....", "#....")
        assert keep_seeded(mask, build_mask("..###", "..###")).max() == 0

    @pytest.mark.parametrize("value", [1, 255])
    def test_the_mask_keeps_its_value(self, value: int) -> None:
        mask = build_mask("##", "..", value=value)
        kept = keep_seeded(mask, build_mask("#.", ".."))
        assert (kept.dtype, kept.tolist()) == (np.uint8, mask.tolist())

    def test_the_masks_that_it_was_given_stay_as_they_were(self) -> None:
        mask, seeds = build_mask("#.#"), build_mask("#..")
        keep_seeded(mask, seeds)
        assert (mask.tolist(), seeds.tolist()) == ([[255, 0, 255]], [[255, 0, 0]])

    def test_an_empty_mask_stays_empty(self) -> None:
        assert keep_seeded(np.zeros((4, 6), np.uint8), np.full((4, 6), 255, np.uint8)).max() == 0
