"""What a pen draws around, under and over numbers: circles, lines, crossings-out, braces, arrows, ticks."""

from collections.abc import Callable

import numpy as np

from train.pages.scribe import Points, Scribe
from train.pages.strokes import curve

Place = tuple[float, float, float, float]
"""Left, top, right and bottom of what is marked, px."""


def ring(scribe: Scribe, place: Place, *, variant: str | None = None) -> None:
    """A circle round a number, as a hand draws one: it touches, or it does not."""
    rng = scribe.rng
    kind = variant or scribe.variant("circle")
    left, top, right, bottom = place
    size = bottom - top
    room = rng.uniform(-0.02, 0.35) * size
    radii = np.array([(right - left) / 2, size / 2]) * rng.uniform(1.0, 1.25) + room
    if right - left < 1.5 * size and kind != "oval":
        radii = np.maximum(radii, radii.max() * rng.uniform(0.75, 1.0))
    centre = np.array([(left + right) / 2, (top + bottom) / 2]) + rng.normal(0, 0.06, 2) * size
    sweep = {
        "open": rng.uniform(0.75, 0.95),
        "overshooting": rng.uniform(1.04, 1.25),
        "twice round": rng.uniform(1.7, 2.1),
    }
    turns = float(sweep.get(kind, {"spiral": rng.uniform(1.3, 1.6)}.get(kind, 1.0)))
    angles = rng.uniform(0, 2 * np.pi) + np.linspace(0, 2 * np.pi * turns, int(40 * turns) + 4)
    steps = np.linspace(0, 1, len(angles))
    grow = 1 + (rng.uniform(0.1, 0.3) if kind == "spiral" else rng.normal(0, 0.05 if turns != 1 else 0.0)) * steps
    grow = grow + sum(rng.normal(0, 0.03) * np.cos(n * angles + rng.uniform(0, 6)) for n in (2, 3))
    wave = np.column_stack([np.cos(angles), np.sin(angles)])
    if kind == "cornered":
        wave = np.sign(wave) * np.abs(wave) ** rng.uniform(0.3, 0.6)
    if kind == "flattened":
        wave[:, 1] = np.clip(wave[:, 1], -1, rng.uniform(0.6, 0.85))
    tilt = rng.normal(0, 0.15)
    points = wave * radii * grow[:, np.newaxis]
    points = points @ np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]]) + centre
    scribe.strokes([points], scribe.width(min(size, 90)) * rng.uniform(0.6, 1.1))


def underline(scribe: Scribe, place: Place, *, variant: str | None = None) -> None:
    """A line beneath; digits may stand on it or cross it."""
    rng = scribe.rng
    kind = variant or scribe.variant("underline")
    left, top, right, bottom = place
    size = bottom - top
    drop = rng.uniform(-0.12, 0.03) if kind == "crossed" else rng.uniform(-0.02, 0.25)
    over = rng.uniform(-0.1, 0.5, 2) * size
    x = np.linspace(left - over[0], max(right + over[1], left + size * 0.5), 24)
    y = bottom + drop * size + rng.normal(0, 0.02) * (x - left) + rng.normal(0, 0.01, 24) * size
    width = scribe.width(size) * rng.uniform(0.5, 1.1)
    lines = [np.column_stack([x, y])]
    if kind == "double":
        lines.append(lines[0] + [0, max(3.0, 2 * width, rng.uniform(0.06, 0.15) * size)])
    if kind == "wavy":
        x = np.linspace(x[0], x[-1], max(24, int((x[-1] - x[0]) / size * 24)))
        swing = 0.06 * size * np.sin((x - left) / size * rng.uniform(8, 16))
        lines = [np.column_stack([x, bottom + 0.1 * size + swing])]
    if kind == "dotted":
        step = max(3.0, rng.uniform(1.8, 4) * width)
        dots = np.arange(x[0], x[-1], step)
        lines = [
            np.array([[dot, np.interp(dot, x, y)], [dot + 0.1 + rng.uniform(0, 0.4) * step, np.interp(dot, x, y)]])
            for dot in dots
        ]
    scribe.strokes(lines, width)


def cross_out(scribe: Scribe, place: Place, first: int) -> None:
    """Strike out what stands there; the items from `first` on are unclear ever after."""
    rng = scribe.rng
    kind = scribe.variant("crossing-out")
    left, top, right, bottom = place
    size, middle = bottom - top, (top + bottom) / 2
    out = rng.uniform(0.05, 0.35) * size
    slope = rng.normal(0, 0.12) * size
    bar = np.array(
        [
            [left - out, middle + slope],
            [(left + right) / 2, middle + rng.normal(0, 0.04) * size],
            [right + out, middle - slope],
        ]
    )
    slash = np.array([[left - out, bottom], [right + out, top]]) + rng.normal(0, 0.08, (2, 2)) * size
    if kind == "stroke":
        lines = [bar if rng.random() < 0.5 or right - left > 1.5 * size else slash]
    elif kind == "double stroke":
        apart = np.array([0, 0.12 * size])
        lines = [bar - apart, bar + apart]
    elif kind == "cross":
        lines = [slash, np.array([[left - out, top], [right + out, bottom]])]
    elif kind == "hatching":
        starts = np.arange(left - out, right + out, rng.uniform(0.15, 0.3) * size)
        lines = [np.array([[x, bottom + 0.1 * size], [x + 0.4 * size, top - 0.1 * size]]) for x in starts]
    else:
        count = max(6, int((right - left) / size * rng.uniform(6, 14)))
        x = np.linspace(left - out, right + out, count) + rng.normal(0, 0.1, count) * size
        y = np.where(np.arange(count) % 2, top, bottom) + rng.normal(0, 0.12, count) * size
        if kind == "scribble":
            y = rng.uniform(top, bottom, count)
        lines = [np.column_stack([x, y])]
    scribe.strokes(lines, scribe.width(size) * rng.uniform(0.7, 1.5))
    scribe.sheet.unclear.update(range(first, len(scribe.sheet.class_ids)))


def mark(scribe: Scribe, place: Place) -> None:
    """A brace before, an arrow or a tick beside, a frame around what stands there."""
    rng = scribe.rng
    left, top, right, bottom = place
    size = min(bottom - top, 120)
    gap = rng.uniform(0.1, 0.5) * size
    lines = MARKS[scribe.variant("mark")](rng, (left - gap, top - 0.5 * gap, right + gap, bottom + 0.5 * gap), size)
    scribe.strokes(lines, scribe.width(min(size, 80)) * rng.uniform(0.6, 1.1))


def brace_before(scribe: Scribe, place: Place, size: float) -> None:
    """The brace of a system of equations."""
    scribe.strokes(_brace(scribe.rng, place, size), scribe.width(size))


def _brace(rng: np.random.Generator, place: Place, size: float) -> list[Points]:
    left, top, _, bottom = place
    middle, wide = (top + bottom) / 2 + rng.normal(0, 0.1) * size, rng.uniform(0.15, 0.4) * size
    y = np.array(
        [
            top,
            top + 0.1 * size,
            (top + middle) / 2,
            middle - 0.1 * size,
            middle,
            middle + 0.1 * size,
            (middle + bottom) / 2,
            bottom - 0.1 * size,
            bottom,
        ]
    )
    x = left - wide * np.array([0.0, 0.4, 0.5, 0.55, 1.0, 0.55, 0.5, 0.4, 0.0])
    return [_smooth(np.column_stack([x, y]))]


def _arrow(rng: np.random.Generator, place: Place, size: float) -> list[Points]:
    left, top, right, bottom = place
    start = np.array([right, rng.uniform(top, bottom)])
    if rng.random() < 0.3:
        start = np.array([left - 1.2 * size, rng.uniform(top, bottom)])
    end = start + np.array([rng.uniform(0.6, 1.8), rng.normal(0, 0.3)]) * size
    back = (start - end) / np.hypot(*(start - end)) * rng.uniform(0.2, 0.4) * size
    turn = np.array([[np.cos(0.5), np.sin(0.5)], [-np.sin(0.5), np.cos(0.5)]])
    return [np.array([start, end]), np.array([end + back @ turn, end, end + back @ turn.T])]


def _tick(rng: np.random.Generator, place: Place, size: float) -> list[Points]:
    _, top, right, _ = place
    corners = np.array(
        [
            [0, rng.uniform(0.4, 0.6)],
            [rng.uniform(0.2, 0.4), rng.uniform(0.8, 1)],
            [rng.uniform(0.7, 1.2), rng.uniform(-0.3, 0.1)],
        ]
    )
    return [corners * size + np.array([right + 0.2 * size, top])]


def _frame(rng: np.random.Generator, place: Place, size: float) -> list[Points]:
    left, top, right, bottom = place
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom], [left, top]])
    return [corners + rng.normal(0, 0.05, (5, 2)) * size]


def _bracket(rng: np.random.Generator, place: Place, size: float) -> list[Points]:
    left, top, right, bottom = place
    hook = rng.uniform(0.1, 0.25) * size
    return [
        np.array([[left + hook, top], [left, top], [left, bottom], [left + hook, bottom]]),
        np.array([[right - hook, top], [right, top], [right, bottom], [right - hook, bottom]]),
    ]


def _round_bracket(rng: np.random.Generator, place: Place, size: float) -> list[Points]:
    left, top, right, bottom = place
    bow, middle = rng.uniform(0.1, 0.3) * size, (top + bottom) / 2
    return [
        _smooth(np.array([[left, top], [left - bow, middle], [left, bottom]])),
        _smooth(np.array([[right, top], [right + bow, middle], [right, bottom]])),
    ]


def _cloud(rng: np.random.Generator, place: Place, size: float) -> list[Points]:
    left, top, right, bottom = place
    angles = np.linspace(0, 2 * np.pi, 90)
    bumps = 1.1 + 0.08 * np.abs(np.sin(angles * int(rng.integers(4, 9))))
    radii = np.array([(right - left) / 2, (bottom - top) / 2]) * 1.2 + 0.1 * size
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    return [middle + np.column_stack([np.cos(angles), np.sin(angles)]) * radii * bumps[:, np.newaxis]]


def _star(rng: np.random.Generator, place: Place, size: float) -> list[Points]:
    _, top, right, bottom = place
    middle = np.array([right + 0.4 * size, (top + bottom) / 2])
    turns = rng.uniform(0, np.pi) + np.arange(3) * np.pi / 3
    arms = np.column_stack([np.cos(turns), np.sin(turns)]) * size * rng.uniform(0.15, 0.4)
    return [np.array([middle - arm, middle + arm]) for arm in arms]


def _smooth(points: Points) -> Points:
    """A curve through them."""
    return curve(points)


MARKS: dict[str, Callable[[np.random.Generator, Place, float], list[Points]]] = {
    "brace": _brace,
    "arrow": _arrow,
    "tick": _tick,
    "frame": _frame,
    "bracket": _bracket,
    "cloud": _cloud,
    "round bracket": _round_bracket,
    "star": _star,
}
