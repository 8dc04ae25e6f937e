"""Labelled crops in calibration_digits/<label>/<writer>/: what is saved, what is refused and why, what is undone."""

import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from edge.collecting.refusal import DUPLICATE, Refusal, find_fault, is_saved_already
from edge.contract import LABELS, Box, Detection, Frame, Glyph, Ink
from edge.errors import DigitReaderError
from edge.reading.glyph import find_ink_box, normalize
from edge.whole_file import remove_parts, save_new

CALIBRATION_DIGITS = Path(__file__).resolve().parents[2] / "calibration_digits"
SUFFIX = ".ink.png"
MARGIN = 2
"""Black border around the ink in a file, px."""
FORBIDDEN = frozenset('/\\<>:"|?*')
"""In a writer's name: some file system or other does not take them."""
MAX_NAME_BYTES = 100

logger = logging.getLogger(__name__)


class Collection:
    """The calibration digits of one writer.

    Args:
        into: holds a folder for each label.
        writer: whose hand it is; None: a name of its own for this session, its date and time.
        now: wall clock; names of files begin with it, in UTC.

    Raises:
        DigitReaderError: the folder cannot be written.
    """

    def __init__(
        self, into: Path, writer: str | None = None, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.into = into
        self.writer = writer or f"{now().astimezone():%Y-%m-%d_%H-%M-%S}"
        self._now = now
        self._number = 0
        self._session: list[tuple[str, Path]] = []
        try:
            into.mkdir(parents=True, exist_ok=True)
            for folder in (writers for label in LABELS for writers in (into / label).glob("*")):
                remove_parts(folder)
            self._glyphs = {label: self._load(label) for label in LABELS}
        except OSError as error:
            raise DigitReaderError(
                f"{into} cannot be used ({error.strerror}); name another folder by --into."
            ) from error
        if not os.access(into, os.W_OK | os.X_OK):
            raise DigitReaderError(f"{into} cannot be written; name another folder by --into.")

    @property
    def counts(self) -> dict[str, int]:
        """How many of each label there are by this writer, from former sessions too."""
        return {label: len(glyphs) for label, glyphs in self._glyphs.items()}

    @property
    def saved(self) -> int:
        """How many this session has saved and not undone."""
        return len(self._session)

    def add(self, label: str, digit: Detection, frame: Frame, region: Box | None = None) -> Path | Refusal:
        """Save one digit, or say why not.

        Args:
            label: one of LABELS.
            digit: with its ink.
            frame: in which it was found.
            region: what is read of the frame; None: all of it.

        Raises:
            ValueError: no such label, or the detection has no ink.
            DigitReaderError: it cannot be written.
        """
        if label not in LABELS or digit.ink is None:
            raise ValueError(f"expected a label of {LABELS} and a detection with ink, got {label!r}, {digit}")
        fault = find_fault(frame, digit, region)
        if fault is not None:
            return fault
        glyph = normalize(digit.ink)
        if is_saved_already(glyph, self._glyphs[label]):
            return DUPLICATE
        path = self._save(label, digit.ink)
        self._glyphs[label].append(glyph)
        self._session.append((label, path))
        return path

    def undo(self) -> tuple[str, Path] | None:
        """Remove what this session saved last; its label and the path that it had, None when nothing is left."""
        if not self._session:
            return None
        label, path = self._session[-1]
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise DigitReaderError(f"cannot remove {path} ({error.strerror}).") from error
        self._session.pop()
        self._glyphs[label].pop()
        return label, path

    def _save(self, label: str, ink: Ink) -> Path:
        content = encode_ink(ink)
        while True:
            self._number += 1  # a set-back clock gives a time twice, another process one of its own
            name = f"{self._now().astimezone(UTC):%Y%m%d-%H%M%S}-{self._number:04}-{os.getpid()}{SUFFIX}"
            path = self._folder(label) / name
            try:
                save_new(path, content)
            except FileExistsError:
                if not path.is_file():  # something else stands where the folder should be
                    raise DigitReaderError(f"{path.parent} is no folder; move it away.") from None
            except OSError as error:
                raise DigitReaderError(
                    f"cannot save into {path.parent} ({error.strerror}); what was saved before stays. "
                    "Make room, or name another folder by --into."
                ) from error
            else:
                return path

    def _load(self, label: str) -> list[Glyph]:
        """Glyphs of the files that are there."""
        glyphs = []
        for path in sorted(self._folder(label).glob(f"[!.]*{SUFFIX}")):
            try:
                glyphs.append(normalize(decode_ink(path.read_bytes())))
            except (OSError, ValueError) as error:
                logger.warning("%s is not counted: %s", path, error)
        return glyphs

    def _folder(self, label: str) -> Path:
        return self.into / label / self.writer


def encode_ink(ink: Ink) -> bytes:
    """Ink as the content of a file: cut close, with its margin, PNG.

    Args:
        ink: uint8, (height, width), bright on black, not blank.
    """
    box = find_ink_box(ink)
    if box is None:
        raise ValueError("ink is blank")
    padded = np.pad(ink[box.y : box.bottom, box.x : box.right], MARGIN)
    return bytes(cv2.imencode(".png", padded)[1].tobytes())


def decode_ink(content: bytes) -> Ink:
    """The ink in the content of a file, uint8, (height, width), with its margin.

    Raises:
        ValueError: it is no grey 8-bit picture.
    """
    ink = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED) if content else None
    if ink is None or ink.ndim != 2 or ink.dtype != np.uint8:
        raise ValueError("it is no grey 8-bit picture")
    return np.asarray(ink, np.uint8)


def check_writer(name: str) -> str:
    """The name, when it can be that of a folder everywhere.

    Raises:
        ValueError: it cannot.
    """
    bad = sorted({sign for sign in name if sign in FORBIDDEN or not sign.isprintable()})
    if bad:
        raise ValueError(f"a writer's name cannot contain {' '.join(map(repr, bad))}, got {name!r}")
    if not name.strip() or name != name.strip() or name.startswith(".") or name.endswith("."):
        raise ValueError(f"a writer's name is not empty and has no dot or blank at its ends, got {name!r}")
    if len(name.encode(errors="replace")) > MAX_NAME_BYTES:
        raise ValueError(f"a writer's name has at most {MAX_NAME_BYTES} bytes, got {len(name.encode())}")
    return name
