"""What a camera gives is converted where it is a picture, else skipped and counted; what it raises is its own fault."""

import itertools
import logging

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge.cameras import open_camera
from edge.cameras.frames import BadFrameError, as_frame
from edge.cameras.live import LiveCamera
from edge.cameras.standstill import Standstill
from edge.errors import SourceError
from edge.recognize import main
from tests.fakes import FakeCapture, FakeReader, build_frame, build_hardware, build_picamera2

PIXEL = [30, 60, 90]
CONVERTED = {
    "as it should be": np.full((4, 6, 3), PIXEL, np.uint8),
    "with alpha": np.full((4, 6, 4), [*PIXEL, 255], np.uint8),
    "16 bits": np.full((4, 6, 3), [value << 8 for value in PIXEL], np.uint16),
    "16 bits, the other end first": np.full((4, 6, 3), [value << 8 for value in PIXEL], ">u2"),
    "with alpha, 16 bits": np.full((4, 6, 4), [value << 8 for value in (*PIXEL, 255)], np.uint16),
    "in steps": np.full((4, 12, 3), PIXEL, np.uint8)[:, ::2],
    "upside down": np.full((4, 6, 3), PIXEL, np.uint8)[::-1],
}
GREY = {
    "grey": np.full((4, 6), 50, np.uint8),
    "grey, one channel": np.full((4, 6, 1), 50, np.uint8),
    "grey, 16 bits": np.full((4, 6), 50 << 8, np.uint16),
}
BAD = {
    "none": (None, "no array but NoneType"),
    "a list": ([[0]], "no array but list"),
    "empty": (np.empty((0, 0, 3), np.uint8), "empty, 0x0 px"),
    "without rows": (np.empty((0, 6, 3), np.uint8), "empty, 6x0 px"),
    "a number": (np.array(7, np.uint8), "shape ()"),
    "a row": (np.zeros(24, np.uint8), "shape (24,)"),
    "two channels": (np.zeros((4, 6, 2), np.uint8), "shape (4, 6, 2)"),
    "no channels": (np.zeros((4, 6, 0), np.uint8), "shape (4, 6, 0)"),
    "several frames": (np.zeros((2, 4, 6, 3), np.uint8), "shape (2, 4, 6, 3)"),
    "real values": (np.zeros((4, 6, 3), np.float32), "float32"),
    "signed": (np.zeros((4, 6, 3), np.int8), "int8"),
    "yes and no": (np.zeros((4, 6), np.bool_), "bool"),
}
BROKEN = cv2.error("OpenCV(4.14.0) /x/loadsave.cpp:79: error: (-215:Assertion failed) size\n in function 'validate'\n")
ANY_ARRAY = st.sampled_from(["u1", "u2", ">u2", "i2", "u4", "f4", "f8", "?", "c8"]).flatmap(
    lambda kind: arrays(np.dtype(kind), st.lists(st.integers(0, 5), max_size=4).map(tuple))
)


class TestAsFrame:
    @pytest.mark.parametrize("array", CONVERTED.values(), ids=CONVERTED)
    def test_colours_stay_what_they_are(self, array):
        frame = as_frame(array)
        assert (frame.shape, frame.dtype, frame.flags.c_contiguous) == ((4, 6, 3), np.uint8, True)
        assert (frame == PIXEL).all()

    @pytest.mark.parametrize("array", GREY.values(), ids=GREY)
    def test_grey_becomes_three_channels(self, array):
        assert as_frame(array).tolist() == np.full((4, 6, 3), 50).tolist()

    @pytest.mark.parametrize(("array", "reason"), BAD.values(), ids=BAD)
    def test_what_is_no_picture_is_refused_with_what_it_is(self, array, reason):
        with pytest.raises(BadFrameError) as raised:
            as_frame(array)
        assert reason in str(raised.value)
        assert "\n" not in str(raised.value)

    @settings(deadline=None, suppress_health_check=list(HealthCheck))
    @given(ANY_ARRAY)
    def test_whatever_comes_is_a_frame_or_refused(self, array):
        try:
            frame = as_frame(array)
        except BadFrameError:
            return
        assert (frame.dtype, frame.shape) == (np.uint8, (*array.shape[:2], 3))
        assert frame.size


def run(tmp_path, *arguments, hardware=None):
    """recognize.py with a fake reader: its status."""
    words = [*map(str, arguments), "--show", "none"]
    return main(words, open_reader=lambda *_: FakeReader("12"), hardware=hardware or build_hardware(tmp_path))


def skipped(caplog):
    return [message for message in caplog.messages if "skipped" in message]


class TestUsbCamera:
    @pytest.mark.parametrize("bad", [*(array for array, _ in BAD.values() if not isinstance(array, list)), BROKEN])
    def test_one_bad_frame_is_skipped_and_counted_and_the_next_one_is_read(self, tmp_path, caplog, bad):
        caplog.set_level("INFO")
        capture = FakeCapture([build_frame(), bad, build_frame(tone=7)], endless=True)
        with open_camera("0", hardware=build_hardware(tmp_path, captures={0: capture})) as camera:
            tone = next(int(shot.frame[0, 0, 0]) for shot in camera if shot.frame[0, 0, 0] != 255)
        assert tone == 7
        assert camera.skipped.count == 1
        first, last = skipped(caplog)
        assert first.startswith("0: a frame was skipped, it is no picture: ")
        assert last.startswith("0: 1 frame skipped in all, the last: ")

    def test_many_are_told_at_each_tenfold_and_at_the_end(self, tmp_path, caplog):
        caplog.set_level("INFO")
        clip = tmp_path / "clip.avi"
        clip.touch()
        capture = FakeCapture([build_frame(), *itertools.repeat(None, 30), build_frame(), None])
        captures = {str(clip): capture}
        with open_camera(str(clip), hardware=build_hardware(tmp_path, captures=captures)) as camera:
            assert [shot.index for shot in camera] == [0, 1]
        assert [message.split(",")[0] for message in skipped(caplog)] == [
            "clip.avi: a frame was skipped",
            "clip.avi: 10 frames skipped so far",
            "clip.avi: 31 frames skipped in all",
        ]

    def test_without_bad_frames_nothing_is_said(self, tmp_path, caplog):
        caplog.set_level("INFO")
        capture = FakeCapture([build_frame()], endless=True)
        with open_camera("0", max_frames=2, hardware=build_hardware(tmp_path, captures={0: capture})) as camera:
            list(camera)
        assert skipped(caplog) == []

    @pytest.mark.parametrize("bad", [None, np.empty((0, 0, 3), np.uint8), np.zeros((4, 6, 2), np.uint8)])
    def test_bad_frames_alone_end_with_what_they_are(self, tmp_path, caplog, bad):
        capture = FakeCapture([bad], endless=True)
        hardware = build_hardware(tmp_path, captures={0: capture}, deadline_s=0.2)
        assert run(tmp_path, "--source", 0, hardware=hardware) == 1
        assert caplog.messages[-1].startswith("0 gave no frame for 0.2 s that is a picture (skipped: ")
        assert "the last: " in caplog.messages[-1]


class TestVideoFile:
    def open(self, tmp_path, *frames, **options):
        path = tmp_path / "clip.avi"
        path.touch()
        hardware = build_hardware(tmp_path, captures={str(path): FakeCapture([*frames], **options)})
        return open_camera(str(path), hardware=hardware)

    @pytest.mark.parametrize("bad", [None, BROKEN, np.empty((0, 0), np.uint8)])
    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_bad_frames_are_skipped_wherever_they_are(self, tmp_path, bad, place):
        frames = [build_frame(), build_frame()]
        frames.insert(place, bad)
        with self.open(tmp_path, *frames) as camera:
            assert [shot.index for shot in camera] == [0, 1]
            assert camera.skipped.count == 1

    def test_of_bad_frames_alone_is_an_error(self, tmp_path):
        with pytest.raises(SourceError, match=r"none of the 3 frames in .*clip\.avi is a picture \(the last: empty"):
            self.open(tmp_path, *[np.empty((0, 0), np.uint8)] * 3)

    def test_of_bad_frames_for_ever_is_an_error(self, tmp_path):
        with pytest.raises(SourceError, match=r"of .*clip\.avi 100 frames in a row are no pictures \(the last: no ar"):
            self.open(tmp_path, None, endless=True)


class TestPiCamera:
    @pytest.mark.parametrize(
        "bad", [None, np.empty((0, 0, 3), np.uint8), np.zeros((20, 64, 3), np.uint8), np.zeros((48, 64, 2), np.uint8)]
    )
    @pytest.mark.parametrize("stream_format", ["RGB888", "YUV420", "XRGB8888"])
    def test_one_bad_array_is_skipped(self, tmp_path, bad, stream_format):
        picamera2 = build_picamera2(stream_format=stream_format, first=[bad])
        if stream_format == "XRGB8888":
            good = np.full((48, 64, 4), 128, np.uint8)
            picamera2 = build_picamera2(stream_format=stream_format, first=[bad, *[good] * 9])
        with open_camera("pi", max_frames=1, hardware=build_hardware(tmp_path, picamera2=picamera2)) as camera:
            (shot,) = camera
            assert camera.skipped.count == 1
        assert (shot.frame.shape, int(np.ptp(shot.frame))) == ((48, 64, 3), 0)


FAULTS = {
    "with a number": OSError(5, "Input/output error"),
    "with words alone": OSError("dma heap is used up"),
    "of its own time limit": TimeoutError("camera frontend has timed out"),
    "without a word": TimeoutError(),
    "of OpenCV": BROKEN,
}


class TestWhatACameraRaises:
    @pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
    def test_while_it_opens_is_called_the_camera_s(self, tmp_path, caplog, fault):
        class Refusing:
            @staticmethod
            def global_camera_info():
                return [{"Id": "/base/i2c", "Model": "imx708"}]

            def __init__(self):
                raise fault

        assert run(tmp_path, "--source", "pi", hardware=build_hardware(tmp_path, picamera2=Refusing)) == 1
        (message,) = caplog.messages
        assert message.startswith("pi does not work (")
        assert "make room" not in message.lower()
        assert "no frame for" not in message

    @pytest.mark.parametrize("name", ["with a number", "with words alone", "of its own time limit", "without a word"])
    def test_while_it_reads_is_called_the_camera_s(self, tmp_path, caplog, name):
        picamera2 = build_picamera2(first=[build_frame(), build_frame(), *[FAULTS[name]] * 9])
        hardware = build_hardware(tmp_path, picamera2=picamera2)
        assert run(tmp_path, "--source", "pi", hardware=hardware) == 1
        assert caplog.messages[-1].startswith("pi does not work (")
        assert str(FAULTS[name].strerror or FAULTS[name] or "TimeoutError") in caplog.messages[-1]

    def test_while_it_is_looked_for_is_called_the_camera_s(self, tmp_path, caplog):
        class Listing:
            @staticmethod
            def global_camera_info():
                raise OSError(13, "Permission denied")

        assert run(tmp_path, "--source", "pi", hardware=build_hardware(tmp_path, picamera2=Listing)) == 1
        assert caplog.messages == [
            "the Pi camera cannot be looked for (Permission denied). Try `rpicam-hello --list-cameras`."
        ]


class StuckAt:
    """A device that gives moving pictures, then one and the same."""

    def __init__(self, moving=3):
        self._tones = iter(range(moving))
        self._last = moving

    def grab(self):
        return build_frame(tone=next(self._tones, self._last))

    def close(self):
        pass


class TestStandstill:
    def test_the_same_picture_for_too_long_is_told_once(self):
        standstill = Standstill(limit_s=10)
        told = [standstill.look(build_frame(tone=7), now) for now in (0, 1, 9.9, 10.1, 11, 1000)]
        assert told == [False, False, False, True, False, False]

    def test_a_new_picture_begins_anew(self):
        standstill = Standstill(limit_s=10)
        told = [standstill.look(build_frame(tone=tone), now) for now, tone in enumerate([7] * 9 + [8] * 9 + [7] * 12)]
        assert [now for now, one in enumerate(told) if one] == [29]

    def test_one_pixel_that_changes_is_enough(self):
        standstill = Standstill(limit_s=10)
        for now in range(100):
            frame = build_frame(tone=7)
            frame[now % 48, 5] = 8
            assert not standstill.look(frame, now)

    def test_another_size_is_another_picture(self):
        standstill = Standstill(limit_s=10)
        assert not standstill.look(build_frame(64, 48), 0)
        assert not standstill.look(build_frame(48, 64), 20)

    def test_a_camera_at_a_standstill_goes_on_and_says_so(self, caplog):
        with LiveCamera("0", StuckAt, deadline_s=1.0) as camera:
            for _ in itertools.takewhile(lambda _: not caplog.messages, camera):
                pass
        (message,) = caplog.messages
        assert message.startswith("0 has given the very same picture for 1 s: ")
        assert caplog.records[0].levelno == logging.WARNING
