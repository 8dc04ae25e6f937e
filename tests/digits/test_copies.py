"""A copy is the same picture, moved, compressed or scaled; another digit that looks like it is none."""

import cv2
import numpy as np
import pytest

from edge.reading.glyph import normalize
from train.digits.copies import NO_ORIGINAL, find_originals
from train.digits.mnist import load_sample

ORIGINALS = load_sample().test.glyphs


def move(glyph: np.ndarray) -> np.ndarray:
    """By a pixel; what stands at the border is cut off."""
    return cv2.warpAffine(glyph, np.float32([[1, 0, -1], [0, 1, 1]]), glyph.shape)


def compress(glyph: np.ndarray) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", glyph, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], cv2.IMREAD_GRAYSCALE)


def enlarge(glyph: np.ndarray) -> np.ndarray:
    large = cv2.resize(glyph, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    return normalize(np.where(large > 60, large, 0).astype(np.uint8))


@pytest.mark.parametrize(
    ("change", "share"),
    [(np.copy, 1.0), (move, 1.0), (compress, 0.99), (lambda glyph: compress(move(glyph)), 0.99), (enlarge, 0.95)],
    ids=["as it was", "moved", "compressed", "moved and compressed", "enlarged and normalized again"],
)
def test_copies_are_found_with_their_original(change, share: float) -> None:  # type: ignore[no-untyped-def]
    found = find_originals(np.stack([change(glyph) for glyph in ORIGINALS]), ORIGINALS)
    assert (found == np.arange(len(ORIGINALS))).mean() >= share


def test_digits_of_others_are_no_copies() -> None:
    found = find_originals(load_sample().train.glyphs, ORIGINALS)
    assert (found != NO_ORIGINAL).mean() <= 0.005


def test_an_original_that_is_there_twice_is_found() -> None:
    (found,) = find_originals(ORIGINALS[:1], np.concatenate([ORIGINALS, ORIGINALS]))
    assert found in (0, len(ORIGINALS))


def test_of_nothing_nothing_is_a_copy() -> None:
    assert find_originals(ORIGINALS[:2], ORIGINALS[:0]).tolist() == [NO_ORIGINAL] * 2
    assert find_originals(ORIGINALS[:0], ORIGINALS).tolist() == []
