"""The files of one captured digit: its ink, its grey crop, or both, which are one sample together."""

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from edge.contract import CROP_SUFFIX, INK_SUFFIX, Grey, Ink
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


def decode_grey(content: bytes) -> Grey:
    """What `encode_grey` or `encode_ink` wrote: uint8, (height, width), ink with its margin.

    Raises:
        ValueError: it is no grey 8-bit picture.
    """
    grey = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED) if content else None
    if grey is None or grey.ndim != 2 or grey.dtype != np.uint8:
        raise ValueError("it is no grey 8-bit picture")
    return np.asarray(grey, np.uint8)


def crop_beside(path: Path) -> Path:
    """Where the crop of an ink lies; of a crop, that crop."""
    return path.with_name(path.name.removesuffix(INK_SUFFIX).removesuffix(CROP_SUFFIX) + CROP_SUFFIX)


def ink_beside(path: Path) -> Path:
    """Where the ink of a crop lies."""
    return path.with_name(path.name.removesuffix(CROP_SUFFIX) + INK_SUFFIX)
