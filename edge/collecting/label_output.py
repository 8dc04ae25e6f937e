"""Capture by keys: a reading is shown to somebody who labels it, in a window or in a terminal."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TextIO

from edge.collecting.capture import CALIBRATION_DIGITS, Collection
from edge.collecting.labeller import Labeller
from edge.collecting.wording import describe_counts
from edge.contract import Reading, Shot

QUIT_KEYS = ("q", "\x1b")
POLL_MS = 40
"""While a picture stands still, keys are looked for so often."""
KEYS = (
    "0-9  label the digit under the cross",
    "o  label it as no digit",
    "u  undo, as often as you like",
    "Tab, click  move the cross to another digit",
    "a  auto-capture on, off",
    "space  freeze, go on",
    "n  next picture",
    "h  hide these keys",
    "q  quit",
)


class Face(Protocol):
    """Where somebody sees what is labelled, and has keys."""

    def show(self, shot: Shot, reading: Reading, labeller: Labeller) -> None:
        """Show how things stand."""

    def tell(self, result: str) -> None:
        """Show what has happened."""

    def wait_key(self, wait_ms: int) -> str | None:
        """The key that was pressed within this time, or None."""

    def clicked(self) -> tuple[int, int] | None:
        """Where the frame was clicked since the last call, x, y, or None."""

    def toggle_keys(self) -> None:
        """Show or hide what the keys do."""

    def is_open(self) -> bool:
        """False when nobody is there any more."""

    def close(self) -> None:
        """Take it away."""


class Capture:
    """Shows each reading to somebody who labels it.

    Args:
        labeller: what keys do.
        face: window or terminal.
        stills: each frame waits for n; else frames follow each other.
        fps: of a video file, which is not shown faster than that.
        clock: seconds, only differences count.
        stream: where the summary goes; None: stdout.
    """

    def __init__(
        self,
        labeller: Labeller,
        face: Face,
        *,
        stills: bool,
        fps: float | None = None,
        clock: Callable[[], float] = time.perf_counter,
        stream: TextIO | None = None,
    ) -> None:
        self._labeller = labeller
        self._face = face
        self._stills = stills
        self._interval_s = 1 / fps if fps else 0.0
        self._clock = clock
        self._stream = stream or sys.stdout
        self._due = 0.0
        self._closed = False

    def show(self, shot: Shot, reading: Reading) -> bool:
        """Show one reading and obey keys. False: quit."""
        now = self._clock()
        wait_ms = max(1, round((self._due - now) * 1000))
        self._due = max(self._due, now) + self._interval_s
        labeller, face = self._labeller, self._face
        labeller.see(shot, reading)
        while True:
            face.show(shot, reading, labeller)
            key = self._wait(POLL_MS if labeller.standing else wait_ms)
            if key in QUIT_KEYS or not face.is_open():
                return False
            if key == "h":
                face.toggle_keys()
            elif key == " " and not self._stills:
                labeller.standing = not labeller.standing
            elif key in ("n", " ") and self._stills:
                return True
            elif key is not None:
                labeller.press(key)
            if key is None and not labeller.standing:
                return True

    def close(self) -> None:
        """Take the face away, then say what was collected and what comes next."""
        if not self._closed:
            self._closed = True
            self._face.close()
            print("\n".join(summarize(self._labeller.collection)), file=self._stream, flush=True)

    def _wait(self, wait_ms: int) -> str | None:
        """A key; a click moves the cross. While the picture stands, one of them is waited for."""
        while True:
            key = self._face.wait_key(wait_ms)
            point = self._face.clicked()
            if point is not None:
                self._labeller.point_at(*point)
            if key is not None or point is not None or not self._labeller.standing or not self._face.is_open():
                return key


def summarize(collection: Collection) -> list[str]:
    """Where the digits lie, how many there are, and what comes next."""
    where = collection.into / "<label>" / collection.writer
    lines = [f"saved {collection.saved} in {where}"]
    if any(collection.counts.values()):
        lines.append(f"there now: {describe_counts(collection)}")
        lines.append(_next_step(collection.into))
    return lines


def _next_step(into: Path) -> str:
    if into.resolve() != CALIBRATION_DIGITS:
        return f"Next: copy what is in {into} into calibration_digits/ on the workstation, then make finetune"
    return "Next: make finetune (captured on a Pi? On the workstation, first: make pull PI=user@host)"
