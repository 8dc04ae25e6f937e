"""What test_ends.py judges: imports all once, then forks recordings, tells each to end at a random moment, says how.

python -m tests.ends FOLDER COUNT    prints one JSON object per recording
"""

import json
import os
import random
import select
import signal
import sys
import time
from pathlib import Path

from edge.ending import end_at_once, run_command
from edge.outputs.lasting_video import load_av
from edge.recognize import main
from tests.fakes import FakeCapture, FakeReader, build_frame, build_hardware

AT_ONCE = 12
FRAMES = 12
"""Then it ends by itself, about half a second after its start."""
LATEST_S = 0.8
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class SlowCapture(FakeCapture):
    """Takes its time for each frame, and where `hangs` for ever after the third. Says on disk what was done to it."""

    def __init__(self, folder: Path, chance: random.Random, *, hangs: bool) -> None:
        super().__init__([build_frame()], endless=True)
        self._folder, self._chance, self._hangs, self._count = folder, chance, hangs, 0

    def isOpened(self):  # noqa: N802
        (self._folder / "opened").touch()
        return super().isOpened()

    def read(self):
        self._count += 1
        time.sleep(60 if self._hangs and self._count > 3 else self._chance.choice((0.01, 0.02, 0.03, 0.15)))
        return super().read()

    def release(self):
        super().release()
        with (self._folder / "released").open("a") as file:
            file.write("once\n")


def record(folder: Path, chance: random.Random, *, hangs: bool) -> None:
    """One recording, in a process of its own."""
    capture = SlowCapture(folder, chance, hangs=hangs)
    hardware = build_hardware(folder, captures={0: capture}, deadline_s=60)
    call = ["--source", "0", "--max-frames", str(FRAMES), "--show", "none"]
    call += ["--json", str(folder / "shown"), "--record", str(folder / "out.mp4")]
    run_command(lambda: main(call, open_reader=lambda *_: FakeReader("12"), hardware=hardware))


def begin(folder: Path, seed: int) -> int:
    """Fork one; returns its process id once it listens."""
    folder.mkdir()
    listening, tell = os.pipe()
    pid = os.fork()
    if not pid:
        os.dup2(os.open(folder / "stderr", os.O_CREAT | os.O_WRONLY), 2)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a terminal
        end_at_once()
        os.write(tell, b"!")
        record(folder, random.Random(seed), hangs=seed % 20 == 0)
    select.select([listening], [], [])
    os.close(listening)
    os.close(tell)
    return pid


def tell_to_end(pid: int, chance: random.Random) -> list[str]:
    """By one signal or, half of the time, by two or three."""
    told = chance.choices(SIGNALS, k=chance.choice((1, 1, 2, 3)))
    for number in told:
        os.kill(pid, number)
        time.sleep(chance.choice((0.0, 0.01, 0.05)))
    return [number.name for number in told]


def end_all(folder: Path, count: int) -> None:
    """Keep AT_ONCE of them going, each until its moment comes."""
    chance = random.Random(count)
    moments: dict[int, float] = {}
    """Process -> when it is told."""
    numbers: dict[int, int] = {}
    """Process -> its recording, until it has ended."""
    told: dict[int, list[str]] = {}
    begun = 0
    while begun < count or numbers:
        if begun < count and len(numbers) < AT_ONCE:
            begun += 1
            pid = begin(folder / str(begun), begun)
            numbers[pid], moments[pid] = begun, time.monotonic() + chance.uniform(0, LATEST_S)
        for pid in [pid for pid, moment in moments.items() if moment <= time.monotonic()]:
            del moments[pid]
            told[pid] = tell_to_end(pid, chance)
        for pid in [pid for pid in numbers if pid in told]:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                end = {"number": numbers.pop(pid), "told": told[pid], "status": os.waitstatus_to_exitcode(status)}
                sys.stdout.write(json.dumps(end) + "\n")
        time.sleep(0.003)


if __name__ == "__main__":
    load_av()
    end_all(Path(sys.argv[1]), int(sys.argv[2]))
