"""Strokes of a digit: smooth curves through a few points, bent and slanted together, drawn with a round pen."""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import Ink

HEIGHT = 96
"""Digits are drawn so high, px."""
SLANT, SLANT_SPREAD = 0.08, 0.22
"""Mean and standard deviation of the horizontal shift per height, to the right."""
WIDTH_SPREAD = 0.26
"""Standard deviation of the logarithm of the width."""
BEND = 0.045
"""Standard deviation of each coefficient of the bend, a polynomial of second order in x and y, in heights."""
STEPS = 8
"""Straight pieces between two points of a curve."""

Stroke: TypeAlias = NDArray[np.float64]
"""Points of a curve, (N, 2): x to the right, y down, in heights of the digit; its top is about 0, its foot about 1."""


def line(*points: tuple[float, float]) -> Stroke:
    """The stroke through these points."""
    return np.array(points, float)


def arc(centre: tuple[float, float], radii: tuple[float, float], start: float, sweep: float) -> Stroke:
    """Part of an ellipse; `start` and `sweep` in degrees, clockwise from the right."""
    angles = np.deg2rad(start + np.linspace(0, sweep, max(3, round(abs(sweep) / 30))))
    return np.column_stack([centre[0] + radii[0] * np.cos(angles), centre[1] + radii[1] * np.sin(angles)])


def meet(rng: np.random.Generator, first: Stroke, second: Stroke, *, smooth: float) -> list[Stroke]:
    """Two strokes that meet: around a corner or, with probability `smooth`, as one curve."""
    return [np.vstack([first, second[1:]])] if rng.random() < smooth else [first, second]


def distort(rng: np.random.Generator, strokes: list[Stroke]) -> list[Stroke]:
    """Bend, slant and stretch all strokes alike, so that they still meet where they met."""
    bend = rng.normal(0, BEND, (6, 2))
    lean = np.array([[np.exp(rng.normal(0, WIDTH_SPREAD)), 0], [-rng.normal(SLANT, SLANT_SPREAD), 1]])
    curves = [curve(stroke) for stroke in strokes]
    x, y = (np.concatenate(curves) - 0.5).T
    moved = (np.column_stack([x, y]) + np.column_stack([np.ones_like(x), x, y, x * y, x * x, y * y]) @ bend) @ lean
    return np.split(moved, np.cumsum([len(curve) for curve in curves])[:-1])


def draw_strokes(strokes: list[Stroke], *, pen: float) -> Ink:
    """The strokes drawn HEIGHT px high with a round pen, as wide as this share of the height."""
    points = np.concatenate(strokes)
    low, high = points.min(axis=0) - pen, points.max(axis=0) + pen
    scale = HEIGHT / (high - low)[1]
    width, height = np.ceil((high - low) * scale).astype(int) + 1
    canvas = np.zeros((height, width), np.uint8)
    lines = [np.round((stroke - low) * scale * 16).astype(np.int32) for stroke in strokes]
    cv2.polylines(canvas, lines, False, 255, max(1, round(pen * scale)), cv2.LINE_AA, 4)
    return canvas


def curve(points: Stroke) -> Stroke:
    """A smooth line through these points (Catmull and Rom 1974), (N, 2) -> (M, 2); two points give a straight one."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    before, start, end, after = (padded[k : len(padded) - 3 + k, np.newaxis] for k in range(4))
    t = np.linspace(0, 1, STEPS, endpoint=False)[:, np.newaxis]
    pieces = start + 0.5 * t * (
        end - before + t * (2 * before - 5 * start + 4 * end - after + t * (3 * (start - end) + after - before))
    )
    return np.vstack([pieces.reshape(-1, 2), points[-1:]])
