"""A part of the world of paper: the fonts and photographs that its pages are made of."""

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

from train.pages.material import Family, Kind, Part, list_families

__all__ = ["Part", "World", "bare_world", "open_world", "script_of"]


@dataclass(frozen=True, slots=True)
class World:
    """What there is in one part; picklable, paths only."""

    part: Part
    hands: tuple[Path, ...]
    """Font files of letters written apart; each has the latin ones."""
    running: tuple[Path, ...]
    """Likewise, of joined letters."""
    scripts: tuple[Path, ...]
    """Font files of one other script each: script_of() tells which."""
    print_fonts: tuple[Path, ...]
    photographs: tuple[Path, ...]
    missing: tuple[str, ...] = ()
    """Families of this part that could not be had."""

    def record(self) -> dict[str, object]:
        """What a model's record says of it."""
        return {
            "part": str(self.part),
            "hands": len(self.hands),
            "running": len(self.running),
            "scripts": len(self.scripts),
            "print_fonts": len(self.print_fonts),
            "photographs": len(self.photographs),
            "missing": list(self.missing),
        }

    def describe(self) -> str:
        """One line: what it has, and what it lacks."""
        counts = {
            "hands": self.hands,
            "running hands": self.running,
            "other scripts": self.scripts,
            "print fonts": self.print_fonts,
            "photographs": self.photographs,
        }
        there = ", ".join(f"{len(files)} {name}" for name, files in counts.items())
        if not self.missing:
            return f"{self.part} world: {there}"
        return f"{self.part} world: {there}; {len(self.missing)} families are missing: `python -m train.pages.material`"


@lru_cache(maxsize=len(Part))
def open_world(part: Part) -> World:
    """What there is of one part; where it has no hand or no print font, those that pip brought."""
    families = tuple(one for one in list_families() if one.part == part)
    world = _build_world(part, families)
    bare = bare_world()
    # The two hands that pip brought are few beside the print fonts that were drawn as a hand before there were more.
    fetched = any(one.kind == Kind.HAND and one.manager != "pip" and one.is_here() for one in families)
    return replace(
        world,
        hands=world.hands if fetched else bare.hands,
        print_fonts=world.print_fonts or bare.print_fonts,
    )


@cache
def bare_world() -> World:
    """What pip brought, alike on every machine: print fonts serve as hands, too."""
    world = _build_world(Part.KNOWN, tuple(one for one in list_families() if one.manager == "pip"))
    return replace(world, hands=world.hands + world.print_fonts)


def _build_world(part: Part, families: tuple[Family, ...]) -> World:
    here = [one for one in families if one.is_here()]
    return World(
        part,
        hands=_latin_files(here, Kind.HAND),
        running=_latin_files(here, Kind.RUNNING),
        scripts=tuple(path for one in here if one.kind != Kind.PHOTOGRAPH for path in one.paths() if script_of(path)),
        print_fonts=_latin_files(here, Kind.PRINT),
        photographs=tuple(path for one in here if one.kind == Kind.PHOTOGRAPH for path in one.paths()),
        missing=tuple(one.name for one in families if not one.is_here()),
    )


_SUBSET = re.compile(r"-(greek|cyrillic|chinese|bengali|devanagari|korean|thai)(?:-simplified)?-\d+-normal$")
"""How the files of a font's subsets are named."""


def script_of(path: Path) -> str | None:
    """Which script a font file is the subset of; None for latin letters."""
    if "GFSGazis" in path.name:
        return "greek"  # throughout
    found = _SUBSET.search(path.stem)
    return found[1] if found else None


def _latin_files(families: list[Family], kind: Kind) -> tuple[Path, ...]:
    return tuple(
        path
        for one in families
        if one.kind == kind
        for path in one.paths()
        if script_of(path) is None and "latin-ext" not in path.name
    )
