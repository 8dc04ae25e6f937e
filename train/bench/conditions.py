"""Plain pages of digits, and what makes them hard to read: one condition at a time, each a knob with levels.

A page follows from its setting, a seed and its number. What a knob does not touch stays as it is from level to level:
the same digits, drawn alike, in the same places, the same shadow, the same grain. Two levels differ by the knob alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import NOT_A_DIGIT
from train.digits.mnist import Digits
from train.pages import camera
from train.pages.pen import Coverage, draw_digit, draw_scribble
from train.pages.sheet import COVERED, Sheet

WIDTH, HEIGHT = 640, 480
"""Of a frame, px."""
PER_ROW, ROWS = 8, 3
PER_PAGE = PER_ROW * ROWS
NUMBER_STARTS = 3, 6
"""In a row of eight digits, numbers of three, three and two."""
WIDE_GAP = 1.3
"""Between two numbers of a row, in digit heights."""
PITCH = 3.0
"""From row to row, in digit heights: words fit between them."""
MARGIN = 20
"""Of the frame, in which no digit stands, px."""
PAPER = 0.85
"""Brightness of the sheet, 0 to 1."""
SHADOW_EDGE = 4.0
"""Half the width of a shadow's edge, px."""
RULED_PITCH, SQUARED_PITCH, LINE_WIDTH = 60, 24, 2
"""Of ruled and of squared paper, px: one and a half digits, and a little more than half a digit."""
BOX_MARGIN = 0.15
"""Digits in boxes have so much more room on each side, in digit heights: nobody writes from line to line of a box."""
GRAIN = 30.0, 1.2
"""Length and width of a table's grain, px (standard deviations)."""
PEN = 0.1
"""Of letters, operators and scribbles, as a share of their height: about what MNIST's digits have."""
WORD_LENGTH, WORD_SIZE = 3, 0.8
"""Letters of a word; height of its capitals, in digit heights."""
LETTERS, OPERATORS = "ACDEFHKMNPRTUVWXYacdehkmnprtuvwxy", "+-=x*"
"""A digit to nobody in these fonts."""
FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
"""OpenCV's own, two of them like handwriting: training's pages are written with others."""
SPOTS = tuple((x, y) for y in (60, 180, 300, 420) for x in (64, 192, 320, 448, 576))
"""Middles of the places above, between and below the rows of a plain page, where something else may stand, px."""


@dataclass(frozen=True, slots=True)
class Setting:
    """All knobs. As they are here, the page is plain."""

    height: int = 40
    """Of the digits, px."""
    gap: float = 0.25
    """Between the strokes of neighbours, in digit heights; below 0 they overlap."""
    contrast: float = 80
    """How much darker than the paper the ink is, %."""
    shade: float = 0
    """How much light a shadow takes whose edge runs across the page, %."""
    blur: float = 0.7
    """Of the lens, standard deviation in px."""
    noise: float = 2
    """Of the sensor, standard deviation in grey levels of 255."""
    ruled: float = 0
    """Contrast of ruled lines, %."""
    squared: float = 0
    """Contrast of squared paper's lines, %."""
    boxed: float = 0
    """Contrast of the lines of a box round each digit, %; boxes of neighbours in a number touch."""
    grain: float = 0
    """Of the sheet, streaks as in wood: standard deviation in % of the paper's brightness."""
    turn: float = 0
    """Of the page in its plane, degrees."""
    perspective: float = 0
    """How much shorter than the near edge the far edge of the page seems, %."""
    words: int = 0
    """Of three letters, on a page of 24 digits."""
    operators: int = 0
    """Between two numbers, on a page of 24 digits."""
    scribbles: int = 0
    """On a page of 24 digits."""


PLAIN = Setting()


@dataclass(frozen=True, slots=True)
class Condition:
    """One knob of a setting and its levels, from harmless to hopeless."""

    name: str
    knob: str
    """Which field of a setting it turns."""
    unit: str
    levels: tuple[float, ...]
    """The first one is the plain page's."""

    @property
    def settings(self) -> tuple[Setting, ...]:
        """One for each level; nothing but the knob differs from the plain page."""
        return tuple(self.at(level) for level in self.levels)

    def at(self, level: float) -> Setting:
        """The plain page's setting with this one knob turned."""
        turned: dict[str, Any] = {self.knob: level}
        return replace(PLAIN, **turned)


CONDITIONS = (
    Condition("shade", "shade", "depth of a shadow, %", (0, 30, 50, 70, 85, 95)),
    Condition("blur", "blur", "px; digits have 40", (0.7, 1.5, 2.5, 4, 6, 9)),
    Condition("noise", "noise", "grey levels", (2, 8, 16, 30, 50, 80)),
    Condition("contrast", "contrast", "of the ink, %", (80, 40, 20, 10, 6, 3)),
    Condition("ruled", "ruled", "contrast of the lines, %", (0, 10, 20, 40, 60, 80)),
    Condition("squared", "squared", "contrast of the lines, %", (0, 10, 20, 40, 60, 80)),
    Condition("boxed", "boxed", "contrast of the lines, %", (0, 10, 20, 40, 60, 80)),
    Condition("grain", "grain", "streaks, %", (0, 2, 4, 8, 12, 20)),
    Condition("turn", "turn", "degrees", (0, 5, 10, 15, 25, 40)),
    Condition("perspective", "perspective", "far edge shorter by, %", (0, 10, 20, 30, 45, 60)),
    Condition("small", "height", "digit height, px", (40, 28, 20, 16, 12, 8)),
    Condition("large", "height", "digit height, px", (40, 80, 120, 200, 300, 400)),
    Condition("dense", "gap", "gap, digit heights", (0.25, 0.15, 0.1, 0.07, 0.04, 0.02)),
    Condition("touching", "gap", "gap, digit heights", (0.25, 0, -0.03, -0.07, -0.12, -0.2)),
    Condition("words", "words", "three letters each, per page", (0, 1, 2, 4, 8, 16)),
    Condition("operators", "operators", "beside numbers, per page", (0, 1, 2, 3, 4, 6)),
    Condition("scribbles", "scribbles", "per page", (0, 1, 2, 4, 8, 16)),
)


@dataclass(frozen=True, slots=True)
class Page:
    """One frame and what is written on it."""

    frame: camera.Grey
    """(480, 640)."""
    text: str
    """Its digits in reading order."""
    written: NDArray[np.bool_]
    """Which pixels a digit covers, (480, 640)."""


class _Chance(IntEnum):
    """What is left to chance; each has its own source, so that one knob does not stir the rest."""

    CHOICE = 0
    DIGIT = 1
    LINES = 2
    GRAIN = 3
    SHADOW = 4
    NOISE = 5
    SPOT = 6
    OPERATOR = 7
    WORD = 8
    SCRIBBLE = 9


@dataclass(frozen=True, slots=True)
class _Placed:
    """One digit in its row."""

    mask: Coverage
    class_id: int
    x: int
    """Of its left edge, px from the row's."""
    starts_number: bool
    """Whether a wide gap separates it from its neighbour on the left."""

    @property
    def right(self) -> int:
        return self.x + int(self.mask.shape[1])


_Row = list[_Placed]


def render_pages(setting: Setting, digits: Digits, *, seed: int, number: int) -> list[Page]:
    """Render one page of 24 digits: one frame, or as many as it takes where the digits are too large for one.

    Args:
        setting: of all knobs.
        digits: from which those on the page are drawn.
        seed: of all pages.
        number: of the page.
    """
    root = (seed, number)
    chosen = _chance(root, _Chance.CHOICE).integers(len(digits), size=PER_PAGE)
    masks = [
        draw_digit(_chance(root, _Chance.DIGIT, k), digits.glyphs[one], height=setting.height, pen=None, slant=0)
        for k, one in enumerate(chosen)
    ]
    rows = _fill_rows(masks, digits.labels[chosen].tolist(), setting)
    fitting = max(1, min(ROWS, int((HEIGHT - 2 * MARGIN - setting.height) / (PITCH * setting.height)) + 1))
    return [_render_frame(rows[first : first + fitting], setting, root) for first in range(0, len(rows), fitting)]


def _chance(root: tuple[int, int], what: _Chance, index: int = 0) -> np.random.Generator:
    return np.random.default_rng([*root, what, index])


def _fill_rows(masks: Sequence[Coverage], class_ids: Sequence[int], setting: Setting) -> list[_Row]:
    """Rows of eight digits, or of as many as the frame is wide enough for."""
    rows: list[_Row] = []
    for k, (mask, class_id) in enumerate(zip(masks, class_ids, strict=True)):
        wide = k % PER_ROW in NUMBER_STARTS
        if k % PER_ROW:
            gap = round((WIDE_GAP if wide else setting.gap) * setting.height)
            gap += 2 * round(BOX_MARGIN * setting.height) * bool(setting.boxed)
            x = rows[-1][-1].x + _step(rows[-1][-1].mask, mask, gap)
            if x + mask.shape[1] <= WIDTH - 2 * MARGIN:
                rows[-1].append(_Placed(mask, class_id, x, wide))
                continue
        rows.append([_Placed(mask, class_id, 0, starts_number=False)])
    return rows


def _step(left: Coverage, right: Coverage, gap: int) -> int:
    """From one digit's left edge to the next one's, px, so that their strokes come as close as `gap` px."""
    height = min(len(left), len(right))
    ends = [row.nonzero()[0] for row in left[-height:] > COVERED]
    starts = [row.nonzero()[0] for row in right[-height:] > COVERED]
    return gap + max(
        (int(end[-1]) + 1 - int(start[0]) for end, start in zip(ends, starts, strict=True) if end.size and start.size),
        default=left.shape[1],
    )


def _render_frame(rows: Sequence[_Row], setting: Setting, root: tuple[int, int]) -> Page:
    paper = _lay_paper(setting, root)
    sheet = Sheet(paper, PAPER * (1 - setting.contrast / 100), np.zeros(paper.shape, np.int32))
    top = (HEIGHT - ((len(rows) - 1) * PITCH + 1) * setting.height) / 2
    spots = []
    boxes = np.zeros(paper.shape, np.uint8)
    for n, row in enumerate(rows):
        base, left = top + (n * PITCH + 1) * setting.height, (WIDTH - row[-1].right) // 2
        for k, one in enumerate(row):
            sheet.write(one.mask, left + one.x, base - len(one.mask), class_id=one.class_id, strength=1)
            _draw_box(boxes, one, left, base, setting)
            if one.starts_number:
                spots.append((left + (row[k - 1].right + one.x) / 2, base - setting.height / 2))
    sheet.paper[boxes > 0] *= np.float32(1 - setting.boxed / 100)
    _write_operators(sheet, spots, setting, root)
    _write_words(sheet, setting, root)
    _scribble(sheet, setting, root)
    class_ids = np.array([NOT_A_DIGIT, *sheet.class_ids])
    seen, owner = _look(sheet.paper, sheet.owner, setting)
    text = "".join(str(one.class_id) for row in rows for one in row)
    return Page(_expose(seen, setting, root), text, class_ids[owner] != NOT_A_DIGIT)


def _lay_paper(setting: Setting, root: tuple[int, int]) -> camera.Light:
    paper = np.full((HEIGHT, WIDTH), PAPER, np.float32)
    streaks = _chance(root, _Chance.GRAIN).standard_normal(paper.shape, np.float32)
    streaks = cv2.GaussianBlur(streaks, (0, 0), GRAIN[0], sigmaY=GRAIN[1]).astype(np.float32)
    paper *= 1 + np.float32(setting.grain / 100) * streaks / streaks.std()
    x, y = _chance(root, _Chance.LINES).integers(RULED_PITCH, size=2)
    columns, rows = (np.arange(WIDTH) + x) % SQUARED_PITCH, (np.arange(HEIGHT) + y) % SQUARED_PITCH
    squares = (columns[np.newaxis] < LINE_WIDTH) | (rows[:, np.newaxis] < LINE_WIDTH)
    paper[squares] *= np.float32(1 - setting.squared / 100)
    paper[(np.arange(HEIGHT) + y) % RULED_PITCH < LINE_WIDTH] *= np.float32(1 - setting.ruled / 100)
    return paper


def _draw_box(boxes: camera.Grey, digit: _Placed, left: float, base: float, setting: Setting) -> None:
    """Lines of 1s round one digit of a row."""
    margin = (setting.gap / 2 + BOX_MARGIN) * setting.height
    x, y = round(left + digit.x - margin), round(base - setting.height - margin)
    right, bottom = round(left + digit.right + margin), round(base + margin)
    cv2.rectangle(boxes, (x, y), (right, bottom), 1, LINE_WIDTH)


def _write_operators(
    sheet: Sheet, spots: Sequence[tuple[float, float]], setting: Setting, root: tuple[int, int]
) -> None:
    """Into the gaps between numbers."""
    for n in _chance(root, _Chance.SPOT).permutation(len(spots))[: setting.operators]:
        rng = _chance(root, _Chance.OPERATOR, int(n))
        _write_around(sheet, _draw_text(rng, OPERATORS, 1, setting.height), spots[n])


def _write_words(sheet: Sheet, setting: Setting, root: tuple[int, int]) -> None:
    for n in _chance(root, _Chance.SPOT).permutation(len(SPOTS))[: setting.words]:
        rng = _chance(root, _Chance.WORD, int(n))
        text = _draw_text(rng, LETTERS, WORD_LENGTH, round(WORD_SIZE * setting.height))
        _write_around(sheet, text, SPOTS[n])


def _scribble(sheet: Sheet, setting: Setting, root: tuple[int, int]) -> None:
    for n in _chance(root, _Chance.SPOT).permutation(len(SPOTS))[: setting.scribbles]:
        rng = _chance(root, _Chance.SCRIBBLE, int(n))
        _write_around(sheet, draw_scribble(rng, height=setting.height, pen=PEN), SPOTS[n])


def _draw_text(rng: np.random.Generator, signs: str, count: int, height: int) -> Coverage:
    """So many of these signs in any of the fonts, capitals `height` px high."""
    text, font = "".join(rng.choice(list(signs), count)), int(rng.choice(FONTS))
    pen, edge = max(1, round(PEN * height)), height
    scale = cv2.getFontScaleFromHeight(font, height, pen)
    width = cv2.getTextSize(text, font, scale, pen)[0][0]
    canvas = np.zeros((3 * height, width + 2 * edge), np.uint8)
    cv2.putText(canvas, text, (edge, 2 * height), font, scale, 255, pen, cv2.LINE_AA)
    return canvas.astype(np.float32) / np.float32(255)


def _write_around(sheet: Sheet, mask: Coverage, middle: tuple[float, float]) -> None:
    """A mask with its middle at a point."""
    height, width = mask.shape
    sheet.write(mask, middle[0] - width / 2, middle[1] - height / 2, class_id=NOT_A_DIGIT, strength=1)


def _look(paper: camera.Light, owner: camera.Owner, setting: Setting) -> tuple[camera.Light, camera.Owner]:
    """The sheet turned around the middle of the frame, its upper edge farther away."""
    corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
    inwards = np.array([1, -1, 0, 0]) * WIDTH / 2 * setting.perspective / 100
    leaning = cv2.getPerspectiveTransform(corners, (corners + np.outer(inwards, [1, 0])).astype(np.float32))
    turning = np.vstack([cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), setting.turn, 1), [0, 0, 1]])
    matrix, size = turning @ leaning, (WIDTH, HEIGHT)
    seen = cv2.warpPerspective(paper, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    owned = cv2.warpPerspective(owner.astype(np.float32), matrix, size, flags=cv2.INTER_NEAREST)
    return seen.astype(np.float32), owned.astype(np.int32)


def _expose(paper: camera.Light, setting: Setting, root: tuple[int, int]) -> camera.Grey:
    """Shadow, blur, noise, 8 bits."""
    rng = _chance(root, _Chance.SHADOW)
    angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-60, 60)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    beyond = np.cos(angle) * (x - WIDTH / 2) + np.sin(angle) * (y - HEIGHT / 2) - offset
    shadow = np.clip(beyond / (2 * SHADOW_EDGE) + 0.5, 0, 1)
    seen = cv2.GaussianBlur((paper * (1 - setting.shade / 100 * shadow)).astype(np.float32), (0, 0), setting.blur)
    grain = setting.noise * _chance(root, _Chance.NOISE).standard_normal(seen.shape, np.float32)
    return np.asarray(np.clip(np.round(255 * seen + grain), 0, 255), np.uint8)
