"""Draws a reading into a copy of its frame. Pure: what goes in stays as it was, and no text covers a digit."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import cv2
import numpy as np

from edge.contract import Box, Detection, Frame, Line, Reading
from edge.outputs.lettering import DARK, MIN_TEXT_HEIGHT, WHITE, Colour, draw_text, measure_text
from edge.outputs.places import LARGE, grow, outline_width, text_height
from edge.outputs.placing import Placing, Plate, find_marks

SURE_COLOUR: Colour = (90, 230, 90)
"""Of a confidence of 1 ..."""
UNSURE_COLOUR: Colour = (70, 225, 245)
"""... and of 0.5 or less; between them it changes by degrees."""
REJECTED_COLOUR: Colour = (60, 160, 255)
GIVEN_COLOUR: Colour = (255, 190, 90)
"""Of what somebody has labelled."""
TARGET_COLOUR: Colour = (80, 240, 255)
NONE_GIVEN: Mapping[Box, str] = MappingProxyType({})


def draw_reading(
    frame: Frame,
    reading: Reading,
    *,
    everything: bool = False,
    given: Mapping[Box, str] = NONE_GIVEN,
    margin: bool = False,
) -> Frame:
    """A new frame with boxes, labels, each line's text, low confidences, and why nothing is read.

    Args:
        frame: uint8, (height, width, 3), B,G,R. Not changed.
        reading: of this frame.
        everything: letters and dirt too, for who chooses what to label.
        given: labels that somebody gave, by box: they stand instead of what was read.
        margin: where a line's text finds no room, all go into a margin by which the new frame is wider. Without it
            that text is left out.
    """
    shown = reading.candidates if everything else reading.digits
    marks = find_marks(frame)
    placing = Placing(reading, shown, marks, given=given)
    in_margin = reading.lines if margin and placing.without_room else ()
    if in_margin:
        placing = Placing(reading, shown, marks, given=given, lines=False)
    drawn = frame.copy()
    _draw_outlines(drawn, shown, given)
    for box in placing.kept_free:
        seen = (slice(max(0, box.y), max(0, box.bottom)), slice(max(0, box.x), max(0, box.right)))
        drawn[seen] = frame[seen]
    for digit in shown:
        if digit.rejected and digit.box not in given:
            _draw_corners(drawn, digit.box)
    for plate in placing.plates:
        _draw_plate(drawn, plate, given)
    if reading.reason is not None:
        height = text_height(reading.width, reading.height)
        draw_text(drawn, reading.reason, 0, drawn.shape[0], height=height, colour=REJECTED_COLOUR)
    return _add_margin(drawn, in_margin) if in_margin else drawn


def draw_target(frame: Frame, box: Box | None, cross: tuple[int, int] | None) -> Frame:
    """A new frame with a cross at x, y, and the box that is meant; a cross in that box would hide what stands there."""
    drawn = frame.copy()
    height = text_height(drawn.shape[1], drawn.shape[0])
    if box is not None:
        _draw_ring(drawn, grow(box, outline_width(box, height) + 1), 2, TARGET_COLOUR)
    if cross is not None and not (box is not None and _holds(box, *cross)):
        for colour, thickness in ((DARK, max(3, height // 3)), (TARGET_COLOUR, max(1, height // 9))):
            cv2.drawMarker(drawn, cross, colour, cv2.MARKER_CROSS, 2 * height, thickness)
    return drawn


def _draw_plate(drawn: Frame, plate: Plate, given: Mapping[Box, str]) -> None:
    colour, ground = WHITE, DARK
    if isinstance(plate.about, Detection):
        colour, ground = (DARK, GIVEN_COLOUR) if plate.about.box in given else (_colour(plate.about), DARK)
    draw_text(drawn, plate.text, plate.box.x, plate.box.y, height=plate.height, colour=colour, ground=ground)


def _colour(digit: Detection) -> Colour:
    """Green where it is sure, yellow where it is not."""
    if digit.rejected:
        return REJECTED_COLOUR
    sure = min(1.0, max(0.0, 2 * digit.confidence - 1))
    blue, green, red = (
        round(sure * one + (1 - sure) * other) for one, other in zip(SURE_COLOUR, UNSURE_COLOUR, strict=True)
    )
    return blue, green, red


def _holds(box: Box, x: int, y: int) -> bool:
    return box.x <= x < box.right and box.y <= y < box.bottom


def _draw_outlines(drawn: Frame, shown: Sequence[Detection], given: Mapping[Box, str]) -> None:
    """Around accepted digits and what was labelled. They are filled: what is in the boxes is put back afterwards."""
    normal = text_height(drawn.shape[1], drawn.shape[0])
    for digit in shown:
        if digit.box in given or not digit.rejected:
            colour = GIVEN_COLOUR if digit.box in given else _colour(digit)
            _draw_ring(drawn, digit.box, outline_width(digit.box, normal) - 1, colour)


def _draw_ring(drawn: Frame, box: Box, width: int, colour: Colour) -> None:
    """An outline of so many px around the box, with a dark border of 1 px outside and inside its colour."""
    for grown, tone, thickness in ((width, DARK, 1), (0, colour, width)):
        for step in range(thickness):
            outer = grow(box, grown + step + 1)
            cv2.rectangle(drawn, (outer.x, outer.y), (outer.right - 1, outer.bottom - 1), tone, 1)


def _draw_corners(drawn: Frame, box: Box) -> None:
    """A thin mark: the corners of the box, outside it."""
    outer = grow(box, 1)
    length = max(2, min(box.width, box.height) // 4)
    for x, across in ((outer.x, 1), (outer.right - 1, -1)):
        for y, down in ((outer.y, 1), (outer.bottom - 1, -1)):
            cv2.line(drawn, (x, y), (x + across * length, y), REJECTED_COLOUR, 1)
            cv2.line(drawn, (x, y), (x, y + down * length), REJECTED_COLOUR, 1)


def _add_margin(drawn: Frame, lines: Sequence[Line]) -> Frame:
    """The frame with a margin to its right, in which these lines' texts stand beside them."""
    frame_height, frame_width = drawn.shape[:2]
    height = _find_margin_text(lines, frame_width, frame_height)
    plate = measure_text("", height).height
    gap = plate // 3
    wide = 2 * gap + max(measure_text(line.text, height).width for line in lines)
    widened = cv2.copyMakeBorder(drawn, 0, 0, 0, wide, cv2.BORDER_CONSTANT, value=DARK).astype(np.uint8)
    y = 0
    for place, line in enumerate(sorted(lines, key=lambda line: line.box.y + line.box.height / 2)):
        last = frame_height - plate * (len(lines) - place)
        y = max(y, min(line.box.y + (line.box.height - plate) // 2, last))
        y = draw_text(widened, line.text, frame_width + gap, y, height=height).bottom
    return widened


def _find_margin_text(lines: Sequence[Line], frame_width: int, frame_height: int) -> int:
    """The largest height at which the texts fit below each other into half of the frame's width, px."""
    largest = round(LARGE * text_height(frame_width, frame_height))
    for height in range(largest, MIN_TEXT_HEIGHT, -1):
        sizes = [measure_text(line.text, height) for line in lines]
        if sizes[0].height * len(sizes) <= frame_height and max(size.width for size in sizes) <= frame_width // 2:
            return height
    return MIN_TEXT_HEIGHT
