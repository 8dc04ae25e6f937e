"""Sends rendered pages down the edge road and labels what comes out: whose ink is each candidate?

What is a digit to the eye and yet none (the O of a word, the stroke of a grid) is in doubt: a coin labels half of such
glyphs as the digit and half as not a digit, so that the network learns to say "half and half" and leaves the rest to
their neighbours. The coin follows from the candidate's own pixels.
"""

import zlib
from dataclasses import dataclass

import cv2
import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from tqdm import tqdm

from edge.contract import NOT_A_DIGIT
from edge.finding.ink import find_ink
from edge.finding.segment import Candidate, find_candidates
from edge.reading.reader import build_glyphs
from train.digits.mnist import Digits, join
from train.pages.camera import Owner
from train.pages.render import Page, render_page
from train.pages.truth import Truth, tell_truth
from train.pages.world import World

PURE = 0.85
"""A candidate is an item when this share of its written ink is that item's ..."""
WHOLE = 0.85
"""... and it holds this share of that item; less of a digit is a piece that teaches nothing."""
FOREIGN = 0.4
"""More paper, ruling or dirt than this in a candidate, and it is no digit any more."""
SPREAD = 7
"""Window, px, in which blurred ink is looked for around what the pen covered."""
REACH = 0.06
"""Ink of a legible digit lies within this share of its height of where the pen was, or within a pixel ..."""
BLURRED = 0.06
"""... but for this share of it; more, and its loops are filled or its strokes have run together."""
UPRIGHT_DEG = 45.0
"""A bare stroke that leans less than this is a 1 to the eye, whoever drew it ..."""
SLENDER = 2.8
"""... if it is so many times as long as it is thick ..."""
STRAIGHT = 0.7
"""... and fills this share of the narrowest rectangle around it."""
MAX_UNWRITTEN = 40
"""Of one page, glyphs that nobody wrote: a lawn has hundreds, all alike."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a candidate is to the eye."""

    class_id: int
    doubtful: bool = False
    """It is no digit, but looks like this one."""
    written: bool = True
    """Somebody wrote it; else it is paper, ruling, dirt or a picture."""


def label_candidates(page: Page, candidates: list[Candidate]) -> list[int | None]:
    """The class_id of each candidate, or None where it teaches nothing (a piece of a digit); a coin decides doubt."""
    looks = find_looks(page, candidates)
    pairs = zip(looks, candidates, strict=True)
    return [None if look is None else _toss(look, candidate) for look, candidate in pairs]


def find_looks(page: Page, candidates: list[Candidate]) -> list[Look | None]:
    """What each candidate is to the eye, or None where it teaches nothing.

    The rule looks at pixels, not at boxes: whose ink is it, and how much of that item does it hold?
    """
    # Blur spreads ink a little beyond what the pen covered; it still is that item's ink.
    spread = cv2.dilate(page.owner.astype(np.float32), np.ones((SPREAD, SPREAD), np.uint8)).astype(np.int32)
    return [_look_at(page, spread, candidate) for candidate in candidates]


def build_page_glyphs(digits: Digits, world: World, *, pages: int, seed: int, workers: int = 2) -> Digits:
    """Render pages and send them down the edge road.

    Args:
        digits: what is written on the pages.
        world: the letters and pictures around them.
        pages: how many.
        seed: of the pages; page k follows from (seed, k) alone.
        workers: processes.

    Returns:
        All labelled glyphs; labels 0 to 10, 10 = not a digit.
    """
    tasks = (delayed(_page_glyphs)(digits, world, seed, number) for number in range(pages))
    rendered = Parallel(workers, return_as="generator")(tasks)
    found = list(tqdm(rendered, "pages", pages, unit="page", mininterval=1))
    return join(*found)


def build_page_glyphs_and_truths(
    digits: Digits, world: World, *, pages: int, seed: int, workers: int = 2
) -> tuple[Digits, list[Truth]]:
    """The same, and where everything stands on those pages: they are rendered once."""
    tasks = (delayed(_page_glyphs_and_truth)(digits, world, seed, number) for number in range(pages))
    rendered = Parallel(workers, return_as="generator")(tasks)
    found, truths = zip(*tqdm(rendered, "pages", pages, unit="page", mininterval=1), strict=True)
    return join(*found), list(truths)


def _page_glyphs(digits: Digits, world: World, seed: int, number: int) -> Digits:
    return _label_page(_render(digits, world, seed, number))


def _page_glyphs_and_truth(digits: Digits, world: World, seed: int, number: int) -> tuple[Digits, Truth]:
    page = _render(digits, world, seed, number)
    return _label_page(page), tell_truth(page)


def _render(digits: Digits, world: World, seed: int, number: int) -> Page:
    cv2.setNumThreads(1)  # the pages share the cores, not each its pixels
    return render_page(np.random.default_rng([seed, number]), digits, world)


def _label_page(page: Page) -> Digits:
    candidates = find_candidates(find_ink(page.frame))
    seen = [(one, look) for one, look in zip(candidates, find_looks(page, candidates), strict=True) if look]
    kept = [pair for pair in seen if pair[1].written] + _thin_out([pair for pair in seen if not pair[1].written])
    labels = [_toss(look, candidate) for candidate, look in kept]
    return Digits(build_glyphs([candidate for candidate, _ in kept]), np.array(labels, np.int64))


def _thin_out(seen: list[tuple[Candidate, Look]]) -> list[tuple[Candidate, Look]]:
    """At most MAX_UNWRITTEN of them, of all sizes."""
    return seen[:: 1 + len(seen) // MAX_UNWRITTEN]


def _look_at(page: Page, spread: Owner, candidate: Candidate) -> Look | None:
    box = candidate.box
    inked = candidate.ink > 0
    where = slice(box.y, box.bottom), slice(box.x, box.right)
    counts = np.bincount(spread[where][inked], minlength=len(page.class_ids) + 1)
    written = int(counts[1:].sum())
    if written < (1 - FOREIGN) * counts.sum():
        return _look_of_no_digit(candidate, written=False)
    item = int(counts[1:].argmax())
    class_id, own = page.class_ids[item], int(counts[1 + item])
    if class_id == NOT_A_DIGIT:
        return _look_of_no_digit(candidate, written=True)
    if item in page.unclear:
        return None
    if own >= PURE * written:
        pen = page.owner[where] == item + 1
        whole = int(pen[inked].sum()) >= WHOLE * page.areas[item]
        return Look(class_id, item in page.doubtful) if whole and _is_legible(pen, inked) else None
    # Two things in one candidate: neither of them can be read.
    return Look(NOT_A_DIGIT) if own < 0.7 * written else None


def _is_legible(pen: NDArray[np.bool_], inked: NDArray[np.bool_]) -> bool:
    """Whether the ink of a digit lies where the pen was; both (height, width)."""
    distance = cv2.distanceTransform((~pen).astype(np.uint8), cv2.DIST_L2, 3)
    return float((distance[inked] > max(1.0, REACH * len(pen))).mean()) <= BLURRED


def _look_of_no_digit(candidate: Candidate, *, written: bool) -> Look:
    """A letter, a ruling, dirt: no digit, or what could be a 1."""
    return Look(1, True, written) if _is_bar(candidate) else Look(NOT_A_DIGIT, False, written)


def _is_bar(candidate: Candidate) -> bool:
    """Whether it is one straight upright stroke."""
    inked = np.column_stack(np.nonzero(candidate.ink)[::-1]).astype(np.float32)
    corners = cv2.boxPoints(cv2.minAreaRect(inked))
    sides = corners[1:3] - corners[:2]
    thick, length = np.sort(np.hypot(*sides.T) + 1)  # from the first pixel's middle to the last one's, and half of each
    across, down = np.abs(sides[np.hypot(*sides.T).argmax()])
    upright = np.degrees(np.arctan2(across, down)) <= UPRIGHT_DEG
    return bool(upright and length >= SLENDER * thick and len(inked) >= STRAIGHT * length * thick)


def _toss(look: Look, candidate: Candidate) -> int:
    """Its class_id; in doubt a coin decides whether it is taught as no digit."""
    return NOT_A_DIGIT if look.doubtful and zlib.crc32(candidate.ink.tobytes()) % 2 else look.class_id
