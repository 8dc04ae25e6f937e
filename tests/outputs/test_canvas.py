import numpy as np
import pytest

from edge.contract import Box
from edge.outputs.canvas import BETWEEN, TEXT_HEIGHT, fit_view, join_rows
from edge.outputs.lettering import DARK, measure_text, shorten
from tests.fakes import build_frame, build_reading

SCREENS = [(792, 408), (1358, 696), (1912, 1008), (300, 200)]
FRAMES = [(64, 48), (320, 240), (640, 480), (480, 640), (1920, 1080), (4000, 3000), (3000, 4000), (2000, 60)]


def on(screen):
    """What a window on such a screen says to the size that is wanted."""
    return lambda wanted: (min(wanted[0], screen[0]), min(wanted[1], screen[1]))


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("size", FRAMES)
class TestFitView:
    def test_the_whole_frame_stands_under_the_rows_and_inside_the_window(self, size, screen):
        frame = build_frame(*size)
        view = fit_view(frame, 3, on(screen))
        drawn = view.scale_frame(frame)
        assert view.size[0] <= screen[0]
        assert view.size[1] <= screen[1]
        content = view.compose(drawn, [])
        white = (content == 255).all(axis=2)
        assert white.sum() == drawn.shape[0] * drawn.shape[1]  # nothing of it is cut off
        assert (content[: view.top] == DARK).all()

    def test_a_place_in_the_window_is_found_in_the_frame(self, size, screen):
        frame = build_frame(*size)
        view = fit_view(frame, 3, on(screen))
        x, y = size[0] // 2, size[1] // 2
        found = view.find_in_frame(
            view.left + round(view.scale * (x + 0.5)), view.top + round(view.scale * (y + 0.5)), frame
        )
        assert found is not None
        assert np.hypot(found[0] - x, found[1] - y) <= max(1, 1 / view.scale)


class TestView:
    def test_beside_the_frame_is_no_place_in_it(self):
        frame = build_frame(640, 480)
        view = fit_view(frame, 2, lambda _: (1000, 600))
        assert view.find_in_frame(view.left - 1, view.top + 5, frame) is None
        assert view.find_in_frame(view.left + 5, view.top - 1, frame) is None
        assert view.find_in_frame(999, 300, frame) is None

    def test_a_small_frame_is_enlarged_and_a_huge_one_reduced(self):
        sizes = [fit_view(build_frame(*size), 0, lambda wanted: wanted).size for size in ((64, 48), (4000, 3000))]
        assert sizes == [(640, 480), (1200, 900)]

    def test_boxes_are_scaled_with_the_frame(self):
        view = fit_view(build_frame(320, 240), 0, lambda wanted: wanted)
        reading = view.scale_reading(build_reading("12", width=320, height=240))
        assert (reading.width, reading.height) == (640, 480)
        assert reading.digits[1].box == Box(32, 20, 20, 40)
        assert reading.lines[0].box == Box(8, 20, 44, 40)

    def test_rows_that_would_leave_no_room_are_left_out(self):
        view = fit_view(build_frame(320, 240), 20, lambda _: (300, 200))
        assert view.top <= 100
        assert view.compose(view.scale_frame(build_frame(320, 240)), ["row"] * 20).shape == (200, 300, 3)


class TestRows:
    def test_parts_share_a_row_as_far_as_it_is_wide(self):
        width = measure_text(f"one{BETWEEN}two", TEXT_HEIGHT).width
        assert join_rows(["one", "two", "three"], width) == [f"one{BETWEEN}two", "three"]

    def test_what_is_too_long_keeps_its_beginning_and_its_end(self):
        text = f"saved {'/very/long' * 30}/digits-20260131.png"
        short = shorten(text, TEXT_HEIGHT, 400)
        assert measure_text(short, TEXT_HEIGHT).width <= 400
        assert short.startswith("saved /very")
        assert short.endswith("20260131.png")
        assert "..." in short

    def test_what_fits_stays_as_it_is(self):
        assert shorten("0:0  1:0", TEXT_HEIGHT, 400) == "0:0  1:0"
