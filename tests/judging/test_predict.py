"""`make predict`: one picture of one digit, what models make of it, and what to do where that cannot be told."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.contract import LABELS, NOT_A_DIGIT
from edge.reading.glyph import normalize
from edge.reading.reader import SHIPPED_MODEL
from tests.drawing import draw_frame, draw_zero
from train.digits.labelled import CALIBRATION_DIGITS
from train.judging.lineup import Entry, load_entry
from train.judging.predict import (
    Answer,
    chart_path,
    describe_glyph,
    describe_knowledge,
    describe_probabilities,
    describe_reading,
    describe_verdict,
    look,
    main,
)
from train.store import ROOT

SEE_TENSORFLOW = """
import sys
from train.judging.predict import main
try:
    status = main(sys.argv[1:])
except SystemExit as ended:
    status = ended.code
print("tensorflow imported:", "tensorflow" in sys.modules)
sys.exit(status)
"""


def build_answer(kind: str = "int8", *, min_confidence: float | None = 0.8, **shares: float) -> Answer:
    """A model with these probabilities: _4=0.9, other=0.1."""
    probabilities = np.zeros(len(LABELS), np.float32)
    for label, share in shares.items():
        probabilities[LABELS.index(label.removeprefix("_"))] = share
    entry = Entry(kind, Path("x.tflite"), lambda glyphs: glyphs, "", {}, 1.5, min_confidence)
    return Answer(entry, probabilities)


@pytest.fixture
def zero(tmp_path: Path) -> Path:
    """A drawn 0 a little right of the middle of its paper."""
    frame = draw_frame()
    draw_zero(frame, 180, 90)
    cv2.imwrite(str(tmp_path / "zero.png"), frame)
    return tmp_path / "zero.png"


def predict(picture: Path | str, tmp_path: Path, *options: str) -> int:
    return main([str(picture), *options], out=tmp_path / "out")


class TestLook:
    def test_the_box_stands_round_the_digit_in_the_pictures_own_pixels(self, zero: Path) -> None:
        sight = look(zero)
        assert sight is not None
        assert sight.frame.shape == (240, 320, 3)
        found = np.array([sight.box.x, sight.box.y, sight.box.right, sight.box.bottom])
        assert np.abs(found - [178, 88, 222, 152]).max() <= 3

    def test_captured_ink_gives_the_glyph_that_was_live(self, tmp_path: Path) -> None:
        ink = np.zeros((70, 50), np.uint8)
        cv2.ellipse(ink, (25, 35), (18, 28), 0, 0, 360, 200, 4)
        cv2.imwrite(str(tmp_path / "a.ink.png"), ink)
        sight = look(tmp_path / "a.ink.png")
        assert sight is not None
        assert np.array_equal(sight.glyph, normalize(ink))


class TestMain:
    def test_prints_eleven_probabilities_and_what_the_reader_says_and_draws_them(
        self, zero: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert predict(zero, tmp_path, "--model", str(SHIPPED_MODEL)) == 0
        printed = capsys.readouterr().out
        shares = dict(re.findall(r"^(\d|other) +(\d+\.\d\d) %", printed, re.MULTILINE))
        assert tuple(shares) == LABELS
        assert float(shares["0"]) > 70
        assert 'alone it shows "0"' in printed
        assert 'recognize.py reads "0" by models/digits.tflite and its set' in printed
        assert re.search(r"^ +digits\.tflite$", printed, re.MULTILINE)  # the model that was named, and no other
        picture = cv2.imread(str(tmp_path / "out" / "zero.png"))
        assert picture.shape[1] > 1000

    def test_base_and_int8_stand_side_by_side_without_a_model_named(
        self, zero: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert predict(zero, tmp_path) == 0
        assert re.search(r"^ +base .*int8$", capsys.readouterr().out, re.MULTILINE)

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--", ""], r"which picture\? `make predict IMAGE=x.jpg`"),
            (["x.png", "--model", "x.onnx"], r"x\.onnx: name a \.keras or a \.tflite"),
        ],
    )
    def test_wrong_usage_is_told_and_ends_with_2(
        self, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
        assert re.search(words, capsys.readouterr().err)

    @pytest.mark.parametrize(
        ("picture", "chart"),
        [("x.png", "x.png"), ("X.PNG", "X.PNG"), ("x.jpg", "x.jpg.png"), ("7.ink.png", "7.ink.png")],
    )
    def test_a_chart_is_called_like_its_picture(self, tmp_path: Path, picture: str, chart: str) -> None:
        assert chart_path(Path("photos") / picture, tmp_path) == tmp_path / chart

    def test_a_picture_is_never_written_over(
        self, zero: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = zero.read_bytes()
        with pytest.raises(SystemExit):
            main([str(zero)], out=tmp_path)
        assert "lies where charts are written" in capsys.readouterr().err
        assert zero.read_bytes() == before

    @pytest.mark.parametrize(
        ("arguments", "status"),
        [([""], 2), (["x.png", "--model", "x.onnx"], 2), (["none.jpg"], 1), (["."], 2)],
    )
    def test_a_mistake_is_told_before_tensorflow_comes(self, arguments: list[str], status: int) -> None:
        done = subprocess.run(
            [sys.executable, "-c", SEE_TENSORFLOW, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (status, "tensorflow imported: False\n"), done.stderr

    def test_a_folder_is_sent_to_make_evaluate(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert predict(tmp_path, tmp_path) == 1
        assert f"`make evaluate DIR={tmp_path}`" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (None, r"cannot read the picture .*x\.png \(No such file or directory\)"),
            (b"", r"cannot use the picture .*x\.png: the file is empty"),
            (b"no picture", r"cannot use the picture .*x\.png: there is no picture in its 10 bytes"),
        ],
    )
    def test_what_cannot_be_read_is_one_line(
        self, content: bytes | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        if content is not None:
            (tmp_path / "x.png").write_bytes(content)
        assert predict(tmp_path / "x.png", tmp_path) == 1
        assert re.fullmatch(rf"predict: {words}.*\n", capsys.readouterr().err)

    def test_a_picture_without_a_digit_shows_what_was_taken_for_ink(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        picture, drawn = tmp_path / "blank.png", tmp_path / "out" / "blank.png"
        cv2.imwrite(str(picture), draw_frame())
        assert predict(picture, tmp_path) == 1
        said = capsys.readouterr()
        assert f"no one digit stands out in {picture} to ask each model about. {drawn} shows what was" in said.err
        assert "recognize.py reads nothing by models/digits.tflite" in said.out
        assert cv2.imread(str(drawn)).shape[1] > 1000


class TestDescribeReading:
    LINEUP = (load_entry(SHIPPED_MODEL),)

    def test_a_blank_picture_reads_as_nothing(self, tmp_path: Path) -> None:
        cv2.imwrite(str(tmp_path / "blank.png"), draw_frame())
        assert describe_reading(tmp_path / "blank.png", self.LINEUP) == [
            "recognize.py reads nothing by models/digits.tflite and its set"
        ]

    def test_ink_and_float_models_are_not_asked(self, zero: Path) -> None:
        ink = zero.rename(zero.with_name("zero.ink.png"))
        assert describe_reading(ink, self.LINEUP) == []
        assert describe_reading(ink.rename(zero), [build_answer(min_confidence=None).entry]) == []


class TestWords:
    def test_a_model_that_has_learned_the_picture_is_no_witness(self, tmp_path: Path) -> None:
        int8, tuned = build_answer().entry, replace(build_answer().entry, record={"keras": "finetuned.keras"})
        own = CALIBRATION_DIGITS / "3" / "x.ink.png"
        assert describe_knowledge(tmp_path / "x.png", [int8, tuned]) == []
        assert describe_knowledge(own, [int8]) == []
        assert "has learned your calibration digits" in describe_knowledge(own, [int8, tuned])[0]

    def test_bars_are_as_long_as_the_share(self) -> None:
        lines = describe_probabilities([build_answer("base", _4=1.0), build_answer(_4=0.5, _9=0.4125, other=0.0875)])
        assert lines[0] == "       base                 int8"
        assert lines[1 + 4] == "4      100.00 % ██████████   50.00 % █████"
        assert lines[1 + 9] == "9        0.00 %              41.25 % ████▏"
        assert lines[1 + NOT_A_DIGIT] == "other    0.00 %               8.75 % ▉"

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            (
                build_answer(_4=0.9, other=0.1),
                '4 with 90.00 %; alone it shows "4" (temperature 1.5, min_confidence 0.8)',
            ),
            (build_answer(_4=0.7, _9=0.3), '4 with 70.00 %; alone it shows "?", because: low confidence'),
            (build_answer(_4=0.1, other=0.9), '4 with 10.00 %; alone it shows "?", because: not a digit'),
            (build_answer(_4=0.9, min_confidence=None), "4 with 90.00 %; a float model has no card: temperature 1"),
        ],
    )
    def test_the_verdict_is_the_readers(self, answer: Answer, words: str) -> None:
        assert words in describe_verdict(answer)

    def test_a_glyph_is_text_of_two_rows_a_line(self) -> None:
        glyph = np.zeros((28, 28), np.uint8)
        glyph[0, 1] = glyph[1, 2] = glyph[0:2, 3] = 255
        assert describe_glyph(glyph) == [" ▀▄█", *[""] * 13]
