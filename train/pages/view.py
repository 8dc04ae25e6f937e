"""From where a camera sees the sheet: close, aside, whole on a desk, curved as a page of a book."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from train.pages.camera import Light, Owner
from train.pages.sheet import Sheet

ROOM = 1.0, 1.7
"""A desk seen around the sheet makes the frame so many times as large as the sheet, each side."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The sheet as the camera sees it."""

    light: Light
    owner: Owner
    density: NDArray[np.float32]
    """Pixels of the sheet in one pixel of the frame."""


def look(rng: np.random.Generator, sheet: Sheet, *, variant: str, desk: Light | None) -> Seen:
    """One view of a sheet, in a frame of its size.

    Args:
        rng: source of chance.
        sheet: written on.
        variant: of the kind "view".
        desk: what lies around the sheet, as large as it; None: the sheet goes on beyond the frame.
    """
    height, width = sheet.paper.shape
    corners = _corners(rng, variant, width, height)
    matrix = cv2.getPerspectiveTransform(
        corners, np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    )
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    depth = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    across = ((matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / depth).astype(np.float32)
    down = ((matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / depth).astype(np.float32)
    shade = np.ones((height, width), np.float32)
    if variant == "curved":
        bow = rng.uniform(0.02, 0.09) * height
        down += np.float32(bow) * np.sin(np.pi * np.clip(across / width, 0, 1) + rng.uniform(-0.6, 0.6)).astype(
            np.float32
        )
        shade -= np.float32(rng.uniform(0, 0.3)) * np.cos(np.pi * np.clip(across / width, 0, 1)).astype(np.float32) ** 2
    if variant == "open book":
        gutter = rng.uniform(0.0, 0.3) if rng.random() < 0.5 else rng.uniform(0.7, 1.0)
        near = np.exp(-np.abs(across / width - gutter) / rng.uniform(0.05, 0.2)).astype(np.float32)
        down += np.float32(rng.uniform(-0.06, 0.06) * height) * near
        shade -= np.float32(rng.uniform(0.1, 0.6)) * near**2
    paper = _sharpen_for(sheet.paper, np.hypot(*(np.ptp(corners, axis=0) / (width, height))) / np.sqrt(2))
    light = cv2.remap(paper, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) * shade
    owner = cv2.remap(sheet.owner.astype(np.float32), across, down, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    if desk is not None:
        light = _on_desk(rng, light, across, down, desk, stack=variant == "stack")
    density = np.abs(
        np.gradient(across, axis=1) * np.gradient(down, axis=0)
        - np.gradient(across, axis=0) * np.gradient(down, axis=1)
    )
    return Seen(light.astype(np.float32), owner.astype(np.int32), density.astype(np.float32))


def _corners(rng: np.random.Generator, variant: str, width: int, height: int) -> NDArray[np.float32]:
    """Where the sheet's corners are in the frame, clockwise from the upper left, (4, 2)."""
    size = np.array([width, height])
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
    if variant in ("near", "curved", "open book"):
        corners = square + rng.normal(0, rng.uniform(0, 0.05), (4, 2))
        corners = (corners - 0.5) * rng.uniform(0.95, 1.15) + 0.5
        return _turn(corners * size, size, rng.normal(0, 3)).astype(np.float32)
    scale = 1 / rng.uniform(*ROOM)
    if variant == "steep":
        narrow, low = rng.uniform(0.12, 0.3), rng.uniform(0.05, 0.35)
        corners = np.array([[narrow, low], [1 - narrow, low], [1, 1], [0, 1]]) + rng.normal(0, 0.03, (4, 2))
        corners = np.roll(corners, int(rng.integers(2)) * 0, axis=0)
        if rng.random() < 0.3:  # from the left or the right
            narrow, low = rng.uniform(0.08, 0.25), rng.uniform(0.05, 0.3)
            corners = np.array([[low, narrow], [1, 0], [1, 1], [low, 1 - narrow]]) + rng.normal(0, 0.03, (4, 2))
        return _turn(corners * size, size, rng.normal(0, 6)).astype(np.float32)
    if variant == "corner":
        corners = square * rng.uniform(0.9, 1.3) + rng.uniform(-0.45, 0.45, 2) * [1, 1]
    else:
        corners = (square - 0.5) * scale + 0.5 + rng.uniform(-0.5, 0.5, 2) * (1 - scale) * 0.8
    corners = corners + rng.normal(0, 0.02, (4, 2))
    return _turn(corners * size, size, rng.normal(0, 25 if variant == "turned sheet" else 5)).astype(np.float32)


def _turn(corners: NDArray[np.float64], size: NDArray[np.int64], degrees: float) -> NDArray[np.float64]:
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray((corners - size / 2) @ turn.T + size / 2, float)


def _sharpen_for(paper: Light, scale: float) -> Light:
    """What a smaller picture keeps: blurred before it is reduced."""
    return paper if scale > 0.85 else cv2.GaussianBlur(paper, (0, 0), 0.45 / max(0.3, float(scale))).astype(np.float32)


def _on_desk(rng: np.random.Generator, light: Light, across: Light, down: Light, desk: Light, *, stack: bool) -> Light:
    """The desk where the sheet is not, and the sheet's shadow on it."""
    height, width = light.shape
    there = ((across >= 0) & (across < width) & (down >= 0) & (down < height)).astype(np.float32)
    soft = cv2.GaussianBlur(there, (0, 0), float(rng.uniform(1.5, 12)))
    table = desk * (1 - np.float32(rng.uniform(0, 0.7)) * soft)
    if stack:  # another sheet beneath
        shift = np.array([[1, 0, rng.normal(0, 0.05) * width], [0, 1, rng.normal(0, 0.05) * height]])
        under = cv2.warpAffine(there, shift, (width, height))
        table = np.where(
            under > 0.5, np.float32(light.mean() * rng.uniform(0.7, 1.05)) * (1 - np.float32(0.3) * soft), table
        )
    edge = cv2.GaussianBlur(there, (0, 0), 0.7)
    return np.asarray(light * edge + table * (1 - edge), np.float32)
