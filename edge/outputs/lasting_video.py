"""A video file that plays up to its last second, whatever ends it: a kill, a power cut, a full disk.

An mp4 has its index at its end: cut short, no player opens it. A fragmented one tells twice a second what has come
since. OpenCV's writer cannot make one, holds back 256 KiB (a minute of quiet paper) and keeps errors to itself; PyAV
can, and raises them. Measured by SIGKILL and by cuts at random bytes with FFmpeg 5.1 (Bookworm), 7.1 (Trixie) and 8
(PyPI): at most FRAGMENT_S is lost, and one frame takes no longer than with OpenCV. Only a cut through the table at the
front of a fragment, which is written in one piece, loses all: some 30 bytes of 20,000 and more.
"""

import errno
import importlib
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2

from edge.contract import Frame
from edge.errors import DigitReaderError, SetupError
from edge.whole_file import sync

FRAGMENT_S = 0.5
"""A kill takes what was recorded since the last one ..."""
KEEP_S = 1.0
"""... and a power cut what the disk was not told to keep since."""
FRAGMENTED = {
    "movflags": "empty_moov+default_base_moof",
    "frag_duration": str(round(FRAGMENT_S * 1e6)),
    "flush_packets": "1",  # without it FFmpeg, too, holds back 256 KiB
}
RESERVE_BYTES = 32 << 20
"""Left free on the disk: a full one stops more than the recording."""
BITS_PER_PIXEL = 0.2
"""At 1280x960 and 15 frames a second 3.7 Mbit/s, 1.6 GB an hour at most; still paper takes a quarter of that."""
MAX_RATE = 65535
"""MPEG-4 writes its frames per second as a fraction of numbers up to this."""


def load_av() -> Any:
    """PyAV, which only a recording needs.

    Raises:
        SetupError: it is not installed.
    """
    try:
        av = importlib.import_module("av")
    except ImportError as error:
        raise SetupError(
            f"--record needs PyAV ({error}). Run `make demo` again; on Raspberry Pi OS `sudo apt install python3-av`."
        ) from error
    av.logging.set_level(av.logging.PANIC)  # what FFmpeg says about a broken file is said by us in one line
    return av


def free_bytes(folder: Path) -> int:
    """What its disk has left."""
    return shutil.disk_usage(folder).free


def check_room(folder: Path, free_bytes: Callable[[Path], int]) -> None:
    """Leave a disk the room that others need.

    Raises:
        OSError: no more than that is left.
    """
    free = free_bytes(folder)
    if free < RESERVE_BYTES:
        raise OSError(errno.ENOSPC, f"only {free >> 20} MiB are left on its disk")


class LastingVideo:
    """Writes frames as MPEG-4 in fragments; finished by `close`, or by whatever comes before.

    Args:
        path: ends in .mp4; written anew.
        fps: frames per second.
        size: width and height of all frames, px; an odd last row or column is left out.
        free_bytes: what the disk of a folder has left.

    Raises:
        DigitReaderError: it cannot be made.
    """

    def __init__(
        self, path: Path, *, fps: float, size: tuple[int, int], free_bytes: Callable[[Path], int] = free_bytes
    ) -> None:
        self._av = load_av()
        self._path = path
        self._folder = path.resolve().parent
        self._free_bytes = free_bytes
        self._frame_s = 1 / fps
        self._written = 0
        self._sizes = 0, 0
        self._kept = time.monotonic()
        self._width, self._height = size[0] & ~1, size[1] & ~1  # a colour stands for 2x2 px
        try:
            self._container = self._av.open(str(path), "w", format="mp4", options=FRAGMENTED)
            self._stream = self._add_stream(fps)
            sync(self._folder)
        except (OSError, self._av.FFmpegError) as error:
            raise DigitReaderError(f"--record {path} cannot be written ({error.strerror}).") from error

    def write(self, frame: Frame) -> None:
        """Add a frame.

        Raises:
            DigitReaderError: the disk takes no more. What came before is in the file, which is finished.
        """
        even = frame[: self._height, : self._width]
        try:
            self._mux(self._av.VideoFrame.from_ndarray(cv2.cvtColor(even, cv2.COLOR_BGR2YUV_I420), format="yuv420p"))
            self._written += 1
            if time.monotonic() - self._kept >= KEEP_S:
                self._keep()
        except (OSError, self._av.FFmpegError) as error:
            raise self._stopped(error.strerror) from error

    def close(self) -> float:
        """Finish the file and open it again; returns how long it plays, s, or 0 where nothing was written yet.

        Raises:
            DigitReaderError: less is in it than was written.
        """
        if not self._written:
            return 0.0
        try:
            self._finish()
        except (OSError, self._av.FFmpegError) as error:
            raise self._stopped(error.strerror) from error
        plays_s = measure_s(self._path, frame_s=self._frame_s)
        if plays_s < (self._written - 0.5) * self._frame_s:
            raise self._stopped(f"{self._written * self._frame_s:.1f} s were written")
        return plays_s

    def _add_stream(self, fps: float) -> Any:
        stream = self._container.add_stream("mpeg4", rate=Fraction(fps).limit_denominator(int(MAX_RATE / fps)))
        stream.width, stream.height, stream.pix_fmt = self._width, self._height, "yuv420p"
        context = stream.codec_context
        context.bit_rate = context.bit_rate_tolerance = round(self._width * self._height * fps * BITS_PER_PIXEL)
        context.gop_size = max(1, round(fps))  # a player finds its way by whole frames, one a second
        context.thread_count = 1  # several take as long, and more bits
        return stream

    def _mux(self, frame: Any) -> None:
        for packet in self._stream.encode(frame):
            self._container.mux(packet)
        # FFmpeg tells of a failed write at the next packet: it is the size before the last that holds whole fragments.
        self._sizes = self._sizes[1], self._path.stat().st_size

    def _keep(self) -> None:
        sync(self._path)
        check_room(self._folder, self._free_bytes)
        self._kept = time.monotonic()

    def _finish(self) -> None:
        self._mux(None)
        self._container.close()
        sync(self._path)

    def _stopped(self, reason: str | None) -> DigitReaderError:
        with suppress(OSError, self._av.FFmpegError):  # of a full disk
            self._finish()
        plays_s = measure_s(self._path, frame_s=self._frame_s)
        if not plays_s and 0 < self._sizes[0] < self._sizes[1]:  # half a table spoils all before it
            with suppress(OSError):  # it is gone
                os.truncate(self._path, self._sizes[0])
            plays_s = measure_s(self._path, frame_s=self._frame_s)
        plays = f"its first {plays_s:.1f} s play" if plays_s else "nothing in it plays"
        return DigitReaderError(f"--record {self._path} stopped: {reason}; {plays}. Make room, or name another place.")


def measure_s(path: Path, *, frame_s: float) -> float:
    """How long a video plays whose frames last so long: opened anew, its last second decoded. 0.0: nothing plays."""
    av, end_s = load_av(), 0.0
    with suppress(OSError, IndexError, av.FFmpegError), av.open(str(path)) as container:  # it plays up to an error
        stream = container.streams.video[0]
        container.seek(max(0, (container.duration or 0) - av.time_base))
        for frame in container.decode(stream):
            end_s = float(frame.pts * stream.time_base) + frame_s
    return end_s
