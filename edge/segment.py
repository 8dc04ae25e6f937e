"""Ink -> candidates: connected strokes, with the pieces of one digit joined and frames and dirt dropped."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.components import Labels, measure_components
from edge.contract import Box, Ink

MIN_SIDE = 9
"""Candidates whose longer side is shorter than this, px, are dirt: too few pixels to tell digits apart."""
MIN_AREA = 4
"""Connected components of fewer pixels are noise."""
FRAME_HOLDS = 3
"""A piece around this many others is a table or a box drawn round them ..."""
FRAME_CONTENT = 0.02
"""... each of them at least this share of its size."""
ELONGATED = 0.15
"""Thinner than this share of its length, a piece may be a line."""
LINE_SHARE = 2.0
"""An elongated piece longer than this many typical heights is the rest of a ruling or of an edge, and no 1."""
BORDER = 2
"""An elongated piece as close as this, px, to the frame's border is the edge of the paper, and no 1."""
DIRT_SHARE = 0.3
"""Pieces shorter than this share of the typical height are dirt, unless they complete a digit."""
JOIN_GAP = 0.25
"""A piece this share of the typical height above, below or inside another may belong to it (the roof of a 5)."""
DOT_SHARE = 0.2
"""A piece shorter than this share of the other one is a dot or dirt beside it: it would only shift the digit."""
JOINED_HEIGHT = 1.6
"""Pieces are joined up to so many times the higher one's or the typical height; two digits over another have 2."""
MAX_CANDIDATES = 400
"""Of one frame, largest first: a frame of gravel must not stop the reader."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Strokes that may be one digit."""

    box: Box
    """Around the strokes, in the frame."""
    ink: Ink
    """The box's crop with these strokes alone: neighbours are blacked out."""


def find_candidates(ink: Ink) -> list[Candidate]:
    """Find what may be a digit.

    Args:
        ink: uint8, (height, width), bright on black.

    Returns:
        Candidates, largest first, at most MAX_CANDIDATES.
    """
    labels, stats = measure_components(ink)
    pieces = _Pieces.of(stats)
    pieces = pieces.only(~_are_frames(pieces))
    typical = _typical_side(pieces)
    pieces = pieces.only(~(pieces.elongated & ((pieces.side > LINE_SHARE * typical) | pieces.at_border(ink.shape))))
    group = _join_pieces(pieces, typical)
    candidates = []
    for first in np.flatnonzero(group == np.arange(len(group))):
        members = np.flatnonzero(group == first)
        box = pieces.box_around(members)
        if max(box.width, box.height) >= max(MIN_SIDE, DIRT_SHARE * typical):
            candidates.append(_cut_out(box, pieces.labels[members], ink, labels))
    return candidates[:MAX_CANDIDATES]


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Connected components, largest first; each array is (N,), positions in px."""

    left: NDArray[np.int32]
    top: NDArray[np.int32]
    right: NDArray[np.int32]
    bottom: NDArray[np.int32]
    labels: NDArray[np.int32]

    @classmethod
    def of(cls, stats: NDArray[np.int32]) -> "_Pieces":
        """The components that OpenCV counted, without the background and single pixels."""
        labels = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] >= MIN_AREA)
        labels = labels[labels > 0]
        x, y, width, height = stats[labels, :4].T
        order = np.argsort(-np.maximum(width, height), kind="stable")[: 4 * MAX_CANDIDATES]
        left, top = x[order], y[order]
        return cls(left, top, left + width[order], top + height[order], labels[order].astype(np.int32))

    @property
    def side(self) -> NDArray[np.int32]:
        """The longer side of each."""
        return np.asarray(np.maximum(self.right - self.left, self.bottom - self.top), np.int32)

    @property
    def elongated(self) -> NDArray[np.bool_]:
        """Which are as thin as a line, or as a plain 1."""
        thin = np.minimum(self.right - self.left, self.bottom - self.top)
        return np.asarray(thin < ELONGATED * self.side, np.bool_)

    def at_border(self, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """Which touch the border of a frame of this (height, width)."""
        height, width = shape
        low = (self.left < BORDER) | (self.top < BORDER)
        return np.asarray(low | (self.right > width - BORDER) | (self.bottom > height - BORDER), np.bool_)

    def only(self, kept: NDArray[np.bool_]) -> "_Pieces":
        """Some of them, (N,) bool."""
        return _Pieces(self.left[kept], self.top[kept], self.right[kept], self.bottom[kept], self.labels[kept])

    def box_around(self, members: NDArray[np.intp]) -> Box:
        """The box around these."""
        left, top = int(self.left[members].min()), int(self.top[members].min())
        return Box(left, top, int(self.right[members].max()) - left, int(self.bottom[members].max()) - top)


def _typical_side(pieces: _Pieces) -> float:
    """Size of the writing, px: laid end to end, half of the pieces' length belongs to pieces at least this large.

    Specks and lines do not count, where there is anything else: what is left of a ruling or of an edge says nothing.
    """
    writing = ~pieces.elongated & (pieces.side >= MIN_SIDE)
    ascending = (pieces.only(writing) if writing.any() else pieces).side[::-1].astype(np.float64)
    length = np.cumsum(ascending)
    return float(ascending[np.searchsorted(length, length[-1] / 2)]) if ascending.size else 0.0


def _are_frames(pieces: _Pieces) -> NDArray[np.bool_]:
    """Tables and hand-drawn boxes: pieces with several others of some size inside them, (N,) bool."""
    frames = np.zeros(len(pieces.labels), bool)
    for n, side in enumerate(pieces.side):
        inside = (pieces.left > pieces.left[n]) & (pieces.right < pieces.right[n])
        inside &= (pieces.top > pieces.top[n]) & (pieces.bottom < pieces.bottom[n])
        frames[n] = (inside & (pieces.side >= max(MIN_SIDE, FRAME_CONTENT * side))).sum() >= FRAME_HOLDS
    return frames


def _join_pieces(pieces: _Pieces, typical: float) -> NDArray[np.intp]:
    """Which pieces are one digit: (N,), for each the first (largest) piece of its group.

    A smaller piece joins the nearest larger one that stands over it or under it with next to no gap, as long as both
    together are not too high for one digit.
    """
    group = np.arange(len(pieces.labels))
    width, height, side = pieces.right - pieces.left, pieces.bottom - pieces.top, pieces.side
    for n in range(len(group) - 1, 0, -1):  # smallest first; hosts stand before it
        overlap = np.minimum(pieces.right[n], pieces.right[:n]) - np.maximum(pieces.left[n], pieces.left[:n])
        gap = np.maximum(pieces.top[n], pieces.top[:n]) - np.minimum(pieces.bottom[n], pieces.bottom[:n])
        union = np.maximum(pieces.bottom[n], pieces.bottom[:n]) - np.minimum(pieces.top[n], pieces.top[:n])
        fits = (
            (overlap >= 0.5 * np.minimum(width[n], width[:n]))
            & (side[n] >= DOT_SHARE * side[:n])
            & (gap <= JOIN_GAP * np.minimum(typical, side[:n]))
            & (union <= JOINED_HEIGHT * np.maximum(height[:n], np.minimum(typical, 2 * height[:n])))
        )
        if fits.any():
            group[n] = np.where(fits, gap, np.inf).argmin()
    for n in range(len(group)):  # a host's own host comes first
        group[n] = group[group[n]]
    return group


def _cut_out(box: Box, own: NDArray[np.int32], ink: Ink, labels: Labels) -> Candidate:
    where = slice(box.y, box.bottom), slice(box.x, box.right)
    inside = labels[where]
    mine = inside == own[0] if own.size == 1 else np.isin(inside, own)
    return Candidate(box, np.where(mine, ink[where], 0).astype(np.uint8))
