"""Renders digits onto paper under a simulated camera; the edge road turns the pages into labelled glyphs.

Every page follows from (seed, number) alone, so any of them can be rendered again by itself.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from joblib import Parallel, delayed
from tqdm import tqdm

from edge.contract import NOT_A_DIGIT
from edge.ink import find_ink
from edge.reader import build_glyphs
from edge.segment import Candidate, find_candidates
from train import camera
from train.data import Digits, join
from train.scribe import hire_scribe
from train.sheet import rule, soil, take_sheet

SIZES = ((640, 480), (800, 600), (960, 720), (480, 640), (720, 960), (1000, 240), (1280, 960))
PURE = 0.85
"""A candidate is an item when this share of its written ink is that item's ..."""
WHOLE = 0.8
"""... and it holds this share of that item; less of a digit is a piece that teaches nothing."""
FOREIGN = 0.4
"""More paper, ruling or dirt than this in a candidate, and it is no digit any more."""
SPREAD = 7
"""Window, px, in which blurred ink is looked for around what the pen covered."""
UPRIGHT = 0.35
"""Narrower than this share of its height, a line is upright."""


@dataclass(frozen=True, slots=True)
class Page:
    """One rendered frame and what stands on it."""

    frame: camera.Grey
    """Grey, (height, width)."""
    owner: camera.Owner
    """Which item covers each pixel: 0 none, else its index + 1."""
    class_ids: tuple[int, ...]
    """Of each item; NOT_A_DIGIT for letters, signs and scribbles."""
    areas: tuple[int, ...]
    """Pixels of each item on the sheet; fewer are in `owner` where the frame cuts it."""


def render_page(rng: np.random.Generator, digits: Digits) -> Page:
    """Render one training page: any layout, paper, pen, light and camera."""
    width, height = SIZES[rng.integers(len(SIZES))]
    sheet = take_sheet(rng, height=height, width=width)
    row_height = int(np.exp(rng.uniform(np.log(18), np.log(min(200, 0.55 * min(height, width))))))
    if rng.random() < 0.45:
        rule(rng, sheet, pitch=row_height * rng.uniform(0.8, 2.2))
    hire_scribe(rng, sheet, digits).write_page(row_height)
    soil(rng, sheet)
    seen, owner = camera.tilt(rng, sheet.paper, sheet.owner, strength=rng.uniform(0, 0.05))
    frame = camera.expose(rng, camera.light_up(rng, seen))
    return Page(frame, owner, tuple(sheet.class_ids), tuple(sheet.areas))


def label_candidates(page: Page, candidates: list[Candidate]) -> list[int | None]:
    """The class_id of each candidate, or None where it teaches nothing (a piece of a digit).

    The rule looks at pixels, not at boxes: whose ink is it, and how much of that item does it hold?
    """
    # Blur spreads ink a little beyond what the pen covered; it still is that item's ink.
    spread = cv2.dilate(page.owner.astype(np.float32), np.ones((SPREAD, SPREAD), np.uint8)).astype(np.int32)
    return [_label(page, spread, candidate) for candidate in candidates]


def build_page_glyphs(digits: Digits, *, pages: int, seed: int, workers: int = 2) -> Digits:
    """Render pages and send them down the edge road.

    Args:
        digits: what is written on the pages.
        pages: how many.
        seed: of the pages; page k follows from (seed, k) alone.
        workers: processes.

    Returns:
        All labelled glyphs; labels 0 to 10, 10 = not a digit.
    """
    tasks = (delayed(_page_glyphs)(digits, seed, number) for number in range(pages))
    rendered = Parallel(workers, return_as="generator")(tasks)
    found = list(tqdm(rendered, "pages", pages, unit="page", mininterval=1))
    return join(*found)


def _page_glyphs(digits: Digits, seed: int, number: int) -> Digits:
    cv2.setNumThreads(1)  # the pages share the cores, not each its pixels
    page = render_page(np.random.default_rng([seed, number]), digits)
    candidates = find_candidates(find_ink(page.frame))
    labels = label_candidates(page, candidates)
    kept = [candidate for candidate, label in zip(candidates, labels, strict=True) if label is not None]
    return Digits(build_glyphs(kept), np.array([label for label in labels if label is not None], np.int64))


def _label(page: Page, spread: camera.Owner, candidate: Candidate) -> int | None:
    box = candidate.box
    inked = candidate.ink > 0
    where = slice(box.y, box.bottom), slice(box.x, box.right)
    counts = np.bincount(spread[where][inked], minlength=len(page.class_ids) + 1)
    written = int(counts[1:].sum())
    # A bare upright line is a 1 to the eye, whoever drew it: calling it something else would cost real ones.
    line = box.width < UPRIGHT * box.height
    if written < (1 - FOREIGN) * counts.sum():
        return None if line else NOT_A_DIGIT
    item = int(counts[1:].argmax())
    class_id, own = page.class_ids[item], int(counts[1 + item])
    whole = int((page.owner[where][inked] == item + 1).sum()) >= WHOLE * page.areas[item]
    if class_id == NOT_A_DIGIT:
        return NOT_A_DIGIT if whole or not line else None
    if own >= PURE * written:
        return class_id if whole else None
    # Two things in one candidate: neither of them can be read.
    return NOT_A_DIGIT if own < 0.7 * written else None
