"""Whatever lies in a folder is read or refused in a sentence, in little memory, and the folder is read to its end."""

import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.cameras import open_camera
from edge.collecting.capture import Collection
from edge.errors import SourceError
from edge.names import printable
from edge.picture import PICTURE_SUFFIXES, read_picture
from tests import lying
from tests.fakes import build_frame
from train.digits import labelled

ROOT = Path(__file__).resolve().parents[2]
MOST_MB = 600
MEASURED = """
import sys
{work}
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")), file=sys.stderr)
sys.exit(status)
"""
READ = "from edge.recognize import main; status = main(sys.argv[1:])"
LEARN = """
import json
from pathlib import Path
from train.digits.labelled import load_labelled_folder
found = load_labelled_folder(Path(sys.argv[1]), label="3", workers=1)
print(json.dumps([found.names, [(one.name, one.reason) for one in found.left_out]]))
status = 0
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Every kind of file that lies, in every format."""
    folder = tmp_path_factory.mktemp("lying")
    assert len(lying.write_all(folder)) > 300
    lying.write_largest(folder)
    return folder


def run(work, *arguments, **environment):
    """A process that works, its status, what it says, and its peak memory in MB."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED.format(work=work), *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"DISPLAY": "", "WAYLAND_DISPLAY": ""} | environment,
        capture_output=True,
        timeout=300,
        check=False,
    )
    *said, peak_kb = done.stderr.splitlines()
    return done.returncode, done.stdout, said, int(peak_kb) / 1024


def names_in(folder):
    return {path.name for path in folder.iterdir() if not path.is_dir()}


def write_video(path, fourcc="mp4v", frames=150):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*fourcc), 25, (64, 48))
    rng = np.random.default_rng(1)
    for _ in range(frames):
        writer.write(cv2.resize(rng.integers(0, 255, (6, 8, 3), np.uint8), (64, 48)))
    writer.release()
    return path


class TestRecognize:
    def test_every_file_is_read_or_named_in_one_harmless_line_in_little_memory(self, folder, tmp_path) -> None:
        arguments = [
            "--source",
            folder,
            "--show",
            "none",
            "--json",
            tmp_path / "out",
            "--model",
            "models/digits.tflite",
        ]
        status, _, said, peak_mb = run(READ, *arguments)
        read = {json.loads(line)["source"] for line in (tmp_path / "out").read_text().splitlines()}
        pattern = re.compile(rb"cannot read the picture " + re.escape(os.fsencode(folder)) + rb"/(.+?): [^:].+")
        refused = {match[1].decode() for line in said if (match := pattern.fullmatch(line))}
        assert status == 3
        assert read | refused == {
            re.sub("[\udc80-\udcff]", lambda byte: printable(byte[0]), name) for name in names_in(folder)
        }
        assert [name for name in read if name.startswith("bad")] == []
        assert [name for name in refused if name.startswith("good")] == []
        assert len(refused) == sum(line.startswith(b"cannot read the picture") for line in said)
        assert peak_mb < MOST_MB

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
    def test_no_name_stops_it_or_reaches_the_terminal_raw(self, tmp_path, encoding) -> None:
        for name in lying.NAMES:
            (tmp_path / os.fsdecode(name)).write_bytes(lying.encode_as(".png"))
        arguments = ["--source", tmp_path, "--show", "text", "--model", "models/digits.tflite"]
        status, out, _, _ = run(READ, *arguments, PYTHONIOENCODING=encoding)
        lines = out.decode(encoding).splitlines()
        assert (status, len(lines)) == (0, len(lying.NAMES))
        assert all(line.isprintable() for line in lines)
        assert r"\x1b[31mred\x1b[0m.png: 3" in lines


class TestWorkstation:
    def test_every_file_is_used_or_named_in_little_memory(self, folder) -> None:
        status, out, _, peak_mb = run(LEARN, folder)
        used, left_out = json.loads(out)
        assert status == 0
        assert sorted([*used, *(name for name, _ in left_out)]) == sorted(names_in(folder))
        assert [name for name in used if name.startswith("bad")] == []
        assert peak_mb < MOST_MB

    def test_names_that_are_no_text_are_printed_harmlessly(self, tmp_path) -> None:
        (tmp_path / "3").mkdir()
        for name in lying.NAMES:
            (tmp_path / "3" / os.fsdecode(name)).write_bytes(b"")
        lines = labelled.describe_left_out(labelled.load_labelled_folder(tmp_path))
        assert len(lines) == 1 + len(lying.NAMES)
        assert all(line.isprintable() for line in lines)


class TestCapture:
    @pytest.mark.parametrize(
        "make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), lambda path: lying.make_sparse(path, b"")]
    )
    def test_what_never_ends_is_not_waited_for(self, tmp_path, make, caplog) -> None:
        (tmp_path / "3" / "anna").mkdir(parents=True)
        make(tmp_path / "3" / "anna" / "a.ink.png")
        (tmp_path / "3" / "anna" / "b.crop.png").write_bytes(lying.build_png_bomb(8000))
        assert Collection(tmp_path, "anna").counts["3"] == 0
        assert [message.split(" is not counted: ")[0][-10:] for message in caplog.messages] == [
            "/a.ink.png",
            "b.crop.png",
        ]


class TestSuffixes:
    @pytest.mark.parametrize("suffix", sorted(PICTURE_SUFFIXES))
    def test_a_picture_is_one_alone_and_in_a_folder(self, tmp_path, suffix) -> None:
        (tmp_path / f"a{suffix}").write_bytes(lying.encode_as(suffix))
        for source in (tmp_path, tmp_path / f"a{suffix}"):
            with open_camera(str(source)) as camera:
                assert [(shot.source, shot.frame.shape) for shot in camera] == [(f"a{suffix}", (120, 120, 3))]

    @pytest.mark.parametrize("suffix", [".pdf", ".jp2", ".psd", ""])
    def test_what_is_none_is_none_alone_and_in_a_folder(self, tmp_path, suffix) -> None:
        (tmp_path / f"a{suffix}").write_bytes(lying.encode_as(".png"))
        for source in (tmp_path, tmp_path / f"a{suffix}"):
            with pytest.raises(SourceError, match=suffix or "none|no suffix"):
                open_camera(str(source))

    def test_heic_without_its_reader_says_what_to_do(self, tmp_path) -> None:
        (tmp_path / "a.heic").write_bytes(lying.encode_as(".heic"))
        work = f"sys.modules['pillow_heif'] = None; {READ}"
        status, _, said, _ = run(
            work, "--source", tmp_path / "a.heic", "--show", "none", "--model", "models/digits.tflite"
        )
        assert status == 1
        assert b"it is HEIC; save it as JPEG" in said[-1]


class TestPicture:
    def test_a_picture_just_too_large_is_refused_by_its_size(self, tmp_path) -> None:
        (tmp_path / "a.png").write_bytes(lying.build_png_bomb(7_200))
        with pytest.raises(SourceError, match="its 7200x7200 px are 52 million, at most 50 million are read of a PNG"):
            read_picture(tmp_path / "a.png")

    def test_sixteen_bits_and_odd_kinds(self, tmp_path) -> None:
        cv2.imwrite(str(tmp_path / "a.tiff"), np.full((40, 40), 0.5, np.float32))
        with pytest.raises(SourceError, match="of a kind that is not read"):
            read_picture(tmp_path / "a.tiff")


class TestManyFiles:
    def test_a_folder_is_gone_through_once(self, tmp_path) -> None:
        for number in range(3000):
            (tmp_path / f"{number:04}.{'png' if number % 2 else 'txt'}").touch()
        calls = []
        sys.setprofile(lambda _, event, __: calls.append(event))
        try:
            open_camera(str(tmp_path))
        finally:
            sys.setprofile(None)
        assert len(calls) < 200 * 3000


class TestVideo:
    @pytest.mark.parametrize(
        ("name", "fourcc"), [("a.avi", "MJPG"), ("b.avi", "mp4v"), ("c.mkv", "mp4v"), ("d.webm", "VP80")]
    )
    def test_that_is_whole_is_read_without_a_word(self, tmp_path, name, fourcc) -> None:
        with open_camera(str(write_video(tmp_path / name, fourcc))) as camera:
            assert len(list(camera)) == 150
        assert camera.unreadable == []

    @pytest.mark.parametrize(
        ("name", "fourcc"), [("a.avi", "MJPG"), ("b.avi", "mp4v"), ("c.mkv", "mp4v"), ("d.webm", "VP80")]
    )
    def test_that_is_cut_is_named(self, tmp_path, name, fourcc, caplog) -> None:
        content = write_video(tmp_path / name, fourcc).read_bytes()
        (tmp_path / name).write_bytes(content[: len(content) * 2 // 5])
        with open_camera(str(tmp_path / name)) as camera:
            assert 30 < len(list(camera)) < 100
        assert camera.unreadable == [tmp_path / name]
        assert f"{name} is cut off or damaged" in caplog.text

    @pytest.mark.parametrize(("name", "fourcc"), [("a.mp4", "mp4v"), ("b.avi", "mp4v")])
    def test_that_is_damaged_in_its_middle_is_named(self, tmp_path, name, fourcc) -> None:
        content = bytearray(write_video(tmp_path / name, fourcc).read_bytes())
        fifth = len(content) // 5
        content[2 * fifth : 3 * fifth] = np.random.default_rng(1).bytes(fifth)
        (tmp_path / name).write_bytes(content)
        with open_camera(str(tmp_path / name)) as camera:
            assert len(list(camera)) < 150
        assert camera.unreadable == [tmp_path / name]

    def test_that_is_cut_ends_with_status_3(self, tmp_path) -> None:
        content = write_video(tmp_path / "a.avi", "MJPG").read_bytes()
        (tmp_path / "a.avi").write_bytes(content[: len(content) // 2])
        status, _, said, _ = run(
            READ, "--source", tmp_path / "a.avi", "--show", "none", "--model", "models/digits.tflite"
        )
        assert status == 3
        assert b"of the 150 frames that it lists" in said[-1]

    def test_of_which_only_a_part_was_asked_for_is_not_short(self, tmp_path, caplog) -> None:
        caplog.set_level(logging.WARNING)
        with open_camera(str(write_video(tmp_path / "a.mp4")), max_frames=3) as camera:
            assert len(list(camera)) == 3
        assert (camera.unreadable, caplog.messages) == ([], [])

    def test_with_huge_frames_is_refused(self, tmp_path) -> None:
        writer = cv2.VideoWriter(str(tmp_path / "a.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 25, (6400, 4000))
        writer.write(build_frame(6400, 4000))
        writer.release()
        with pytest.raises(SourceError, match="have 6400x4000 px; at most 25 million are read"):
            open_camera(str(tmp_path / "a.avi"))
        lying.make_sparse(tmp_path / "b.mp4", b"")
        with pytest.raises(SourceError, match="no video that OpenCV can read"):
            open_camera(str(tmp_path / "b.mp4"))
