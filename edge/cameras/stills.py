"""Stills: pictures of a folder in name order, or a single one."""

import logging
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from edge.cameras.base import Camera, Kind
from edge.contract import Shot
from edge.errors import SourceError
from edge.picture import PICTURE_SUFFIXES, read_picture

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
        for number, path in enumerate(self._paths, 1):
            yield from self._read(path, number)  # which ends, and with it its frame, before the next one is decoded
        if len(self.unreadable) == len(self._paths):
            raise SourceError(f"none of the {len(self._paths)} pictures in {self.name} could be read.")

    def _read(self, path: Path, number: int) -> Iterator[Shot]:
        """The shot of one picture, or none."""
        count = len(self._paths)
        try:
            frame = read_picture(path)
        except SourceError as error:
            if count == 1:
                raise
            logger.warning("%s", error)
            self.unreadable.append(path)
        else:
            yield Shot(frame, path.name, 0, datetime.now(UTC), (number, count) if count > 1 else None)

    def close(self) -> None:
        """Nothing stays open between two pictures."""


def open_folder(folder: Path, *, rotate: int = 0, max_frames: int | None = None) -> Stills:
    """The pictures of a folder, in name order. Other files are counted in the log, hidden ones passed over.

    Raises:
        SourceError: there is no picture in it, or it may not be listed.
    """
    pictures: list[Path] = []
    others: Counter[str] = Counter()
    try:
        names = sorted(_list_files(folder))
    except OSError as error:
        raise SourceError(f"the folder {folder} cannot be listed ({error.strerror}).") from error
    for path in map(folder.joinpath, names):
        if path.suffix.lower() in PICTURE_SUFFIXES:
            pictures.append(path)
        else:
            others[path.suffix.lower() or "no suffix"] += 1
    counted = ", ".join(f"{suffix} {count}" for suffix, count in sorted(others.items()))
    if not pictures:
        found = f"files with other suffixes: {counted}" if others else "no file in it; folders inside are not searched"
        raise SourceError(f"no picture in the folder {folder} ({found}). Pictures are {describe_suffixes()}.")
    if others:
        logger.warning("skipped in %s, no pictures by their suffix: %s", folder, counted)
    return Stills(str(folder), pictures, rotate=rotate, max_frames=max_frames)


def describe_suffixes() -> str:
    """Those of pictures, in one line."""
    return " ".join(sorted(PICTURE_SUFFIXES))


def _list_files(folder: Path) -> Iterator[str]:
    """Names of all that is no folder: pipes and dangling links too, which are named when they are read."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith(".") and not _is_folder(entry):
                yield entry.name


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself: reading it will say so
        return False
