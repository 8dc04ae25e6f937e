"""What a camera sees where nobody wrote: grass, walls, coins, leaves, rooms made by rule, and cuts of photographs."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from train.pages.camera import Grey, Light
from train.pages.world import World

Texture = Callable[[np.random.Generator, int, int], Light]
"""(chance, height, width) -> brightness 0 to 1, (height, width)."""


PHOTOGRAPHS = 0.3
"""So often a texture is cut from a photograph, where the world has some."""
SMALLEST_CUT = 0.3
"""Of a photograph's width or height; a smaller cut would show its pixels."""


def make_texture(rng: np.random.Generator, *, height: int, width: int, world: World) -> Light:
    """Any of them; soft noise over each, as nothing in a picture is quite even."""
    if world.photographs and rng.random() < PHOTOGRAPHS:
        texture = cut_photograph(rng, height, width, world.photographs[rng.integers(len(world.photographs))])
    else:
        kind = TEXTURES[rng.integers(len(TEXTURES))]
        # Half the size is enough for the fine ones too: no lens is sharper.
        small = kind(rng, height // 2, width // 2)
        texture = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    texture = texture + np.float32(rng.uniform(0, 0.05)) * _noise(rng, height, width, cells=height // 4)
    return np.asarray(np.clip(texture, 0.01, 1), np.float32)


def cut_photograph(rng: np.random.Generator, height: int, width: int, path: Path) -> Light:
    """A cut of any size, at times turned over or on its side, in another exposure."""
    whole = _load_photograph(path)
    if rng.random() < 0.25:
        whole = whole.T
    # The largest cut of the frame's shape that fits, times the share.
    fit = min(whole.shape[0] / height, whole.shape[1] / width) * float(rng.uniform(SMALLEST_CUT, 1.0) ** 0.7)
    rows, columns = max(2, int(height * fit)), max(2, int(width * fit))
    top, left = (int(rng.integers(1 + max(0, room))) for room in np.subtract(whole.shape, (rows, columns)))
    cut = whole[top : top + rows, left : left + columns]
    if rng.random() < 0.5:
        cut = cut[:, ::-1]
    how = cv2.INTER_AREA if fit > 1 else cv2.INTER_CUBIC
    light = _scale(cv2.resize(np.ascontiguousarray(cut), (width, height), interpolation=how).astype(np.uint8))
    gamma, gain = float(np.exp(rng.normal(0, 0.35))), float(rng.uniform(0.6, 1.15))
    return np.asarray(np.clip(gain * light**gamma, 0, 1), np.float32)


def clouds(rng: np.random.Generator, height: int, width: int) -> Light:
    """Noise at all scales: sky, stone, cloth, fog."""
    total, decay = np.zeros((height, width), np.float32), rng.uniform(0.4, 0.95)
    for octave in range(2, 8):
        total += np.float32(decay**octave) * _noise(rng, height, width, cells=2**octave)
    return _tone(rng, total)


def blobs(rng: np.random.Generator, height: int, width: int) -> Light:
    """Clouds cut into a few flat tones: things with smooth edges, cells under a microscope."""
    noise = _noise(rng, height, width, cells=int(rng.integers(4, 40)))
    levels = np.sort(rng.normal(0, 0.8, int(rng.integers(1, 4))))
    tones = rng.permutation(np.linspace(0.1, 0.9, len(levels) + 1, dtype=np.float32))
    return cv2.GaussianBlur(tones[np.digitize(noise, levels)], (0, 0), float(rng.uniform(0.4, 2))).astype(np.float32)


def grass(rng: np.random.Generator, height: int, width: int) -> Light:
    """Many strokes of any tone over one another: grass, straw, hair, fur."""
    canvas = np.full((height, width), int(rng.integers(256)), np.uint8)
    length, lean = height * rng.uniform(0.03, 0.25), rng.normal(0, 0.5)
    count = int(rng.integers(200, 1500))
    feet = rng.uniform(-0.1, 1.1, (count, 2)) * (width, height)
    angles = np.pi / 2 + lean + rng.normal(0, rng.uniform(0.1, 0.6), count)
    tips = feet + length * rng.uniform(0.3, 1, (count, 1)) * np.column_stack([np.cos(angles), np.sin(angles)])
    thickness, tones = int(rng.integers(1, 4)), rng.integers(0, 256, count).tolist()
    for foot, tip, tone in zip(feet.astype(int).tolist(), tips.astype(int).tolist(), tones, strict=True):
        cv2.line(canvas, foot, tip, tone, thickness, cv2.LINE_AA)
    return _scale(canvas)


def leaves(rng: np.random.Generator, height: int, width: int) -> Light:
    """Ellipses over one another, each a little lighter at one end: foliage, petals, pebbles."""
    canvas = np.full((height, width), int(rng.integers(80)), np.uint8)
    size, thin = height * rng.uniform(0.02, 0.15), rng.uniform(0.2, 0.9)
    for _ in range(int(rng.integers(100, 500))):
        centre = int(rng.integers(width)), int(rng.integers(height))
        axes = (max(1, int(size * rng.uniform(0.5, 1))), max(1, int(size * thin * rng.uniform(0.5, 1))))
        turn, tone = float(rng.uniform(0, 360)), int(rng.integers(256))
        cv2.ellipse(canvas, centre, axes, turn, 0, 360, tone, -1, cv2.LINE_AA)
        cv2.ellipse(canvas, centre, axes, turn, 0, 180, min(255, tone + 40), 1, cv2.LINE_AA)
    return _scale(canvas)


def bricks(rng: np.random.Generator, height: int, width: int) -> Light:
    """Walls, tiles and chessboards."""
    high = max(4, int(height * rng.uniform(0.04, 0.2)))
    wide, joint = int(high * rng.choice([1.0, 2.2])), int(rng.integers(0, 4))
    rows, columns = np.arange(height) // high, np.arange(width)
    shift = (rows % 2 * (wide // 2) * int(rng.random() < 0.5))[:, np.newaxis]
    across = (columns[np.newaxis] + shift) // wide
    if rng.random() < 0.5:
        tones = (rows[:, np.newaxis] + across) % 2 * rng.uniform(0.3, 0.9)
    else:
        tones = rng.uniform(0.3, 0.7, (rows[-1] + 1, across.max() + 1))[rows[:, np.newaxis], across]
    gaps = ((columns[np.newaxis] + shift) % wide < joint) | (np.arange(height)[:, np.newaxis] % high < joint)
    return np.where(gaps, rng.uniform(0, 1), 0.05 + 0.9 * tones).astype(np.float32)


def coins(rng: np.random.Generator, height: int, width: int) -> Light:
    """Round things with a rim, a relief and a shadow: coins, buttons, cups, plates."""
    canvas = np.full((height, width), rng.uniform(0, 1), np.float32)
    relief = 0.3 * _noise(rng, height, width, cells=height // 5)
    for _ in range(int(rng.integers(1, 25))):
        centre = int(rng.integers(width)), int(rng.integers(height))
        radius = max(4, int(height * rng.uniform(0.04, 0.25)))
        disc = np.zeros((height, width), np.uint8)
        cv2.circle(disc, centre, radius, 1, -1)
        canvas = np.where(disc > 0, rng.uniform(0.2, 0.9) + rng.uniform(0, 1) * relief, canvas).astype(np.float32)
        cv2.circle(canvas, centre, radius, float(rng.uniform(0, 1)), int(rng.integers(1, 4)), cv2.LINE_AA)
    return canvas


def stars(rng: np.random.Generator, height: int, width: int) -> Light:
    """Spots of light of any size on black: night, city lights, sparks."""
    canvas = np.zeros((height, width), np.float32)
    for sigma in (0.5, 1.2, 3.0, 7.0):
        dots = np.zeros((height, width), np.float32)
        count = int(rng.integers(2, 200) / sigma)
        dots[rng.integers(0, height, count), rng.integers(0, width, count)] = rng.uniform(0.3, 1, count)
        canvas += cv2.GaussianBlur(dots, (0, 0), sigma) * (6 * sigma**2 * rng.uniform(0.3, 1))
    return np.asarray(np.clip(canvas + rng.uniform(0, 0.1), 0, 1), np.float32)


def wood(rng: np.random.Generator, height: int, width: int) -> Light:
    """Grain of a table's boards."""
    rows = np.linspace(0, rng.uniform(4, 40), height, dtype=np.float32)[:, np.newaxis]
    warp = _noise(rng, height, width, cells=4) + 0.3 * cv2.blur(
        _noise(rng, height, width, cells=height), (width // 4, 1)
    )
    rings = np.sin(2 * np.pi * (rows + rng.uniform(0.1, 0.8) * warp))
    board = rng.uniform(0.2, 0.8) + rng.uniform(0.02, 0.15) * rings
    board[:: max(20, int(height * rng.uniform(0.15, 0.6)))] *= 0.5  # the gaps between boards
    return np.asarray(board if rng.random() < 0.5 else cv2.resize(board.T, (width, height)), np.float32)


def rooms(rng: np.random.Generator, height: int, width: int) -> Light:
    """Boxes, poles and panes of any tone: houses, shelves, screens, machines."""
    canvas = np.full((height, width), int(rng.integers(256)), np.uint8)
    for _ in range(int(rng.integers(10, 60))):
        corner = np.array([rng.integers(width), rng.integers(height)])
        size = (np.array([width, height]) * np.exp(rng.uniform(np.log(0.01), np.log(0.5), 2))).astype(int) + 1
        thickness = -1 if rng.random() < 0.6 else int(rng.integers(1, 4))
        cv2.rectangle(canvas, corner.tolist(), (corner + size).tolist(), int(rng.integers(256)), thickness)
    return _scale(canvas)


TEXTURES: tuple[Texture, ...] = (clouds, blobs, grass, leaves, bricks, coins, stars, wood, rooms)


def _noise(rng: np.random.Generator, height: int, width: int, *, cells: int) -> Light:
    """Smooth noise, standard normal at `cells` points down the frame."""
    coarse = rng.standard_normal((max(2, cells), max(2, cells * width // height)), np.float32)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)


def _tone(rng: np.random.Generator, field: Light) -> Light:
    """Any field brought to any range of tones."""
    low, high = float(field.min()), float(field.max())
    dark, light = np.sort(rng.uniform(0, 1, 2))
    return np.asarray(dark + (light - dark) * (field - low) / max(high - low, 1e-6), np.float32)


def _scale(canvas: Grey) -> Light:
    return np.asarray(canvas, np.float32) / np.float32(255)


@lru_cache(8)  # about a megabyte each
def _load_photograph(path: Path) -> Grey:
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise OSError(f"{path} cannot be read. Delete it and run `python -m train.pages.material`.")
    return np.asarray(grey, np.uint8)
