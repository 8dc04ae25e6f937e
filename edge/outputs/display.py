"""The system's windows: one to draw into, and whether there can be one at all."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Protocol

import cv2

from edge.contract import Frame
from edge.outputs.monitor import find_screen_size

TITLE = "Edge Digit Reader"
BORDERS = 8, 72
"""What title bar, borders and the desktop's panel take of the screen's width and height, px."""
PROBE = "import cv2, numpy; cv2.imshow('probe', numpy.zeros((8, 8), 'uint8')); cv2.waitKey(1)"
PROBE_TIMEOUT_S = 30.0


class Surface(Protocol):
    """A window of the system; `CvSurface` is the real one."""

    def find_size(self, wanted: tuple[int, int]) -> tuple[int, int]:
        """Width and height of its inside, px; before it is open, those that it gets where these are wanted."""

    def show(self, frame: Frame) -> None:
        """Put a frame of the size found into it; opens it at the first one."""

    def wait_key(self, wait_ms: int) -> str | None:
        """The key that was pressed within this time, or None."""

    def clicked(self) -> tuple[int, int] | None:
        """Where it was clicked since the last call, x, y, px of the frame shown, or None."""

    def is_open(self) -> bool:
        """False after the user has closed it by its button."""

    def close(self) -> None:
        """Take it away."""


class CvSurface:
    """A window by OpenCV that fits the screen and can be resized.

    Args:
        find_screen: width and height of the screen, px.
    """

    def __init__(self, find_screen: Callable[[], tuple[int, int]] = find_screen_size) -> None:
        self._find_screen = find_screen
        self._opened = False
        self._seen = False
        self._clicked: tuple[int, int] | None = None

    def find_size(self, wanted: tuple[int, int]) -> tuple[int, int]:
        """Width and height of the window's inside; before it is open what is wanted, as far as the screen has it."""
        if not self._opened:
            width, height = (screen - border for screen, border in zip(self._find_screen(), BORDERS, strict=True))
            return min(width, wanted[0]), min(height, wanted[1])
        try:
            _, _, width, height = cv2.getWindowImageRect(TITLE)
        except cv2.error:  # closed by its button
            return wanted
        return (width, height) if width > 0 and height > 0 else wanted  # -1: this build does not tell, or it is closed

    def show(self, frame: Frame) -> None:
        """Put a frame into the window; opens it at the first one."""
        if not self._opened:
            # The frame is made for the window's size; with KEEPRATIO, Qt tells the size that it gives the former frame.
            cv2.namedWindow(TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL)
            cv2.resizeWindow(TITLE, frame.shape[1], frame.shape[0])
            cv2.setMouseCallback(TITLE, self._note_click)
            self._opened = True
        cv2.imshow(TITLE, frame)

    def wait_key(self, wait_ms: int) -> str | None:
        """The key that was pressed within this time, or None."""
        code = cv2.waitKey(wait_ms)
        return None if code < 0 else chr(code & 0xFF)

    def clicked(self) -> tuple[int, int] | None:
        """Where it was clicked since the last call, x, y, px of the frame shown, or None."""
        point, self._clicked = self._clicked, None
        return point

    def is_open(self) -> bool:
        """False when the window was visible and is no more. Some builds (GTK) cannot tell: then it counts as open."""
        try:
            visible = cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) >= 1
        except cv2.error:  # Qt: there is no such window any more
            visible = False
        self._seen = self._seen or visible
        return visible or not self._seen

    def close(self) -> None:
        """Take the window away."""
        if self._opened:
            cv2.destroyAllWindows()
            self._opened = False

    def _note_click(self, event: int, x: int, y: int, *_: object) -> None:
        if event == cv2.EVENT_LBUTTONDOWN:
            self._clicked = x, y


def display_problem(environment: Mapping[str, str] = os.environ) -> str | None:
    """Why no window can be opened here; None when one can.

    Tried in a child process: cv2.imshow without a working display aborts the process, which `try` does not catch.
    """
    if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        return "no display: neither DISPLAY nor WAYLAND_DISPLAY is set"
    call = [sys.executable, "-c", PROBE]
    try:
        probe = subprocess.run(
            call, env=dict(environment), capture_output=True, text=True, timeout=PROBE_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no window opened within {PROBE_TIMEOUT_S:g} s"
    if probe.returncode == 0:
        return None
    if "not implemented" in probe.stderr:
        return "this OpenCV has no windows (opencv-python-headless; opencv-python has them)"
    return "the display does not let this OpenCV open a window"
