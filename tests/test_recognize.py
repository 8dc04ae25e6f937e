import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from edge.cameras import open_camera
from edge.command_line import build_parser
from edge.contract import Reading
from edge.following.follower import AGREEING
from edge.outputs import Outputs
from edge.recognize import main, recognize
from tests.fakes import FakeCapture, FakeReader, build_frame, build_hardware

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "tests" / "sample_pages"


@pytest.fixture
def photos(tmp_path):
    """A folder with a.png and b.png."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(folder / name), build_frame())
    return folder


def run_main(*arguments, texts=("12", "34"), hardware=None):
    """main() with a fake reader: its status, also when argparse ends it."""
    try:
        return main([str(word) for word in arguments], open_reader=lambda *_: FakeReader(*texts), hardware=hardware)
    except SystemExit as error:
        return error.code


class TestRecognize:
    def test_reads_and_shows_each_frame_once(self, photos):
        seen = []

        class Seeing:
            def show(self, shot, reading):
                assert isinstance(reading, Reading)
                seen.append((shot.source, reading.text))
                return True

            def close(self):
                pass

        with open_camera(str(photos)) as camera:
            assert recognize(camera, FakeReader("12", "34"), Outputs([Seeing()])) is True
        assert seen == [("a.png", "12"), ("b.png", "34")]

    def test_stops_when_an_output_wants_to(self, photos):
        class Stopping:
            def show(self, shot, reading):
                del shot, reading
                return False

        reader = FakeReader("12")
        with open_camera(str(photos)) as camera:
            assert recognize(camera, reader, Stopping()) is False
        assert len(reader.frames) == 1

    def test_a_mistake_of_the_reader_is_not_passed_over(self, photos):
        class Mistaken:
            def read(self, frame):
                del frame
                raise ZeroDivisionError

        with open_camera(str(photos)) as camera, pytest.raises(ZeroDivisionError):
            recognize(camera, Mistaken(), Outputs([]))


class TestWhatIsPrinted:
    def test_text_per_still(self, photos, capsys):
        assert run_main("--source", photos, "--show", "text") == 0
        assert capsys.readouterr().out == "a.png: 12\nb.png: 34\n"

    def test_a_page_without_digits_does_not_repeat_the_one_before(self, photos, capsys):
        assert run_main("--source", photos, "--show", "text", texts=("12", "")) == 0
        assert capsys.readouterr().out == "a.png: 12\nb.png: (no digits)\n"

    def test_json_and_nothing_else_on_stdout(self, photos, capsys):
        (photos / "notes.txt").touch()
        assert run_main("--source", photos, "--show", "none", "--json", "-") == 0
        records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [(record["source"], record["frame"], record["lines"][0]["text"]) for record in records] == [
            ("a.png", 0, "12"),
            ("b.png", 0, "34"),
        ]

    def test_without_a_display_auto_is_text(self, photos, capsys, monkeypatch, caplog):
        caplog.set_level("INFO")
        monkeypatch.delenv("DISPLAY", raising=False)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        assert run_main("--source", photos, "--show", "window") == 0
        assert capsys.readouterr().out == "a.png: 12\nb.png: 34\n"
        assert caplog.messages == ["no window, text instead: no display: neither DISPLAY nor WAYLAND_DISPLAY is set"]

    def test_without_a_display_json_keeps_stdout_for_itself(self, photos, capsys, monkeypatch):
        monkeypatch.delenv("DISPLAY", raising=False)
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        assert run_main("--source", photos, "--json", "-") == 0
        assert all(line.startswith("{") for line in capsys.readouterr().out.splitlines())


class TestFiles:
    def test_annotate_writes_one_picture_per_still(self, photos, tmp_path):
        assert run_main("--source", photos, "--show", "none", "--annotate", tmp_path / "out") == 0
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "b.png"]

    def test_record_writes_a_video(self, tmp_path):
        hardware = build_hardware(tmp_path, captures={0: FakeCapture([build_frame()], endless=True)})
        out = tmp_path / "out.mp4"
        arguments = ["--source", "0", "--show", "none", "--record", out, "--max-frames", 3]
        assert run_main(*arguments, hardware=hardware) == 0
        with open_camera(str(out)) as camera:
            assert len(list(camera)) >= 1

    def test_boxes_are_pixels_of_the_turned_frame_though_only_a_region_is_read(self, photos, capsys):
        arguments = ["--rotate", 90, "--roi", "8,16,30,40", "--max-frames", 1, "--show", "none", "--json", "-"]
        assert run_main("--source", photos, *arguments) == 0
        record = json.loads(capsys.readouterr().out)
        assert (record["width"], record["height"]) == (48, 64)
        assert record["digits"][0]["box"] == [12, 26, 10, 20]


class TestStatus:
    def test_3_when_a_picture_could_not_be_read_and_stderr_names_it(self, photos, capsys, caplog):
        (photos / "broken.jpg").write_bytes(b"broken")
        assert run_main("--source", photos, "--show", "text") == 3
        assert capsys.readouterr().out == "a.png: 12\nb.png: 34\n"
        assert "broken.jpg" in caplog.text

    @pytest.mark.parametrize("source", ["gone.jpg", "gone/", "rtsp://127.0.0.1:1/", "0", "pi"])
    def test_1_with_one_line_when_nothing_can_be_read(self, tmp_path, source, caplog):
        source = tmp_path / source if source.startswith("gone") else source
        assert run_main("--source", source, "--show", "none", hardware=build_hardware(tmp_path)) == 1
        assert len(caplog.messages) == 1
        assert "\n" not in caplog.text.strip()

    def test_1_without_any_camera(self, tmp_path, caplog):
        assert run_main("--show", "none", hardware=build_hardware(tmp_path)) == 1
        assert "make demo" in caplog.text

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["--nonsense"], "unrecognized arguments: --nonsense"),
            (["--show", "loud"], "invalid choice"),
            (["--rotate", "45"], "expected 0, 90, 180 or 270, got 45"),
            (["--rotate", "left"], "expected 0, 90, 180 or 270, got left"),
            (["--min-confidence", "2"], "expected 0 to 1, got 2"),
            (["--min-confidence", "high"], "expected 0 to 1, got high"),
            (["--min-confidence", "1,2"], "expected 0 to 1, got 1,2"),
            (["--min-confidence", "nan"], "expected 0 to 1, got nan"),
            (["--max-frames", "0"], "expected 1 or more, got 0"),
            (["--max-frames", "2.5"], "expected 1 or more, got 2.5"),
            (["--roi", "1,2,3"], "expected four whole numbers x,y,width,height, got '1,2,3'"),
            (["--json", "-", "--show", "text"], "give --json a file, or --show none"),
            (["--source", "{photos}", "--record", "{tmp}/out.mp4"], "use --annotate DIR"),
            (["--source", "{photos}", "--annotate", "{photos}"], "name another folder"),
            (["--source", "{photos}/a.png", "--annotate", "{photos}"], "name another folder"),
            (["--source", "{photos}/a.png", "--json", "{photos}/a.png"], "would overwrite what --source reads"),
            (["--source", "{photos}", "--json", "{photos}/b.png"], "would overwrite what --source reads"),
        ],
    )
    def test_2_for_wrong_usage_with_what_was_wrong(self, photos, tmp_path, arguments, told, capsys):
        before = (photos / "a.png").read_bytes(), (photos / "b.png").read_bytes()
        assert run_main(*(word.format(photos=photos, tmp=tmp_path) for word in arguments)) == 2
        assert told in capsys.readouterr().err
        assert ((photos / "a.png").read_bytes(), (photos / "b.png").read_bytes()) == before

    def test_no_message_leaks_a_name_of_ours(self, capsys):
        options = ["--min-confidence", "--rotate", "--roi", "--max-frames", "--capture", "--writer", "--show"]
        for option in options:
            assert run_main(option, "<>") == 2
            assert not re.search(r"invalid \w+ value", capsys.readouterr().err), option

    @pytest.mark.parametrize("value", ["0.7", "0,7"])
    def test_a_decimal_comma_is_understood(self, value):
        assert build_parser().parse_args(["--min-confidence", value]).min_confidence == 0.7

    def test_2_for_annotating_a_camera(self, tmp_path, capsys):
        capture = FakeCapture([build_frame()], endless=True)
        hardware = build_hardware(tmp_path, captures={0: capture})
        assert run_main("--source", "0", "--annotate", tmp_path / "out", hardware=hardware) == 2
        assert "--record FILE.mp4" in capsys.readouterr().err
        assert capture.released == 1


ENDLESS = """
import atexit
import signal
import sys
from edge.ending import end_at_once, run_command
end_at_once()
from edge.recognize import main
from tests.fakes import FakeCapture, FakeReader, build_frame, build_hardware
# As in a terminal: background jobs of a shell, and what they start, ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
capture = FakeCapture([build_frame()], endless=True)
atexit.register(lambda: print("released", capture.released, file=sys.stderr))
hardware = build_hardware(sys.argv[1], captures={0: capture})
run_command(lambda: main(sys.argv[2:], open_reader=lambda *_: FakeReader("12"), hardware=hardware))
"""


class TestStopping:
    def start(self, tmp_path, *arguments):
        return subprocess.Popen(
            [sys.executable, "-c", ENDLESS, str(tmp_path), "--source", "0", *map(str, arguments)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
    def test_closes_camera_and_recording(self, tmp_path, by):
        out = tmp_path / "out.mp4"
        with self.start(tmp_path, "--show", "none", "--json", "-", "--record", out) as process:
            for _ in range(3):  # the first frames are in the recording
                process.stdout.readline()
            process.send_signal(by)
            _, stderr = process.communicate(timeout=20)
        assert process.returncode == 130
        assert re.fullmatch(rf"recorded {re.escape(str(out))} \(\d+\.\d s\)\nreleased 1\n", stderr)
        with open_camera(str(out)) as camera:
            assert len(list(camera)) >= 1

    def test_a_reader_of_stdout_that_has_seen_enough_ends_it_quietly(self, tmp_path):
        with self.start(tmp_path, "--show", "none", "--json", "-") as process:
            json.loads(process.stdout.readline())
            process.stdout.close()
            assert process.wait(timeout=20) == 0
            assert process.stderr.read() == "released 1\n"


def start(*arguments, cwd=ROOT, options=(), stdout=subprocess.PIPE):
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return subprocess.run(
        [sys.executable, *options, str(ROOT / "edge" / "recognize.py"), *map(str, arguments)],
        cwd=cwd,
        env=environment,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )


class TestStarting:
    def test_help_teaches_by_examples_from_any_folder(self, tmp_path):
        done = start("--help", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert "--source photos/ --show none --json -" in done.stdout
        assert "exit status" in done.stdout

    def test_wrong_usage_is_status_2(self):
        done = start("--sauce", "photos/")
        assert done.returncode == 2
        assert "--sauce" in done.stderr

    def test_a_python_without_numpy_says_in_one_line_what_to_run(self):
        done = start("--source", "photos/", options=["-S"])  # -S: no site-packages
        assert (done.returncode, done.stdout) == (1, "")
        assert len(done.stderr.splitlines()) == 1
        assert "`make demo`" in done.stderr
        assert "`.venv/bin/python edge/recognize.py`" in done.stderr

    def test_neither_tensorflow_nor_training_is_imported(self):
        code = "import sys, edge.recognize; print([m for m in ('tensorflow', 'keras', 'train') if m in sys.modules])"
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout == "[]\n"


class TestStartingWithTheShippedModel:
    def test_reads_the_bundled_pages(self, tmp_path):
        expected = json.loads(PAGES.with_suffix(".json").read_text())
        model = ROOT / "models" / "digits.tflite"
        outputs = ["--show", "none", "--json", "-", "--annotate", tmp_path / "out"]
        done = start("--source", PAGES, "--model", model, *outputs)
        assert done.returncode == 0, done.stderr
        records = [json.loads(line) for line in done.stdout.splitlines()]
        read = {record["source"]: [line["text"] for line in record["lines"]] for record in records}
        assert read == {name: page["lines"] for name, page in expected.items()}
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(expected)

    def test_a_missing_file_is_status_1_and_one_line_names_it(self):
        done = start("--source", "gone.jpg", "--show", "none")
        assert (done.returncode, done.stdout) == (1, "")
        assert "there is no gone.jpg" in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize("name", ["broken.mp4", "notes.txt", "broken.jpg"])
    def test_a_broken_file_is_status_1_and_only_our_line_speaks_of_it(self, tmp_path, name):
        (tmp_path / name).write_bytes(b"broken")
        done = start("--source", tmp_path / name, "--show", "none")
        assert (done.returncode, done.stdout) == (1, "")
        assert [line for line in done.stderr.splitlines() if name in line] == done.stderr.splitlines()[-1:]
        assert "OpenCV" not in "".join(done.stderr.splitlines()[:-1])

    def test_a_missing_model_is_status_1_and_one_line_names_it(self):
        done = start("--source", PAGES, "--model", "gone.tflite")
        assert (done.returncode, done.stdout) == (1, "")
        assert len(done.stderr.splitlines()) == 1
        assert "gone.tflite" in done.stderr

    def test_a_folder_with_a_broken_picture_is_status_3(self, photos):
        (photos / "broken.jpg").write_bytes(b"broken")
        done = start("--source", photos, "--show", "text")
        assert done.returncode == 3
        assert done.stdout.splitlines() == ["a.png: (no digits)", "b.png: (no digits)"]
        assert "broken.jpg" in done.stderr


class TestWhatCannotBeWritten:
    @pytest.mark.parametrize("options", [["--json", "/dev/full", "--show", "none"], ["--show", "text"]])
    def test_a_full_disk_is_status_1_and_one_line(self, photos, options):
        if not Path("/dev/full").exists():
            pytest.skip("/dev/full is missing: Linux has it")
        with Path("/dev/full").open("w") as full:
            done = start("--source", photos, *options, stdout=full)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert (
            done.stderr.splitlines()[-1] == "cannot write (No space left on device). Make room, or name another place."
        )

    def test_a_recording_that_is_no_mp4_is_status_2(self):
        done = start("--source", "clip.mp4", "--record", "out.png")
        assert done.returncode == 2
        assert "out.png: name a file that ends in .mp4" in done.stderr


class TestABareName:
    @pytest.mark.parametrize("arguments", [["{photos}/a.png", "--show", "text"], ["--show", "text", "{photos}/a.png"]])
    def test_is_the_source(self, photos, capsys, arguments):
        assert run_main(*(word.format(photos=photos) for word in arguments)) == 0
        assert capsys.readouterr().out == "a.png: 12\n"

    @pytest.mark.parametrize(
        ("arguments", "named"),
        [
            (["a.png", "b.png"], "a.png b.png"),
            (["--source", "a.png", "b.png"], "b.png"),
            (["--sauce", "b.png"], "--sauce b.png"),
            (["a.png", "rtsp://user:secret@cam/1"], "a.png rtsp://cam/1"),
        ],
    )
    def test_of_which_there_are_more_is_wrong_usage_and_no_login_is_shown(self, arguments, named, capsys):
        assert run_main(*arguments) == 2
        assert f"unrecognized arguments: {named}. What to read is one name or folder" in capsys.readouterr().err


class TestFollowing:
    def read_lines(self, capsys, source, *arguments, texts, hardware=None):
        arguments = ["--source", source, "--show", "none", "--json", "-", *arguments]
        assert run_main(*arguments, texts=texts, hardware=hardware) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    def test_stills_are_read_one_by_one(self, photos, capsys):
        records = self.read_lines(capsys, photos, texts=("12", "34"))
        lines = [(line["id"], line["settled"], line["steady"]) for record in records for line in record["lines"]]
        assert lines == [(None, True, "12"), (None, True, "34")]
        assert [record["events"] for record in records] == [[], []]

    def test_a_camera_is_followed(self, tmp_path, capsys):
        hardware = build_hardware(tmp_path, captures={0: FakeCapture([build_frame()], endless=True)})
        records = self.read_lines(capsys, "0", "--max-frames", 6, texts=("12",), hardware=hardware)
        assert [record["lines"][0]["settled"] for record in records] == [False] * (AGREEING - 1) + [True] * (
            7 - AGREEING
        )
        assert [event for record in records for event in record["events"]] == [
            {"event": "appeared", "id": 1, "text": "12", "was": None}
        ]

    def test_what_moves_outside_of_the_region_is_not_looked_at(self, tmp_path):
        frames = [build_frame() for _ in range(20)]
        for n, frame in enumerate(frames):
            frame[40:, : 3 * n] = 0
        reader = FakeReader("12")
        hardware = build_hardware(tmp_path, captures={0: FakeCapture(frames, endless=True)})
        options = ["--source", "0", "--show", "none", "--roi", "0,0,64,40", "--max-frames", "12"]
        assert main(options, open_reader=lambda *_: reader, hardware=hardware) == 0
        assert len(reader.frames) < 8  # of 12: until it is settled, and to make sure
