"""Pages of one part of the world of paper, and what counts as an error on them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edge.contract import Grey
from edge.errors import SourceError
from edge.finding.finder import share_of_union, widen
from edge.reading.reader import Reader, open_reader
from train.digits.mnist import Digits
from train.pages.layouts import LAYOUTS
from train.pages.render import render_page
from train.pages.truth import Truth, tell_truth
from train.pages.world import Part, open_world

SAME = 0.35
"""A reading's box is that of a digit with which it shares so much of their union."""
UNCLEAR = 0.2
"""A box that shares so much with what nobody can tell counts neither way."""

Answer = list[tuple[str, tuple[float, float, float, float]]]
"""Label and left, top, right, bottom of each accepted digit."""


@dataclass(frozen=True, slots=True)
class Count:
    """Of one page, or of many."""

    digits: int = 0
    missed: int = 0
    misread: int = 0
    invented: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.digits + other.digits,
            self.missed + other.missed,
            self.misread + other.misread,
            self.invented + other.invented,
        )

    @property
    def errors(self) -> int:
        """Of all three kinds."""
        return self.missed + self.misread + self.invented


def score_page(truth: Truth, answer: Answer) -> Count:
    """Compare what was read with what stands there."""
    matched, invented = match(truth, answer)
    misread = sum(answer[one][0] != str(truth.class_ids[place]) for one, place in matched.items())
    digits = int(truth.digits.sum())
    return Count(digits, digits - len(matched), misread, invented)


def match(truth: Truth, answer: Answer) -> tuple[dict[int, int], int]:
    """Which of the readings, by number, is at which of the true digits, by number; and how many are at none."""
    digits = np.flatnonzero(truth.digits)
    places = np.array([box for _, box in answer], np.float32).reshape(-1, 4)
    share = share_of_union(widen(places), widen(truth.places))
    matched: dict[int, int] = {}
    invented = 0
    for one in range(len(answer)):
        free = [number for number in digits if number not in matched.values() and share[one, number] >= SAME]
        if free:
            matched[one] = int(max(free, key=lambda number: share[one, number]))
        elif not (share[one][~truth.clear] > UNCLEAR).any():
            invented += 1
    return matched, invented


def read_frame(frame: Grey, model: Path) -> Answer:
    """What the reader accepts in a frame, by this classifier's set."""
    read = _reader(model).read(frame).digits
    return [(one.label, (one.box.x, one.box.y, one.box.right, one.box.bottom)) for one in read if not one.rejected]


def load_readings(path: Path) -> dict[int, Answer]:
    """The JSON lines that a version printed of pages NUMBER.png.

    Raises:
        SourceError: there is no such file.
    """
    try:
        frames = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except OSError as error:
        raise SourceError(
            f"no JSON lines in {path} ({error.strerror}). `--save DIR` writes the pages; let the other version "
            "read them: recognize.py --source DIR/... --show none --json -"
        ) from error
    return {int(Path(frame["source"]).stem): _answer_of(frame["digits"]) for frame in frames}


def save_picture(folder: Path, number: int, frame: Grey) -> None:
    """As NUMBER.png, its folder with it."""
    folder.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / f"{number:04d}.png"), frame)


def build_page(digits: Digits, part: Part, seed: int, number: int) -> Truth:
    """A page of this part; layouts take turns, so every kind comes up alike."""
    layouts = sorted(LAYOUTS)
    layout = layouts[number % len(layouts)]
    return tell_truth(render_page(np.random.default_rng([seed, number]), digits, open_world(part), layout))


def measure_page(
    digits: Digits, part: Part, *, seed: int, number: int, model: Path, save: Path | None, answer: Answer | None
) -> tuple[str, Count]:
    """Render a page and read it.

    Args:
        digits: what is written.
        part: of the world of paper.
        seed: of the pages.
        number: of the page.
        model: the classifier of the set that reads.
        save: a folder for the picture; None: it is not kept.
        answer: what another version read; None: this one reads.

    Returns:
        The page's layout and its errors.
    """
    cv2.setNumThreads(1)  # the pages share the cores, not each its pixels
    truth = build_page(digits, part, seed, number)
    if save:
        save_picture(save / part, number, truth.frame)
    if answer is None:
        answer = read_frame(truth.frame, model)
    return sorted(LAYOUTS)[number % len(LAYOUTS)], score_page(truth, answer)


@cache
def _reader(model: Path) -> Reader:
    """One for each process."""
    return open_reader(model)


def _answer_of(digits: Iterable[dict[str, Any]]) -> Answer:
    boxes = [(one["label"], one["box"]) for one in digits if not one["rejected"]]
    return [(label, (x, y, x + width, y + height)) for label, (x, y, width, height) in boxes]
