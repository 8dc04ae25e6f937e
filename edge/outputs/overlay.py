"""Draws a reading into a copy of its frame. Pure: what goes in stays as it was."""

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np

from edge.contract import Box, Detection, Frame, Line, Reading

Colour: TypeAlias = tuple[int, int, int]
"""B, G, R, 0 to 255 each."""
ACCEPTED_COLOUR: Colour = (90, 230, 90)
REJECTED_COLOUR = (60, 160, 255)
LINE_COLOUR = (255, 255, 255)
TARGET_COLOUR = (80, 240, 255)
DARK = (24, 24, 24)
"""Behind every text and around every box, so that they stand out on paper and on a blackboard alike."""

FONT = cv2.FONT_HERSHEY_SIMPLEX
FONT_HEIGHT = 22
"""Height of the font's digits at scale 1, px."""
TEXT_SHARE = 0.02
"""Height of normal text as a share of the frame's longest side: a window shows large frames reduced."""
MIN_TEXT_HEIGHT = 9
"""Below that the font cannot be read, px."""
SMALL, LARGE = 0.8, 1.4
"""Confidences and line texts, relative to normal text."""


def draw_reading(frame: Frame, reading: Reading, *, fps: float | None = None, everything: bool = False) -> Frame:
    """A new frame with boxes, labels, confidences, each line's text, why nothing is read, and frames per second.

    Args:
        frame: uint8, (height, width, 3), B,G,R. Not changed.
        reading: of this frame.
        fps: frames per second; None: not shown.
        everything: letters and dirt too, for who chooses what to label.
    """
    drawn = frame.copy()
    height = text_height(drawn)
    shown = reading.candidates if everything else reading.digits
    for digit in shown:
        _draw_box(drawn, digit.box, _colour(digit), max(1, height // 8))
    for digit in shown:
        _draw_labels(drawn, digit, height)
    for line in reading.lines:
        _draw_line_text(drawn, line, height)
    if reading.reason is not None:
        _draw_text(drawn, reading.reason, 0, drawn.shape[0], height=height, colour=REJECTED_COLOUR)
    if fps is not None:
        _draw_text(drawn, f"{fps:.0f} fps", drawn.shape[1], 0, height=height, colour=LINE_COLOUR)
    return drawn


def draw_panel(frame: Frame, rows: Sequence[str]) -> Frame:
    """A new frame with rows of text in its top left corner."""
    drawn = frame.copy()
    y = 0
    for row in rows:
        y = _draw_text(drawn, row, 0, y, height=text_height(drawn), colour=LINE_COLOUR).bottom
    return drawn


def draw_footer(frame: Frame, rows: Sequence[str]) -> Frame:
    """A new frame with rows of text under it, which hide nothing; they are small enough to fit."""
    height, width = text_height(frame), frame.shape[1]
    widest = max(_measure(row, height).width for row in rows)
    height = max(1, min(height, height * width // widest))
    plate = _measure("", height).height
    drawn = cv2.copyMakeBorder(frame, 0, plate * len(rows), 0, 0, cv2.BORDER_CONSTANT, value=DARK).astype(np.uint8)
    for number, row in enumerate(rows):
        _draw_text(drawn, row, 0, frame.shape[0] + number * plate, height=height, colour=LINE_COLOUR)
    return drawn


def draw_target(frame: Frame, box: Box | None, cross: tuple[int, int] | None) -> Frame:
    """A new frame with a cross at x, y, and the box that is meant."""
    drawn = frame.copy()
    height = text_height(drawn)
    if box is not None:
        gap = height // 2
        _draw_box(drawn, Box(box.x - gap, box.y - gap, box.width + 2 * gap, box.height + 2 * gap), TARGET_COLOUR, 2)
    if cross is not None:
        for colour, thickness in ((DARK, max(3, height // 3)), (TARGET_COLOUR, max(1, height // 9))):
            cv2.drawMarker(drawn, cross, colour, cv2.MARKER_CROSS, 2 * height, thickness)
    return drawn


def text_height(frame: Frame) -> int:
    """Height of normal text for a frame of this size, px."""
    return max(MIN_TEXT_HEIGHT, round(TEXT_SHARE * int(max(frame.shape[:2]))))


def fit_inside(box: Box, width: int, height: int) -> Box:
    """The box moved into a frame of width x height px; what is larger than the frame starts at its edge."""
    return Box(max(0, min(box.x, width - box.width)), max(0, min(box.y, height - box.height)), box.width, box.height)


def place_line_text(line: Box, text_width: int, text_height: int, width: int, height: int) -> Box:
    """Where a line's text goes: right of the line, else below or above it, else as near as the frame allows."""
    middle = line.y + (line.height - text_height) // 2
    gap = text_height // 2
    # Below and above, the digits' own labels take up one text height.
    places = [
        Box(line.right + gap, middle, text_width, text_height),
        Box(line.x, line.bottom + text_height, text_width, text_height),
        Box(line.x, line.y - 2 * text_height, text_width, text_height),
    ]
    for place in places:
        if fit_inside(place, width, height) == place:
            return place
    return fit_inside(places[0], width, height)


def _colour(digit: Detection) -> Colour:
    return REJECTED_COLOUR if digit.rejected else ACCEPTED_COLOUR


def _draw_box(drawn: Frame, box: Box, colour: Colour, thickness: int) -> None:
    corners = (box.x, box.y), (box.right - 1, box.bottom - 1)
    cv2.rectangle(drawn, *corners, DARK, thickness + max(2, thickness))
    cv2.rectangle(drawn, *corners, colour, thickness)


def _draw_labels(drawn: Frame, digit: Detection, height: int) -> None:
    """The label above the box; below it the confidence in percent, unless rejected."""
    label = _measure(digit.label, height)
    _draw_text(drawn, digit.label, digit.box.x, digit.box.y - label.height, height=height, colour=_colour(digit))
    if not digit.rejected:
        small = round(height * SMALL)
        _draw_text(
            drawn, f"{100 * digit.confidence:.0f}", digit.box.x, digit.box.bottom, height=small, colour=_colour(digit)
        )


def _draw_line_text(drawn: Frame, line: Line, height: int) -> None:
    large = round(height * LARGE)
    size = _measure(line.text, large)
    place = place_line_text(line.box, size.width, size.height, drawn.shape[1], drawn.shape[0])
    _draw_text(drawn, line.text, place.x, place.y, height=large, colour=LINE_COLOUR)


def _draw_text(drawn: Frame, text: str, x: int, y: int, *, height: int, colour: Colour) -> Box:
    """Text on a dark plate whose top left corner is at x, y, or as near as it fits. Returns the plate."""
    size = _measure(text, height)
    plate = fit_inside(Box(x, y, size.width, size.height), drawn.shape[1], drawn.shape[0])
    drawn[plate.y : plate.bottom, plate.x : plate.right] = np.array(DARK, np.uint8)
    margin = _margin(height)
    origin = plate.x + margin, plate.bottom - margin - height // 4
    cv2.putText(drawn, text, origin, FONT, height / FONT_HEIGHT, colour, _stroke(height), cv2.LINE_AA)
    return plate


def _measure(text: str, height: int) -> Box:
    """Size of a text's plate, at 0, 0."""
    (width, _), _ = cv2.getTextSize(text, FONT, height / FONT_HEIGHT, _stroke(height))
    # A quarter of the height below the baseline: for g, p and y.
    return Box(0, 0, width + 2 * _margin(height), height + height // 4 + 2 * _margin(height))


def _margin(height: int) -> int:
    return max(2, height // 5)


def _stroke(height: int) -> int:
    return max(1, height // 9)
