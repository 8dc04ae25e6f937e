"""How commands end: by 0, 1, 2, 3 or 130, whatever they are told and whenever; never by a signal, never by an abort."""

import ast
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOLD_BY = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]
COMMANDS = sorted(
    path.relative_to(ROOT)
    for side in ("edge", "train")
    for path in (ROOT / side).rglob("*.py")
    if "__main__" in path.read_text(encoding="utf-8")
)
BEGIN = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a terminal
from edge.ending import ForeignThread, Interruptible, end_at_once, run_command
end_at_once()
def say(word):
    print(word, flush=True)
"""


def begin(program, *, wrapper=(), arguments=()):
    return subprocess.Popen(
        [*wrapper, sys.executable, "-c", BEGIN + program, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process):
    """Its status, what it printed further, and what stderr said."""
    stdout, stderr = process.communicate(timeout=30)
    return process.returncode, stdout, stderr


def wait_for_listening(process):
    """Until it has a handler of its own: before that it is Python that starts, not yet a line of ours."""
    while process.poll() is None:
        caught = Path(f"/proc/{process.pid}/status").read_text().partition("SigCgt:")[2].split()
        if caught and int(caught[0], 16) >> (signal.SIGHUP - 1) & 1:
            return
        time.sleep(0.002)


class TestEveryCommand:
    def test_ends_by_run_command(self):
        for command in COMMANDS:
            last = ast.unparse(ast.parse((ROOT / command).read_text(encoding="utf-8")).body[-1])
            assert last == "if __name__ == '__main__':\n    run_command(main)", command

    @pytest.mark.slow
    @pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGHUP])
    def test_ends_without_a_traceback_at_any_moment_of_its_start(self, by):
        chance = random.Random(by)
        for command in COMMANDS:
            call = ["-m", ".".join(command.with_suffix("").parts)] if command.parts[0] == "train" else [str(command)]
            process = subprocess.Popen(
                [sys.executable, *call, "--help"],
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - as in a terminal
            )
            wait_for_listening(process)
            time.sleep(chance.uniform(0, 0.5))
            process.send_signal(by)
            status, _, stderr = end(process)
            assert status in (0, 130), (command, stderr)
            assert "Traceback" not in stderr, command

    def test_started_by_its_path_listens_before_it_imports_much(self):
        code = "import sys; sys.argv = ['edge/recognize.py']; import edge.ending; print(*sorted(sys.modules))"
        modules = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        assert not {"argparse", "logging", "numpy", "pathlib", "typing"} & set(modules.stdout.split())


class TestStatus:
    @pytest.mark.parametrize(
        ("main", "status", "said"),
        [
            ("lambda: 3", 3, ""),
            ("lambda: sys.exit(2)", 2, ""),
            ("lambda: sys.exit()", 0, ""),
            ("lambda: sys.exit('no such thing')", 1, "no such thing"),
            ("lambda: 1 / 0", 1, "ZeroDivisionError: division by zero"),
        ],
    )
    def test_is_what_the_command_says(self, main, status, said):
        ended, _, stderr = end(begin(f"run_command({main})"))
        assert (ended, stderr.strip().rpartition("\n")[2]) == (status, said)

    @pytest.mark.parametrize("by", TOLD_BY)
    def test_130_without_a_word_while_it_starts(self, by):
        process = begin("say('starting')\ntime.sleep(30)")
        process.stdout.readline()
        process.send_signal(by)
        assert end(process) == (130, "", "")

    @pytest.mark.parametrize("by", TOLD_BY)
    def test_130_after_all_was_closed(self, by):
        process = begin(
            "def main():\n"
            "    try:\n"
            "        say('running')\n"
            "        time.sleep(30)\n"
            "    finally:\n"
            "        say('closed')\n"
            "run_command(main)"
        )
        process.stdout.readline()
        process.send_signal(by)
        assert end(process) == (130, "closed\n", "")

    def test_1_where_the_last_words_are_lost(self):
        call = [sys.executable, "-c", BEGIN + "run_command(lambda: print('lost') or 0)"]
        held = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(call, cwd=ROOT, env=held, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        said = "cannot write (No space left on device). Make room, or name another place.\n"
        assert (done.returncode, done.stderr) == (1, said)

    def test_0_where_a_reader_has_seen_enough(self):
        call = [sys.executable, "-c", BEGIN + "run_command(lambda: time.sleep(0.3) or print('lost') or 0)"]
        held = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        with subprocess.Popen(call, cwd=ROOT, env=held, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdout.close()
            assert (process.wait(), process.stderr.read()) == (0, b"")


CLOSING = """
def main():
    try:
        with Interruptible():
            say('running')
            time.sleep(30)
    finally:
        say('closing')
        time.sleep(0.5)
        say('closed')
run_command(main)
"""


class TestToldTwice:
    @pytest.mark.parametrize("again", TOLD_BY)
    def test_what_is_being_closed_is_closed(self, again):
        process = begin(CLOSING)
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.stdout.readline()
        for _ in range(3):
            process.send_signal(again)
            time.sleep(0.05)
        assert end(process) == (130, "closed\n", "")

    def test_the_second_may_come_at_once(self):
        for _ in range(5):
            process = begin(CLOSING)
            process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGINT)
            assert end(process) == (130, "closing\nclosed\n", "")

    def test_what_ended_by_itself_is_closed_in_peace_and_has_its_own_status(self):
        process = begin(
            CLOSING.replace("time.sleep(30)", "").replace("run_command(main)", "run_command(lambda: main() or 0)")
        )
        process.stdout.readline()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert end(process) == (0, "closed\n", "")


def test_nohup_is_obeyed():
    process = begin("run_command(lambda: say('running') or time.sleep(0.5) or 0)", wrapper=["nohup"])
    process.stdout.readline()
    process.send_signal(signal.SIGHUP)
    assert end(process)[0] == 0


@pytest.mark.parametrize(
    "lost",
    [
        "class Lost:\n    def __del__(self): time.sleep(30)\n",
        # As a window's mouse: OpenCV prints what its callbacks raise, by this hook, and goes on.
        "def Lost():\n    try: time.sleep(30)\n    except KeyboardInterrupt: sys.excepthook(*sys.exc_info())\n",
    ],
)
def test_what_is_raised_where_nobody_can_catch_it_is_raised_again_elsewhere(lost):
    process = begin(
        f"{lost}def main():\n    say('running')\n    Lost()\n    time.sleep(20)\n    return 0\nrun_command(main)"
    )
    process.stdout.readline()
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    assert end(process) == (130, "", "")


ABORTS = """
import numpy, threading, cv2
from pathlib import Path
path = Path(sys.argv[1])
cv2.imwrite(str(path), numpy.zeros((2000, 2000, 3), numpy.uint8))
def grab():
    while True:
        cv2.imread(str(path))  # comes back at some moment of the interpreter's end
ForeignThread(target=grab, daemon=True).start()
run_command(lambda: time.sleep(0.05) or 0)
"""


def test_a_thread_inside_opencv_does_not_abort_the_process(tmp_path):
    processes = [begin(ABORTS, arguments=[str(tmp_path / f"{number}.png")]) for number in range(4)]
    assert [end(process) for process in processes] == [(0, "", "")] * 4
