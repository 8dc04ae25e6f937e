"""A frame into a picture file, whole or not at all."""

from pathlib import Path

import cv2

from edge.contract import Frame
from edge.errors import DigitReaderError
from edge.whole_file import save_over


def make_folder(folder: Path) -> None:
    """Make a folder for pictures, unless it is there.

    Raises:
        DigitReaderError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DigitReaderError(f"{folder} cannot be made ({error.strerror}).") from error


def save_picture(path: Path, frame: Frame) -> None:
    """Write a frame as PNG or JPEG, by the path's suffix.

    It is written beside and then renamed: nobody sees half a picture, and what a link at `path` pointed to stays.

    Raises:
        DigitReaderError: it cannot be written.
    """
    try:
        _, encoded = cv2.imencode(path.suffix.lower(), frame)
        save_over(path, encoded.tobytes())
    except OSError as error:
        raise DigitReaderError(f"cannot write {path} ({error.strerror}).") from error
    except cv2.error as error:
        raise DigitReaderError(f"cannot write {path}: {str(error).splitlines()[0]}") from error
