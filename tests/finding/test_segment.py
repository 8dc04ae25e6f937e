"""A candidate is one digit's strokes: all of them, and nothing else's."""

import cv2
import numpy as np
import pytest

from edge.contract import Box, LeftOut
from edge.finding.segment import MAX_CANDIDATES, MAX_PIECES, find_candidates


def blank() -> np.ndarray:
    return np.zeros((300, 400), np.uint8)


def boxes(ink: np.ndarray) -> list[Box]:
    return sorted((candidate.box for candidate in find_candidates(ink)), key=lambda box: (box.x, box.y))


def fill(ink: np.ndarray, box: Box) -> None:
    ink[box.y : box.bottom, box.x : box.right] = 255


class TestFindCandidates:
    def test_two_strokes_apart_are_two(self) -> None:
        ink = blank()
        fill(ink, Box(50, 100, 8, 60))
        fill(ink, Box(100, 100, 30, 60))
        assert boxes(ink) == [Box(50, 100, 8, 60), Box(100, 100, 30, 60)]

    def test_the_hole_of_a_zero_is_not_a_second_digit(self) -> None:
        ink = blank()
        cv2.ellipse(ink, (100, 100), (25, 40), 0, 0, 360, 255, 5)
        assert len(boxes(ink)) == 1

    def test_a_lone_roof_belongs_to_its_five(self) -> None:
        ink = blank()
        fill(ink, Box(50, 110, 30, 50))
        fill(ink, Box(55, 98, 30, 6))
        assert boxes(ink) == [Box(50, 98, 35, 62)]

    def test_digits_of_two_lines_stay_apart(self) -> None:
        ink = blank()
        fill(ink, Box(50, 50, 30, 50))
        fill(ink, Box(50, 106, 30, 50))
        assert len(boxes(ink)) == 2

    def test_dirt_is_dropped(self) -> None:
        ink = blank()
        fill(ink, Box(50, 100, 30, 60))
        fill(ink, Box(200, 100, 6, 6))
        assert boxes(ink) == [Box(50, 100, 30, 60)]

    def test_a_box_drawn_round_digits_is_no_digit(self) -> None:
        ink = blank()
        cv2.rectangle(ink, (20, 20), (380, 280), 255, 3)
        for x in (100, 180, 260):
            fill(ink, Box(x, 120, 30, 60))
        assert [box.x for box in boxes(ink)] == [100, 180, 260]

    @pytest.mark.parametrize("width", [6, 30])
    def test_nor_is_a_box_around_one_digit(self, width: int) -> None:
        ink = blank()
        cv2.rectangle(ink, (100, 100), (170, 190), 255, 3)
        fill(ink, Box(120, 120, width, 50))
        assert boxes(ink) == [Box(120, 120, width, 50)]

    @pytest.mark.parametrize("gap", [0, 40])
    def test_nor_a_circle_around_one(self, gap: int) -> None:
        ink = blank()
        cv2.ellipse(ink, (150, 150), (60, 60), 0, 0, 360 - gap, 255, 3)
        fill(ink, Box(130, 125, 40, 50))
        assert boxes(ink) == [Box(130, 125, 40, 50)]

    @pytest.mark.parametrize("lean", [0, 12])
    def test_but_a_zero_keeps_the_slash_that_does_not_touch_it(self, lean: int) -> None:
        ink = blank()
        cv2.ellipse(ink, (150, 150), (30, 45), 0, 0, 360, 255, 5)
        cv2.line(ink, (150 - lean, 175), (150 + lean, 125), 255, 5)
        (zero,) = find_candidates(ink)
        assert (np.array(zero.ink.shape) > (90, 60)).all()
        assert zero.ink[150 - zero.box.y, 150 - zero.box.x] == 255

    def test_and_an_open_stroke_boxes_nothing_in(self) -> None:
        ink = blank()
        cv2.polylines(ink, [np.array([(100, 100), (180, 100), (180, 200)])], False, 255, 5)  # as a large 7
        fill(ink, Box(120, 130, 30, 50))
        assert boxes(ink)[0].height > 100

    def test_specks_inside_a_digit_make_no_frame_of_it(self) -> None:
        ink = blank()
        cv2.ellipse(ink, (100, 150), (50, 75), 0, 0, 360, 255, 8)
        for y in (110, 150, 190):
            fill(ink, Box(95, y, 10, 10))
        fill(ink, Box(250, 80, 60, 140))
        assert [box.x for box in boxes(ink)] == [46, 250]

    def test_a_neighbour_inside_the_box_is_blacked_out(self) -> None:
        ink = blank()
        cv2.line(ink, (100, 200), (200, 100), 255, 5)
        fill(ink, Box(192, 180, 25, 40))
        slanted = min(find_candidates(ink), key=lambda candidate: candidate.box.x)
        assert slanted.box.right > 192
        assert slanted.ink[-15:, -10:].max() == 0

    def test_blank_ink_has_none(self) -> None:
        assert boxes(blank()) == []

    def test_gravel_does_not_stop_the_reader(self) -> None:
        ink = ((np.random.default_rng(3).random((1000, 1000)) > 0.7) * 255).astype(np.uint8)
        assert len(find_candidates(ink)) <= MAX_CANDIDATES

    @pytest.mark.parametrize("count", [MAX_CANDIDATES, MAX_CANDIDATES + 7, MAX_PIECES + 100])
    def test_what_is_too_many_is_counted(self, count: int) -> None:
        ink, left_out = np.zeros((1000, 1000), np.uint8), LeftOut()
        for number in range(count):
            fill(ink, Box(5 + 25 * (number % 39), 5 + 25 * (number // 39), 12, 15))
        assert len(find_candidates(ink, left_out)) == MAX_CANDIDATES
        assert left_out["shapes"] == count - MAX_CANDIDATES

    def test_the_largest_are_kept(self) -> None:
        ink = np.zeros((1000, 1000), np.uint8)
        for number in range(MAX_CANDIDATES + 20):
            fill(ink, Box(5 + 30 * (number % 32), 5 + 30 * (number // 32), 12, 16 if number < 20 else 20))
        assert {candidate.box.height for candidate in find_candidates(ink)} == {20}

    def test_a_neighbour_that_reaches_into_a_box_is_cut_out_of_a_full_page_too(self) -> None:
        ink = np.zeros((1000, 1000), np.uint8)
        for number in range(MAX_PIECES + 100):
            fill(ink, Box(5 + 25 * (number % 39), 200 + 25 * (number // 39), 12, 15))
        cv2.line(ink, (100, 20), (180, 120), 255, 5)
        fill(ink, Box(176, 20, 20, 30))
        line, bar = find_candidates(ink)[:2]
        assert (line.box.right, bar.box) == (pytest.approx(183, abs=2), Box(176, 20, 20, 30))
        assert line.ink[5:30, 176 - line.box.x :].max() == 0
