"""A frame under rows of text, made to fit its window; and where in the frame a place of the window lies."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from edge.contract import Box, Frame, Reading
from edge.outputs.lettering import DARK, draw_text, measure_text, shorten

TEXT_HEIGHT = 13
"""Of the rows, px: of the window, however large the frame is."""
MIN_SIDE = 640
"""A smaller frame is enlarged to this longer side, px: the rows need their room."""
MAX_SIDE = 1200
"""A larger one opens reduced to it; the window can be enlarged."""
ROWS_SHARE = 0.5
"""Of the window's height, at most: rows beyond it are left out."""
BETWEEN = "    "
"""Between the parts of a row."""

FindSize = Callable[[tuple[int, int]], tuple[int, int]]
"""The size that is wanted -> the size that the window has, or gets: width and height, px."""


@dataclass(frozen=True, slots=True)
class View:
    """How a frame lies in a window."""

    size: tuple[int, int]
    """Width and height of the window, px."""
    scale: float
    """Pixels of the window per pixel of the frame."""
    left: int
    """Where the frame begins, px of the window."""
    top: int
    """Likewise; the rows of text stand above it."""

    def scale_frame(self, frame: Frame) -> Frame:
        """The frame as large as it is shown."""
        size = max(1, round(frame.shape[1] * self.scale)), max(1, round(frame.shape[0] * self.scale))
        way = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_LINEAR
        return frame if size == frame.shape[1::-1] else np.asarray(cv2.resize(frame, size, interpolation=way), np.uint8)

    def scale_reading(self, reading: Reading) -> Reading:
        """The reading of the scaled frame."""
        return replace(
            reading,
            lines=tuple(replace(line, box=self.scale_box(line.box)) for line in reading.lines),
            candidates=tuple(replace(one, box=self.scale_box(one.box)) for one in reading.candidates),
            width=max(1, round(reading.width * self.scale)),
            height=max(1, round(reading.height * self.scale)),
        )

    def scale_box(self, box: Box) -> Box:
        """The box in the scaled frame."""
        x, y, right, bottom = (round(self.scale * edge) for edge in (box.x, box.y, box.right, box.bottom))
        return Box(x, y, max(1, right - x), max(1, bottom - y))

    def find_in_frame(self, x: int, y: int, frame: Frame) -> tuple[int, int] | None:
        """The pixel of the frame at a place of the window; None beside it."""
        column, row = int((x - self.left) // self.scale), int((y - self.top) // self.scale)
        inside = 0 <= column < frame.shape[1] and 0 <= row < frame.shape[0]
        return (column, row) if inside else None

    def compose(self, drawn: Frame, rows: Sequence[str]) -> Frame:
        """The window's content: rows of text above a scaled frame."""
        width, height = self.size
        content = np.full((height, width, 3), DARK, np.uint8)
        row_height = measure_text("", TEXT_HEIGHT).height
        for place, row in enumerate(rows[: self.top // row_height]):
            draw_text(content, shorten(row, TEXT_HEIGHT, width), 0, place * row_height, height=TEXT_HEIGHT)
        seen = content[self.top : self.top + drawn.shape[0], self.left : self.left + drawn.shape[1]]
        seen[:] = drawn[: seen.shape[0], : seen.shape[1]]
        return content


def fit_view(frame: Frame, rows: int, find_size: FindSize) -> View:
    """Fit a frame under so many rows of text into the window."""
    height, width = frame.shape[:2]
    rows_height = rows * measure_text("", TEXT_HEIGHT).height
    scale = min(MAX_SIDE / max(height, width), max(1.0, MIN_SIDE / max(height, width)))
    size = find_size((max(MIN_SIDE, round(width * scale)), round(height * scale) + rows_height))
    top = min(rows_height, int(ROWS_SHARE * size[1]))
    scale = min(size[0] / width, (size[1] - top) / height)
    return View(size, scale, max(0, (size[0] - round(width * scale)) // 2), top)


def lay_out(frame: Frame, write: Callable[[int], list[str]], find_size: FindSize) -> tuple[View, list[str]]:
    """Fit a frame under the rows that `write` makes for the window's width, px. Returns the rows, too."""
    rows = write(fit_view(frame, 0, find_size).size[0])
    return fit_view(frame, len(rows), find_size), rows


def join_rows(parts: Sequence[str], width: int) -> list[str]:
    """The parts, without empty ones, in as few rows of this width, px, as hold them."""
    rows: list[str] = []
    for part in filter(None, parts):
        longer = f"{rows[-1]}{BETWEEN}{part}" if rows else part
        if rows and measure_text(longer, TEXT_HEIGHT).width <= width:
            rows[-1] = longer
        else:
            rows.append(part)
    return rows
