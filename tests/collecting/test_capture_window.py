"""Capture in a real window, with real keys and clicks."""

import sys
import time
from pathlib import Path

import cv2
import pytest

from edge.collecting.label_output import KEYS
from edge.contract import LABELS
from edge.outputs.canvas import join_rows
from edge.reading.reader import SHIPPED_MODEL
from tests.collecting.test_capture_outputs import count_saved, find_place
from tests.drawing import draw_frame, draw_one, draw_zero
from tests.screen import ROOT, Pressed

EDGE = [sys.executable, ROOT / "edge" / "recognize.py", "--model", SHIPPED_MODEL, "--capture", "--into", "into"]


def draw(*shapes):
    frame = draw_frame(480, 640)
    for place, shape in enumerate(shapes):
        if shape != " ":
            {"0": draw_zero, "1": draw_one}[shape](frame, 60 + 110 * place, 180 + 9 * place, height=70 + 9 * place)
    return frame


@pytest.fixture
def folder(tmp_path):
    """A working directory with two stills."""
    (tmp_path / "stills").mkdir()
    cv2.imwrite(str(tmp_path / "stills" / "a.png"), draw(*"010"))
    cv2.imwrite(str(tmp_path / "stills" / "b.png"), draw(*"  1"))
    return tmp_path


def wait_for(counts, folder: Path, timeout_s=20.0):
    end = time.monotonic() + timeout_s
    while count_saved(folder) != counts:
        assert time.monotonic() < end, f"saved {count_saved(folder)} instead of {counts}"
        time.sleep(0.05)


class TestStills:
    def test_are_typed_through_undone_passed_over_and_clicked(self, screen, folder):
        into = folder / "into"
        into.mkdir()
        with Pressed(screen, folder, *EDGE, "--source", "stills", "--writer", "anna") as window:
            window.press("0")
            wait_for({"0": 1}, into)
            window.press("7")
            wait_for({"0": 1, "7": 1}, into)
            window.press("u")
            wait_for({"0": 1}, into)
            window.press("Tab")
            window.press("o")  # the third
            wait_for({"0": 1, "other": 1}, into)
            window.click(*find_place(draw(), 170, 225, keys_shown=False))
            window.press("1")
            wait_for({"0": 1, "1": 1, "other": 1}, into)
            window.press("n")
            window.lines()
            window.press("1")
            wait_for({"0": 1, "1": 2, "other": 1}, into)
            window.press("q")
            window.wait_for("Next: ")
            assert window.process.wait(timeout=20) == 0


def test_a_camera_that_goes_on_is_captured_by_key_and_by_itself(screen, folder):
    """A video in place of a camera: the 1 in its middle gives way to another one."""
    into = folder / "into"
    into.mkdir()
    video = cv2.VideoWriter(str(folder / "clip.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (640, 480))
    for frame in [draw(*"  1")] * 120 + [draw(*"  0")] * 600:
        video.write(frame)
    video.release()
    with Pressed(screen, folder, *EDGE, "--source", "clip.avi", "--writer", "anna") as window:
        window.press("1")
        wait_for({"1": 1}, into)
        window.press("h")
        window.press("a")
        wait_for({"1": 2}, into, timeout_s=60)
        window.press("q")
        window.wait_for("Next: ")
        assert window.process.wait(timeout=20) == 0


@pytest.mark.parametrize("screen", ["800x480", "1366x768", "1920x1080"], indirect=True)
def test_fits_the_screen_and_all_of_its_rows_are_seen(screen, folder):
    for path in (folder / "stills").iterdir():
        cv2.imwrite(str(path), cv2.resize(cv2.imread(str(path)), (1600, 1200), interpolation=cv2.INTER_LINEAR))
    with Pressed(screen, folder, *EDGE, "--source", "stills", "--writer", "anna") as window:
        state = "cross on {} of 3    auto off    a.png, 1 of 2    anna    h: keys"
        counts = "  ".join(f"{label}:0" for label in LABELS)
        photograph = window.wait_for_rows([state.format("0, 1"), counts, "", *join_rows(KEYS, window.place()[2])])
        x, y, width, height = window.place()
        assert x + width <= photograph.shape[1]
        assert y + height <= photograph.shape[0]
        window.press("0")
        window.wait_for_rows([state.format("1, 2"), counts.replace("0:0", "0:1", 1), "saved 0"])
        window.press("q")
        window.wait_for("Next: ")
