"""Labelled crops in calibration_digits/<label>/<writer>/: what is saved, what is refused and why, what is undone."""

import logging
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from edge.collecting.refusal import DUPLICATE, Look, Refusal, find_fault, find_strokes, is_known
from edge.collecting.sample_files import crop_beside, encode_grey, encode_ink, ink_beside, read_grey, save_sample
from edge.contract import CROP_SUFFIX, INK_SUFFIX, LABELS, Box, Detection, Frame, Grey
from edge.errors import DigitReaderError, SourceError
from edge.finding.crops import cut_square
from edge.reading.glyph import normalize
from edge.whole_file import remove_parts

CALIBRATION_DIGITS = Path(__file__).resolve().parents[2] / "calibration_digits"
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
            self._looks = {label: self._load(label) for label in LABELS}
        except OSError as error:
            raise DigitReaderError(
                f"{into} cannot be used ({error.strerror}); name another folder by --into."
            ) from error
        if not os.access(into, os.W_OK | os.X_OK):
            raise DigitReaderError(f"{into} cannot be written; name another folder by --into.")

    @property
    def counts(self) -> dict[str, int]:
        """How many of each label there are by this writer, from former sessions too."""
        return {label: len(looks) for label, looks in self._looks.items()}

    @property
    def saved(self) -> int:
        """How many this session has saved and not undone."""
        return len(self._session)

    def add(self, label: str, digit: Detection, frame: Frame, region: Box | None = None) -> Path | Refusal:
        """Save one digit, or say why not.

        It becomes NAME.ink.png and NAME.crop.png; what the finder alone found has no ink of its own, so a crop alone.

        Args:
            label: one of LABELS.
            digit: with its ink.
            frame: in which it was found.
            region: what is read of the frame; None: all of it.

        Returns:
            The path of the ink, or of the crop where there is no ink; or why nothing was saved.

        Raises:
            ValueError: no such label, or the detection has no ink.
            DigitReaderError: it cannot be written.
        """
        if label not in LABELS or digit.ink is None:
            raise ValueError(f"expected a label of {LABELS} and a detection with ink, got {label!r}, {digit}")
        fault = find_fault(frame, digit, region)
        if fault is not None:
            return fault
        square = _cut(frame, digit.box, region)
        look = Look(normalize(digit.ink) if digit.cut_free else None, find_strokes(square))
        if is_known(look, self._looks[label]):
            return DUPLICATE
        crop = {CROP_SUFFIX: encode_grey(square)}
        path = self._save(label, {INK_SUFFIX: encode_ink(digit.ink)} | crop if digit.cut_free else crop)
        self._looks[label].append(look)
        self._session.append((label, path))
        return path

    def undo(self) -> tuple[str, Path] | None:
        """Remove what this session saved last; its label and the path that it had, None when nothing is left."""
        if not self._session:
            return None
        label, path = self._session[-1]
        try:
            for one in (path, crop_beside(path)):
                one.unlink(missing_ok=True)
        except OSError as error:
            raise DigitReaderError(f"cannot remove {path} ({error.strerror}).") from error
        self._session.pop()
        self._looks[label].pop()
        return label, path

    def _save(self, label: str, contents: Mapping[str, bytes]) -> Path:
        while True:
            self._number += 1  # a set-back clock gives a time twice, another process one of its own
            name = f"{self._now().astimezone(UTC):%Y%m%d-%H%M%S}-{self._number:04}-{os.getpid()}"
            path = self._folder(label) / name
            try:
                return save_sample(path, contents)
            except FileExistsError:
                if not path.parent.is_dir():  # something else stands where the folder should be
                    raise DigitReaderError(f"{path.parent} is no folder; move it away.") from None
            except OSError as error:
                raise DigitReaderError(
                    f"cannot save into {path.parent} ({error.strerror}); what was saved before stays. "
                    "Make room, or name another folder by --into."
                ) from error

    def _load(self, label: str) -> list[Look]:
        """The digits that are there."""
        looks = []
        files = {path for suffix in (INK_SUFFIX, CROP_SUFFIX) for path in self._folder(label).glob(f"[!.]*{suffix}")}
        for path in sorted(files):
            if path.name.endswith(CROP_SUFFIX) and ink_beside(path) in files:
                continue
            try:
                looks.append(_look_at(path))
            except (OSError, SourceError, ValueError) as error:
                logger.warning("%s is not counted: %s", path, error)
        return looks

    def _folder(self, label: str) -> Path:
        return self.into / label / self.writer


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


def _cut(frame: Frame, box: Box, region: Box | None) -> Grey:
    """The square around a box, as the reader sees it: what lies beyond the region it does not see."""
    seen = Box(0, 0, frame.shape[1], frame.shape[0])
    seen = seen.intersection(region) if region else seen
    inner = Box(box.x - seen.x, box.y - seen.y, box.width, box.height)
    return cut_square(frame[seen.y : seen.bottom, seen.x : seen.right], inner)


def _look_at(path: Path) -> Look:
    """The digit of this file, and of the crop beside it."""
    if path.name.endswith(CROP_SUFFIX):
        return Look(None, find_strokes(read_grey(path)))
    glyph, crop = normalize(read_grey(path)), crop_beside(path)
    return Look(glyph, find_strokes(read_grey(crop)) if crop.is_file() else None)
