"""The finder: where digits are and how large, by a small network that sees the whole frame, at several sizes."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import Grey
from edge.finding.crops import Places
from edge.finding.light import even_out, gain_of
from edge.runtime import Network

CELL = 4
"""A cell of the finder's map, px of what it sees."""
CHANNELS = 5
"""Heat (logit), and the logarithm of the distances to the left, top, right and bottom side, in cells."""
STRIDE = 32
"""The network takes frames whose sides are multiples of this, px."""
LONGEST = 640
"""Longer side of what it sees first, px; half and a quarter of it follow, for large digits ..."""
HALVINGS = 2
SMALL = 14.0
"""... and twice as much where digits smaller than this, px, showed in the first and the frame has them sharper."""
SHOWED = 0.15
"""Heat at which something may be a digit."""
SURELY = 30.0, 85.0
"""Longer sides, px, between which a digit is taken from a size; the finest and the coarsest take what is beyond."""
LEAST_HEAT = 0.05
"""Less is nothing."""
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
        self._networks = {HALVINGS: self._build()}

    def find(self, grey: Grey) -> Found:
        """Where digits may be in a frame, uint8 (height, width)."""
        found = [self._find_at(grey, halvings) for halvings in range(HALVINGS + 1)]
        first = found[0]
        finest = 0
        if max(grey.shape) > 1.2 * LONGEST:
            scale = LONGEST / max(grey.shape)
            side = (first.places[:, 2:] - first.places[:, :2]).max(axis=1, initial=0) * scale
            if (side[first.heat > SHOWED] < SMALL).any():
                found.append(self._find_at(grey, -1))
                finest = -1
        kept = [
            _fitting(one, grey.shape, level, finest)
            for one, level in zip(found, [*range(HALVINGS + 1), -1], strict=False)
        ]
        return merge(kept)

    def _find_at(self, grey: Grey, halvings: int) -> Found:
        seen = _resize(grey, LONGEST / 2.0**halvings)
        even, spread = even_out(seen)
        height, width = (-(-side // STRIDE) * STRIDE for side in seen.shape)
        if halvings not in self._networks:
            self._networks[halvings] = self._build()
        network = self._networks[halvings]
        scale, zero_point = network.input_quantization
        light = np.clip(even, -1 / gain_of(spread), 1 / gain_of(spread), out=even)
        # In bytes, which OpenCV rounds and saturates fast: int8 is a byte with its first bit turned.
        shifted = np.asarray(cv2.convertScaleAbs(light, alpha=gain_of(spread) / scale, beta=zero_point + 128), np.uint8)
        q = np.full((1, height, width, 1), zero_point, np.int8)  # padded with light as even as can be
        q[0, : seen.shape[0], : seen.shape[1], 0] = (shifted ^ 0x80).view(np.int8)
        return decode(network.run_quantized(q)[0], grey.shape[1] / seen.shape[1], grey.shape[0] / seen.shape[0])

    def _build(self) -> Network:
        return Network(self._content, self._path, takes=(None, None, 1), gives=(None, None, CHANNELS))


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
    sides = np.exp(np.clip(output[rows, columns, 1:], -3, 5))
    middle = np.column_stack([columns, rows]) + np.float32(0.5)
    places = np.hstack([middle - sides[:, :2], middle + sides[:, 2:]]) * CELL * np.array([across, down] * 2)
    heat = 1 / (1 + np.exp(-logit[rows, columns]))
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


def _resize(grey: Grey, longest: float) -> Grey:
    """The frame with this longer side; never enlarged more than twice."""
    scale = min(2.0, longest / max(grey.shape))
    size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), np.uint8)


def _fitting(found: Found, shape: tuple[int, ...], halvings: int, finest: int) -> Found:
    """What this size sees best."""
    side = (found.places[:, 2:] - found.places[:, :2]).max(axis=1, initial=0)
    side = side * LONGEST / 2.0**halvings / max(shape)
    fits = (side >= (0 if halvings == finest else SURELY[0])) & (
        side <= (np.inf if halvings == HALVINGS else SURELY[1])
    )
    return Found(found.places[fits], found.heat[fits])
