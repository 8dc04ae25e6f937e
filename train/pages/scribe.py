"""One person with a pen over a page: digits, texts and strokes, all with one pen and one slant."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import NOT_A_DIGIT
from train.digits.mnist import Digits
from train.pages.letters import Style, draw_text
from train.pages.pen import Coverage, draw_digit, is_blob, wear
from train.pages.shapes import Shape
from train.pages.sheet import Sheet
from train.pages.strokes import HEIGHT, distort, draw_strokes
from train.pages.variants import choose_variant
from train.pages.words import looks_of
from train.pages.world import World

Points = NDArray[np.float64]
"""Of a stroke, on the sheet, (N, 2): x, y."""

MIN_HEIGHT = 10
"""Nobody writes smaller than this, px; it would not be read either."""
FINEST = 1.2
"""A stroke is at least so wide, px: what is finer vanishes between the pixels."""
TRIES = 20
"""So often a scribe looks for a digit that its pen can draw; a tenth of MNIST's are too thick."""
VARIED = 0.2
"""Of so many pages each word is in another hand."""
_DESCENDING = set("gjpqyQ,;()[]{}|/\\$@_βγηρφψμχ")
"""Signs that reach below the line."""
_FLOATING = set("+-=×÷*~^'\"°·→<>:√∞")  # noqa: RUF001 - the real signs
"""Signs that do not stand on it."""


@dataclass(frozen=True, slots=True)
class Scribe:
    """A hand with its pen over a sheet. Each method writes at (x, y), `size` px high, and returns where it ended."""

    rng: np.random.Generator
    sheet: Sheet
    digits: Digits
    """What its digits look like."""
    pen: float
    """Stroke width as a share of the digits' height."""
    own_stroke: bool
    """Digits keep the stroke that they have in MNIST."""
    slant: float
    strength: float
    """How much the pen covers, 0 to 1."""
    spacing: float
    """Between digits, as a share of their height."""
    overlap: float = 0.02
    """How far digits may run into one another, as a share of their height."""
    grain: float = 0.0
    """Share of each stroke that rough paper keeps bare, 0 to 1 (a pencil)."""
    skips: float = 0.0
    """Share of each stroke where the pen gave nothing (a ball pen)."""
    unevenness: float = 0.0
    """How much the size differs from token to token: standard deviation of its logarithm."""
    world: World | None = None
    """Where its letters come from; one without writes digits alone."""

    def digit(self, x: float, y: float, size: float, *, number: int) -> float:
        """The digit `number` of this hand's, a little different each time."""
        rng = self.rng
        height = max(MIN_HEIGHT, round(size * rng.uniform(0.85, 1.15)))
        slant = self.slant + rng.normal(0, 0.04)
        pen = max(self.pen, FINEST / height)
        mask = draw_digit(
            rng, self.digits.glyphs[number], height=height, pen=None if self.own_stroke else pen, slant=slant
        )
        class_id, strength = int(self.digits.labels[number]), self.strength * rng.uniform(0.8, 1.0)
        self.sheet.write(self._worn(mask), x, y + rng.normal(0, 0.06) * size, class_id=class_id, strength=strength)
        gap = rng.normal(self.spacing, 0.3 * abs(self.spacing))
        return float(x + mask.shape[1] + size * max(-self.overlap, gap))

    def choose(self, class_id: int | None = None) -> int:
        """The number of a digit that this pen can draw, of any class or of this one."""
        own = None if class_id is None else np.flatnonzero(self.digits.labels == class_id)
        for _ in range(TRIES):
            number = int(self.rng.integers(len(self.digits)) if own is None else self.rng.choice(own))
            if self.own_stroke or not is_blob(self.digits.glyphs[number]):
                break
        return number

    def number(self, x: float, y: float, size: float, *, count: int) -> float:
        """So many digits."""
        for _ in range(count):
            x = self.digit(x, y, size, number=self.choose())
        return x

    def letters(
        self, x: float, y: float, size: float, text: str, style: Style = "hand", *, sure: bool = False
    ) -> float:
        """A text along a line that climbs or falls a little, each sign an item; `sure`: here a letter is a letter."""
        rng = self.rng
        # Letters stand apart, touch, or run into one another.
        gap = rng.uniform(-0.1, 0.03) if style == "running" or rng.random() < 0.2 else rng.uniform(0.03, 0.2)
        gap = 0.08 if style == "print" else gap
        steadiness, slope = (0.0, 0.0) if style == "print" else (0.02, rng.normal(0, 0.03))
        masks = self.draw(text, size, style)
        start, drop = x, size - _baseline(text, masks, size)
        for sign, mask, (look, doubtful) in zip(text, masks, looks_of(text, running=style == "running"), strict=True):
            if mask is None:
                x += 0.4 * size if sign.isspace() else 0
                continue
            drop += rng.normal(0, steadiness) * size
            plain = sure and not sign.isdigit()
            class_id = NOT_A_DIGIT if plain else look
            self.lay(mask, x, y + drop + slope * (x - start), class_id=class_id, doubtful=doubtful and not plain)
            x += mask.shape[1] + gap * size
        return float(x)

    def draw(self, text: str, size: float, style: Style) -> list[Coverage | None]:
        """Each sign of a text, all in one font."""
        if self.world is None:
            raise ValueError("a scribe without a world has no letters")
        return draw_text(
            self.rng, text, height=round(size), pen=self.pen, slant=self.slant, style=style, world=self.world
        )

    def shape(self, x: float, y: float, size: float, shape: Shape) -> float:
        """A sign drawn stroke by stroke."""
        pen = float(np.clip(max(self.pen, FINEST / size), 0.03, 0.2))
        ink = draw_strokes(distort(self.rng, shape(self.rng)), pen=pen)
        scale = size / HEIGHT
        wide = max(2, round(ink.shape[1] * scale)), max(2, round(ink.shape[0] * scale))
        mask = cv2.resize(ink, wide, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        return self.mask(mask.astype(np.float32) / np.float32(255), x, y)

    def strokes(self, lines: Sequence[Points], width: float, class_id: int = NOT_A_DIGIT) -> None:
        """One item of several strokes, `width` px wide; digits under a mark stay whole."""
        points = np.concatenate(list(lines))
        edge = width / 2 + 2
        low, high = np.floor(points.min(axis=0) - edge), np.ceil(points.max(axis=0) + edge)
        across, down = (high - low).astype(int) + 1
        if across > 4000 or down > 4000:
            return
        canvas = np.zeros((down, across), np.uint8)
        drawn = [np.round((line - low) * 16).astype(np.int32) for line in lines]
        cv2.polylines(canvas, drawn, False, 255, max(1, round(width)), cv2.LINE_AA, 4)
        mask = canvas.astype(np.float32) / np.float32(255)
        self.lay(mask, float(low[0]), float(low[1]), class_id=class_id, over=class_id != NOT_A_DIGIT)

    def width(self, size: float) -> float:
        """Of this pen's stroke beside digits of this size, px."""
        return max(FINEST, self.pen * size) * float(self.rng.uniform(0.8, 1.15))

    def variant(self, kind: str) -> str:
        """One variant of a kind, of those that this world's part may see."""
        if self.world is None:
            raise ValueError("a scribe without a world knows no variants")
        return choose_variant(self.rng, kind, self.world.part)

    def mask(self, mask: Coverage, x: float, y: float) -> float:
        """Something that is no digit."""
        self.lay(mask, x, y, class_id=NOT_A_DIGIT)
        return float(x + mask.shape[1])

    def lay(
        self, mask: Coverage, x: float, y: float, *, class_id: int, doubtful: bool = False, over: bool = True
    ) -> None:
        """A mask as this pen leaves it."""
        self.sheet.write(
            self._worn(mask), x, y, class_id=class_id, strength=self.strength, doubtful=doubtful, over=over
        )

    def _worn(self, mask: Coverage) -> Coverage:
        return wear(self.rng, mask, grain=self.grain, skips=self.skips)


def _baseline(text: str, masks: Sequence[Coverage | None], size: float) -> float:
    """How far below their upper edge masks of a text stand on its line."""
    lows, deep = [], 0.0
    for sign, mask in zip(text, masks, strict=True):
        if mask is None:
            continue
        low = float(np.flatnonzero(mask.max(axis=1) > 0.3)[-1:].sum())
        deep = max(deep, low - 0.25 * size * (sign in _DESCENDING))
        if sign not in _DESCENDING and sign not in _FLOATING:
            lows.append(low)
    return float(np.median(lows)) if lows else max(deep, 0.9 * size)


def hire_scribe(rng: np.random.Generator, sheet: Sheet, digits: Digits, world: World | None = None) -> Scribe:
    """Any hand with any pen."""
    touching = rng.random() < 0.08
    grain, skips = rng.choice([(0.0, 0.0), (0.3, 0.0), (0.0, 0.12)], p=[0.7, 0.2, 0.1]) * rng.uniform(0.1, 1.0)
    return Scribe(
        rng,
        sheet,
        digits,
        pen=float(np.exp(rng.uniform(np.log(0.03), np.log(0.2)))),
        own_stroke=bool(rng.random() < 0.25),
        slant=float(rng.normal(0.05, 0.15)),
        strength=float(rng.uniform(0.6, 1.0)),
        spacing=float(-rng.uniform(0, 0.08) if touching else np.exp(rng.uniform(np.log(0.04), np.log(0.5)))),
        overlap=0.15 if touching else 0.02,
        grain=float(grain),
        skips=float(skips),
        unevenness=float(rng.choice([0.0, 0.4], p=[0.8, 0.2])),
        world=world and _settle(rng, world),
    )


def _settle(rng: np.random.Generator, world: World) -> World:
    """Mostly one hand writes a page, and one or two fonts print it."""
    if rng.random() < VARIED:
        return world
    return replace(
        world,
        hands=_pick(rng, world.hands, 2),
        running=_pick(rng, world.running, 1),
        print_fonts=_pick(rng, world.print_fonts, 2),
    )


def _pick(rng: np.random.Generator, paths: tuple[Path, ...], count: int) -> tuple[Path, ...]:
    """So many of these paths, or what there is."""
    return tuple(paths[n] for n in rng.permutation(len(paths))[:count])
