"""The road from frame to reading, with the shipped model on the bundled pages and on whatever else comes along."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edge.contract import TOO_BLURRED, TOO_DARK, Box
from edge.finding.segment import MAX_CANDIDATES
from edge.reading.reader import MAX_SIDE, SHIPPED_MODEL, Reader, judge, judge_candidates, open_reader
from tests.drawing import draw_frame, draw_zero
from tests.pools import EQUAL, build_pool
from tests.verdicts import verdict

PAGES = Path(__file__).resolve().parents[1] / "sample_pages"
TEXTS = json.loads(PAGES.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def reader() -> Reader:
    return open_reader(SHIPPED_MODEL)


def read_page(name: str) -> np.ndarray:
    return cv2.imread(str(PAGES / name))


class TestBundledPages:
    @pytest.mark.parametrize("name", TEXTS)
    def test_a_page_is_read_without_an_error(self, reader: Reader, name: str) -> None:
        assert [line.text for line in reader.read(read_page(name)).lines] == TEXTS[name]["lines"]

    def test_light_on_dark_reads_the_same(self, reader: Reader) -> None:
        page = read_page("1_score_sheet.png")
        assert reader.read(255 - page).text == reader.read(page).text

    def test_two_readings_of_one_frame_are_equal(self, reader: Reader) -> None:
        first, second = (reader.read(read_page("5_marker.png")) for _ in range(2))
        assert (first.lines, first.digits) == (second.lines, second.digits)


class TestRead:
    def test_a_blank_page_has_no_digits(self, reader: Reader) -> None:
        assert reader.read(draw_frame()).digits == ()

    def test_a_page_with_too_much_on_it_says_so_once(self, reader: Reader, caplog: pytest.LogCaptureFixture) -> None:
        frame = draw_frame(height=1000, width=1000)
        for n in range(900):
            x, y = 20 + 32 * (n % 30), 20 + 32 * (n // 30)
            cv2.rectangle(frame, (x, y), (x + 12, y + 16), (40, 40, 40), 2)
        with caplog.at_level("INFO"):
            readings = [reader.read(frame) for _ in range(2)]
        assert [reading.left_out >= 900 - MAX_CANDIDATES for reading in readings] == [True, True]
        assert [record.message.split(",")[0] for record in caplog.records] == ["too much to see: left out 600 shapes"]

    def test_nothing_is_left_out_of_a_plain_page(self, reader: Reader) -> None:
        assert reader.read(read_page("1_score_sheet.png")).left_out == 0

    def test_a_page_out_of_focus_says_so_and_a_readable_or_a_blank_one_gives_no_reason(self, reader: Reader) -> None:
        page = read_page("1_score_sheet.png")
        frames = [page, draw_frame(480, 640), cv2.GaussianBlur(page, (0, 0), 16), np.zeros_like(page)]
        assert [reader.read(frame).reason for frame in frames] == [None, None, TOO_BLURRED, TOO_DARK]

    def test_the_last_reading_is_not_kept_for_an_empty_frame(self, reader: Reader) -> None:
        reader.read(read_page("5_marker.png"))
        assert reader.read(draw_frame()).text == ""

    def test_boxes_are_pixels_of_the_frame_however_large(self, reader: Reader) -> None:
        page = read_page("5_marker.png")
        factor = 2 * MAX_SIDE // page.shape[1]
        large = cv2.resize(page, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
        boxes, small_boxes = ([digit.box for digit in reader.read(frame).digits] for frame in (large, page))
        assert [box.x for box in boxes] == pytest.approx([factor * box.x for box in small_boxes], abs=3 * factor)

    def test_a_grey_frame_reads_like_its_colour_copy(self, reader: Reader) -> None:
        frame = draw_frame()
        draw_zero(frame, 100, 80)
        assert reader.read(frame[..., 0]).text == reader.read(frame).text == "0"

    def test_a_higher_threshold_shows_a_question_mark_instead_of_a_guess(self) -> None:
        frame = read_page("5_marker.png")
        usual, strict = (open_reader(SHIPPED_MODEL, least).read(frame).candidates for least in (None, 1.0))
        assert [digit.label for digit in usual] == list("47830")
        assert [digit.guess for digit in strict] == list("47830")
        assert {(digit.label, digit.reason) for digit in strict} == {("?", "low confidence")}


class TestJudge:
    @pytest.mark.parametrize(
        ("three", "eight", "other", "expected"),
        [
            (0.9, 0.05, 0.05, ("3", None)),
            (0.5, 0.4, 0.1, ("?", "low confidence")),
            (0.3, 0.1, 0.6, ("?", "not a digit")),
        ],
    )
    def test_an_unclear_candidate_is_not_guessed(
        self, three: float, eight: float, other: float, expected: tuple[str, str | None]
    ) -> None:
        probabilities = np.zeros(11, np.float32)
        probabilities[[3, 8, 10]] = three, eight, other
        detection = judge(Box(0, 0, 1, 1), probabilities, min_confidence=0.7)
        assert (detection.label, detection.reason) == expected
        assert detection.guess == "3"


class TestJudgeCandidates:
    def test_rows_count_in_the_order_of_the_candidates(self) -> None:
        boxes = [Box(10, 100, 20, 30), Box(60, 90, 20, 44), Box(110, 95, 20, 38)]
        views = [verdict(digit, sure) for digit, sure in ((1, 0.7), (2, 0.9), (3, 0.8))]
        pool = build_pool(*((box, view, view, 0.5) for box, view in zip(boxes, views, strict=True)))
        found, rows = judge_candidates(pool, EQUAL)
        assert [int(row.argmax()) for _, row in found] == [2, 3, 1]
        assert [[found[n][0].box for n in row] for row in rows.members] == [boxes]

    def test_an_empty_frame_has_no_neighbours(self) -> None:
        assert judge_candidates(build_pool(), EQUAL)[0] == []


FRAMES = st.tuples(st.integers(1, 90), st.integers(1, 90), st.sampled_from([None, 3])).flatmap(
    lambda sides: arrays.arrays(
        np.uint8,
        (sides[0], sides[1]) if sides[2] is None else sides,
        elements=st.integers(0, 255),
        fill=st.sampled_from([0, 1, 127, 254, 255]),
    )
)


class TestFuzz:
    @pytest.mark.slow
    @settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
    @given(frame=FRAMES, tall=st.integers(1, 12), wide=st.integers(1, 12))
    def test_any_frame_is_read_without_a_fault(self, reader: Reader, frame: np.ndarray, tall: int, wide: int) -> None:
        frame = frame.repeat(tall, axis=0).repeat(wide, axis=1)
        reading = reader.read(frame)
        assert (reading.height, reading.width) == frame.shape[:2]
        for digit in reading.digits:
            assert digit.box.x >= 0
            assert digit.box.y >= 0
            assert digit.box.right <= reading.width
            assert digit.box.bottom <= reading.height

    @pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (1, 1, 3), (3, 4000, 3), (4000, 3)])
    @pytest.mark.parametrize("value", [0, 128, 255])
    def test_the_smallest_and_the_narrowest_frames_are_blank(
        self, reader: Reader, shape: tuple[int, ...], value: int
    ) -> None:
        assert reader.read(np.full(shape, value, np.uint8)).digits == ()

    @pytest.mark.parametrize("seed", range(8))
    def test_noise_of_any_strength_is_read_without_a_fault(self, reader: Reader, seed: int) -> None:
        rng = np.random.default_rng(seed)
        frame = rng.normal(128, 4 * 2**seed, (300, 400, 3)).clip(0, 255).astype(np.uint8)
        assert len(reader.read(frame).lines) <= 20

    @pytest.mark.parametrize("dtype", [np.float32, np.uint16, np.int64, bool])
    def test_another_dtype_is_refused_by_name(self, reader: Reader, dtype: type) -> None:
        with pytest.raises(ValueError, match=np.dtype(dtype).name):
            reader.read(np.zeros((40, 40, 3), dtype))

    @pytest.mark.parametrize("channels", [1, 2, 4])
    def test_another_number_of_channels_is_refused(self, reader: Reader, channels: int) -> None:
        with pytest.raises(ValueError, match=f", {channels}\\)"):
            reader.read(np.zeros((40, 40, channels), np.uint8))
