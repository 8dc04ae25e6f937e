"""settings.toml: what it may say, what goes before it, and that nothing but its user changes it."""

import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import cv2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.command_line import build_parser, check_usage, fill_in, parse
from edge.contract import Box
from edge.errors import SettingsError
from edge.recognize import main
from edge.settings import SETTINGS, Region, Settings
from edge.settings_file import load_settings, render, write_settings
from edge.settings_saving import change, save_settings
from tests.fakes import FakeReader, build_frame

ROOT = Path(__file__).resolve().parents[1]
ALL = """\
source = "photos"
rotate = 180
regions = [{ box = [1, 2, 30, 40], name = "meter" }]
model = "mine.tflite"
min_confidence = 0.5
show = "none"
json = "out.jsonl"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a settings file may be written."""
    return tmp_path / "settings.toml"


def load(file: Path, text: str) -> Settings:
    file.write_text(text, encoding="utf-8")
    return load_settings(file)


def settle(file: Path, *arguments: str, text: str = ALL) -> dict[str, object]:
    """What holds when both have spoken."""
    parser = build_parser()
    options = parse(parser, arguments)
    fill_in(options, load(file, text))
    check_usage(parser, options)
    return {name: getattr(options, name) for name in SETTINGS}


class TestLoad:
    def test_takes_each_setting_and_its_paths_start_in_its_folder(self, file: Path) -> None:
        assert load(file, ALL) == Settings(
            source=str(file.parent / "photos"),
            rotate=180,
            regions=(Region(Box(1, 2, 30, 40), "meter"),),
            model=file.parent / "mine.tflite",
            min_confidence=0.5,
            show="none",
            json=str(file.parent / "out.jsonl"),
        )

    @pytest.mark.parametrize("source", ["pi", "0", "/dev/video0", "http://camera/stream", "rtsp://me:x@camera/1"])
    def test_what_is_no_path_of_that_folder_stays(self, file: Path, source: str) -> None:
        assert load(file, f'source = "{source}"\njson = "-"') == Settings(source=source, json="-")

    def test_what_is_not_named_has_its_default(self, file: Path) -> None:
        assert load(file, "# nothing\n") == Settings()

    def test_a_table_is_a_region_too(self, file: Path) -> None:
        assert load(file, "[[regions]]\nbox = [0, 0, 5, 6]").regions == (Region(Box(0, 0, 5, 6)),)

    def test_a_mark_and_line_ends_of_windows_are_no_mistake(self, file: Path) -> None:
        file.write_bytes(b"\xef\xbb\xbfrotate = 90\r\nmin_confidence = 1\r\n")
        assert load_settings(file) == Settings(rotate=90, min_confidence=1.0)

    def test_no_default_file_is_no_file(self, file: Path) -> None:
        assert load_settings(None, default=file) == Settings()

    def test_the_default_file_is_read(self, file: Path) -> None:
        file.write_text("rotate = 90")
        assert load_settings(None, default=file) == Settings(rotate=90)

    def test_a_named_file_must_be_there(self, file: Path) -> None:
        with pytest.raises(SettingsError, match=r"no settings file .*settings\.toml\. Write one: --write-settings"):
            load_settings(file)

    def test_dev_null_is_a_file_without_settings(self) -> None:
        assert load_settings(Path("/dev/null")) == Settings()

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("rotate = 45", r"rotate is 45, allowed: 0, 90, 180 or 270 \(degrees\)\. Change it, .* then it is 0\."),
            ("rotate = 90.0", "rotate is 90.0, allowed: 0, 90"),
            ("rotate = false", "rotate is False, allowed: 0, 90"),
            ('rotate = "90"', "rotate is '90', allowed: 0, 90"),
            ("min_confidence = 2", "min_confidence is 2, allowed: 0 to 1"),
            ("min_confidence = -0.1", "min_confidence is -0.1, allowed: 0 to 1"),
            ("min_confidence = nan", "min_confidence is nan, allowed: 0 to 1"),
            ("min_confidence = true", "min_confidence is True, allowed: 0 to 1"),
            ('show = "loud"', 'show is \'loud\', allowed: "auto", "window", "text" or "none"'),
            ("show = []", r"show is \[\], allowed"),
            ("source = 0", "source is 0, allowed: a text in quotes"),
            ('source = ""', "source is '', allowed: a text in quotes"),
            ('source = "a\\u0000b"', r"source is 'a\\x00b', allowed"),
            ("model = 1979-05-27", r"model is datetime\.date\(1979, 5, 27\), allowed"),
            ("json = true", "json is True, allowed"),
            ("regions = [1, 2, 30, 40]", r"regions is \[1, 2, 30, 40\], allowed: at most 1 of \[\{ box = .*\(pixels\)"),
            ("regions = [{ box = [1, 2, 3] }]", "regions is .*allowed"),
            ("regions = [{ box = [1, 2, 0, 3] }]", "regions is .*allowed"),
            ("regions = [{ box = [-1, 2, 3, 3] }]", "regions is .*allowed"),
            ("regions = [{ box = [1, 2, 3, 3.5] }]", "regions is .*allowed"),
            ("regions = [{ box = [1, 2, 3, true] }]", "regions is .*allowed"),
            ("regions = [{ box = [1, 2, 3, 100001] }]", "regions is .*up to 100000"),
            ("regions = [{ box = [1, 2, 3, 4], nam = 'x' }]", "regions is .*allowed"),
            ("regions = [{ box = [1, 2, 3, 4] }, { box = [1, 2, 3, 4] }]", "regions is .*at most 1"),
            ("rotate = 0x" + "f" * 9000, "rotate is a number of thousands of digits, allowed"),
            ("rotate = " + "[" * 90 + "]" * 90, "rotate is .*…, allowed"),
            ("rotat = 90", r"rotat is no setting; did you mean rotate\?"),
            ("min-confidence = 0.5", r"min-confidence is no setting; did you mean min_confidence\?"),
            ("roi = [1, 2, 3, 4]", r"roi is no setting; did you mean regions\?"),
            ('"\\u001b[31m" = 1', r"\\x1b\[31m is no setting; there are source, rotate, "),
            ("[camera]\nrotate = 90", "camera is no setting; there are source, rotate"),
            ("source = pi", r"is no TOML: Invalid value \(at line 1, column 10\)\. Texts stand in quotes"),
            ("\nmin_confidence = 0,7", r"is no TOML: .*\(at line 2, column 19\)\. .* decimals have a point"),
            ("rotate = 90\nrotate = 0", "is no TOML: .*each key stands there once"),
            ("rotate = " + "9" * 5000, "is no TOML: "),
            ("rotate = " + "[" * 100_000, "is no TOML that ends: it is nested too deep"),
            ("# " + "x" * 2**20, "has over 1024 KiB"),
            ('json = "-"\nshow = "text"', 'json = "-" leaves no room on stdout for show = "text"'),
        ],
        ids=lambda text: text[:40],
    )
    def test_what_is_wrong_is_named_with_what_is_allowed(self, file: Path, text: str, told: str) -> None:
        with pytest.raises(SettingsError, match=rf"^{re.escape(str(file))}:? ?{told}|^{re.escape(str(file))} {told}"):
            load(file, text)

    def test_what_is_no_text_or_no_file_is_named(self, file: Path) -> None:
        file.write_bytes(b"source = '\xff'")
        with pytest.raises(SettingsError, match=r"settings\.toml cannot be read .*Save it as UTF-8"):
            load_settings(file)
        with pytest.raises(SettingsError, match=r"cannot be read \(Is a directory\)"):
            load_settings(file.parent)


class TestPrecedence:
    def test_the_file_says_what_the_command_line_leaves_open(self, file: Path) -> None:
        loaded = load(file, ALL)
        assert settle(file) == {name: getattr(loaded, name) for name in SETTINGS}

    @pytest.mark.parametrize(
        ("arguments", "name", "value"),
        [
            (["--source", "0"], "source", "0"),
            (["photo.jpg"], "source", "photo.jpg"),
            (["--rotate", "0"], "rotate", 0),
            (["--roi", "5,6,7,8"], "regions", (Region(Box(5, 6, 7, 8)),)),
            (["--model", "x.tflite"], "model", Path("x.tflite")),
            (["--min-confidence", "0"], "min_confidence", 0.0),
            (["--show", "auto"], "show", "auto"),
            (["--json", "x"], "json", "x"),
        ],
    )
    def test_the_command_line_goes_before_the_file(
        self, file: Path, arguments: list[str], name: str, value: object
    ) -> None:
        assert settle(file, *arguments) == settle(file) | {name: value}

    def test_where_neither_speaks_the_card_does(self, file: Path) -> None:
        assert settle(file, text="")["min_confidence"] is None

    @pytest.mark.parametrize(
        ("arguments", "text", "silenced"),
        [
            (["--json", "-"], 'show = "text"', {"show"}),
            (["--show", "text"], 'json = "-"', {"json"}),
            (["--capture"], 'json = "-"\nshow = "none"', {"json", "show"}),
            (["--capture", "sheet", "x.jpg"], ALL.replace("none", "window"), {"json", "show", "regions"}),
        ],
    )
    def test_what_contradicts_the_command_line_is_set_aside(
        self, file: Path, arguments: list[str], text: str, silenced: set[str]
    ) -> None:
        held, alone = settle(file, *arguments, text=text), settle(file, *arguments, text="")
        assert {name: held[name] for name in silenced} == {name: alone[name] for name in silenced}

    def test_an_output_of_the_file_never_overwrites_what_is_read(
        self, file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        photo = file.with_name("a.png")
        photo.touch()
        with pytest.raises(SystemExit):
            settle(file, str(photo), text='json = "a.png"')
        assert "would overwrite what --source reads" in capsys.readouterr().err

    def test_a_run_reads_the_region_and_the_source_of_the_file_and_says_so(
        self, file: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("INFO")
        cv2.imwrite(str(file.with_name("a.png")), build_frame())
        file.write_text('source = "a.png"\nshow = "text"\nregions = [{ box = [4, 4, 30, 20] }]\nmin_confidence = 0.25')
        asked, reader = [], FakeReader("12")

        def open_reader(model: Path | None, min_confidence: float | None) -> FakeReader:
            asked.append((model, min_confidence))
            return reader

        assert main(["--settings", str(file)], open_reader=open_reader) == 0
        assert capsys.readouterr().out == "a.png: 12\n"
        assert (asked, [frame.shape[:2] for frame in reader.frames]) == ([(None, 0.25)], [(20, 30)])
        assert f"{file} says: source, regions, min_confidence, show" in caplog.messages

    def test_a_wrong_one_ends_the_run_with_1_and_a_line(self, file: Path, caplog: pytest.LogCaptureFixture) -> None:
        file.write_text("rotate = 45")
        assert main(["--settings", str(file)], open_reader=lambda *_: FakeReader()) == 1
        assert [message.split(", allowed")[0] for message in caplog.messages] == [f"{file}: rotate is 45"]

    def test_the_file_in_the_project_folder_is_found_from_anywhere(self, tmp_path: Path) -> None:
        shutil.copytree(ROOT / "edge", tmp_path / "edge", ignore=shutil.ignore_patterns("__pycache__"))
        (tmp_path / "settings.toml").write_text("rotat = 90")
        command = [sys.executable, str(tmp_path / "edge/recognize.py"), "x.jpg"]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (
            1,
            f"{tmp_path}/settings.toml: rotat is no setting; did you mean rotate?\n",
        )


class TestWrite:
    def test_a_fresh_file_changes_nothing(self, file: Path) -> None:
        assert load_settings(write_settings(file)) == Settings()

    @pytest.mark.parametrize("name", SETTINGS)
    def test_it_explains_each_setting_and_its_example_is_allowed(self, file: Path, name: str) -> None:
        setting = SETTINGS[name]
        text = re.sub(r"\s*\n#\s+", " ", render())
        assert (setting.meaning in text, f"Default: {setting.default}." in text) == (True, True)
        unit = f"Unit: {setting.unit}. " if setting.unit else ". "
        assert f"{unit}Allowed: {setting.allowed}." in text
        (line,) = re.findall(rf"^# ({name} = .*)$", render(), re.MULTILINE)
        assert load(file, line) is not None
        assert tomllib.loads(line) == {name: setting.example}

    def test_one_that_is_there_stays(self, file: Path, caplog: pytest.LogCaptureFixture) -> None:
        file.write_text("rotate = 90")
        assert main(["--write-settings", "--settings", str(file)]) == 1
        assert (file.read_text(), "is there and stays as it is" in caplog.text) == ("rotate = 90", True)

    def test_it_is_written_without_a_camera_or_a_model(self, file: Path) -> None:
        assert (main(["--write-settings", "--settings", str(file)]), file.read_text()) == (0, render())

    def test_help_tells_of_it_and_of_each_setting(self) -> None:
        told = " ".join(build_parser().format_help().split())
        assert "git and `make deploy` leave it alone" in told
        assert [name for name, setting in SETTINGS.items() if setting.meaning not in told] == []


MINE = """\
# mine, of 2026
show = "none"   # nobody looks

  # upside down
rotate = 180

# min_confidence = 0.7
[[regions]]  # the meter
box = [1, 2, 3, 4]
"""


class TestSave:
    def test_changes_one_value_and_keeps_all_else(self, file: Path) -> None:
        file.write_text(MINE)
        save_settings(file, {"rotate": 90})
        assert file.read_text() == MINE.replace("rotate = 180", "rotate = 90")

    def test_a_value_comes_under_its_explanation(self, file: Path) -> None:
        save_settings(file, {"min_confidence": 0.4, "regions": [{"box": [5, 6, 7, 8]}]})
        assert file.read_text() == render().replace("# min_confidence = 0.7", "min_confidence = 0.4").replace(
            "# regions = [{ box = [40, 60, 620, 90] }]", "regions = [{ box = [5, 6, 7, 8] }]"
        )

    def test_line_ends_of_windows_stay(self, file: Path) -> None:
        file.write_bytes(b"# rotate = 0\r\nshow = 'none'\r\n")
        save_settings(file, {"rotate": 90, "show": "text", "min_confidence": 0.5})
        assert file.read_bytes().startswith(b'rotate = 90\r\nshow = "text"\r\nmin_confidence = 0.5')

    def test_none_takes_a_setting_out(self, file: Path) -> None:
        file.write_text(MINE)
        save_settings(file, {"rotate": None})
        assert file.read_text() == MINE.replace("rotate = 180\n", "")

    def test_tables_become_one_line_and_comments_stay(self, file: Path) -> None:
        file.write_text(MINE)
        save_settings(file, {"regions": [{"box": [5, 6, 7, 8]}]})
        assert load_settings(file) == Settings(rotate=180, show="none", regions=(Region(Box(5, 6, 7, 8)),))
        assert file.read_text().startswith(MINE[: MINE.index("[[")])

    def test_a_setting_that_only_a_newer_program_knows_stays(self, file: Path) -> None:
        file.write_text('newer = { a = 1 }\n[future] # later\nx = "y"\n')
        save_settings(file, {"rotate": 90})
        assert tomllib.loads(file.read_text()) == {"newer": {"a": 1}, "future": {"x": "y"}, "rotate": 90}
        assert "[future] # later\n" in file.read_text()

    @pytest.mark.parametrize(
        "changes", [{"rotate": 45}, {"rotat": 90}, {"rotat": None}, {"rotate": 90, "show": "loud"}]
    )
    def test_what_is_not_allowed_changes_nothing(self, file: Path, changes: dict[str, object]) -> None:
        file.write_text(MINE)
        with pytest.raises(SettingsError):
            save_settings(file, changes)
        assert file.read_text() == MINE

    def test_a_file_that_its_user_broke_stays(self, file: Path) -> None:
        file.write_text("source = pi")
        with pytest.raises(SettingsError, match="is no TOML"):
            save_settings(file, {"rotate": 90})
        assert file.read_text() == "source = pi"

    def test_who_may_read_it_stays_and_a_link_too(self, file: Path) -> None:
        real = file.with_name("real.toml")
        real.write_text(MINE)
        real.chmod(0o600)
        file.symlink_to(real)
        save_settings(file, {"rotate": 90})
        assert (file.is_symlink(), stat.S_IMODE(real.stat().st_mode)) == (True, 0o600)
        assert "rotate = 90" in real.read_text()
        assert sorted(path.name for path in file.parent.iterdir()) == ["real.toml", "settings.toml"]

    def test_a_kill_before_it_is_on_the_disk_leaves_the_old_file(self, file: Path) -> None:
        file.write_text(MINE)
        killed = (
            "import os, pathlib, sys; os.fsync = lambda _: os.kill(os.getpid(), 9)\n"
            "from edge.settings_saving import save_settings; save_settings(pathlib.Path(sys.argv[1]), {'rotate': 90})"
        )
        done = subprocess.run([sys.executable, "-c", killed, str(file)], cwd=ROOT, check=False)
        assert (done.returncode, file.read_text()) == (-9, MINE)

    @given(
        text=st.sampled_from([MINE, ALL, render(), "", 'x = """\n# rotate = 0\n"""']),
        changes=st.fixed_dictionaries(
            {},
            optional={
                "source": st.none() | st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1),
                "rotate": st.none() | st.sampled_from([0, 90, 180, 270]),
                "min_confidence": st.none() | st.floats(0, 1) | st.integers(0, 1),
                "regions": st.none()
                | st.lists(st.fixed_dictionaries({"box": st.tuples(*[st.integers(1, 9)] * 4).map(list)}), max_size=1),
            },
        ),
    )
    def test_whatever_is_saved_is_what_is_read_and_no_comment_goes(self, text: str, changes: dict[str, object]) -> None:
        wanted, changed = tomllib.loads(text), text
        for name, value in changes.items():
            wanted.pop(name, None)
            wanted |= {} if value is None else {name: value}
            changed = change(changed, name, value, Path("settings.toml"))
        assert tomllib.loads(changed) == wanted
        assert [line for line in text.splitlines() if "mine, of" in line or "upside" in line] == [
            line for line in changed.splitlines() if "mine, of" in line or "upside" in line
        ]
