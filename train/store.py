"""Where models lie, and how files get there: whole or not at all, a model and its card together, former ones kept."""

import hashlib
import json
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from edge.errors import DigitReaderError
from edge.whole_file import part_of, remove_parts, start_part, sync

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "models"
LOCAL = SHIPPED / "local"
ROOM = 16 * 2**20
"""Must be left on the disk before hours are spent: a set, its records and a copy of the former one have some 6 MB."""
MEMBERS = "digits", "finder", "crops"
"""The networks of a set, NAME.tflite each, in the order of the reader's road from last to first."""
SET = ("digits.json", *(f"{name}.tflite" for name in MEMBERS))
"""All files of a set: what is replaced, kept and sent together."""
PREVIOUS = "previous"
"""The folder beside local models in which former ones lie, a folder for each time that something was replaced."""


def model_folder(*, ship: bool) -> Path:
    """models/ for what the repository ships, else models/local/; made where it is missing."""
    folder = SHIPPED if ship else LOCAL
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def check_room(folder: Path) -> None:
    """Ask for room on the disk before there is something to lose.

    Raises:
        DigitReaderError: there is too little.
    """
    free = shutil.disk_usage(folder).free
    if free < ROOM:
        raise DigitReaderError(
            f"the disk of {folder} is full: {free / 2**20:.1f} MiB are left, {ROOM // 2**20} are needed. "
            "Make room, then run it again."
        )


def choose_keras(name: str, *, ship: bool, local: Path = LOCAL) -> Path:
    """The .keras file of a network: one's own where there is one and nothing is to ship, else the shipped one."""
    own = local / f"{name}.keras"
    return own if own.is_file() and not ship else SHIPPED / f"{name}.keras"


def install_set(folder: Path, contents: dict[str, bytes], card: dict[str, Any]) -> Path:
    """Put digits.tflite, the other members of its set and its card in place; at every moment those on disk fit.

    Several files cannot be replaced at once. So the other members come first, as NAME.next.tflite, where the reader
    looks for what it misses; then the new card, which carries the card of the model in place as "former"; then the
    classifier, by which the reader tells the two apart; then the others take their names.

    Args:
        folder: models/ or models/local/.
        contents: of digits.tflite and others, by file name.
        card: of digits.tflite.
    """
    model, card_file = folder / "digits.tflite", folder / "digits.json"
    others = [folder / name for name in contents if name != model.name]
    finish_install(folder)
    keep_previous(folder / name for name in SET)
    for path in others:
        save_whole(next_of(path), partial(Path.write_bytes, data=contents[path.name]))
    former = _fitting_card(model, card_file)
    save_json(card_file, card if former is None else card | {"former": former})
    save_whole(model, lambda part: part.write_bytes(contents[model.name]))
    for path in others:
        next_of(path).replace(path)
    sync(folder)
    if former is not None:
        save_json(card_file, card)
    return model


def finish_install(folder: Path) -> None:
    """Where an install was killed: what still waits for the classifier in place takes its name, the rest goes."""
    card = _fitting_card(folder / "digits.tflite", folder / "digits.json") or {}
    look = card.get("second_look") or {}
    for name in MEMBERS:
        path = folder / f"{name}.tflite"
        waiting = next_of(path)
        if not waiting.is_file():
            continue
        if sha256(waiting) == look.get(f"{name}_sha256"):
            waiting.replace(path)
        else:
            waiting.unlink()


def next_of(member: Path) -> Path:
    """Where a member of a set waits until its classifier is in place."""
    return member.with_name(f"{member.stem}.next{member.suffix}")


def keep_previous(paths: Iterable[Path]) -> Path | None:
    """Copy those of these files that exist into previous/<UTC time>/ beside them, all or none, before they go.

    Args:
        paths: files of one folder.

    Returns:
        The folder with the copies. None: there was nothing to keep; what lies in models/ itself is kept by git.
    """
    present = [path for path in paths if path.exists() and path.parent != SHIPPED]
    if not present:
        return None
    previous = present[0].parent / PREVIOUS
    previous.mkdir(exist_ok=True)
    remove_parts(previous)
    kept = previous / timestamp()
    part = part_of(kept)
    part.mkdir()
    try:
        for path in present:  # copies, not links: a `cp` over the original would change both
            sync(Path(shutil.copy2(path, part)))
        sync(part)
        part.rename(kept)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    sync(previous)
    return kept


def save_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a file under another name, then put it in place at once: a power cut leaves the former one."""
    remove_parts(path.parent)
    part = start_part(path)
    try:
        write(part)
        sync(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    sync(path.parent)


def save_json(path: Path, content: dict[str, Any]) -> None:
    """Save a record, whole or not at all."""
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    save_whole(path, lambda part: part.write_text(text, encoding="utf-8"))


def load_record(path: Path, sha: str) -> dict[str, Any]:
    """What a model's record says, if it is of the file with this sha256; a card may carry that of the former model."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        found = (one for one in (record, record.get("former") or {}) if one.get("sha256") == sha)
        return next(found, {})
    except (OSError, ValueError, AttributeError, RecursionError):  # the last: JSON that is nested too deep
        return {}


def timestamp() -> str:
    """This moment as a name of a folder: sorts by time, and two are never the same."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S.%fZ")


def sha256(path: Path) -> str:
    """Of a file's content, 64 hex digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def code_version() -> str:
    """Version and git commit of this program; "+changes" where the checkout differs from it."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    call = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+changes", "--exclude=*"]
    try:
        commit = subprocess.run(call, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return str(version)
    return f"{version} ({commit})"


def _fitting_card(model: Path, card_file: Path) -> dict[str, Any] | None:
    """The card of the model in place; None where there is no such pair. After a kill it may be the card's "former"."""
    card = load_record(card_file, sha256(model)) if model.is_file() else {}
    card.pop("former", None)
    return card or None
