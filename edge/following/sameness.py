"""Whether a frame shows what another one showed, but for the sensor's noise: then it need not be read again."""

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import Frame

BLOCK = 4
"""Frames are compared in squares of this side, px: noise is averaged away, a stroke of the smallest digit is not."""
MOST_BLOCKS = 320
"""Along the longer side: squares of larger frames are larger, as digits are that can be read in them."""
NOISE = 7.0
"""A square has changed when it differs by so many standard deviations of the noise ..."""
LEAST, MOST = 4.0, 12.0
"""... but no less and no more than so many grey levels: a frame of much noise, or of much motion, is read again."""
LIGHT = 8.0
"""The light may change by so many grey levels for the whole frame alike, as a camera's exposure wanders."""

Look = NDArray[np.float32]
"""Mean luma of each square, (rows, columns)."""


def look_at(frame: Frame) -> Look:
    """What is kept of a frame to compare the next ones with."""
    grey = frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    side = max(BLOCK, max(grey.shape) / MOST_BLOCKS)
    height, width = (max(1, round(length / side)) for length in grey.shape)
    return cv2.resize(grey.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)


def is_same(one: Look, other: Look) -> bool:
    """Whether nothing but noise, and a little light on all alike, lies between them."""
    if one.shape != other.shape:
        return False
    difference = one - other
    light = float(np.median(difference))
    change = np.abs(difference - light)
    noise = 1.48 * float(np.median(change))  # of a normal distribution: its standard deviation
    return abs(light) <= LIGHT and float(change.max()) <= min(MOST, max(LEAST, NOISE * noise))
