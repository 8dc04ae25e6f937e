"""Where models lie, and how a file gets there: whole or not at all, its predecessor kept."""

import hashlib
import json
import os
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "models"
LOCAL = SHIPPED / "local"


def model_folder(*, ship: bool) -> Path:
    """models/ for what the repository ships, else models/local/; made where it is missing."""
    folder = SHIPPED if ship else LOCAL
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def save_whole(path: Path, write: Callable[[Path], object], *, local: Path = LOCAL) -> None:
    """Let `write` make a file under another name, then put it in place at once: a power cut leaves the former one.

    In models/local/ the former file goes to previous/ first.
    """
    part = path.with_name(f".part-{os.getpid()}-{path.name}")
    try:
        write(part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        if path.parent == local and path.exists():
            _keep_previous(path)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def save_json(path: Path, content: dict[str, Any]) -> None:
    """Save a record, whole or not at all."""
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    save_whole(path, lambda part: part.write_text(text, encoding="utf-8"))


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


def _keep_previous(path: Path) -> None:
    previous = path.parent / "previous"
    previous.mkdir(exist_ok=True)
    # A second name first, so that at no moment the former file has none.
    kept = previous / path.name
    kept.unlink(missing_ok=True)
    os.link(path, kept)
