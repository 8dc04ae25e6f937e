"""Pages of one part of the world of paper, and what counts as an error on them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

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
    digits = np.flatnonzero(truth.digits)
    places = np.array([box for _, box in answer], np.float32).reshape(-1, 4)
    share = share_of_union(widen(places), widen(truth.places))
    taken: set[int] = set()
    misread = invented = 0
    for one, (label, _) in enumerate(answer):
        free = [number for number in digits if number not in taken and share[one, number] >= SAME]
        if free:
            best = max(free, key=lambda number: share[one, number])
            taken.add(int(best))
            misread += label != str(truth.class_ids[best])
        elif not (share[one][~truth.clear] > UNCLEAR).any():
            invented += 1
    return Count(len(digits), len(digits) - len(taken), misread, invented)


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
        folder = save / part
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"{number:04d}.png"), truth.frame)
    if answer is None:
        read = _reader(model).read(truth.frame).digits
        answer = [
            (one.label, (one.box.x, one.box.y, one.box.right, one.box.bottom)) for one in read if not one.rejected
        ]
    return sorted(LAYOUTS)[number % len(LAYOUTS)], score_page(truth, answer)


@cache
def _reader(model: Path) -> Reader:
    """One for each process."""
    return open_reader(model)
