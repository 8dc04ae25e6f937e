"""Renders digits onto paper under a simulated camera, and knows what it wrote where.

Every page follows from (seed, number) alone, so any of them can be rendered again by itself.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from edge.contract import NOT_A_DIGIT
from train.digits.mnist import Digits
from train.pages import camera, damage, view
from train.pages.layouts import LAYOUTS
from train.pages.scribe import hire_scribe
from train.pages.sheet import Sheet, point_at, show_through, soil, take_board, take_sheet
from train.pages.texture import make_texture
from train.pages.tokens import printed_text
from train.pages.variants import choose_variant
from train.pages.words import invent_word
from train.pages.world import World

SIZES = {
    (640, 480): 28,
    (800, 600): 16,
    (960, 720): 13,
    (480, 640): 11,
    (720, 960): 8,
    (1000, 240): 5,
    (400, 300): 6,
    (320, 240): 5,
    (1280, 960): 5,
    (1600, 1200): 3,
}
"""Of frames, and how often, percent."""
SMALL = 28, 320
"""Sides of the frames that show one digit cut out."""
BACKS = 0.1
"""So often the back of the paper shines through."""
VISIBLE = 0.8
"""A digit of which less is seen is unclear ..."""
LOWEST = 7
"""... and so is one that is lower than this, px ..."""
FAINT = 6.0
"""... or whose pixels differ so little from the paper beside them, grey levels ..."""
DROWNED = 1.0
"""... or by so little of the paper's spread."""
MARGIN = 6
"""Around a digit, in which the paper is looked at, px."""


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
    """Pixels that each item would cover if nothing hid or cut it; fewer are in `owner` where something does."""
    doubtful: frozenset[int] = frozenset()
    """Items, by index, that are their class_id to the eye alone."""
    unclear: frozenset[int] = frozenset()
    """Items, by index, that count neither way: crossed out, too faint, cut or covered."""


def render_page(rng: np.random.Generator, digits: Digits, world: World, layout: str | None = None) -> Page:
    """Render one page: any layout (or this one), paper, damage, pen, view, light and camera.

    Args:
        rng: source of chance.
        digits: what is written.
        world: fonts and photographs; its part decides which variants may be seen.
        layout: one of LAYOUTS.
    """
    layout = layout or str(rng.choice(list(LAYOUTS), p=np.array([share for share, _ in LAYOUTS.values()]) / 100))
    seen_as = choose_variant(rng, "view", world.part) if rng.random() < 0.45 else "near"
    width, height = _choose_size(rng, layout)
    small = max(width, height) <= SMALL[1] and layout == "single"
    sheet = _take(rng, world, width, height)
    size = _choose_height(rng, width, height) * (1.0 if seen_as == "near" else 1.3)
    worn = choose_variant(rng, "wear", world.part) if rng.random() < (0.05 if small else 0.3) else ""
    if worn in damage.BEFORE:
        damage.BEFORE[worn](rng, sheet)
    if rng.random() < BACKS and not small:
        show_back(rng, sheet, digits, world, size)
    if layout == "nothing" and rng.random() < 0.45:
        sheet.paper = make_texture(rng, height=height, width=width, world=world)
    else:
        LAYOUTS[layout][1](hire_scribe(rng, sheet, digits, world), size)
    if not small:
        soil(rng, sheet)
    if worn in damage.AFTER:
        damage.AFTER[worn](rng, sheet)
    if rng.random() < 0.05:
        point_at(rng, sheet)
    return _photograph(rng, sheet, world, "near" if small else seen_as)


def show_back(rng: np.random.Generator, sheet: Sheet, digits: Digits, world: World, size: float) -> None:
    """What stands on the back shines through, numbers, words or print, or what stood here was rubbed out badly."""
    back = Sheet(np.ones_like(sheet.paper), 0.0, np.zeros_like(sheet.owner))
    scribe = hire_scribe(rng, back, digits, world)
    height, width = sheet.paper.shape
    kind = rng.choice(["numbers", "words", "print", "printed table"], p=[0.35, 0.15, 0.25, 0.25])
    high = float(np.clip(size * rng.uniform(0.4, 1.2), 9, 60)) if "print" in kind else size
    left, columns = rng.uniform(0, 0.5) * width, np.arange(0.1, 0.9, rng.uniform(0.1, 0.3)) * width
    for y in np.arange(0, height, max(rng.uniform(1.2, 2.0) * high, height / 25)):
        if kind == "numbers":
            scribe.number(left + rng.normal(0, 0.05) * width, y, high, count=int(rng.integers(1, 7)))
        elif kind == "words":
            scribe.letters(left, y, high, invent_word(rng), "running" if rng.random() < 0.5 else "hand")
        elif kind == "print":
            scribe.letters(0.1 * left, y, high, printed_text(rng, scribe.variant("print")), "print")
        else:
            for x in columns:
                scribe.letters(x, y, high, f"{rng.normal(0, 5):.{rng.integers(3)}f}", "print")
    strength = float(np.exp(rng.uniform(np.log(0.03), np.log(0.3))))
    show_through(sheet, back, strength=strength, softness=rng.uniform(0.6, 2.0))


def _choose_size(rng: np.random.Generator, layout: str) -> tuple[int, int]:
    if layout == "single" and rng.random() < 0.6:
        sides = np.exp(rng.uniform(np.log(SMALL[0]), np.log(SMALL[1]))) * np.exp(rng.normal(0, 0.15, 2))
        width, height = (int(np.clip(side, *SMALL)) for side in sides)
        return width, height
    return list(SIZES)[int(rng.choice(len(SIZES), p=np.array(list(SIZES.values())) / 100))]


def _choose_height(rng: np.random.Generator, width: int, height: int) -> float:
    """Of digits: mostly 18 to 80 px, some as small as can be read, some as large as the frame allows."""
    most = max(30.0, min(300.0, 0.6 * min(width, height)))
    kind = rng.random()
    if kind < (0.5 if width >= 1600 else 0.12):
        return float(np.exp(rng.uniform(np.log(10), np.log(18))))
    if kind < 0.86:
        return float(np.exp(rng.uniform(np.log(18), np.log(min(80.0, most)))))
    return float(np.exp(rng.uniform(np.log(min(80.0, 0.8 * most)), np.log(most))))


def _take(rng: np.random.Generator, world: World, width: int, height: int) -> Sheet:
    if rng.random() < 0.12:
        return take_board(rng, height=height, width=width, kind=choose_variant(rng, "board", world.part))
    return take_sheet(rng, height=height, width=width)


def _photograph(rng: np.random.Generator, sheet: Sheet, world: World, seen_as: str) -> Page:
    height, width = sheet.paper.shape
    desk = None
    if seen_as not in ("near", "curved") or rng.random() < 0.04:
        flat = rng.random() < 0.35
        desk = make_texture(rng, height=height, width=width, world=world)
        desk = (desk * 0.05 + np.float32(rng.uniform(0.02, 0.9))) if flat else desk
    seen = view.look(rng, sheet, variant=seen_as, desk=desk)
    frame = camera.expose(rng, camera.light_up(rng, seen.light))
    areas = _whole_areas(sheet, seen)
    unclear = sheet.unclear | _find_unclear(frame, seen.owner, sheet.class_ids, areas)
    return Page(
        frame, seen.owner, tuple(sheet.class_ids), tuple(areas.tolist()), frozenset(sheet.doubtful), frozenset(unclear)
    )


def _whole_areas(sheet: Sheet, seen: view.Seen) -> NDArray[np.int64]:
    """Pixels that each item would cover in the frame, (N,)."""
    count = len(sheet.class_ids) + 1
    there = np.bincount(seen.owner.ravel(), minlength=count)[1:]
    dense = np.bincount(seen.owner.ravel(), seen.density.ravel(), minlength=count)[1:]
    left = np.bincount(sheet.owner.ravel(), minlength=count)[1:]
    whole = np.array(sheet.areas, float)
    share = left / np.maximum(whole, 1)  # what the sheet still shows of it
    # Where the frame cuts none of it, count; else go by how much smaller the frame shows it.
    uncut = there / np.maximum(share, 1e-6)
    cut = whole * there / np.maximum(dense, 1e-6)
    edge = np.zeros(count, np.bool_)
    for line in (seen.owner[0], seen.owner[-1], seen.owner[:, 0], seen.owner[:, -1]):
        edge[line] = True
    return np.asarray(np.where(edge[1:] | (share == 0), np.maximum(cut, uncut), uncut).round(), np.int64)


def _find_unclear(frame: camera.Grey, owner: camera.Owner, class_ids: list[int], areas: NDArray[np.int64]) -> set[int]:
    """Digits of which too little is seen, or too faint."""
    unclear = set()
    for item, place in enumerate(find_objects(owner, max_label=len(class_ids))):
        if class_ids[item] == NOT_A_DIGIT:
            continue
        if place is None or place[0].stop - place[0].start < LOWEST:
            unclear.add(item)
            continue
        window = tuple(slice(max(0, side.start - MARGIN), side.stop + MARGIN) for side in place)
        own = owner[window] == item + 1
        if own.sum() < VISIBLE * areas[item] or _is_faint(frame[window], own, owner[window] == 0):
            unclear.add(item)
    return unclear


def _is_faint(grey: camera.Grey, own: NDArray[np.bool_], free: NDArray[np.bool_]) -> bool:
    """Whether a digit hardly differs from the paper beside its own strokes; all (height, width)."""
    near = free & (cv2.dilate(own.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0)
    if near.sum() < 3:
        return True
    # Shadows cross large digits: each pixel is compared with the paper next to it.
    size = 2 * MARGIN + 1 + max(grey.shape) // 8
    weight = cv2.blur(near.astype(np.float32), (size, size))
    paper = cv2.blur(np.where(near, grey, 0).astype(np.float32), (size, size)) / np.maximum(weight, 1e-6)
    difference = grey - paper
    contrast = abs(float(difference[own & (weight > 0)].mean()))
    spread = 1.48 * float(np.median(np.abs(difference[near])))
    return contrast < max(FAINT, DROWNED * spread)
