"""The lines of printed forms: thin, thick, dashed, double, worn, drawn by hand."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from train.pages.pen import wear
from train.pages.scribe import Scribe

Lines = NDArray[np.float32]
"""Coverage by what is printed, 0 to 1, (height, width)."""
Spot = tuple[float, float]
"""x, y."""


@dataclass(frozen=True, slots=True)
class Printer:
    """Draws lines of one style onto a canvas."""

    rng: np.random.Generator
    lines: Lines
    thickness: int
    style: str
    """One of the variants of "lines", or "dotted"."""

    def line(self, start: Spot, end: Spot, *, weight: int = 1, style: str | None = None) -> None:
        """A straight line, `weight` times as thick as the others, in this printer's style or another."""
        a, b = np.array(start, float), np.array(end, float)
        length, style = float(np.hypot(*(b - a))), style or self.style
        if length < 1:
            return
        along, thickness = (b - a) / length, self.thickness * weight
        if style in ("dashed", "dotted", "dash-dotted"):
            self._dashes(a, along, length, thickness, style)
        elif style == "by hand":
            steps = np.linspace(0, 1, max(3, int(length / 60)))[:, np.newaxis]
            points = a + steps * (b - a) + self.rng.normal(0, 1.2, (len(steps), 2))
            points[[0, -1]] += self.rng.normal(0, 4, (2, 1)) * along
            self.curve(points, thickness)
        elif style == "double":
            aside = np.array([-along[1], along[0]]) * (thickness + 1.5)
            for shift in (-aside, aside):
                self.curve(np.array([a, b]) + shift, max(1, thickness - 1))
        else:
            self.curve(np.array([a, b]), thickness)

    def curve(self, points: NDArray[np.float64], thickness: int | None = None) -> None:
        """A line through these points, (N, 2)."""
        drawn = [np.round(points * 8).astype(np.int32)]
        cv2.polylines(self.lines, drawn, False, 1.0, thickness or self.thickness, cv2.LINE_AA, 3)

    def finish(self) -> None:
        """Worn print, and grey one."""
        if self.style == "worn":
            np.multiply(self.lines, wear(self.rng, np.ones_like(self.lines), grain=0.3, skips=0.15), out=self.lines)
        if self.style == "grey":
            np.multiply(self.lines, np.float32(self.rng.uniform(0.3, 0.7)), out=self.lines)

    def _dashes(
        self, start: NDArray[np.float64], along: NDArray[np.float64], length: float, thickness: int, style: str
    ) -> None:
        dash = thickness * {"dotted": 1.0, "dashed": 4.0}.get(style, 6.0) + 1
        for n, at in enumerate(np.arange(0, length, dash * 1.8 + 1)):
            short = dash if style != "dash-dotted" or n % 2 == 0 else 1.0
            ends = np.array([[at], [min(length, at + short - 1)]])
            self.curve(start + ends * along, thickness)


def take_printer(scribe: Scribe, lines: Lines, cell: float) -> Printer:
    """One whose lines are fit for cells of this size, px."""
    style = scribe.variant("lines")
    most = max(2, min(6, round(cell / 14)))
    thickness = 1 if style in ("thin", "double") else int(scribe.rng.integers(1, most + 1))
    return Printer(scribe.rng, lines, max(2, thickness) if style == "thick" else thickness, style)
