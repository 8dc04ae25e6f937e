"""One digit that fills its picture, whatever its size and colours: the reader reads it as `make predict` does."""

import cv2
import numpy as np
import pytest

from edge.finding.loose import find_loose
from edge.reading.glyph import normalize
from edge.reading.reader import SHIPPED_MODEL, Reader, build_glyphs, open_reader
from tests.drawing import draw_frame, draw_one, draw_zero
from train.digits.mnist import load_sample
from train.digits.single import build_single_glyph

COUNT, BAR = 200, 0.97


@pytest.fixture(scope="module")
def reader() -> Reader:
    return open_reader(SHIPPED_MODEL)


def draw_stroke(*points: tuple[int, int], pen: int = 60, tone: int = 40) -> np.ndarray:
    """A 640 x 480 frame with one thick stroke along the points."""
    frame = draw_frame(480, 640)
    cv2.polylines(frame, [np.array(points, np.int32)], False, (tone,) * 3, pen, cv2.LINE_AA)
    return frame


CLOSE_UPS = {
    "1": draw_stroke((320, 60), (320, 420)),
    "7": draw_stroke((200, 70), (430, 70), (300, 420)),
    "4": draw_stroke((270, 60), (180, 270), (430, 270), (370, 270), (370, 430)),
    "0": cv2.ellipse(draw_frame(480, 640), (320, 240), (110, 170), 0, 0, 360, (40, 40, 40), 60, cv2.LINE_AA),
}


class TestLoosePictures:
    @pytest.mark.parametrize("side", [28, 280])
    @pytest.mark.parametrize("enlarge", [cv2.INTER_CUBIC, cv2.INTER_LINEAR], ids=["cubic", "linear"])
    @pytest.mark.parametrize("colours", ["bright on black", "dark on white"])
    def test_a_digit_of_mnist_is_read_at_any_size(self, reader: Reader, side: int, enlarge: int, colours: str) -> None:
        sample = load_sample().test
        pictures = [cv2.resize(glyph, (side, side), interpolation=enlarge) for glyph in sample.glyphs[:COUNT]]
        texts = [reader.read(255 - one if colours == "dark on white" else one).text for one in pictures]
        right = sum(text == str(label) for text, label in zip(texts, sample.labels[:COUNT], strict=True))
        assert right >= BAR * COUNT, right

    def test_live_reading_and_make_predict_see_the_same_glyph(self) -> None:
        for glyph in load_sample().test.glyphs[:20]:
            picture = cv2.cvtColor(cv2.resize(glyph, (280, 280)), cv2.COLOR_GRAY2BGR)
            candidate = find_loose(picture)
            assert candidate is not None
            content = cv2.imencode(".png", picture)[1].tobytes()
            assert np.array_equal(build_glyphs([candidate])[0], build_single_glyph(content, "x.png"))
            assert np.array_equal(normalize(candidate.ink), build_glyphs([candidate])[0])

    @pytest.mark.parametrize("digit", CLOSE_UPS)
    @pytest.mark.parametrize("inverted", [False, True], ids=["dark", "light"])
    def test_the_strokes_of_a_close_up_are_no_rulings(self, reader: Reader, digit: str, *, inverted: bool) -> None:
        frame = CLOSE_UPS[digit]
        assert reader.read(255 - frame if inverted else frame).text == digit

    @pytest.mark.parametrize("pen", [8, 20])
    def test_nor_are_those_of_a_thin_pen(self, reader: Reader, pen: int) -> None:
        assert reader.read(draw_stroke((200, 70), (430, 70), (300, 420), pen=pen)).text == "7"

    def test_the_box_lies_round_the_digit_in_the_frame(self, reader: Reader) -> None:
        (digit,) = reader.read(CLOSE_UPS["7"]).digits
        box = digit.box
        assert (box.x, box.y, box.right, box.bottom) == pytest.approx((170, 40, 460, 450), abs=12)

    def test_of_a_large_box_with_a_digit_in_it_the_digit_is_read(self, reader: Reader) -> None:
        frame = draw_frame(480, 640)
        cv2.rectangle(frame, (100, 40), (540, 440), (40, 40, 40), 6)
        draw_zero(frame, 300, 150, height=150)
        assert [(one.label, one.box.height) for one in reader.read(frame).digits] == [("0", pytest.approx(154, abs=6))]


class TestFindLoose:
    def test_two_digits_are_no_loose_picture(self) -> None:
        frame = draw_frame(100, 120)
        draw_one(frame, 30, 15, height=70)
        draw_zero(frame, 55, 15, height=70)
        assert find_loose(frame) is None

    def test_nor_is_a_small_digit_on_a_large_page(self) -> None:
        frame = draw_frame(480, 640)
        draw_zero(frame, 300, 200)
        assert find_loose(frame) is None

    def test_nor_is_a_sheet_on_a_table_with_a_digit_on_it(self) -> None:
        frame = draw_frame(480, 640, paper=60)
        frame[60:420, 100:540] = 220
        draw_zero(frame, 300, 150, height=150)
        assert find_loose(frame) is None

    @pytest.mark.parametrize("shape", [(1, 1), (1, 300), (2, 2), (28, 28), (480, 640)])
    def test_blank_pictures_hold_none(self, shape: tuple[int, int]) -> None:
        assert find_loose(np.full(shape, 200, np.uint8)) is None
