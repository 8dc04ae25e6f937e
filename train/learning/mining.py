"""Rendered pages -> the places on them that contours and finder take for digits, for the reader of crops to learn from.

A room of its own: worker processes cannot load functions from the module that `python -m` runs.
"""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from joblib import Parallel, delayed
from tqdm import tqdm

from edge.contract import Grey
from edge.finding.crops import Places
from edge.finding.finder import Finder
from edge.finding.ink import find_ink
from edge.finding.segment import find_candidates
from train.learning.crops_samples import Source, mine, open_source
from train.pages.truth import Truth

MOST_CONTOURS, MOST_FOUND = 120, 80
"""Places mined on one page: the largest contours, the hottest boxes."""


def open_sources(pages: list[Truth], finder: bytes, *, workers: int) -> list[Source]:
    """Pages with what contours and this finder take for digits on them."""
    tasks = (delayed(find_places)(page.frame, finder) for page in pages)
    found = tqdm(Parallel(workers, return_as="generator")(tasks), "mining", len(pages), unit="page", mininterval=1)
    sources = [open_source(page) for page in pages]
    for source, places in zip(sources, found, strict=True):
        mine(source, places)
    return sources


def find_places(frame: Grey, finder: bytes) -> Places:
    """What the two looks take for digits in one frame: (N, 4)."""
    cv2.setNumThreads(1)  # the pages share the cores, not each its pixels
    boxes = [candidate.box for candidate in find_candidates(find_ink(frame))[:MOST_CONTOURS]]
    own = np.array([(box.x, box.y, box.right, box.bottom) for box in boxes], np.float32).reshape(-1, 4)
    found = _open_finder(finder).find(frame)
    return np.concatenate([own, found.places[:MOST_FOUND]])


@cache
def _open_finder(content: bytes) -> Finder:
    """One for each process."""
    return Finder(content, Path("finder.tflite"))
