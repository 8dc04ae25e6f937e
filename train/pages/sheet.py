"""A sheet of paper while it is written on: fibres and stains, rulings, dirt, and which item covers each pixel."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from train.pages import camera, pen

COVERED = 0.35
"""A pixel belongs to an item when the pen covers at least this share of it; a hair-thin pen, half of its most."""


@dataclass(slots=True)
class Sheet:
    """Brightness of the paper, and what has been written so far."""

    paper: camera.Light
    ink: float
    """Brightness under full coverage: dark on light paper, light on a blackboard."""
    owner: camera.Owner
    class_ids: list[int] = field(default_factory=list)
    areas: list[int] = field(default_factory=list)
    """Pixels that each item covers, also those outside of the sheet."""
    doubtful: set[int] = field(default_factory=set)
    """Items, counted from 0, that are a digit to the eye alone (the O of a word)."""

    def write(
        self, mask: pen.Coverage, x: float, y: float, *, class_id: int | None, strength: float, doubtful: bool = False
    ) -> None:
        """Lay a mask onto the sheet, its top left at (x, y). class_id None: it is no item (rulings, dirt)."""
        x, y = round(x), round(y)
        height, width = self.paper.shape
        left, top, right, bottom = max(0, x), max(0, y), min(width, x + mask.shape[1]), min(height, y + mask.shape[0])
        if left >= right or top >= bottom:
            return
        cover = mask[top - y : bottom - y, left - x : right - x]
        where = slice(top, bottom), slice(left, right)
        self.paper[where] += (self.ink - self.paper[where]) * cover * np.float32(strength)
        if class_id is not None:
            if doubtful:
                self.doubtful.add(len(self.class_ids))
            self.class_ids.append(class_id)
            covered = min(COVERED, float(mask.max()) / 2)
            self.areas.append(int((mask > covered).sum()))
            self.owner[where][cover > covered] = len(self.class_ids)


def take_sheet(rng: np.random.Generator, *, height: int, width: int) -> Sheet:
    """Paper with its fibres and stains, or a board; and what will be written with."""
    light_on_dark = rng.random() < 0.12
    tone = rng.uniform(0.03, 0.3) if light_on_dark else rng.uniform(0.55, 1.0)
    faint = rng.random() < 0.2
    contrast = rng.uniform(0.12, 0.3) if faint else np.exp(rng.uniform(np.log(0.3), np.log(0.95)))
    ink = tone + (0.95 - tone) * contrast if light_on_dark else tone * (1 - contrast)
    paper = np.full((height, width), tone, np.float32)
    for cells in (4, 16, height // 3):
        amount = np.exp(rng.uniform(np.log(0.001), np.log(0.02)))
        coarse = rng.normal(0, amount, (cells, max(2, cells * width // height))).astype(np.float32)
        paper += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return Sheet(paper, float(ink), np.zeros((height, width), np.int32))


def rule(rng: np.random.Generator, sheet: Sheet, *, pitch: float) -> None:
    """Ruled or squared paper, or dotted lines, `pitch` px apart."""
    height, width = sheet.paper.shape
    lines = np.zeros((height, width), np.float32)
    thickness = int(rng.integers(1, 3))
    kind = rng.choice(["ruled", "squared", "dotted"], p=[0.5, 0.35, 0.15])
    for y in np.arange(rng.uniform(0, pitch), height, pitch):
        cv2.line(lines, (0, int(y)), (width, int(y)), 1.0, thickness, cv2.LINE_AA)
    if kind == "squared":
        for x in np.arange(rng.uniform(0, pitch), width, pitch):
            cv2.line(lines, (int(x), 0), (int(x), height), 1.0, thickness, cv2.LINE_AA)
    if kind == "dotted":
        lines[:, np.arange(width) % int(rng.integers(4, 12)) > 2] = 0
    strength = float(np.exp(rng.uniform(np.log(0.04), np.log(0.9))))
    sheet.write(lines, 0, 0, class_id=None, strength=strength)


def show_through(sheet: Sheet, back: Sheet, *, strength: float) -> None:
    """What stands on the back of the paper, mirrored, soft and faint. Nobody wrote it here: it is no item."""
    cover = cv2.GaussianBlur(np.abs(back.paper - back.paper[0, 0]), (0, 0), 1.5)
    cover = np.minimum(1, cover[:, ::-1] / max(float(cover.max()), 1e-6)).astype(np.float32)
    sheet.write(cover, 0, 0, class_id=None, strength=strength)


def lay_on_table(rng: np.random.Generator, sheet: Sheet, table: camera.Light) -> None:
    """Show the sheet as a smaller one on a table, with a shadow at its edges; what stood beyond them is gone."""
    height, width = sheet.paper.shape
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) + rng.uniform(-0.1, 0.22, (4, 2)) * [
        [1, 1],
        [-1, 1],
        [-1, -1],
        [1, -1],
    ]
    there = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(there, np.round(corners * (width, height)).astype(np.int32), 1)
    shade = cv2.GaussianBlur(there.astype(np.float32), (0, 0), float(rng.uniform(2, 12)))
    dark = table * (1 - rng.uniform(0, 0.7) * shade)
    sheet.paper = np.where(there > 0, sheet.paper, dark).astype(np.float32)
    sheet.owner[there == 0] = 0


def point_at(rng: np.random.Generator, sheet: Sheet) -> None:
    """A finger or a pen that reaches into the frame, round at its end, lit from one side."""
    height, width = sheet.paper.shape
    tip = rng.uniform(0.1, 0.9, 2) * (width, height)
    angle, reach = rng.uniform(0, 2 * np.pi), 2.0 * max(height, width)
    foot = tip + reach * np.array([np.cos(angle), np.sin(angle)])
    thick = max(4, int(min(height, width) * np.exp(rng.uniform(np.log(0.02), np.log(0.2)))))
    mask = np.zeros((height, width), np.uint8)
    cv2.line(mask, tip.astype(int).tolist(), foot.astype(int).tolist(), 1, thick)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 5) / (thick / 2)
    tone = rng.uniform(0.1, 0.8) * (0.6 + 0.4 * np.clip(depth, 0, 1))
    sheet.paper = np.where(mask > 0, tone, sheet.paper).astype(np.float32)
    sheet.owner[mask > 0] = 0


def soil(rng: np.random.Generator, sheet: Sheet) -> None:
    """Specks, hairs and creases; areas of another tone with an edge (a second sheet, a finger, a pen in the frame)."""
    height, width = sheet.paper.shape
    for _ in range(int(rng.poisson(6))):
        size = int(np.exp(rng.uniform(np.log(4), np.log(30))))
        mask = pen.draw_scribble(rng, height=size, pen=rng.uniform(0.1, 0.5))
        x, y = int(rng.integers(width)), int(rng.integers(height))
        sheet.write(mask, x, y, class_id=None, strength=rng.uniform(0.05, 0.8))
    for _ in range(int(rng.poisson(0.6))):
        size = int(rng.uniform(0.1, 0.8) * min(height, width))
        mask = pen.draw_shape(rng, height=size, pen=rng.uniform(0.005, 0.05))
        x, y = int(rng.integers(-width // 4, width)), int(rng.integers(-height // 4, height))
        sheet.write(mask, x, y, class_id=None, strength=rng.uniform(0.05, 0.6))
