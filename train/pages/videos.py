"""Rendered videos: a page of numbers before a camera, and one thing that happens to it.

Each follows from (seed, number) alone. Scenes take turns: nothing happens; a digit becomes another one; a hand passes,
and half of the time a digit is another one when it has gone; paper slides in; the light goes off and on; somebody
shakes the table.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from train.digits.mnist import Digits
from train.pages.camera import Grey, Light, light_up
from train.pages.pen import draw_digit
from train.pages.sheet import Sheet, take_sheet
from train.pages.texture import make_texture
from train.pages.world import World

WIDTH, HEIGHT = 480, 360
"""Of a frame, px."""
FRAMES = 60
EVENT = 20
"""The frame at which something happens ..."""
TAKES = 14
"""... and how many frames it takes."""
DESK = 40
"""The frame's border in which nothing is written, px."""


Row = NDArray[np.int64]
"""The digits of a line, by number, (N,)."""


@dataclass(frozen=True, slots=True)
class Still:
    """One frame of a video."""

    frame: Grey
    """(HEIGHT, WIDTH)."""
    lines: tuple[str, ...]
    """What stands on the page, top to bottom, whether it is seen or not."""
    clear: bool
    """Whether all of it is in sight."""


@dataclass(frozen=True, slots=True)
class Video:
    """A scene, and its frames."""

    scene: str
    frames: tuple[Still, ...]


@dataclass(frozen=True, slots=True)
class _Paper:
    """A written page."""

    light: Light
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Lens:
    """One camera: as long as a video lasts nothing of it changes but its noise."""

    blur: float
    gain: float
    noise: float
    quality: int
    """Of its JPEGs, percent."""

    def expose(self, rng: np.random.Generator, light: Light, *, brightness: float, smear: int) -> Grey:
        """A frame of what lies before it; `smear`: how far the paper moved meanwhile, px."""
        seen = cv2.GaussianBlur(light, (0, 0), self.blur)
        if smear > 1:
            seen = cv2.blur(seen, (smear, 1))
        seen = seen * np.float32(self.gain * brightness)
        noise = np.float32(self.noise) * rng.standard_normal(seen.shape, np.float32) * np.sqrt(np.clip(seen, 0.1, 1))
        grey = np.clip((seen + noise) * 255, 0, 255).astype(np.uint8)
        content = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, self.quality])[1]
        return np.asarray(cv2.imdecode(content, cv2.IMREAD_GRAYSCALE), np.uint8)


@dataclass(frozen=True, slots=True)
class _Moment:
    """What is different in one frame."""

    paper: _Paper
    shift: tuple[float, float] = 0.0, 0.0
    """Of the paper, px."""
    hand: float | None = None
    """How far a hand has come through the frame, 0 to 1."""
    brightness: float = 1.0
    smear: int = 0
    clear: bool = True


Scene = Callable[[np.random.Generator, _Paper, _Paper], Iterator[_Moment]]
"""(chance, the page, the page with another digit) -> its moments."""


def render_video(digits: Digits, world: World, *, seed: int, number: int) -> Video:
    """Render one video.

    Args:
        digits: what is written.
        world: what the desk looks like.
        seed: of all videos.
        number: of this one; scenes take turns.
    """
    rng = np.random.default_rng([seed, number])
    scene = list(SCENES)[number % len(SCENES)]
    before, after = _write_pages(rng, digits)
    desk = make_texture(rng, height=HEIGHT, width=WIDTH, world=world) if scene == "slide" else before.light
    lens = _Lens(
        blur=float(rng.uniform(0.4, 1.0)),
        gain=float(rng.uniform(0.75, 1.1)),
        noise=float(np.exp(rng.uniform(np.log(0.003), np.log(0.02)))),
        quality=int(rng.integers(60, 96)),
    )
    frames = []
    for moment in SCENES[scene](rng, before, after):
        light = _look(moment, desk)
        frame = lens.expose(rng, light, brightness=moment.brightness, smear=moment.smear)
        frames.append(Still(frame, moment.paper.lines, moment.clear))
    return Video(scene, tuple(frames))


def _write_pages(rng: np.random.Generator, digits: Digits) -> tuple[_Paper, _Paper]:
    """A page of one to four numbers, one below the other, and the same page with another digit somewhere."""
    sheet = take_sheet(rng, height=HEIGHT, width=WIDTH)
    count, size = int(rng.integers(1, 5)), int(rng.integers(22, 46))
    rows = [rng.integers(len(digits), size=int(rng.integers(2, 7))) for _ in range(count)]
    changed = [row.copy() for row in rows]
    row = changed[int(rng.integers(count))]
    place = int(rng.integers(len(row)))
    row[place] = rng.choice(np.flatnonzero(digits.labels != digits.labels[row[place]]))
    left = float(rng.uniform(DESK, max(DESK + 1, WIDTH - DESK - 6 * size)))
    pitch = (HEIGHT - 2 * DESK) / count
    light = light_up(rng, np.ones_like(sheet.paper))  # the same on both
    papers = []
    for written in (rows, changed):
        page = Sheet(sheet.paper.copy(), sheet.ink, np.zeros_like(sheet.owner))
        for n, numbers in enumerate(written):
            _write_row(page, digits, numbers, left=left, base=DESK + (n + 0.5) * pitch + size / 2, size=size)
        lines = tuple("".join(str(digits.labels[one]) for one in numbers) for numbers in written)
        papers.append(_Paper((page.paper * light).astype(np.float32), lines))
    return papers[0], papers[1]


def _write_row(page: Sheet, digits: Digits, numbers: Row, *, left: float, base: float, size: int) -> None:
    """Digits side by side, each as it is in MNIST."""
    x = left
    for one in numbers:
        rng = np.random.default_rng([int(one), size])  # the same digit looks the same on both pages
        mask = draw_digit(rng, digits.glyphs[one], height=size, pen=None, slant=0.0)
        page.write(mask, x, base - size, class_id=int(digits.labels[one]), strength=1.0)
        x += mask.shape[1] + 0.3 * size


def _look(moment: _Moment, desk: Light) -> Light:
    """What lies before the camera: the paper where it is now, the desk where it is not, and a hand."""
    move = np.array([[1, 0, moment.shift[0]], [0, 1, moment.shift[1]]])
    moved = cv2.warpAffine(moment.paper.light, move, (WIDTH, HEIGHT), borderValue=-1)
    light = np.where(moved < 0, desk, moved).astype(np.float32)
    if moment.hand is not None:
        _draw_hand(light, moment.hand)
    return light


def _draw_hand(light: Light, way: float) -> None:
    """A forearm with its hand, coming from the lower right and passing to the left."""
    x, y = round(WIDTH * (1.35 - 1.7 * way)), round(HEIGHT * 0.45)
    tone = 0.42
    cv2.line(light, (x + 150, HEIGHT + 150), (x + 30, y + 60), tone, 90, cv2.LINE_AA)
    cv2.ellipse(light, (x, y), (70, 55), 40, 0, 360, tone, -1, cv2.LINE_AA)
    for spread in (-60, -25, 5):
        cv2.line(light, (x, y), (x - 90, y + spread), tone, 24, cv2.LINE_AA)


def _still(rng: np.random.Generator, before: _Paper, after: _Paper) -> Iterator[_Moment]:
    del rng, after
    yield from (_Moment(before) for _ in range(FRAMES))


def _change(rng: np.random.Generator, before: _Paper, after: _Paper) -> Iterator[_Moment]:
    del rng
    yield from (_Moment(before if index < EVENT else after) for index in range(FRAMES))


def _hand(rng: np.random.Generator, before: _Paper, after: _Paper) -> Iterator[_Moment]:
    other = after if rng.random() < 0.5 else before
    for index in range(FRAMES):
        way = (index - EVENT) / TAKES
        paper = before if way < 0.5 else other
        yield _Moment(paper, hand=way, clear=False) if 0 <= way <= 1 else _Moment(paper)


def _slide(rng: np.random.Generator, before: _Paper, after: _Paper) -> Iterator[_Moment]:
    del after
    from_right = 1 if rng.random() < 0.5 else -1
    empty = _Paper(before.light, ())
    for index in range(FRAMES):
        left = 1 - max(0.0, (index - EVENT) / TAKES)
        shift = from_right * WIDTH * max(0.0, left)
        if left >= 1:
            yield _Moment(empty, shift=(shift, 0))
        elif left > 0:
            yield _Moment(before, shift=(shift, 0), smear=5, clear=False)
        else:
            yield _Moment(before)


def _light(rng: np.random.Generator, before: _Paper, after: _Paper) -> Iterator[_Moment]:
    other = after if rng.random() < 0.5 else before
    dark = rng.uniform(0, 0.02)
    for index in range(FRAMES):
        step = index - EVENT
        paper = before if step < TAKES // 2 else other
        dimmed = min(1.0, max(dark, 1 - step / 3, (step - TAKES + 3) / 3))
        yield _Moment(paper, brightness=dimmed, clear=dimmed == 1)


def _shake(rng: np.random.Generator, before: _Paper, after: _Paper) -> Iterator[_Moment]:
    del after
    for index in range(FRAMES):
        shaken = EVENT <= index < EVENT + TAKES
        x, y = rng.normal(0, 8, 2) if shaken else (0.0, 0.0)
        smear = int(min(9, abs(x))) if shaken else 0
        yield _Moment(before, shift=(x, y), smear=smear, clear=not shaken)


SCENES: dict[str, Scene] = {
    "still": _still,
    "change": _change,
    "hand": _hand,
    "slide": _slide,
    "light": _light,
    "shake": _shake,
}
"""What happens; they take turns."""
