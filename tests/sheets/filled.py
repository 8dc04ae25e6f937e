"""Capture sheets for tests: the real PDF as pixels, filled with MNIST's test digits, photographed."""

from collections.abc import Mapping, Sequence
from functools import cache

import cv2
import numpy as np
import pypdfium2

from edge.collecting.sheet_layout import LAYOUT, Place, SheetLayout
from edge.contract import Frame
from tests.pictures import glyph_of
from train.sheets.capture_sheet import build_sheet

PX_PER_MM = 8.0
DIGIT_MM = 10.0
"""Of the longer side of a digit's ink."""
PEN = 45


@cache
def print_sheet(layout: SheetLayout = LAYOUT) -> Frame:
    """The page as a printer would print it, grey."""
    page = pypdfium2.PdfDocument(build_sheet(layout))[0]
    bitmap = page.render(scale=PX_PER_MM * 25.4 / 72).to_numpy()
    return cv2.cvtColor(np.ascontiguousarray(bitmap[:, :, :3]), cv2.COLOR_BGR2GRAY)


def fill(
    written: Mapping[str, Sequence[int | None]],
    *,
    seed: int = 0,
    size: float = DIGIT_MM,
    spread: float = 2.0,
    layout: SheetLayout = LAYOUT,
) -> Frame:
    """Write digits into the boxes, a little off their middles.

    Args:
        written: by label of the row: of each box its digit, or None; in the k-th box stands its k-th picture.
        seed: of where in its box a digit stands.
        size: mm.
        spread: how far off the middle of a box a digit may stand, mm.
        layout: of the sheet.
    """
    page, rng = print_sheet(layout).copy(), np.random.default_rng(seed)
    for label, digits in written.items():
        for number, digit in enumerate(digits):
            if digit is not None:
                place = layout.place(layout.labels.index(label), number)
                write(page, place, digit, number, off=rng.uniform(-spread, spread, 2), size=size)
    return cv2.cvtColor(page, cv2.COLOR_GRAY2BGR)


def write(page, place: Place, digit: int, picture: int, *, off=(0.0, 0.0), size: float = DIGIT_MM) -> None:
    side = round(size * 28 / 20 * PX_PER_MM)
    glyph = cv2.resize(glyph_of(digit, picture), (side, side), interpolation=cv2.INTER_CUBIC).astype(np.float32) / 255
    left, top = (
        round((start + length / 2 + move) * PX_PER_MM - side / 2)
        for start, length, move in ((place.x, place.width, off[0]), (place.y, place.height, off[1]))
    )
    there = page[top : top + side, left : left + side]
    there[:] = np.clip(there + np.clip(glyph, 0, 1) * (PEN - there.astype(np.float32)), 0, 255).astype(np.uint8)


def photograph(
    page: Frame, *, seed: int = 0, tilt: float = 0.08, darkest: float = 0.55, noise: float = 4.0, turns: int = 0
) -> Frame:
    """The page on a desk, tilted, under a light that falls off, with noise: 2000 x 2600 px."""
    rng = np.random.default_rng(seed)
    height, width = page.shape[:2]
    out_width, out_height = 2000, 2600
    corners = np.array([[0.07, 0.05], [0.93, 0.05], [0.93, 0.95], [0.07, 0.95]]) + rng.uniform(-tilt, tilt, (4, 2)) / 2
    target = (corners * (out_width, out_height)).astype(np.float32)
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    warp = cv2.getPerspectiveTransform(source, target)
    small = cv2.GaussianBlur(page, (0, 0), 0.6)
    desk = cv2.warpPerspective(small, warp, (out_width, out_height), borderValue=(90, 110, 130), flags=cv2.INTER_AREA)
    light = np.outer(np.linspace(1, 0.85, out_height), np.linspace(1, darkest, out_width))[..., np.newaxis]
    lit = desk * (light * (0.93, 0.97, 1.0)).astype(np.float32)
    noisy = lit + noise * rng.standard_normal((out_height, out_width, 1), dtype=np.float32)
    return np.ascontiguousarray(np.rot90(np.clip(noisy, 0, 255).astype(np.uint8), turns))


def cut_out(page: Frame, place: Place, *, inset: float = 0.0) -> Frame:
    """A view of this place on the page: what is written there changes the page."""
    x, y, right, bottom = (
        round(one * PX_PER_MM)
        for one in (
            place.x + inset,
            place.y + inset,
            place.x + place.width - inset,
            place.y + place.height - inset,
        )
    )
    return page[y:bottom, x:right]


def bend(page: Frame, *, mm: float, waves: float = 0.5) -> Frame:
    """The page with a bulge across: what lies in its middle is moved by so many mm, corners stay."""
    height, width = page.shape[:2]
    shift = mm * PX_PER_MM * np.sin(np.linspace(0, waves * 2 * np.pi, width, dtype=np.float32))
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(page, x, y + shift, cv2.INTER_LINEAR, borderValue=(255, 255, 255))
