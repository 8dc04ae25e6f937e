"""Annotated frames in files: one video (--record), or one picture per still (--annotate)."""

import logging
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np

from edge.contract import Reading, Shot
from edge.errors import DigitReaderError
from edge.outputs.lasting_video import LastingVideo, check_room, free_bytes, load_av
from edge.outputs.overlay import draw_reading
from edge.outputs.picture_file import save_picture

LIVE_FPS = 15.0
"""Of a recording from a camera, whose own rate changes with the light and with what there is to read."""
MAX_GAP_S = 2.0
"""A longer pause (frozen window, clock set) is left out of the recording instead of filled with one frame."""
KEPT_SUFFIXES = frozenset((".jpg", ".jpeg", ".png"))
"""Annotated pictures of other kinds become PNG."""

logger = logging.getLogger(__name__)


class Recording:
    """Writes annotated frames as a video that plays as fast as things happened, up to its last second however it ends.

    Args:
        path: of the video, for instance out.mp4; written anew.
        fps: of a video file that is read: each frame is written once. None for a camera: a frame is repeated or left
            out, so that the recording keeps wall-clock time at LIVE_FPS.
        free_bytes: what the disk of a folder has left.

    Raises:
        DigitReaderError: the folder or the room on its disk is missing.
    """

    def __init__(self, path: Path, *, fps: float | None, free_bytes: Callable[[Path], int] = free_bytes) -> None:
        folder = path.resolve().parent
        if not folder.is_dir():
            raise DigitReaderError(f"--record {path}: there is no folder {path.parent}.")
        load_av()
        try:
            check_room(folder, free_bytes)
        except OSError as error:
            raise DigitReaderError(f"--record {path}: {error.strerror}. Make room, or name another place.") from error
        self._path = path
        self._fps = fps
        self._free_bytes = free_bytes
        self._video: LastingVideo | None = None
        self._size = (0, 0)
        self._due = datetime.min.replace(tzinfo=UTC)

    def show(self, shot: Shot, reading: Reading) -> bool:
        """Write the frame as often as its time asks for."""
        drawn = draw_reading(shot.frame, reading)
        if self._video is None:
            self._size = drawn.shape[1], drawn.shape[0]
            self._due = shot.time
            self._video = LastingVideo(
                self._path, fps=self._fps or LIVE_FPS, size=self._size, free_bytes=self._free_bytes
            )
        if (drawn.shape[1], drawn.shape[0]) != self._size:
            drawn = np.asarray(cv2.resize(drawn, self._size), np.uint8)
        try:
            for _ in range(self._repeats(shot.time)):
                self._video.write(drawn)
        except DigitReaderError:
            self._video = None  # it is finished
            raise
        return True

    def _repeats(self, taken: datetime) -> int:
        """How often the frame that was taken then is written."""
        if self._fps is not None:
            return 1
        late_s = (taken - self._due).total_seconds()
        if abs(late_s) > MAX_GAP_S:
            self._due, late_s = taken, 0.0
        repeats = max(0, math.floor(late_s * LIVE_FPS) + 1)
        self._due += timedelta(seconds=repeats / LIVE_FPS)
        return repeats

    def close(self) -> None:
        """Finish the file, and say that it is there once it was opened again.

        Raises:
            DigitReaderError: less is in it than was written.
        """
        video, self._video = self._video, None
        plays_s = 0.0 if video is None else video.close()
        if plays_s:
            logger.info("recorded %s (%.1f s)", self._path, plays_s)


class AnnotatedStills:
    """Writes each still with its reading drawn into it.

    Args:
        folder: created if missing. A picture keeps its name there, scan.tif becomes scan.tif.png, http://cam/a.jpg
            http_cam_a.jpg.

    Raises:
        DigitReaderError: the folder cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DigitReaderError(f"--annotate {folder} cannot be made ({error.strerror}).") from error
        self._folder = folder
        self._count = 0

    def show(self, shot: Shot, reading: Reading) -> bool:
        """Save one annotated picture."""
        source = re.sub(r"[^\w.-]+", "_", shot.source) if "://" in shot.source else shot.source
        name = source if Path(source).suffix.lower() in KEPT_SUFFIXES else f"{source}.png"
        save_picture(self._folder / name, draw_reading(shot.frame, reading, margin=True))
        self._count += 1
        return True

    def close(self) -> None:
        """Say where the pictures are."""
        if self._count:
            logger.info("annotated %d in %s", self._count, self._folder)
            self._count = 0
