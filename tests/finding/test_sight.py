"""A frame in which nothing can be read says why; one that can be read, or is blank, gives no false alarm."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.contract import TOO_BLURRED, TOO_DARK, TOO_SMALL
from edge.finding.sight import find_reason
from tests.drawing import draw_frame, light

PAGES = Path(__file__).resolve().parents[1] / "sample_pages"
NAMES = sorted(json.loads(PAGES.with_suffix(".json").read_text(encoding="utf-8")))


def read_page(name: str) -> np.ndarray:
    return cv2.imread(str(PAGES / name))


def add_noise(frame: np.ndarray, deviation: float = 4) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, deviation, frame.shape)
    return np.clip(frame + noise, 0, 255).astype(np.uint8)


class TestFindReason:
    @pytest.mark.parametrize("name", NAMES)
    def test_the_bundled_pages_give_none(self, name: str) -> None:
        page = read_page(name)
        assert [find_reason(frame) for frame in (page, cv2.GaussianBlur(page, (0, 0), 2))] == [None, None]

    @pytest.mark.parametrize("paper", [40, 60, 120, 220, 255])
    @pytest.mark.parametrize("darkest", [1.0, 0.6])
    def test_blank_paper_and_a_blank_blackboard_give_none(self, paper: int, darkest: float) -> None:
        assert find_reason(add_noise(light(draw_frame(480, 640, paper=paper), darkest=darkest))) is None

    def test_nor_does_a_soft_shadow_along_the_border(self) -> None:
        frame = draw_frame(480, 640).astype(np.float32)
        frame[-60:] *= np.linspace(1, 0.6, 60)[:, np.newaxis, np.newaxis]
        assert find_reason(frame.astype(np.uint8)) is None

    @pytest.mark.parametrize("name", ["1_score_sheet.png", "2_squared_paper.png", "3_blackboard.png", "5_marker.png"])
    @pytest.mark.parametrize("factor", [1, 2])
    def test_what_is_out_of_focus_is_too_blurred(self, name: str, factor: int) -> None:
        page = cv2.resize(cv2.GaussianBlur(read_page(name), (0, 0), 12), None, fx=factor, fy=factor)
        assert find_reason(add_noise(page)) == TOO_BLURRED

    def test_a_covered_lens_is_too_dark_whatever_shows_through(self) -> None:
        assert find_reason(add_noise((0.06 * read_page("1_score_sheet.png")).astype(np.uint8))) == TOO_DARK

    @pytest.mark.parametrize("shape", [(1, 1), (12, 27), (27, 5)])
    def test_what_is_smaller_than_a_glyph_is_too_small(self, shape: tuple[int, int]) -> None:
        assert find_reason(np.full(shape, 200, np.uint8)) == TOO_SMALL

    @pytest.mark.parametrize("shape", [(28, 28), (1, 600), (600, 2)])
    def test_narrow_strips_pass(self, shape: tuple[int, int]) -> None:
        assert find_reason(np.full(shape, 200, np.uint8)) is None

    def test_grey_frames_are_looked_at_like_coloured_ones(self) -> None:
        soft = cv2.GaussianBlur(read_page("5_marker.png"), (0, 0), 12)
        assert find_reason(soft) == find_reason(soft[..., 0]) == TOO_BLURRED
