"""Rendered hands: MNIST digits as one and the same writer would have written them, with that writer's habits.

A hand follows from its seed alone: slant, width, pen, a bend of its own for each digit, and habits such as a hooked 1.
They stand in for real writers where a recipe for learning a hand is chosen; nobody's pictures are needed for that.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from edge.contract import Glyph
from edge.reading.glyph import find_ink_box, normalize
from train.digits.mnist import Digits
from train.pages.pen import redraw

HEIGHT = 96
"""Digits are drawn so high, px, and then normalized as the reader does it."""
MARGIN = 40
"""Around them, for what a habit adds, px."""
HABIT_SHARE = 0.6
"""A hand has each digit's habit with this probability ..."""
FAITHFUL = 0.9
"""... and then writes it so with this one."""

Canvas = NDArray[np.uint8]
"""One digit drawn large, bright on black, (height, width)."""


@dataclass(frozen=True, slots=True)
class Hand:
    """What one writer always does."""

    slant: float
    """Horizontal shift per vertical pixel, to the right."""
    width: float
    """Of a digit, as a factor."""
    pen: float | None
    """Width of the stroke as a share of the height; None: as MNIST's writers had it."""
    habits: dict[int, str]
    """Of some digits: label -> a key of HABITS."""
    bends: NDArray[np.float32] = field(repr=False)
    """How this writer bends each digit: shifts of a coarse field, px of a glyph, (10, 2, points, points)."""
    angle: float
    """Of hooks and bars, radians."""
    length: float
    """Of hooks and bars, as a share of the height."""


def hire_hand(seed: int) -> Hand:
    """The writer with this number."""
    rng = np.random.default_rng([seed, 77])
    habits = {
        label: str(rng.choice([name for name in HABITS if name.startswith(str(label))]))
        for label in sorted({int(name[0]) for name in HABITS})
        if rng.random() < HABIT_SHARE
    }
    return Hand(
        slant=float(rng.normal(0.05, 0.18)),
        width=float(np.exp(rng.normal(0, 0.15))),
        pen=float(rng.uniform(0.05, 0.16)) if rng.random() < 0.7 else None,
        habits=habits,
        bends=rng.normal(0, 1.1, (10, 2, 4, 4)).astype(np.float32),
        angle=float(rng.uniform(0.5, 1.1)),
        length=float(rng.uniform(0.3, 0.55)),
    )


def write_digits(hand: Hand, digits: Digits, *, per_label: int, seed: int) -> Digits:
    """So many of each digit in this hand.

    Args:
        hand: the writer.
        digits: MNIST's, of which they are made; none is used twice.
        per_label: how many of each of the ten.
        seed: which digits are taken, and how each differs from its neighbours.
    """
    rng = np.random.default_rng([seed, 78])
    glyphs, labels = [], []
    for label in range(10):
        for index in rng.permutation(np.flatnonzero(digits.labels == label))[:per_label]:
            glyphs.append(write_digit(rng, hand, digits.glyphs[index], label))
            labels.append(label)
    return Digits(np.stack(glyphs), np.array(labels, np.int64))


def write_digit(rng: np.random.Generator, hand: Hand, glyph: Glyph, label: int) -> Glyph:
    """One MNIST digit in this hand, normalized again: uint8, (28, 28)."""
    canvas = _enlarge(glyph)
    habit = hand.habits.get(label)
    if habit is not None and rng.random() < FAITHFUL:
        canvas = HABITS[habit](canvas, hand, rng)
    canvas = _bend(canvas, hand.bends[label] + rng.normal(0, 0.3, hand.bends[label].shape).astype(np.float32))
    canvas = _lean(canvas, hand.slant + rng.normal(0, 0.05), hand.width * np.exp(rng.normal(0, 0.05)))
    if hand.pen is not None:
        pen = hand.pen * HEIGHT * np.exp(rng.normal(0, 0.1))
        canvas = np.asarray(255 * redraw(canvas > 127, pen), np.uint8)
    return normalize(canvas)


def _enlarge(glyph: Glyph) -> Canvas:
    box = find_ink_box(glyph)
    if box is None:
        raise ValueError("glyph is blank")
    crop = glyph[box.y : box.bottom, box.x : box.right]
    scale = HEIGHT / max(box.height, box.width)
    size = max(8, round(box.width * scale)), max(8, round(box.height * scale))
    large = cv2.GaussianBlur(cv2.resize(np.pad(crop, 1), size, interpolation=cv2.INTER_CUBIC), (0, 0), 1.5)
    return np.pad(np.asarray(np.clip((large.astype(np.float32) - 90) * 4 + 128, 0, 255), np.uint8), MARGIN)


def _bend(canvas: Canvas, shifts: NDArray[np.float32]) -> Canvas:
    """Move everything by a smooth field; `shifts` (2, points, points) are px of a glyph."""
    px = shifts * np.float32(HEIGHT / 20)
    dx, dy = (cv2.resize(axis, canvas.shape[::-1], interpolation=cv2.INTER_CUBIC) for axis in px)
    rows, columns = np.indices(canvas.shape, np.float32)
    return np.asarray(cv2.remap(canvas, columns + dx, rows + dy, cv2.INTER_LINEAR), np.uint8)


def _lean(canvas: Canvas, slant: float, width: float) -> Canvas:
    height, columns = canvas.shape
    middle = np.array([columns / 2, height / 2])
    turn = np.array([[width, -slant], [0, 1]])
    size = columns + 2 * MARGIN
    shift = np.array([size / 2, height / 2]) - turn @ middle
    return np.asarray(cv2.warpAffine(canvas, np.column_stack([turn, shift]), (size, height)), np.uint8)


# Habits: (canvas, hand, chance) -> canvas. What each adds is as thick as the digit's own stroke.


def _hook(canvas: Canvas, hand: Hand, rng: np.random.Generator) -> Canvas:
    """1: an upstroke before the stem, as in much of Europe."""
    x, y = _extreme(canvas, top=True)
    return _stroke(canvas, hand, rng, (x, y), (-np.cos(hand.angle), np.sin(hand.angle)))


def _hook_and_foot(canvas: Canvas, hand: Hand, rng: np.random.Generator) -> Canvas:
    """1: an upstroke, and a base line under the stem."""
    x, y = _extreme(canvas, top=False)
    half = 0.5 * hand.length * HEIGHT
    return _line(_hook(canvas, hand, rng), (x - half, y), (x + half, y))


def _bar(canvas: Canvas, hand: Hand, rng: np.random.Generator) -> Canvas:
    """7: crossed."""
    x, y = _on_stem(canvas, rng.normal(0.55, 0.04))
    slope, half = np.tan(0.4 * (hand.angle - 0.8)), (0.2 + 0.3 * hand.length) * HEIGHT
    return _line(canvas, (x - half, y + slope * half), (x + half, y - slope * half))


def _close(canvas: Canvas, hand: Hand, rng: np.random.Generator) -> Canvas:
    """4: its two tops are joined."""
    del hand, rng
    columns = np.flatnonzero(canvas.any(axis=0))
    middle = int(columns[0] + 0.5 * (columns[-1] - columns[0]))
    left, right = canvas.copy(), canvas.copy()
    left[:, middle:], right[:, :middle] = 0, 0
    return _line(canvas, _extreme(left, top=True), _extreme(right, top=True))


def _loop_foot(canvas: Canvas, hand: Hand, rng: np.random.Generator) -> Canvas:
    """2: a loop where the foot begins."""
    rows, columns = np.nonzero(canvas > 127)
    low = rows > rows.max() - 0.25 * HEIGHT
    corner = float(columns[low].min()), float(rows.max())
    return _ring(canvas, (corner[0] + 10, corner[1] - 10), (12 + 8 * hand.length, 9.0), float(rng.normal(-20, 8)))


def _curl_tail(canvas: Canvas, hand: Hand, rng: np.random.Generator) -> Canvas:
    """9: the tail swings back to the left, as in a g."""
    x, y = _extreme(canvas, top=False)
    radius = (0.35 + 0.3 * hand.length) * HEIGHT * np.exp(rng.normal(0, 0.1)) / 2
    drawn = canvas.copy()
    axes = round(radius), round(radius * 0.7)
    centre = round(x - radius), round(y)
    cv2.ellipse(drawn, centre, axes, 0.0, 0.0, 110 + 60 * hand.length, 255, _thickness(canvas), cv2.LINE_AA)
    return drawn


def _slash(canvas: Canvas, hand: Hand, rng: np.random.Generator) -> Canvas:
    """0: struck through."""
    rows, columns = np.nonzero(canvas > 127)
    x, y = (columns.min() + columns.max()) / 2, (rows.min() + rows.max()) / 2
    half = (0.35 + 0.4 * hand.length) * HEIGHT * np.exp(rng.normal(0, 0.08))
    dx, dy = half * np.cos(hand.angle), half * np.sin(hand.angle)
    return _line(canvas, (x - dx, y + dy), (x + dx, y - dy))


def _loop_top(canvas: Canvas, hand: Hand, rng: np.random.Generator) -> Canvas:
    """0: a small loop inside, where the pen came and went."""
    x, y = _extreme(canvas, top=True)
    return _ring(canvas, (x + rng.normal(6, 3), y + 12), (8 + 10 * hand.length, 11.0), float(rng.normal(30, 10)))


def _wave_roof(canvas: Canvas, hand: Hand, rng: np.random.Generator) -> Canvas:
    """7: a stroke hangs down where the roof begins."""
    columns = np.flatnonzero((canvas > 127).any(axis=0))
    left = int(columns[0]) + 3
    y = float(np.flatnonzero(canvas[:, left] > 127).mean()) if (canvas[:, left] > 127).any() else MARGIN
    return _stroke(canvas, hand, rng, (float(left), y), (-0.2, 1.0), share=0.6)


HABITS: dict[str, Callable[[Canvas, Hand, np.random.Generator], Canvas]] = {
    "0 slashed": _slash,
    "0 with a loop": _loop_top,
    "1 hooked": _hook,
    "1 hooked, with a foot": _hook_and_foot,
    "2 looped": _loop_foot,
    "4 closed": _close,
    "7 crossed": _bar,
    "7 with a serif": _wave_roof,
    "9 curled": _curl_tail,
}
"""The first sign is the label."""


def _thickness(canvas: Canvas) -> int:
    """Width of a digit's stroke, px: twice the distance from its middle to its edge."""
    stroke = canvas > 127
    inside = cv2.distanceTransform(stroke.astype(np.uint8), cv2.DIST_L2, 3)[skeletonize(stroke)]
    return max(2, round(2 * float(inside.mean()))) if inside.size else 2


def _extreme(canvas: Canvas, *, top: bool) -> tuple[float, float]:
    """Middle of the topmost or lowest end of a stroke, (x, y)."""
    rows, columns = np.nonzero(canvas > 127)
    if rows.size == 0:
        return canvas.shape[1] / 2, canvas.shape[0] / 2
    end = rows.min() + 3 if top else rows.max() - 3
    return float(columns[np.abs(rows - end) <= 3].mean()), float(end)


def _on_stem(canvas: Canvas, share: float) -> tuple[float, float]:
    """Middle of the rightmost stroke at this share of the digit's height, (x, y)."""
    rows = np.flatnonzero((canvas > 127).any(axis=1))
    y = int(rows[0] + share * (rows[-1] - rows[0]))
    columns = np.flatnonzero(canvas[y] > 127)
    if columns.size == 0:
        return canvas.shape[1] / 2, float(y)
    run = columns[columns > columns[-1] - 1.5 * _thickness(canvas)]
    return float(run.mean()), float(y)


def _stroke(
    canvas: Canvas,
    hand: Hand,
    rng: np.random.Generator,
    start: tuple[float, float],
    towards: tuple[float, float],
    *,
    share: float = 1.0,
) -> Canvas:
    length = share * hand.length * HEIGHT * np.exp(rng.normal(0, 0.1))
    return _line(canvas, start, (start[0] + length * towards[0], start[1] + length * towards[1]))


def _line(canvas: Canvas, start: tuple[float, float], end: tuple[float, float]) -> Canvas:
    drawn = canvas.copy()
    ends = [(round(x), round(y)) for x, y in (start, end)]
    cv2.line(drawn, ends[0], ends[1], 255, _thickness(canvas), cv2.LINE_AA)
    return drawn


def _ring(canvas: Canvas, centre: tuple[float, float], axes: tuple[float, float], angle: float) -> Canvas:
    drawn = canvas.copy()
    middle, radii = (round(centre[0]), round(centre[1])), (round(axes[0]), round(axes[1]))
    cv2.ellipse(drawn, middle, radii, angle, 0.0, 360.0, 255, _thickness(canvas), cv2.LINE_AA)
    return drawn
