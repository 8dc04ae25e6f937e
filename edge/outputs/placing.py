"""Puts labels and line texts where there is room: never over a digit, a neighbour or each other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import Box, Detection, Frame, Line, Reading
from edge.outputs import places
from edge.outputs.lettering import MIN_TEXT_HEIGHT, measure_text

UNSURE = 0.85
"""A confidence below it is told as a number, too."""
STANDS_OUT = 40
"""So many grey levels from what is around are a mark: writing, found or not."""
RULED = 0.08
"""A place of which a larger share is marks shows more than a ruled line."""
TEXTURE = 0.35
"""A frame of which a larger share is marks shows texture, and where its writing is cannot be told."""

AROUND = 17
"""What is around, in a frame reduced to some 200 px: a few digits wide."""

Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Plate:
    """A text and its place."""

    text: str
    box: Box
    height: int
    """Of the text, px."""
    about: Detection | Line


class FreeRoom:
    """What of a frame is still free.

    Args:
        marks: where the frame shows marks, whether they were found as digits or not: bool, (height, width).
    """

    def __init__(self, marks: Mask) -> None:
        self._marks = marks
        self._taken: Mask = np.zeros_like(marks)

    def take(self, box: Box) -> None:
        """Something stands here now."""
        self._taken[max(0, box.y) : max(0, box.bottom), max(0, box.x) : max(0, box.right)] = True

    def has(self, box: Box) -> bool:
        """Whether the box lies in the frame, nothing stands in it, and it shows no more than a ruled line."""
        if box.x < 0 or box.y < 0 or box.right > self._taken.shape[1] or box.bottom > self._taken.shape[0]:
            return False
        place = slice(box.y, box.bottom), slice(box.x, box.right)
        return not self._taken[place].any() and bool(self._marks[place].mean() <= RULED)


class Placing:
    """Places texts around the digits of a reading.

    Args:
        reading: its digits and lines.
        shown: those of its candidates that are drawn.
        marks: where the frame shows marks, bool, (height, width).
        given: labels that somebody gave, by box; they stand instead of what was read.
        lines: place the lines' texts, too.
    """

    def __init__(
        self,
        reading: Reading,
        shown: Sequence[Detection],
        marks: Mask,
        *,
        given: Mapping[Box, str],
        lines: bool = True,
    ) -> None:
        self.kept_free = places.find_obstacles(reading.candidates)
        """Boxes that no text and no neighbour's outline may cover."""
        self.plates: list[Plate] = []
        self.without_room: list[Line] = []
        """Lines whose text found no place."""
        self._reading = reading
        self._normal = places.text_height(reading.width, reading.height)
        self._given = given
        self._room = FreeRoom(marks)
        for box in self.kept_free:
            self._room.take(self._outer(box))
        self._digits: dict[int | None, list[Box]] = {}
        for digit in reading.digits:
            self._digits.setdefault(digit.line, []).append(digit.box)
        numbers = range(len(reading.lines)) if lines else ()
        homeless = [number for number in numbers if not self._put_right_of(number)]
        for digit in shown:
            self._put_label(digit)
        homeless = [number for number in homeless if not self._put_around(number)]
        self.without_room = [reading.lines[number] for number in homeless]

    def _put_right_of(self, number: int) -> bool:
        digits = self._digits[number]
        others = [box for line, boxes in self._digits.items() if line != number for box in boxes]
        limit = places.find_limit(digits, others, self._reading.width)
        margin = max(box.right for box in (*digits, *others))
        return self._put_line(number, lambda size: places.right_of_line(digits, margin, limit, size))

    def _put_around(self, number: int) -> bool:
        digits, line = self._digits[number], self._reading.lines[number].box
        return self._put_line(number, lambda size: places.around_line(digits, line, size))

    def _put_line(self, number: int, find: Callable[[Box], Iterator[Box]]) -> bool:
        line = self._reading.lines[number]
        return self._put(line, line.text, places.line_sizes(self._measure(number), self._normal), find)

    def _measure(self, line: int) -> float:
        """Typical height of a line's digits, px."""
        return median(box.height for box in self._digits[line])

    def _put_label(self, digit: Detection) -> None:
        """The label above its box, else where there is room; below it the confidence, where that is low."""
        given = self._given.get(digit.box)
        if digit.rejected and given is None:
            return
        outer = self._outer(digit.box)
        tall = digit.box.height if digit.line is None else self._measure(digit.line)
        sizes = places.label_sizes(places.LABEL_SHARE * tall, self._normal)
        text = given or digit.label
        placed = self._put(digit, text, sizes, lambda size: places.above(outer, size)) or self._put(
            digit, text, sizes, lambda size: places.around(outer, size)
        )
        if given is not None and not placed:  # over the digit that it stands for: that one is done
            size = measure_text(text, MIN_TEXT_HEIGHT)
            inside = Box(digit.box.x, digit.box.y, size.width, size.height)
            self.plates.append(Plate(text, inside, MIN_TEXT_HEIGHT, digit))
        if given is None and digit.confidence < UNSURE:
            sizes = places.label_sizes(places.NUMBER_SHARE * tall, self._normal)
            self._put(digit, f"{100 * digit.confidence:.0f}%", sizes, lambda size: places.around(outer, size))

    def _put(
        self, about: Detection | Line, text: str, sizes: Sequence[int], find: Callable[[Box], Iterator[Box]]
    ) -> bool:
        """Put a text into the first free place, at the largest size that has one. False: there is none."""
        for height in sizes:
            for place in find(measure_text(text, height)):
                if self._room.has(place):
                    self._room.take(place)
                    self.plates.append(Plate(text, place, height, about))
                    return True
        return False

    def _outer(self, box: Box) -> Box:
        return places.grow(box, places.outline_width(box, self._normal))


def find_marks(frame: Frame) -> Mask:
    """Where a frame differs from what is around, bool, (height, width); nowhere in one that does all over (texture)."""
    step = max(1, places.text_height(frame.shape[1], frame.shape[0]) // 4)
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    # The paper is what most of the pixels around show; every so many of them are enough to say so.
    paper = cv2.resize(cv2.medianBlur(np.ascontiguousarray(grey[::step, ::step]), AROUND), grey.shape[::-1])
    marks = cv2.absdiff(grey, paper) > STANDS_OUT
    return np.asarray(marks if marks.mean() <= TEXTURE else np.zeros_like(marks), np.bool_)
