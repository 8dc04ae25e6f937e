"""Two looks, one list: what contours and the finder found, each candidate with one probability from all that is known.

A contour's candidate is judged by its glyph, by its grey crop and by whether the finder sees a digit there; what the
finder alone found, by its crop and the finder's heat. The log odds are weighed and added up; which of the ten digits it
is, glyph and crop decide together. Of candidates that overlap the likeliest stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import NOT_A_DIGIT, Box, Grey, Ink, Probabilities
from edge.finding.crops import Places
from edge.finding.finder import LEAST_HEAT, Found, share_of_union, widen
from edge.finding.light import take_logarithm
from edge.finding.segment import Candidate

SAME = 0.6
"""A finder's box that shares so much of its union with a contour's is the same candidate ..."""
SUPPORT = 0.35
"""... and one that shares this much speaks for it."""
OVERLAP = 0.5
"""Two candidates of which this share of the smaller one lies in the other cannot both be digits ..."""
PLAUSIBLE = 0.3
"""... and the likelier stays, if it is a digit with at least this probability."""
MAX_CROPS = 160
"""So many candidates of one frame are looked at in grey, the likeliest: 30 us each."""
HOPELESS = 0.01
"""A contour that its glyph makes a digit with less than this, and the finder not at all, is not looked at again."""
UNSURE = 0.001
"""No witness is surer than this."""
FAINT = 0.35
"""What stands out of the paper by less than this share of what the digits do, and is hardly one, is a ruling, grain or
the back of the sheet."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each witness counts, in log odds; fitted by `make convert`, kept in the card."""

    both: tuple[float, ...]
    """Bias, glyph, crop, heat, agreement of glyph and crop on the digit: of contours' candidates."""
    alone: tuple[float, ...]
    """Bias, crop, heat: of what the finder alone found."""
    glyph_share: float
    """Weight of the glyph's view of which digit it is; the crop's has the rest."""
    company: tuple[float, ...]
    """Of the network that hears the neighbours, in the order of edge/reading/context.py; none: nobody is heard."""


@dataclass(frozen=True, slots=True)
class Pool:
    """All candidates of a frame with what their witnesses say: those of contours, then what the finder alone saw."""

    grey: Grey
    """The frame, uint8, (height, width)."""
    contours: list[Candidate]
    places: Places
    """(N, 4), px of the frame."""
    glyph: Probabilities
    """(N, 11), by the classifier; rows of NaN where there is no contour."""
    crop: Probabilities
    """(N, 11), by the crops' reader; rows of NaN where it was not asked."""
    heat: NDArray[np.float32]
    """(N,), LEAST_HEAT where the finder saw nothing."""

    def candidate(self, number: int) -> Candidate | None:
        """One with its ink, which is cut out now where the finder alone saw it; None where there is none."""
        by_contour = number < len(self.contours)
        return self.contours[number] if by_contour else cut_out(self.grey, self.places[number])

    @property
    def by_contour(self) -> NDArray[np.bool_]:
        """Which were found by contours, (N,)."""
        return np.asarray(~np.isnan(self.glyph[:, 0]), np.bool_)

    @property
    def seen_grey(self) -> NDArray[np.bool_]:
        """Which the crops' reader was asked about, (N,)."""
        return np.asarray(~np.isnan(self.crop[:, 0]), np.bool_)


def pool_candidates(contours: Sequence[tuple[Candidate, Probabilities]], found: Found, grey: Grey) -> Pool:
    """One list of both looks; no crop has been read yet."""
    boxes = [candidate.box for candidate, _ in contours]
    own = np.array([(box.x, box.y, box.right, box.bottom) for box in boxes], np.float32).reshape(-1, 4)
    heat = np.full(len(own), LEAST_HEAT, np.float32)
    new = np.ones(len(found), bool)
    if len(own) and len(found):
        shared = share_of_union(widen(own), widen(found.places))
        heat = np.maximum(heat, np.where(shared > SUPPORT, found.heat, 0).max(axis=1))
        new = shared.max(axis=0) < SAME
    places = np.concatenate([own, found.places[new]])
    glyph = np.full((len(places), NOT_A_DIGIT + 1), np.nan, np.float32)
    for number, (_, row) in enumerate(contours):
        glyph[number] = row
    return Pool(
        grey,
        [candidate for candidate, _ in contours],
        places,
        glyph,
        crop=np.full_like(glyph, np.nan),
        heat=np.concatenate([heat, found.heat[new]]),
    )


def choose_crops(pool: Pool) -> NDArray[np.intp]:
    """Which candidates are worth a look in grey: at most MAX_CROPS, the likeliest."""
    hope = np.fmax(1 - pool.glyph[:, NOT_A_DIGIT], 0)
    hope = np.maximum(np.nan_to_num(hope), np.where(pool.heat > LEAST_HEAT, pool.heat, 0))
    order = np.argsort(-hope, kind="stable")[:MAX_CROPS]
    return np.asarray(order[hope[order] >= HOPELESS], np.intp)


def weigh_witnesses(pool: Pool, weights: Weights) -> Probabilities:
    """Joint probabilities of all candidates: (N, 11), rows sum to 1."""
    odds = np.full(len(pool.places), -np.inf, np.float64)
    asked = pool.seen_grey
    both, alone = asked & pool.by_contour, asked & ~pool.by_contour
    odds[both] = features_of_both(pool, both) @ np.array(weights.both)
    odds[alone] = features_of_alone(pool, alone) @ np.array(weights.alone)
    share = 1 / (1 + np.exp(-np.clip(odds, -12, 12)))
    digits = mix_digits(pool.glyph, pool.crop, weights.glyph_share)
    return np.hstack([digits * share[:, np.newaxis], 1 - share[:, np.newaxis]]).astype(np.float32)


def features_of_both(pool: Pool, which: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n, 5): 1, log odds by glyph, by crop and by heat, log of the agreement on which digit it is."""
    glyph, crop = pool.glyph[which].astype(float), pool.crop[which].astype(float)
    return np.column_stack(
        [
            np.ones(len(glyph)),
            log_odds(1 - glyph[:, NOT_A_DIGIT]),
            log_odds(1 - crop[:, NOT_A_DIGIT]),
            log_odds(pool.heat[which].astype(float)),
            np.log(np.maximum((_only_digits(glyph) * _only_digits(crop)).sum(axis=1), UNSURE)),
        ]
    )


def features_of_alone(pool: Pool, which: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n, 3): 1, log odds by crop and by heat."""
    crop = pool.crop[which].astype(float)
    odds = [log_odds(1 - crop[:, NOT_A_DIGIT]), log_odds(pool.heat[which].astype(float))]
    return np.column_stack([np.ones(len(crop)), *odds])


def mix_digits(glyph: Probabilities, crop: Probabilities, glyph_share: float) -> NDArray[np.float64]:
    """Which of the ten digits, if any: (N, 10), rows sum to 1; geometric mean of the two views, or the one there is.

    Where there is none, each is as likely.
    """
    logs = [np.log(np.maximum(_only_digits(view.astype(float)), 1e-6)) for view in (glyph, crop)]
    mixed = glyph_share * logs[0] + (1 - glyph_share) * logs[1]
    mixed = np.where(np.isnan(logs[0]), logs[1], np.where(np.isnan(logs[1]), logs[0], mixed))
    mixed = np.nan_to_num(mixed)
    mixed = np.exp(mixed - mixed.max(axis=1, initial=-np.inf, keepdims=True))
    return np.asarray(mixed / mixed.sum(axis=1, keepdims=True))


def choose_candidates(pool: Pool, joint: Probabilities) -> list[tuple[int, Candidate]]:
    """What stays of a frame, numbered as in the pool: of what overlaps the likeliest, with ink that is no paper's."""
    chosen = choose_among_overlapping(pool, joint).tolist()
    inked = [(number, candidate) for number in chosen if (candidate := pool.candidate(number))]
    digit = 1 - joint[[number for number, _ in inked], NOT_A_DIGIT]
    return list(compress(inked, _stands_out(pool.grey, [candidate for _, candidate in inked], digit)))


def choose_among_overlapping(pool: Pool, joint: Probabilities) -> NDArray[np.intp]:
    """Indices of the candidates that stay, likeliest first; what the finder alone saw must be plausible, too."""
    digit = 1 - joint[:, NOT_A_DIGIT]
    order = np.argsort(-digit, kind="stable")
    order = order[pool.by_contour[order] | (digit[order] >= PLAUSIBLE)]
    places = widen(pool.places[order])
    low = np.maximum(places[:, np.newaxis, :2], places[:, :2])
    high = np.minimum(places[:, np.newaxis, 2:], places[:, 2:])
    areas = (places[:, 2:] - places[:, :2]).prod(axis=1)
    overlap = np.maximum(high - low, 0).prod(axis=2) > OVERLAP * np.minimum(areas[:, np.newaxis], areas)
    kept = np.ones(len(order), bool)
    for one in range(len(order)):
        if digit[order[one]] < PLAUSIBLE:
            break
        if kept[one]:
            kept[one + 1 :] &= ~overlap[one, one + 1 :]
    return order[kept]


def cut_out(grey: Grey, place: Places) -> Candidate | None:
    """The ink in a finder's box, (4,): what is darker, or lighter, than the paper around; None where there is none."""
    height, width = grey.shape
    left, top = (int(max(0, np.floor(side))) for side in place[:2])
    right, bottom = int(min(width, np.ceil(place[2]))), int(min(height, np.ceil(place[3])))
    if right - left < 2 or bottom - top < 2:
        return None
    # A bold 1 fills its box: what is paper is seen around it.
    margin = 2 + max(right - left, bottom - top) // 4
    down, across = slice(max(0, top - margin), bottom + margin), slice(max(0, left - margin), right + margin)
    level, dark = cv2.threshold(grey[down, across], 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    inside = slice(top - down.start, bottom - down.start), slice(left - across.start, right - across.start)
    around = np.ones(dark.shape, bool)
    around[inside] = False
    paper = np.median(grey[down, across][around] if around.any() else grey)
    ink: Ink = np.asarray(dark[inside] if paper > level else 255 - dark[inside], np.uint8)
    return Candidate(Box(left, top, right - left, bottom - top), ink, cut_free=False) if ink.any() else None


def log_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """ln(p / (1 - p)), never surer than UNSURE."""
    clipped = np.clip(probability, UNSURE, 1 - UNSURE)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _stands_out(grey: Grey, candidates: Sequence[Candidate], digit: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which candidates, (N,), are no rulings, grain or back of the sheet, by how likely each is a digit, (N,)."""
    if digit.min(initial=1) >= PLAUSIBLE or digit.max(initial=0) < 0.5:
        return np.ones(len(candidates), np.bool_)  # nothing is in doubt, or there is nothing to compare with
    contrast = np.array([_contrast(grey, candidate) for candidate in candidates])
    return np.asarray((digit >= PLAUSIBLE) | (contrast >= FAINT * np.median(contrast[digit >= 0.5])), np.bool_)


def _contrast(grey: Grey, candidate: Candidate) -> float:
    """Between a candidate's strokes and what is around them, natural logarithm."""
    box, margin = candidate.box, 3
    down, across = slice(max(0, box.y - margin), box.bottom + margin), slice(max(0, box.x - margin), box.right + margin)
    light = take_logarithm(grey[down, across])
    stroke = np.zeros(light.shape, np.uint8)
    stroke[box.y - down.start :, box.x - across.start :][: box.height, : box.width] = candidate.ink > 127
    beside = cv2.dilate(stroke, np.ones((3, 3), np.uint8)) == 0
    if not stroke.any() or not beside.any():
        return 0.0
    around, half = light[beside], np.count_nonzero(beside) // 2
    return abs(float(light[stroke > 0].mean() - np.partition(around, half)[half]))


def _only_digits(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    digits = probabilities[:, :NOT_A_DIGIT]
    return np.asarray(digits / np.maximum(digits.sum(axis=1, keepdims=True), 1e-9))
