"""Stand-ins for the real reader, camera hardware and window. They obey its rules and remember what they were told."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from edge.cameras import Hardware
from edge.contract import Box, Detection, Line, Reading, Shot
from edge.errors import SourceError

START = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)


def build_frame(width=64, height=48, tone=255):
    return np.full((height, width, 3), tone, np.uint8)


def build_shot(frame=None, *, source="page.png", index=0, after_s=0.0, place=None):
    frame = build_frame() if frame is None else frame
    return Shot(frame, source, index, START + timedelta(seconds=after_s), place)


def build_reading(text="12", *, width=64, height=48, y=10):
    """One line of digits 10 px wide; "?" is a rejected 7, "" an empty page."""
    digits = tuple(
        Detection(
            Box(4 + 12 * place, y, 10, 20),
            guess="7" if label == "?" else label,
            confidence=0.4 if label == "?" else 0.99,
            reason="low confidence" if label == "?" else None,
            line=0,
        )
        for place, label in enumerate(text)
        if label != " "
    )
    if not digits:
        return Reading((), (), width, height, "0123456789ab", "ba9876543210", 6.125)
    line = Line(text, digits[0].box.union(digits[-1].box), 0.99)
    return Reading((line,), digits, width, height, "0123456789ab", "ba9876543210", 6.125)


class FakeReader:
    """Reads the given texts in turn, and the last one ever after."""

    def __init__(self, *texts):
        self._texts = list(texts) or [""]
        self.frames = []

    def read(self, frame):
        self.frames.append(frame)
        text = self._texts.pop(0) if len(self._texts) > 1 else self._texts[0]
        height, width = frame.shape[:2]
        return build_reading(text, width=width, height=height)


@dataclass
class FakeCapture:
    """cv2.VideoCapture: after its frames, or when not opened, read() says (False, None); an exception is raised."""

    frames: list
    opened: bool = True
    fps: float = 0.0
    endless: bool = False
    told: dict = field(default_factory=dict)
    released: int = 0

    def isOpened(self):  # noqa: N802
        return self.opened and not self.released

    def read(self):
        if not self.isOpened() or not self.frames:
            return False, None
        frame = self.frames[0] if self.endless and len(self.frames) == 1 else self.frames.pop(0)
        if isinstance(frame, Exception):
            raise frame
        return True, None if frame is None else frame.copy()

    def get(self, prop):
        del prop
        return self.fps

    def set(self, prop, value):
        self.told[prop] = value
        return True

    def release(self):
        self.released += 1


def build_picamera2(
    *,
    stream_format="RGB888",
    size=(64, 48),
    stride=None,
    controls=(),
    cameras=1,
    camera_id="/base/i2c@1/ov5647@36",
    first=(),
):
    """A class with Picamera2's rules that gives grey frames (tone 128); `opened` lists its instances.

    `first` are arrays that it gives before those, or exceptions that it raises.
    """
    first = list(first)

    class FakePicamera2:
        opened = []  # noqa: RUF012

        @staticmethod
        def global_camera_info():
            return [{"Id": camera_id, "Model": "ov5647", "Num": number} for number in range(cameras)]

        def __init__(self):
            if not cameras:
                raise RuntimeError("No camera number 0 found")
            self.camera_controls = dict.fromkeys(controls)
            self.asked = self._config = None
            self.set = {}
            self.started = self.closed = False
            self.opened.append(self)

        def create_video_configuration(self, *, main):
            if main["size"][0] % 2 or main["size"][1] % 2:
                raise RuntimeError("width and height should be even")
            return {"main": dict(main)}

        def configure(self, config):
            if self.started:
                raise RuntimeError("Camera must be stopped before configuring")
            self.asked = config["main"]
            given = stride or size[0] * (3 if stream_format.endswith("888") else 1)
            self._config = {"main": {"format": stream_format, "size": size, "stride": given}}

        def camera_configuration(self):
            return self._config

        def set_controls(self, values):
            for name in values:
                if name not in self.camera_controls:
                    raise RuntimeError(f"Control {name} is not advertised by libcamera")
            self.set.update(values)

        def start(self):
            self.started = True

        def capture_array(self, name):
            assert name == "main"
            if not self.started or self.closed:
                raise RuntimeError("Camera is not running")
            if first:
                if isinstance(first[0], Exception):
                    raise first.pop(0)
                return first.pop(0)
            width, height = size
            if stream_format == "RGB888":
                return np.full((height, width, 3), 128, np.uint8)
            return np.full((height * 3 // 2, stride or width), 128, np.uint8)

        def stop(self):
            self.started = False

        def close(self):
            self.closed = True

    return FakePicamera2


def no_picamera2():
    raise SourceError("picamera2 cannot be imported (No module named 'picamera2')")


def build_hardware(tmp_path, *, captures=None, pictures=None, picamera2=None, deadline_s=2.0):
    """A machine with these captures: number or address -> FakeCapture; a number gets its file in a /dev of its own.

    pictures: address -> the content of a PNG that a web server hands out there; elsewhere it hands out none.
    """
    captures = captures or {}
    devices = Path(tmp_path) / "dev"
    devices.mkdir(exist_ok=True)
    for source in captures:
        if isinstance(source, int):
            (devices / f"video{source}").touch()

    def open_capture(source, backend):
        del backend
        return captures.get(source) or FakeCapture([], opened=False)

    return Hardware(
        open_capture=open_capture,
        fetch_picture=lambda url, _: (pictures or {}).get(url),
        load_picamera2=no_picamera2 if picamera2 is None else lambda: picamera2,
        devices=devices,
        sysfs=Path(tmp_path) / "no-sysfs",
        deadline_s=deadline_s,
    )


class FakeSurface:
    """A window: gives the keys in turn; "closed" presses its button, (x, y) is a click, (x, y, "resized") pulls it.

    It has the size that is wanted first, as far as the screen has it, then keeps it.
    """

    def __init__(self, *keys, screen=(1920, 1080)):
        self._keys = list(keys)
        self._screen = screen
        self._size = None
        self._open = True
        self._clicked = None
        self.shown = []
        self.waits_ms = []
        self.closed = False

    def find_size(self, wanted):
        return self._size or (min(wanted[0], self._screen[0]), min(wanted[1], self._screen[1]))

    def show(self, frame):
        self._size = self._size or (frame.shape[1], frame.shape[0])
        self.shown.append(frame)

    def wait_key(self, wait_ms):
        self.waits_ms.append(wait_ms)
        key = self._keys.pop(0) if self._keys else None
        if key == "closed":
            self._open = False
            return None
        if isinstance(key, tuple) and key[-1] == "resized":
            self.resize(key[:2])
            return None
        if isinstance(key, tuple):
            self._clicked = key
            return None
        return key

    def resize(self, size):
        self._size = size

    def clicked(self):
        point, self._clicked = self._clicked, None
        return point

    def is_open(self):
        return self._open

    def close(self):
        self.closed = True
