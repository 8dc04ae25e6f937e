"""`make train` is three programs in turn."""

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from train.learning.teach import PROGRAMS, build_calls, main, run_in_turn

FINDER, CROPS, DIGITS = PROGRAMS.values()


def build_options(**given: object) -> argparse.Namespace:
    return argparse.Namespace(**{"only": None, "quick": False, "extra": None, "ship": False, **given})


def write(path: Path) -> list[str]:
    """A program that leaves a file."""
    return [sys.executable, "-c", f"open({str(path)!r}, 'w')"]


def start_nothing(calls: list[list[str]]) -> int:
    raise AssertionError(f"hours would be spent on {calls}")


class TestBuildCalls:
    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ({}, [[FINDER], [CROPS], [DIGITS]]),
            ({"only": "crops"}, [[CROPS]]),
            ({"quick": True}, [[FINDER, "--quick"], [CROPS, "--quick"], [DIGITS, "--quick"]]),
            ({"ship": True, "only": "finder"}, [[FINDER, "--ship"]]),
            ({"extra": Path("my data")}, [[FINDER], [CROPS], [DIGITS, "--extra", "my data"]]),
        ],
    )
    def test_the_finder_comes_first_and_extra_digits_are_the_classifiers(
        self, given: dict[str, object], expected: list[list[str]]
    ) -> None:
        calls = build_calls(build_options(**given))
        assert [call[:2] for call in calls] == [[sys.executable, "-m"]] * len(calls)
        assert [call[2:] for call in calls] == expected

    @pytest.mark.parametrize("program", PROGRAMS.values())
    def test_each_program_knows_what_it_is_told(self, program: str) -> None:
        source = Path(*program.split(".")).with_suffix(".py").read_text(encoding="utf-8")
        told = ["--quick", "--ship", *(["--extra"] if program == DIGITS else [])]
        assert [option for option in told if f'add_argument("{option}"' not in source.replace("(\n        ", "(")] == []


class TestRunInTurn:
    def test_one_that_fails_is_the_last_one(self, tmp_path: Path) -> None:
        calls = [write(tmp_path / "first"), [sys.executable, "-c", "exit(3)"], write(tmp_path / "third")]
        assert run_in_turn(calls) == 3
        assert [path.name for path in tmp_path.iterdir()] == ["first"]

    def test_all_of_them_where_none_fails(self, tmp_path: Path) -> None:
        assert run_in_turn([write(tmp_path / "first"), write(tmp_path / "second")]) == 0
        assert len(list(tmp_path.iterdir())) == 2

    def test_ctrl_c_waits_for_the_one_that_runs_and_starts_no_other(self, tmp_path: Path) -> None:
        started, said, other = (tmp_path / name for name in ("started", "said", "other"))
        patient = (
            f"import signal, time\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "signal.signal(signal.SIGTERM, lambda *_: None)  # as our commands: a second time changes nothing\n"
            f"open({str(started)!r}, 'w')\ntry:\n    time.sleep(60)\n"
            f"except KeyboardInterrupt:\n    time.sleep(1)\n    open({str(said)!r}, 'w')\n    exit(130)"
        )
        code = (
            "import signal, sys\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "from train.learning.teach import run_in_turn\n"
            f"sys.exit(run_in_turn([[sys.executable, '-c', {patient!r}], {write(other)!r}]))"
        )
        with subprocess.Popen([sys.executable, "-c", code], start_new_session=True) as running:
            while not started.exists():
                assert running.poll() is None
                time.sleep(0.05)
            time.sleep(0.2)  # it is in its sleep by now
            os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to all of them
            assert running.wait(timeout=60) == 130
        assert (said.exists(), other.exists()) == (True, False)


class TestMain:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--ship", "--quick"], "leave QUICK= and EXTRA=, or SHIP=, out"),
            (["--ship", "--extra", "."], "leave QUICK= and EXTRA=, or SHIP=, out"),
            (["--only", "finder", "--extra", "."], "leave it or ONLY=finder out"),
            (["--only", "letters"], "invalid choice: 'letters'"),
        ],
    )
    def test_what_does_not_go_together_is_said_before_hours_are_spent(
        self, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as stop:
            main(arguments, run=start_nothing)
        assert (stop.value.code, message in capsys.readouterr().err) == (2, True)

    def test_so_is_a_set_that_is_not_there(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--extra", str(tmp_path / "none.zip")], run=start_nothing) == 1
        assert "none.zip. EXTRA= takes" in capsys.readouterr().err
