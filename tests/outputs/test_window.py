import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.contract import TOO_DARK
from edge.following.follower import AGREEING, Follower
from edge.outputs.canvas import TEXT_HEIGHT, join_rows
from edge.outputs.display import BORDERS, CvSurface, display_problem
from edge.outputs.lettering import shorten
from edge.outputs.monitor import SMALL, find_screen_size
from edge.outputs.window import HINT_S, MOVING_KEYS, SNAPSHOTS, STILL_KEYS, FrameRate, Window, show_steady
from tests.fakes import FakeSurface, build_frame, build_reading, build_shot
from tests.screen import ROOT, Pressed, draw_rows, press_close_button


def shows(content, *rows, row=0):
    """Whether the window's content shows these rows of text, from this one on."""
    drawn = draw_rows(rows, content.shape[1])
    top = row * draw_rows([""], content.shape[1]).shape[0]
    return np.array_equal(content[top : top + drawn.shape[0]], drawn)


class TestAMovingWindow:
    def open(self, surface, **options):
        return Window(stills=False, surface=surface, clock=lambda: 100.0, **options)

    def test_goes_on_without_a_key(self):
        surface = FakeSurface()
        assert self.open(surface).show(build_shot(), build_reading()) is True
        assert len(surface.shown) == 1

    @pytest.mark.parametrize("key", ["q", "\x1b", "closed"], ids=["q", "escape", "its close button"])
    def test_is_ended_by(self, key):
        assert self.open(FakeSurface(key)).show(build_shot(), build_reading()) is False

    def test_s_saves_the_drawn_frame_and_never_over_another_one(self, tmp_path, caplog):
        caplog.set_level("INFO")
        window = self.open(FakeSurface("s", "s"), snapshots=tmp_path)
        for _ in range(2):
            assert window.show(build_shot(), build_reading("12")) is True
        first, second = sorted(tmp_path.iterdir(), key=lambda path: len(path.name))
        assert (first.suffix, second.name) == (".png", f"{first.stem}-2.png")
        assert not np.array_equal(cv2.imread(str(first)), build_frame())
        assert caplog.messages == [f"saved {first}", f"saved {second}"]

    def test_a_snapshot_that_cannot_be_saved_does_not_end_the_reading(self, tmp_path, caplog):
        caplog.set_level("INFO")
        (tmp_path / "file").touch()
        window = self.open(FakeSurface("s"), snapshots=tmp_path / "file")
        assert window.show(build_shot(), build_reading("12")) is True
        assert caplog.messages == [f"{tmp_path / 'file'} cannot be made (File exists)."]

    def test_the_first_snapshot_makes_their_folder(self, tmp_path, caplog):
        caplog.set_level("INFO")
        folder = tmp_path / "new" / "snapshots"
        self.open(FakeSurface("s"), snapshots=folder).show(build_shot(), build_reading("12"))
        assert caplog.messages == [f"saved {path}" for path in folder.iterdir()]

    def test_snapshots_have_a_folder_of_their_own_that_git_does_not_look_into(self):
        assert SNAPSHOTS == ROOT / "snapshots"
        assert "/snapshots/" in (ROOT / ".gitignore").read_text().splitlines()

    def test_space_freezes_until_space(self):
        surface = FakeSurface(" ", None, None, " ", "never asked for")
        assert self.open(surface).show(build_shot(), build_reading()) is True
        assert len(surface.waits_ms) == 4

    def test_a_frozen_frame_can_be_saved_and_quit(self, tmp_path):
        surface = FakeSurface(" ", "s", "q")
        assert self.open(surface, snapshots=tmp_path).show(build_shot(), build_reading()) is False
        assert len(list(tmp_path.iterdir())) == 1

    def test_the_keys_are_shown_at_the_start_and_h_hides_and_shows_them(self):
        surface = FakeSurface("h", "h", "x", "h", None)
        window = self.open(surface)
        shot = build_shot(build_frame(640, 480))
        for _ in range(5):
            window.show(shot, build_reading("12"))
        assert [shows(frame, *join_rows(MOVING_KEYS, 640), row=2) for frame in surface.shown] == [1, 0, 1, 1, 0]

    def test_the_keys_shown_at_the_start_go_by_themselves(self):
        now = iter([0.0] * 3 + [HINT_S] * 9)
        surface = FakeSurface()
        window = Window(stills=False, surface=surface, clock=lambda: next(now))
        for _ in range(2):
            window.show(build_shot(build_frame(640, 480)), build_reading("12"))
        assert [shows(frame, *join_rows(MOVING_KEYS, 640), row=2) for frame in surface.shown] == [True, False]

    def test_a_frozen_frame_says_so(self):
        surface = FakeSurface(" ", " ")
        self.open(surface).show(build_shot(source="pi"), build_reading("12"))
        assert [shows(frame, "pi    h: keys") for frame in surface.shown] == [True, False]
        assert shows(surface.shown[1], "pi    FROZEN: space goes on    h: keys", "12")

    def test_a_saved_snapshot_is_named_on_top(self, tmp_path):
        surface = FakeSurface("s")
        window = self.open(surface, snapshots=tmp_path)
        for _ in range(2):
            window.show(build_shot(), build_reading("12"))
        (saved,) = tmp_path.iterdir()
        told = shorten(f"saved {saved}", TEXT_HEIGHT, 640)
        assert shows(surface.shown[1], "page.png    1000000 fps    h: keys", told)

    @pytest.mark.parametrize(
        ("text", "reason", "told"),
        [("12 ?", None, "12 ?"), ("", TOO_DARK, "(no digits: too dark)"), ("", None, "(no digits)")],
    )
    def test_what_is_read_or_why_nothing_is_stands_on_top(self, text, reason, told):
        surface = FakeSurface()
        self.open(surface).show(build_shot(), replace(build_reading(text), reason=reason))
        assert shows(surface.shown[0], "page.png    h: keys", told)

    def test_what_is_followed_stands_there_steadily(self):
        surface, follower = FakeSurface(), Follower()
        window = self.open(surface)
        for text in [*["12"] * AGREEING, "17"]:
            window.show(build_shot(), follower.follow(build_reading(text)))
        assert shows(surface.shown[-1], "page.png    1000000 fps    h: keys", "12")

    def test_a_line_has_its_steady_text_and_the_frames_own_until_there_is_one(self):
        follower = Follower()
        shown = [show_steady(follower.follow(build_reading(text))).lines[0].text for text in [*["12"] * AGREEING, "17"]]
        assert shown == ["12"] * (AGREEING + 1)

    def test_no_row_lies_over_the_frame(self):
        frame = np.random.default_rng(1).integers(0, 255, (480, 640, 3)).astype(np.uint8)
        surface = FakeSurface()
        self.open(surface).show(build_shot(frame), build_reading(""))
        assert np.array_equal(surface.shown[0][-480:], frame)

    def test_follows_the_size_of_its_window(self):
        surface = FakeSurface(screen=(800, 480))
        window = self.open(surface)
        window.show(build_shot(build_frame(1920, 1080)), build_reading("12"))
        surface.resize((1000, 700))
        window.show(build_shot(build_frame(1920, 1080)), build_reading("12"))
        assert [frame.shape for frame in surface.shown] == [(480, 800, 3), (700, 1000, 3)]

    def test_a_video_plays_no_faster_than_its_rate(self):
        surface = FakeSurface()
        window = self.open(surface, fps=25)
        for index in range(3):
            window.show(build_shot(index=index), build_reading())
        assert surface.waits_ms == [1, 40, 80]  # this clock stands still, so what is due adds up


class TestAWindowOfStills:
    def open(self, *keys, **options):
        self.surface = FakeSurface(*keys)
        return Window(stills=True, surface=self.surface, **options)

    @pytest.mark.parametrize("key", ["n", " ", "\r", "x"])
    def test_a_still_waits_for_a_key(self, key):
        assert self.open(None, None, None, key).show(build_shot(), build_reading()) is True
        assert len(self.surface.waits_ms) == 4

    @pytest.mark.parametrize("key", ["q", "\x1b", "closed"])
    def test_is_ended_by(self, key):
        assert self.open(None, key).show(build_shot(), build_reading()) is False

    def test_is_told_which_of_how_many_it_is(self):
        self.open("n").show(build_shot(place=(1, 5)), build_reading("12"))
        assert shows(self.surface.shown[0], "page.png, 1 of 5    h: keys", "12")

    def test_is_drawn_again_when_the_window_gets_another_size(self):
        window = self.open((600, 400, "resized"), None, "n")
        window.show(build_shot(), build_reading("12"))
        assert [frame.shape[:2] for frame in self.surface.shown][1:] == [(400, 600)]

    def test_saving_and_the_keys_panel_stay_at_the_still(self, tmp_path):
        assert self.open("s", "h", "h", "n", snapshots=tmp_path).show(build_shot(), build_reading()) is True
        assert len(self.surface.shown) == 4


def test_the_panel_names_every_key():
    assert [row.split("  ")[0] for row in MOVING_KEYS] == ["q", "s", "space", "h"]
    assert [row.split("  ")[0] for row in STILL_KEYS] == ["q", "s", "n or any other key", "h"]


def test_the_frame_rate_settles():
    rate = FrameRate()
    assert rate.tick(0) is None
    assert [round(rate.tick(0.1 * (1 + count))) for count in range(5)] == [10] * 5


class TestDisplayProblem:
    def test_no_display_is_said_without_starting_a_child(self):
        assert display_problem({}) == "no display: neither DISPLAY nor WAYLAND_DISPLAY is set"

    def test_a_display_that_does_not_answer_does_not_abort_this_process(self):
        problem = display_problem({**os.environ, "DISPLAY": ":987", "WAYLAND_DISPLAY": ""})
        assert problem is not None
        assert "\n" not in problem


LIVE = """
import logging, sys, time
from pathlib import Path
from edge.outputs.window import Window
from tests.fakes import build_frame, build_reading, build_shot
logging.basicConfig(format="%(message)s", level=logging.INFO, stream=sys.stdout)
window = Window(stills={stills}, snapshots=Path("snapshots"))
for index in range(2000):
    if not window.show(build_shot(build_frame(640, 480), index=index), build_reading("12")):
        print("stopped", flush=True)
        break
    print("frame", index, flush=True)
    time.sleep(0.01)
window.close()
"""


class TestARealWindow:
    @pytest.fixture
    def live(self, screen, tmp_path):
        with Pressed(screen, tmp_path, sys.executable, "-c", LIVE.format(stills=False)) as pressed:
            yield pressed

    @pytest.fixture
    def stills(self, screen, tmp_path):
        with Pressed(screen, tmp_path, sys.executable, "-c", LIVE.format(stills=True)) as pressed:
            yield pressed

    def test_can_be_opened_here(self, screen):
        assert display_problem(screen) is None

    def test_obeys_its_keys(self, live, tmp_path):
        live.wait_for("frame")
        live.press("h")
        live.press("s")
        saved = Path(live.wait_for("saved").removeprefix("saved "))
        assert saved.parent == tmp_path / "snapshots"
        assert cv2.imread(str(saved)).shape == (480, 640, 3)
        live.press("space")
        live.lines()
        assert live.lines() == []  # frozen
        live.press("space")
        live.wait_for("frame")
        live.press("q")
        live.wait_for("stopped")
        assert live.process.wait(timeout=10) == 0

    def test_is_ended_by_its_close_button(self, live, screen):
        live.wait_for("frame")
        press_close_button(screen["DISPLAY"], int(live.window))
        live.wait_for("stopped")
        assert live.process.wait(timeout=10) == 0

    def test_a_still_waits_for_a_key(self, stills):
        assert stills.lines() == []
        stills.press("n")
        assert stills.wait_for("frame") == "frame 0"
        assert stills.lines() == []
        stills.press("q")
        stills.wait_for("stopped")


SHEET = """
import sys
from edge.outputs.window import Window
from tests.fakes import build_frame, build_reading, build_shot
window = Window(stills={stills})
width, height = map(int, sys.argv[1:])
reading = build_reading("12 75", width=width, height=height, y=height // 2)
shot = build_shot(build_frame(width, height), source="a_sheet_with_a_long_name.png", place=(1, 5))
while window.show(shot, reading):
    pass
"""


@pytest.mark.parametrize("screen", ["800x480", "1366x768", "1920x1080"], indirect=True)
@pytest.mark.parametrize("size", [(640, 480), (4000, 3000)])
def test_fits_the_screen_and_all_of_its_rows_are_seen(screen, size, tmp_path):
    with Pressed(screen, tmp_path, sys.executable, "-c", SHEET.format(stills=True), *size) as window:
        state = "a_sheet_with_a_long_name.png, 1 of 5    h: keys"
        keys = join_rows(STILL_KEYS, window.place()[2])
        photograph = window.wait_for_rows([state, "12 75", *keys])
        x, y, width, height = window.place()
        assert x + width <= photograph.shape[1]
        assert y + height <= photograph.shape[0]
        assert photograph.shape[0] - height >= BORDERS[1] or height < 600
        window.resize(700, 400)
        window.wait_for_rows([state, "12 75", *join_rows(STILL_KEYS, 700)])
        window.press("q")
        assert window.process.wait(timeout=20) == 0


class TestTheScreen:
    def test_has_the_size_that_its_display_says(self, screen):
        call = [sys.executable, "-c", "from edge.outputs.monitor import find_screen_size as find; print(*find())"]
        done = subprocess.run(call, env={"PYTHONPATH": str(ROOT), **screen}, capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["1280", "1024"]

    def test_is_taken_for_a_small_one_where_there_is_no_display(self, monkeypatch):
        monkeypatch.setenv("DISPLAY", ":987")
        assert find_screen_size() == SMALL

    @pytest.mark.parametrize(
        ("wanted", "found"), [((640, 480), (640, 408)), ((300, 200), (300, 200)), ((4000, 3000), (792, 408))]
    )
    def test_leaves_room_for_title_bar_and_panel(self, wanted, found):
        assert CvSurface(lambda: (800, 480)).find_size(wanted) == found
