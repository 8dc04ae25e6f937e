"""Which glyphs are copies of others: one picture, moved, compressed or scaled; not another digit that looks like it.

Two 1s of two writers are often nearer to each other than a 3 and its own JPEG, so no distance alone tells a copy. A
copy is near, and much nearer to its original than to all else.
"""

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.contract import GLYPH_SIDE, Glyph, Glyphs

NO_ORIGINAL = -1
SHARE, FARTHEST = 0.4, 0.03
"""A copy lies at most so far from its original, as a share of how far the second nearest is, and as 1 - cosine.

Measured on MNIST: of copies found are all that were moved by a pixel or saved as JPEG of quality 80, 97 % of those of
quality 40, 98 % of those that were enlarged 4 times and normalized again, 87 % of those made black and white; of digits
that are no copies 0.1 to 0.4 % are taken for one."""
ALIKE = 1e-4
"""What lies as near as that is a copy whatever else is near, too: the originals may hold it twice."""
SIDE = GLYPH_SIDE // 2
"""Of what is compared: half as many pixels a side tell copies apart as well, and four times as fast."""
CHUNK = 1000
"""Glyphs that are compared at once: 280 MB beside all of MNIST."""


def find_originals(glyphs: Glyphs, originals: Glyphs) -> NDArray[np.intp]:
    """Of which original each glyph is a copy: its index, or NO_ORIGINAL: (N,).

    Args:
        glyphs: uint8, (N, 28, 28).
        originals: uint8, (M, 28, 28); the more of them, the surer is what no copy is.
    """
    found = np.full(len(glyphs), NO_ORIGINAL, np.intp)
    if not len(originals):
        return found
    known = _describe(originals)
    for start in tqdm(range(0, len(glyphs), CHUNK), "copies", unit=f"x{CHUNK}", delay=2):
        part = slice(start, start + CHUNK)
        likeness = _describe(glyphs[part]) @ known.T
        rows, nearest = np.arange(len(likeness)), likeness.argmax(axis=1)
        first = 1 - likeness[rows, nearest]
        likeness[rows, nearest] = 0
        second = 1 - likeness.max(axis=1)
        is_copy = (first <= ALIKE) | ((first < FARTHEST) & (first < SHARE * second))
        found[part][is_copy] = nearest[is_copy]
    return found


def _describe(glyphs: Glyphs) -> NDArray[np.float32]:
    """Unit vectors, (N, SIDE * SIDE), that do not tell where in its frame a digit stands."""
    small = [cv2.resize(_centre(glyph), (SIDE, SIDE), interpolation=cv2.INTER_AREA).ravel() for glyph in glyphs]
    vectors = np.array(small, np.float32).reshape(-1, SIDE * SIDE)
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6), np.float32)


def _centre(glyph: Glyph) -> NDArray[np.float32]:
    """Moved by parts of a pixel, so that its centre of mass is the middle of the frame."""
    ink = glyph.astype(np.float32)
    moments = cv2.moments(ink)
    mass, middle = max(moments["m00"], 1e-6), (GLYPH_SIDE - 1) / 2
    move = np.array([[1, 0, middle - moments["m10"] / mass], [0, 1, middle - moments["m01"] / mass]], np.float32)
    return np.asarray(cv2.warpAffine(ink, move, (GLYPH_SIDE, GLYPH_SIDE)), np.float32)
