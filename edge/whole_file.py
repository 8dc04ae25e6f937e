"""A file, whole or not at all; a new one never over another one, also on a disk without hard links (a FAT stick)."""

import os
import re
import shutil
from pathlib import Path

_PART = re.compile(r"\.part-(\d+)-.+")


def save_new(path: Path, content: bytes) -> None:
    """Write a file that must not exist yet. Its folder is made; after a power cut it is there whole, or not at all.

    Raises:
        FileExistsError: the name is taken; the file that has it stays as it was.
        OSError: it cannot be written.
    """
    made = _make_folder(path.parent)
    part = start_part(path)
    try:
        part.write_bytes(content)
        sync(part)
        _give_name(part, path)
    finally:
        part.unlink(missing_ok=True)
    for folder in (path.parent, *made):
        sync(folder)


def save_over(path: Path, content: bytes) -> None:
    """Write a file in place of the one that has its name: nobody sees half of it. What a link there points to stays.

    Raises:
        OSError: it cannot be written.
    """
    part = start_part(path)
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def rewrite(path: Path, content: bytes) -> None:
    """Write a user's file anew, who may read it stays: after a kill or a power cut it is the old one, or the new one.

    Raises:
        OSError: it cannot be written.
    """
    part = start_part(path)
    try:
        if path.exists():
            part.chmod(path.stat().st_mode)
        part.write_bytes(content)
        sync(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    sync(path.parent)


def remove_parts(folder: Path) -> None:
    """Remove what killed processes and power cuts have left half written in a folder."""
    for part in folder.glob(".part-*"):
        match = _PART.fullmatch(part.name)
        if not match or _is_running(int(match[1])):
            continue
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)


def part_of(path: Path) -> Path:
    """The name under which something is written before it gets its own: hidden, and it says who is at it."""
    return path.with_name(f".part-{os.getpid()}-{path.name}")


def start_part(path: Path) -> Path:
    """The file of that name, new and empty: a link that somebody has planted there is removed, never followed."""
    part = part_of(path)
    part.unlink(missing_ok=True)
    part.touch(exist_ok=False)
    return part


def is_part(path: Path) -> bool:
    """Whether this is something half written: of a process that goes on, or was killed."""
    return path.name.startswith(".part-")


def sync(path: Path) -> None:
    """Wait until the disk holds this file's content or this folder's names: a name alone may outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        if not path.is_dir():  # some network disks can do it for files alone
            raise
    finally:
        os.close(descriptor)


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder with those above it; returns the folders in which a new one has appeared."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return [one.parent for one in missing]


def _give_name(part: Path, path: Path) -> None:
    try:
        os.link(part, path)  # unlike a rename, it never replaces another file
    except FileExistsError:
        raise
    except OSError as error:  # FAT and its kin know no second name. No other process writes under ours meanwhile.
        if path.exists():
            raise FileExistsError(f"{path} exists") from error
        part.rename(path)


def _is_running(pid: int) -> bool:
    """Whether this is another process, and alive."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # somebody else's
        return True
    return pid != os.getpid()
