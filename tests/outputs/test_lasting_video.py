"""A recording plays up to its last second, whatever ends it."""

import os
import random
import signal
import struct
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.cameras import open_camera
from edge.errors import DigitReaderError, SetupError
from edge.outputs.lasting_video import FRAGMENT_S, RESERVE_BYTES, LastingVideo, load_av, measure_s
from edge.outputs.recording import Recording
from tests.fakes import build_frame, build_reading, build_shot

ROOT = Path(__file__).resolve().parents[2]
FPS = 10
SIZE = (64, 48)


def draw_frame(index, size=SIZE):
    """Quiet paper on which one thing moves: of such a recording 256 KiB last for minutes."""
    frame = build_frame(*size, tone=200)
    cv2.circle(frame, (5 + index % 50, 20), 4, (0, 0, 0), -1)
    return frame


def write_seconds(path, seconds, *, sizes=None):
    """A finished video; `sizes` gets the file's size after each frame."""
    video = LastingVideo(path, fps=FPS, size=SIZE)
    for index in range(round(seconds * FPS)):
        video.write(draw_frame(index))
        if sizes is not None:
            sizes.append(path.stat().st_size)
    video.close()
    return path


def find_boxes(content, kind):
    """Where the boxes of an mp4 begin and end, without their own headers."""
    place = 0
    while place < len(content):
        size, name = struct.unpack_from(">I4s", content, place)
        if name == kind:
            yield place + 8, place + size
        place += size


def play(path):
    """Its frames, as our own camera reads them."""
    with open_camera(str(path)) as camera:
        return [shot.frame for shot in camera]


class TestCutShort:
    def test_at_any_byte_behind_the_table_of_a_fragment_it_plays_up_to_there(self, tmp_path):
        sizes = []
        whole = write_seconds(tmp_path / "whole.mp4", 10, sizes=sizes).read_bytes()
        places = [place for start, end in find_boxes(whole, b"mdat") for place in range(start, end + 1)]
        for cut in random.Random(1).sample(places, 25):
            there = sum(size <= cut for size in sizes)  # frames that had been shown when the file was so long
            (tmp_path / "cut.mp4").write_bytes(whole[:cut])
            assert round(measure_s(tmp_path / "cut.mp4", frame_s=1 / FPS) * FPS) >= there - FRAGMENT_S * FPS - 1, cut

    @pytest.mark.parametrize("frames", [8, 55])
    def test_by_a_kill_it_plays_up_to_half_a_second_before(self, tmp_path, frames):
        path = tmp_path / "out.mp4"
        code = (
            "import os, signal, sys; from pathlib import Path; from tests.outputs.test_lasting_video import *\n"
            "video = LastingVideo(Path(sys.argv[1]), fps=FPS, size=SIZE)\n"
            "for index in range(int(sys.argv[2])): video.write(draw_frame(index))\n"
            "os.kill(os.getpid(), signal.SIGKILL)"
        )
        done = subprocess.run([sys.executable, "-c", code, path, str(frames)], cwd=ROOT, check=False)
        assert done.returncode == -signal.SIGKILL
        assert len(play(path)) >= frames - FRAGMENT_S * FPS - 1


class TestWhatIsWritten:
    def test_is_all_there_when_it_is_closed(self, tmp_path):
        path = tmp_path / "out.mp4"
        video = LastingVideo(path, fps=FPS, size=SIZE)
        for index in range(7):
            video.write(draw_frame(index))
        assert video.close() == pytest.approx(0.7)
        for index, frame in enumerate(play(path)):
            np.testing.assert_allclose(frame, draw_frame(index), atol=90)  # edges ring
            assert np.abs(frame.astype(int) - draw_frame(index)).mean() < 3

    @pytest.mark.parametrize(("size", "kept"), [((65, 49), (64, 48)), ((2, 2), (2, 2)), ((1280, 961), (1280, 960))])
    def test_may_have_any_size(self, tmp_path, size, kept):
        video = LastingVideo(tmp_path / "out.mp4", fps=FPS, size=size)
        video.write(build_frame(*size))
        video.close()
        (frame,) = play(tmp_path / "out.mp4")
        assert (frame.shape[1], frame.shape[0]) == kept

    @pytest.mark.parametrize("fps", [1, 7.5, 30000 / 1001, 59.94, 119.88, 1000])
    def test_may_have_any_rate_of_a_camera(self, tmp_path, fps):
        video = LastingVideo(tmp_path / "out.mp4", fps=fps, size=SIZE)
        for index in range(5):
            video.write(draw_frame(index))
        assert video.close() == pytest.approx(5 / fps, rel=1e-3)
        with open_camera(str(tmp_path / "out.mp4")) as camera:
            assert camera.fps == pytest.approx(fps, rel=1e-3)


def write_until_stopped(video, shown):
    for index in range(100_000):
        shown.append(index)
        video.write(draw_frame(index))


class Disk:
    """A disk with room for so many looks at it."""

    def __init__(self, looks):
        self._looks = looks

    def __call__(self, folder):
        assert folder.is_dir()
        self._looks -= 1
        return RESERVE_BYTES if self._looks >= 0 else RESERVE_BYTES - 1


class TestNoRoom:
    def test_stops_it_before_the_disk_is_full_and_what_was_recorded_plays(self, tmp_path):
        path = tmp_path / "out.mp4"
        video = LastingVideo(path, fps=FPS, size=SIZE, free_bytes=Disk(0))
        shown = []
        with pytest.raises(DigitReaderError, match=r"out\.mp4 stopped: only 31 MiB are left on its disk; its first "):
            write_until_stopped(video, shown)
        assert len(play(path)) == len(shown)

    def test_at_the_start_is_said_at_the_start(self, tmp_path):
        with pytest.raises(DigitReaderError, match="only 31 MiB are left on its disk"):
            Recording(tmp_path / "out.mp4", fps=None, free_bytes=Disk(0))
        assert not (tmp_path / "out.mp4").exists()

    @pytest.mark.parametrize("limit", [9_000, 10_065])  # the second cuts through the table of a fragment
    def test_in_a_write_is_an_error_and_nothing_is_reported_as_recorded(self, tmp_path, limit):
        path = tmp_path / "out.mp4"
        code = (
            "import logging, resource, sys; from pathlib import Path; from tests.outputs.test_lasting_video import *\n"
            "logging.basicConfig(level=logging.INFO)\n"
            "recording = Recording(Path(sys.argv[1]), fps=FPS)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)  # a quota says as much\n"
            "try:\n"
            "    for index in range(1000): recording.show(build_shot(draw_frame(index)), build_reading())\n"
            "finally: recording.close()"
        )
        call = [sys.executable, "-c", code, path, str(limit)]
        done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "recorded" not in done.stderr
        assert "out.mp4 stopped: File too large; its first " in done.stderr.splitlines()[-1]
        assert len(play(path)) > FPS

    def test_to_read_it_back_is_an_error_not_a_recording(self, tmp_path, caplog):
        caplog.set_level("INFO")
        path = tmp_path / "out.mp4"
        recording = Recording(path, fps=FPS)
        for index in range(40):
            recording.show(build_shot(draw_frame(index)), build_reading())
        os.truncate(path, 3000)  # as a disk that forgets does
        with pytest.raises(DigitReaderError, match=r"stopped: 4\.0 s were written; its first [01]\.\d s play"):
            recording.close()
        assert caplog.messages == []

    def test_into_a_file_that_was_removed_is_an_error(self, tmp_path):
        path = tmp_path / "out.mp4"
        video = LastingVideo(path, fps=FPS, size=SIZE)
        for index in range(40):
            video.write(draw_frame(index))
        path.unlink()
        with pytest.raises(DigitReaderError, match="No such file or directory; nothing in it plays"):
            video.write(draw_frame(40))

    def test_into_a_folder_that_went_away_is_an_error(self, tmp_path):
        (tmp_path / "stick").mkdir()
        recording = Recording(tmp_path / "stick" / "out.mp4", fps=FPS)
        (tmp_path / "stick").rmdir()
        with pytest.raises(DigitReaderError, match=r"out\.mp4 cannot be written \(No such file or directory\)"):
            recording.show(build_shot(), build_reading())


def test_what_was_recorded_is_said_with_its_length(tmp_path, caplog):
    caplog.set_level("INFO")
    recording = Recording(tmp_path / "out.mp4", fps=FPS)
    for index in range(25):
        recording.show(build_shot(draw_frame(index)), build_reading())
    recording.close()
    recording.close()
    assert caplog.messages == [f"recorded {tmp_path / 'out.mp4'} (2.5 s)"]


def test_what_is_interrupted_before_its_first_frame_is_no_error(tmp_path):
    assert LastingVideo(tmp_path / "out.mp4", fps=FPS, size=SIZE).close() == 0.0


@pytest.mark.parametrize("content", [b"", b"broken"])
def test_nothing_of_a_broken_file_plays(tmp_path, content):
    (tmp_path / "out.mp4").write_bytes(content)
    assert measure_s(tmp_path / "out.mp4", frame_s=0.1) == 0.0


def test_without_pyav_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(SetupError, match="`sudo apt install python3-av`"):
        load_av()
