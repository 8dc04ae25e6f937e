"""What OpenCV opens: USB cameras, network streams and video files."""

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import cv2

from edge.cameras.base import Camera, Kind
from edge.cameras.frames import BadFrameError, as_frame, first_line
from edge.contract import Frame, Shot
from edge.errors import SourceError

CAMERA_SIZE = (1280, 960)
"""Width and height asked of a camera, px: an A5 page across the frame has 6 px per mm, so 5 mm digits are 30 px high.
A camera that lacks it gives its nearest."""
VIDEO_SUFFIXES = frozenset(
    (
        *(".3gp", ".asf", ".avi", ".flv", ".h264", ".h265", ".hevc", ".m2ts", ".m4v", ".mjpeg", ".mjpg", ".mkv"),
        *(".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".ogv", ".ts", ".vob", ".webm", ".wmv", ".y4m"),
    )
)
"""In lower case. FFmpeg would open pictures and documents as well, and show of them what it likes."""
MAX_VIDEO_PIXELS = 25_000_000
"""Of a frame: FFmpeg keeps several. 5.3K has 16 million."""
COUNTED_SUFFIXES = frozenset((".3gp", ".avi", ".m4v", ".mov", ".mp4"))
"""Of files that hold a list of their frames; in others their number is a guess from a duration."""
MANY_FRAMES = 10**9
"""A year of video. More is no count."""
SLACK_FRAMES, SLACK_S = 2, 1.0
"""A video that ends earlier than it says by no more than this is whole: encoders count so."""

logger = logging.getLogger(__name__)


SHOWN_SETTINGS = frozenset(
    ("camera", "channel", "compression", "fps", "height", "profile", "resolution", "stream", "subtype", "width")
)
"""Behind the ? of an address: these tell cameras apart and are no secret. Of all others only the name is shown."""
HIDDEN = "..."
MOST_BAD = 100
"""So many frames in a row that are no pictures, and a video file is given up."""


class Capture(Protocol):
    """The part of cv2.VideoCapture that is used here."""

    def isOpened(self) -> bool: ...  # noqa: D102, N802 - OpenCV's name
    def read(self) -> tuple[bool, Any]: ...  # noqa: D102
    def get(self, prop: int, /) -> float: ...  # noqa: D102
    def set(self, prop: int, value: float, /) -> bool: ...  # noqa: D102
    def release(self) -> None: ...  # noqa: D102


class OpenCapture(Protocol):
    """Opens a device number, file or address, as cv2.VideoCapture does."""

    def __call__(self, source: int | str, backend: int, /) -> Capture: ...  # noqa: D102


def open_capture(source: int | str, backend: int, /) -> Capture:
    """OpenCV's own capture."""
    return cv2.VideoCapture(source, backend)


class CaptureGrabber:
    """Frames of an opened OpenCV capture.

    Args:
        name: what it is called in messages.
        capture: opened.
        device: its file in /dev; when that goes away the camera was unplugged, which OpenCV does not notice.
    """

    def __init__(self, name: str, capture: Capture, device: Path | None = None) -> None:
        self._name = name
        self._capture = capture
        self._device = device

    def grab(self) -> Frame | None:
        """The next frame, or None when there is none right now; BadFrameError where it is no picture."""
        if self._device is not None and not self._device.exists():
            raise SourceError(f"camera {self._name} was unplugged: {self._device} is gone. Plug it in, start again.")
        return read_frame(self._capture)

    def close(self) -> None:
        """Release the capture."""
        self._capture.release()


def open_usb(index: int, *, devices: Path, open_capture: OpenCapture) -> CaptureGrabber:
    """Open USB camera `index`, whose file is `devices`/video<index>.

    Raises:
        SourceError: there is none, or it cannot be opened.
    """
    device = devices / f"video{index}"
    if not device.exists():
        there = ", ".join(str(number) for number in list_video_devices(devices)) or "none"
        raise SourceError(
            f"no USB camera {index}: there is no {device} (there are: {there}). The Pi camera is `--source pi`."
        )
    capture = open_capture(index, cv2.CAP_V4L2)
    if not capture.isOpened():
        capture.release()
        raise SourceError(
            f"{device} cannot be opened as a camera: it is none, another program uses it, or you lack the right "
            "(`sudo usermod -aG video $USER`, then log in again)."
        )
    # MJPG first: uncompressed frames of this size come at 5 to 9 a second over USB 2.
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, CAMERA_SIZE[0])
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, CAMERA_SIZE[1])
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return CaptureGrabber(str(index), capture, device)


def list_video_devices(devices: Path) -> list[int]:
    """Numbers of all video devices, ascending; not each is a camera."""
    found = (re.fullmatch(r"video(\d+)", path.name) for path in devices.glob("video*"))
    return sorted(int(match[1]) for match in found if match)


def find_device_number(path: Path, devices: Path) -> int | None:
    """0 of /dev/video0, or of a link to it such as those in /dev/v4l/by-id; None of what is no video device."""
    real = path.resolve()
    match = re.fullmatch(r"video(\d+)", real.name)
    return int(match[1]) if match and real.parent == devices.resolve() else None


def list_usb_cameras(devices: Path, sysfs: Path) -> list[int]:
    """Numbers of the video devices that may be cameras, ascending.

    A Pi has a dozen that are not (decoders, image processors; some hang when read): its own sit on the platform bus,
    cameras on USB, loopback devices under "virtual". Without sysfs all are returned.
    """
    numbers = list_video_devices(devices)
    if not sysfs.is_dir():
        return numbers
    places = {number: str((sysfs / f"video{number}").resolve()) for number in numbers}
    return [number for number, place in places.items() if "/usb" in place or "/virtual/" in place]


def open_stream(url: str, *, open_capture: OpenCapture) -> CaptureGrabber:
    """Open an http, https or rtsp stream.

    Raises:
        SourceError: nothing there that OpenCV can decode.
    """
    name = hide_login(url)
    capture = open_capture(url, cv2.CAP_FFMPEG)
    if not capture.isOpened():
        capture.release()
        raise SourceError(f"{name} gives no video that OpenCV can read. Does a browser or `ffplay {name}` show it?")
    return CaptureGrabber(name, capture)


def hide_login(url: str) -> str:
    """The address without user name, password and token.

    A password may hold whatever ends a login elsewhere (@ / ? #), so where there is one, all up to the last @ goes.
    """
    start = re.match(r"\w+:/+", url)
    scheme = start[0] if start else ""
    rest = url.removeprefix(scheme)
    login = re.split("[/?#]", rest, maxsplit=1)[0]
    if ":" in login or (scheme and "@" in login):
        rest = rest.rpartition("@")[2]
    if not scheme:  # a path, or an address that lacks it
        return rest
    address, _, query = rest.partition("#")[0].partition("?")
    shown = "&".join(map(_hide_value, query.split("&")))
    return f"{scheme}{address}?{shown}" if query else f"{scheme}{address}"


def _hide_value(setting: str) -> str:
    """channel=1 as it is; of token=..., and of whatever is not known to be harmless, the name alone."""
    name, mark, _ = setting.partition("=")
    return setting if name.lower() in SHOWN_SETTINGS else f"{name}={HIDDEN}" if mark else HIDDEN


class VideoFile(Camera):
    """Every frame of a video file; what is no picture is skipped and counted.

    One that ends before its end is named in the log and in `unreadable`.

    Args:
        path: of the file.
        open_capture: as cv2.VideoCapture.
        rotate: 0, 90, 180 or 270 degrees clockwise.
        max_frames: end after so many frames; None: at the video's end.

    Raises:
        SourceError: OpenCV finds no video in it.
    """

    kind = Kind.VIDEO

    def __init__(
        self, path: Path, *, open_capture: OpenCapture, rotate: int = 0, max_frames: int | None = None
    ) -> None:
        super().__init__(path.name, rotate=rotate, max_frames=max_frames)
        self._path = path
        self._capture = open_capture(str(path), cv2.CAP_FFMPEG)
        try:
            self._first = self._read_first()
        except SourceError:
            self.close()
            raise
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if 1 <= fps <= 1000 else None  # files without a rate say 0, nan or 90000

    def _read_first(self) -> Frame:
        width, height = (self._capture.get(prop) for prop in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        if width * height > MAX_VIDEO_PIXELS:
            raise SourceError(
                f"the frames of {self._path} have {width:.0f}x{height:.0f} px; at most {MAX_VIDEO_PIXELS // 1_000_000} "
                "million are read. Save it smaller."
            )
        # Some broken files open and then give no frame.
        frame = self._read() if self._capture.isOpened() else None
        if frame is not None:
            return frame
        if self.skipped.count:
            raise SourceError(
                f"none of the {self.skipped.count} frames in {self._path} is a picture (the last: {self.skipped.last})."
            )
        raise SourceError(f"no video that OpenCV can read is in {self._path}: it is damaged, cut off or none.")

    def _read(self) -> Frame | None:
        """The next frame that is a picture; None at the end."""
        for _ in range(MOST_BAD):
            try:
                return read_frame(self._capture)
            except BadFrameError as error:
                self.skipped.add(error)
        raise SourceError(
            f"of {self._path} {MOST_BAD} frames in a row are no pictures (the last: {self.skipped.last}). "
            "Does a video player show it?"
        )

    def _shots(self) -> Iterator[Shot]:
        index = 0
        frame: Frame | None = self._first
        reached_s = hole_s = 0.0
        while frame is not None:
            at_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            hole_s, reached_s = max(hole_s, at_s - reached_s), max(reached_s, at_s)
            yield Shot(frame, self.name, index, datetime.now(UTC))
            index, frame = index + 1, self._read()
        missing = self._describe_missing(index + self.skipped.count, reached_s, hole_s)
        if missing:
            logger.warning("%s is cut off or damaged, or was trimmed and not written anew: %s.", self._path, missing)
            self.unreadable.append(self._path)

    def _describe_missing(self, frames: int, reached_s: float, hole_s: float) -> str:
        """What the file says that it has, and has not; "" where all came, or a stream in a file does not say."""
        if self.fps is None:
            return ""
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        if self._path.suffix.lower() in COUNTED_SUFFIXES:
            short = frames + SLACK_FRAMES < count < MANY_FRAMES
            return f"of the {count:.0f} frames that it lists, {frames} could be read" if short else ""
        duration_s = count / self.fps if 0 < count < MANY_FRAMES else reached_s
        missing_s = max(duration_s - reached_s, hole_s - SLACK_FRAMES / self.fps)
        return f"of its {duration_s:.1f} s, {missing_s:.1f} could not be read" if missing_s > SLACK_S else ""

    def close(self) -> None:
        """Release the file."""
        self._capture.release()


def read_frame(capture: Capture) -> Frame | None:
    """The next frame of a capture; None when there is none.

    Raises:
        BadFrameError: what came is no picture.
    """
    try:
        delivered, array = capture.read()
    except cv2.error as error:
        raise BadFrameError(first_line(error)) from error
    return as_frame(array) if delivered else None
