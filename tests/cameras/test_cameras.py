import base64
import contextlib
import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest

from edge.cameras import Hardware, Kind, open_camera
from edge.cameras.live import LiveCamera
from edge.cameras.opencv import hide_login, list_usb_cameras
from edge.cameras.pi import convert_to_bgr
from edge.errors import SourceError
from edge.recognize import main
from tests.fakes import FakeCapture, FakeReader, build_frame, build_hardware, build_picamera2


def write_video(path, frames=5, fps=12.0):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (64, 48))
    for tone in range(frames):
        writer.write(build_frame(tone=20 * tone))
    writer.release()
    return path


def endless(tone=255):
    return FakeCapture([build_frame(tone=tone)], endless=True)


class TestOpenCamera:
    def test_a_missing_file_is_named_with_what_source_takes(self, tmp_path):
        with pytest.raises(SourceError, match=r"there is no .*gone\.jpg; --source takes `pi`"):
            open_camera(str(tmp_path / "gone.jpg"))

    def test_a_text_file_is_no_source_and_what_is_one_is_said(self, tmp_path):
        (tmp_path / "notes.txt").write_text("hello world")
        with pytest.raises(
            SourceError,
            match=r"neither a picture nor a video by its suffix \(\.txt\)\. Pictures are \.avif .*; videos are \.3gp ",
        ):
            open_camera(str(tmp_path / "notes.txt"))

    def test_a_device_that_is_neither_file_nor_folder_is_no_source(self):
        with pytest.raises(SourceError, match="neither a file nor a folder"):
            open_camera("/dev/null")

    def test_an_empty_name_is_not_the_current_folder(self):
        with pytest.raises(SourceError, match="--source is empty"):
            open_camera("")

    def test_an_unknown_kind_of_address_is_no_source(self):
        with pytest.raises(SourceError, match="gopher://x is no stream"):
            open_camera("gopher://x")

    def test_a_mistyped_address_shows_no_password_either(self):
        with pytest.raises(SourceError, match=r"^there is no rtsp:/cam/1; "):
            open_camera("rtsp:/user:secret@cam/1")

    @pytest.mark.parametrize("name", ["dev/video2", "by-id/usb-webcam-index0"])
    def test_the_file_of_a_usb_camera_is_that_camera(self, tmp_path, name):
        hardware = build_hardware(tmp_path, captures={0: endless(tone=1), 2: endless(tone=2)})
        (tmp_path / "by-id").mkdir()
        (tmp_path / "by-id/usb-webcam-index0").symlink_to("../dev/video2")
        with open_camera(str(tmp_path / name), max_frames=1, hardware=hardware) as camera:
            assert [(shot.source, shot.frame[0, 0, 0]) for shot in camera] == [("2", 2)]

    def test_a_camera_s_file_that_is_gone_is_named_with_those_that_are_there(self, tmp_path):
        hardware = build_hardware(tmp_path, captures={0: endless()})
        with pytest.raises(SourceError, match=r"no USB camera 7: .*\(there are: 0\)"):
            open_camera(str(tmp_path / "dev/video7"), hardware=hardware)

    def test_an_unknown_usb_camera_is_named_with_those_that_are_there(self, tmp_path):
        with pytest.raises(SourceError, match=r"no USB camera 7: .*\(there are: 0, 2\)"):
            open_camera("7", hardware=build_hardware(tmp_path, captures={0: endless(), 2: endless()}))

    def test_a_stream_that_cannot_be_opened_is_named_without_its_password(self, tmp_path):
        with pytest.raises(SourceError, match=r"^rtsp://cam/1 gives no video"):
            open_camera("rtsp://user:secret@cam/1", hardware=build_hardware(tmp_path))

    def test_a_stream_is_called_by_its_address(self, tmp_path):
        hardware = build_hardware(tmp_path, captures={"http://cam/video": endless()})
        with open_camera("http://cam/video", max_frames=1, hardware=hardware) as camera:
            assert [shot.source for shot in camera] == ["http://cam/video"]


class MotionJpeg(BaseHTTPRequestHandler):
    """What a network camera sends: one JPEG after another in one answer, until the reader goes."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        jpeg = cv2.imencode(".jpg", build_frame())[1].tobytes()
        with contextlib.suppress(ConnectionError):
            while True:
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                self.wfile.write(head.encode() + jpeg + b"\r\n")
                time.sleep(0.02)

    def log_message(self, *words):
        pass


@contextlib.contextmanager
def serve(handler):
    """The address of a web server on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_real_stream_is_read():
    with serve(MotionJpeg) as server:
        url = f"{server}/video"
        with open_camera(url, max_frames=3) as camera:
            shots = list(camera)
    assert [(shot.source, shot.index, shot.frame.shape) for shot in shots] == [
        (url, index, (48, 64, 3)) for index in range(3)
    ]


class Snapshots(BaseHTTPRequestHandler):
    """A network camera that hands out one picture, to whom has the login user:p@ss."""

    def do_GET(self):
        allowed = self.headers["Authorization"] == f"Basic {base64.b64encode(b'user:p@ss').decode()}"
        content = cv2.imencode(".png", build_frame())[1].tobytes() if self.path == "/now.png" else b"no picture"
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words):
        pass


class TestSnapshot:
    def test_a_picture_at_an_address_is_one_still(self):
        with serve(Snapshots) as server:
            camera = open_camera(f"{server.replace('//', '//user:p%40ss@')}/now.png", rotate=90)
        assert camera.kind is Kind.STILLS
        assert [(shot.source, shot.index, shot.frame.shape) for shot in camera] == [
            (f"{server}/now.png", 0, (64, 48, 3))
        ]

    def test_what_only_claims_to_be_a_picture_is_left_to_opencv_and_named(self):
        with serve(Snapshots) as server, pytest.raises(SourceError, match=r"/broken\.png gives no video"):
            open_camera(f"{server.replace('//', '//user:p%40ss@')}/broken.png")

    def test_a_wrong_login_is_an_error_that_does_not_show_it(self):
        with serve(Snapshots) as server, pytest.raises(SourceError) as raised:
            open_camera(f"{server.replace('//', '//user:wrong@')}/now.png")
        assert str(raised.value).startswith(f"{server}/now.png gives no video")
        assert "wrong" not in str(raised.value)

    def test_it_ends_after_its_one_frame_and_a_reader_of_it_is_done(self, tmp_path):
        png = cv2.imencode(".png", build_frame())[1].tobytes()
        hardware = build_hardware(tmp_path, pictures={"http://cam/now": png}, deadline_s=60)
        options = ["--source", "http://cam/now", "--show", "none"]
        assert main(options, open_reader=lambda *_: FakeReader("12"), hardware=hardware) == 0


class TestTheBestCamera:
    def test_is_the_pi_camera_where_there_is_one(self, tmp_path, caplog):
        caplog.set_level(logging.INFO)
        hardware = build_hardware(tmp_path, captures={0: endless()}, picamera2=build_picamera2())
        with open_camera(None, hardware=hardware) as camera:
            assert camera.name == "pi"
        assert caplog.messages == ["camera: pi (the first choice)"]

    def test_is_else_the_first_usb_camera_that_delivers_a_frame_and_the_log_says_why(self, tmp_path, caplog):
        caplog.set_level(logging.INFO)
        mute = FakeCapture([], opened=False)
        with open_camera(None, hardware=build_hardware(tmp_path, captures={0: mute, 2: endless()})) as camera:
            assert camera.name == "2"
        (message,) = caplog.messages
        assert message.startswith("camera: USB 2 (no Pi camera: picamera2 cannot be imported")
        assert "video0 cannot be opened" in message

    def test_a_usb_camera_that_libcamera_lists_is_left_to_opencv(self, tmp_path):
        usb = build_picamera2(camera_id="/base/scb/pcie@7d500000/usb@0,0-1.3:1.0-046d:081b")
        with open_camera(None, hardware=build_hardware(tmp_path, captures={0: endless()}, picamera2=usb)) as camera:
            assert camera.name == "0"

    def test_without_any_camera_one_line_says_what_was_looked_for_and_what_to_do(self, tmp_path):
        with pytest.raises(SourceError) as raised:
            open_camera(None, hardware=build_hardware(tmp_path))
        message = str(raised.value)
        assert "\n" not in message
        for part in ("picamera2 cannot be imported", "video*", "`make demo`", "--source"):
            assert part in message

    def test_decoders_of_a_pi_are_no_cameras(self, tmp_path):
        devices, sysfs = tmp_path / "dev", tmp_path / "sys"
        places = {
            "video0": "devices/platform/scb/fd500000.pcie/pci0000:00/usb1/1-1.3/video4linux/video0",
            "video10": "devices/platform/bcm2835-codec/video4linux/video10",
            "video20": "devices/virtual/video4linux/video20",
        }
        devices.mkdir()
        sysfs.mkdir()
        for name, place in places.items():
            (tmp_path / place).mkdir(parents=True)
            (devices / name).touch()
            (sysfs / name).symlink_to(tmp_path / place)
        assert list_usb_cameras(devices, sysfs) == [0, 20]


class TestUsbCamera:
    def test_asks_for_compressed_frames_of_a_useful_size(self, tmp_path):
        capture = endless()
        open_camera("0", hardware=build_hardware(tmp_path, captures={0: capture})).close()
        assert capture.told[cv2.CAP_PROP_FRAME_WIDTH] == 1280
        assert capture.told[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"MJPG")

    def test_is_released_on_exit(self, tmp_path):
        capture = endless()
        with open_camera("0", hardware=build_hardware(tmp_path, captures={0: capture})):
            assert capture.released == 0
        assert capture.released == 1

    def test_is_live_and_counts_the_frames_that_were_taken_up(self, tmp_path):
        hardware = build_hardware(tmp_path, captures={0: endless()})
        with open_camera("0", max_frames=3, hardware=hardware) as camera:
            assert camera.kind is Kind.LIVE
            assert [(shot.source, shot.index) for shot in camera] == [("0", 0), ("0", 1), ("0", 2)]

    def test_that_is_unplugged_ends_with_an_error_though_opencv_goes_on(self, tmp_path):
        hardware = build_hardware(tmp_path, captures={0: endless()})
        with open_camera("0", max_frames=1000, hardware=hardware) as camera:
            (hardware.devices / "video0").unlink()
            with pytest.raises(SourceError, match="camera 0 was unplugged"):
                list(camera)

    def test_that_gives_no_more_frames_ends_with_an_error_after_the_deadline(self, tmp_path):
        hardware = build_hardware(tmp_path, captures={0: FakeCapture([build_frame()])}, deadline_s=0.2)
        with open_camera("0", hardware=hardware) as camera, pytest.raises(SourceError, match=r"no frame for 0\.2 s"):
            list(camera)


class Hung:
    """A device that blocks in grab() until released."""

    def __init__(self):
        self.release = threading.Event()

    def grab(self):
        self.release.wait()

    def close(self):
        pass


class Numbered:
    """A device whose n-th frame, from 1, has the tone n."""

    def __init__(self):
        self.count = 0

    def grab(self):
        time.sleep(0.005)
        self.count += 1
        return build_frame(tone=self.count % 256)

    def close(self):
        pass


class TestLiveCamera:
    def test_that_hangs_is_an_error_after_the_deadline(self):
        hung = Hung()
        camera = LiveCamera("pi", lambda: hung, deadline_s=0.1)
        with pytest.raises(SourceError, match=r"pi gave no frame for 0\.1 s: it hangs"):
            next(iter(camera))
        hung.release.set()
        camera.close()

    def test_gives_a_slow_reader_the_newest_frame(self):
        with LiveCamera("0", Numbered) as camera:
            shots = iter(camera)
            first = next(shots)
            time.sleep(0.1)
            second = next(shots)
        assert second.frame[0, 0, 0] - first.frame[0, 0, 0] > 1
        assert second.index - first.index == 1

    def test_never_gives_a_frame_twice(self):
        with LiveCamera("0", Numbered, max_frames=20) as camera:
            tones = [int(shot.frame[0, 0, 0]) for shot in camera]
        assert tones == sorted(set(tones))

    def test_a_mistake_in_the_grabbing_thread_reaches_the_caller(self):
        def mistake():
            raise ZeroDivisionError

        with LiveCamera("0", mistake) as camera, pytest.raises(ZeroDivisionError):
            list(camera)


class TestPiCamera:
    def test_asks_for_what_opencv_calls_bgr(self, tmp_path):
        picamera2 = build_picamera2()
        with open_camera("pi", max_frames=1, hardware=build_hardware(tmp_path, picamera2=picamera2)) as camera:
            (shot,) = camera
        assert picamera2.opened[0].asked == {"size": (1280, 960), "format": "RGB888"}
        assert shot.frame.shape == (48, 64, 3)
        assert shot.frame.flags.c_contiguous

    @pytest.mark.parametrize(("stream_format", "stride"), [("NV12", None), ("YUV420", None), ("YUV420", 96)])
    def test_takes_the_format_that_it_gets_instead(self, tmp_path, stream_format, stride):
        picamera2 = build_picamera2(stream_format=stream_format, stride=stride)
        with open_camera("pi", max_frames=1, hardware=build_hardware(tmp_path, picamera2=picamera2)) as camera:
            (shot,) = camera
        assert shot.frame.shape == (48, 64, 3)
        assert np.ptp(shot.frame) == 0  # grey stays grey: no padding, no shifted colour plane

    def test_a_format_that_is_not_known_is_named(self, tmp_path):
        picamera2 = build_picamera2(stream_format="SBGGR10")
        with pytest.raises(SourceError, match="gives SBGGR10 frames; known are RGB888"):
            open_camera("pi", hardware=build_hardware(tmp_path, picamera2=picamera2))
        assert picamera2.opened[0].closed

    @pytest.mark.parametrize(("controls", "told"), [(("AfMode",), {"AfMode": 2}), ((), {})])
    def test_focuses_by_itself_only_where_the_lens_can(self, tmp_path, controls, told):
        picamera2 = build_picamera2(controls=controls)
        open_camera("pi", hardware=build_hardware(tmp_path, picamera2=picamera2)).close()
        assert picamera2.opened[0].set == told

    def test_is_stopped_and_closed_on_exit(self, tmp_path):
        picamera2 = build_picamera2()
        with open_camera("pi", hardware=build_hardware(tmp_path, picamera2=picamera2)):
            pass
        assert (picamera2.opened[0].started, picamera2.opened[0].closed) == (False, True)

    def test_without_a_camera_on_the_connector_the_error_says_what_to_check(self, tmp_path):
        with pytest.raises(SourceError, match="ribbon cable"):
            open_camera("pi", hardware=build_hardware(tmp_path, picamera2=build_picamera2(cameras=0)))

    def test_without_picamera2_the_error_names_the_apt_package(self):
        with pytest.raises(SourceError, match="sudo apt install python3-picamera2"):
            open_camera("pi", hardware=Hardware())

    @pytest.mark.parametrize(("stream_format", "channel"), [("BGR888", 0), ("XBGR8888", 0), ("XRGB8888", 2)])
    def test_red_stays_red(self, stream_format, channel):
        array = np.zeros((2, 2, 3 if stream_format == "BGR888" else 4), np.uint8)
        array[:, :, channel] = 200
        assert convert_to_bgr(array, stream_format, (2, 2))[0, 0].tolist() == [0, 0, 200]

    @pytest.mark.parametrize("stride", [64, 96])
    def test_the_luma_of_a_padded_yuv420_array_stays_in_place(self, stride):
        frame = np.zeros((48, stride, 3), np.uint8)
        frame[10:20, 30:40] = 255
        array = np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420))
        assert array.shape == (72, stride)
        np.testing.assert_allclose(convert_to_bgr(array, "YUV420", (64, 48)), frame[:, :64], atol=3)


class TestVideoFile:
    def test_gives_every_frame_in_order(self, tmp_path):
        with open_camera(str(write_video(tmp_path / "clip.mp4"))) as camera:
            assert camera.kind is Kind.VIDEO
            assert camera.fps == pytest.approx(12)
            assert [(shot.source, shot.index) for shot in camera] == [("clip.mp4", index) for index in range(5)]

    def test_ends_after_max_frames(self, tmp_path):
        with open_camera(str(write_video(tmp_path / "clip.mp4")), max_frames=2) as camera:
            assert len(list(camera)) == 2

    def test_that_is_cut_off_is_an_error_not_an_empty_reading(self, tmp_path):
        whole = write_video(tmp_path / "clip.mp4").read_bytes()
        (tmp_path / "half.mp4").write_bytes(whole[: len(whole) // 2])
        with pytest.raises(SourceError, match=r"no video that OpenCV can read is in .*half\.mp4"):
            open_camera(str(tmp_path / "half.mp4"))


class TestRotate:
    @pytest.mark.parametrize(("degrees", "corner"), [(0, (0, 0)), (90, (0, 47)), (180, (47, 63)), (270, (63, 0))])
    def test_turns_clockwise(self, tmp_path, degrees, corner):
        frame = build_frame(tone=0)
        frame[0, 0] = 255
        cv2.imwrite(str(tmp_path / "a.png"), frame)
        with open_camera(str(tmp_path / "a.png"), rotate=degrees) as camera:
            (shot,) = camera
        assert [tuple(place) for place in np.argwhere(shot.frame[:, :, 0])] == [corner]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://user:secret@cam:554/1", "rtsp://cam:554/1"),
        ("rtsp://user:se@cret@cam:554/1", "rtsp://cam:554/1"),
        ("rtsp://user:se/cret@cam/1", "rtsp://cam/1"),
        ("rtsp://user:se/c@ret@cam/1", "rtsp://cam/1"),
        ("rtsp://user:se?cret@cam/1", "rtsp://cam/1"),
        ("rtsp://user:se#cret@cam/1", "rtsp://cam/1"),
        ("rtsp://secret@cam/1", "rtsp://cam/1"),
        ("rtsp:/user:secret@cam/1", "rtsp:/cam/1"),
        ("user:secret@cam/1", "cam/1"),
        ("http://cam/a?token=secret", "http://cam/a?token=..."),
        ("http://cam/a?channel=1&pwd=secret&subtype=0", "http://cam/a?channel=1&pwd=...&subtype=0"),
        ("http://cam/a?secret", "http://cam/a?..."),
        ("http://cam/a#token=secret", "http://cam/a"),
        ("rtsp://cam:554/live", "rtsp://cam:554/live"),
        ("me@home.jpg", "me@home.jpg"),
        ("what?.jpg", "what?.jpg"),
        ("http://cam/a@b", "http://cam/a@b"),
        ("http://cam/", "http://cam/"),
    ],
)
def test_a_login_is_never_shown(url, shown):
    assert hide_login(url) == shown
