"""The Raspberry Pi camera, by picamera2 from Raspberry Pi OS."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.cameras.frames import BadFrameError, as_frame, first_line
from edge.cameras.opencv import CAMERA_SIZE
from edge.contract import Frame
from edge.errors import SourceError

AF_CONTINUOUS = 2
"""libcamera.controls.AfModeEnum.Continuous."""
TO_BGR: dict[str, int | None] = {
    "RGB888": None,  # libcamera's names read from the top byte down: in memory this is B,G,R
    "BGR888": cv2.COLOR_RGB2BGR,
    "XRGB8888": cv2.COLOR_BGRA2BGR,
    "XBGR8888": cv2.COLOR_RGBA2BGR,
    "YUV420": cv2.COLOR_YUV2BGR_I420,
    "YVU420": cv2.COLOR_YUV2BGR_YV12,
    "NV12": cv2.COLOR_YUV2BGR_NV12,
    "NV21": cv2.COLOR_YUV2BGR_NV21,
    "YUYV": cv2.COLOR_YUV2BGR_YUYV,
}
"""Stream format -> OpenCV's conversion to B,G,R; None where nothing is to be done."""


class PiGrabber:
    """Frames of a Pi camera.

    Args:
        picamera2: the class Picamera2.

    Raises:
        SourceError: the camera cannot be opened, or gives frames of an unknown format.
    """

    def __init__(self, picamera2: Any) -> None:
        try:
            self._camera = picamera2()
        except (RuntimeError, IndexError) as error:
            raise SourceError(
                f"the Pi camera cannot be opened ({error}). Does another program use it? "
                "`rpicam-hello --list-cameras` shows what is there."
            ) from error
        try:
            self._start()
        except RuntimeError as error:
            self.close()
            raise SourceError(f"the Pi camera does not start ({error}). Try `rpicam-hello`.") from error
        except SourceError:
            self.close()
            raise

    def _start(self) -> None:
        camera = self._camera
        camera.configure(camera.create_video_configuration(main={"size": CAMERA_SIZE, "format": "RGB888"}))
        # Sizes and formats are silently adjusted to what the camera has.
        stream = camera.camera_configuration()["main"]
        self._format, self._size = str(stream["format"]), stream["size"]
        if self._format not in TO_BGR:
            raise SourceError(f"the Pi camera gives {self._format} frames; known are {', '.join(TO_BGR)}.")
        if "AfMode" in camera.camera_controls:  # only Camera Module 3 can focus
            camera.set_controls({"AfMode": AF_CONTINUOUS})
        camera.start()

    def grab(self) -> Frame | None:
        """The next frame; BadFrameError where it is no picture."""
        try:
            array = self._camera.capture_array("main")
        except RuntimeError as error:
            raise SourceError(f"the Pi camera stopped ({error}). Check its ribbon cable, then start again.") from error
        return convert_to_bgr(array, self._format, self._size)

    def close(self) -> None:
        """Stop the camera and give it back."""
        self._camera.stop()
        self._camera.close()


def convert_to_bgr(array: NDArray[np.uint8] | None, stream_format: str, size: tuple[int, int]) -> Frame:
    """What capture_array returned as a B,G,R frame.

    Args:
        array: uint8; YUV420 is (height * 3 / 2, stride), where stride may be larger than the width.
        stream_format: a key of TO_BGR.
        size: width and height of the stream, px.

    Returns:
        uint8, (height, width, 3).

    Raises:
        BadFrameError: it is no picture of this format and size.
    """
    code = TO_BGR[stream_format]
    try:
        frame = as_frame(array if code is None else cv2.cvtColor(array, code))  # type: ignore[arg-type]
    except cv2.error as error:
        raise BadFrameError(f"no {stream_format}: {first_line(error)}") from error
    # Padding at the rows' ends is cut after the conversion: planes of a padded YUV420 array lie stride apart.
    width, height = size
    if frame.shape[0] < height or frame.shape[1] < width:
        raise BadFrameError(f"{frame.shape[1]}x{frame.shape[0]} px instead of {width}x{height}")
    return np.ascontiguousarray(frame[:height, :width])


def find_pi_camera(picamera2: Any) -> str | None:
    """Model of the first camera on the Pi's own connector, or None; a USB camera does not count.

    Raises:
        SourceError: libcamera cannot be asked.
    """
    try:
        cameras = picamera2.global_camera_info()
    except (OSError, RuntimeError) as error:
        raise SourceError(
            f"the Pi camera cannot be looked for ({first_line(error)}). Try `rpicam-hello --list-cameras`."
        ) from error
    for camera in cameras:
        if "/usb" not in camera["Id"]:
            return str(camera.get("Model", camera["Id"]))
    return None
