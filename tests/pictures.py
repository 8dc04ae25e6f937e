"""Pictures of one digit for tests, made from the MNIST sample, and as files of every kind."""

from io import BytesIO

import cv2
import numpy as np
from PIL import Image

from edge.contract import Glyph
from train.digits.mnist import load_sample

SAMPLE = load_sample().test


def glyph_of(label: int, number: int = 0) -> Glyph:
    """The sample's test digit with this label, the first one or a later one."""
    return SAMPLE.glyphs[np.flatnonzero(SAMPLE.labels == label)[number]]


def draw_digit(label: int = 3, *, width: int = 120, height: int = 120, side: int = 90, paper: int = 230, pen: int = 30):
    """A frame with one digit in its middle; `side` is of the whole glyph, its ink's longest side 20/28 of that."""
    glyph = cv2.resize(glyph_of(label), (side, side), interpolation=cv2.INTER_CUBIC).astype(float) / 255
    frame = np.full((height, width), paper, float)
    top, left = (height - side) // 2, (width - side) // 2
    where = slice(max(top, 0), top + side), slice(max(left, 0), left + side)
    inked = glyph[max(-top, 0) : max(-top, 0) + height, max(-left, 0) : max(-left, 0) + width]
    frame[where] += inked * (pen - paper)
    return cv2.cvtColor(np.clip(frame, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)


def encode(frame: np.ndarray, suffix: str = ".png", mode: str | None = None, **options: object) -> bytes:
    """The content of a picture file; `mode` as Pillow calls it, or "I;16" for 16 bits of grey."""
    picture = Image.fromarray(frame[:, :, ::-1] if frame.ndim == 3 else frame)
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    elif mode:
        picture = picture.convert(mode)
    file = BytesIO()
    picture.save(file, {".jpg": "JPEG", ".tif": "TIFF"}.get(suffix, suffix[1:].upper()), **options)
    return file.getvalue()


def likeness(glyph: Glyph, other: Glyph) -> float:
    """Correlation of two glyphs, one of them moved by up to a pixel: 1 when they are the same."""
    moved = (np.roll(glyph, (down, right), (0, 1)) for down in (-1, 0, 1) for right in (-1, 0, 1))
    return max(float(np.corrcoef(shifted.ravel(), other.ravel())[0, 1]) for shifted in moved)
