"""Loose pictures: one digit that fills its picture, padded with its border tone: one road for reader and tools."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import Box, Frame, Ink
from edge.finding.components import measure_components
from edge.finding.ink import find_ink, to_grey
from edge.finding.segment import BORDER, Candidate, find_candidates

SIDES = 40, 240
"""The longer side is brought between these, px: find_ink blurs the strokes of a tiny picture away."""
DIGIT_SIDE = 68
"""A digit that is seen to fill its picture is reduced to this length, px: what was enlarged is sharp again."""
MARGIN = 1.35
"""Padding on each side, of the longer side: nothing in the picture is then as long as a ruling of that frame."""
MIN_MARGIN = 96
"""Padding, px, at least: find_ink's smallest window on the paper, whatever the size of the frame, must hold paper.
With SIDES: measured on MNIST's validation digits, plain, fat, thin, tight (72 with 48: three times the misses)."""
TONE_RANGE = 0.75, 1.33
"""Light changes the tone of a picture's border by these factors at most; what differs more is ink."""
NEIGHBOUR = 0.3
"""A part with less than this share of the largest one's ink is not the digit."""
NARROW = 0.4
"""What is wider than this share of the picture is no piece of a neighbour: the roof of a 5, in a tight crop."""
LARGE = 0.5
"""A candidate is large when its longer side is at least this share of the largest one's."""
LOOK_SIDE = 128
"""Whether a picture shows one digit is seen in a copy of at most this longer side, px."""
FILLS = 0.5
"""The digit is at least as long as this share of the picture's shorter side ..."""
STANDS_OUT = 40
"""... and its darkest or lightest part this many grey levels off the paper, of 255 ..."""
EVEN = 0.8
"""... which is seen along this share of the picture's border."""
SOLID = 0.6
"""What fills more of the rectangle around it is a sheet on a table or a coin, and no digit."""
BROKEN = 0.1
"""A part that stands over or under the largest one, no farther from it than this share of its length, belongs to it."""
SAME = 0.7
"""What is then found is at least this share of what was seen: no digit inside a frame, no speck."""

_Grey = NDArray[np.uint8]


def find_loose(frame: Frame) -> Candidate | None:
    """The digit of a loose picture or a close-up, as `find_single` has it; None where the picture shows anything else.

    Args:
        frame: uint8, (height, width, 3), B,G,R, or (height, width) grey, of any size.
    """
    seen = _see_one(frame)
    large = _find_large(frame, seen) if seen else []
    return large[0] if len(large) == 1 and _side(large[0]) >= SAME * seen else None


def _see_one(frame: Frame) -> float:
    """How long the one shape is that fills a picture, on paper that goes round it, px; 0 where there is none."""
    height, width = frame.shape[:2]
    scale = min(1.0, LOOK_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    twice = min(width, 2 * size[0]), min(height, 2 * size[1])  # of all the others nothing is seen in so small a copy
    grey = to_grey(cv2.resize(frame, twice, interpolation=cv2.INTER_NEAREST).astype(np.uint8, copy=False))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    around = _border(small)
    away = cv2.absdiff(small, np.full_like(small, np.uint8(np.median(small[around]))))
    inked = cv2.threshold(away, max(STANDS_OUT, int(away.max())) / 2, 255, cv2.THRESH_BINARY)[1].astype(np.uint8)
    if away.max() < STANDS_OUT or np.count_nonzero(inked[around]) > (1 - EVEN) * np.count_nonzero(around):
        return 0.0
    x, y, width, height, area = measure_components(inked)[1][1:].T
    one = int(np.maximum(width, height).argmax())
    long = max(width[one], height[one])
    overlap = np.minimum(x + width, x[one] + width[one]) - np.maximum(x, x[one])
    gap = np.maximum(y, y[one]) - np.minimum(y + height, y[one] + height[one])
    apart = (2 * overlap < width) | (gap > BROKEN * long)
    is_sheet = area[one] > SOLID * width[one] * height[one] and min(width[one], height[one]) > NARROW * long
    long = max(long, int((y + height)[~apart].max() - y[~apart].min()))
    if long < FILLS * min(small.shape) or is_sheet or area[apart].max(initial=0) > NEIGHBOUR * area[one]:
        return 0.0
    return float(long / scale)


def find_single(frame: Frame) -> Candidate | None:
    """Find the one digit that a picture shows: the most central of its large candidates.

    Args:
        frame: uint8, (height, width, 3), B,G,R, or (height, width) grey, of any size.

    Returns:
        Its box in the frame; its ink in the resolution in which it was looked for. None where there is none.
    """
    height, width = frame.shape[:2]

    def off_centre(candidate: Candidate) -> float:
        box = candidate.box
        return float(np.hypot(box.x + box.right - width, box.y + box.bottom - height))

    return min(_find_large(frame, _see_one(frame)), key=off_centre, default=None)


def _find_large(frame: Frame, seen: float) -> list[Candidate]:
    """What is large in a picture that shows one digit, `seen` px long: boxes in the frame, ink as it was looked for."""
    longest = max(frame.shape[:2])
    scale = min(max(longest, SIDES[0]), SIDES[1]) / longest
    if seen * scale > DIGIT_SIDE:
        scale = max(DIGIT_SIDE / seen, SIDES[0] / longest)
    size = max(1, round(frame.shape[1] * scale)), max(1, round(frame.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    grey = cv2.resize(to_grey(frame), size, interpolation=how).astype(np.uint8)
    margin = max(MIN_MARGIN, round(MARGIN * max(size)))
    candidates = find_candidates(_drop_neighbours(find_ink(_pad(_turn_dark(grey), margin)), margin))
    least = LARGE * max(map(_side, candidates), default=0)
    large = [one for one in candidates if _side(one) >= least]
    return [replace(one, box=_back_to_frame(one.box, margin, scale, frame.shape)) for one in large]


def _side(candidate: Candidate) -> int:
    return max(candidate.box.width, candidate.box.height)


def _turn_dark(grey: _Grey) -> _Grey:
    """The picture as dark ink on light paper, whichever way round it came: its border is paper for the most part."""
    tone = np.median(grey[_border(grey)])
    darker, brighter = np.maximum(tone - grey, 0), np.maximum(grey - tone, 0)
    return grey if np.square(darker).sum() >= np.square(brighter).sum() else 255 - grey


def _pad(grey: _Grey, margin: int) -> _Grey:
    """The picture in the middle of more of its own paper, `margin` px on each side, in the light at its border.

    What is brighter than its paper is levelled. A digit that fills its picture is thick beside it: find_ink would take
    it for a blot, and the halos that sharpening and JPEG leave beside strokes for light writing.
    """
    height, width = grey.shape
    border = _border(grey)
    tone = float(np.median(grey[border]))
    lit = border & (grey >= TONE_RANGE[0] * tone) & (grey <= TONE_RANGE[1] * tone)
    rows, columns = np.indices(grey.shape)
    # The plane through what is paper there: a shadow may fall across, strokes may touch it.
    plane = np.stack([np.ones(grey.shape), rows, columns], axis=-1)
    light, *_ = np.linalg.lstsq(plane[lit], grey[lit].astype(float), rcond=None)
    paper = np.clip(plane @ light, 0, 255).astype(np.uint8)
    padded = np.pad(paper, margin, mode="edge")
    padded[margin : margin + height, margin : margin + width] = np.minimum(grey, paper)
    return padded


def _drop_neighbours(ink: Ink, margin: int) -> Ink:
    """The ink of a padded picture without the narrow parts that its left or right border cuts off.

    A crop around one digit of a number shows a piece of the next one. Of the large parts the one closest to the middle,
    from left to right, stays: it is the digit.
    """
    labels, stats = measure_components(ink)
    left, width, area = stats[:, 0], stats[:, 2], stats[:, 4]
    inner, whole = margin + BORDER, ink.shape[1]
    cut = ((left < inner) | (left + width > whole - inner)) & (width <= NARROW * (whole - 2 * margin))
    large = 1 + np.flatnonzero(area[1:] >= NEIGHBOUR * area[1:].max(initial=0))
    cut[[0, *large[np.abs(2 * left[large] + width[large] - whole).argsort()[:1]]]] = False
    return np.where(cut[labels], 0, ink).astype(np.uint8)


def _border(grey: _Grey) -> NDArray[np.bool_]:
    """Where its outermost pixels are."""
    border = np.ones(grey.shape, np.bool_)
    border[1:-1, 1:-1] = False
    return border


def _back_to_frame(box: Box, margin: int, scale: float, shape: tuple[int, ...]) -> Box:
    """A box in the padded picture of `scale` times the frame's size as one in the frame of this shape."""
    left, right = (min(max(round((x - margin) / scale), 0), shape[1]) for x in (box.x, box.right))
    top, bottom = (min(max(round((y - margin) / scale), 0), shape[0]) for y in (box.y, box.bottom))
    return Box(left, top, max(1, right - left), max(1, bottom - top))
