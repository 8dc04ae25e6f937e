import io
import json
import os
import re
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest

from edge.cameras import open_camera
from edge.contract import TOO_BLURRED, TOO_DARK
from edge.errors import DigitReaderError
from edge.following.follower import AGREEING, Follower
from edge.outputs import Outputs
from edge.outputs.json_lines import JsonLines, build_record
from edge.outputs.picture_file import save_picture
from edge.outputs.recording import LIVE_FPS, AnnotatedStills, Recording
from edge.outputs.text import Text
from tests.fakes import build_frame, build_reading, build_shot


def pick(records, name):
    return [record[name] for record in records]


class TestJsonLines:
    def test_the_record_is_what_the_contract_says(self):
        shot = build_shot(source="photo.jpg", index=3)
        assert build_record(shot, build_reading("1?")) == {
            "source": "photo.jpg",
            "frame": 3,
            "time": "2026-01-31T12:00:00.000+00:00",
            "width": 64,
            "height": 48,
            "lines": [
                {"text": "1?", "box": [4, 10, 22, 20], "confidence": 0.99, "id": None, "settled": True, "steady": "1?"}
            ],
            "events": [],
            "digits": [
                {
                    "label": "1",
                    "confidence": 0.99,
                    "box": [4, 10, 10, 20],
                    "line": 0,
                    "rejected": False,
                    "guess": "1",
                    "reason": None,
                },
                {
                    "label": "?",
                    "confidence": 0.4,
                    "box": [16, 10, 10, 20],
                    "line": 0,
                    "rejected": True,
                    "guess": "7",
                    "reason": "low confidence",
                },
            ],
            "reason": None,
            "left_out": 0,
            "model": "0123456789ab",
            "finder": "ba9876543210",
            "latency_ms": 6.12,
        }

    def test_a_followed_line_has_an_id_and_what_the_frames_agree_on_and_a_change_is_an_event(self):
        follower = Follower()
        readings = [follower.follow(build_reading(text)) for text in "3" * AGREEING + "8" * AGREEING]
        records = [build_record(build_shot(), reading) for reading in readings]
        lines = [(line["text"], line["id"], line["settled"], line["steady"]) for [line] in pick(records, "lines")]
        assert lines[0] == ("3", 1, False, None)
        assert lines[AGREEING - 1 : AGREEING + 1] == [("3", 1, True, "3"), ("8", 1, False, "3")]
        assert lines[-1] == ("8", 1, True, "8")
        assert [event for events in pick(records, "events") for event in events] == [
            {"event": "appeared", "id": 1, "text": "3", "was": None},
            {"event": "changed", "id": 1, "text": "8", "was": "3"},
        ]

    def test_why_nothing_is_read_and_what_was_left_out_are_in_it(self):
        record = build_record(build_shot(), replace(build_reading(""), reason=TOO_DARK, left_out=7))
        assert (record["reason"], record["left_out"]) == ("too dark", 7)

    def test_each_line_is_in_the_file_as_soon_as_it_was_shown(self, tmp_path):
        path = tmp_path / "out.jsonl"
        output = JsonLines(str(path))
        output.show(build_shot(), build_reading("12"))
        assert json.loads(path.read_text())["lines"][0]["text"] == "12"
        output.show(build_shot(index=1), build_reading(""))
        assert [json.loads(line)["frame"] for line in path.read_text().splitlines()] == [0, 1]
        output.close()

    def test_a_dash_is_stdout_and_leaves_it_open(self, capsys):
        output = JsonLines("-")
        output.show(build_shot(), build_reading("12"))
        output.close()
        sys.stdout.write("still open\n")
        assert re.fullmatch(r"\{.*\}\nstill open\n", capsys.readouterr().out)

    def test_a_file_that_cannot_be_written_is_named(self, tmp_path):
        with pytest.raises(DigitReaderError, match=r"--json .*/gone/out\.jsonl cannot be written \(No such file"):
            JsonLines(str(tmp_path / "gone" / "out.jsonl"))


class TestText:
    @pytest.mark.parametrize(
        ("every", "expected"),
        [(True, ["0: 12", "0: 12", "0: (no digits)", "0: 12"]), (False, ["0: 12", "0: (no digits)", "0: 12"])],
        ids=["every still", "a camera when it changes"],
    )
    def test_prints(self, every, expected):
        stream = io.StringIO()
        output = Text(every=every, stream=stream)
        for text in ("12", "12", "", "12"):
            assert output.show(build_shot(source="0"), build_reading(text))
        assert stream.getvalue().splitlines() == expected

    def test_of_what_is_followed_prints_only_what_has_settled(self):
        stream, follower = io.StringIO(), Follower()
        output = Text(every=False, stream=stream)
        for text in [*["12"] * 9, "17", *["12"] * 9, *["13"] * 9]:
            output.show(build_shot(source="0"), follower.follow(build_reading(text)))
        output.close()
        assert stream.getvalue().splitlines() == ["0: 12", "0: 13"]

    def test_a_source_that_ends_before_anything_settles_is_not_passed_over(self):
        stream = io.StringIO()
        output = Text(every=False, stream=stream)
        output.show(build_shot(source="clip.mp4"), Follower().follow(build_reading("12")))
        assert stream.getvalue() == ""
        output.close()
        output.close()
        assert stream.getvalue() == "clip.mp4: 12\n"

    def test_says_why_nothing_is_read(self):
        stream = io.StringIO()
        Text(every=True, stream=stream).show(build_shot(source="0"), replace(build_reading(""), reason=TOO_BLURRED))
        assert stream.getvalue() == "0: (no digits: too blurred)\n"

    def test_the_last_reading_is_not_repeated_when_nothing_is_read(self):
        stream = io.StringIO()
        output = Text(every=False, stream=stream)
        output.show(build_shot(source="0"), build_reading("12"))
        output.show(build_shot(source="0"), build_reading(""))
        assert stream.getvalue().splitlines()[-1] == "0: (no digits)"


class Noting:
    def __init__(self, name, notes, *, goes_on=True, fails=False):
        self._name, self._notes, self._goes_on, self._fails = name, notes, goes_on, fails

    def show(self, shot, reading):
        del shot, reading
        self._notes.append(f"{self._name} shown")
        return self._goes_on

    def close(self):
        self._notes.append(f"{self._name} closed")
        if self._fails:
            raise OSError("disk full")


class TestOutputs:
    def test_all_see_the_reading_at_which_one_wants_to_stop(self):
        notes = []
        outputs = Outputs([Noting("window", notes, goes_on=False), Noting("json", notes)])
        assert outputs.show(build_shot(), build_reading()) is False
        assert notes == ["window shown", "json shown"]

    def test_all_are_closed_though_one_fails(self):
        notes = []
        with pytest.raises(OSError, match="disk full"):
            Outputs([Noting("json", notes), Noting("window", notes, fails=True)]).close()
        assert notes == ["window closed", "json closed"]


class TestRecording:
    def frames(self, path):
        with open_camera(str(path)) as camera:
            return camera.fps, [shot.frame for shot in camera]

    def test_of_a_video_has_its_rate_and_each_frame_once(self, tmp_path):
        recording = Recording(tmp_path / "out.mp4", fps=12)
        for index in range(5):
            recording.show(build_shot(index=index, after_s=index / 100), build_reading())
        recording.close()
        fps, frames = self.frames(tmp_path / "out.mp4")
        assert (fps, len(frames)) == (pytest.approx(12), 5)

    @pytest.mark.parametrize("camera_fps", [4, 15, 60])
    def test_of_a_camera_plays_as_fast_as_things_happened(self, tmp_path, camera_fps):
        recording = Recording(tmp_path / "out.mp4", fps=None)
        for index in range(camera_fps * 2):  # two seconds
            recording.show(build_shot(index=index, after_s=index / camera_fps), build_reading())
        recording.close()
        fps, frames = self.frames(tmp_path / "out.mp4")
        assert len(frames) / fps == pytest.approx(2, abs=0.3)

    def test_leaves_a_long_pause_out(self, tmp_path):
        recording = Recording(tmp_path / "out.mp4", fps=None)
        for after_s in (0, 600, 599):  # frozen for ten minutes, then the clock was set back
            recording.show(build_shot(after_s=after_s), build_reading())
        recording.close()
        assert len(self.frames(tmp_path / "out.mp4")[1]) <= LIVE_FPS * 2

    def test_a_frame_of_another_size_is_fitted_not_dropped(self, tmp_path):
        recording = Recording(tmp_path / "out.mp4", fps=12)
        recording.show(build_shot(build_frame(64, 48)), build_reading())
        recording.show(build_shot(build_frame(80, 60)), build_reading())
        recording.close()
        assert len(self.frames(tmp_path / "out.mp4")[1]) == 2

    def test_into_a_folder_that_is_missing_is_an_error_before_the_first_frame(self, tmp_path):
        with pytest.raises(DigitReaderError, match="there is no folder"):
            Recording(tmp_path / "gone" / "out.mp4", fps=12)


class TestAnnotatedStills:
    @pytest.mark.parametrize(
        ("source", "saved"),
        [
            ("a.jpg", "a.jpg"),
            ("a.PNG", "a.PNG"),
            ("scan.tif", "scan.tif.png"),
            ("a.bmp", "a.bmp.png"),
            ("http://cam/a.jpg", "http_cam_a.jpg"),
            ("http://cam/a?channel=1", "http_cam_a_channel_1.png"),
        ],
    )
    def test_keeps_the_name(self, tmp_path, source, saved):
        output = AnnotatedStills(tmp_path / "new" / "out")
        output.show(build_shot(source=source), build_reading("12"))
        output.close()
        assert [path.name for path in (tmp_path / "new" / "out").iterdir()] == [saved]
        assert cv2.imread(str(tmp_path / "new" / "out" / saved)).shape == (48, 64, 3)

    def test_draws_into_a_copy(self, tmp_path):
        shot = build_shot()
        AnnotatedStills(tmp_path).show(shot, build_reading("12"))
        assert (shot.frame == 255).all()
        assert not np.array_equal(cv2.imread(str(tmp_path / "page.png")), shot.frame)

    def test_what_a_link_of_that_name_points_to_stays(self, tmp_path):
        source = tmp_path / "source.png"
        save_picture(source, build_frame())
        before = source.read_bytes()
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "page.png").symlink_to(source)
        AnnotatedStills(tmp_path / "out").show(build_shot(), build_reading("12"))
        assert source.read_bytes() == before

    def test_a_folder_that_is_a_file_is_an_error(self, tmp_path):
        (tmp_path / "out").touch()
        with pytest.raises(DigitReaderError, match=r"--annotate .*/out cannot be made"):
            AnnotatedStills(tmp_path / "out")


class TestSavePicture:
    def test_leaves_nothing_half_written(self, tmp_path):
        (tmp_path / "a.png").mkdir()
        with pytest.raises(DigitReaderError, match="cannot write"):
            save_picture(tmp_path / "a.png", build_frame())
        assert [path.name for path in tmp_path.iterdir()] == ["a.png"]

    def test_a_link_that_was_planted_where_it_writes_is_not_followed(self, tmp_path):
        (tmp_path / "mine").write_text("mine")
        out = tmp_path / "out"
        out.mkdir()
        for name in (".a.png.part", f".part-{os.getpid()}-a.png"):
            (out / name).symlink_to(tmp_path / "mine")
        save_picture(out / "a.png", build_frame())
        assert (tmp_path / "mine").read_text() == "mine"
        assert cv2.imread(str(out / "a.png")).shape == (48, 64, 3)

    def test_an_unknown_suffix_is_an_error_in_one_line(self, tmp_path):
        with pytest.raises(DigitReaderError) as raised:
            save_picture(tmp_path / "a.xyz", build_frame())
        assert "\n" not in str(raised.value)
