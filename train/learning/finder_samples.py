"""Windows of rendered pages with what the finder should say of them, distorted anew each epoch."""

from typing import Any

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from edge.contract import NOT_A_DIGIT
from edge.finding.light import even_out, gain_of
from train.pages.truth import Truth

WINDOW = 256
"""Side of what is shown at once, px ..."""
MARGIN = 48
"""... and how much more is looked at around it for the light."""
CELL = 4
"""A cell of the finder's map, px."""
SMALLEST, LARGEST = 8.0, 150.0
"""Digits whose longer side is outside of this, px in the window, count neither way: another level finds them."""
USUAL = 9.0, 120.0
"""A window is scaled so that one of its digits is so large, log uniform."""
SCALES = 0.15, 2.5
OUTSIDE = 0.08
"""A window reaches out of a page that is larger by at most this share of itself."""
SPREAD = 0.12
"""Standard deviation of the heat around a digit's middle, as a share of its sides."""
HEAT, SEEN, SIDES, WEIGHT, LABEL, OTHER, OTHER_SEEN = 0, 1, slice(2, 6), 6, 7, 8, 9
"""Channels of a target: heat 0 to 1 and whether it counts; log distances to the four sides, cells, and how much they
count; class_id; heat of other writing and whether it counts."""
CHANNELS = 10


class Windows(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """Batches of (light (n, 256, 256, 1), target (n, 64, 64, 10)); all chance follows from (seed, epoch, batch)."""

    def __init__(self, pages: list[Truth], *, batch: int, batches: int, seed: int) -> None:
        super().__init__(workers=1)
        self._pages, self._batch, self._batches, self._seed, self._epoch = pages, batch, batches, seed, 0

    def __len__(self) -> int:
        return self._batches

    def __getitem__(self, number: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        rng = np.random.default_rng([self._seed, self._epoch, number])
        chosen = rng.integers(len(self._pages), size=self._batch)
        light, target = zip(*(cut_window(rng, self._pages[one]) for one in chosen), strict=True)
        return np.stack(light)[..., np.newaxis], np.stack(target)

    def on_epoch_end(self) -> None:
        """Other windows in the next epoch."""
        self._epoch += 1


def cut_window(rng: np.random.Generator, page: Truth) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A window of a page, (256, 256), and its target, (64, 64, 10)."""
    scale, left, top = _choose_window(rng, page)
    side = WINDOW + 2 * MARGIN
    matrix = np.array([[scale, 0, MARGIN - scale * left], [0, scale, MARGIN - scale * top]])
    source = page.frame
    if scale < 0.6:  # what is reduced is averaged first, as the edge does it
        shrink = 2.0 if scale > 0.3 else 4.0
        size = max(1, round(source.shape[1] / shrink)), max(1, round(source.shape[0] / shrink))
        source = np.asarray(cv2.resize(source, size, interpolation=cv2.INTER_AREA), np.uint8)
        matrix[:, :2] *= page.frame.shape[1] / size[0]
    seen = cv2.warpAffine(source, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    even, spread = even_out(_spoil(rng, np.asarray(seen, np.uint8)))
    # The edge measures the whole frame; here, something between that and the window.
    gain = gain_of(float(np.exp(rng.uniform(*np.sort(np.log([max(page.spread, 1e-3), max(spread, 1e-3)]))))))
    light = even[MARGIN:-MARGIN, MARGIN:-MARGIN] * np.float32(gain * np.exp(rng.normal(0, 0.2)))
    return np.clip(light, -1, 1), draw_target(page, scale=scale, left=left, top=top)


def draw_target(page: Truth, *, scale: float, left: float, top: float) -> NDArray[np.float32]:
    """What the finder should say of a window: (64, 64, 10)."""
    cells = WINDOW // CELL
    target = np.zeros((cells, cells, CHANNELS), np.float32)
    target[..., [SEEN, OTHER_SEEN]] = 1
    places = (page.places - [left, top, left, top]) * scale / CELL
    size = (places[:, 2:] - places[:, :2]).max(axis=1) * CELL
    inside = (places[:, 2:] > 0).all(axis=1) & (places[:, :2] < cells).all(axis=1)
    fits = (size >= SMALLEST) & (size <= LARGEST)
    digit = page.class_ids != NOT_A_DIGIT
    for one in np.flatnonzero(inside & ~(fits & page.clear)):
        x0, y0, x1, y1 = _cells_of(places[one], cells)
        target[y0:y1, x0:x1, [SEEN, OTHER_SEEN] if digit[one] or not fits[one] else [OTHER_SEEN]] = 0
    for one in np.flatnonzero(inside & fits & page.clear & ~digit):
        _draw_heat(target, places[one], OTHER)
    order = np.flatnonzero(inside & fits & page.clear & digit)
    for one in order[np.argsort(-size[order])]:
        middle, heat, where = _draw_heat(target, places[one], HEAT)
        rows, columns = where
        own = heat > np.maximum(0.1, target[rows, columns, WEIGHT])
        y, x = np.mgrid[rows, columns] + 0.5
        x0, y0, x1, y1 = places[one]
        sides = np.stack([x - x0, y - y0, x1 - x, y1 - y], axis=-1)
        block = target[rows, columns]
        block[own, SIDES] = np.log(np.maximum(sides, 0.25))[own]
        block[own, WEIGHT] = heat[own]
        block[own, LABEL] = page.class_ids[one]
        if middle is not None:
            target[middle][[HEAT, SEEN]] = 1
    return target


def _choose_window(rng: np.random.Generator, page: Truth) -> tuple[float, float, float]:
    """Scale, left and top edge in the page's px."""
    height, width = page.frame.shape
    candidates = np.flatnonzero(page.digits)
    if candidates.size and rng.random() < 0.9:
        x0, y0, x1, y1 = page.places[rng.choice(candidates)]
        wanted = np.exp(rng.uniform(*np.log(USUAL)))
        scale = float(np.clip(wanted / max(x1 - x0, y1 - y0), *SCALES))
        middle = np.array([x0 + x1, y0 + y1]) / 2
    else:
        scale = float(np.exp(rng.uniform(np.log(0.3), np.log(1.8))))
        middle = rng.uniform(0, 1, 2) * (width, height)
    span = WINDOW / scale
    least, most = np.full(2, -OUTSIDE * span), np.array([width, height]) - (1 - OUTSIDE) * span
    corner = np.clip(middle - rng.uniform(0.1, 0.9, 2) * span, np.minimum(least, most), np.maximum(least, most))
    return scale, float(corner[0]), float(corner[1])


def _spoil(rng: np.random.Generator, seen: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Another lens, another light, or the negative."""
    light: NDArray[Any] = seen.astype(np.float32)
    if rng.random() < 0.2:
        light = cv2.GaussianBlur(light, (0, 0), float(rng.uniform(0.4, 1.5))).astype(np.float32)
    if rng.random() < 0.15:
        light = 255 - light
    if rng.random() < 0.3:
        light = np.float32(255) * np.clip(light / 255, 0, 1) ** float(np.exp(rng.normal(0, 0.4)))
    if rng.random() < 0.3:
        light += rng.standard_normal(light.shape, np.float32) * float(np.exp(rng.uniform(0, 2.3)))
    return np.asarray(np.clip(light, 0, 255), np.uint8)


def _cells_of(place: NDArray[np.float32], cells: int) -> tuple[int, int, int, int]:
    x0, y0 = np.clip(np.floor(place[:2]), 0, cells).astype(int)
    x1, y1 = np.clip(np.ceil(place[2:]), 0, cells).astype(int)
    return int(x0), int(y0), int(x1), int(y1)


def _draw_heat(
    target: NDArray[np.float32], place: NDArray[np.float32], channel: int
) -> tuple[tuple[int, int] | None, NDArray[np.float32], tuple[slice, slice]]:
    """Lay the heat of one box on a channel: the cell of its middle, the heat, and where it lies."""
    cells = len(target)
    middle, sides = (place[:2] + place[2:]) / 2, np.maximum(place[2:] - place[:2], 0)
    sigma = np.maximum(0.55, SPREAD * np.maximum(sides, 0.5 * sides[::-1]))
    low = np.clip(np.floor(middle - 3 * sigma), 0, cells).astype(int)
    high = np.clip(np.ceil(middle + 3 * sigma), 0, cells).astype(int)
    where = slice(low[1], high[1]), slice(low[0], high[0])
    y, x = np.mgrid[where] + 0.5
    heat = np.exp(-((x - middle[0]) ** 2) / (2 * sigma[0] ** 2) - (y - middle[1]) ** 2 / (2 * sigma[1] ** 2))
    heat = heat.astype(np.float32)
    np.maximum(target[where][..., channel], heat, out=target[where][..., channel])
    cell = int(middle[1]), int(middle[0])
    within = 0 <= middle[0] < cells and 0 <= middle[1] < cells
    if within:
        target[cell][channel] = 1
    return (cell if within else None), heat, where
