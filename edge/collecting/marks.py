"""Corner marks of a sheet: drawn for who prints it, found in a photo, and the page laid flat by them.

They are ArUco marks, by OpenCV's own module. Of its two interfaces 4.6 knows the former, 4.14 the new one alone.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.collecting.sheet_layout import LAYOUT, MARK_NAMES, Place, SheetLayout, join_corners
from edge.contract import Box, Frame
from edge.errors import SourceError

BITS = 6
"""Of a mark each way, its black border counted: 4 x 4 that tell its id."""
MOST_PX_PER_MM = 8.0
"""A sharper photo is reduced: a digit of 8 mm has 64 px then, and the page about as many as what is read live."""
MAX_OFF = 1.0
"""A flat page seen in perspective has each corner of its marks where it should be, up to so many mm."""
REDUCED = 2000
"""Marks are looked for in a copy of at most this longer side, px: one of 16 mm has 100 there."""


@dataclass(frozen=True, slots=True)
class FlatSheet:
    """A page as if seen from straight above, upright and whole."""

    frame: Frame
    px_per_mm: float

    def cut(self, place: Place, around: float) -> Box:
        """The pixels of a place and `around` mm beyond each of its sides."""
        low = [round((one - around) * self.px_per_mm) for one in (place.x, place.y)]
        side = [round((one + 2 * around) * self.px_per_mm) for one in (place.width, place.height)]
        return Box(*low, *side)


def draw_mark(mark: int) -> NDArray[np.bool_]:
    """Which bits of a mark are black: (BITS, BITS)."""
    aruco: Any = cv2.aruco
    draw = aruco.generateImageMarker if hasattr(aruco, "generateImageMarker") else aruco.drawMarker
    return np.asarray(draw(_dictionary(), mark, BITS) == 0, np.bool_)


def find_marks(frame: Frame) -> list[tuple[int, NDArray[np.float32]]]:
    """Each mark in a frame: its id, and its corners, px, clockwise from its own top left one, (4, 2)."""
    aruco: Any = cv2.aruco
    scale = max(1.0, max(frame.shape[:2]) / REDUCED)
    small = cv2.resize(frame, None, fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_AREA)
    grey = small if small.ndim == 2 else cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    is_new = hasattr(aruco, "ArucoDetector")
    parameters = aruco.DetectorParameters() if is_new else aruco.DetectorParameters_create()
    parameters.cornerRefinementMethod = aruco.CORNER_REFINE_SUBPIX
    if is_new:
        corners, ids, _ = aruco.ArucoDetector(_dictionary(), parameters).detectMarkers(grey)
    else:
        corners, ids, _ = aruco.detectMarkers(grey, _dictionary(), parameters=parameters)
    numbers = [] if ids is None else ids.ravel().tolist()
    # The middle of pixel k of the copy lies at (k + .5) * scale - .5 of the frame.
    return [
        (mark, np.asarray((one.reshape(4, 2) + 0.5) * scale - 0.5, np.float32))
        for mark, one in zip(numbers, corners, strict=True)
    ]


def flatten(frame: Frame, layout: SheetLayout = LAYOUT) -> FlatSheet:
    """Lay the page in a frame flat.

    Raises:
        SourceError: a mark is not seen, or seen twice, or the page is bent; says what to do.
    """
    seen = [(mark, corners) for mark, corners in find_marks(frame) if mark in MARK_NAMES]
    found = dict(seen)
    if len(found) < len(seen):
        raise SourceError("more than one capture sheet in the picture: take a photo of each by itself.")
    missing = [name for mark, name in MARK_NAMES.items() if mark not in found]
    if len(missing) == len(MARK_NAMES):
        raise SourceError(
            "no capture sheet: none of its four black corner marks is seen. `make capture-sheet` prints one; show all "
            "of the page, sharp and in even light."
        )
    if missing:
        raise SourceError(
            f"of the capture sheet's four corner marks this is not seen: {', '.join(missing)}. Show all of the page, "
            "nothing lying on it, sharp and in even light."
        )
    on_page = join_corners([layout.marks[mark] for mark in MARK_NAMES])
    in_frame = np.concatenate([found[mark] for mark in MARK_NAMES])
    to_page, _ = cv2.findHomography(in_frame, on_page)
    off = float(np.abs(_move(in_frame, to_page) - on_page).max())
    if off > MAX_OFF:
        raise SourceError(
            f"the capture sheet is bent: a corner mark lies {off:.1f} mm from its place. Lay it flat, or scan it."
        )
    return _warp(frame, to_page, in_frame, layout)


def _warp(frame: Frame, to_page: Any, in_frame: NDArray[np.float32], layout: SheetLayout) -> FlatSheet:
    sides = np.linalg.norm(in_frame.reshape(-1, 4, 2) - np.roll(in_frame.reshape(-1, 4, 2), 1, axis=1), axis=2)
    sharpness = float(sides.mean()) / layout.mark_side
    px_per_mm = min(sharpness, MOST_PX_PER_MM)
    # A warp looks at four pixels each: what is reduced by more than that must be reduced before.
    shrink = max(1.0, sharpness / px_per_mm)
    small = cv2.resize(frame, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
    back = np.array([[shrink, 0, (shrink - 1) / 2], [0, shrink, (shrink - 1) / 2], [0, 0, 1]])
    # mm are told from the page's corner, pixels from the middle of the first one.
    onto = np.array([[px_per_mm, 0, -0.5], [0, px_per_mm, -0.5], [0, 0, 1]])
    size = round(layout.width * px_per_mm), round(layout.height * px_per_mm)
    flat = cv2.warpPerspective(small, onto @ to_page @ back, size, borderMode=cv2.BORDER_REPLICATE)
    return FlatSheet(np.asarray(flat, np.uint8), px_per_mm)


def _move(points: NDArray[np.float32], homography: Any) -> NDArray[np.float32]:
    return np.asarray(cv2.perspectiveTransform(points[np.newaxis], homography)[0], np.float32)


def _dictionary() -> Any:
    return cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
