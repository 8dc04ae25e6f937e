"""What every camera is: an iterable of shots that closes what it opened."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from edge.cameras.frames import Skipped
from edge.contract import Frame, Shot

ROTATIONS = {
    0: None,
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}
"""Degrees clockwise -> OpenCV's name for it."""


class Kind(Enum):
    """How a camera's frames hang together."""

    STILLS = "stills"
    """They end, and each is on its own."""
    VIDEO = "video"
    """They end, and follow each other in time."""
    LIVE = "live"
    """They go on; a slow reader gets the newest and misses the rest."""


class Camera(ABC):
    """An iterable of shots, and a context manager that closes what it opened.

    Args:
        name: what the source is called in readings and messages.
        rotate: 0, 90, 180 or 270 degrees clockwise.
        max_frames: end after so many frames; None: when the source ends.
    """

    kind: Kind
    fps: float | None = None
    """Frames per second where the source says it (a video file)."""

    def __init__(self, name: str, *, rotate: int = 0, max_frames: int | None = None) -> None:
        self.name = name
        self._rotate = rotate
        self._max_frames = max_frames
        self.unreadable: list[Path] = []
        """Files that should have been read and could not be."""
        self.skipped = Skipped(name)
        """Frames of a camera or video that were no pictures."""

    def __iter__(self) -> Iterator[Shot]:
        return map(self._turn, islice(self._shots(), self._max_frames))  # keeps no frame while the next one is taken

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
        self.skipped.tell()

    def _turn(self, shot: Shot) -> Shot:
        return replace(shot, frame=rotate_frame(shot.frame, self._rotate))

    @abstractmethod
    def _shots(self) -> Iterator[Shot]:
        """The shots as the source gives them, not yet rotated."""

    @abstractmethod
    def close(self) -> None:
        """Give back what was opened. A second time does nothing."""


def rotate_frame(frame: Frame, degrees: int) -> Frame:
    """The frame turned clockwise by 0, 90, 180 or 270 degrees."""
    code = ROTATIONS[degrees]
    return frame if code is None else np.asarray(cv2.rotate(frame, code), np.uint8)
