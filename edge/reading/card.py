"""The card of a model: what the reader must know about it, from the .json file beside it, each number checked."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from edge.contract import GLYPH_GEOMETRY, LABELS
from edge.errors import ModelError
from edge.reading.context import WEIGHTS
from edge.reading.union import Weights

MAX_BYTES = 2**20
"""Of a card: seventy times what one has."""
TEMPERATURES = 0.01, 100.0
"""Beyond them all labels are alike or one is certain; `make convert` fits 0.2 to 5."""
SHARES = 0.0, 1.0
GEOMETRIES = 0, 10_000
WEIGHT_RANGE = -1e3, 1e3
"""Of weights of log odds and of the company: beyond them float32 runs over."""
COUNTS = 0, 10**9
"""Of pictures."""
BOTH, ALONE, COMPANY = (5,), (3,), (0, WEIGHTS)
"""How many weights each witness list may have."""
SHOWN = 40
"""So much of a wrong value is shown, characters."""

Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class SecondLook:
    """The other members of a model's set, and how much each is heard."""

    finder_sha256: str
    crops_sha256: str
    crops_temperature: float
    weights: Weights


@dataclass(frozen=True, slots=True)
class Origin:
    """How a model came about: what a card says for the user, not for the reader."""

    date: str
    """Of its conversion, 2026-01-31; empty where the card does not say."""
    own: int
    """Pictures of the user from which it learned a hand ..."""
    writers: Mapping[str, int]
    """... and how many of whom."""
    extra: int
    """Of a large set of the user (EXTRA=) that was trained on beside MNIST ..."""
    extra_name: str
    forced: bool
    """Whether it was installed although a gate spoke against it."""


@dataclass(frozen=True, slots=True)
class Card:
    """What the reader must know about a model."""

    sha256: str
    temperature: float
    min_confidence: float
    glyph_geometry: int
    labels: tuple[str, ...]
    second_look: SecondLook | None = None
    """With which finder and reader of crops it reads together; None in cards of former versions."""
    origin: Origin | None = None


class _UnfitError(Exception):
    """What a card says cannot be; the message says what."""


def card_path(model: Path) -> Path:
    """Where the card of a model lies: digits.tflite -> digits.json."""
    return model.with_suffix(".json")


def load_card(model: Path, sha256: str) -> Card:
    """The card beside `model`, or the former card in it, checked to belong to the model with this sha256.

    Raises:
        ModelError: the card is missing, unreadable, or does not fit.
    """
    path = card_path(model)
    again = "Run `make convert` on the workstation."
    try:
        content = _read(path)
        # Power may go when a new card is in place and its model not yet: until then it carries the former one's card.
        if content.get("sha256") != sha256 and "former" in content:
            content = _section(content, "former")
        card = _build_card(content)
    except FileNotFoundError as error:
        raise ModelError(f"no card {path} beside the model {model}. {again}") from error
    except OSError as error:
        raise ModelError(f"the card {path} cannot be read ({error.strerror}). {again}") from error
    except _UnfitError as error:
        raise ModelError(f"the card {path} cannot be read ({error}). {again}") from error
    if card.sha256 != sha256:
        raise ModelError(
            f"the card {path} is of another model (sha256 {card.sha256[:12]}, the file has {sha256[:12]}). {again}"
        )
    if card.glyph_geometry != GLYPH_GEOMETRY or card.labels != LABELS:
        raise ModelError(
            f"{model} was trained for glyph geometry {card.glyph_geometry} and labels {_show(card.labels)}; "
            f"this program has {GLYPH_GEOMETRY} and {LABELS}. Run `make train convert` on the workstation."
        )
    return card


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        text = file.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise _UnfitError(f"over {MAX_BYTES // 1024} KiB, a card has less")
    try:
        content = json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except ValueError as error:  # what is no UTF-8, no JSON, or a number of thousands of digits
        raise _UnfitError(f"no JSON: {error}") from error
    except RecursionError as error:
        raise _UnfitError("no JSON that ends: it is nested too deep") from error
    if not isinstance(content, dict):
        raise _UnfitError(f"it holds {_show(content)}, expected names and values")
    return content


def _refuse(word: str) -> NoReturn:
    raise _UnfitError(f"a number in it is {word}")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _UnfitError(f"a number in it is {_show(digits)}, which is too large")
    return number


def _build_card(content: dict[str, Any]) -> Card:
    return Card(
        sha256=_sha256(content, "sha256"),
        temperature=_number(content, "temperature", TEMPERATURES),
        min_confidence=_number(content, "min_confidence", SHARES),
        glyph_geometry=int(_number(content, "glyph_geometry", GEOMETRIES, whole=True)),
        labels=_texts(content, "labels"),
        second_look=_build_second_look(_section(content, "second_look")) if "second_look" in content else None,
        origin=_build_origin(content),
    )


def _build_origin(content: dict[str, Any]) -> Origin:
    learned = _section(content, "trained_on") if content.get("trained_on") else {}
    writers = _section(learned, "own_writers") if "own_writers" in learned else {}
    return Origin(
        date=str(content.get("converted") or "")[: len("2026-01-31")],
        own=_count(learned, "own_pictures"),
        writers={name: _count(writers, name) for name in writers},
        extra=_count(learned, "extra"),
        extra_name=str(learned.get("extra_name", "a set of yours")),
        forced=bool(content.get("forced")),
    )


def _build_second_look(content: dict[str, Any]) -> SecondLook:
    weights = _section(content, "weights")
    return SecondLook(
        finder_sha256=_sha256(content, "finder_sha256"),
        crops_sha256=_sha256(content, "crops_sha256"),
        crops_temperature=_number(content, "crops_temperature", TEMPERATURES),
        weights=Weights(
            both=_numbers(weights, "both", BOTH),
            alone=_numbers(weights, "alone", ALONE),
            glyph_share=_number(weights, "glyph_share", SHARES),
            company=_numbers(weights, "company", COMPANY),
        ),
    )


def _value(content: dict[str, Any], name: str) -> Any:
    if name not in content:
        raise _UnfitError(f"{name} is missing")
    return content[name]


def _section(content: dict[str, Any], name: str) -> dict[str, Any]:
    return _expect(dict, _value(content, name), name, "names and values")


def _sha256(content: dict[str, Any], name: str) -> str:
    text = _expect(str, _value(content, name), name, "64 hex digits")
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise _UnfitError(f"{name} is {_show(text)}, expected 64 hex digits")
    return text


def _texts(content: dict[str, Any], name: str) -> tuple[str, ...]:
    return tuple(_expect(str, one, f"one of {name}", "a text") for one in _list(content, name))


def _list(content: dict[str, Any], name: str) -> list[Any]:
    return _expect(list, _value(content, name), name, "a list")


def _number(content: dict[str, Any], name: str, limits: tuple[float, float], *, whole: bool = False) -> float:
    return _in_range(_value(content, name), name, limits, whole=whole)


def _count(content: dict[str, Any], name: str) -> int:
    return int(_number(content, name, COUNTS, whole=True)) if name in content else 0


def _numbers(content: dict[str, Any], name: str, counts: tuple[int, ...]) -> tuple[float, ...]:
    values = _list(content, name)
    if len(values) not in counts:
        raise _UnfitError(f"{len(values)} weights of {name}, this program has {counts[-1]}")
    return tuple(_in_range(value, f"one of {name}", WEIGHT_RANGE) for value in values)


def _in_range(value: object, name: str, limits: tuple[float, float], *, whole: bool = False) -> float:
    """The one place where a number of the card is let in."""
    (low, high), kinds = limits, int if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
        words = "a whole number" if whole else "a number"
        raise _UnfitError(f"{name} is {_show(value)}, expected {words} from {low:g} to {high:g}")
    return float(value)


def _expect(kind: type[Kind], value: object, name: str, words: str) -> Kind:
    if not isinstance(value, kind):
        raise _UnfitError(f"{name} is {_show(value)}, expected {words}")
    return value


def _show(value: object) -> str:
    """A value as it may stand in a message: whatever it is, in a few characters."""
    if isinstance(value, list | dict):  # repr would go as deep as they do
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, int) and abs(value) >= 10**SHOWN:
        return f"a number of over {SHOWN} digits"
    words = repr(value)
    return words if len(words) <= SHOWN else f"{words[:SHOWN]}…"
