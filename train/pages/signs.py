"""Signs drawn stroke by stroke that are no digit: operators and the letters of formulas, as a pen writes them.

Fonts give pages their letters, but nobody's y looks like a font's: by hand it is a digit 4 or 9 with a tail that no
digit has. They are drawn as the digits of `train/pages/shapes.py` are, by the same pens, and are class 10.
"""

import numpy as np

from edge.contract import NOT_A_DIGIT
from train.digits.mnist import Digits
from train.pages.shapes import Shape, draw_glyph
from train.pages.strokes import Stroke, line


def draw_signs(count: int, seed: int) -> Digits:
    """So many glyphs of such signs, all labelled as not a digit."""
    rng = np.random.default_rng([seed, 78])
    names = list(SIGNS)
    weights = np.array([weight for weight, _ in SIGNS.values()], float)
    chosen = rng.choice(len(names), count, p=weights / weights.sum())
    glyphs = [draw_glyph(rng, SIGNS[names[number]][1]) for number in chosen]
    return Digits(np.stack(glyphs), np.full(count, NOT_A_DIGIT, np.int64))


def _plus(rng: np.random.Generator) -> list[Stroke]:
    half, off = rng.uniform(0.3, 0.62), rng.normal(0, 0.06, 4)
    return [line((off[0], 0), (off[1], 1)), line((-half + off[2], 0.5 + off[3]), (half + off[2], 0.5 - off[3]))]


def _straight_x(rng: np.random.Generator) -> list[Stroke]:
    wide, off = rng.uniform(0.5, 1.1), rng.normal(0, 0.05, 4)
    return [line((0, off[0]), (wide, 1 + off[1])), line((wide, off[2]), (0, 1 + off[3]))]


def _round_x(rng: np.random.Generator) -> list[Stroke]:
    """Two bows, back to back."""
    wide, touch = rng.uniform(0.6, 1.1), rng.uniform(-0.04, 0.02)
    middle, hook = wide / 2, rng.uniform(0.05, 0.25)
    left = line((0, hook), (middle / 2, 0), (middle + touch, 0.5), (middle / 2, 1), (0, 1 - hook))
    right = line((wide, hook), (1.5 * middle, 0), (middle - touch, 0.5), (1.5 * middle, 1), (wide, 1 - hook))
    return [left, right]


def _straight_y(rng: np.random.Generator) -> list[Stroke]:
    """A short arm on a long one."""
    wide, fork = rng.uniform(0.4, 0.8), rng.uniform(0.35, 0.6)
    end = rng.uniform(-0.25, 0.2) * wide, 1
    meeting = (wide + fork * (end[0] - wide), fork)  # on the long arm
    return [line((0, rng.normal(0, 0.05)), meeting), line((wide, rng.normal(0, 0.05)), meeting, end)]


def _cup(rng: np.random.Generator) -> tuple[list[tuple[float, float]], float, float]:
    """The upper half of a y, from its upper left to its upper right: points, right side and depth."""
    wide, deep = rng.uniform(0.3, 0.6), rng.uniform(0.3, 0.5)
    start = [(-rng.uniform(0, 0.2), rng.uniform(0, 0.15)), (0, 0)] if rng.random() < 0.5 else [(0.0, 0.0)]
    bottom = [(rng.uniform(0.0, 0.08), 0.7 * deep), (0.45 * wide, deep), (0.85 * wide, 0.75 * deep)]
    return [*start, *bottom, (wide, rng.uniform(-0.05, 0.1))], wide, deep


def _tailed_y(rng: np.random.Generator) -> list[Stroke]:
    """A cup with a tail that swings far to the left."""
    cup, wide, deep = _cup(rng)
    turn = wide - rng.uniform(0, 0.12), rng.uniform(0.75, 0.9)
    end = rng.uniform(-0.5, -0.05), rng.uniform(0.8, 1.0)
    return [line(*cup), line(cup[-1], (wide, deep), turn, ((turn[0] + end[0]) / 2, 1), end)]


def _looped_y(rng: np.random.Generator) -> list[Stroke]:
    """A cup with a loop below that crosses the stem and leaves to the right."""
    cup, wide, deep = _cup(rng)
    left, low = wide - rng.uniform(0.2, 0.5), rng.uniform(0.8, 0.92)
    cross = rng.uniform(deep + 0.02, 0.75)
    end = (wide + rng.uniform(0.15, 0.6), cross - rng.uniform(-0.08, 0.25))
    loop = line(
        cup[-1], (wide - 0.02, deep), (wide - 0.08, low), ((left + wide) / 2, 1), (left, low), (wide, cross), end
    )
    return [line(*cup), loop]


def _pointed_w(rng: np.random.Generator) -> list[Stroke]:
    wide, top = rng.uniform(0.9, 1.6), rng.uniform(0.0, 0.5)
    return [
        line((0, 0), (0.25 * wide, 1)),
        line((0.25 * wide, 1), (0.5 * wide, top)),
        line((0.5 * wide, top), (0.75 * wide, 1)),
        line((0.75 * wide, 1), (wide, rng.normal(0, 0.06))),
    ]


def _round_w(rng: np.random.Generator) -> list[Stroke]:
    wide, top, inward = rng.uniform(1.0, 1.7), rng.uniform(0.15, 0.7), rng.uniform(-0.05, 0.25)
    left = [(inward, 0), (0, 0.5), (0.1 * wide, 0.95), (0.25 * wide, 1)]
    right = [(0.75 * wide, 1), (0.9 * wide, 0.95), (wide, 0.5), (wide - inward, rng.normal(0, 0.06))]
    return [line(*left, (0.45 * wide, top + 0.1), (0.5 * wide, top), (0.55 * wide, top + 0.1), *right)]


def _v(rng: np.random.Generator) -> list[Stroke]:
    wide = rng.uniform(0.5, 1.0)
    foot = wide * rng.uniform(0.4, 0.6), 1
    return [line((0, rng.normal(0, 0.05)), foot), line(foot, (wide, rng.normal(0, 0.05)))]


def _k(rng: np.random.Generator) -> list[Stroke]:
    wide, waist = rng.uniform(0.35, 0.6), rng.uniform(0.5, 0.7)
    stem = line((0, 0), (rng.normal(0, 0.03), 1))
    return [stem, line((wide, rng.uniform(0.2, 0.4)), (0.02, waist)), line((0.1, waist - 0.05), (wide, 1))]


def _h(rng: np.random.Generator) -> list[Stroke]:
    wide, waist = rng.uniform(0.35, 0.6), rng.uniform(0.45, 0.6)
    return [line((0, 0), (0, 1)), line((0, waist + 0.15), (0.5 * wide, waist), (wide, waist + 0.12), (wide, 1))]


def _n(rng: np.random.Generator) -> list[Stroke]:
    """Also an m."""
    wide, arches = rng.uniform(0.6, 0.9), int(rng.integers(1, 3))
    bows = [
        line((n * wide, 0.35), ((n + 0.45) * wide, 0), ((n + 0.95) * wide, 0.25), ((n + 1) * wide, 1))
        for n in range(arches)
    ]
    return [line((0, rng.normal(0, 0.05)), (0, 1)), *bows]


def _u(rng: np.random.Generator) -> list[Stroke]:
    wide = rng.uniform(0.7, 1.2)
    return [line((0, 0), (0.02, 0.7), (0.45 * wide, 1), (0.95 * wide, 0.7), (wide, 0)), line((wide, 0), (wide, 1))]


def _t(rng: np.random.Generator) -> list[Stroke]:
    """Its foot turns to the right, its bar is high."""
    high, left, right = rng.uniform(0.2, 0.4), rng.uniform(0.15, 0.35), rng.uniform(0.2, 0.5)
    foot = (0.1, 0.97), (rng.uniform(0.25, 0.5), rng.uniform(0.85, 0.97))
    return [line((0, 0), (0, 0.8), *foot), line((-left, high), (right, high + rng.normal(0, 0.04)))]


SIGNS: dict[str, tuple[float, Shape]] = {
    "plus": (2, _plus),
    "x": (1.5, _straight_x),
    "round x": (1.5, _round_x),
    "y": (2, _straight_y),
    "y with a tail": (2, _tailed_y),
    "y with a loop": (3, _looped_y),
    "w": (1, _pointed_w),
    "round w": (1, _round_w),
    "v": (1, _v),
    "k": (1, _k),
    "h": (1, _h),
    "n and m": (1, _n),
    "u": (1, _u),
    "t": (1, _t),
}
"""How often each is drawn, relative to the others. What is a digit to the eye (b, g, l, o, s, z) is not here."""
