"""Grey -> even light: what the networks see of a frame is contrast, however bright the lamp and the paper are."""

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import Grey

Even = NDArray[np.float32]
"""Contrast with the surroundings, natural logarithm times a gain, within -1 and 1: (height, width)."""

DARK = 16.0
"""Added to a grey level before its logarithm is taken: below it there is more noise than picture."""
SURROUNDINGS = 8, 13
"""Light is compared with its mean over so many blocks of so many px on either side: about 100 px each way ..."""
LEAST_SPREAD = 0.04
"""... and the gain makes GAIN standard deviations of a frame 1; less than this, on blank paper, counts as this."""
GAIN = 2.5
_LOGARITHM = np.log(np.arange(256, dtype=np.float32) + np.float32(DARK))


def take_logarithm(grey: Grey) -> Even:
    """ln(grey + DARK): float32 of the same shape."""
    return np.asarray(cv2.LUT(grey, _LOGARITHM), np.float32)


def even_out(grey: Grey) -> tuple[Even, float]:
    """Log grey less the mean around it, and its standard deviation over the frame.

    Args:
        grey: uint8, (height, width).

    Returns:
        float32, (height, width), not yet multiplied by the gain; and what `gain_of` takes.
    """
    logarithm = take_logarithm(grey)
    height, width = grey.shape
    block, count = SURROUNDINGS
    small = cv2.resize(logarithm, (max(1, width // block), max(1, height // block)), interpolation=cv2.INTER_AREA)
    around = cv2.blur(small, (2 * count - 1, 2 * count - 1), borderType=cv2.BORDER_REFLECT)
    even = logarithm - cv2.resize(around, (width, height), interpolation=cv2.INTER_LINEAR)
    return even, float(cv2.norm(even, cv2.NORM_L2) / np.sqrt(even.size))


def gain_of(spread: float) -> float:
    """By what even light of this standard deviation is multiplied."""
    return 1 / (GAIN * max(spread, LEAST_SPREAD))
