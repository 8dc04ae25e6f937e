"""Renders digits onto paper under a simulated camera, and knows what it wrote where.

Every page follows from (seed, number) alone, so any of them can be rendered again by itself.
"""

from dataclasses import dataclass

import numpy as np

from train.digits.mnist import Digits
from train.pages import camera
from train.pages.forms import fill_form
from train.pages.scribe import hire_scribe
from train.pages.sheet import Sheet, lay_on_table, point_at, rule, show_through, soil, take_sheet
from train.pages.texture import make_texture

SIZES = ((640, 480), (800, 600), (960, 720), (480, 640), (720, 960), (1000, 240), (1280, 960))
LAYOUTS = {"notes": 0.62, "form": 0.13, "large": 0.07, "table": 0.08, "picture": 0.1}
"""What a page shows, and how often: rows of writing, a printed form, a sign that fills the frame, a sheet on a table,
a picture without writing."""


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


def render_page(rng: np.random.Generator, digits: Digits) -> Page:
    """Render one training page: any layout, paper, pen, light and camera."""
    width, height = SIZES[rng.integers(len(SIZES))]
    sheet = take_sheet(rng, height=height, width=width)
    row_height = int(np.exp(rng.uniform(np.log(18), np.log(min(200, 0.55 * min(height, width))))))
    layout = str(rng.choice(list(LAYOUTS), p=list(LAYOUTS.values())))
    if layout == "picture":
        sheet.paper = make_texture(rng, height=height, width=width)
    else:
        _write(rng, sheet, digits, layout, row_height)
        soil(rng, sheet)
    if layout == "table":
        lay_on_table(rng, sheet, make_texture(rng, height=height, width=width))
    if rng.random() < 0.08:
        point_at(rng, sheet)
    seen, owner = camera.tilt(rng, sheet.paper, sheet.owner, strength=rng.uniform(0, 0.05))
    frame = camera.expose(rng, camera.light_up(rng, seen))
    return Page(frame, owner, tuple(sheet.class_ids), tuple(sheet.areas), frozenset(sheet.doubtful))


def _write(rng: np.random.Generator, sheet: Sheet, digits: Digits, layout: str, row_height: int) -> None:
    """Rule the sheet and fill it."""
    if rng.random() < 0.1:
        back = Sheet(np.ones_like(sheet.paper), 0.0, np.zeros_like(sheet.owner))
        hire_scribe(rng, back, digits).write_page(row_height)
        show_through(sheet, back, strength=rng.uniform(0.03, 0.15))
    scribe = hire_scribe(rng, sheet, digits)
    if layout == "form":
        fill_form(scribe, max(20, row_height))
        return
    if rng.random() < 0.4:
        rule(rng, sheet, pitch=row_height * rng.uniform(0.8, 2.2))
    if layout == "large":
        scribe.fill_frame()
    else:
        scribe.write_page(row_height)
