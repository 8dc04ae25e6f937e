"""Renders digits onto paper under a simulated camera; the edge road turns the pages into labelled glyphs.

Every page follows from (seed, number) alone, so any of them can be rendered again by itself.

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
from train.pages import camera
from train.pages.forms import fill_form
from train.pages.scribe import hire_scribe
from train.pages.sheet import Sheet, lay_on_table, point_at, rule, show_through, soil, take_sheet
from train.pages.texture import make_texture
from train.pages.world import World

SIZES = ((640, 480), (800, 600), (960, 720), (480, 640), (720, 960), (1000, 240), (1280, 960))
LAYOUTS = {"notes": 0.62, "form": 0.13, "large": 0.07, "table": 0.08, "picture": 0.1}
"""What a page shows, and how often: rows of writing, a printed form, a sign that fills the frame, a sheet on a table,
a picture without writing."""
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
    doubtful: frozenset[int] = frozenset()
    """Items, by index, that are their class_id to the eye alone."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a candidate is to the eye."""

    class_id: int
    doubtful: bool = False
    """It is no digit, but looks like this one."""
    written: bool = True
    """Somebody wrote it; else it is paper, ruling, dirt or a picture."""


def render_page(rng: np.random.Generator, digits: Digits, world: World) -> Page:
    """Render one training page: any layout, paper, pen, light and camera."""
    width, height = SIZES[rng.integers(len(SIZES))]
    sheet = take_sheet(rng, height=height, width=width)
    row_height = int(np.exp(rng.uniform(np.log(18), np.log(min(200, 0.55 * min(height, width))))))
    layout = str(rng.choice(list(LAYOUTS), p=list(LAYOUTS.values())))
    if layout == "picture":
        sheet.paper = make_texture(rng, height=height, width=width, world=world)
    else:
        _write(rng, sheet, digits, world, layout=layout, row_height=row_height)
        soil(rng, sheet)
    if layout == "table":
        lay_on_table(rng, sheet, make_texture(rng, height=height, width=width, world=world))
    if rng.random() < 0.08:
        point_at(rng, sheet)
    seen, owner = camera.tilt(rng, sheet.paper, sheet.owner, strength=rng.uniform(0, 0.05))
    frame = camera.expose(rng, camera.light_up(rng, seen))
    return Page(frame, owner, tuple(sheet.class_ids), tuple(sheet.areas), frozenset(sheet.doubtful))


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


def _write(
    rng: np.random.Generator, sheet: Sheet, digits: Digits, world: World, *, layout: str, row_height: int
) -> None:
    """Rule the sheet and fill it."""
    if rng.random() < 0.1:
        back = Sheet(np.ones_like(sheet.paper), 0.0, np.zeros_like(sheet.owner))
        hire_scribe(rng, back, digits, world).write_page(row_height)
        show_through(sheet, back, strength=rng.uniform(0.03, 0.15))
    scribe = hire_scribe(rng, sheet, digits, world)
    if layout == "form":
        fill_form(scribe, max(20, row_height))
        return
    if rng.random() < 0.4:
        rule(rng, sheet, pitch=row_height * rng.uniform(0.8, 2.2))
    if layout == "large":
        scribe.fill_frame()
    else:
        scribe.write_page(row_height)


def _page_glyphs(digits: Digits, world: World, seed: int, number: int) -> Digits:
    cv2.setNumThreads(1)  # the pages share the cores, not each its pixels
    page = render_page(np.random.default_rng([seed, number]), digits, world)
    candidates = find_candidates(find_ink(page.frame))
    seen = [(one, look) for one, look in zip(candidates, find_looks(page, candidates), strict=True) if look]
    kept = [pair for pair in seen if pair[1].written] + _thin_out([pair for pair in seen if not pair[1].written])
    labels = [_toss(look, candidate) for candidate, look in kept]
    return Digits(build_glyphs([candidate for candidate, _ in kept]), np.array(labels, np.int64))


def _thin_out(seen: list[tuple[Candidate, Look]]) -> list[tuple[Candidate, Look]]:
    """At most MAX_UNWRITTEN of them, of all sizes."""
    return seen[:: 1 + len(seen) // MAX_UNWRITTEN]


def _look_at(page: Page, spread: camera.Owner, candidate: Candidate) -> Look | None:
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
