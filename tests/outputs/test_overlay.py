from dataclasses import replace

import numpy as np
import pytest

from edge.contract import TOO_DARK, Box
from edge.outputs.lettering import fit_inside
from edge.outputs.overlay import draw_reading, draw_target
from edge.outputs.places import text_height
from tests.fakes import build_frame, build_reading

SIZES = [(320, 240), (240, 320), (640, 480), (1920, 1080), (4000, 3000)]


def changed(before, after):
    """Box around all pixels that differ."""
    rows, columns = np.nonzero((before != after).any(axis=2))
    x, y = int(columns.min()), int(rows.min())
    return Box(x, y, int(columns.max()) + 1 - x, int(rows.max()) + 1 - y)


class TestDrawReading:
    def test_its_input_stays_as_it_was(self):
        frame = build_frame(320, 240)
        frame.flags.writeable = False
        drawn = draw_reading(frame, build_reading("1?3"))
        assert (drawn.shape, drawn.dtype) == (frame.shape, frame.dtype)
        assert (frame == 255).all()
        assert not np.shares_memory(drawn, frame)

    def test_nothing_read_draws_nothing(self):
        frame = build_frame(320, 240)
        assert np.array_equal(draw_reading(frame, build_reading("")), frame)

    def test_why_nothing_is_read_stands_at_the_bottom(self):
        frame = build_frame(320, 240)
        box = changed(frame, draw_reading(frame, replace(build_reading(""), reason=TOO_DARK)))
        assert (box.x, box.bottom) == (0, 240)
        assert box.y > 200

    @pytest.mark.parametrize("tone", [0, 24, 128, 255])
    @pytest.mark.parametrize(("width", "height"), SIZES)
    def test_has_dark_and_bright_on_every_paper(self, width, height, tone):
        frame = build_frame(width, height, tone)
        drawn = draw_reading(frame, build_reading("12", width=width, height=height, y=height // 2))
        box = changed(frame, drawn)
        crop = drawn[box.y : box.bottom, box.x : box.right].max(axis=2)
        assert crop.max() > 200
        assert crop.min() < 60

    def test_a_rejected_digit_has_another_colour(self):
        page = build_frame(320, 240)
        accepted, rejected = (draw_reading(page, build_reading(text, y=100)) for text in ("7", "?"))
        corner = (99, 3)  # of the box, beside it
        assert accepted[corner].tolist() != rejected[corner].tolist()

    def test_what_stands_in_no_number_is_drawn_for_who_labels_alone(self):
        frame, reading = build_frame(320, 240), build_reading("?")
        reading = replace(reading, lines=(), candidates=tuple(replace(one, line=None) for one in reading.candidates))
        assert np.array_equal(draw_reading(frame, reading), frame)
        assert not np.array_equal(draw_reading(frame, reading, everything=True), frame)

    def test_a_digit_in_the_corner_has_its_label_inside(self):
        frame = build_frame(320, 240)
        assert changed(frame, draw_reading(frame, build_reading("1", y=0))).y == 0
        assert changed(frame, draw_reading(frame, build_reading("1", y=220))).bottom == 240

    @pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (12, 7)])
    def test_a_tiny_frame_is_drawn_too(self, size):
        frame = build_frame(*size)
        assert draw_reading(frame, build_reading("1?3")).shape == frame.shape


class TestTextHeight:
    @pytest.mark.parametrize(("width", "height"), SIZES)
    def test_can_be_read_in_a_window_of_1200_px(self, width, height):
        shown = text_height(width, height) * min(1, 1200 / max(width, height))
        assert 9 <= shown <= 30


@pytest.mark.parametrize(
    ("box", "moved"),
    [
        (Box(10, 10, 20, 10), Box(10, 10, 20, 10)),
        (Box(-5, -5, 20, 10), Box(0, 0, 20, 10)),
        (Box(95, 75, 20, 10), Box(80, 70, 20, 10)),
        (Box(50, 50, 200, 100), Box(0, 0, 200, 100)),
    ],
    ids=["inside", "top left", "bottom right", "larger than the frame"],
)
def test_fit_inside(box, moved):
    assert fit_inside(box, 100, 80) == moved


class TestDrawTarget:
    def test_marks_the_box_and_the_cross(self):
        frame = build_frame(320, 240)
        box = changed(frame, draw_target(frame, Box(100, 100, 40, 60), (250, 50)))
        assert box.x < 100
        assert box.bottom > 160
        assert box.right > 250
        assert box.y < 50

    def test_what_is_meant_is_not_hidden_by_the_cross(self):
        frame = build_frame(320, 240)
        drawn = draw_target(frame, Box(100, 100, 40, 60), (120, 130))
        assert (drawn[100:160, 100:140] == 255).all()
        assert (drawn != frame).any()

    def test_nothing_to_mark_draws_nothing(self):
        frame = build_frame(320, 240)
        assert (draw_target(frame, None, None) == frame).all()
