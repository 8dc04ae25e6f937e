"""One person writing one page: numbers, words, formulas, scribbles and shapes, all with one pen and one slant."""

from dataclasses import dataclass

import numpy as np

from edge.contract import NOT_A_DIGIT
from train.data import Digits
from train.pen import OPERATORS, SIGNS, Coverage, draw_digit, draw_scribble, draw_shape, draw_text
from train.sheet import Sheet

MIN_HEIGHT = 12
"""Nobody writes smaller than this, px; it would not be read either."""


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

    def write_page(self, row_height: int) -> None:
        """Fill the sheet with rows, about `row_height` px high, of all kinds of tokens in a random mix."""
        rng = self.rng
        height, width = self.sheet.paper.shape
        tokens = (self.number, self.word, self.formula, self.scribble, self.shape)
        mix = rng.dirichlet([2.5, 0.4, 0.5, 0.12, 0.25])
        fill = rng.uniform(0.3, 1.0)
        y = row_height * rng.uniform(0.1, 1.0)
        while y < height - 0.3 * row_height:
            x = row_height * rng.uniform(-0.2, 2.0)
            while x < width and rng.random() < fill:
                token = tokens[rng.choice(len(tokens), p=mix)]
                size = max(MIN_HEIGHT, row_height * rng.uniform(0.75, 1.1))
                x = token(x, y, size) + row_height * rng.uniform(0.5, 2.5)
            y += row_height * rng.uniform(1.15, 2.2)

    def number(self, x: float, y: float, size: float) -> float:
        """One to seven digits."""
        return self._some_digits(x, y, size, count=int(self.rng.integers(1, 8)))

    def word(self, x: float, y: float, size: float) -> float:
        """Letters and signs, in a font."""
        return self._signs(x, y, size, "".join(self.rng.choice(list(SIGNS), int(self.rng.integers(1, 9)))))

    def formula(self, x: float, y: float, size: float) -> float:
        """Digits with operators between them."""
        for _ in range(int(self.rng.integers(2, 5))):
            x = self._some_digits(x, y, size, count=int(self.rng.integers(1, 3)))
            x = self._signs(x, y, size, str(self.rng.choice(list(OPERATORS)))) + size * self.rng.uniform(0, 0.4)
        return x

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
        self.sheet.write(mask, x, y + rng.normal(0, 0.06) * size, class_id=class_id, strength=strength)
        return float(x + mask.shape[1] + size * max(-0.02, rng.normal(self.spacing, 0.3 * self.spacing)))

    def _some_digits(self, x: float, y: float, size: float, *, count: int) -> float:
        for _ in range(count):
            x = self.digit(x, y, size, number=int(self.rng.integers(len(self.digits))))
        return x

    def _signs(self, x: float, y: float, size: float, text: str) -> float:
        gap = size * self.rng.uniform(0.03, 0.3)
        for mask in draw_text(self.rng, text, height=round(size), pen=self.pen, slant=self.slant):
            if mask is not None:
                x = self._mask(mask, x, y + 0.1 * size) + gap
        return float(x)

    def _mask(self, mask: Coverage, x: float, y: float) -> float:
        self.sheet.write(mask, x, y, class_id=NOT_A_DIGIT, strength=self.strength)
        return float(x + mask.shape[1])


def hire_scribe(rng: np.random.Generator, sheet: Sheet, digits: Digits) -> Scribe:
    """Any hand with any pen."""
    return Scribe(
        rng,
        sheet,
        digits,
        pen=float(np.exp(rng.uniform(np.log(0.015), np.log(0.2)))),
        own_stroke=bool(rng.random() < 0.25),
        slant=float(rng.normal(0.05, 0.15)),
        strength=float(rng.uniform(0.6, 1.0)),
        spacing=float(np.exp(rng.uniform(np.log(0.04), np.log(1.2)))),
    )
