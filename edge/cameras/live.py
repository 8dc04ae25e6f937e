"""A camera that goes on: frames are taken in a thread, the newest one wins, and a hung device ends in an error."""

import logging
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Protocol

import cv2

from edge.cameras.base import Camera, Kind
from edge.cameras.frames import BadFrameError, Skipped, first_line
from edge.cameras.standstill import Standstill
from edge.contract import Frame, Shot
from edge.ending import ForeignThread
from edge.errors import SourceError

DEADLINE_S = 10.0
"""No frame for so long is an error. A network stream may take several seconds to open, a webcam two."""
CLOSE_WAIT_S = 2.0
"""A device that hangs while it closes is left behind after this; the thread does not keep the program alive."""
RETRY_S = 0.05
"""Between two tries when a device has no frame yet."""
LOOK_UP_S = 0.2
"""Whoever waits for a frame looks up so often: a signal that comes just before a wait does not end that wait."""

logger = logging.getLogger(__name__)


class Grabber(Protocol):
    """An opened device or stream, used by one thread only."""

    def grab(self) -> Frame | None:
        """The next frame, or None when there is none right now. May block; BadFrameError where it is no picture."""

    def close(self) -> None:
        """Give the device back."""


class LiveCamera(Camera):
    """Shots from a device or stream; one that hangs does not hang the program.

    Args:
        name: what the source is called in readings and messages.
        open_grabber: opens the device; called in the thread that then uses it, because opening can hang as well.
        deadline_s: no frame for so long is an error, the very same one for so long is told.
        rotate: 0, 90, 180 or 270 degrees clockwise.
        max_frames: end after so many frames; None: never.
    """

    kind = Kind.LIVE

    def __init__(
        self,
        name: str,
        open_grabber: Callable[[], Grabber],
        *,
        deadline_s: float = DEADLINE_S,
        rotate: int = 0,
        max_frames: int | None = None,
    ) -> None:
        super().__init__(name, rotate=rotate, max_frames=max_frames)
        self._deadline_s = deadline_s
        self._newest = _Newest()
        self._closing = threading.Event()
        weakref.finalize(self, self._closing.set)  # Ctrl-C may come before anybody holds it who would close it
        self._standstill = Standstill(deadline_s)
        parts = open_grabber, self._newest, self._closing, self.skipped
        self._thread = ForeignThread(target=_keep_grabbing, args=parts, name=f"camera {name}", daemon=True)
        self._thread.start()

    def wait_until_ready(self) -> None:
        """Return when the first frame is there.

        Raises:
            SourceError: the device cannot be opened, or gives no frame in time.
        """
        self._take(seen=0)

    def _shots(self) -> Iterator[Shot]:
        index = seen = 0
        while True:
            frame, taken, seen = self._take(seen)
            if self._standstill.look(frame, time.monotonic()):
                logger.warning(
                    "%s has given the very same picture for %g s: it hangs, or its lens is covered. "
                    "If things move before it, plug it in again and start again.",
                    self.name,
                    self._deadline_s,
                )
            yield Shot(frame, self.name, index, taken)
            index += 1

    def _take(self, seen: int) -> tuple[Frame, datetime, int]:
        before = self.skipped.count
        try:
            return self._newest.take(seen, self._deadline_s)
        except _NothingNewError as error:
            left_out = self.skipped.count - before
            none = f" that is a picture (skipped: {left_out}, the last: {self.skipped.last})" if left_out else ""
            raise SourceError(
                f"{self.name} gave no frame for {self._deadline_s:g} s{none}: it hangs, has ended or was unplugged. "
                "Check cable, power and network, then start again."
            ) from error
        except (OSError, cv2.error) as error:  # the device's own, TimeoutError too: outputs are no part of this
            raise SourceError(
                f"{self.name} does not work ({first_line(error)}). Check cable, power and network, then start again."
            ) from error

    def close(self) -> None:
        """Stop taking frames and give the device back."""
        self._closing.set()
        self._thread.join(CLOSE_WAIT_S)
        if self._thread.is_alive():
            logger.warning("%s hangs and was not closed", self.name)


class _NothingNewError(Exception):
    """No frame came in time."""


class _Newest:
    """A place for one frame: who puts never waits, who takes waits for one not seen yet."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._taken = datetime.now(UTC)
        self._count = 0
        self._error: Exception | None = None

    def put(self, frame: Frame) -> None:
        with self._changed:
            self._frame, self._taken, self._count = frame, datetime.now(UTC), self._count + 1
            self._changed.notify_all()

    def fail(self, error: Exception) -> None:
        with self._changed:
            self._error = error
            self._changed.notify_all()

    def take(self, seen: int, timeout_s: float) -> tuple[Frame, datetime, int]:
        """The newest frame, when it was taken, and its number (1, 2, ...), which is larger than `seen`."""
        with self._changed:
            end = time.monotonic() + timeout_s
            while self._count <= seen and not self._error and time.monotonic() < end:
                self._changed.wait(LOOK_UP_S)
            if self._error is not None:
                raise self._error
            if self._frame is None or self._count <= seen:
                raise _NothingNewError
            return self._frame, self._taken, self._count


def _keep_grabbing(
    open_grabber: Callable[[], Grabber], newest: _Newest, closing: threading.Event, skipped: Skipped
) -> None:
    try:
        grabber = open_grabber()
        try:
            while not closing.is_set():
                try:
                    frame = grabber.grab()
                except BadFrameError as error:
                    skipped.add(error)
                    frame = None
                if frame is None:
                    time.sleep(RETRY_S)
                else:
                    newest.put(frame)
        finally:
            grabber.close()
    except Exception as error:  # noqa: BLE001 - nothing is swallowed: who waits for a frame gets it
        newest.fail(error)
