"""Capture as it is started: keys in a fake window, keys in a real terminal, an import, wrong usage."""

import fcntl
import io
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.collecting.capture import Collection
from edge.collecting.import_labelled import CaptureImport
from edge.collecting.label_output import KEYS, Capture, summarize
from edge.collecting.labeller import Labeller
from edge.collecting.window import CaptureWindow
from edge.contract import LABELS
from edge.outputs.canvas import fit_view, join_rows
from edge.outputs.overlay import GIVEN_COLOUR
from edge.reading.reader import SHIPPED_MODEL, open_reader
from edge.recognize import main
from tests.drawing import draw_frame, draw_one, draw_zero
from tests.fakes import FakeCapture, FakeSurface, build_hardware, build_shot
from tests.screen import draw_rows

ROOT = Path(__file__).resolve().parents[2]
EDGE = [sys.executable, str(ROOT / "edge" / "recognize.py"), "--model", str(SHIPPED_MODEL)]


@pytest.fixture(scope="module")
def reader():
    return open_reader(SHIPPED_MODEL)


def draw():
    """A frame with a 0 and a 1."""
    frame = draw_frame(240, 320)
    draw_zero(frame, 60, 80)
    draw_one(frame, 160, 80)
    return frame


@pytest.fixture
def scans(tmp_path):
    """A folder with a.png (0 and 1), b.png (nothing) and c.png (a 0, cut by the border)."""
    folder = tmp_path / "scans"
    folder.mkdir()
    cut = draw_frame(240, 320)
    draw_zero(cut, 160, 181)
    for name, frame in (("a.png", draw()), ("b.png", draw_frame(240, 320)), ("c.png", cut)):
        cv2.imwrite(str(folder / name), frame)
    return folder


def find_place(frame, x, y, *, keys_shown=True):
    """Where the capture window shows this pixel of the frame: the window keeps the size in which it opened."""
    opened = fit_view(frame, 3 + len(join_rows(KEYS, 640)), lambda wanted: wanted)
    view = opened if keys_shown else fit_view(frame, 3, lambda _: opened.size)
    return view.left + round(view.scale * x), view.top + round(view.scale * y)


def count_saved(folder):
    return {
        path.name: count
        for path in sorted(folder.iterdir())
        if (count := sum(1 for file in path.rglob("*.ink.png") if file.is_file()))
    }


class TestAWindow:
    def open(self, reader, folder, *keys, stills, **shot):
        self.surface, self.stream = FakeSurface(*keys), io.StringIO()
        face = CaptureWindow(self.surface)
        labeller = Labeller(Collection(folder, "anna"), tell=face.tell, stills=stills, clock=lambda: 0.0)
        self.capture = Capture(labeller, face, stills=stills, clock=lambda: 100.0, stream=self.stream)
        return self.capture.show(build_shot(draw(), **shot), reader.read(draw()))

    def test_a_still_takes_several_labels_and_waits_for_n(self, reader, tmp_path):
        assert self.open(reader, tmp_path, None, "0", None, "1", None, "n", "never", stills=True) is True
        assert count_saved(tmp_path) == {"0": 1, "1": 1}
        assert self.surface.wait_key(1) == "never"

    @pytest.mark.parametrize("key", ["q", "\x1b", "closed"], ids=["q", "escape", "its close button"])
    @pytest.mark.parametrize("stills", [True, False])
    def test_is_ended_by(self, reader, tmp_path, key, stills):
        assert self.open(reader, tmp_path, key, stills=stills) is False

    def test_a_camera_goes_on_without_a_key(self, reader, tmp_path):
        assert self.open(reader, tmp_path, None, "never", stills=False) is True

    def test_a_frozen_frame_is_typed_through_like_a_still(self, reader, tmp_path):
        keys = (" ", None, find_place(draw(), 70, 100, keys_shown=False), "0", "1", " ", None)
        assert self.open(reader, tmp_path, *keys, stills=False) is True
        assert count_saved(tmp_path) == {"0": 1, "1": 1}

    def test_a_click_chooses_the_digit(self, reader, tmp_path):
        self.open(reader, tmp_path, find_place(draw(), 160, 100), "1", "q", stills=True)
        assert count_saved(tmp_path) == {"1": 1}

    def test_a_click_on_the_rows_moves_nothing(self, reader, tmp_path):
        self.open(reader, tmp_path, (300, 5), "0", "q", stills=True)
        assert count_saved(tmp_path) == {"0": 1}

    def test_the_rows_tell_how_things_stand_and_lie_over_no_digit(self, reader, tmp_path):
        self.open(reader, tmp_path, None, "0", "q", stills=True)
        before, after = self.surface.shown
        counts = "  ".join(f"{label}:0" for label in LABELS)
        state = "cross on {}    auto off    page.png    anna    h: keys"
        expected = [state.format("0, 1 of 2"), counts, "", *join_rows(KEYS, 640)]
        assert np.array_equal(before[: 20 * len(expected)], draw_rows(expected, 640))
        expected = [state.format("1, 2 of 2"), counts.replace("0:0", "0:1", 1), "saved 0"]
        assert np.array_equal(after[:60], draw_rows(expected, 640))  # and the first key has hidden the keys

    def test_frozen_is_said(self, reader, tmp_path):
        self.open(reader, tmp_path, " ", "q", stills=False)
        expected = ["cross on 1, 2 of 2    FROZEN: space goes on    auto off", "page.png    anna    h: keys"]
        assert np.array_equal(self.surface.shown[1][:40], draw_rows(expected, 640))

    def test_a_long_state_goes_on_in_the_next_row(self, reader, tmp_path):
        name = "a_page_with_a_long_name.png"
        self.open(reader, tmp_path, "x", "q", stills=True, source=name, place=(12, 34))
        expected = ["cross on 0, 1 of 2    auto off", f"{name}, 12 of 34    anna    h: keys"]
        assert np.array_equal(self.surface.shown[1][:40], draw_rows(expected, 640))

    def test_h_shows_the_keys_and_hides_them(self, reader, tmp_path):
        self.open(reader, tmp_path, "h", "h", "h", "q", stills=True)
        keys = draw_rows(join_rows(KEYS, 640), 640)
        assert [np.array_equal(one[60 : 60 + len(keys)], keys) for one in self.surface.shown] == [1, 0, 1, 0]

    def test_what_has_its_label_is_drawn_with_it(self, reader, tmp_path):
        self.open(reader, tmp_path, "x", "7", "u", "q", stills=True)
        _, before, labelled, undone = ((one == GIVEN_COLOUR).all(axis=2).sum() for one in self.surface.shown)
        assert (before, undone) == (0, 0)
        assert labelled > 50

    def test_is_drawn_again_when_it_gets_another_size(self, reader, tmp_path):
        self.open(reader, tmp_path, "x", (700, 400, "resized"), None, "q", stills=True)
        assert self.surface.shown[-1].shape == (400, 700, 3)

    def test_the_summary_says_where_how_many_and_what_next_once(self, reader, tmp_path):
        self.open(reader, tmp_path, "0", "q", stills=True)
        self.capture.close()
        self.capture.close()
        assert self.surface.closed
        assert self.stream.getvalue().splitlines() == [
            f"saved 1 in {tmp_path}/<label>/anna",
            "there now: 0:1  1:0  2:0  3:0  4:0  5:0  6:0  7:0  8:0  9:0  other:0",
            f"Next: copy what is in {tmp_path} into calibration_digits/ on the workstation, then make finetune",
        ]


def test_every_key_is_explained_in_help_too():
    done = subprocess.run([*EDGE, "--help"], capture_output=True, text=True, check=True)
    for key in ("0 to 9", "o  ", "Tab", "u  ", "a  ", "space", "n  ", "h  ", "q, Esc"):
        assert f"\n  {key}" in done.stdout or f"      {key}" in done.stdout
    assert [row.split("  ")[0] for row in KEYS] == ["0-9", "o", "u", "Tab, click", "a", "space", "n", "h", "q"]


class SlowCapture(FakeCapture):
    """At most 100 frames a second: however fast the reader is, 150 of them outlast the moment of stillness."""

    def read(self):
        time.sleep(0.01)
        return super().read()


class TestImport:
    def run(self, *arguments, hardware=None):
        try:
            return main([*map(str, arguments), "--model", str(SHIPPED_MODEL)], hardware=hardware)
        except SystemExit as error:
            return error.code

    def test_scans_are_saved_without_keys_with_progress_and_reasons(self, scans, tmp_path, capsys):
        into = tmp_path / "into"
        assert self.run("--capture", "7", "--source", scans, "--into", into, "--writer", "anna") == 0
        assert count_saved(into) == {"7": 2}
        assert capsys.readouterr().out.splitlines()[:5] == [
            "a.png: saved 2 as 7",
            "b.png: no digits",
            "c.png: not saved, clipped: it touches the edge of what is read; move it inwards",
            f"saved 2 in {into}/<label>/anna",
            "not saved 1, clipped: it touches the edge of what is read; move it inwards",
        ]

    def test_a_second_time_nothing_is_saved_twice(self, scans, tmp_path):
        for _ in range(2):
            self.run("--capture", "7", "--source", scans, "--into", tmp_path / "into", "--writer", "anna")
        assert count_saved(tmp_path / "into") == {"7": 2}

    def test_what_is_read_as_something_else_or_rejected_is_saved_too(self, scans, tmp_path):
        arguments = ["--capture", "other", "--source", scans / "a.png", "--min-confidence", 1]
        assert self.run(*arguments, "--into", tmp_path / "into") == 0
        assert count_saved(tmp_path / "into") == {"other": 2}

    def test_what_is_much_smaller_than_the_digits_is_not_taken(self, tmp_path):
        frame = draw()
        cv2.circle(frame, (250, 60), 13, (40, 40, 40), 2)  # 29 px: large enough to be saved
        cv2.imwrite(str(tmp_path / "a.png"), frame)
        self.run("--capture", "7", "--source", tmp_path / "a.png", "--into", tmp_path / "into")
        assert count_saved(tmp_path / "into") == {"7": 2}

    def test_a_video_tells_only_of_frames_that_brought_something(self, tmp_path, reader):
        collection, stream = Collection(tmp_path, "anna"), io.StringIO()
        output = CaptureImport(collection, "7", every=False, stream=stream)
        reading = reader.read(draw())
        for index in range(3):
            assert output.show(build_shot(draw(), source="clip.mp4", index=index), reading)
        assert stream.getvalue() == "clip.mp4, frame 0: saved 2 as 7\n"

    def test_3_when_a_picture_could_not_be_read(self, scans, tmp_path):
        (scans / "broken.jpg").write_bytes(b"broken")
        assert self.run("--capture", "7", "--source", scans, "--into", tmp_path / "into") == 3

    def test_a_live_camera_saves_when_the_scene_is_still_though_nobody_has_keys(self, tmp_path, capsys, monkeypatch):
        monkeypatch.delenv("DISPLAY", raising=False)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        hardware = build_hardware(tmp_path, captures={0: SlowCapture([draw()], endless=True)})
        arguments = ["--capture", "7", "--source", "0", "--into", tmp_path / "into", "--max-frames", 150]
        assert self.run(*arguments, hardware=hardware) == 0
        assert count_saved(tmp_path / "into") == {"7": 2}
        assert capsys.readouterr().out.startswith("saved 2 as 7\n")

    def test_a_camera_that_is_gone_leaves_what_was_saved_and_one_line(self, tmp_path, caplog, capsys):
        hardware = build_hardware(tmp_path, captures={0: SlowCapture([draw()] * 200)}, deadline_s=0.3)
        arguments = ["--capture", "7", "--source", "0", "--into", tmp_path / "into", "--show", "none"]
        assert self.run(*arguments, hardware=hardware) == 1
        assert "0 gave no frame for 0.3 s" in caplog.messages[-1]
        assert "there now" in capsys.readouterr().out

    def test_a_folder_that_cannot_be_used_is_told_before_anything_is_read(self, scans, tmp_path, caplog):
        (tmp_path / "file").touch()
        assert self.run("--capture", "7", "--source", scans, "--into", tmp_path / "file") == 1
        assert "name another folder by --into" in caplog.messages[-1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--capture", "12"], "expected 0 to 9, other, sheet, or nothing; got 12. Pictures: --source 12"),
        (["--capture", "--writer", "a/b"], "a writer's name cannot contain '/', got 'a/b'"),
        (["--capture", "--writer", ""], "a writer's name is not empty"),
        (["--writer", "anna"], "--writer anna is for what is captured; add --capture"),
        (["--into", "x"], "--into x is for what is captured; add --capture"),
        (["--capture", "--json", "-"], "--capture speaks on stdout; give --json a file"),
        (["--capture", "--show", "none"], "needs keys"),
        (["--capture", "7", "--source", "{scans}", "--show", "window"], "leave --show window out"),
    ],
)
def test_2_for_wrong_usage_with_what_was_wrong(scans, capsys, arguments, told):
    with pytest.raises(SystemExit) as ended:
        main([word.format(scans=scans) for word in arguments] + ["--model", str(SHIPPED_MODEL)])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_nothing_saved_has_no_next_step(tmp_path):
    assert summarize(Collection(tmp_path, "anna")) == [f"saved 0 in {tmp_path}/<label>/anna"]


def take_terminal():
    """As a shell does: Ctrl-C typed there reaches this process, which obeys it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Terminal:
    """The program in a terminal of its own, without a display, and somebody at its keyboard."""

    def __init__(self, *arguments):
        self._master, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        environment = {**os.environ, "DISPLAY": "", "WAYLAND_DISPLAY": "", "COLUMNS": "150"}
        self.process = subprocess.Popen(
            [*EDGE, "--capture", *map(str, arguments)],
            stdin=slave,
            stdout=slave,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
            preexec_fn=take_terminal,  # noqa: PLW1509 - this process has no threads yet
        )
        self._slave = slave
        self.printed = ""

    def press(self, keys):
        os.write(self._master, keys.encode())

    def wait_for(self, text, timeout_s=30.0):
        end = time.monotonic() + timeout_s
        while text not in self.printed:
            assert time.monotonic() < end, f"{text!r} was not printed: {self.printed[-500:]!r}"
            if select.select([self._master], [], [], 0.1)[0]:
                self.printed += os.read(self._master, 4096).decode()
        return text

    def end(self):
        """Its exit status, what stderr said, and whether the terminal is as it was."""
        _, stderr = self.process.communicate(timeout=20)
        return self.process.returncode, stderr.decode(), termios.tcgetattr(self._slave) == self.before

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()
        os.close(self._master)
        os.close(self._slave)


class TestARealTerminal:
    @pytest.fixture
    def terminal(self, scans, tmp_path):
        with Terminal("--source", scans, "--into", tmp_path / "into", "--writer", "anna") as terminal:
            terminal.wait_for("cross on 0, 1 of 2")
            yield terminal

    def test_keys_work_without_enter_and_the_terminal_is_given_back(self, terminal, tmp_path):
        assert termios.tcgetattr(terminal._slave) != terminal.before
        terminal.press("0")
        terminal.wait_for("saved 0\r\n")
        terminal.press("h")
        terminal.wait_for("undo, as often as you like")
        terminal.press("1n")
        terminal.wait_for("saved 1\r\n")
        terminal.wait_for("b.png")
        terminal.press("nn")
        terminal.wait_for("Next: ")
        status, _, as_before = terminal.end()
        assert (status, as_before) == (0, True)
        assert count_saved(tmp_path / "into") == {"0": 1, "1": 1}

    def test_a_refusal_is_read_there_with_its_reason(self, terminal):
        terminal.press("nn")
        terminal.wait_for("c.png")
        terminal.press("1")
        assert terminal.wait_for("not saved, clipped: it touches the edge")

    @pytest.mark.parametrize(
        ("by", "status"), [("q", 0), ("\x1b", 0), ("\x03", 130), (signal.SIGINT, 130), (signal.SIGTERM, 130)]
    )
    def test_is_given_back_however_it_ends(self, terminal, tmp_path, by, status):
        terminal.press("0")
        terminal.wait_for("saved 0\r\n")
        terminal.press(by) if isinstance(by, str) else terminal.process.send_signal(by)
        terminal.wait_for("Next: ")
        ended, stderr, as_before = terminal.end()
        assert (ended, as_before) == (status, True)
        assert "Traceback" not in stderr
        assert count_saved(tmp_path / "into") == {"0": 1}

    def test_an_arrow_key_is_no_escape(self, terminal):
        terminal.press("\x1b[C\x1bOP0\x1b[15~1")
        assert terminal.wait_for("saved 0\r\n")
        assert terminal.wait_for("saved 1\r\n")


def test_without_display_terminal_and_label_one_line_says_what_to_do(scans, tmp_path):
    environment = {**os.environ, "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    call = [*EDGE, "--capture", "--source", str(scans), "--into", str(tmp_path / "into")]
    done = subprocess.run(call, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1
    assert "no keys to label by" in done.stderr.splitlines()[-1]
    assert "--capture 7" in done.stderr.splitlines()[-1]


def test_a_full_disk_leaves_what_was_saved_and_one_line(scans, tmp_path):
    code = (
        "import os, sys, errno\n"
        "real, count = os.fsync, 0\n"
        "def fsync(descriptor):\n"
        "    global count\n"
        "    count += 1\n"
        "    if count > 6:\n"
        "        raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "    real(descriptor)\n"
        "os.fsync = fsync\n"
        "from edge.recognize import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    arguments = ["--capture", "7", "--source", scans, "--into", tmp_path / "into", "--model", SHIPPED_MODEL]
    call = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "(No space left on device); what was saved before stays" in done.stderr.splitlines()[-1]
    assert "there now" in done.stdout
    assert count_saved(tmp_path / "into") == {"7": 1}
    assert list((tmp_path / "into").rglob(".part-*")) == []
