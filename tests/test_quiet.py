"""Greetings of TensorFlow and its runtimes are not seen; warnings, errors and what Python writes are."""

import subprocess
import sys
from pathlib import Path

import pytest

from edge.quiet import GREETING

ROOT = Path(__file__).resolve().parents[1]
PAGE = "tests/sample_pages/2_squared_paper.png"
GREETED = """
import os, sys
from edge.quiet import without_greetings
with without_greetings():
    os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\\nERROR: of the runtime\\n")
    print("from Python", file=sys.stderr)
    os.write(2, b"I0000 00:00:1.5   7 port.cc:153] oneDNN\\nW0000 00:00:1.5 7 x.cc:1] a warning\\n")
os.write(2, b"INFO: afterwards\\n")
try:
    with without_greetings():
        os.write(2, b"before it failed\\n")
        raise ValueError
except ValueError:
    print("failed", file=sys.stderr)
"""


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    call = [sys.executable, *arguments]
    return subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True)


class TestWithoutGreetings:
    def test_all_else_is_seen_in_its_order(self) -> None:
        assert run("-c", GREETED).stderr.splitlines() == [
            "ERROR: of the runtime",
            "from Python",
            "W0000 00:00:1.5 7 x.cc:1] a warning",
            "INFO: afterwards",
            "before it failed",
            "failed",
        ]

    def test_without_a_stderr_it_does_nothing(self) -> None:
        code = "import os; os.close(2)\nfrom edge.quiet import without_greetings\nwith without_greetings(): print('ok')"
        assert run("-c", code).stdout == "ok\n"

    @pytest.mark.parametrize(
        ("line", "greets"),
        [
            (b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.", True),
            (b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR", True),
            (b"I0000 00:00:1795871667.904505   19958 port.cc:153] oneDNN custom operations are on.", True),
            (b"WARNING: the model is damaged", False),
            (b"E0000 00:00:1795871667.904505   19958 x.cc:1] no memory", False),
            (b"INFORMATION", False),
        ],
    )
    def test_greetings_are_told_from_news(self, line: bytes, greets: bool) -> None:
        assert bool(GREETING.match(line)) is greets


class TestCommands:
    def test_the_edge_says_only_what_it_has_to_say(self) -> None:
        done = run("edge/recognize.py", "--source", PAGE, "--model", "models/digits.tflite", "--show", "none")
        assert [line.partition(" of ")[0] for line in done.stderr.splitlines()] == ["the shipped model"]

    @pytest.mark.slow
    def test_tensorflow_comes_without_a_word(self) -> None:
        code = "import train.networks.classifier as c, pathlib; c.load_model(pathlib.Path('models/base.keras'))"
        assert run("-c", code).stderr == ""
