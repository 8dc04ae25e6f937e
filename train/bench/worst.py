"""What a page can cost at worst, against a plain page of its size: full of small digits, checkers, gravel, scribbles.

`make bench` prints it. Each page is read in turn with the plain one, so that both see the same machine; a ratio is that
of the medians. What an edge process holds in memory is measured in one of its own, which imports nothing but edge.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import cv2
import numpy as np
from tqdm import tqdm

from edge.contract import Frame
from edge.errors import DigitReaderError
from train.digits.mnist import Digits
from train.store import ROOT

BAR = 12.0
"""A page of the worst content takes at most so many times as long as a plain one."""
SIZES = (640, 480), (2000, 1500)
"""Width and height, px."""
PAPER, INK = 235, 40
"""Grey levels."""
CHECKERS = 3, 6, 10, 16, 24
"""Sides of their squares, px."""
GRAINS = 1.0, 2.0, 4.0, 8.0
"""Coarseness of gravel: standard deviation of the blur before the threshold, px."""
LETTERS = 8, 12, 20
"""Heights of scribbles that look like text, px."""
CHILD = """
import re, sys
from pathlib import Path
from edge.picture import read_picture
from edge.reading.reader import open_reader
reader = open_reader(Path(sys.argv[1]))
for picture in sys.argv[2:]:
    reader.read(read_picture(Path(picture)))
print(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""
"""Prints its peak, KiB; by Linux's own count, as getrusage passes the parent's on to a child."""

Grey = Frame
"""uint8, (height, width)."""


@dataclass(frozen=True, slots=True)
class Cost:
    """One page's, beside the plain one's."""

    page: str
    ms: float
    plain_ms: float

    @property
    def ratio(self) -> float:
        """How many times as long it takes."""
        return self.ms / self.plain_ms


def draw_pages(width: int, height: int, digits: Digits) -> dict[str, Grey]:
    """The pages of one size, by what is on them."""
    pages = {"10-px digits": draw_digits(width, height, digits)}
    pages |= {f"checkers of {side} px": draw_checkers(width, height, side) for side in CHECKERS}
    for name, share in (("gravel", 0.5), ("crumbs", 0.25), ("holes", 0.75)):
        pages |= {f"{name} of {grain:g} px": draw_gravel(width, height, grain, share) for grain in GRAINS}
    return pages | {f"scribbles of {side} px": draw_scribbles(width, height, side) for side in LETTERS}


def draw_digits(width: int, height: int, digits: Digits) -> Grey:
    """MNIST digits of 10 px, side by side and row under row."""
    rng, side = np.random.default_rng(0), 14
    page = np.full((height, width), PAPER, np.uint8)
    for y in range(0, height - side, side):
        for x in range(0, width - side, side):
            glyph = cv2.resize(
                digits.glyphs[rng.integers(len(digits.glyphs))], (side, side), interpolation=cv2.INTER_AREA
            )
            page[y : y + side, x : x + side] -= (0.8 * glyph).astype(np.uint8)
    return page


def draw_checkers(width: int, height: int, side: int) -> Grey:
    """Squares in turn dark and light."""
    rows, columns = np.indices((height, width)) // side
    return np.where((rows + columns) % 2, PAPER, INK).astype(np.uint8)


def draw_gravel(width: int, height: int, grain: float, share: float) -> Grey:
    """Noise, blurred and thresholded: a share of it is ink."""
    noise = np.random.default_rng(0).normal(size=(height, width)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), grain)
    return np.where(soft > np.quantile(soft, share), PAPER, INK).astype(np.uint8)


def draw_scribbles(width: int, height: int, side: int) -> Grey:
    """Rows of short random strokes, in words."""
    rng = np.random.default_rng(0)
    page = np.full((height, width), PAPER, np.uint8)
    for y in range(side, height - side, round(1.8 * side)):
        for x in range(side, width - side, round(0.8 * side)):
            if rng.random() > 0.15:
                stroke = (rng.uniform(-0.5, 0.5, (5, 2)).cumsum(axis=0) * side).clip(0, side) + np.array([x, y])
                cv2.polylines(page, [stroke.astype(np.int32)], False, INK, max(1, side // 8), cv2.LINE_AA)
    return page


def measure_costs(read: Callable[[Frame], object], plain: Frame, digits: Digits, *, rounds: int) -> list[Cost]:
    """What each page of each size costs, the dearest by ratio first.

    Args:
        read: reads a frame, (height, width, 3).
        plain: a plain page of any size; enlarged to each.
        digits: small print is made of these.
        rounds: how often each page is read, in turn with the plain one.
    """
    costs = []
    for width, height in SIZES:
        base = cv2.resize(plain, (width, height)).astype(np.uint8, copy=False)
        pages = draw_pages(width, height, digits)
        for name, grey in tqdm(pages.items(), "worst pages", leave=False, disable=None):
            page = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)
            read(page)
            times = [(_time(read, page), _time(read, base)) for _ in range(rounds)]
            costs.append(Cost(f"{name}, {width}x{height}", *(median(each) for each in zip(*times, strict=True))))
    return sorted(costs, key=lambda cost: -cost.ratio)


def measure_memory(model: Path, pictures: Sequence[Path]) -> float | None:
    """Peak resident memory, MB, of a fresh process that imports only edge and reads pictures; None but on Linux."""
    if not Path("/proc/self/status").exists():
        return None
    call = [sys.executable, "-c", CHILD, str(model), *map(str, pictures)]
    child = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False)
    if child.returncode:
        raise DigitReaderError(f"the edge process that was to be measured failed: {child.stderr.strip()[-300:]}")
    return int(child.stdout) / 2**10


def describe_costs(costs: Sequence[Cost], *, shown: int = 5) -> list[str]:
    """The dearest pages, one a line, and whether the bar is met."""
    worst = costs[0]
    lines = [f"worst: {one.page:32s} {one.ms:8.1f} ms, {one.ratio:5.1f} x plain" for one in costs[:shown]]
    verdict = "met" if worst.ratio <= BAR else "missed"
    return [*lines, f"bar: worst page <= {BAR:g} x a plain page of its size: {verdict} with {worst.ratio:.1f}"]


def _time(read: Callable[[Frame], object], frame: Frame) -> float:
    """Ms of processor time."""
    start = time.process_time()
    read(frame)
    return 1000 * (time.process_time() - start)
