"""What test_kills.py kills: imports the functions that write once, then forks a writer for each line on stdin.

A line is JSON: {"job": name, "folder": path, "first": n, "step": k}. It writes contents n, n+1, … for ever; with a
step it writes content n alone, and kills itself before its k-th call that touches a file. It says "pid P", after each
content that is written "done N"; in the end its parent says "ended STATUS".
"""

import hashlib
import json
import os
import random
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np

from edge.collecting.sample_files import encode_grey, encode_ink, save_sample
from edge.contract import Ink
from train import store

SIZE = 16 * 1024


def build_content(number: int) -> bytes:
    """Says which it is in its first 8 bytes, and every bit of it can be checked."""
    return number.to_bytes(8, "big") + random.Random(number).randbytes(SIZE)


def build_ink(number: int) -> Ink:
    """Ink of a captured digit, cut close."""
    return np.random.default_rng(number).integers(1, 255, (60, 40), np.uint8)


def build_set(number: int) -> dict[str, bytes]:
    """A classifier with its finder, new each time, and its reader of crops, new every third time."""
    content = build_content(number)
    return {"digits.tflite": content, "finder.tflite": content, "crops.tflite": build_content(number - number % 3)}


def build_card(contents: dict[str, bytes]) -> dict[str, object]:
    """A card by which the edge accepts this set."""
    sha = {name.removesuffix(".tflite"): hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    return {
        "labels": [*"0123456789", "other"],
        "glyph_geometry": 1,
        "sha256": sha["digits"],
        "temperature": 1.0,
        "min_confidence": 0.5,
        "second_look": {
            "finder_sha256": sha["finder"],
            "crops_sha256": sha["crops"],
            "crops_temperature": 1.0,
            "weights": {
                "both": [0.0, 1.0, 1.0, 1.0, 0.0],
                "alone": [0.0, 1.0, 1.0],
                "glyph_share": 0.5,
                "company": [],
            },
        },
    }


def write_whole(folder: Path, number: int) -> None:
    store.save_whole(folder / "x.tflite", lambda part: part.write_bytes(build_content(number)))


def write_json(folder: Path, number: int) -> None:
    store.save_json(folder / "x.json", {"number": number, "long": list(range(2000))})


def write_previous(folder: Path, number: int) -> None:
    """Two files that go together, kept, before they change."""
    paths = [folder / "x.tflite", folder / "x.json"]
    store.keep_previous(paths)
    write_whole(folder, number)
    write_json(folder, number)


def write_set(folder: Path, number: int) -> None:
    contents = build_set(number)
    store.install_set(folder, contents, build_card(contents))


def write_captured(folder: Path, number: int) -> None:
    ink = build_ink(number)
    save_sample(folder / "7/hand" / str(number), {".ink.png": encode_ink(ink), ".crop.png": encode_grey(255 - ink)})


JOBS: dict[str, Callable[[Path, int], None]] = {
    "save_whole": write_whole,
    "save_json": write_json,
    "keep_previous": write_previous,
    "install_set": write_set,
    "capture": write_captured,
}


def die_at(step: int) -> None:
    """Kill this process before its step-th call from now on that touches a file."""
    calls = count(1)

    def watch(event: str, _: object) -> None:
        # Python announces each such call before it does it. os.fsync and write() it does not announce: dying before or
        # after them leaves the same names, and whole or half a part file.
        if event.startswith(("open", "os.", "shutil.")) and next(calls) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def write(job: Callable[[Path, int], None], folder: Path, first: int, step: int | None) -> None:
    if step is not None:
        die_at(step)
    for number in [first] if step is not None else count(first):
        job(folder, number)
        os.write(1, b"done %d\n" % number)


def main() -> None:
    heavy = {"tensorflow", "keras"} & set(sys.modules)
    assert not heavy, heavy
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            os.write(1, b"pid %d\n" % os.getpid())
            write(JOBS[order["job"]], Path(order["folder"]), order["first"], order["step"])
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.write(1, b"ended %d\n" % status)


if __name__ == "__main__":
    main()
