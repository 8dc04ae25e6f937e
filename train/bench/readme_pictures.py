"""`make readme-pictures`: what the window shows, and a page in a rendered hand before and after it was learned.

The hand is learned as a user's is, in a copy of this checkout, by the commands themselves: capture, fine-tune, convert.
That takes some eight minutes on two cores. Five pictures of each digit are shown, four others are read.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from edge.contract import Frame, Glyphs, Shot
from edge.ending import run_command
from edge.outputs.overlay import draw_reading
from edge.outputs.picture_file import save_picture
from edge.outputs.window import Window
from edge.picture import read_picture
from edge.reading.model_set import SHIPPED_MODEL
from edge.reading.reader import open_reader
from train.bench.hands import hire_hand, write_digits
from train.command import run_program
from train.digits.mnist import Digits, load_mnist
from train.store import ROOT

PICTURES = ROOT / "tests" / "readme"
PAGE = ROOT / "tests" / "sample_pages" / "3_blackboard.png"
SMALL_SCREEN = 800, 480
HAND = 14
"""Of the first twenty rendered hands the one that is read worst."""
SHOWN, READ = 5, 4
"""Rows of ten digits: those that are shown, and those that are read before and after."""
SIDE, GAP = 48, 24
"""Of a digit on a page and between two of them, px."""
LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", "build", "local", "[0-9]", "other", "__pycache__", ".*_cache")


class Screen:
    """A surface that keeps what is shown, and quits."""

    frame: Frame

    def find_size(self, wanted: tuple[int, int]) -> tuple[int, int]:
        """As much as the screen has."""
        return min(wanted[0], SMALL_SCREEN[0]), min(wanted[1], SMALL_SCREEN[1])

    def show(self, frame: Frame) -> None:
        """Keep it."""
        self.frame = frame

    def wait_key(self, wait_ms: int) -> str | None:
        """Quit."""
        del wait_ms
        return "q"

    def clicked(self) -> tuple[int, int] | None:
        """Never."""
        return None

    def is_open(self) -> bool:
        """Always."""
        return True

    def close(self) -> None:
        """Nothing is open."""


def draw_window() -> Frame:
    """What the window of a small screen shows of a sample page."""
    frame, screen = read_picture(PAGE), Screen()
    window = Window(stills=True, surface=screen)
    window.show(Shot(frame, PAGE.name, 0, datetime.now(UTC), (3, 5)), open_reader(SHIPPED_MODEL).read(frame))
    return screen.frame


def draw_rows(glyphs: Glyphs, columns: int) -> Frame:
    """Glyphs, (N, 28, 28), written on paper, row by row."""
    rows = -(-len(glyphs) // columns)
    paper = np.full((rows * (SIDE + GAP) + GAP, columns * (SIDE + GAP) + GAP), 235, np.float32)
    for number, glyph in enumerate(glyphs):
        y, x = (GAP + place * (SIDE + GAP) for place in divmod(number, columns))
        ink = cv2.resize(glyph, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC).astype(np.float32)
        paper[y : y + SIDE, x : x + SIDE] -= 195 * ink / 255
    return np.asarray(cv2.cvtColor(np.clip(paper, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR), np.uint8)


def learn(checkout: Path, digits: Digits) -> Path:
    """Teach the hand in a copy of this checkout, as a user does; returns its model."""
    shutil.copytree(ROOT, checkout, ignore=LEFT_OUT)
    per_label = SHOWN + READ
    for label in range(10):
        sheet = checkout / f"sheet_{label}.png"
        cv2.imwrite(str(sheet), draw_rows(digits.glyphs[label * per_label :][:SHOWN], SHOWN))
        capture = ("--capture", str(label), "--source", str(sheet), "--writer", "anna", "--insist", "--show", "none")
        _call(checkout, "edge/recognize.py", *capture)
    _call(checkout, "-m", "train.learning.finetune")
    _call(checkout, "-m", "train.learning.convert")
    return checkout / "models" / "local" / SHIPPED_MODEL.name


def draw_lesson() -> Frame:
    """A page in the hand, read before and after; the counts of wrong digits are printed."""
    digits = write_digits(hire_hand(HAND), load_mnist().test, per_label=SHOWN + READ, seed=HAND)
    unseen = [label * (SHOWN + READ) + SHOWN + row for row in range(READ) for label in range(10)]
    page = draw_rows(digits.glyphs[unseen], 10)
    with tempfile.TemporaryDirectory() as folder:
        models = {"before": SHIPPED_MODEL, "after": learn(Path(folder) / "checkout", digits)}
        readings = {when: open_reader(model).read(page) for when, model in models.items()}
    for when, reading in readings.items():
        right = sum(one.label == str(min(9, one.box.x // (SIDE + GAP))) for one in reading.digits)
        print(f"{when}: {10 * READ - right} of {10 * READ} digits wrong, missed or rejected")
    return np.vstack([draw_reading(page, reading) for reading in readings.values()])


def run() -> None:
    """Draw and save both."""
    save_picture(PICTURES / "2_window.png", draw_window())
    save_picture(PICTURES / "3_before_and_after.png", draw_lesson())


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0; 1 with a line that says what to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args(arguments)
    return run_program("readme-pictures", run, stopped="stopped.")


def _call(checkout: Path, *arguments: str) -> None:
    print(" ".join(arguments[:3]), flush=True)
    subprocess.run([sys.executable, *arguments], cwd=checkout, check=True)


if __name__ == "__main__":
    run_command(main)
