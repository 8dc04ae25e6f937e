"""A camera is an iterable of shots: Pi, USB, video file, folder of stills, still, network stream. `open_camera` picks.

A package instead of one file: each kind of camera is a page of its own, this one only chooses.
"""

import importlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from edge.cameras.base import ROTATIONS, Camera, Kind
from edge.cameras.live import DEADLINE_S, Grabber, LiveCamera
from edge.cameras.opencv import (
    VIDEO_SUFFIXES,
    OpenCapture,
    VideoFile,
    find_device_number,
    hide_login,
    list_usb_cameras,
    open_capture,
    open_stream,
    open_usb,
)
from edge.cameras.pi import PiGrabber, find_pi_camera
from edge.cameras.snapshot import FetchPicture, fetch_picture, open_snapshot
from edge.cameras.stills import Stills, describe_suffixes, open_folder
from edge.errors import SourceError
from edge.picture import PICTURE_SUFFIXES

__all__ = ["PICTURE_SUFFIXES", "ROTATIONS", "Camera", "Hardware", "Kind", "hide_login", "open_camera"]

STREAM_SCHEMES = ("http", "https", "rtsp")
SNAPSHOT_S = 5.0
"""So long a web server may take to hand out a picture; then OpenCV, which has a deadline of its own, seeks a stream."""
SOURCES = (
    "`pi`, a USB camera's number or its /dev/video..., a picture, a folder of pictures, a video file, http://..., "
    "https://... or rtsp://..."
)

logger = logging.getLogger(__name__)


def load_picamera2() -> Any:
    """The class Picamera2, which only Raspberry Pi OS has.

    Raises:
        SourceError: it is not installed, or does not fit this Python.
    """
    try:
        return importlib.import_module("picamera2").Picamera2
    except (ImportError, OSError) as error:  # OSError: a library that it loads is missing
        raise SourceError(
            f"picamera2 cannot be imported ({error}); on Raspberry Pi OS: `sudo apt install python3-picamera2`"
        ) from error
    except ValueError as error:  # a pip numpy over apt's: "numpy.dtype size changed"
        raise SourceError(
            f"picamera2 does not fit the numpy in this Python ({error}); run `make demo` again"
        ) from error


@dataclass(frozen=True, slots=True)
class Hardware:
    """Where devices come from: the one seam between this program and the machine; tests give fakes with its rules."""

    open_capture: OpenCapture = open_capture
    load_picamera2: Callable[[], Any] = load_picamera2
    fetch_picture: FetchPicture = fetch_picture
    devices: Path = Path("/dev")
    sysfs: Path = Path("/sys/class/video4linux")
    deadline_s: float = DEADLINE_S


class _Options(TypedDict):
    rotate: int
    max_frames: int | None


def open_camera(
    name: str | None, *, rotate: int = 0, max_frames: int | None = None, hardware: Hardware | None = None
) -> Camera:
    """Open the camera called `name`; None: the best one that is found.

    Args:
        name: "pi", "0" (a USB camera's number) or its file "/dev/video0", a file, a folder, or the address of a stream.
        rotate: 0, 90, 180 or 270 degrees clockwise.
        max_frames: end after so many frames.
        hardware: where devices come from.

    Raises:
        SourceError: there is no such source, or it cannot be read.
    """
    hardware = hardware or Hardware()
    options: _Options = {"rotate": rotate, "max_frames": max_frames}
    if name is None:
        return _open_best(hardware, options)
    if not name:
        raise SourceError(f"--source is empty; it takes {SOURCES}.")
    if name == "pi":
        return _ready(_open_pi(hardware, options))
    if name.isdecimal():
        return _ready(_open_usb(int(name), hardware, options))
    if "://" in name:
        return _open_snapshot(name, hardware, options) or _ready(_open_stream(name, hardware, options))
    if (number := find_device_number(Path(name), hardware.devices)) is not None:
        return _ready(_open_usb(number, hardware, options))
    return _open_path(Path(name), hardware, options)


def _open_best(hardware: Hardware, options: _Options) -> Camera:
    """The Pi's own camera, else the first USB camera that delivers a frame; says which and why."""
    try:
        camera = _ready(_open_pi(hardware, options))
    except SourceError as error:
        no_pi = f"no Pi camera: {str(error).rstrip('.')}"
    else:
        logger.info("camera: pi (the first choice)")
        return camera
    numbers = list_usb_cameras(hardware.devices, hardware.sysfs)
    no_usb = []
    for number in numbers:
        try:
            camera = _ready(_open_usb(number, hardware, options))
        except SourceError as error:
            no_usb.append(str(error).rstrip("."))
        else:
            logger.info("camera: USB %d (%s)", number, "; ".join([no_pi, *no_usb]))
            return camera
    looked = "; ".join([no_pi, *(no_usb or [f"no USB camera: nothing fits {hardware.devices}/video*"])])
    raise SourceError(
        f"no camera found ({looked}). `make demo` reads the bundled pages; --source takes a picture, folder, "
        "video file or stream address."
    )


def _ready(camera: LiveCamera) -> LiveCamera:
    """The camera when its first frame is there; closed again when none comes."""
    try:
        camera.wait_until_ready()
    except BaseException:  # Ctrl-C too
        camera.close()
        raise
    return camera


def _open_pi(hardware: Hardware, options: _Options) -> LiveCamera:
    picamera2 = hardware.load_picamera2()
    if find_pi_camera(picamera2) is None:
        raise SourceError("libcamera lists no camera; check the ribbon cable, then `rpicam-hello --list-cameras`.")
    return _open_live("pi", lambda: PiGrabber(picamera2), hardware, options)


def _open_usb(number: int, hardware: Hardware, options: _Options) -> LiveCamera:
    def open_grabber() -> Grabber:
        return open_usb(number, devices=hardware.devices, open_capture=hardware.open_capture)

    return _open_live(str(number), open_grabber, hardware, options)


def _open_snapshot(url: str, hardware: Hardware, options: _Options) -> Camera | None:
    if url.partition("://")[0].lower() not in ("http", "https"):
        return None
    timeout_s = min(hardware.deadline_s, SNAPSHOT_S)
    return open_snapshot(url, fetch_picture=hardware.fetch_picture, timeout_s=timeout_s, **options)


def _open_stream(url: str, hardware: Hardware, options: _Options) -> LiveCamera:
    if url.partition("://")[0].lower() not in STREAM_SCHEMES:
        raise SourceError(f"{hide_login(url)} is no stream that can be read; --source takes {SOURCES}.")
    return _open_live(hide_login(url), lambda: open_stream(url, open_capture=hardware.open_capture), hardware, options)


def _open_live(name: str, open_grabber: Callable[[], Grabber], hardware: Hardware, options: _Options) -> LiveCamera:
    return LiveCamera(name, open_grabber, deadline_s=hardware.deadline_s, **options)


def _open_path(path: Path, hardware: Hardware, options: _Options) -> Camera:
    try:
        if path.is_dir():
            return open_folder(path, **options)
        if not path.exists():
            raise SourceError(f"there is no {hide_login(str(path))}; --source takes {SOURCES}.")
        if not path.is_file():
            raise SourceError(f"{path} is neither a file nor a folder; --source takes {SOURCES}.")
        if path.suffix.lower() in PICTURE_SUFFIXES:
            return Stills(str(path), [path], **options)
        if path.suffix.lower() not in VIDEO_SUFFIXES:
            raise SourceError(_describe_no_source(path))
        with path.open("rb"):  # OpenCV does not say why it cannot open a file
            return VideoFile(path, open_capture=hardware.open_capture, **options)
    except OSError as error:
        raise SourceError(f"{path} cannot be opened ({error.strerror}).") from error


def _describe_no_source(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix == ".pdf":
        return f"{path} is a PDF; make pictures of its pages: `pdftoppm -r 200 -png FILE.pdf page`."
    return (
        f"{path} is neither a picture nor a video by its suffix ({suffix or 'none'}). Pictures are "
        f"{describe_suffixes()}; videos are {' '.join(sorted(VIDEO_SUFFIXES))}."
    )
