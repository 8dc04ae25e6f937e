"""Whether the scene has been still for a moment."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import Frame

STILL_S = 0.7
"""So long without a change, and the hand is gone and the focus found."""
LOOK_SIDE = 64
"""Frames are compared at this longest side, px: noise is averaged away, a stroke that moves by its width is not."""
MAX_CHANGE = 8.0
"""Grey levels by which a pixel of that picture may change."""

_Grey = NDArray[np.float32]


class Stillness:
    """Looks at each frame.

    Args:
        clock: seconds, only differences count.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._first = np.empty((0, 0), np.float32)
        self._since = 0.0

    def look(self, frame: Frame) -> float:
        """For how long nothing has moved, s; 0 when something does."""
        grey = frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        scale = LOOK_SIDE / max(grey.shape)
        small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
        now = self._clock()
        # Against the first still frame, not the one before: what creeps moves too.
        if small.shape != self._first.shape or _change(small, self._first) > MAX_CHANGE:
            self._first, self._since = small, now
        return now - self._since


def _change(one: _Grey, other: _Grey) -> float:
    difference = one - other
    # A camera adjusts its brightness at times: that is all pixels alike.
    return float(np.abs(difference - np.median(difference)).max())
