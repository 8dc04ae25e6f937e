"""Score sheets: writing of one kind beside numbers, each sheet in one hand, well photographed: the teacher's page."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import cv2
import numpy as np

from edge.contract import NOT_A_DIGIT
from train.digits.mnist import Digits
from train.pages import camera, marks
from train.pages.letters import Style
from train.pages.render import Page
from train.pages.scribe import Scribe, hire_scribe
from train.pages.sheet import take_sheet
from train.pages.tokens import LABELS, UNITS, Token, printed_text, signature
from train.pages.words import (
    BENGALI,
    CAPITALS,
    CYRILLIC,
    GREEK,
    HAN,
    LATIN,
    invent_name,
    invent_word,
    look_of,
    spell,
)
from train.pages.world import World

WIDTH, HEIGHT = 1280, 960
"""Of a frame, px."""
SIZES = 26.0, 46.0
"""Height of the digits of one sheet, px."""
NOISE = 2.5
"""Of the sensor, standard deviation in grey levels."""


CLEAR_LETTERS = [sign for sign in LATIN + CAPITALS if look_of(sign) == NOT_A_DIGIT]
CLEAR_UNITS = [unit for unit in UNITS if look_of(unit[0]) == NOT_A_DIGIT]
"""Nobody tells the litre in `10 l` from another 1."""


class Kind(StrEnum):
    """What stands on a sheet, beside its numbers."""

    NAMES = "names"
    WORDS = "words"
    """Alone: no number."""
    PRINT = "print"
    """As tall as the digits; its own digits count as numbers."""
    UNDERLINED = "underlined"
    SIGNATURES = "signatures"
    GREEK = "greek"
    CYRILLIC = "cyrillic"
    CHINESE = "chinese"
    BENGALI = "bengali"
    MIXED = "mixed"
    """A4, 3b, x2, No. 7, 12 kg, 4th."""


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    """One rendered sheet, and which of its items make a number."""

    page: Page
    numbers: tuple[tuple[int, ...], ...]
    """Items of each number, from left to right."""
    letters: int
    """How many signs that are no digits stand on it."""


def draw_score_sheet(
    rng: np.random.Generator,
    digits: Digits,
    world: World,
    kind: Kind = Kind.NAMES,
    *,
    alone: bool = False,
    hand: int | None = None,
) -> ScoreSheet:
    """Rows of writing of one kind, with one to three numbers beside each; alone it stands three pieces in a row.

    Args:
        rng: source of chance.
        digits: what is written.
        world: of paper.
        kind: of writing.
        alone: without the numbers; words always are.
        hand: in which of the world's hands it is written, the running ones last; None: in any.
    """
    hands = world.hands + world.running
    font = hands[(int(rng.integers(len(hands))) if hand is None else hand) % len(hands)]
    sheet = take_sheet(rng, height=HEIGHT, width=WIDTH)
    style: Style = "running" if font in world.running else "hand"
    own = replace(world, hands=(font,), running=(font,))
    scribe = replace(hire_scribe(rng, sheet, digits), world=own, strength=float(rng.uniform(0.8, 1.0)), unevenness=0.0)
    scribe = replace(scribe, pen=float(rng.uniform(0.06, 0.13)), spacing=float(rng.uniform(0.08, 0.25)), overlap=0.0)
    size, columns = float(rng.uniform(*SIZES)), int(rng.integers(1, 4))
    left, pitch, step = rng.uniform(1, 3) * size, rng.uniform(3, 5) * size, rng.uniform(1.7, 2.4) * size
    write, found, alone = _writer(kind, style), list[tuple[int, ...]](), alone or kind == Kind.WORDS
    for y in np.arange(size, HEIGHT - 1.5 * size, step):
        x = left
        for _ in range(3 if alone else 1):
            first = len(sheet.class_ids)
            x = write(scribe, x, y, size) + 0.7 * size
            found += _runs_of_digits(sheet.class_ids, first)
        if alone:
            continue
        at = max(x + 0.3 * size, 0.45 * WIDTH)
        for column in range(columns):
            if at + column * pitch > WIDTH - 3 * size:
                break
            first = len(sheet.class_ids)
            scribe.number(at + column * pitch, y, size, count=int(rng.integers(1, 4)))
            found += _runs_of_digits(sheet.class_ids, first)
    light = camera.light_up(rng, sheet.paper)
    seen = cv2.GaussianBlur(light, (0, 0), float(rng.uniform(0.5, 1.1))) * 255 + rng.normal(0, NOISE, light.shape)
    page = Page(np.clip(seen, 0, 255).astype(np.uint8), sheet.owner, tuple(sheet.class_ids), tuple(sheet.areas))
    return ScoreSheet(page, tuple(found), len(sheet.class_ids) - sum(map(len, found)))


def _runs_of_digits(class_ids: list[int], first: int) -> list[tuple[int, ...]]:
    """The items from `first` on that are digits, next to each other in one tuple."""
    runs: list[tuple[int, ...]] = []
    for item in range(first, len(class_ids)):
        if class_ids[item] == NOT_A_DIGIT:
            continue
        if runs and runs[-1][-1] == item - 1:
            runs[-1] += (item,)
        else:
            runs.append((item,))
    return runs


def _writer(kind: Kind, style: Style) -> Token:
    """What writes one piece of this kind."""

    def write(text: Callable[[np.random.Generator], str], style: Style = style) -> Token:
        return lambda scribe, x, y, size: scribe.letters(x, y, size, text(scribe.rng), style, sure=True)

    def underlined(scribe: Scribe, x: float, y: float, size: float) -> float:
        end = scribe.letters(x, y, size, _name_or_word(scribe.rng), style, sure=True)
        marks.underline(scribe, (x, y, end, y + size))
        return end

    return {
        Kind.PRINT: write(lambda rng: printed_text(rng, str(rng.choice(PRINTED))), "print"),
        Kind.UNDERLINED: underlined,
        Kind.SIGNATURES: signature,
        Kind.GREEK: write(lambda rng: spell(rng, GREEK)),
        Kind.CYRILLIC: write(lambda rng: spell(rng, CYRILLIC)),
        Kind.CHINESE: write(lambda rng: spell(rng, HAN)),
        Kind.BENGALI: write(lambda rng: spell(rng, BENGALI)),
        Kind.MIXED: lambda scribe, x, y, size: _mix(scribe, x, y, size, style),
    }.get(kind, write(_name_or_word))


PRINTED = ("label", "list", "units", "capitals", "letters of a list", "form number")
"""Short texts of train/pages/tokens.py."""


def _name_or_word(rng: np.random.Generator) -> str:
    return invent_name(rng) if rng.random() < 0.7 else invent_word(rng)


def _mix(scribe: Scribe, x: float, y: float, size: float, style: Style) -> float:
    """A token of letters and digits: A4, 3b, x2, No. 7, 12 kg, 4th."""
    rng = scribe.rng
    letter = str(rng.choice(CLEAR_LETTERS))
    before, after = (
        (letter, ""),
        ("", letter),
        (f"{rng.choice(LABELS)} ", ""),
        ("", f" {rng.choice(CLEAR_UNITS)}"),
        ("", str(rng.choice(["st", "nd", "rd", "th"]))),
    )[int(rng.integers(5))]
    if before:
        x = scribe.letters(x, y, size, before, style, sure=True)
    x = scribe.number(x, y, size, count=int(rng.integers(1, 4)))
    return scribe.letters(x, y, size, after, style, sure=True) if after else x
