"""Labelled digits as files of the three kinds that training takes: a folder, a zip of one, Kaggle's csv."""

import csv
import zipfile
from pathlib import Path

import cv2

from edge.contract import LABELS, Glyph
from train.digits.kaggle import HEADER
from train.digits.mnist import Digits

SCALE, MARGIN = 4, 6
"""A picture is a glyph so many times as large, with so much more paper round it, px of the glyph."""


def write_folder(folder: Path, digits: Digits) -> None:
    """`<label>/000.png`, ...: dark ink on white paper."""
    for number, (glyph, label) in enumerate(zip(digits.glyphs, digits.labels, strict=True)):
        path = folder / LABELS[label] / f"{number:03d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(draw_picture(glyph))


def write_zip(path: Path, folder: Path) -> None:
    """A folder of labelled pictures in one file."""
    with zipfile.ZipFile(path, "w") as archive:
        for picture in sorted(folder.rglob("*.png")):
            archive.write(picture, picture.relative_to(folder))


def write_csv(path: Path, digits: Digits) -> None:
    """As Kaggle's digit-recognizer gives them: label,pixel0,...,pixel783."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(HEADER)
        rows.writerows([LABELS[label], *glyph.flat] for glyph, label in zip(digits.glyphs, digits.labels, strict=True))


def draw_picture(glyph: Glyph) -> bytes:
    """A PNG file of a digit as one writes it: dark on white, larger than a glyph."""
    paper = cv2.copyMakeBorder(255 - glyph, MARGIN, MARGIN, MARGIN, MARGIN, cv2.BORDER_CONSTANT, value=[255])
    large = cv2.resize(paper, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".png", large)[1].tobytes()
