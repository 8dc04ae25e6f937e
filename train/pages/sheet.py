"""A sheet of paper while it is written on: fibres and stains, rulings, dirt, and which item covers each pixel."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from train.pages import camera, pen

COVERED = 0.35
"""A pixel belongs to an item when the pen covers at least this share of it; a hair-thin pen, half of its most."""

HIDING = 0.4
"""Dirt as strong as this hides what was written."""


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
    unclear: set[int] = field(default_factory=set)
    """Items, counted from 0, that nobody can be asked to read, nor to leave out: crossed-out digits."""

    def write(
        self,
        mask: pen.Coverage,
        x: float,
        y: float,
        *,
        class_id: int | None,
        strength: float,
        doubtful: bool = False,
        over: bool = True,
        ink: float | None = None,
    ) -> None:
        """Lay a mask onto the sheet, its top left at (x, y).

        Args:
            mask: what it covers.
            x: of its left edge, px.
            y: of its upper edge, px.
            class_id: of the item; None: it is none (rulings, dirt).
            strength: how much of its coverage counts, 0 to 1.
            doubtful: a digit to the eye alone.
            over: its pixels are its own even where another item was; a circle round a digit leaves it whole.
            ink: brightness of what covers, if not the sheet's own ink.
        """
        x, y = round(x), round(y)
        height, width = self.paper.shape
        left, top, right, bottom = max(0, x), max(0, y), min(width, x + mask.shape[1]), min(height, y + mask.shape[0])
        if left >= right or top >= bottom:
            return
        cover = mask[top - y : bottom - y, left - x : right - x]
        where = slice(top, bottom), slice(left, right)
        self.paper[where] += ((self.ink if ink is None else ink) - self.paper[where]) * cover * np.float32(strength)
        if class_id is not None:
            if doubtful:
                self.doubtful.add(len(self.class_ids))
            self.class_ids.append(class_id)
            covered = min(COVERED, float(mask.max()) / 2)
            self.areas.append(int((mask > covered).sum()))
            owned = cover > covered if over else (cover > covered) & (self.owner[where] == 0)
            self.owner[where][owned] = len(self.class_ids)


def take_sheet(rng: np.random.Generator, *, height: int, width: int) -> Sheet:
    """Paper with its fibres and stains, and what will be written with."""
    tone = 1 - 0.45 * rng.uniform() ** 1.5
    return _grow_fibres(rng, np.full((height, width), tone, np.float32), float(tone * (1 - _contrast(rng))))


def take_board(rng: np.random.Generator, *, height: int, width: int, kind: str) -> Sheet:
    """A dark board or screen, and what writes light on it.

    Args:
        rng: source of chance.
        height: px.
        width: px.
        kind: one of the variants of "board".
    """
    tone = rng.uniform(0.02, 0.3)
    board = np.full((height, width), tone, np.float32)
    if kind in ("chalk", "wiped"):  # dust, wiped along strokes
        coarse = rng.normal(0, 1, (max(2, height // 12), max(2, width // 60))).astype(np.float32)
        dust = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        board += np.float32(rng.uniform(0, 0.12 if kind == "wiped" else 0.04)) * np.clip(dust, 0, 2)
    if kind == "screen":
        step = int(rng.integers(2, 5))
        board[::step] *= np.float32(rng.uniform(0.7, 1))
    if kind == "glowing":
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
        board += np.float32(rng.uniform(0, 0.2)) * np.exp(
            -((x - rng.normal(0, 0.5)) ** 2 + (y - rng.normal(0, 0.5)) ** 2)
        )
    return _grow_fibres(rng, board, float(tone + (0.95 - tone) * _contrast(rng)))


def _contrast(rng: np.random.Generator) -> float:
    """Of what is written, as a share of the paper's brightness; one in eight is faint."""
    return float(rng.uniform(0.18, 0.35) if rng.random() < 0.12 else np.exp(rng.uniform(np.log(0.3), np.log(0.95))))


def _grow_fibres(rng: np.random.Generator, paper: camera.Light, ink: float) -> Sheet:
    height, width = paper.shape
    for cells in (4, 16, max(2, height // 3)):
        amount = np.exp(rng.uniform(np.log(0.001), np.log(0.02)))
        coarse = rng.normal(0, amount, (cells, max(2, cells * width // height))).astype(np.float32)
        paper += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return Sheet(paper, ink, np.zeros((height, width), np.int32))


def rule(rng: np.random.Generator, sheet: Sheet, *, pitch: float, kind: str) -> None:
    """Ruled, squared or dotted paper, `pitch` px apart; `kind` is one of the variants of "ruling"."""
    height, width = sheet.paper.shape
    lines = np.zeros((height, width), np.float32)
    thickness = int(rng.integers(1, 3))
    pitch = max(6.0, pitch)
    fine = max(4.0, pitch / 5)
    start = rng.uniform(0, pitch, 2)
    if kind == "dot grid":
        for y in np.arange(start[1], height, pitch):
            for x in np.arange(start[0], width, pitch):
                cv2.circle(lines, (int(x), int(y)), thickness, 1.0, -1, cv2.LINE_AA)
    else:
        step = fine if kind == "millimetres" else pitch
        for n, y in enumerate(np.arange(start[1], height, step)):
            weight = 0.5 if kind == "millimetres" and n % 5 else 1.0
            cv2.line(lines, (0, int(y)), (width, int(y)), weight, thickness, cv2.LINE_AA)
        across = pitch * 2 if kind == "wide squares" else step
        for n, x in enumerate(
            np.arange(start[0], width, across) if kind in ("squared", "wide squares", "millimetres") else ()
        ):
            weight = 0.5 if kind == "millimetres" and n % 5 else 1.0
            cv2.line(lines, (int(x), 0), (int(x), height), weight, thickness, cv2.LINE_AA)
    if kind == "dotted lines":
        lines[:, np.arange(width) % int(rng.integers(4, 12)) > 2] = 0
    if kind == "ruled with margin":
        x = int(width * (rng.uniform(0.05, 0.25) if rng.random() < 0.6 else rng.uniform(0.75, 0.95)))
        cv2.line(lines, (x, 0), (x, height), 1.0, thickness, cv2.LINE_AA)
    strength = float(np.exp(rng.uniform(np.log(0.04), np.log(0.9))))
    sheet.write(lines, 0, 0, class_id=None, strength=strength)


def show_through(sheet: Sheet, back: Sheet, *, strength: float, softness: float) -> None:
    """What stands on the back of the paper, mirrored, soft (px) and faint. Nobody wrote it here: it is no item."""
    cover = cv2.GaussianBlur(np.abs(back.paper - back.paper[0, 0]), (0, 0), softness)
    cover = np.minimum(1, cover[:, ::-1] / max(float(cover.max()), 1e-6)).astype(np.float32)
    sheet.write(cover, 0, 0, class_id=None, strength=strength)


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
    for _ in range(int(rng.poisson(3))):
        size = int(np.exp(rng.uniform(np.log(4), np.log(30))))
        mask = pen.draw_scribble(rng, height=size, pen=rng.uniform(0.1, 0.5))
        x, y = int(rng.integers(width)), int(rng.integers(height))
        _drop(sheet, mask, x, y, strength=rng.uniform(0.05, 0.8))
    for _ in range(int(rng.poisson(0.35))):
        size = int(rng.uniform(0.1, 0.8) * min(height, width))
        mask = pen.draw_shape(rng, height=size, pen=rng.uniform(0.005, 0.05))
        x, y = int(rng.integers(-width // 4, width)), int(rng.integers(-height // 4, height))
        _drop(sheet, mask, x, y, strength=rng.uniform(0.05, 0.6))


def _drop(sheet: Sheet, mask: pen.Coverage, x: int, y: int, *, strength: float) -> None:
    """Dirt; what it hides is seen no more."""
    sheet.write(mask, x, y, class_id=None, strength=strength)
    if strength > HIDING:
        rows, columns = slice(max(0, y), max(0, y + mask.shape[0])), slice(max(0, x), max(0, x + mask.shape[1]))
        own = sheet.owner[rows, columns]
        own[mask[max(0, -y) :, max(0, -x) :][: own.shape[0], : own.shape[1]] > 0.5] = 0
