"""Reads rendered pages with the edge's own reader and counts what was read wrongly."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
from joblib import Parallel, delayed
from tqdm import tqdm

from edge.contract import Detection
from edge.reading.reader import Reader, open_reader
from train.bench.conditions import Page, Setting, render_pages
from train.digits.mnist import Digits


@dataclass(frozen=True, slots=True)
class Score:
    """What was read on some pages of one setting."""

    digits: int = 0
    """Written on them."""
    errors: int = 0
    """Edit distance between written and read digits."""
    pages: int = 0
    perfect: int = 0
    """Pages without an error."""
    false: int = 0
    """Digits accepted where none is written."""
    by_page: tuple[int, ...] = ()
    """Errors of each page, in order: two readers of the same pages are compared page by page."""

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.digits + other.digits,
            self.errors + other.errors,
            self.pages + other.pages,
            self.perfect + other.perfect,
            self.false + other.false,
            self.by_page + other.by_page,
        )

    @property
    def cer(self) -> float:
        """Character error rate; invented digits can lift it over 1."""
        return self.errors / self.digits


Scores = Mapping[Setting, Score]


def measure(
    settings: Iterable[Setting], digits: Digits, *, pages: int, seed: int, model: Path, workers: int
) -> dict[Setting, Score]:
    """Render and read pages.

    Args:
        settings: each is measured once, however often it is named.
        digits: what is written on the pages.
        pages: of each setting; page k is written alike in all of them.
        seed: of the pages.
        model: a .tflite file with its card.
        workers: processes.
    """
    jobs = [(setting, number) for setting in dict.fromkeys(settings) for number in range(pages)]
    tasks = (delayed(_measure_page)(setting, digits, seed, number, model) for setting, number in jobs)
    read = tqdm(Parallel(workers, return_as="generator")(tasks), "pages", len(jobs), unit="page", mininterval=1)
    scores: dict[Setting, Score] = {}
    for (setting, _), score in zip(jobs, read, strict=True):
        scores[setting] = scores.get(setting, Score()) + score
    return scores


def edit_distance(written: str, read: str) -> int:
    """How many signs must be changed, added or taken away to make one text of the other."""
    row = list(range(len(read) + 1))
    for i, sign in enumerate(written, 1):
        new = [i]
        for j, other in enumerate(read, 1):
            new.append(min(row[j] + 1, new[j - 1] + 1, row[j - 1] + (sign != other)))
        row = new
    return row[-1]


def count_false(page: Page, detections: Iterable[Detection]) -> int:
    """Accepted digits in whose box no digit is written."""
    boxes = [one.box for one in detections if not one.rejected]
    return sum(not page.written[box.y : box.bottom, box.x : box.right].any() for box in boxes)


def _measure_page(setting: Setting, digits: Digits, seed: int, number: int, model: Path) -> Score:
    cv2.setNumThreads(1)  # the pages share the cores, not each its pixels
    pages = render_pages(setting, digits, seed=seed, number=number)
    readings = [_reader(model).read(page.frame) for page in pages]
    written = "".join(page.text for page in pages)
    # Frame by frame: what is missing on one must not be found on the next.
    errors = sum(
        edit_distance(page.text, re.sub(r"\D", "", reading.text)) for page, reading in zip(pages, readings, strict=True)
    )
    false = sum(count_false(page, reading.digits) for page, reading in zip(pages, readings, strict=True))
    return Score(digits=len(written), errors=errors, pages=1, perfect=int(errors == 0), false=false, by_page=(errors,))


@cache
def _reader(model: Path) -> Reader:
    """One for each process."""
    return open_reader(model)
