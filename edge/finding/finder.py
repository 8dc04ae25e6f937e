"""The finder: where digits are and how large, by a small network that sees the whole frame, at several sizes."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import Grey
from edge.finding.crops import Places
from edge.finding.light import Even, even_out, gain_of
from edge.runtime import Network

CELL = 4
"""A cell of the finder's map, px of what it sees."""
CHANNELS = 5
"""Heat (logit), and the logarithm of the distances to the left, top, right and bottom side, in cells."""
STRIDE = 32
"""The network takes frames whose sides are multiples of this, px."""
LONGEST = 640
"""Longer side of what it sees first, px; then a quarter of that, for large digits, and half where some showed ..."""
MOST_ENLARGED = 2.0
"""... but a small frame is enlarged no more than this ..."""
SMALL, ENOUGH_SHARPER = 14.0, 1.2
"""... and twice as much where digits smaller than this, px, showed and the frame is so many times sharper."""
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
        self._networks = [self._build()]

    def find(self, grey: Grey) -> Found:
        """Where digits may be in a frame, uint8 (height, width)."""
        scale = min(MOST_ENLARGED, LONGEST / max(grey.shape))
        first = self._look(grey, scale, 0)
        looks = [_within(first, scale, (0.0, SURELY[1]))]
        side = first.longer_sides * scale
        if (side[first.heat > SHOWED] < SMALL).any() and ENOUGH_SHARPER * scale <= 1:
            looks = [
                _within(first, scale, SURELY),
                _within(self._look(grey, 2 * scale, 1), 2 * scale, (0.0, SURELY[1])),
            ]
        coarse = self._look(grey, scale / 4, 3)
        looks.append(_within(coarse, scale / 4, (SURELY[0], np.inf)))
        if _shows(first, SURELY[1] / 2 / scale) or _shows(coarse, SURELY[1] / 2 / scale):
            looks.append(_within(self._look(grey, scale / 2, 2), scale / 2, SURELY))
        return merge(looks)

    def _look(self, grey: Grey, scale: float, slot: int) -> Found:
        """What it finds in the frame at this scale; each slot keeps an interpreter for the size it last saw."""
        size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        seen = grey if size == grey.shape[::-1] else np.asarray(cv2.resize(grey, size, interpolation=how), np.uint8)
        even, spread = even_out(seen)
        while len(self._networks) <= slot:
            self._networks.append(self._build())
        quantum, zero_point = self._networks[slot].input_quantization
        height, width = (-(-side // STRIDE) * STRIDE for side in seen.shape)
        q = np.full((1, height, width, 1), zero_point, np.int8)  # padded with light as even as can be
        q[0, : seen.shape[0], : seen.shape[1], 0] = quantize_light(even, gain_of(spread), quantum, zero_point)
        output = self._networks[slot].run_quantized(q)[0]
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


def _shows(found: Found, least: float) -> bool:
    """Whether something that may be a digit is at least so large, px of the frame."""
    return bool(((found.longer_sides >= least) & (found.heat > SHOWED)).any())


def _within(found: Found, scale: float, sides: tuple[float, float]) -> Found:
    """What is seen best at this scale: boxes whose longer side, px as seen, lies between these."""
    longer = found.longer_sides * scale
    fits = (longer >= sides[0]) & (longer <= sides[1])
    return Found(found.places[fits], found.heat[fits])
