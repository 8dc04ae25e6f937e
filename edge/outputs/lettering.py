"""Text on dark plates: how large it is, and into which frame it goes."""

from typing import TypeAlias

import cv2
import numpy as np

from edge.contract import Box, Frame

Colour: TypeAlias = tuple[int, int, int]
"""B, G, R, 0 to 255 each."""
WHITE: Colour = (255, 255, 255)
DARK: Colour = (24, 24, 24)
"""Behind every text and around every box, so that they stand out on paper and on a blackboard alike."""
MIN_TEXT_HEIGHT = 9
"""Below that the font cannot be read, px."""

FONT = cv2.FONT_HERSHEY_SIMPLEX
FONT_HEIGHT = 22
"""Height of the font's digits at scale 1, px."""
CUT = "..."
"""Stands where the middle of a text that is too long was left out."""


def draw_text(
    drawn: Frame, text: str, x: int, y: int, *, height: int, colour: Colour = WHITE, ground: Colour = DARK
) -> Box:
    """Draw text, `height` px high, on a plate whose top left corner is at x, y, or as near as it fits. Its plate."""
    size = measure_text(text, height)
    plate = fit_inside(Box(x, y, size.width, size.height), drawn.shape[1], drawn.shape[0])
    drawn[plate.y : plate.bottom, plate.x : plate.right] = np.array(ground, np.uint8)
    margin = _margin(height)
    origin = plate.x + margin, plate.bottom - margin - height // 4
    cv2.putText(drawn, text, origin, FONT, height / FONT_HEIGHT, colour, _stroke(height), cv2.LINE_AA)
    return plate


def measure_text(text: str, height: int) -> Box:
    """Size of a text's plate, at 0, 0."""
    (width, _), _ = cv2.getTextSize(text, FONT, height / FONT_HEIGHT, _stroke(height))
    # A quarter of the height below the baseline: for g, p and y.
    return Box(0, 0, width + 2 * _margin(height), height + height // 4 + 2 * _margin(height))


def shorten(text: str, height: int, width: int) -> str:
    """The text, without its middle where it would be wider than `width` px: a path's end tells more than its middle."""
    kept = len(text)
    short = text
    while measure_text(short, height).width > width and kept > 0:
        kept -= 1
        short = text[: kept // 2] + CUT + text[len(text) - (kept - kept // 2) :]
    return short


def fit_inside(box: Box, width: int, height: int) -> Box:
    """The box moved into a frame of width x height px; what is larger than the frame starts at its edge."""
    return Box(max(0, min(box.x, width - box.width)), max(0, min(box.y, height - box.height)), box.width, box.height)


def _margin(height: int) -> int:
    return max(2, height // 5)


def _stroke(height: int) -> int:
    return max(1, height // 9)
