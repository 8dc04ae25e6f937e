"""Connected components of a mask."""

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
"""(height, width), not 0 = set."""
Labels = NDArray[np.uint16] | NDArray[np.int32]
"""(height, width): 0 where nothing is set, else the component's number."""

SMALL = np.iinfo(np.uint16).max
"""Labels of 16 bits are found three times as fast; no mask has more components than pixels."""


def label_components(mask: Mask) -> tuple[int, Labels]:
    """How many labels there are, 0 included, and the label of each pixel; diagonal neighbours are connected."""
    count, labels = cv2.connectedComponents(mask, connectivity=8, ltype=_label_type(mask))
    return count, labels  # type: ignore[return-value]  # OpenCV's stubs know no 16 bits


def measure_components(mask: Mask) -> tuple[Labels, NDArray[np.int32]]:
    """The label of each pixel, and for each label, 0 included, x, y, width, height, area: int32, (N, 5)."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=_label_type(mask))
    return labels, stats.astype(np.int32, copy=False)  # type: ignore[return-value]


def _label_type(mask: Mask) -> int:
    return cv2.CV_16U if cv2.countNonZero(mask) < SMALL else cv2.CV_32S
