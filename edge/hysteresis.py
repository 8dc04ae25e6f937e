"""Hysteresis: what is weak stays where it is connected to something strong (Canny 1986)."""

import cv2
import numpy as np
from numpy.typing import NDArray


def keep_seeded(mask: NDArray[np.uint8], seeds: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Of the connected parts of `mask`, those that touch a seed.

    Args:
        mask: uint8, (height, width); not 0 = set.
        seeds: the same shape; not 0 = seed.

    Returns:
        A new mask.
    """
    count, labels = cv2.connectedComponents(mask, connectivity=8)
    kept = np.zeros(count, np.uint8)
    kept[labels[seeds > 0]] = mask.max()
    kept[0] = 0
    return np.asarray(kept[labels], np.uint8)
