"""The bundled sample pages in tests/sample_pages: what `make demo` reads, and what tests read too.

    python -m train.pages.samples                     (`make pages`) renders them anew: the same bytes each time

Five sheets of MNIST's *test* digits, which no model here has seen, with their text in tests/sample_pages.json.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from edge.contract import Frame
from edge.ending import run_command
from edge.errors import DigitReaderError
from train.digits.mnist import Digits, load_mnist
from train.pages import camera
from train.pages.scribe import Scribe
from train.pages.sheet import Sheet
from train.store import ROOT

PAGES = ROOT / "tests" / "sample_pages"
SIZE = 640, 480
WIDE_GAP = 1.3
"""Between two numbers of a line, in digit heights."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sheet and how it is seen."""

    name: str
    seed: int
    """The first from 2026 on whose page the shipped model reads without an error, at a min_confidence of 0.8, too:
    other runtimes round otherwise. A demonstration, no measurement."""
    lines: tuple[str, ...]
    paper: float
    """Brightness of the sheet, 0 to 1."""
    ink: float
    height: int
    """Of the digits, px."""
    pen: float
    slant: float
    tint: tuple[float, float, float]
    """Colour of paper and light: B, G, R as shares."""
    prepare: Callable[[Sheet], None]
    """Rules the sheet."""
    shadow: float
    """How much darker the lower right corner is, 0 to 1."""


def _leave_blank(sheet: Sheet) -> None:
    del sheet


def _rule_lines(sheet: Sheet) -> None:
    lines = np.zeros(sheet.paper.shape, np.float32)
    lines[45::92] = lines[46::92] = 1.0
    sheet.write(lines, 0, 0, class_id=None, strength=0.35)


def _rule_squares(sheet: Sheet) -> None:
    lines = np.zeros(sheet.paper.shape, np.float32)
    lines[20::32] = 1.0
    lines[:, 12::32] = 1.0
    sheet.write(lines, 0, 0, class_id=None, strength=0.22)


SAMPLES = (
    Sample(
        name="1_score_sheet",
        seed=2028,
        lines=("12 75 90", "4 38 61", "207 19", "856 430"),
        paper=0.92,
        ink=0.18,
        height=52,
        pen=0.09,
        slant=0.05,
        tint=(1.0, 0.99, 0.96),
        prepare=_rule_lines,
        shadow=0.25,
    ),
    Sample(
        name="2_squared_paper",
        seed=2027,
        lines=("3141592", "65358 97", "2718 28"),
        paper=0.9,
        ink=0.3,
        height=64,
        pen=0.07,
        slant=-0.05,
        tint=(0.98, 1.0, 1.0),
        prepare=_rule_squares,
        shadow=0.1,
    ),
    Sample(
        name="3_blackboard",
        seed=2028,
        lines=("1984", "20 26", "73 5"),
        paper=0.16,
        ink=0.85,
        height=84,
        pen=0.1,
        slant=0.1,
        tint=(0.95, 1.0, 0.9),
        prepare=_leave_blank,
        shadow=0.2,
    ),
    Sample(
        name="4_pencil_in_shadow",
        seed=2027,
        lines=("602 214", "076 9", "380 41", "55 13"),
        paper=0.8,
        ink=0.52,
        height=46,
        pen=0.06,
        slant=0.12,
        tint=(0.85, 0.94, 1.0),
        prepare=_leave_blank,
        shadow=0.55,
    ),
    Sample(
        name="5_marker",
        seed=2026,
        lines=("47", "830"),
        paper=0.95,
        ink=0.08,
        height=170,
        pen=0.14,
        slant=0.0,
        tint=(1.0, 1.0, 1.0),
        prepare=_leave_blank,
        shadow=0.15,
    ),
)


def render_sample(sample: Sample, digits: Digits) -> Frame:
    """One page in colour, uint8 (480, 640, 3); it follows from its seed alone."""
    rng = np.random.default_rng(sample.seed)
    width, height = SIZE
    sheet = Sheet(np.full((height, width), sample.paper, np.float32), sample.ink, np.zeros((height, width), np.int32))
    sample.prepare(sheet)
    scribe = Scribe(
        rng, sheet, digits, pen=sample.pen, own_stroke=False, slant=sample.slant, strength=0.95, spacing=0.22
    )
    pitch = (height - 40) / len(sample.lines)
    for row, text in enumerate(sample.lines):
        x, y = 0.6 * sample.height, 20 + row * pitch + (pitch - sample.height) / 2
        for sign in text:
            x = x + WIDE_GAP * sample.height if sign == " " else _write(scribe, x, y, sample.height, int(sign))
    seen, _ = camera.tilt(rng, sheet.paper, sheet.owner, strength=0.008)
    down, right = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    seen = cv2.GaussianBlur((seen * (1 - sample.shadow * down * right)).astype(np.float32), (0, 0), 0.8)
    grain = rng.normal(0, 0.006, seen.shape)
    coloured = (seen + grain)[..., np.newaxis] * sample.tint
    return np.asarray(np.clip(coloured * 255, 0, 255), np.uint8)


def _write(scribe: Scribe, x: float, y: float, size: int, class_id: int) -> float:
    """One of this class's digits with a fine stroke: drawn again with another pen, thick ones grow spurs."""
    own = np.flatnonzero(scribe.digits.labels == class_id)
    inked = (scribe.digits.glyphs[own] > 0).sum(axis=(1, 2))
    fine = own[inked <= np.quantile(inked, 0.3)]
    return scribe.digit(x, y, size, number=int(scribe.rng.choice(fine)))


def main() -> int:
    """Render and save all of them."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    try:
        digits = load_mnist().test
    except DigitReaderError as error:
        print(f"samples: {error}", file=sys.stderr)
        return 1
    PAGES.mkdir(exist_ok=True)
    for sample in SAMPLES:
        _save(PAGES / f"{sample.name}.png", render_sample(sample, digits))
    texts = {f"{sample.name}.png": {"lines": list(sample.lines)} for sample in SAMPLES}
    PAGES.with_suffix(".json").write_text(json.dumps(texts, indent=1) + "\n", encoding="utf-8")
    print(f"{len(SAMPLES)} pages in {PAGES.relative_to(ROOT)}")
    return 0


def _save(path: Path, frame: Frame) -> None:
    content = cv2.imencode(".png", frame, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1]
    path.write_bytes(content.tobytes())


if __name__ == "__main__":
    run_command(main)
