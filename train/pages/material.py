"""Fonts and photographs for training pages: `python -m train.pages.material` fetches, verifies and keeps all of them.

python -m train.pages.material --credits    writes the table of them in models/README.md anew

material.toml lists them. Fonts come by `npm pack` and Debian's `apt-get download`, photographs from Debian packages, a
few of either lie in what pip installed. Nothing is installed and no root is needed. They are kept in
$XDG_CACHE_HOME/edge-digit-reader/material (else ~/.cache/...), each file whole or not at all, photographs grey and
reduced. What cannot be had is named in one line; training goes on with what there is, and says what that was.
"""

import argparse
import hashlib
import importlib.util
import io
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import groupby
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image, ImageOps

from edge.ending import run_command
from edge.errors import SetupError
from edge.whole_file import save_over
from train.digits.mnist import cache_folder
from train.store import ROOT

LIST = Path(__file__).with_name("material.toml")
LONGEST_SIDE = 1600
"""Of a kept photograph, px: pages are at most 1280 wide."""
JPEG_QUALITY = 92
PATIENCE = 3
"""After so many failures in a row there is no network, and the other packages would fail slowly, too."""
CREDITS = ROOT / "models" / "README.md"
BEGIN, END = "<!-- credits: python -m train.pages.material --credits -->", "<!-- end of credits -->"
TITLES = {"hand": "Handwriting", "running": "Running hands", "script": "Other scripts", "print": "Print"}
TILES = 6
"""A small seamless pattern is laid out so many times each way."""


class Part(StrEnum):
    """What a family may be used for: training, choosing, or the one figure at the end."""

    KNOWN = "known"
    STRANGERS = "strangers"
    SEALED = "sealed"


class Kind(StrEnum):
    """What a family is."""

    HAND = "hand"
    RUNNING = "running"
    SCRIPT = "script"
    PRINT = "print"
    PHOTOGRAPH = "photograph"


@dataclass(frozen=True, slots=True)
class Family:
    """One font family, or one photograph with those of the same scene."""

    name: str
    kind: Kind
    group: str
    """Within its kind: serif, cyrillic, wood ..."""
    part: Part
    manager: str
    """Who brings the package: npm, deb or pip."""
    package: str
    version: str
    """The one that was looked at; of a Debian package, another will do if it holds the same files."""
    licence: str
    credit: str
    files: dict[str, str]
    """Path in the package -> sha256 of what it must hold there."""

    def paths(self) -> tuple[Path, ...]:
        """Where each of its files is, or would be."""
        return tuple(self.path_of(file) for file in self.files)

    def path_of(self, file: str) -> Path:
        """Where one of them is, or would be; a changed sha256 makes it another file."""
        if self.manager == "pip":
            return _installed(file)
        name = PurePosixPath(file).name
        if self.kind == Kind.PHOTOGRAPH:
            name = f"{PurePosixPath(file).stem}.jpg"
        return material_folder() / self.name / f"{self.files[file][:8]}-{name.replace(' ', '_')}"

    def is_here(self) -> bool:
        """Whether all its files are here without a download."""
        return all(path.is_file() for path in self.paths())


@cache
def list_families() -> tuple[Family, ...]:
    """All that material.toml lists, here or not."""
    listed = tomllib.loads(LIST.read_text(encoding="utf-8"))["family"]
    return tuple(Family(**{**one, "kind": Kind(one["kind"]), "part": Part(one["part"])}) for one in listed)


def missing() -> tuple[str, ...]:
    """The names of the families that are not here: a model that ships was trained with none missing."""
    return tuple(family.name for family in list_families() if not family.is_here())


def material_folder() -> Path:
    """Where downloads are kept, outside the repository."""
    return cache_folder() / "material"


Way = Callable[[Family, Path], dict[str, bytes]]
"""(one family of the package, empty folder to work in) -> the content of the files that the package has."""


def fetch_material(families: Sequence[Family] | None = None, ways: dict[str, Way] | None = None) -> list[str]:
    """Fetch what is not here yet, a line per package; interrupted, it goes on where it was.

    Args:
        families: which; None: all that are listed.
        ways: how to get a package, by its manager; None: npm and apt-get.

    Returns:
        A line for each thing that could not be had.
    """
    wanted = [one for one in (list_families() if families is None else families) if not one.is_here()]
    failures = [f"{one.name}: pip's {one.package} is not installed" for one in wanted if one.manager == "pip"]
    wanted = sorted((one for one in wanted if one.manager != "pip"), key=_package_of)
    packages = [list(group) for _, group in groupby(wanted, key=_package_of)]
    in_a_row = dict.fromkeys(WAYS, 0)
    for number, group in enumerate(packages, start=1):
        manager, package, version = _package_of(group[0])
        if in_a_row[manager] >= PATIENCE:
            failures.append(f"{package}: not tried, as {manager} failed {PATIENCE} times in a row")
            continue
        print(f"[{number}/{len(packages)}] {manager} {package} {version} ...", end=" ", flush=True)
        try:
            refused = _fetch_package(group, (WAYS if ways is None else ways)[manager])
            in_a_row[manager] = 0
        except (SetupError, OSError, subprocess.SubprocessError, tarfile.TarError, StopIteration) as error:
            refused = [f"{package}: {error}"]
            in_a_row[manager] += 1
        print("; ".join(refused) or f"{sum(len(one.files) for one in group)} files", flush=True)
        failures += refused
    return failures


def verify(content: bytes, sha256: str, *, name: str) -> None:
    """Raise SetupError where the content is not the listed one."""
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise SetupError(f"{name} has sha256 {found[:12]}..., expected {sha256[:12]}...")


def reduce_photograph(content: bytes, *, name: str) -> bytes:
    """A photograph as it is kept: JPEG, grey, at most LONGEST_SIDE px; a seamless pattern is laid out first."""
    picture = _read_pattern(content) if name.endswith(".pat") else Image.open(io.BytesIO(content))
    grey = ImageOps.exif_transpose(picture).convert("RGB").convert("L")
    grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    kept = io.BytesIO()
    grey.save(kept, "JPEG", quality=JPEG_QUALITY)
    return kept.getvalue()


def build_credits() -> str:
    """All families as Markdown tables: what each is, whose, under which licence, from where, in which part."""
    sections = []
    for kind, group in groupby(list_families(), key=lambda family: family.kind):
        rows = [
            f"| {one.name} | {one.credit} | {one.licence} | {one.manager} `{one.package}` {one.version} | {one.part} |"
            for one in group
        ]
        head = "| name | whose | licence | from | part |\n|---|---|---|---|---|"
        sections.append("\n".join([f"### {TITLES.get(kind, 'Photographs')} ({len(rows)})", "", head, *rows]))
    return "\n\n".join(sections)


def insert_credits(text: str) -> str:
    """A README with the tables between its two marks made anew."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{build_credits()}\n\n{END}{rest.partition(END)[2]}"


def _package_of(family: Family) -> tuple[str, str, str]:
    return family.manager, family.package, family.version


def _fetch_package(families: list[Family], way: Way) -> list[str]:
    """Keep each listed file of one package; a line for each that is not there or not the listed one."""
    with tempfile.TemporaryDirectory() as folder:
        contents = way(families[0], Path(folder))
    refused = []
    for family in families:
        for file, sha256 in family.files.items():
            try:
                if file not in contents:
                    raise SetupError(f"{file} is not in {family.package}")
                verify(contents[file], sha256, name=file)
            except SetupError as error:
                refused.append(f"{family.name}: {error}")
                continue
            content = contents[file]
            if family.kind == Kind.PHOTOGRAPH:
                content = reduce_photograph(content, name=file)
            _keep(content, family.path_of(file))
    return refused


def _fetch_by_npm(family: Family, folder: Path) -> dict[str, bytes]:
    npm = _find_program("npm")
    _call([npm, "pack", "--loglevel=error", "--fetch-retries=1", f"{family.package}@{family.version}"], folder)
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        members = {one.name.removeprefix("package/"): archive.extractfile(one) for one in archive if one.isfile()}
        return {name: member.read() for name, member in members.items() if member is not None}


def _fetch_by_apt(family: Family, folder: Path) -> dict[str, bytes]:
    apt, dpkg = _find_program("apt-get"), _find_program("dpkg-deb")
    _call([apt, "download", "-qq", family.package], folder)
    unpacked = folder / "unpacked"
    _call([dpkg, "-x", str(next(folder.glob("*.deb"))), str(unpacked)], folder)
    files = (path for path in unpacked.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(unpacked).as_posix(): path.read_bytes() for path in files}


WAYS: dict[str, Way] = {"npm": _fetch_by_npm, "deb": _fetch_by_apt}


def _find_program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise SetupError(f"{name} is not installed")
    return found


def _call(command: list[str], folder: Path) -> None:
    """Run it there; SetupError holds the line that says what is wrong."""
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=600)
    except subprocess.CalledProcessError as error:
        told = error.stderr.strip().splitlines()
        wrong = [line for line in told if line.startswith(("npm error", "npm ERR!", "E:"))]
        raise SetupError("; ".join(wrong[:2] or told[-1:]) or f"{command[0]} failed") from error


def _keep(content: bytes, path: Path) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_over(path, content)


def _installed(file: str) -> Path:
    """Where a file of a Python package is, without importing the package."""
    package, _, rest = file.partition("/")
    found = importlib.util.find_spec(package)
    folders = list(found.submodule_search_locations or []) if found else []
    return Path(folders[0]) / rest if folders else Path(file)


def _read_pattern(content: bytes) -> Image.Image:
    """A GIMP pattern, laid out seamlessly. Its header: size of itself, version, width, height, bytes per pixel."""
    header, _, width, height, depth = struct.unpack(">5I", content[:20])
    pixels = np.frombuffer(content, np.uint8, offset=header)[: width * height * depth].reshape(height, width, depth)
    tiled = np.tile(pixels[..., : 3 if depth >= 3 else 1], (TILES, TILES, 1))
    return Image.fromarray(tiled.squeeze())


def main() -> int:
    """Fetch all of it and say what is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--credits", action="store_true", help="fetch nothing, write the table in models/README.md")
    if parser.parse_args().credits:
        CREDITS.write_text(insert_credits(CREDITS.read_text(encoding="utf-8")), encoding="utf-8")
        return 0
    fetch_material()
    lacking = missing()
    families = list_families()
    print(f"material: {len(families) - len(lacking)} of {len(families)} families in {material_folder()}")
    if lacking:
        print(f"material: cannot be had here: {', '.join(lacking)}. Training goes on without.", file=sys.stderr)
    return 1 if lacking else 0


if __name__ == "__main__":
    run_command(main)
