"""Crops of rendered pages with their labels: digits, other writing, what lies between, what was taken for one."""

from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from edge.contract import NOT_A_DIGIT, Labels
from edge.finding.crops import CROP_SIDE, CROP_VIEWS, Places, Zoom, cut_crops, normalize_crops
from train.pages.truth import Truth, label_places

SHARES = {"digit": 0.5, "other": 0.14, "between": 0.1, "mined": 0.26}
"""Of a batch: clear digits, clear other writing, made-up places that hold no whole digit, what the two looks find."""
SIDE_JITTER, SHIFT_JITTER, SIZE_JITTER = 0.04, 0.04, 0.09
"""Of true boxes: each side by itself, the middle, the size; standard deviations in longer sides."""
BLIND = 0.12
"""So often the wide view is hidden: the near one must do."""


@dataclass(frozen=True, slots=True)
class Places11:
    """Places of one page with what a reader should say of each."""

    places: Places
    labels: Labels


@dataclass(slots=True)
class Source:
    """One page, and its places by kind."""

    page: Truth
    zoom: Zoom
    kinds: dict[str, Places11]


def open_source(page: Truth) -> Source:
    """A page whose true places alone are known so far."""
    clear = page.clear
    digit, other = page.digits, clear & (page.class_ids == NOT_A_DIGIT)
    kinds = {
        "digit": Places11(page.places[digit], page.class_ids[digit]),
        "other": Places11(page.places[other], page.class_ids[other]),
    }
    return Source(page, Zoom(page.frame), kinds)


def mine(source: Source, places: Places) -> None:
    """Add found places with their labels; what is neither a digit nor none is left out."""
    labels = label_places(source.page, places)
    known = labels >= 0
    if known.any():
        source.kinds["mined"] = Places11(places[known], labels[known])


class CropBatches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """Batches of (crops (n, 32, 32, 2), labels (n,)); all chance follows from (seed, epoch, batch)."""

    def __init__(self, sources: list[Source], *, batch: int, batches: int, seed: int) -> None:
        super().__init__(workers=1)
        self._batch, self._batches, self._seed, self._epoch = batch, batches, seed, 0
        self._kinds = {
            kind: [one for one in sources if kind in one.kinds and len(one.kinds[kind].labels)] for kind in SHARES
        }
        self._kinds["between"] = [one for one in sources if len(one.page.places)]

    def __len__(self) -> int:
        return self._batches

    def __getitem__(self, number: int) -> tuple[NDArray[np.float32], Labels]:
        rng = np.random.default_rng([self._seed, self._epoch, number])
        there = {kind: share for kind, share in SHARES.items() if self._kinds[kind]}
        counts = rng.multinomial(self._batch, np.array(list(there.values())) / sum(there.values()))
        views = np.empty((self._batch, CROP_SIDE, CROP_SIDE, CROP_VIEWS), np.uint8)
        labels = np.empty(self._batch, np.int64)
        row = 0
        for kind, count in zip(there, counts, strict=True):
            for one in rng.integers(len(self._kinds[kind]), size=count):
                views[row], labels[row] = take_crop(rng, self._kinds[kind][one], kind)
                row += 1
        return spoil(rng, views), labels

    def on_epoch_end(self) -> None:
        """Other crops in the next epoch."""
        self._epoch += 1


def take_crop(rng: np.random.Generator, source: Source, kind: str) -> tuple[NDArray[np.uint8], int]:
    """One crop of this kind, (32, 32, 2), and its label."""
    if kind == "between":
        place, label = _place_between(rng, source.page)
    else:
        known = source.kinds[kind]
        number = int(rng.integers(len(known.labels)))
        place, label = known.places[number], int(known.labels[number])
        if kind != "mined":
            place = jitter(rng, place)
    return cut_crops(source.zoom, place[np.newaxis])[0], label


def jitter(rng: np.random.Generator, place: Places) -> Places:
    """The box as a finder would have it, (4,)."""
    longest = float((place[2:] - place[:2]).max())
    middle = (place[:2] + place[2:]) / 2 + rng.normal(0, SHIFT_JITTER, 2) * longest
    half = (place[2:] - place[:2]) / 2 * np.exp(rng.normal(0, SIZE_JITTER))
    corners = np.concatenate([middle - half, middle + half]) + rng.normal(0, SIDE_JITTER, 4) * longest
    return corners.astype(np.float32)


def spoil(rng: np.random.Generator, views: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Crops of (n, 32, 32, 2) views, some in the negative, in another light, noisy or without the wide view."""
    count = len(views)
    light = views.astype(np.float32) / 255
    negative = rng.random(count) < 0.15
    light[negative] = 1 - light[negative]
    power = np.where(rng.random(count) < 0.3, np.exp(rng.normal(0, 0.4, count)), 1).astype(np.float32)
    light **= power[:, np.newaxis, np.newaxis, np.newaxis]
    amount = np.where(rng.random(count) < 0.3, np.exp(rng.uniform(-6, -3, count)), 0).astype(np.float32)
    light += amount[:, np.newaxis, np.newaxis, np.newaxis] * rng.standard_normal(light.shape, np.float32)
    crops = normalize_crops(np.clip(light * 255, 0, 255).astype(np.uint8))
    crops[rng.random(count) < BLIND, ..., 1] = 0
    return crops


def _place_between(rng: np.random.Generator, page: Truth) -> tuple[Places, int]:
    """A place that holds no whole digit: half of one, the seam of two, two at once, or anywhere."""
    for _ in range(8):
        one = page.places[rng.integers(len(page.places))]
        size = one[2:] - one[:2]
        kind = rng.integers(4)
        if kind == 0:  # beside it, half of it
            shift = (
                rng.choice([-1.0, 1.0], 2) * rng.uniform(0.35, 1.0, 2) * (size if rng.random() < 0.5 else size * [1, 0])
            )
            place = one + np.tile(shift, 2)
        elif kind == 1:  # much smaller or larger than it
            factor = float(rng.choice([rng.uniform(0.25, 0.55), rng.uniform(1.9, 3.5)]))
            middle = (one[:2] + one[2:]) / 2 + rng.normal(0, 0.2, 2) * size
            place = np.concatenate([middle - factor * size / 2, middle + factor * size / 2])
        elif kind == 2:  # it and its neighbour
            gap = np.abs(page.places[:, :2] - [one[2], one[1]]).sum(axis=1)
            other = page.places[gap.argmin()]
            place = np.concatenate([np.minimum(one[:2], other[:2]), np.maximum(one[2:], other[2:])])
        else:
            side = np.exp(rng.uniform(np.log(10), np.log(120)))
            corner = rng.uniform(0, 1, 2) * page.frame.shape[::-1] - side / 2
            place = np.concatenate([corner, corner + side * rng.uniform(0.3, 1, 2)])
        place = place.astype(np.float32)
        if label_places(page, place[np.newaxis])[0] == NOT_A_DIGIT:
            return place, NOT_A_DIGIT
    return np.array([-50, -50, -20, -20], np.float32), NOT_A_DIGIT
