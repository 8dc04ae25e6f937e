"""The capture sheet: where its boxes and corner marks are, for who prints it and who reads it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.contract import LABELS


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle on the page, mm from its top left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def corners(self) -> list[tuple[float, float]]:
        """Clockwise from the top left one."""
        right, bottom = self.x + self.width, self.y + self.height
        return [(self.x, self.y), (right, self.y), (right, bottom), (self.x, bottom)]


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """A page of boxes, a row for each label; all lengths in mm. It may be printed at any scale: marks tell it."""

    width: float = 210.0
    height: float = 297.0
    """A4."""
    mark_side: float = 16.0
    mark_margin: float = 10.0
    """From the edge of the page: printers leave some 5 mm blank, and a mark needs white around it."""
    top: float = 34.0
    """Of the first row."""
    left: float = 36.0
    """Of the first box of a row; its label stands before it."""
    box_side: float = 17.0
    gap: float = 4.0
    """Between two boxes, both ways: what leaves one a little does not enter the next."""
    boxes: int = 8
    """In a row: five to ten pictures of a digit teach a hand."""
    labels: tuple[str, ...] = LABELS
    """Of the rows, from the top."""

    def place(self, row: int, number: int) -> Place:
        """A box, by its row and its number in it, both from 0."""
        pitch = self.box_side + self.gap
        return Place(self.left + number * pitch, self.top + row * pitch, self.box_side, self.box_side)

    @property
    def marks(self) -> dict[int, Place]:
        """Corner marks by their ids, clockwise from the top left one."""
        low, side = self.mark_margin, self.mark_side
        right, bottom = self.width - low - side, self.height - low - side
        corners = (low, low), (right, low), (right, bottom), (low, bottom)
        return {mark: Place(x, y, side, side) for mark, (x, y) in zip(MARK_NAMES, corners, strict=True)}


LAYOUT = SheetLayout()
MARK_NAMES = {10: "top left", 11: "top right", 12: "bottom right", 13: "bottom left"}
"""Ids of the corner marks, which say what sheet this is and which way up it lies, and where they are."""


def join_corners(places: Sequence[Place]) -> NDArray[np.float32]:
    """Corners of several rectangles, one after the other: mm, (4 N, 2)."""
    return np.array([corner for place in places for corner in place.corners], np.float32)
