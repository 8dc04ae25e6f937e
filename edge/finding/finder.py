"""The finder: where digits are and how large, by a small network that sees the whole frame, at several sizes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import Box, Grey
from edge.finding.crops import Places
from edge.finding.light import Even, even_out, gain_of
from edge.runtime import Network

CELL = 4
"""A cell of the finder's map, px of what it sees."""
CHANNELS = 5
"""Heat (logit), and the logarithm of the distances to the left, top, right and bottom side, in cells."""
STRIDE = 32
"""The network takes frames whose sides are multiples of this, px."""
LONGEST = 320
"""Longer side of what it sees first, px ..."""
MOST_ENLARGED = 2.0
"""... but no frame is enlarged more than this, nor for a closer look: cells of 4 px part no neighbours 6 px away."""
COARSEST, FINEST = -2, 2
"""Looks, as powers of two: a quarter of that, for large digits, half where some showed, up to four times where ..."""
SMALL = 18.0
"""... digits smaller than this, px as seen, showed."""
SHOWED = 0.15
"""Heat at which something may be a digit."""
SURELY = 30.0, 85.0
"""Longer sides, px as seen, between which a digit is taken from a look; the finest and the coarsest take all beyond."""
LEAST_HEAT = 0.08
"""Less is nothing."""
AROUND = np.mgrid[-1:2, -1:2].reshape(2, -1)
"""Rows and columns of the cells around one, and of itself."""
SAME = 0.5
"""Two boxes that share this much of their union are of one digit."""
SLENDER = 0.4
"""Boxes narrower than this share of their length count as so wide: a 1 is a digit, however its box lies."""
MAX_FOUND = 300
"""Of one frame, the hottest."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the finder takes for digits."""

    places: Places
    """(N, 4), px of the frame; hottest first."""
    heat: NDArray[np.float32]
    """How sure it is, 0 to 1, (N,)."""

    def __len__(self) -> int:
        return len(self.heat)

    @property
    def longer_sides(self) -> NDArray[np.float32]:
        """Of each box, px of the frame, (N,)."""
        return np.asarray((self.places[:, 2:] - self.places[:, :2]).max(axis=1, initial=0), np.float32)

    def lies_in(self, boxes: Sequence[Box]) -> NDArray[np.bool_]:
        """In which of these boxes, (M,), the middle of something lies that was found."""
        sides = np.array([(box.x, box.y, box.right, box.bottom) for box in boxes], np.float32).reshape(-1, 1, 4)
        middles = (self.places[:, :2] + self.places[:, 2:]) / 2
        inside = (sides[..., :2] <= middles) & (middles <= sides[..., 2:])
        return np.asarray(np.any(inside.all(axis=2), axis=1), np.bool_)


class Finder:
    """The network with its interpreters, one for each size of frame.

    Args:
        content: finder.tflite.
        path: where it came from, for messages.

    Raises:
        ModelError: it is no finder.
        SetupError: no TFLite runtime works here.
    """

    def __init__(self, content: bytes, path: Path) -> None:
        self._content, self._path = content, path
        self._networks = {0: self._build()}

    def find(self, grey: Grey) -> Found:
        """Where digits may be in a frame, uint8 (height, width)."""
        scale = min(MOST_ENLARGED, LONGEST / max(grey.shape))
        looks = {level: self._look(grey, scale, level) for level in (COARSEST, 0)}

        def sides(level: int) -> NDArray[np.float32]:
            """Of what this look found, px as seen."""
            return looks[level].longer_sides * np.float32(scale * 2.0**level)

        def shows(level: int, least: float, most: float = np.inf) -> bool:
            """Whether something that may be a digit is so long in this look."""
            return bool(((sides(level) >= least) & (sides(level) < most) & (looks[level].heat > SHOWED)).any())

        finest = 0
        while finest < FINEST and scale * 2.0 ** (finest + 1) <= MOST_ENLARGED and shows(finest, 0, SMALL):
            finest += 1
            looks[finest] = self._look(grey, scale, finest)
        if any(shows(level, SURELY[1] * 2.0 ** (level - 1)) for level in (0, COARSEST)):
            looks[-1] = self._look(grey, scale, -1)
        found = []
        for level, look in looks.items():
            least, most = 0 if level == finest else SURELY[0], np.inf if level == COARSEST else SURELY[1]
            fits = (sides(level) >= least) & (sides(level) <= most)
            found.append(Found(look.places[fits], look.heat[fits]))
        return merge(found)

    def _look(self, grey: Grey, scale: float, level: int) -> Found:
        """What it finds in the frame at scale * 2 ** level; each level keeps an interpreter for its last size."""
        scale *= 2.0**level
        size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        seen = grey if size == grey.shape[::-1] else np.asarray(cv2.resize(grey, size, interpolation=how), np.uint8)
        even, spread = even_out(seen)
        if level not in self._networks:
            self._networks[level] = self._build()
        network = self._networks[level]
        quantum, zero_point = network.input_quantization
        height, width = (-(-side // STRIDE) * STRIDE for side in seen.shape)
        q = np.full((1, height, width, 1), zero_point, np.int8)  # padded with light as even as can be
        q[0, : seen.shape[0], : seen.shape[1], 0] = quantize_light(even, gain_of(spread), quantum, zero_point)
        output = network.run_quantized(q)[0]
        return decode(output, grey.shape[1] / seen.shape[1], grey.shape[0] / seen.shape[0])

    def _build(self) -> Network:
        return Network(self._content, self._path, takes=(None, None, 1), gives=(None, None, CHANNELS))


def quantize_light(even: Even, gain: float, quantum: float, zero_point: int) -> NDArray[np.int8]:
    """Even light times its gain, within -1 and 1, as the network takes it: int8 of the same shape.

    The light is clipped in place: nobody needs it afterwards.
    """
    # In bytes, which OpenCV rounds and saturates fast: int8 is a byte with its first bit turned. It also takes the
    # absolute value, so nothing may lie below the network's range.
    least = max(-1.0, quantum * (-128 - zero_point))
    light = np.clip(even, least / gain, 1 / gain, out=even)
    shifted = cv2.convertScaleAbs(light, alpha=gain / quantum, beta=zero_point + 128)
    return (np.asarray(shifted, np.uint8) ^ 0x80).view(np.int8)


def decode(output: NDArray[np.float32], across: float = 1.0, down: float = 1.0) -> Found:
    """Peaks of the heat, and the boxes that they tell of.

    Args:
        output: float32, (rows, columns, CHANNELS).
        across: px of the frame for each px of what the network saw; and likewise
        down: in the other direction.
    """
    logit = output[..., 0]
    least = float(np.log(LEAST_HEAT / (1 - LEAST_HEAT)))
    peaks = (logit >= cv2.dilate(logit, np.ones((3, 3), np.uint8))) & (logit > least)
    rows, columns = np.nonzero(peaks)
    order = np.argsort(-logit[rows, columns], kind="stable")[:MAX_FOUND]
    rows, columns = rows[order], columns[order]
    heat = 1 / (1 + np.exp(-logit[rows, columns]))
    # The cells around a middle tell of the same box: their mean is more exact than one of them.
    y = np.clip(rows[:, np.newaxis] + AROUND[0], 0, logit.shape[0] - 1)
    x = np.clip(columns[:, np.newaxis] + AROUND[1], 0, logit.shape[1] - 1)
    cells = output[y, x]  # (N, 9, CHANNELS)
    middles, sides = np.stack([x, y], axis=-1) + np.float32(0.5), np.exp(np.clip(cells[..., 1:], -3, 5))
    boxes = np.concatenate([middles - sides[..., :2], middles + sides[..., 2:]], axis=-1)
    weight = (1 + np.exp(-cells[..., :1])) ** -2
    places = (weight * boxes).sum(axis=1) / weight.sum(axis=1) * CELL * np.array([across, down] * 2)
    return Found(places.astype(np.float32), heat.astype(np.float32))


def merge(found: list[Found]) -> Found:
    """All of them, each digit once: the hottest box stays."""
    places, heat = np.concatenate([one.places for one in found]), np.concatenate([one.heat for one in found])
    order = np.argsort(-heat, kind="stable")[:MAX_FOUND]
    places, heat = places[order], heat[order]
    shared = share_of_union(places, places) > SAME
    kept = np.ones(len(heat), bool)
    for one in range(len(heat)):
        if kept[one]:
            kept[one + 1 :] &= ~shared[one, one + 1 :]
    return Found(places[kept], heat[kept])


def share_of_union(ones: Places, others: Places) -> NDArray[np.float32]:
    """Intersection over union of each of N with each of M boxes: (N, M)."""
    low = np.maximum(ones[:, np.newaxis, :2], others[:, :2])
    high = np.minimum(ones[:, np.newaxis, 2:], others[:, 2:])
    both = np.maximum(high - low, 0).prod(axis=2)
    areas = [np.maximum(boxes[:, 2:] - boxes[:, :2], 0).prod(axis=1) for boxes in (ones, others)]
    return np.asarray(both / np.maximum(areas[0][:, np.newaxis] + areas[1] - both, 1e-6), np.float32)


def widen(places: Places) -> Places:
    """The same boxes, none narrower than SLENDER of its longer side."""
    middle, size = (places[:, :2] + places[:, 2:]) / 2, places[:, 2:] - places[:, :2]
    size = np.maximum(size, SLENDER * size.max(axis=1, initial=0, keepdims=True))
    return np.hstack([middle - size / 2, middle + size / 2]).astype(np.float32)
