"""Score sheets of one part's hands, and what counts as a number read right, or as a false digit on them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from train.bench.world_scores import Answer, match, read_frame, save_picture
from train.digits.mnist import Mnist, load_mnist
from train.pages.score_sheet import Kind, ScoreSheet, draw_score_sheet
from train.pages.truth import tell_truth
from train.pages.world import Part, open_world


@dataclass(frozen=True, slots=True)
class Count:
    """Of one sheet, or of many."""

    letters: int = 0
    false: int = 0
    numbers: int = 0
    right: int = 0
    perfect: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(*(getattr(self, name) + getattr(other, name) for name in Count.__slots__))


def score_sheet(sheet: ScoreSheet, answer: Answer) -> Count:
    """Compare what was read with what stands there."""
    matched, false = match(tell_truth(sheet.page), answer)
    items = np.unique(sheet.page.owner[sheet.page.owner > 0]) - 1  # those that show, as the truth counts them
    read = {int(items[place]): answer[one][0] for one, place in matched.items()}
    wanted = sheet.page.class_ids
    right = sum(all(read.get(item) == str(wanted[item]) for item in number) for number in sheet.numbers)
    return Count(sheet.letters, false, len(sheet.numbers), right, int(not false and right == len(sheet.numbers)))


def build_sheet(part: Part, kind: Kind, seed: int, number: int) -> ScoreSheet:
    """The sheet of this number; it follows from its number and the seed alone."""
    mnist = _mnist()
    return draw_score_sheet(
        np.random.default_rng([seed, number]),
        mnist.test if part == Part.SEALED else mnist.validation,
        open_world(part),
        kind,
        hand=number,
    )


def measure_sheet(
    part: Part, kind: Kind, *, seed: int, number: int, model: Path, save: Path | None, answer: Answer | None
) -> Count:
    """Render a sheet, read it or take another version's answer, and count."""
    cv2.setNumThreads(1)  # the sheets share the cores, not each its pixels
    sheet = build_sheet(part, kind, seed, number)
    if save:
        save_picture(save / part / kind, number, sheet.page.frame)
    return score_sheet(sheet, read_frame(sheet.page.frame, model) if answer is None else answer)


@cache
def _mnist() -> Mnist:
    """Once for each process."""
    return load_mnist()
