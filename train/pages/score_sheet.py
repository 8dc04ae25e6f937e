"""Score sheets: names beside numbers, each in one hand, well photographed: what a teacher lays under the camera."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from train.digits.mnist import Digits
from train.pages import camera
from train.pages.letters import Style
from train.pages.render import Page
from train.pages.scribe import hire_scribe
from train.pages.sheet import take_sheet
from train.pages.words import invent_name, invent_word
from train.pages.world import World

WIDTH, HEIGHT = 1280, 960
"""Of a frame, px."""
SIZES = 26.0, 46.0
"""Height of the digits of one sheet, px."""
NOISE = 2.5
"""Of the sensor, standard deviation in grey levels."""


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    """One rendered sheet, and which of its items make a number."""

    page: Page
    numbers: tuple[range, ...]
    """Items of each number, from left to right."""
    letters: int
    """How many signs that are no digits stand on it."""


def draw_score_sheet(
    rng: np.random.Generator, digits: Digits, world: World, *, numbers: bool = True, hand: int | None = None
) -> ScoreSheet:
    """Names and words with one to three numbers beside each.

    Args:
        rng: source of chance.
        digits: what is written.
        world: of paper.
        numbers: False: words alone, three in each row.
        hand: in which of the world's hands the names are written, the running ones last; None: in any.
    """
    hands = world.hands + world.running
    font = hands[(int(rng.integers(len(hands))) if hand is None else hand) % len(hands)]
    sheet = take_sheet(rng, height=HEIGHT, width=WIDTH)
    style: Style = "running" if font in world.running else "hand"
    own = replace(world, hands=(font,), running=(font,))
    scribe = replace(hire_scribe(rng, sheet, digits), world=own, strength=float(rng.uniform(0.8, 1.0)), unevenness=0.0)
    scribe = replace(scribe, pen=float(rng.uniform(0.06, 0.13)), spacing=float(rng.uniform(0.08, 0.25)), overlap=0.0)
    size, columns, found = float(rng.uniform(*SIZES)), int(rng.integers(1, 4)), []
    left, pitch, step = rng.uniform(1, 3) * size, rng.uniform(3, 5) * size, rng.uniform(1.7, 2.4) * size
    for y in np.arange(size, HEIGHT - 1.5 * size, step):
        x = left
        for _ in range(1 if numbers else 3):
            text = invent_name(rng) if rng.random() < 0.7 else invent_word(rng)
            x = scribe.letters(x, y, size, text, style, sure=True) + 0.7 * size
        if not numbers:
            continue
        at = max(x + 0.3 * size, 0.45 * WIDTH)
        for column in range(columns):
            if at + column * pitch > WIDTH - 3 * size:
                break
            first = len(sheet.class_ids)
            scribe.number(at + column * pitch, y, size, count=int(rng.integers(1, 4)))
            found.append(range(first, len(sheet.class_ids)))
    light = camera.light_up(rng, sheet.paper)
    seen = cv2.GaussianBlur(light, (0, 0), float(rng.uniform(0.5, 1.1))) * 255 + rng.normal(0, NOISE, light.shape)
    page = Page(np.clip(seen, 0, 255).astype(np.uint8), sheet.owner, tuple(sheet.class_ids), tuple(sheet.areas))
    return ScoreSheet(page, tuple(found), len(sheet.class_ids) - sum(map(len, found)))
