"""Notices a camera that gives one and the same picture for ever: it hangs, and looks healthy.

A sensor has noise, so two frames of one that works differ somewhere, whatever lies before it.
"""

import numpy as np

from edge.contract import Frame

STEP = 8
"""Of the few pixels that are compared first: where they differ, the rest is not looked at."""


class Standstill:
    """Whether a camera stands still.

    Args:
        limit_s: the very same picture for so long is one.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._last: Frame | None = None
        self._since = 0.0
        self._told = False

    def look(self, frame: Frame, now: float) -> bool:
        """Whether a standstill is to be told now: once for each.

        Args:
            frame: the newest one.
            now: seconds; only differences count.
        """
        if self._last is None or not _are_same(frame, self._last):
            self._last, self._since, self._told = frame, now, False
            return False
        is_due = now - self._since > self._limit_s and not self._told
        self._told |= is_due
        return is_due


def _are_same(one: Frame, other: Frame) -> bool:
    return np.array_equal(one[::STEP, ::STEP], other[::STEP, ::STEP]) and np.array_equal(one, other)
