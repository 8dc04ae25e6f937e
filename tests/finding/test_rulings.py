"""Rulings and grids go; the digits that are written across them stay whole."""

import json

import cv2
import numpy as np
import pytest

from edge.contract import LeftOut
from edge.finding.ink import find_ink
from edge.finding.paper import halve, look_at_paper
from edge.finding.rulings import may_hold_lines, remove_ruled_lines
from edge.finding.segment import find_candidates
from tests.drawing import draw_frame, draw_one, draw_zero

HEIGHT, WIDTH = 480, 640
STEP = 80
"""From line to line, px."""


def draw_line(frame: np.ndarray, middle: np.ndarray, *, tone: int, thickness: int, dotted: bool) -> None:
    """A line from left to right; `middle` is its row in each column, (width,)."""
    points = np.stack([np.arange(len(middle)), middle], axis=1)
    if not dotted:
        curve = np.round(16 * points).astype(np.int32)
        cv2.polylines(frame, [curve], False, (tone,) * 3, thickness, cv2.LINE_AA, shift=4)
        return
    for x, y in points[::6].round().astype(int).tolist():
        cv2.circle(frame, (x, y), max(1, thickness // 2), (tone,) * 3, -1, cv2.LINE_AA)


def draw_sheet(paper: str, *, tone: int = 150, thickness: int = 2) -> np.ndarray:
    """A sheet without writing, (HEIGHT, WIDTH, 3). `paper` names what is on it: any words of PAPERS' keys."""
    frame = draw_frame(HEIGHT, WIDTH)
    slope = np.tan(np.radians(3)) if "tilted" in paper else 0.0
    bow = 6 if "bowed" in paper else 0
    line = {"tone": tone, "thickness": thickness, "dotted": "dotted" in paper}
    for number in range(-1, 8):
        x = np.arange(WIDTH)
        draw_line(frame, STEP * (number + 0.5) + slope * x + bow * np.sin(np.pi * x / WIDTH), **line)
    if "squared" in paper:
        turned = np.ascontiguousarray(frame.swapaxes(0, 1))
        for number in range(-1, 10):
            y = np.arange(HEIGHT)
            draw_line(turned, STEP * (number + 0.5) - slope * (y - HEIGHT / 2), **line)
        frame = np.ascontiguousarray(turned.swapaxes(0, 1))
    return frame


def write_four(frame: np.ndarray) -> np.ndarray:
    """1 0 1 0 across the rulings, clear of the grid's columns."""
    frame = frame.copy()
    for number in range(4):
        (draw_zero if number % 2 else draw_one)(frame, round(STEP * (1.5 * number + 1)), 210)
    return frame


def count_strokes(ink: np.ndarray) -> int:
    return cv2.connectedComponents((ink > 0).astype(np.uint8))[0] - 1


def kept_share(ink: np.ndarray, strokes: np.ndarray) -> float:
    """Of the ink that the strokes leave on blank paper, how much is there."""
    written = find_ink(strokes) > 128
    return float((written & (ink > 0)).sum() / written.sum())


PAPERS = ["ruled", "squared", "dotted", "squared dotted", "tilted", "tilted squared", "bowed"]


class TestSheets:
    @pytest.mark.parametrize("paper", PAPERS)
    @pytest.mark.parametrize(("tone", "thickness"), [(120, 1), (120, 3), (170, 2), (195, 3)])
    def test_a_sheet_without_writing_is_blank(self, paper: str, tone: int, thickness: int) -> None:
        ink = find_ink(draw_sheet(paper, tone=tone, thickness=thickness))
        assert find_candidates(ink) == []
        assert (ink > 0).mean() < 0.001  # where a line leaves a corner of the frame it is too short to be one

    @pytest.mark.parametrize("paper", PAPERS)
    @pytest.mark.parametrize(("tone", "thickness"), [(120, 1), (120, 3), (170, 2), (195, 3)])
    def test_digits_across_the_lines_stay_whole(self, paper: str, tone: int, thickness: int) -> None:
        ink = find_ink(write_four(draw_sheet(paper, tone=tone, thickness=thickness)))
        assert count_strokes(ink[190:290]) == len(find_candidates(ink)) == 4
        assert kept_share(ink, write_four(draw_frame(HEIGHT, WIDTH))) >= 0.9

    @pytest.mark.parametrize("paper", PAPERS)
    def test_digits_across_the_lines_gain_next_to_nothing(self, paper: str) -> None:
        blank = write_four(draw_frame(HEIGHT, WIDTH))
        ink = find_ink(write_four(draw_sheet(paper)))[190:290] > 0
        near = cv2.dilate(find_ink(blank), np.ones((7, 7), np.uint8))[190:290] > 0
        assert (ink & ~near).sum() == 0

    def test_white_lines_on_a_board_go_as_well(self) -> None:
        ink = find_ink(255 - write_four(draw_sheet("squared")))
        assert (count_strokes(ink), len(find_candidates(ink))) == (4, 4)


class TestWriting:
    @pytest.mark.parametrize("phase", range(4))
    def test_on_a_fine_grid_paper_is_told_from_ink_wherever_its_lines_fall(self, phase: int) -> None:
        """Seen small, as the paper's brightness is, the lines may darken half of the pixels."""
        frame = draw_frame(HEIGHT, WIDTH)
        for start in range(0, WIDTH, 24):
            frame[:, start : start + 2] = frame[start : start + 2] = 130
        assert len(find_candidates(find_ink(write_four(frame)[phase:, phase:]))) == 4

    @pytest.mark.parametrize("aside", [-2, 0, 2])
    @pytest.mark.parametrize("paper", ["squared", "tilted squared", "squared dotted"])
    def test_an_upright_one_along_a_grid_line_stays(self, paper: str, aside: int) -> None:
        """All of it lies where a line ran, and it is no thicker than what two lines leave where they cross."""
        frame = draw_sheet(paper)
        for number in range(1, 4):
            draw_one(frame, 2 * STEP * number - STEP // 2 + aside, 210, height=60)
        boxes = [candidate.box for candidate in find_candidates(find_ink(frame))]
        assert [box.height for box in boxes] == pytest.approx([65] * 3, abs=6)

    def test_rulings_that_writing_chains_together_go(self) -> None:
        """Tall strokes run from one ruling over the next to the third."""
        frame = draw_sheet("ruled")
        for x in range(60, 600, 60):
            draw_one(frame, x, 110, height=180)
        ink = find_ink(frame)
        assert count_strokes(ink) == 9
        assert [candidate.box.height for candidate in find_candidates(ink)] == pytest.approx([185] * 9, abs=6)

    @pytest.mark.parametrize("slope", [0.0, 0.03])
    @pytest.mark.parametrize("gap", [40, 48, 60])
    def test_no_slanting_line_leads_from_one_narrow_ruling_to_the_next(self, gap: int, slope: float) -> None:
        """Zeros over two rulings chain them together, and both must go."""
        frame = draw_frame(HEIGHT, WIDTH)
        for y in range(12, HEIGHT + 24, 24):
            draw_line(frame, y - slope * np.arange(WIDTH), tone=130, thickness=2, dotted=False)
        zeros = range(40, WIDTH - 60, gap)
        for x in zeros:
            draw_zero(frame, x, 225, height=40)
        ink = find_ink(frame)
        assert count_strokes(ink) == len(find_candidates(ink)) == len(zeros)

    @pytest.mark.parametrize("tilt", [0.0, 0.03])
    @pytest.mark.parametrize("tone", [60, 150])
    def test_the_dividers_of_a_row_of_cells_go_with_its_lines(self, tone: int, tilt: float) -> None:
        frame = draw_frame(HEIGHT, WIDTH)
        for y in (100, 180):
            draw_line(frame, y + tilt * np.arange(WIDTH), tone=tone, thickness=2, dotted=False)
        for x in range(40, WIDTH, 70):
            foot = round(x - 80 * tilt), round(180 + tilt * x)
            cv2.line(frame, (x, round(100 + tilt * x)), foot, (tone,) * 3, 2, cv2.LINE_AA)
        zeros = range(56, WIDTH - 70, 70)
        for x in zeros:
            draw_zero(frame, x, round(117 + tilt * (x + 20)), height=46)
        assert len(find_candidates(find_ink(frame))) == len(zeros)

    def test_two_ones_from_one_ruling_to_the_next_are_no_dividers(self) -> None:
        frame = draw_sheet("ruled", tone=100)
        for x in (200, 260):
            draw_one(frame, x, 122, height=76, pen=70)
        assert len(find_candidates(find_ink(frame))) == 2

    def test_nor_are_three_in_different_rows(self) -> None:
        frame = draw_sheet("ruled", tone=100)
        for number in range(3):
            draw_one(frame, 200 + 60 * number, 122 + STEP * number, height=76, pen=70)
        assert len(find_candidates(find_ink(frame))) == 3

    def test_ones_that_stand_clear_of_the_lines_of_their_cells_stay(self) -> None:
        frame = draw_frame(HEIGHT, WIDTH)
        for y in (100, 200):
            draw_line(frame, np.full(WIDTH, y), tone=60, thickness=2, dotted=False)
        for x in range(40, WIDTH, 70):
            cv2.line(frame, (x, 100), (x, 200), (60,) * 3, 2, cv2.LINE_AA)
            cv2.line(frame, (x + 35, 115), (x + 35, 185), (60,) * 3, 3, cv2.LINE_AA)
        assert len(find_candidates(find_ink(frame))) == len(range(40, WIDTH - 35, 70))

    @pytest.mark.parametrize("gap", [12, 20, 40])
    def test_a_row_of_equal_strokes_is_no_ruling(self, gap: int) -> None:
        frame = draw_frame(HEIGHT, WIDTH)
        ones = range(20, WIDTH - 20, gap)
        for x in ones:
            draw_one(frame, x, 200)
        ink = find_ink(frame)
        assert count_strokes(ink) == len(ones)
        assert [int(ink[230, x]) for x in ones] == [255] * len(ones)

    def test_a_row_of_roofs_and_bars_is_no_ruling(self) -> None:
        """5s side by side: the roofs stand on one straight line."""
        frame = draw_frame(HEIGHT, WIDTH)
        fives = range(20, WIDTH - 60, 52)
        for x in fives:
            five = np.array([(x + 36, 200), (x, 200), (x, 228), (x + 30, 228), (x + 30, 260), (x, 260)])
            cv2.polylines(frame, [five], False, (40, 40, 40), 5, cv2.LINE_AA)
        ink = find_ink(frame)
        assert count_strokes(ink) == len(fives)
        assert [int(ink[200, x + 18]) for x in fives] == [255] * len(fives)

    def test_a_digit_as_high_as_the_strip_that_holds_it_stays(self) -> None:
        frame = draw_frame(60, 640)
        for x in (100, 300, 500):
            draw_one(frame, x, 5, height=50)
        assert count_strokes(find_ink(frame)) == 3

    def test_a_pencil_stroke_on_its_ruling_loses_no_more_than_the_ruling(self) -> None:
        """The foot of a 2 lies along the line; what stands on it stays one piece."""
        frame = draw_sheet("ruled", tone=190, thickness=1)
        two = np.array([(300, 220), (320, 205), (340, 220), (300, 280), (345, 280)])
        cv2.polylines(frame, [two], False, (60, 60, 60), 5, cv2.LINE_AA)
        ink = find_ink(frame)
        assert count_strokes(ink) == 1
        assert [int(tone) for tone in ink[280, 305:341:5]] == [255] * 8

    def test_a_seven_along_the_lines_of_a_grid_stays(self) -> None:
        """All of it is where lines ran: its roof on a level one, its stem on an upright one."""
        frame = draw_sheet("squared")
        cv2.polylines(frame, [np.array([(250, 200), (280, 200), (280, 236)])], False, (40, 40, 40), 5, cv2.LINE_AA)
        assert [candidate.box.height for candidate in find_candidates(find_ink(frame))] == pytest.approx([42], abs=3)


class TestRemoveRuledLines:
    def build_mask(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """A ruling of contrast 0.2, 3 px thick in rows 99 to 101, and a stroke of 0.8 across it; noise of 0.01."""
        contrast = np.zeros((200, 400), np.float32)
        contrast[99:102] = 0.2
        contrast[60:140, 200:206] = 0.8
        return (contrast > 0).astype(np.uint8) * 255, contrast, np.full_like(contrast, 0.01)

    def test_the_ruling_goes_and_the_stroke_stays(self) -> None:
        mask, contrast, noise = self.build_mask()
        clean = remove_ruled_lines(mask, contrast, noise)
        assert clean[60:140, 200:206].min() == 255
        clean[:, 199:207] = 0  # a pixel beside it belongs to its bridge
        assert clean.max() == 0

    def test_upright_lines_go_likewise(self) -> None:
        clean, turned = (
            remove_ruled_lines(*fields)
            for fields in (self.build_mask(), [np.ascontiguousarray(field.T) for field in self.build_mask()])
        )
        assert np.array_equal(clean, turned.T)

    def test_a_stroke_as_pale_as_the_ruling_stays(self) -> None:
        mask, contrast, noise = self.build_mask()
        contrast[60:140, 200:206] = 0.25
        clean = remove_ruled_lines(mask, contrast, noise)
        assert clean[60:140, 201:205].min() == 255
        assert clean[:, :190].max() == clean[:, 216:].max() == 0

    def test_a_mask_without_lines_is_the_same_one(self) -> None:
        mask, contrast, noise = self.build_mask()
        contrast[99:102] = 0
        contrast[60:140, 200:206] = 0.8
        assert remove_ruled_lines(mask, contrast, noise) is mask

    def test_nothing_is_left_out_where_one_line_is_easily_found(self) -> None:
        left_out = LeftOut()
        remove_ruled_lines(*self.build_mask(), left_out=left_out)
        assert left_out.total() == 0

    def test_gravel_ends_the_search_for_lines_and_it_is_said(self) -> None:
        left_out = LeftOut()
        soft = cv2.GaussianBlur(np.random.default_rng(0).normal(size=(1500, 2000)), (0, 0), 3)
        contrast = np.where(soft > 0, 0.6, 0).astype(np.float32)
        mask = (contrast > 0).astype(np.uint8) * 255
        clean = remove_ruled_lines(mask, contrast, np.full((15, 20), 0.01, np.float32), left_out=left_out)
        assert json.dumps(left_out) == '{"rulings": 2}'
        assert cv2.countNonZero(clean) > 0.8 * cv2.countNonZero(mask)

    def test_a_line_shorter_than_a_third_of_the_frame_is_a_stroke(self) -> None:
        contrast = np.zeros((200, 400), np.float32)
        contrast[99:102, 100:220] = 0.2
        mask = (contrast > 0).astype(np.uint8) * 255
        assert remove_ruled_lines(mask, contrast, np.full_like(contrast, 0.01)) is mask

    @pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (3, 3), (2, 700)])
    def test_the_smallest_masks_pass(self, shape: tuple[int, int]) -> None:
        mask, contrast, noise = np.full(shape, 255, np.uint8), np.ones(shape, np.float32), np.zeros(shape, np.float32)
        assert remove_ruled_lines(mask, contrast, noise).shape == shape


class TestMayHoldLines:
    """Level and upright lines: where the coarse look sees none, nothing is removed."""

    def look(self, frame: np.ndarray) -> tuple[bool, bool]:
        grey = frame[..., 0].copy()
        return may_hold_lines(halve(grey), look_at_paper(grey, halve(grey)))

    @pytest.mark.parametrize("tone", [120, 195])
    @pytest.mark.parametrize("inverted", [False, True])
    def test_rulings_are_level_lines(self, tone: int, inverted: bool) -> None:
        frame = draw_sheet("ruled", tone=tone)
        assert self.look(255 - frame if inverted else frame) == (True, False)

    def test_a_grid_has_both(self) -> None:
        assert self.look(write_four(draw_sheet("squared"))) == (True, True)

    def test_writing_alone_has_none(self) -> None:
        assert self.look(write_four(draw_frame(HEIGHT, WIDTH))) == (False, False)

    def test_the_edge_of_the_paper_is_none(self) -> None:
        """A dark table shows above and beside the sheet: on one side of its edge there is no paper."""
        frame = write_four(draw_frame(HEIGHT, WIDTH))
        frame[:8] = 90
        frame[:, -6:] = 90
        assert self.look(frame) == (False, False)
