"""Printed forms with digits in their cells, of any kind."""

import numpy as np

from train.pages import fields, grids
from train.pages.cells import Form
from train.pages.lines import Lines
from train.pages.scribe import Scribe

FILL = np.log(0.4), np.log(1.1)
"""Height of the digits, as shares of their cell's, logarithms; the larger ones touch its lines or cross them."""


def fill_form(scribe: Scribe, size: float, kind: str | None = None, *, empty: bool = False) -> None:
    """Print one kind of form over the sheet and, unless it stays empty, write digits into it, about `size` px high."""
    rng = scribe.rng
    kind = kind or str(rng.choice(list(FORMS), p=np.array([weight for weight, _ in FORMS.values()]) / 100))
    share = float(np.exp(rng.uniform(*FILL)))
    cell = max(14.0, size / share)
    lines = np.zeros(scribe.sheet.paper.shape, np.float32)
    fill = FORMS[kind][1](scribe, lines, cell, share)
    print_lines(scribe, lines)
    if not empty:
        fill()


def print_lines(scribe: Scribe, lines: Lines) -> None:
    """In any grey, from hardly there to black."""
    rng, sheet = scribe.rng, scribe.sheet
    tone = float(sheet.paper.mean()) * rng.uniform(0, 0.6) if rng.random() < 0.4 else None
    if tone is not None and sheet.ink > sheet.paper.mean():
        tone = 1 - rng.uniform(0, 0.4)
    strength = float(np.exp(rng.uniform(np.log(0.12), np.log(1.0))))
    sheet.write(lines, 0, 0, class_id=None, strength=strength, ink=tone)


FORMS: dict[str, tuple[int, Form]] = {
    "table": (42, grids.table),
    "squares": (14, grids.squares),
    "boxes": (18, fields.boxes),
    "comb": (8, fields.comb),
    "bubbles": (6, fields.bubbles),
    "puzzle": (5, grids.puzzle),
    "margin": (7, grids.margin),
}
"""How often each is filled, percent."""
