"""What a camera gave -> a frame, or why it is none; and a count of those that were none."""

import logging
from typing import Any

import cv2
import numpy as np

from edge.contract import Frame

TO_BGR = {1: cv2.COLOR_GRAY2BGR, 3: None, 4: cv2.COLOR_BGRA2BGR}
"""Channels -> OpenCV's conversion to B,G,R; None where nothing is to be done. A camera's alpha says nothing."""

logger = logging.getLogger(__name__)


class BadFrameError(Exception):
    """What a camera gave is no picture; the message says what it is instead."""


def as_frame(array: Any) -> Frame:
    """What a camera or a decoder gave as a frame.

    Args:
        array: (height, width) or (height, width, 1, 3 or 4), grey, B,G,R or B,G,R,A, of 8 or 16 bits.

    Returns:
        B,G,R, uint8, (height, width, 3). 16 bits are scaled to 8.

    Raises:
        BadFrameError: it is something else.
    """
    if not isinstance(array, np.ndarray):
        raise BadFrameError(f"no array but {type(array).__name__}")
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or channels not in TO_BGR:
        raise BadFrameError(f"an array of the shape {array.shape}")
    if not array.size:
        raise BadFrameError(f"empty, {array.shape[1]}x{array.shape[0]} px")
    if array.dtype.kind != "u" or array.dtype.itemsize > 2:
        raise BadFrameError(f"an array of {array.dtype}")
    eight = np.ascontiguousarray(array if array.dtype == np.uint8 else array >> 8, np.uint8)
    code = TO_BGR[channels]
    return eight if code is None else np.asarray(cv2.cvtColor(eight, code), np.uint8)


def first_line(error: Exception) -> str:
    """What an exception says, in one line: OpenCV's have several, some none, those of the system a number before it."""
    words = str(getattr(error, "strerror", None) or error)
    return (words.strip().splitlines() or [type(error).__name__])[0]


class Skipped:
    """How many frames of a camera were left out because they were no pictures.

    It is told at the first one, at each tenfold, and in the end.

    Args:
        name: of the camera.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.count = 0
        self.last = ""
        """Why the last one was left out."""

    def add(self, error: BadFrameError) -> None:
        """Count one."""
        self.count, self.last = self.count + 1, str(error)
        if self.count == 1:
            logger.warning("%s: a frame was skipped, it is no picture: %s", self._name, self.last)
        elif str(self.count).rstrip("0") == "1":
            logger.warning("%s: %d frames skipped so far, the last: %s", self._name, self.count, self.last)

    def tell(self) -> None:
        """How many there were in all, where there were any."""
        if self.count:
            frames = "1 frame" if self.count == 1 else f"{self.count} frames"
            logger.info("%s: %s skipped in all, the last: %s", self._name, frames, self.last)
