"""The files of one captured digit: its ink, its grey crop, or both, which are one sample together."""

from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np

from edge.contract import CROP_SUFFIX, INK_SUFFIX, Grey, Ink
from edge.errors import SourceError
from edge.picture import decode_picture, open_picture_file
from edge.reading.glyph import find_ink_box
from edge.whole_file import save_new

MARGIN = 2
"""Black border around the ink in a file, px."""


def save_sample(stem: Path, contents: Mapping[str, bytes]) -> Path:
    """Write the files of one digit, all or none; after a power cut in between the first ones are there, each whole.

    Args:
        stem: of all their names.
        contents: by suffix.

    Returns:
        The path of the first.

    Raises:
        FileExistsError: one of the names is taken; the file that has it stays as it was.
        OSError: they cannot be written.
    """
    paths = [stem.with_name(stem.name + suffix) for suffix in contents]
    for number, (path, content) in enumerate(zip(paths, contents.values(), strict=True)):
        try:
            save_new(path, content)
        except OSError:
            for written in paths[:number]:
                written.unlink(missing_ok=True)
            raise
    return paths[0]


def encode_ink(ink: Ink) -> bytes:
    """Ink as the content of a file: cut close, with its margin, PNG.

    Args:
        ink: uint8, (height, width), bright on black, not blank.
    """
    box = find_ink_box(ink)
    if box is None:
        raise ValueError("ink is blank")
    return encode_grey(np.pad(ink[box.y : box.bottom, box.x : box.right], MARGIN))


def encode_grey(grey: Grey) -> bytes:
    """Uint8, (height, width), as the content of a PNG file."""
    return bytes(cv2.imencode(".png", grey)[1].tobytes())


def read_grey(path: Path) -> Grey:
    """The content of a file that `encode_grey` or `encode_ink` wrote: uint8, (height, width), ink with its margin.

    Raises:
        OSError: it cannot be opened.
        SourceError: it is no grey 8-bit picture; the message is the reason alone.
    """
    with open_picture_file(path) as file:
        return decode_grey(file)


def decode_grey(file: BinaryIO) -> Grey:
    """The same, of an opened file."""
    picture = decode_picture(file)
    if picture.mode != "L":
        raise SourceError(f"it is no grey 8-bit picture; its mode is {picture.mode}")
    return np.ascontiguousarray(picture.frame[:, :, 0])


def crop_beside(path: Path) -> Path:
    """Where the crop of an ink lies; of a crop, that crop."""
    return path.with_name(path.name.removesuffix(INK_SUFFIX).removesuffix(CROP_SUFFIX) + CROP_SUFFIX)


def ink_beside(path: Path) -> Path:
    """Where the ink of a crop lies."""
    return path.with_name(path.name.removesuffix(CROP_SUFFIX) + INK_SUFFIX)
