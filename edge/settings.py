"""What can be set for good: each setting once, with its unit, default, limits and meaning.

The command line says it for one run, settings.toml for all, the model's card where neither does.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from edge.cameras import ROTATIONS
from edge.contract import Box

SHOWS = ("auto", "window", "text", "none")
FARTHEST = 100_000
"""Of a region's numbers, px: more than any frame has."""
MOST_REGIONS = 1
"""That are read, for now."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Region:
    """A place that is read."""

    box: Box
    """Pixels of the frame after `rotate`."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, as it is explained and checked."""

    meaning: str
    allowed: str
    default: str
    """What holds without it, in words."""
    example: Any
    """A value as the file has it: the default, where there is one."""
    check: Callable[[Any], Any]
    """The value from the one in the file; ValueError where it is not allowed."""
    unit: str = ""
    live: bool = False
    """Whether it may change while frames are read."""


def any_of(words: tuple[str, ...]) -> str:
    """A list as one says it: 0, 90 or 180."""
    *first, last = words
    return f"{', '.join(first)} or {last}"


def check_text(value: object) -> str:
    """A text that a name, path or address can be."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError
    return value


def check_path(value: object) -> Path:
    """A file."""
    return Path(check_text(value))


def check_confidence(value: object) -> float:
    """A share."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:  # nan is not, either
        raise ValueError
    return float(value)


def check_rotation(value: object) -> int:
    """Degrees by which a frame can be turned."""
    if type(value) is not int or value not in ROTATIONS:
        raise ValueError
    return value


def check_show(value: object) -> str:
    """Where readings are shown."""
    if value not in SHOWS:
        raise ValueError
    return str(value)


def check_regions(value: object) -> tuple[Region, ...]:
    """Places that are read."""
    if not isinstance(value, list) or len(value) > MOST_REGIONS:
        raise ValueError
    return tuple(_check_region(one) for one in value)


def _check_region(value: object) -> Region:
    if not isinstance(value, dict) or not {"box"} <= value.keys() <= {"box", "name"}:
        raise ValueError
    box, name = value["box"], value.get("name", "")
    if not isinstance(box, list) or len(box) != 4 or not all(type(number) is int for number in box):
        raise ValueError
    x, y, width, height = box
    if min(x, y) < 0 or min(width, height) < 1 or max(box) > FARTHEST or not isinstance(name, str):
        raise ValueError
    return Region(Box(x, y, width, height), name)


def _setting(default: Value, setting: Setting) -> Value:
    made: Value = field(default=default, metadata={"setting": setting})
    return made


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, each with its value."""

    source: str | None = _setting(
        None,
        Setting(
            "what is read: pi, 0 or /dev/video0 (a USB camera), a picture, folder, video file, picture or stream "
            "address",
            allowed="a text in quotes",
            default="the best camera found",
            example="pi",
            check=check_text,
        ),
    )
    rotate: int = _setting(
        0,
        Setting(
            "turns frames clockwise, for a camera that is mounted upside down or on its side",
            allowed=any_of(tuple(map(str, sorted(ROTATIONS)))),
            unit="degrees",
            default="0",
            example=0,
            check=check_rotation,
        ),
    )
    regions: tuple[Region, ...] = _setting(
        (),
        Setting(
            "reads only this region; measured in the frame after rotate",
            allowed=f"at most {MOST_REGIONS} of [{{ box = [x, y, width, height] }}], whole numbers up to {FARTHEST}, "
            "x and y 0 or more, width and height 1 or more",
            unit="pixels",
            default="the whole frame",
            example=[{"box": [40, 60, 620, 90]}],
            check=check_regions,
            live=True,
        ),
    )
    model: Path | None = _setting(  # noqa: RUF009 - a field, and frozen
        None,
        Setting(
            "a .tflite with its .json",
            allowed="a text in quotes",
            default="your own in models/local, else ours",
            example="models/digits.tflite",
            check=check_path,
        ),
    )
    min_confidence: float | None = _setting(
        None,
        Setting(
            "a digit below it is shown as ?",
            allowed="0 to 1",
            default="what the model's .json says",
            example=0.7,
            check=check_confidence,
            live=True,
        ),
    )
    show: str = _setting(
        "auto",
        Setting(
            "where readings are shown; auto is a window if there is a display, else text",
            allowed=any_of(tuple(f'"{show}"' for show in SHOWS)),
            default='"auto"',
            example="auto",
            check=check_show,
        ),
    )
    json: str | None = _setting(
        None,
        Setting(
            'one JSON object per frame into a file, written anew at each start; "-": stdout, and nothing else there',
            allowed="a text in quotes",
            default="no JSON",
            example="readings.jsonl",
            check=check_text,
        ),
    )


SETTINGS: dict[str, Setting] = {one.name: one.metadata["setting"] for one in fields(Settings)}
"""By name, in the order in which they are listed."""
