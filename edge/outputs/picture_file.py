"""A frame into a picture file, whole or not at all."""

from pathlib import Path

import cv2

from edge.contract import Frame
from edge.errors import DigitReaderError


def save_picture(path: Path, frame: Frame) -> None:
    """Write a frame as PNG or JPEG, by the path's suffix.

    It is written beside and then renamed: nobody sees half a picture, and what a link at `path` pointed to stays.

    Raises:
        DigitReaderError: it cannot be written.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        _, encoded = cv2.imencode(path.suffix.lower(), frame)
        beside.write_bytes(encoded.tobytes())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise DigitReaderError(f"cannot write {path} ({error.strerror}).") from error
    except cv2.error as error:
        raise DigitReaderError(f"cannot write {path}: {str(error).splitlines()[0]}") from error
