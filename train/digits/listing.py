"""What lies in a folder or zip of `<label>/` pictures, before any picture is decoded; and each file's content."""

import lzma
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path

from edge.contract import CROP_SUFFIX, INK_SUFFIX, LABELS
from edge.errors import SourceError
from train.digits.single import UnusableError

IGNORED = frozenset(("__macosx", "thumbs.db", "desktop.ini"))
"""In lower case. What systems put beside pictures; hidden files and READMEs are passed over, too."""
MAX_BYTES = 64 * 2**20
"""Of one picture file: more is no picture of a digit, or a bomb in a zip."""
BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    MemoryError,
)
"""What zipfile and the decompressors raise at damaged archives (fuzzed, all four methods)."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A picture that could not be used."""

    name: str
    """Its path inside the folder or zip; a folder's ends in /."""
    reason: str
    label: int | None
    """class_id of its folder; None where the folder is no label."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found in a folder or zip, before any picture is read."""

    pictures: list[tuple[str, int]]
    """Name and class_id."""
    unknown: dict[str, int]
    """Folders that are no label: how many files are in each."""
    left_out: list[LeftOut]
    crops: dict[str, str] = field(default_factory=dict)
    """Ink -> the grey crop of the same digit, which is no picture of its own."""


def sort_by_label(found: Iterable[str | LeftOut], level: int = 0) -> Listing:
    """Files by the label that the folder at `level` of their names says."""
    pictures, left_out, unknown = [], [], Counter[str]()
    for item in found:
        name = item if isinstance(item, str) else item.name
        *folders, _ = name.split("/")
        label = LABELS.index(folders[level]) if len(folders) > level and folders[level] in LABELS else None
        if isinstance(item, LeftOut):
            left_out.append(replace(item, label=label))
        elif label is not None:
            pictures.append((name, label))
        elif len(folders) > level:
            unknown["/".join(folders[: level + 1])] += 1
        else:
            left_out.append(LeftOut(name, "in no label folder", None))
    crops = _pair({name for name, _ in pictures}, level)
    paired = set(crops.values())
    return Listing([one for one in pictures if one[0] not in paired], dict(unknown), left_out, crops)


def _pair(names: Set[str], level: int) -> dict[str, str]:
    """Ink -> its crop: the one beside it, or the one of its name that stayed behind when it went to another label."""

    def unlabelled(name: str) -> tuple[str, ...]:
        folders = name.split("/")
        return *folders[:level], *folders[level + 1 :]

    inks = {name for name in names if name.endswith(INK_SUFFIX)}
    crops = {name.removesuffix(CROP_SUFFIX) + INK_SUFFIX: name for name in names if name.endswith(CROP_SUFFIX)}
    beside = {ink: crop for ink, crop in crops.items() if ink in inks}
    moved = {unlabelled(ink): ink for ink in inks - beside.keys()}
    astray = {
        moved[unlabelled(ink)]: crop for ink, crop in crops.items() if unlabelled(ink) in moved and ink not in inks
    }
    return beside | astray


def sort_flat(found: Iterable[str | LeftOut], class_id: int) -> Listing:
    """All files, in whatever folders, with one label."""
    items = list(found)
    pictures = [(item, class_id) for item in items if isinstance(item, str)]
    return Listing(pictures, {}, [replace(item, label=class_id) for item in items if isinstance(item, LeftOut)])


def sort_large(path: Path, found: Sequence[str | LeftOut]) -> Listing:
    """By label, below the folder that may hold all the others; SourceError where one of these is no label."""
    listing = sort_by_label(found, _find_label_level(found))
    if listing.unknown:
        (folder, count), *others = listing.unknown.items()
        more = f", and {len(others)} more such folders" if others else ""
        raise SourceError(
            f"{path}: the folder {folder!r} is no label (files in it: {count}){more}. Labels are 0 to 9 and other: "
            "rename it, or take it out."
        )
    return listing


def _find_label_level(found: Iterable[str | LeftOut]) -> int:
    """How many folders stand before the labels: mydata/3/x.png has 1."""
    folders = [item.split("/")[:-1] for item in found if isinstance(item, str)]
    level = 0
    while len(tops := {names[level] for names in folders if len(names) > level}) == 1 and tops.isdisjoint(LABELS):
        level += 1
    return level


def list_folder(folder: Path) -> Iterator[str | LeftOut]:
    """Names, relative to the folder, of all that may be pictures, in order; folders that cannot be listed."""

    def walk(inner: Path, around: frozenset[Path]) -> Iterator[str | LeftOut]:
        name = "".join(f"{part}/" for part in inner.relative_to(folder).parts)
        if (real := inner.resolve()) in around:
            yield LeftOut(name, "a link back to a folder that it is in", None)
            return
        try:
            entries = sorted(inner.iterdir())
        except OSError as error:
            yield LeftOut(name, f"cannot be listed: {error.strerror}", None)
            return
        for entry in entries:
            if _is_ignored(entry.name):
                continue
            if _is_folder(entry):
                yield from walk(entry, around | {real})
            else:
                yield name + entry.name

    return walk(folder, frozenset())


def list_zip(archive: zipfile.ZipFile) -> list[str]:
    """Names of all that may be pictures, in order."""
    names = sorted(name for name in archive.namelist() if not name.endswith("/"))
    return [name for name in names if not any(map(_is_ignored, name.split("/")))]


def _is_ignored(name: str) -> bool:
    return name.startswith(".") or name.lower().startswith("readme") or name.lower() in IGNORED


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # it may not be looked at: reading it will say so
        return False


def read_file(path: Path) -> bytes:
    """The content of a file; UnusableError where it cannot be had."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UnusableError("no regular file")
        _check_size(status.st_size)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnusableError("a link to nothing") from error
    except OSError as error:
        raise UnusableError(f"cannot be read: {error.strerror}") from error


def read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    """The content of a file in a zip; UnusableError where it cannot be had."""
    try:
        _check_size(archive.getinfo(name).file_size)
        with archive.open(name) as member:
            # What a bomb says of its size need not be true.
            content = member.read(MAX_BYTES + 1)
        _check_size(len(content))
    except BROKEN_ZIP as error:
        raise UnusableError(f"cannot be unpacked: {str(error) or type(error).__name__}") from error
    return content


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise UnusableError(f"{size / 2**20:.0f} MiB; at most {MAX_BYTES // 2**20} MiB are read")
