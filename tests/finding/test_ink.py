"""Ink is what the pen left, whatever paper and light."""

import cv2
import numpy as np
import pytest

from edge.finding.ink import find_ink
from edge.finding.segment import find_candidates
from tests.drawing import draw_frame, draw_one, draw_zero, light


def count_strokes(ink: np.ndarray) -> int:
    return cv2.connectedComponents((ink > 0).astype(np.uint8))[0] - 1


def draw_two() -> np.ndarray:
    frame = draw_frame()
    draw_one(frame, 60, 80)
    draw_zero(frame, 200, 80)
    return frame


def draw_row(height: int = 480, width: int = 640, *, zero: int = 60) -> np.ndarray:
    """Zeros of this height side by side, from end to end."""
    frame = draw_frame(height, width)
    for x in range(zero // 3, width - zero, round(1.3 * zero)):
        draw_zero(frame, x, (height - zero) // 2, height=zero)
    return frame


def cast_shadow(frame: np.ndarray, *, depth: float, soft: int, lean: float = 0.3) -> np.ndarray:
    """The right half `depth` darker; the edge is straight, leans, and fades over `soft` px (0: hard)."""
    height, width = frame.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    inside = x - width / 2 + lean * (y - height / 2)
    share = np.clip(inside / soft + 0.5, 0, 1) if soft else inside > 0
    return (frame * (1 - depth * share)[..., np.newaxis]).astype(np.uint8)


def covered(ink: np.ndarray, strokes: np.ndarray) -> float:
    """Share of the strokes (bool) that is ink."""
    return float((strokes & (ink > 0)).sum() / strokes.sum())


class TestFindInk:
    def test_strokes_are_bright_and_paper_is_black(self) -> None:
        ink = find_ink(draw_two())
        assert ink.dtype == np.uint8
        assert ink[110, 60] == 255
        assert ink[20:60].max() == 0

    @pytest.mark.parametrize("darkest", [0.7, 0.35, 0.15])
    def test_a_shadow_is_no_ink(self, darkest: float) -> None:
        assert count_strokes(find_ink(light(draw_two(), darkest=darkest))) == 2

    def test_light_on_dark_is_the_same_ink(self) -> None:
        assert np.abs(find_ink(255 - draw_two()).astype(int) - find_ink(draw_two())).mean() < 3

    def test_a_white_sheet_on_a_dark_table_is_no_light_writing(self) -> None:
        frame = draw_frame(480, 640, paper=60)
        frame[80:400, 100:540] = 230
        for x in range(150, 450, 50):
            draw_one(frame, x, 200)
        ink = find_ink(frame)
        assert ink[230, 150:450:50].tolist() == [255] * 6
        assert ink[100:190, 120:520].max() == 0

    def test_faint_pencil_beside_a_marker_is_as_bright(self) -> None:
        frame = draw_frame()
        draw_one(frame, 60, 80, pen=20)
        draw_one(frame, 200, 80, pen=180)
        ink = find_ink(frame)
        assert ink[110, 60] == ink[110, 200] == 255

    def test_a_pale_hairline_is_found(self) -> None:
        """One pixel thin and a fifth darker than the paper: in a frame of half the size there is little left of it."""
        frame = draw_frame(480, 640)
        cv2.polylines(frame, [np.array([(200, 150), (240, 210), (200, 270)])], False, (175, 175, 175), 1)
        ink = find_ink(frame)
        assert count_strokes(ink) == 1
        assert covered(ink, frame[..., 0] < 220) >= 0.98

    @pytest.mark.parametrize("value", [0, 128, 255])
    def test_a_uniform_frame_has_none(self, value: int) -> None:
        assert find_ink(draw_frame(paper=value)).max() == 0

    def test_sensor_noise_is_none(self) -> None:
        noise = np.random.default_rng(1).normal(150, 12, (240, 320, 3)).clip(0, 255).astype(np.uint8)
        assert count_strokes(find_ink(noise)) <= 5

    def test_grey_and_colour_are_the_same(self) -> None:
        frame = draw_two()
        assert np.array_equal(find_ink(frame), find_ink(frame[..., 0]))

    @pytest.mark.parametrize("shape", [(0, 5, 3), (4, 4, 4), (7,)])
    def test_another_shape_is_refused(self, shape: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match="frame"):
            find_ink(np.zeros(shape, np.uint8))

    @pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (2, 2), (7, 3), (30, 2000)])
    @pytest.mark.parametrize("colours", [1, 3])
    def test_the_oddest_frames_pass(self, shape: tuple[int, int], colours: int) -> None:
        rng = np.random.default_rng(5)
        for frame in (np.full((*shape, colours), 200, np.uint8), rng.integers(0, 256, (*shape, colours), np.uint8)):
            ink = find_ink(frame.squeeze(axis=2) if colours == 1 else frame)
            assert (ink.shape, ink.dtype) == (shape, np.uint8)

    def test_the_frame_is_left_as_it_was(self) -> None:
        frame = draw_two()
        before = frame.copy()
        find_ink(frame)
        assert np.array_equal(frame, before)

    def test_noise_beside_calm_paper_is_no_ink_and_hides_none(self) -> None:
        """Sensor noise in the right half only: there it takes more to be a stroke, on the left a faint pencil does."""
        frame = draw_frame(480, 640)
        draw_one(frame, 100, 200, pen=195)
        draw_zero(frame, 450, 200)
        noise = np.random.default_rng(2).normal(0, 14, (480, 320, 1)).repeat(3, axis=2)
        frame[:, 320:] = (frame[:, 320:] + noise).clip(0, 255)
        boxes = sorted((candidate.box for candidate in find_candidates(find_ink(frame))), key=lambda box: box.x)
        assert [(box.x, box.height) for box in boxes] == [(97, 67), (447, 67)]


class TestShadows:
    """Half of the frame lies in a shadow whose edge crosses the writing."""

    @pytest.mark.parametrize("lean", [0.0, 0.3, -0.3])
    @pytest.mark.parametrize("soft", [0, 3, 10, 40, 120])
    @pytest.mark.parametrize("depth", [0.3, 0.5, 0.7])
    def test_a_shadow_on_blank_paper_is_no_ink(self, depth: float, soft: int, lean: float) -> None:
        ink = find_ink(cast_shadow(draw_frame(480, 640), depth=depth, soft=soft, lean=lean))
        assert find_candidates(ink) == []
        assert (ink > 0).mean() < 2e-4  # specks where its edge leaves the frame

    @pytest.mark.parametrize("soft", [0, 3, 10, 40, 120])
    @pytest.mark.parametrize("depth", [0.3, 0.5, 0.7])
    def test_digits_across_its_edge_stay_whole(self, depth: float, soft: int) -> None:
        frame = draw_row()
        bare, shaded = find_ink(frame), find_ink(cast_shadow(frame, depth=depth, soft=soft))
        assert len(find_candidates(shaded)) == len(find_candidates(bare)) == 8
        assert count_strokes(shaded[180:300]) == 8
        assert covered(shaded, bare > 128) >= 0.97
        beside = cv2.dilate(bare, np.ones((5, 5), np.uint8)) == 0
        assert (shaded[180:300] > 0)[beside[180:300]].sum() == 0

    @pytest.mark.parametrize("spread", [8, 15, 30])
    def test_a_smudge_that_fades_is_no_ink(self, spread: int) -> None:
        """As dark as writing, but without an edge."""
        y, x = np.mgrid[0:480, 0:640]
        smudge = np.exp(-((x - 200) ** 2 + (y - 240) ** 2) / (2 * spread**2))
        frame = draw_frame(480, 640)
        draw_zero(frame, 400, 200)
        (zero,) = find_candidates(find_ink((frame * (1 - 0.6 * smudge[..., np.newaxis])).astype(np.uint8)))
        assert zero.box.x == 397

    def test_writing_in_the_shade_is_as_bright(self) -> None:
        frame = draw_row()
        ink = find_ink(cast_shadow(frame, depth=0.7, soft=0))
        assert [int(candidate.ink.max()) for candidate in find_candidates(ink)] == [255] * 8


class TestThickStrokes:
    """A marker so thick that the median takes it for paper: the stroke is a fifth of the frame."""

    def draw(self, points: list[tuple[int, int]], side: int) -> tuple[np.ndarray, np.ndarray]:
        """A white frame with a thick polyline, and where it is (bool); points are in percent."""
        line = (np.array([points]) * side // 100).astype(np.int32)
        where = cv2.polylines(np.zeros((side, side), np.uint8), line, False, 255, side // 5) > 0
        return np.where(where[..., np.newaxis], 20, 240).repeat(3, axis=2).astype(np.uint8), where

    @pytest.mark.parametrize("side", [120, 200, 480])
    @pytest.mark.parametrize(
        "points",
        [
            [(50, 20), (50, 80)],  # 1
            [(30, 25), (68, 25), (48, 80)],  # 7
            [(35, 20), (35, 75), (70, 75)],  # L
            [(50, 25), (32, 50), (50, 75), (68, 50), (50, 25)],  # 0
            [(28, 22), (72, 22), (28, 78), (72, 78)],  # Z, as a 2
        ],
    )
    @pytest.mark.parametrize("inverted", [False, True])
    def test_a_thick_sign_is_one_piece(self, points: list[tuple[int, int]], side: int, inverted: bool) -> None:
        frame, where = self.draw(points, side)
        ink = find_ink(255 - frame if inverted else frame)
        assert (count_strokes(ink), len(find_candidates(ink))) == (1, 1)
        assert covered(ink, where) >= 0.98
        assert ((ink > 0) & ~where).mean() < 0.01

    def test_a_dark_table_beside_the_paper_is_no_thick_stroke(self) -> None:
        frame = draw_frame(480, 640, paper=230)
        frame[:, :200] = 40
        draw_zero(frame, 400, 200)
        (zero,) = find_candidates(find_ink(frame))
        assert (zero.box.x, zero.box.height) == (397, pytest.approx(67, abs=3))

    @pytest.mark.parametrize("turn", [0, 20, 45])
    @pytest.mark.parametrize(("table", "thick"), [(60, 6), (60, 24), (150, 6), (150, 24)])
    def test_a_sheet_on_a_darker_table_is_no_thick_stroke(self, turn: int, table: int, thick: int) -> None:
        sheet = np.full((480, 640, 3), table, np.uint8)
        sheet[120:360, 170:470] = 230
        cv2.ellipse(sheet, (320, 240), (45, 80), 0, 0, 360, (30, 30, 30), thick, cv2.LINE_AA)
        turned = cv2.getRotationMatrix2D((320, 240), turn, 1)
        frame = cv2.warpAffine(sheet, turned, (640, 480), borderValue=(table,) * 3).astype(np.uint8)
        (zero,) = find_candidates(find_ink(frame))
        assert max(zero.box.width, zero.box.height) < 220
        assert zero.ink.max() == 255


class TestPolarity:
    """A board and a sheet share the frame."""

    def draw(self, *, upright: bool) -> np.ndarray:
        """Light zeros on the dark left or upper half, dark ones on the light other half."""
        frame = draw_frame(480, 640, paper=225)
        frame[(slice(None), slice(0, 320)) if upright else slice(0, 240)] = 40
        places = (
            [(80, 210), (160, 210), (400, 210), (480, 210)] if upright else [(80, 90), (400, 90), (80, 330), (400, 330)]
        )
        for x, y in places:
            draw_zero(frame, x, y, pen=210 if frame[y, x, 0] == 40 else 40)
        return frame

    @pytest.mark.parametrize("inverted", [False, True])
    @pytest.mark.parametrize("upright", [True, False])
    def test_light_and_dark_writing_are_both_found(self, upright: bool, inverted: bool) -> None:
        frame = self.draw(upright=upright)
        ink = find_ink(255 - frame if inverted else frame)
        found = sorted((box.x, box.y, box.width, box.height) for box in (one.box for one in find_candidates(ink)))
        rows = (
            [(77, 207), (157, 207), (397, 207), (477, 207)] if upright else [(77, 87), (77, 327), (397, 87), (397, 327)]
        )
        assert [one[:2] for one in found] == [(pytest.approx(x, abs=2), pytest.approx(y, abs=2)) for x, y in rows]
        assert [one[2:] for one in found] == [(pytest.approx(46, abs=4), pytest.approx(66, abs=4))] * 4
        assert all(one.ink.max() == 255 for one in find_candidates(ink))
