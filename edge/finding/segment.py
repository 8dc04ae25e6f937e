"""Ink -> candidates: connected strokes, with the pieces of one digit joined and frames and dirt dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.contract import Box, Ink, LeftOut
from edge.finding.components import label_components

MIN_SIDE = 9
"""Candidates whose longer side is shorter than this, px, are dirt: too few pixels to tell digits apart."""
MIN_PIECE = 3
"""Pieces whose longer side is shorter than this, px, are noise."""
FRAME_HOLDS = 3
"""A piece around this many others is a table or a box drawn round them ..."""
FRAME_CONTENT = 0.02
"""... each of them at least this share of its size ..."""
BOXED_SHARE = 0.35
"""... or a box or circle drawn round one digit of at least this share of its height."""
BOX = 0.9
"""A box fills more than this share of the rectangle around it, something round less ..."""
SLASH = 0.25
"""... and what is inside and narrower than this share of its length, whichever way it lies, may be the slash of a 0."""
SURROUNDED = 0.85
"""A box or a circle is seen in this share of all directions from the middle of what it holds: it may have a gap."""
DIRECTIONS = 24
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
MAX_CANDIDATES, MAX_PIECES = 300, 600
"""Of one frame, largest first: a frame of gravel must not stop the reader. Of 150 photographs none had
more than 220 candidates, and only one of stars more pieces of a candidate's size."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Strokes that may be one digit."""

    box: Box
    """Around the strokes, in the frame."""
    ink: Ink
    """The box's crop with these strokes alone: neighbours are blacked out."""
    cut_free: bool = True
    """False: what touches the strokes could not be told from them."""


def find_candidates(ink: Ink, left_out: LeftOut | None = None) -> list[Candidate]:
    """Find what may be a digit.

    Args:
        ink: uint8, (height, width), bright on black.
        left_out: where those are counted that are too many.

    Returns:
        Candidates, largest first, at most MAX_CANDIDATES.
    """
    found = _find_pieces(ink)
    pieces = found.only(np.flatnonzero(found.side >= MIN_PIECE)[:MAX_PIECES])
    frames = _are_frames(pieces, content=MIN_SIDE)
    if frames.any():  # a dry marker leaves specks inside an 8: dirt makes no frame
        frames = _are_frames(pieces, content=DIRT_SHARE * _typical_side(pieces.only(~frames)))
    pieces = pieces.only(~frames)
    typical = _typical_side(pieces)
    pieces = pieces.only(~(pieces.elongated & ((pieces.side > LINE_SHARE * typical) | pieces.at_border(ink.shape))))
    group = _join_pieces(pieces, typical)
    joined = pieces.joined(group)
    large = np.flatnonzero(joined.side >= max(MIN_SIDE, DIRT_SHARE * typical))
    candidates = large[group[large] == large]
    first = candidates[:MAX_CANDIDATES]
    if left_out is not None:
        left_out["shapes"] += len(candidates) - len(first) + int(np.count_nonzero(found.side[MAX_PIECES:] >= MIN_SIDE))
    alone = np.zeros(len(first), np.bool_)  # cutting out neighbours that are none costs time, but nothing else
    if len(found.edges) <= MAX_PIECES:
        alone = joined.count_touching(first, found) == np.bincount(group, minlength=len(group))[first]
    return [
        _cut_out(joined.box(one), ink, [] if clear else pieces.starts(np.flatnonzero(group == one)))
        for one, clear in zip(first.tolist(), alone.tolist(), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Connected components, largest first."""

    edges: NDArray[np.int32]
    """Left, top, right, bottom of each, px: (N, 4)."""
    contours: Sequence[NDArray[Any]]
    """The outlines of all pieces in the frame ..."""
    number: NDArray[np.intp]
    """... and each one's index among them, (N,)."""

    @property
    def height(self) -> NDArray[np.int32]:
        """Of each, px, (N,)."""
        return np.asarray(self.edges[:, 3] - self.edges[:, 1], np.int32)

    @property
    def width(self) -> NDArray[np.int32]:
        """Of each, px, (N,)."""
        return np.asarray(self.edges[:, 2] - self.edges[:, 0], np.int32)

    @property
    def side(self) -> NDArray[np.int32]:
        """The longer side of each."""
        return np.asarray(np.maximum(self.width, self.height), np.int32)

    @property
    def elongated(self) -> NDArray[np.bool_]:
        """Which are as thin as a line, or as a plain 1."""
        return np.asarray(np.minimum(self.width, self.height) < ELONGATED * self.side, np.bool_)

    def at_border(self, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """Which touch the border of a frame of this (height, width)."""
        height, width = shape
        last = width - BORDER, height - BORDER
        return np.asarray((self.edges[:, :2] < BORDER).any(axis=1) | (self.edges[:, 2:] > last).any(axis=1), np.bool_)

    def only(self, kept: NDArray[np.bool_] | NDArray[np.intp]) -> "_Pieces":
        """Some of them, (N,) bool or indices."""
        return _Pieces(self.edges[kept], self.contours, self.number[kept])

    def joined(self, group: NDArray[np.intp]) -> "_Pieces":
        """The first piece of each group with edges around all of it."""
        edges = self.edges.copy()
        for one in np.flatnonzero(group != np.arange(len(group))).tolist():
            host = edges[group[one]]
            host[:2], host[2:] = np.minimum(host[:2], edges[one, :2]), np.maximum(host[2:], edges[one, 2:])
        return _Pieces(edges, self.contours, self.number)

    def count_touching(self, which: NDArray[np.intp], others: "_Pieces") -> NDArray[np.intp]:
        """How many of the others' boxes share some px with the box of each of these, (n,)."""
        left, top, right, bottom = self.edges[which].T[..., np.newaxis]
        touching = others.edges[:, 0] < right
        touching &= others.edges[:, 2] > left
        touching &= others.edges[:, 1] < bottom
        touching &= others.edges[:, 3] > top
        return np.asarray(np.count_nonzero(touching, axis=1), np.intp)

    def starts(self, which: NDArray[np.intp]) -> list[tuple[int, int]]:
        """One pixel, x and y, of each of these."""
        return [tuple(self.contours[number][0, 0].tolist()) for number in self.number[which]]

    def box(self, one: int) -> Box:
        """The box around one."""
        left, top, right, bottom = self.edges[one].tolist()
        return Box(left, top, right - left, bottom - top)


def _find_pieces(ink: Ink) -> _Pieces:
    """All connected components; those inside the hole of another are pieces as well."""
    contours, hierarchy = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    parents = [] if hierarchy is None else hierarchy[0, :, 3].tolist()
    outer = [contour for contour, parent in zip(contours, parents, strict=True) if parent < 0]
    if not outer:
        return _Pieces(np.empty((0, 4), np.int32), outer, np.empty(0, np.intp))
    points = np.concatenate(outer)[:, 0]
    starts = np.cumsum([0, *map(len, outer[:-1])])
    low, high = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts) + 1
    edges = np.hstack([low, high])
    order = np.lexsort((edges[:, 0], edges[:, 1], -(high - low).max(axis=1)))
    return _Pieces(edges[order], outer, order)


def _typical_side(pieces: _Pieces) -> float:
    """Size of the writing, px: laid end to end, half of the pieces' length belongs to pieces at least this large.

    Specks and lines do not count, where there is anything else: what is left of a ruling or of an edge says nothing.
    """
    side = pieces.side
    writing = ~pieces.elongated & (side >= MIN_SIDE)
    ascending = (side[writing] if writing.any() else side)[::-1].astype(np.float64)
    length = np.cumsum(ascending)
    return float(ascending[np.searchsorted(length, length[-1] / 2)]) if ascending.size else 0.0


def _are_frames(pieces: _Pieces, *, content: float) -> NDArray[np.bool_]:
    """Tables and boxes: pieces around several others, each `content` px long, or closed around a digit: (N,) bool."""
    side = pieces.side
    held = side >= max(MIN_SIDE, content)
    left, top, right, bottom = pieces.edges.T
    inside = left[held] > left[:, np.newaxis]
    inside &= right[held] < right[:, np.newaxis]
    inside &= top[held] > top[:, np.newaxis]
    inside &= bottom[held] < bottom[:, np.newaxis]
    inside &= side[held] >= np.ceil(FRAME_CONTENT * side).astype(np.int32)[:, np.newaxis]
    frames, others = np.count_nonzero(inside, axis=1) >= FRAME_HOLDS, np.flatnonzero(held)
    inside &= pieces.height[held] >= np.ceil(BOXED_SHARE * pieces.height).astype(np.int32)[:, np.newaxis]
    for one in np.flatnonzero(inside.any(axis=1) & ~frames).tolist():
        frames[one] = any(_is_box_around(pieces, one, other) for other in others[inside[one]].tolist())
    return np.asarray(frames, np.bool_)


def _is_box_around(pieces: _Pieces, one: int, other: int) -> bool:
    """Whether one piece closes around another that stands in its rectangle, and is no 0 with a slash."""
    outline, content = (pieces.contours[pieces.number[piece]][:, 0] for piece in (one, other))
    if not _is_surrounded(pieces.edges[other].reshape(2, 2).mean(axis=0), outline):
        return False
    _, (width, height), _ = cv2.minAreaRect(outline)
    is_rectangle = cv2.contourArea(cv2.convexHull(outline)) > BOX * width * height
    short, long = sorted(cv2.minAreaRect(content)[1])
    return is_rectangle or short + 1 > SLASH * (long + 1)


def _is_surrounded(point: NDArray[np.float64], outline: NDArray[Any]) -> bool:
    """Whether an outline, (N, 2), is seen from a point in nearly all directions."""
    steps = np.linspace(0, 1, DIRECTIONS, endpoint=False)[:, np.newaxis, np.newaxis]
    x, y = (outline + steps * (np.roll(outline, -1, axis=0) - outline) - point).reshape(-1, 2).T
    directions = np.floor((np.arctan2(y, x) / (2 * np.pi) + 0.5) * DIRECTIONS).astype(np.intp) % DIRECTIONS
    return int(np.count_nonzero(np.bincount(directions))) >= SURROUNDED * DIRECTIONS


def _join_pieces(pieces: _Pieces, typical: float) -> NDArray[np.intp]:
    """Which pieces are one digit: (N,), for each the first (largest) piece of its group.

    A smaller piece joins the nearest larger one that stands over it or under it with next to no gap, as long as both
    together are not too high for one digit.
    """
    left, top, right, bottom = pieces.edges.T
    width, height, side = pieces.width, pieces.height, pieces.side
    reach = np.floor(JOIN_GAP * np.minimum(typical, side)).astype(np.int32)
    # Rows: each piece; columns: its hosts, which stand before it.
    near = left < right[:, np.newaxis]
    near &= right > left[:, np.newaxis]
    near &= top - reach <= bottom[:, np.newaxis]
    near &= bottom + reach >= top[:, np.newaxis]
    one, host = np.nonzero(np.tril(near, k=-1))
    overlap = np.minimum(right[one], right[host]) - np.maximum(left[one], left[host])
    gap = np.maximum(top[one], top[host]) - np.minimum(bottom[one], bottom[host])
    union = np.maximum(bottom[one], bottom[host]) - np.minimum(top[one], top[host])
    fits = (overlap >= 0.5 * np.minimum(width[one], width[host])) & (side[one] >= DOT_SHARE * side[host])
    fits &= union <= JOINED_HEIGHT * np.maximum(height[host], np.minimum(typical, 2 * height[host]))
    one, host, gap = one[fits], host[fits], gap[fits]
    nearest = np.lexsort((host, gap, one))
    first = nearest[np.diff(one[nearest], prepend=-1) > 0]
    group = np.arange(len(side))
    for piece, its_host in zip(one[first].tolist(), host[first].tolist(), strict=True):  # a host's own host comes first
        group[piece] = group[its_host]
    return group


def _cut_out(box: Box, ink: Ink, starts: list[tuple[int, int]]) -> Candidate:
    """The crop of a box; where others reach into it, only what is connected to these pixels (x, y)."""
    crop = ink[box.y : box.bottom, box.x : box.right].copy()
    if starts:
        count, labels = label_components(crop)
        other = np.ones(count, np.bool_)
        other[[labels[y - box.y, x - box.x] for x, y in starts]] = False
        crop[other[labels]] = 0
    return Candidate(box, crop)
