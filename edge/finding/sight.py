"""Whether a frame shows enough to be read at all: it may be too dark, too blurred or too small."""

import cv2
import numpy as np

from edge.contract import GLYPH_SIDE, TOO_BLURRED, TOO_DARK, TOO_SMALL, Frame
from edge.finding.ink import reduce_quickly

DARK = 24
"""Of 255: a frame whose brightest parts are darker shows nothing; a blackboard, unlit, has 40."""
BRIGHTEST = 99.0
"""Percentile of the brightest parts: a lamp or a few hot pixels light no page."""
LOOK_SIDE = 160
"""Blur is measured in a copy of at most this longer side, px: noise is averaged away."""
MARK = 0.1
"""What is no wider than this share of the copy, and lighter or darker than all around it, may be writing ..."""
STANDS_OUT = 24
"""... if it is so many grey levels off, of 255; less is paper, the slope of a shadow none of it."""
BLUR = 3.5
"""Writing whose edges are wider than this, px of the copy, cannot be read: 14 px in 640 x 480 (rendered pages are read
to half of that)."""


def find_reason(frame: Frame) -> str | None:
    """Why nothing can be read in a frame: TOO_SMALL, TOO_DARK, TOO_BLURRED; None where it could be, or is blank.

    Args:
        frame: uint8, (height, width, 3), B,G,R, or (height, width) grey.
    """
    if max(frame.shape[:2]) < GLYPH_SIDE:
        return TOO_SMALL
    height, width = frame.shape[:2]
    scale = min(1.0, LOOK_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    grey = reduce_quickly(frame, size)
    if np.percentile(grey, BRIGHTEST) < DARK:
        return TOO_DARK
    smooth = cv2.GaussianBlur(grey, (3, 3), 0)
    side = max(3, round(MARK * max(size)))
    edge = min(side // 2, (min(size) - 1) // 2)  # a shadow or a table along the frame's border is no mark
    hats = (
        cv2.morphologyEx(smooth, way, np.ones((side, side), np.uint8)) for way in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT)
    )
    contrast = max(float(np.percentile(hat[edge : size[1] - edge, edge : size[0] - edge], BRIGHTEST)) for hat in hats)
    if contrast < STANDS_OUT:
        return None
    across, down = (cv2.Sobel(smooth, cv2.CV_32F, *way, ksize=3) / 8 for way in ((1, 0), (0, 1)))
    steepest = float(np.percentile(np.hypot(across, down), BRIGHTEST))
    return TOO_BLURRED if contrast > BLUR * steepest else None
