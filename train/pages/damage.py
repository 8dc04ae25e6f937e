"""What happens to paper: folds, stains, notes stuck on it, torn edges, holes, staples, bindings, tape."""

from collections.abc import Callable

import cv2
import numpy as np

from train.pages.camera import Light
from train.pages.sheet import Sheet

Damage = Callable[[np.random.Generator, Sheet], None]


def fold(rng: np.random.Generator, sheet: Sheet, *, count: int = 1) -> None:
    """A crease: a light or dark line, and the paper on one side a little darker."""
    height, width = sheet.paper.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    shade = np.ones_like(sheet.paper)
    for _ in range(count):
        angle = rng.choice([0.0, np.pi / 2]) + rng.normal(0, 0.12)
        away = (x - rng.uniform(0.1, 0.9) * width) * np.cos(angle) + (y - rng.uniform(0.1, 0.9) * height) * np.sin(
            angle
        )
        reach = max(height, width) * rng.uniform(0.03, 0.3)
        shade -= np.float32(rng.uniform(0.02, 0.15)) * np.exp(-np.abs(away) / reach) * (away > 0)
        line = np.exp(-((away / rng.uniform(0.8, 2.5)) ** 2))
        shade += np.float32(rng.choice([-1, 1]) * rng.uniform(0.05, 0.35)) * line
    sheet.paper = np.clip(sheet.paper * shade, 0.01, 1.1).astype(np.float32)


def crumple(rng: np.random.Generator, sheet: Sheet) -> None:
    """Many short creases with light and dark sides."""
    height, width = sheet.paper.shape
    points = rng.uniform(-0.1, 1.1, (int(rng.integers(10, 40)), 2)) * (width, height)
    small = np.mgrid[0 : height : max(1, height // 200), 0 : width : max(1, height // 200)].astype(np.float32)
    nearest = np.stack(
        [
            (small[1] - px) * np.cos(t) + (small[0] - py) * np.sin(t)
            for (px, py), t in zip(points, rng.uniform(0, 6.3, len(points)), strict=True)
        ]
    )
    distance = np.stack([np.hypot(small[1] - px, small[0] - py) for px, py in points])
    facet = np.take_along_axis(nearest, distance.argmin(axis=0)[np.newaxis], axis=0)[0] / max(height, width)
    tone = (rng.uniform(0.3, 1.2) * facet).astype(np.float32)
    shade = cv2.resize(tone, (width, height), interpolation=cv2.INTER_LINEAR)
    sheet.paper = np.clip(sheet.paper * (1 + np.clip(shade, -0.25, 0.25)), 0.01, 1.1).astype(np.float32)


def stain(rng: np.random.Generator, sheet: Sheet) -> None:
    """A drop's or a cup's darker patch, darker at its edge."""
    height, width = sheet.paper.shape
    for _ in range(int(rng.integers(1, 4))):
        radius = min(height, width) * np.exp(rng.uniform(np.log(0.02), np.log(0.3)))
        centre = rng.uniform(0, 1, 2) * (width, height)
        turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        bumps = radius * (1 + 0.1 * np.cos(2 * turn + rng.uniform(0, 6)) + 0.06 * np.cos(5 * turn + rng.uniform(0, 6)))
        edge = centre + np.column_stack([np.cos(turn), np.sin(turn)]) * bumps[:, np.newaxis]
        patch = np.zeros((height, width), np.float32)
        if rng.random() < 0.7:
            cv2.fillPoly(patch, [edge.astype(np.int32)], float(rng.uniform(0.3, 1.0)))
        cv2.polylines(patch, [edge.astype(np.int32)], True, 1.0, max(1, int(radius * rng.uniform(0.02, 0.08))))
        patch = cv2.GaussianBlur(patch, (0, 0), max(0.8, radius * 0.03)).astype(np.float32)
        sheet.paper *= 1 - np.float32(rng.uniform(0.05, 0.35)) * patch


def stick_note(rng: np.random.Generator, sheet: Sheet) -> None:
    """A label of another tone *under* the writing: its edge and its shadow run between the digits."""
    height, width = sheet.paper.shape
    for _ in range(int(rng.integers(1, 3))):
        patch = _quad(rng, height, width, rng.uniform(0.15, 0.7, 2))
        shadow = cv2.GaussianBlur(patch, (0, 0), float(rng.uniform(1, 8))).astype(np.float32)
        change = rng.uniform(-0.3, 0.25) * (1 if sheet.ink < sheet.paper.mean() else 0.3)
        rim = np.clip(shadow - patch, 0, 1) * np.float32(rng.uniform(0, 0.7))
        sheet.paper = np.clip(sheet.paper * (1 + np.float32(change) * patch) * (1 - rim), 0.01, 1).astype(np.float32)


def punch(rng: np.random.Generator, sheet: Sheet) -> None:
    """Holes at an edge."""
    height, width = sheet.paper.shape
    radius = max(3, int(min(height, width) * rng.uniform(0.012, 0.035)))
    tone, count = float(rng.uniform(0, 0.9)), int(rng.integers(1, 5))
    x = radius * rng.uniform(2, 4)
    x = x if rng.random() < 0.7 else width - x
    disc = np.zeros((height, width), np.uint8)
    for y in (np.arange(count) + rng.uniform(0.3, 0.7)) * height / count:
        cv2.circle(disc, (int(x), int(y)), radius, 1, -1)
    _cover(sheet, disc, tone)


def tear(rng: np.random.Generator, sheet: Sheet) -> None:
    """One edge torn off, what lies beneath in one tone."""
    height, width = sheet.paper.shape
    steps = np.cumsum(rng.normal(0, 1, 60))
    steps = (steps - steps.mean()) / (np.ptp(steps) + 1e-6)
    depth = rng.uniform(0.03, 0.2) + rng.uniform(0.02, 0.1) * steps + rng.normal(0, 0.003, 60)
    side = int(rng.integers(4))
    along = np.linspace(-0.01, 1.01, 60)
    line = np.column_stack([along, depth] if side % 2 else [depth, along])
    line = 1 - line if side > 1 else line
    outer = {
        0: [[-1, 1.01], [-1, -0.01]],
        1: [[1.01, -1], [-0.01, -1]],
        2: [[2, -0.01], [2, 1.01]],
        3: [[-0.01, 2], [1.01, 2]],
    }
    there = np.zeros((height, width), np.uint8)
    cv2.fillPoly(there, [(np.vstack([line, outer[side]]) * (width, height)).astype(np.int32)], 1)
    rim = cv2.dilate(there, np.ones((5, 5), np.uint8)) - there
    _cover(sheet, there, float(rng.uniform(0, 0.6)))
    sheet.paper[rim > 0] = np.minimum(1, sheet.paper[rim > 0] + np.float32(rng.uniform(0, 0.2)))


def staple(rng: np.random.Generator, sheet: Sheet) -> None:
    """A wire with a shine, near a corner."""
    height, width = sheet.paper.shape
    size, angle = min(height, width) * rng.uniform(0.04, 0.1), rng.normal(0, 0.6)
    x, y = rng.uniform(0.03, 0.3) * width, rng.uniform(0.03, 0.2) * height
    end = int(x + size * np.cos(angle)), int(y + size * np.sin(angle))
    cv2.line(sheet.paper, (int(x), int(y) + 2), (end[0], end[1] + 2), 0.2, 3, cv2.LINE_AA)
    cv2.line(sheet.paper, (int(x), int(y)), end, float(rng.uniform(0.4, 1)), 2, cv2.LINE_AA)


def bind(rng: np.random.Generator, sheet: Sheet) -> None:
    """A spiral along an edge: holes with wire through them."""
    height, width = sheet.paper.shape
    pitch, across = min(height, width) * rng.uniform(0.03, 0.06), bool(rng.random() < 0.5)
    margin, tone = pitch * rng.uniform(0.8, 1.5), float(rng.uniform(0, 0.3))
    disc = np.zeros((height, width), np.uint8)
    for at in np.arange(pitch / 2, width if across else height, pitch):
        middle = (int(at), int(margin)) if across else (int(margin), int(at))
        cv2.circle(disc, middle, max(2, int(pitch * 0.25)), 1, -1)
        end = (int(at), 0) if across else (0, int(at))
        cv2.line(disc, middle, end, 1, max(1, int(pitch * 0.12)))
    _cover(sheet, disc, tone)


def tape(rng: np.random.Generator, sheet: Sheet) -> None:
    """A clear strip across the page, shiny at its edges."""
    height, width = sheet.paper.shape
    patch = _quad(rng, height, width, np.array([rng.uniform(0.4, 1.2), rng.uniform(0.05, 0.15)]))
    edge = np.abs(cv2.Laplacian(patch, cv2.CV_32F))
    sheet.paper = sheet.paper * (1 - np.float32(rng.uniform(0.02, 0.15)) * patch)
    sheet.paper = np.clip(
        sheet.paper + np.float32(rng.choice([-1, 1]) * rng.uniform(0.05, 0.2)) * edge, 0.01, 1
    ).astype(np.float32)


def wear_out(rng: np.random.Generator, sheet: Sheet, kind: str) -> None:
    """One of the variants of "wear"."""
    (BEFORE | AFTER)[kind](rng, sheet)


def _quad(rng: np.random.Generator, height: int, width: int, sides: np.ndarray) -> Light:
    """1 within a turned rectangle of these sides (shares of the sheet's)."""
    middle = rng.uniform(0.1, 0.9, 2) * (width, height)
    corners = cv2.boxPoints((middle.tolist(), (sides * (width, height)).tolist(), float(rng.normal(0, 8))))
    patch = np.zeros((height, width), np.float32)
    cv2.fillConvexPoly(patch, corners.astype(np.int32), 1.0, cv2.LINE_AA)
    return patch


def _cover(sheet: Sheet, where: np.ndarray, tone: float) -> None:
    sheet.paper[where > 0] = tone
    sheet.owner[where > 0] = 0


BEFORE: dict[str, Damage] = {"note": stick_note}
"""Before anybody writes."""
AFTER: dict[str, Damage] = {
    "fold": fold,
    "stain": stain,
    "holes": punch,
    "two folds": lambda rng, sheet: fold(rng, sheet, count=int(rng.integers(2, 5))),
    "torn": tear,
    "staple": staple,
    "crumpled": crumple,
    "spiral binding": bind,
    "tape": tape,
}
