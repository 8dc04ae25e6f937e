"""One person writing one page: numbers, words, formulas, scribbles and shapes, all with one pen and one slant."""

from dataclasses import dataclass, field

import numpy as np

from edge.contract import NOT_A_DIGIT
from train.digits.mnist import Digits
from train.pages.letters import Style, draw_text
from train.pages.pen import Coverage, draw_digit, draw_scribble, draw_shape, is_blob, wear
from train.pages.sheet import Sheet
from train.pages.words import CAPITALS, GREEK, LATIN, OPERATORS, SIGNS, invent_text, invent_word, look_of
from train.pages.world import World, bare_world

MIN_HEIGHT = 12
"""Nobody writes smaller than this, px; it would not be read either."""

TRIES = 20
"""So often a scribe looks for a digit that its pen can draw; a tenth of MNIST's are too thick."""


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
    world: World = field(default_factory=bare_world)
    """Whose letters it writes."""

    def write_page(self, row_height: int) -> None:
        """Fill the sheet with rows, about `row_height` px high, of all kinds of tokens in a random mix."""
        rng = self.rng
        height, width = self.sheet.paper.shape
        tokens = (self.number, self.word, self.formula, self.fraction, self.print_line, self.scribble, self.shape)
        mix = rng.dirichlet([4.0, 0.7, 0.7, 0.1, 0.15, 0.1, 0.2])
        fill = rng.uniform(0.5, 1.0)
        y = row_height * rng.uniform(0.1, 1.0)
        while y < height - 0.3 * row_height:
            x = row_height * rng.uniform(-0.2, 2.0)
            while x < width and rng.random() < fill:
                token = tokens[rng.choice(len(tokens), p=mix)]
                uneven = float(np.exp(rng.normal(0, self.unevenness)))
                size = max(MIN_HEIGHT, min(row_height * rng.uniform(0.75, 1.1) * uneven, 0.8 * height))
                end = token(x, y, size)
                if rng.random() < 0.06:
                    self.underline(x, y, size, end=end)
                x = end + row_height * rng.uniform(0.5, 2.5)
            y += row_height * rng.uniform(1.15, 2.2)

    def number(self, x: float, y: float, size: float) -> float:
        """One to seven digits; at times with a decimal point, a comma, a colon or a slash among them."""
        x = self._some_digits(x, y, size, count=int(self.rng.integers(1, 8)))
        if self.rng.random() < 0.12:
            x = self._signs(x, y, size, str(self.rng.choice(list(".,:/-'"))))
            x = self._some_digits(x, y, size, count=int(self.rng.integers(1, 4)))
        return x

    def word(self, x: float, y: float, size: float) -> float:
        """Letters and signs, written by hand."""
        running = self.rng.random() < 0.25
        return self._signs(x, y, size, invent_text(self.rng), "running" if running else "hand")

    def formula(self, x: float, y: float, size: float) -> float:
        """Digits with operators between them."""
        for _ in range(int(self.rng.integers(2, 5))):
            x = self._some_digits(x, y, size, count=int(self.rng.integers(1, 3)))
            x = self._signs(x, y, size, str(self.rng.choice(list(OPERATORS)))) + size * self.rng.uniform(0, 0.4)
        return x

    def fraction(self, x: float, y: float, size: float) -> float:
        """A number over a bar over a number."""
        half = max(MIN_HEIGHT, 0.5 * size)
        above = self._some_digits(x, y - 0.15 * size, half, count=int(self.rng.integers(1, 4)))
        below = self._some_digits(x, y + 0.65 * size, half, count=int(self.rng.integers(1, 4)))
        end = max(above, below)
        self.underline(x, y - 0.5 * size, size, end=end)
        return end

    def print_line(self, x: float, y: float, size: float) -> float:
        """Printed words, smaller than the writing; a page may carry a number, too."""
        size = max(MIN_HEIGHT, size * self.rng.uniform(0.3, 0.8))
        words = [invent_word(self.rng) for _ in range(int(self.rng.integers(1, 4)))]
        if self.rng.random() < 0.3:
            words.append(str(self.rng.integers(10**4)))
        return self._signs(x, y, size, " ".join(words), "print")

    def underline(self, x: float, y: float, size: float, *, end: float) -> None:
        """A bar under what stands from x to `end`."""
        length, thickness = max(2, round(end - x)), max(1, round(self.pen * size))
        bar = np.ones((thickness, length), np.float32)
        self._lay(bar, x, y + size * self.rng.uniform(1.05, 1.3), class_id=NOT_A_DIGIT)

    def fill_frame(self) -> None:
        """One sign, or a few, as large as the sheet."""
        rng = self.rng
        height, width = self.sheet.paper.shape
        size = min(height, width) * rng.uniform(0.3, 0.8)
        x, y = rng.uniform(0.05, 0.5) * width, (height - size) * rng.uniform(0.1, 0.9)
        if rng.random() < 0.6:
            self._some_digits(x, y, size, count=int(rng.integers(1, 3)))
        else:
            self._signs(x, y, size, str(rng.choice(list(GREEK + LATIN + CAPITALS + SIGNS))))

    def scribble(self, x: float, y: float, size: float) -> float:
        """Something struck out."""
        return self._mask(draw_scribble(self.rng, height=round(size), pen=self.pen), x, y)

    def shape(self, x: float, y: float, size: float) -> float:
        """A blot, a box, a tick."""
        return self._mask(draw_shape(self.rng, height=round(size), pen=self.pen), x, y)

    def digit(self, x: float, y: float, size: float, *, number: int) -> float:
        """The digit `number` of this hand's, a little different each time."""
        rng = self.rng
        height = max(MIN_HEIGHT, round(size * rng.uniform(0.85, 1.15)))
        slant = self.slant + rng.normal(0, 0.04)
        mask = draw_digit(
            rng, self.digits.glyphs[number], height=height, pen=None if self.own_stroke else self.pen, slant=slant
        )
        class_id, strength = int(self.digits.labels[number]), self.strength * rng.uniform(0.8, 1.0)
        self.sheet.write(self._worn(mask), x, y + rng.normal(0, 0.06) * size, class_id=class_id, strength=strength)
        gap = rng.normal(self.spacing, 0.3 * abs(self.spacing))
        return float(x + mask.shape[1] + size * max(-self.overlap, gap))

    def choose(self) -> int:
        """The number of a digit that this pen can draw."""
        for _ in range(TRIES):
            number = int(self.rng.integers(len(self.digits)))
            if self.own_stroke or not is_blob(self.digits.glyphs[number]):
                break
        return number

    def _some_digits(self, x: float, y: float, size: float, *, count: int) -> float:
        for _ in range(count):
            x = self.digit(x, y, size, number=self.choose())
        return x

    def _signs(self, x: float, y: float, size: float, text: str, style: Style = "hand") -> float:
        """A text along a line that climbs or falls a little, each sign an item."""
        rng = self.rng
        # Letters stand apart, touch, or run into one another.
        gap = rng.uniform(-0.1, 0.03) if style == "running" or rng.random() < 0.2 else rng.uniform(0.03, 0.3)
        steadiness, slope = (0.0, 0.0) if style == "print" else (0.03, rng.normal(0, 0.05))
        masks = draw_text(rng, text, height=round(size), pen=self.pen, slant=self.slant, world=self.world, style=style)
        start, drop = x, 0.1 * size
        for sign, mask in zip(text, masks, strict=True):
            if mask is None:
                x += 0.4 * size if sign.isspace() else 0
                continue
            drop += rng.normal(0, steadiness) * size
            look = look_of(sign, running=style == "running")
            doubtful = look != NOT_A_DIGIT and not sign.isdigit()
            self._lay(mask, x, y + drop + slope * (x - start), class_id=look, doubtful=doubtful)
            x += mask.shape[1] + (0.08 if style == "print" else gap) * size
        return float(x)

    def _mask(self, mask: Coverage, x: float, y: float) -> float:
        self._lay(mask, x, y, class_id=NOT_A_DIGIT)
        return float(x + mask.shape[1])

    def _lay(self, mask: Coverage, x: float, y: float, *, class_id: int, doubtful: bool = False) -> None:
        self.sheet.write(self._worn(mask), x, y, class_id=class_id, strength=self.strength, doubtful=doubtful)

    def _worn(self, mask: Coverage) -> Coverage:
        return wear(self.rng, mask, grain=self.grain, skips=self.skips)


def hire_scribe(rng: np.random.Generator, sheet: Sheet, digits: Digits, world: World) -> Scribe:
    """Any hand with any pen."""
    touching = rng.random() < 0.08
    grain, skips = rng.choice([(0.0, 0.0), (0.3, 0.0), (0.0, 0.12)], p=[0.7, 0.2, 0.1]) * rng.uniform(0.1, 1.0)
    return Scribe(
        rng,
        sheet,
        digits,
        pen=float(np.exp(rng.uniform(np.log(0.015), np.log(0.22)))),
        own_stroke=bool(rng.random() < 0.25),
        slant=float(rng.normal(0.05, 0.15)),
        strength=float(rng.uniform(0.6, 1.0)),
        spacing=float(-rng.uniform(0, 0.08) if touching else np.exp(rng.uniform(np.log(0.04), np.log(1.2)))),
        overlap=0.15 if touching else 0.02,
        grain=float(grain),
        skips=float(skips),
        unevenness=float(rng.choice([0.0, 0.5], p=[0.8, 0.2])),
        world=world,
    )
