"""Stills: pictures of a folder in name order, or a single one."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edge.cameras.base import Camera, Kind
from edge.contract import Frame, Shot
from edge.errors import SourceError

PICTURE_SUFFIXES = frozenset(
    (".bmp", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp")
)
"""In lower case. What every OpenCV build since 4.6 can read."""
ALPHA_SUFFIXES = frozenset((".png", ".tif", ".tiff", ".webp"))

logger = logging.getLogger(__name__)


class Stills(Camera):
    """Pictures, each on its own. One that cannot be read is named in the log and in `unreadable`, and the rest goes on.

    Args:
        name: the folder or picture, as it is named in messages.
        paths: of the pictures, in the order in which they are read.
        rotate: 0, 90, 180 or 270 degrees clockwise.
        max_frames: end after so many frames; None: after the last.
    """

    kind = Kind.STILLS

    def __init__(self, name: str, paths: Sequence[Path], *, rotate: int = 0, max_frames: int | None = None) -> None:
        super().__init__(name, rotate=rotate, max_frames=max_frames)
        self._paths = paths

    def _shots(self) -> Iterator[Shot]:
        count = len(self._paths)
        for number, path in enumerate(self._paths, 1):
            try:
                frame = read_picture(path)
            except SourceError as error:
                if count == 1:
                    raise
                logger.warning("%s", error)
                self.unreadable.append(path)
            else:
                place = (number, count) if count > 1 else None
                yield Shot(frame, path.name, 0, datetime.now(UTC), place)
        if len(self.unreadable) == count:
            raise SourceError(f"none of the {count} pictures in {self.name} could be read.")

    def close(self) -> None:
        """Nothing stays open between two pictures."""


def open_folder(folder: Path, *, rotate: int = 0, max_frames: int | None = None) -> Stills:
    """The pictures of a folder, in name order. Other files are counted in the log, hidden ones passed over.

    Raises:
        SourceError: there is no picture in it, or it may not be listed.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise SourceError(f"the folder {folder} cannot be listed ({error.strerror}).") from error
    pictures = [path for path in files if path.suffix.lower() in PICTURE_SUFFIXES]
    others = Counter(path.suffix.lower() or "no suffix" for path in files if path not in set(pictures))
    counted = ", ".join(f"{suffix} {count}" for suffix, count in sorted(others.items()))
    if not pictures:
        found = f"files with other suffixes: {counted}" if others else "no file in it; folders inside are not searched"
        raise SourceError(f"no picture in the folder {folder} ({found}). Pictures are {_suffixes()}.")
    if others:
        logger.warning("skipped in %s, no pictures by their suffix: %s", folder, counted)
    return Stills(str(folder), pictures, rotate=rotate, max_frames=max_frames)


def read_picture(path: Path) -> Frame:
    """One picture file as a frame, as a person sees it.

    Returns:
        uint8, (height, width, 3), B,G,R. Turned as its EXIF says, alpha laid on white, 16 bits scaled to 8.

    Raises:
        SourceError: it cannot be read or decoded.
    """
    try:
        return decode_picture(path.read_bytes(), path)
    except OSError as error:
        raise SourceError(f"cannot read the picture {path}: {error.strerror}") from error


def decode_picture(content: bytes, path: Path) -> Frame:
    """The frame in the content of a picture file, as `read_picture` gives it; `path` is what it is called.

    Raises:
        SourceError: it cannot be decoded.
    """
    picture = np.frombuffer(content, np.uint8)
    try:
        frame: Frame = _decode(picture, cv2.IMREAD_COLOR)  # turns by EXIF, scales to 8 bits, drops alpha
        if path.suffix.lower() in ALPHA_SUFFIXES:
            return _lay_on_white(frame, _decode(picture, cv2.IMREAD_UNCHANGED))
    except (MemoryError, ValueError, cv2.error) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise SourceError(f"cannot read the picture {path}: {reason[0]}") from error
    return frame


def _decode(content: Any, flag: int) -> Any:
    if content.size == 0:
        raise ValueError("the file is empty")
    decoded = cv2.imdecode(content, flag)
    if decoded is None:
        raise ValueError(f"OpenCV finds no picture in its {content.size} bytes")
    return decoded


def _lay_on_white(frame: Frame, unchanged: Any) -> Frame:
    """`frame` blended over white by the alpha of `unchanged`, the same picture as it lies in the file."""
    if unchanged.ndim != 3 or unchanged.shape[2] != 4:
        return frame
    alpha = unchanged[:, :, 3]
    if alpha.dtype == np.uint16:
        alpha = (alpha >> 8).astype(np.uint8)
    weight = _turn_alike(alpha, unchanged, frame).astype(np.float32)[:, :, np.newaxis] / 255
    return np.asarray(np.rint(frame * weight + 255 * (1 - weight)), np.uint8)


def _turn_alike(alpha: Any, unchanged: Any, frame: Frame) -> Any:
    """Alpha turned as EXIF has turned `frame`: no version of OpenCV gives both at once, so the colours must match."""
    colours = unchanged[:, :, :3]
    if colours.dtype == np.uint16:
        colours = (colours >> 8).astype(np.uint8)
    for flip in (False, True):
        for quarter_turns in range(4):
            turned = np.rot90(colours[:, ::-1] if flip else colours, quarter_turns)
            if np.array_equal(turned, frame):
                return np.rot90(alpha[:, ::-1] if flip else alpha, quarter_turns)
    return alpha if alpha.shape == frame.shape[:2] else np.rot90(alpha)


def _suffixes() -> str:
    return " ".join(sorted(PICTURE_SUFFIXES))
