"""A real window under Xvfb, with keys and clicks by xdotool; the fixture `screen` in conftest.py gives the display."""

import ctypes
import subprocess
import time
from pathlib import Path

import cv2
import numpy as np

from edge.outputs.canvas import TEXT_HEIGHT, View
from edge.outputs.lettering import measure_text, shorten

ROOT = Path(__file__).resolve().parents[1]


def draw_rows(rows, width):
    """How a window of this width shows these rows; each fits into it, uncut."""
    assert [row for row in rows if shorten(row, TEXT_HEIGHT, width) != row] == []
    height = len(rows) * measure_text("", TEXT_HEIGHT).height
    return View((width, height), 1.0, 0, height).compose(np.zeros((0, 0, 3), np.uint8), rows)


class ClientMessage(ctypes.Structure):
    """XClientMessageEvent, padded to the size of an XEvent."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("values", ctypes.c_long * 5),
        ("padding", ctypes.c_long * 24),
    )


def press_close_button(display, window):
    """What a window manager does when its button is pressed: it asks the window to close itself."""
    xlib = ctypes.CDLL("libX11.so.6")
    xlib.XOpenDisplay.restype = ctypes.c_void_p
    xlib.XInternAtom.restype = ctypes.c_ulong
    connection = ctypes.c_void_p(xlib.XOpenDisplay(display.encode()))
    protocols, delete = (xlib.XInternAtom(connection, name, False) for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW"))
    message = ClientMessage(type=33, window=window, message_type=protocols, format=32, values=(delete, 0, 0, 0, 0))
    xlib.XSendEvent(connection, ctypes.c_ulong(window), False, ctypes.c_long(0), ctypes.byref(message))
    xlib.XCloseDisplay(connection)


class Pressed:
    """A program with a window, somebody at its keyboard and mouse.

    Args:
        screen: environment of a display.
        folder: the program's working directory; what it prints goes into printed.txt there.
        call: what to start.
    """

    def __init__(self, screen, folder, *call):
        self._screen = screen
        self._printed = folder / "printed.txt"
        self._seen = 0
        environment = {"PYTHONPATH": str(ROOT), **screen}
        with self._printed.open("w") as printed:
            self.process = subprocess.Popen(
                [str(word) for word in call], cwd=folder, env=environment, stdout=printed, stderr=subprocess.DEVNULL
            )
        self.window = self._xdotool("search", "--sync", "--name", "Edge Digit Reader").split()[-1]
        time.sleep(0.3)  # shown, but not yet listening

    def _xdotool(self, *words):
        return subprocess.run(
            ["xdotool", *words], env=self._screen, capture_output=True, text=True, timeout=90, check=True
        ).stdout

    def press(self, key):
        self._xdotool("windowfocus", self.window, "key", "--clearmodifiers", key)

    def lines(self, wait_s=0.4):
        """What the process has printed since the last call."""
        time.sleep(wait_s)
        lines = self._printed.read_text().splitlines()
        seen, self._seen = self._seen, len(lines)
        return lines[seen:]

    def wait_for(self, text, timeout_s=10.0):
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            found = [line for line in self.lines(0.05) if text in line]
            if found:
                return found[-1]
        raise AssertionError(f"{text!r} was not printed within {timeout_s} s")

    def click(self, x, y):
        """At a place in the window, px."""
        self._xdotool("mousemove", "--window", self.window, str(x), str(y), "click", "1")

    def place(self):
        """x, y, width and height of the window on the screen, px."""
        words = self._xdotool("getwindowgeometry", "--shell", self.window).split()
        values = dict(word.split("=") for word in words)
        return tuple(int(values[name]) for name in ("X", "Y", "WIDTH", "HEIGHT"))

    def resize(self, width, height):
        self._xdotool("windowsize", "--sync", self.window, str(width), str(height))

    def photograph(self):
        """All that the screen shows: B,G,R, uint8, (height, width, 3)."""
        call = ["import", "-window", "root", "-depth", "8", "png:-"]
        taken = subprocess.run(call, env=self._screen, capture_output=True, timeout=90, check=True).stdout
        return cv2.imdecode(np.frombuffer(taken, np.uint8), cv2.IMREAD_COLOR)

    def wait_for_rows(self, rows, timeout_s=20.0):
        """Wait until the window shows these rows of text on top, and all of each. Returns what the screen shows."""
        end = time.monotonic() + timeout_s
        while True:
            photograph = self.photograph()
            x, y, width, height = self.place()
            expected = draw_rows(rows, width)
            if np.array_equal(photograph[y : y + expected.shape[0], x : x + width], expected):
                return photograph
            if not photograph.any():
                self._map_anew()
            assert time.monotonic() < end, f"the window, {width}x{height}, does not show {rows}"

    def _map_anew(self):
        """As a window manager does: without one Qt misses at times that its window is seen, and never paints it."""
        self._xdotool("windowunmap", "--sync", self.window, "windowmap", "--sync", self.window)
        time.sleep(0.5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
