"""Digits drawn stroke by stroke, in the shapes that people write and MNIST hardly holds: a hooked 1, a crossed 7, ...

Chance places the points of the strokes, bends and slants the whole, and takes a pen from fine to so thick that loops
close. The kinds follow from what a reader trained on MNIST alone misreads in other hands; no picture of them is used.
"""

from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np

from edge.contract import Glyph
from edge.reading.glyph import normalize
from train.digits.mnist import Digits
from train.pages.strokes import HEIGHT, Stroke, arc, distort, draw_strokes, line, meet

PEN = 0.04, 0.24
"""Width of the stroke as a share of the height, from a fine pencil to a marker ..."""
PEN_OF_ONE = 0.05, 0.45
"""... which leaves of a 1 no more than a bar."""
RESOLUTION = 14, 96
"""Drawn digits are reduced to any height between these, px: what a camera far away or a coarse scan left of them ..."""
BINARY_SHARE = 0.5
"""... and with this probability made black and white, as by a threshold."""

Shape: TypeAlias = Callable[[np.random.Generator], list[Stroke]]


def draw_digits(count: int, seed: int) -> Digits:
    """So many glyphs of such shapes, each of the ten digits equally often."""
    rng = np.random.default_rng([seed, 76])
    labels = np.arange(count, dtype=np.int64) % 10
    return Digits(np.stack([draw_shape(rng, _choose_shape(rng, int(label))) for label in labels]), labels)


def draw_shape(rng: np.random.Generator, name: str) -> Glyph:
    """One digit of this shape, a key of SHAPES: uint8, (28, 28)."""
    return draw_glyph(rng, SHAPES[name][1], pen=PEN_OF_ONE if name.startswith("1") else PEN)


def draw_glyph(rng: np.random.Generator, shape: Shape, *, pen: tuple[float, float] = PEN) -> Glyph:
    """One sign, distorted, drawn with any pen and seen by any camera, normalized as the reader does it: (28, 28)."""
    width = float(np.exp(rng.uniform(*np.log(pen))))
    ink = draw_strokes(distort(rng, shape(rng)), pen=width)
    height = np.exp(rng.uniform(*np.log(RESOLUTION)))
    size = [max(1, round(side * height / HEIGHT)) for side in ink.shape[::-1]]
    small = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    if rng.random() < BINARY_SHARE and small.max() > 127:
        small = np.where(small > 127, 255, 0)
    return normalize(small.astype(np.uint8))


def _choose_shape(rng: np.random.Generator, label: int) -> str:
    names = [name for name in SHAPES if name.startswith(str(label))]
    weights = np.array([SHAPES[name][0] for name in names], float)
    return names[rng.choice(len(names), p=weights / weights.sum())]


# Shapes: chance -> strokes.


def _oval(rng: np.random.Generator, sweep: float) -> Stroke:
    """Against the clock from the top."""
    return arc((0.35, 0.5), (rng.uniform(0.22, 0.5), 0.5), rng.normal(-85, 18), -sweep)


def _slashed_zero(rng: np.random.Generator) -> list[Stroke]:
    """The slash may stand out far, and end in a hook as a 1 or 7 does."""
    angle, half = rng.uniform(0.5, 1.7), rng.uniform(0.35, 0.95)
    x, y = half * np.cos(angle), half * np.sin(angle)
    middle = 0.35 + rng.normal(0, 0.04), 0.5 + rng.normal(0, 0.05)
    low, high = (middle[0] - x, middle[1] + y), (middle[0] + x, middle[1] - y)
    slash = [line(low, high)]
    if rng.random() < 0.2:
        slash.append(np.vstack([high, high + np.array([-rng.uniform(0.1, 0.45), rng.uniform(-0.05, 0.2)])]))
    return [_oval(rng, rng.uniform(335, 390)), *slash]


def _looped_zero(rng: np.random.Generator) -> list[Stroke]:
    """The pen ends in a small loop inside the top."""
    radius = rng.uniform(0.08, 0.2)
    across = radius * rng.uniform(0.8, 1.8)
    loop = arc((0.35 + rng.normal(0, 0.05), radius), (across, radius), -90, -rng.uniform(110, 360))
    return [np.vstack([arc((0.35, 0.5), (rng.uniform(0.25, 0.45), 0.5), -90, -360)[:-1], loop])]


def _open_zero(rng: np.random.Generator) -> list[Stroke]:
    return [_oval(rng, rng.uniform(280, 335))]


def _tailed_zero(rng: np.random.Generator) -> list[Stroke]:
    """Its end leaves to the upper right."""
    end = rng.uniform(0.55, 0.95), rng.uniform(-0.15, 0.2)
    return [np.vstack([_oval(rng, rng.uniform(350, 375)), end])]


def _wound_zero(rng: np.random.Generator) -> list[Stroke]:
    """The pen goes round more than once, further in each time."""
    turns, inner = rng.uniform(1.1, 1.6), rng.uniform(0.55, 0.9)
    whole = _oval(rng, 360 * turns)
    middle = np.array([0.35, 0.5])
    return [middle + (whole - middle) * np.linspace(1, inner, len(whole))[:, np.newaxis]]


def _hook(rng: np.random.Generator) -> Stroke:
    """The upstroke of a 1, up to (0, 0)."""
    angle, length = np.deg2rad(rng.uniform(32, 76)), rng.uniform(0.15, 0.7)
    start = np.array([-np.cos(angle), np.sin(angle)]) * length
    sag = rng.normal(0, 0.1) * length * np.array([np.sin(angle), np.cos(angle)])
    return np.vstack([start, start / 2 + sag, [0, 0]])


def _stem(rng: np.random.Generator) -> Stroke:
    """Of a 1, down from (0, 0)."""
    return line((0, 0), (rng.normal(0, 0.03), 0.5), (rng.normal(0, 0.06), 1))


def _foot(rng: np.random.Generator) -> Stroke:
    """The base line of a 1."""
    y, tilt = 1 - rng.uniform(0, 0.1), rng.normal(0, 0.04)
    return line((-rng.uniform(0.12, 0.45), y + tilt), (rng.uniform(0.12, 0.5), y - tilt))


def _hooked_one(rng: np.random.Generator) -> list[Stroke]:
    return meet(rng, _hook(rng), _stem(rng), smooth=0.25)


def _hooked_one_on_a_foot(rng: np.random.Generator) -> list[Stroke]:
    return [_hook(rng), _stem(rng), _foot(rng)]


def _one_on_a_foot(rng: np.random.Generator) -> list[Stroke]:
    return [_stem(rng), _foot(rng)]


def _bare_one(rng: np.random.Generator) -> list[Stroke]:
    return [_stem(rng)]


def _retraced_one(rng: np.random.Generator) -> list[Stroke]:
    """Gone over twice: a bar with ragged sides, or forked at one end."""
    stem = _stem(rng)
    aside = rng.normal(0, 0.07, (2, len(stem))) * np.array([[1], [0.4]])
    return [stem, stem + aside.T]


def _swung_one(rng: np.random.Generator) -> list[Stroke]:
    """It starts with a short hook and swings to the right, as an L at most, or to the left; far to both sides: a 2."""
    far = rng.uniform(0.15, 0.6) if rng.random() < 0.6 else -rng.uniform(0.1, 0.3)
    swing = line((0, 0), (0, 0.72), (0.3 * far, 0.96), (far, rng.uniform(0.86, 1)))
    return meet(rng, line((-rng.uniform(0.03, 0.16), rng.uniform(0.04, 0.14)), (0, 0)), swing, smooth=0.5)


def _looped_two(rng: np.random.Generator) -> list[Stroke]:
    """A loop where the foot begins."""
    high, wide = rng.uniform(0.06, 0.22), rng.uniform(0.0, 0.12)
    top = [(0.05, rng.uniform(0.12, 0.3)), (0.3, 0), (0.58, rng.uniform(0.18, 0.3)), (0.38, 0.62)]
    loop = [(0.12, 0.94), (-wide, 0.97 - high / 2), (0.12, 0.95 - high), (0.32, 0.9)]
    return [line(*top, *loop, (rng.uniform(0.55, 0.8), rng.uniform(0.86, 1.05)))]


def _curled_two(rng: np.random.Generator) -> list[Stroke]:
    """It starts with a curl, and its foot is straight."""
    curl = [(0.2, rng.uniform(0.2, 0.34)), (0.05, 0.26), (0.08, 0.1), (0.3, 0), (0.56, 0.2), (0.34, 0.65), (0, 0.97)]
    return [line(*curl), line((0, 0.97), (rng.uniform(0.5, 0.8), rng.uniform(0.88, 1.05)))]


def _two_like_a_z(rng: np.random.Generator) -> list[Stroke]:
    """Three strokes with corners between them."""
    roof = (rng.uniform(0, 0.08), rng.uniform(0.02, 0.16)), (rng.uniform(0.42, 0.65), rng.uniform(0, 0.06))
    foot = (rng.uniform(0, 0.08), rng.uniform(0.9, 1)), (rng.uniform(0.48, 0.8), rng.uniform(0.9, 1.03))
    return [line(*roof, *foot)] if rng.random() < 0.5 else [line(*roof), line(roof[1], foot[0]), line(*foot)]


def _flat_three(rng: np.random.Generator) -> list[Stroke]:
    """A straight roof."""
    right, neck = (rng.uniform(0.45, 0.65), rng.normal(0, 0.03)), (rng.uniform(0.18, 0.32), rng.uniform(0.33, 0.45))
    bowl = line(neck, (0.55, 0.48), (0.62, 0.76), (0.32, 1), (0, rng.uniform(0.82, 0.95)))
    return [line((0, rng.normal(0.02, 0.03)), right), line(right, neck), bowl]


def _looped_three(rng: np.random.Generator) -> list[Stroke]:
    """A loop in its middle."""
    loop = [(0.3, 0.5), (rng.uniform(0.05, 0.2), 0.52), (0.22, rng.uniform(0.38, 0.46))]
    return [line((0, 0.14), (0.3, 0), (0.52, 0.2), *loop, (0.5, 0.52), (0.58, 0.78), (0.3, 1), (0, 0.88))]


def _open_four(rng: np.random.Generator) -> list[Stroke]:
    """A long stroke to the lower left and back, and a stem that may be short."""
    corner = rng.uniform(0, 0.1), rng.uniform(0.5, 0.75)
    down = line((rng.uniform(0.05, 0.6), 0), corner)
    bar = line(corner, (rng.uniform(0.65, 0.95), corner[1] + rng.normal(-0.03, 0.05)))
    x = rng.uniform(0.38, 0.62)
    stem = line((x + rng.normal(0.05, 0.05), corner[1] - rng.uniform(0.12, 0.6)), (x + rng.normal(-0.03, 0.05), 1))
    return [*meet(rng, down, bar, smooth=0.4), stem]


def _lightning_four(rng: np.random.Generator) -> list[Stroke]:
    """In one go: down to the left, up to the right, down."""
    left, right = (rng.uniform(0, 0.1), rng.uniform(0.38, 0.62)), (rng.uniform(0.4, 0.68), rng.uniform(0.18, 0.5))
    start, end = (rng.uniform(0.1, 0.5), 0), (right[0] + rng.uniform(-0.3, 0.05), 1)
    return [line(start, left), *meet(rng, line(left, right), line(right, end), smooth=0.2)]


def _round_four(rng: np.random.Generator) -> list[Stroke]:
    """In one go with round turns: as a u with a long right stem; its top must stay open, else it is a 9."""
    left = [(rng.uniform(-0.08, 0.12), rng.uniform(0, 0.1)), (0, rng.uniform(0.28, 0.42))]
    cup = line(*left, (0.2, rng.uniform(0.48, 0.6)), (0.5, 0.38), (0.58, rng.uniform(0, 0.15)))
    return [cup, line((cup[-1, 0], cup[-1, 1]), (0.58 + rng.normal(-0.06, 0.06), 1))]


def _closed_four(rng: np.random.Generator) -> list[Stroke]:
    top, corner = (rng.uniform(0.35, 0.6), 0), (0, rng.uniform(0.5, 0.75))
    bar = line(corner, (rng.uniform(0.6, 0.95), corner[1] + rng.normal(-0.02, 0.04)))
    return [line(top, corner), bar, line(top, (top[0] + rng.normal(-0.04, 0.06), 1))]


def _five_like_an_s(rng: np.random.Generator) -> list[Stroke]:
    roof = [(rng.uniform(0.5, 0.75), rng.normal(0.02, 0.03)), (0.28, 0.04), (0.12, rng.uniform(0.22, 0.32))]
    return [line(*roof, (0.35, 0.44), (0.58, 0.7), (0.32, 0.99), (0, rng.uniform(0.7, 0.96)))]


def _five_with_a_roof_apart(rng: np.random.Generator) -> list[Stroke]:
    """Drawn last, it may miss the rest."""
    left = rng.uniform(0.1, 0.35)
    roof = line((left, rng.normal(0, 0.04)), (left + rng.uniform(0.3, 0.55), rng.normal(-0.04, 0.06)))
    neck = 0.1 + rng.normal(0, 0.03), rng.uniform(0.32, 0.46)
    body = line(neck, (0.4, 0.36), (0.6, 0.65), (0.34, 1), (0, rng.uniform(0.7, 0.96)))
    return [*meet(rng, line((0.14, rng.uniform(0.02, 0.12)), neck), body, smooth=0.3), roof]


def _roofless_five(rng: np.random.Generator) -> list[Stroke]:
    """Its roof is no more than a dot, or was never drawn."""
    top = rng.uniform(0.1, 0.4), 0
    bowl = [(0.14, rng.uniform(0.3, 0.42)), (0.4, 0.4), (0.58, 0.68), (0.32, 1), (0, rng.uniform(0.75, 0.96))]
    dot = line(top, (top[0] + rng.uniform(0.05, 0.25), rng.normal(0, 0.03)))
    return [*meet(rng, line(top, bowl[0]), line(*bowl), smooth=0.4), *([dot] if rng.random() < 0.6 else [])]


def _curled_six(rng: np.random.Generator) -> list[Stroke]:
    """Its top turns over, its end may cross the stem."""
    top = [(rng.uniform(0.45, 0.6), rng.uniform(0.05, 0.2)), (0.38, 0), (0.12, 0.3), (0, 0.68), (0.22, 1)]
    return [line(*top, (0.5, 0.8), (0.32, rng.uniform(0.5, 0.62)), (rng.uniform(-0.1, 0.12), rng.uniform(0.62, 0.8)))]


def _straight_six(rng: np.random.Generator) -> list[Stroke]:
    """A straight stem, a round bowl."""
    stem = [(rng.uniform(0.05, 0.45), 0), (0.08, 0.4), (0.02, 0.7), (0.22, 1)]
    return [line(*stem, (0.5, 0.78), (0.28, rng.uniform(0.45, 0.6)), (0.03, 0.72))]


def _stem_of_seven(rng: np.random.Generator, top: tuple[float, float], *, bar: bool) -> list[Stroke]:
    end = np.array([rng.uniform(0.08, 0.55), 1])
    half_way = (end + top) / 2 + np.array([rng.normal(-0.02, 0.06), 0])
    strokes = [np.vstack([top, half_way, end])]
    if bar:
        middle = half_way + np.array([rng.normal(0, 0.04), rng.normal(0.02, 0.06)])
        half = np.array([1, rng.normal(-0.1, 0.2)]) * rng.uniform(0.14, 0.34)
        strokes.append(np.vstack([middle - half, middle + half]))
    return strokes


def _straight_roof(rng: np.random.Generator) -> Stroke:
    return line((0, rng.normal(0.02, 0.04)), (rng.uniform(0.4, 0.7), 0))


def _wavy_roof(rng: np.random.Generator) -> Stroke:
    right, deep = rng.uniform(0.45, 0.8), rng.uniform(0.05, 0.38)
    start = (rng.uniform(-0.08, 0.05), rng.uniform(0.08, 0.42))
    return line(start, (0.12, rng.uniform(-0.02, 0.1)), (rng.uniform(0.45, 0.65) * right, deep), (right, 0))


def _crossed_seven(rng: np.random.Generator) -> list[Stroke]:
    roof = _straight_roof(rng)
    return [roof, *_stem_of_seven(rng, (roof[-1, 0], roof[-1, 1]), bar=True)]


def _wavy_seven(rng: np.random.Generator) -> list[Stroke]:
    """Always crossed: without the bar many would be a hooked 1."""
    roof = _wavy_roof(rng)
    return [roof, *_stem_of_seven(rng, (roof[-1, 0], roof[-1, 1]), bar=True)]


def _seven_with_a_serif(rng: np.random.Generator) -> list[Stroke]:
    roof = _straight_roof(rng)
    serif = np.vstack([roof[0] + np.array([rng.normal(0, 0.03), rng.uniform(0.1, 0.3)]), roof[0]])
    return [serif, roof, *_stem_of_seven(rng, (roof[-1, 0], roof[-1, 1]), bar=bool(rng.random() < 0.6))]


def _seven_with_a_looped_bar(rng: np.random.Generator) -> list[Stroke]:
    """In one go: from the foot the pen turns back up to the left and crosses the stem."""
    roof = _straight_roof(rng) if rng.random() < 0.6 else _wavy_roof(rng)
    (stem,) = _stem_of_seven(rng, (roof[-1, 0], roof[-1, 1]), bar=False)
    foot, half_way = stem[-1], stem[1]
    turn = half_way + np.array([-rng.uniform(0.15, 0.4), rng.uniform(0.0, 0.25)])
    end = half_way + np.array([rng.uniform(0.15, 0.45), rng.normal(0.0, 0.08)])
    return [roof, stem, np.vstack([foot, turn]), np.vstack([turn, end])]


def _open_eight(rng: np.random.Generator) -> list[Stroke]:
    """It begins and ends at the upper right, where the two may not meet."""
    start, end = (rng.uniform(0.38, 0.6), rng.uniform(0.06, 0.22)), (rng.uniform(0.5, 0.8), rng.uniform(-0.1, 0.15))
    down = [(0.25, 0), (0.06, 0.22), (0.32, 0.48), (0.58, 0.76), (0.3, 1), (0.02, 0.78)]
    return [line(start, *down, (0.25, 0.5), end)]


def _two_rings(rng: np.random.Generator) -> list[Stroke]:
    """8: one ring stands on the other."""
    high = rng.uniform(0.2, 0.28)
    upper = arc((0.3 + rng.normal(0, 0.04), high), (rng.uniform(0.16, 0.28), high), rng.uniform(0, 360), 365)
    lower = arc((0.3, high + 0.5), (rng.uniform(0.2, 0.34), 0.5 - high), -90, -365)
    return [upper, lower + np.array([0, rng.normal(0, 0.02)])]


def _ring_of_nine(rng: np.random.Generator) -> tuple[Stroke, float, float]:
    """From the upper right against the clock and back; the ring, its right side and its height."""
    height, half = rng.uniform(0.3, 0.6), rng.uniform(0.16, 0.34)
    start = rng.uniform(-70, -20)
    ring = arc((0.58 - half, height / 2), (half, height / 2), start, -rng.uniform(300, 340) - start - 20)
    return ring, 0.58, height


def _straight_nine(rng: np.random.Generator) -> list[Stroke]:
    ring, right, height = _ring_of_nine(rng)
    top = right + rng.normal(0, 0.03), rng.uniform(0, 0.4) * height
    return [ring, line(top, (right + rng.normal(-0.04, 0.08), 1))]


def _curled_nine(rng: np.random.Generator) -> list[Stroke]:
    """Its tail swings back to the left, and may turn up."""
    ring, right, height = _ring_of_nine(rng)
    low = rng.uniform(0.75, 0.9)
    tail = [(right, height / 2), (right + rng.normal(0, 0.05), low - 0.1), (right - 0.15, 0.97)]
    end = (rng.uniform(-0.2, 0.2), rng.uniform(0.75, 1.0))
    return [np.vstack([ring, line(*tail, (right - 0.35, 1), end)])]


def _looped_nine(rng: np.random.Generator) -> list[Stroke]:
    """Its tail closes a second loop below, as in a g."""
    ring, right, height = _ring_of_nine(rng)
    tail = [(right, height / 2), (right + rng.normal(0, 0.04), 0.75), (0.35, 1), (rng.uniform(0, 0.15), 0.88)]
    return [np.vstack([ring, line(*tail, (0.35, rng.uniform(0.66, 0.78)), (rng.uniform(0.6, 0.85), 0.65))])]


def _necked_nine(rng: np.random.Generator) -> list[Stroke]:
    """Its tail leaves the ring below, not at its side."""
    _, right, height = _ring_of_nine(rng)
    start, turn = rng.uniform(60, 150), rng.choice([-1, 1])
    whole = arc((0.3, height / 2), (rng.uniform(0.16, 0.32), height / 2), start, turn * 360 + 90 - start)
    tail = [(right + rng.normal(0, 0.04), rng.uniform(0.6, 0.75)), (right - 0.1, 0.93), (0.25, 1)]
    return [np.vstack([whole, line(*tail, (rng.uniform(-0.2, 0.15), rng.uniform(0.8, 1.0)))])]


def _wound_nine(rng: np.random.Generator) -> list[Stroke]:
    """With the clock from a curl inside its ring, down at the right, and around to the left."""
    height, half = rng.uniform(0.4, 0.6), rng.uniform(0.18, 0.34)
    centre, start = np.array([0.3, height / 2]), rng.uniform(-120, 60)
    ring = arc((centre[0], centre[1]), (half, height / 2), start, 360 - start + rng.uniform(-10, 20))
    inner = np.linspace(rng.uniform(0.3, 0.75), 1, len(ring))[:, np.newaxis] ** rng.uniform(0.6, 1.4)
    right = centre[0] + half
    tail = [(right + rng.normal(0, 0.05), rng.uniform(0.65, 0.85)), (right - half * 0.6, 0.99)]
    end = (rng.uniform(-0.25, 0.15), rng.uniform(0.75, 1.0))
    return [np.vstack([centre + (ring - centre) * inner, line(*tail, end)])]


SHAPES: dict[str, tuple[float, Shape]] = {
    "0 slashed": (4, _slashed_zero),
    "0 looped": (2, _looped_zero),
    "0 open": (1, _open_zero),
    "0 with a tail": (1, _tailed_zero),
    "0 wound": (1, _wound_zero),
    "1 hooked": (6, _hooked_one),
    "1 hooked, on a foot": (3, _hooked_one_on_a_foot),
    "1 on a foot": (1, _one_on_a_foot),
    "1 bare": (1.5, _bare_one),
    "1 retraced": (1.5, _retraced_one),
    "1 swung": (1, _swung_one),
    "2 looped": (2, _looped_two),
    "2 curled": (1, _curled_two),
    "2 like a Z": (1.5, _two_like_a_z),
    "3 flat": (1, _flat_three),
    "3 looped": (1, _looped_three),
    "4 open": (3, _open_four),
    "4 lightning": (1.5, _lightning_four),
    "4 round": (1, _round_four),
    "4 closed": (1.5, _closed_four),
    "5 like an S": (1, _five_like_an_s),
    "5 with a roof apart": (1, _five_with_a_roof_apart),
    "5 without a roof": (1, _roofless_five),
    "6 curled": (1, _curled_six),
    "6 straight": (1, _straight_six),
    "7 crossed": (2, _crossed_seven),
    "7 wavy": (3, _wavy_seven),
    "7 with a serif": (1, _seven_with_a_serif),
    "7 with a looped bar": (1, _seven_with_a_looped_bar),
    "8 open": (1, _open_eight),
    "8 of two rings": (1, _two_rings),
    "9 straight": (1, _straight_nine),
    "9 curled": (1.5, _curled_nine),
    "9 looped": (1, _looped_nine),
    "9 with a neck": (1.5, _necked_nine),
    "9 wound": (1.5, _wound_nine),
}
"""How often each is drawn, relative to others of its digit. The first sign of the name is the label."""
