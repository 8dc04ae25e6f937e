"""A picture file as a frame: its size is looked at in the header first, then it is decoded once, by Pillow.

What a file says is not believed: its size, in bytes and in pixels, is limited before memory is asked for, and a picture
that ends early is refused, not filled up with grey.
"""

import errno
import os
import stat
import struct
import warnings
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from edge.contract import Frame
from edge.errors import SourceError

try:  # HEIC, what iPhones write, takes this package; it may be missing on a Raspberry Pi
    from pillow_heif import register_heif_opener
except ImportError:
    pass
else:
    # With the Pillow of Raspberry Pi OS Bookworm, 9.4, it is imported and then fails at every file.
    if tuple(map(int, PIL.__version__.split(".")[:2])) >= (11, 1):
        register_heif_opener(thumbnails=False)

PICTURE_SUFFIXES = frozenset(
    (
        *(".avif", ".bmp", ".gif", ".heic", ".heif", ".jpeg", ".jpg"),
        *(".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"),
    )
)
"""In lower case. A file with one of them is a picture, alone and in a folder: read, or named with what is wrong."""
FORMATS = ("AVIF", "BMP", "GIF", "HEIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""By their content, what PICTURE_SUFFIXES stand for."""

MAX_PIXELS = 50_000_000
"""The largest cameras of telephones (8160x6120), A4 at 600 dpi (35 million). At most 500 MB while it is decoded."""
MAX_PIXELS_COSTLY = 25_000_000
"""Where decoding takes 8 to 16 bytes a pixel instead of 4 to 8: in colour COSTLY formats and progressive JPEGs. An
iPhone's HEIC has 24.5 million."""
COSTLY = frozenset(("AVIF", "HEIF", "TIFF", "WEBP"))
ONE_BYTE = frozenset(("1", "L", "P"))
"""Modes of pictures that take one byte a pixel."""
MAX_BYTES = 192 * 2**20
"""Of a file: MAX_PIXELS of three bytes, and some more."""
STRIP = 256
"""Rows that are converted at a time: Pillow makes a copy in each step."""

ORIENTATION = 0x0112
"""EXIF's number for how the camera was held."""
UPRIGHT = {
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}
"""Its values -> rows and columns swapped, then rows reversed, then columns reversed."""
DAMAGED = (OSError, SyntaxError, ValueError, EOFError, LookupError, ArithmeticError, TypeError, RuntimeError)
"""What Pillow's readers raise at damaged files (fuzzed), besides ..."""
CUT = (struct.error, zlib.error)

HEIC_BRANDS = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"))
AVIF_BRANDS = frozenset((b"avif", b"avis"))

Image.MAX_IMAGE_PIXELS = None  # MAX_PIXELS is stricter, and its message names the size


@dataclass(frozen=True, slots=True)
class Picture:
    """What is in a picture file."""

    frame: Frame
    """As a person sees it: turned as its EXIF says, alpha laid on white, 16 bits scaled to 8."""
    mode: str
    """Of the file, as Pillow calls it: "L" is one channel of 8 bits."""


def read_picture(path: Path) -> Frame:
    """One picture file as a frame, as a person sees it; of several pictures in it the first.

    Returns:
        uint8, (height, width, 3), B,G,R. Turned as its EXIF says, alpha laid on white, 16 bits scaled to 8.

    Raises:
        SourceError: it cannot be read or decoded; names it and says why.
    """
    try:
        with open_picture_file(path) as file:
            return decode_picture(file).frame
    except OSError as error:
        raise SourceError(f"cannot read the picture {path}: {error.strerror or error}") from error
    except SourceError as error:
        raise SourceError(f"cannot read the picture {path}: {error}") from error


def open_picture_file(path: Path) -> BinaryIO:
    """A file that may hold a picture. What is no regular file, and could be waited for without end, is not opened.

    Raises:
        OSError: it cannot be opened.
        SourceError: it is no file, or too large; the message is the reason alone.
    """
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise SourceError("it is no regular file")
    if status.st_size > MAX_BYTES:
        raise SourceError(f"it has {status.st_size / 2**20:,.0f} MiB, at most {MAX_BYTES // 2**20} MiB are read")
    return path.open("rb")


def decode_picture(file: BinaryIO) -> Picture:
    """The picture in a file, whatever its name.

    Raises:
        SourceError: it cannot be decoded; the message is the reason alone.
    """
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(file, formats=_formats()) as picture:
            mode = picture.mode
            _check_size(picture)
            picture.load()
            frame = _to_frame(picture)
            orientation = picture.getexif().get(ORIENTATION, 1)
    except UnidentifiedImageError as error:
        raise SourceError(_describe_unknown(file)) from error
    except MemoryError as error:
        raise SourceError("there is not enough memory for it; save it smaller") from error
    except (*DAMAGED, *CUT) as error:
        raise SourceError("it is damaged or cut off; copy or save it again") from error
    return Picture(_turn_upright(frame, orientation), mode)


@cache
def _formats() -> list[str]:
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]  # which there are depends on how Pillow was built


def _check_size(picture: Image.Image) -> None:
    """Before a pixel is decoded: a hundred kilobytes can say that they are gigabytes."""
    costly = picture.format in COSTLY or "progressive" in picture.info
    most = MAX_PIXELS_COSTLY if costly and picture.mode not in ONE_BYTE else MAX_PIXELS
    if picture.width * picture.height > most:
        kind = "progressive JPEG" if "progressive" in picture.info else picture.format
        raise SourceError(
            f"its {picture.width}x{picture.height} px are {picture.width * picture.height / 1e6:,.0f} million, "
            f"at most {most // 1_000_000} million are read of a {kind} picture; save it smaller"
        )


def _to_frame(picture: Image.Image) -> Frame:
    """In strips, for little memory."""
    frame = np.empty((picture.height, picture.width, 3), np.uint8)
    for top in range(0, picture.height, STRIP):
        strip = picture.crop((0, top, picture.width, min(top + STRIP, picture.height)))
        frame[top : top + STRIP] = _to_bgr(strip)
    return frame


def _to_bgr(strip: Image.Image) -> Any:
    """Rows of a picture as B,G,R; one channel stands for all three."""
    if strip.mode == "I" or strip.mode.startswith("I;16"):
        wide: NDArray[Any] = np.asarray(strip)
        return np.clip(wide >> 8, 0, 255)[:, :, np.newaxis]
    if strip.mode in ("F", "LAB"):  # Pillow would cut off what is above 255, or cannot convert it
        raise SourceError(f"its pixels are of a kind that is not read ({strip.mode}); save it as PNG or JPEG")
    if strip.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in strip.info:
        return _lay_on_white(np.asarray(strip.convert("RGBA")))
    return cv2.cvtColor(np.asarray(strip.convert("RGB")), cv2.COLOR_RGB2BGR)


def _lay_on_white(rgba: NDArray[np.uint8]) -> Any:
    """R,G,B and alpha, (height, width, 4), blended over white: B,G,R."""
    colours, alpha = rgba[:, :, 2::-1].astype(np.uint16), rgba[:, :, 3:].astype(np.uint16)
    return (colours * alpha + 255 * (255 - alpha) + 127) // 255  # rounded; at most 65,152


def _turn_upright(frame: Frame, orientation: Any) -> Frame:
    if orientation not in UPRIGHT:  # 1, and what a lying file says
        return frame
    swapped, rows, columns = UPRIGHT[orientation]
    turned = frame.transpose(1, 0, 2) if swapped else frame
    return np.ascontiguousarray(turned[:: -1 if rows else 1, :: -1 if columns else 1])


def _describe_unknown(file: BinaryIO) -> str:
    """Why there is nothing to decode."""
    file.seek(0)
    start = file.read(12)
    size = file.seek(0, os.SEEK_END)
    if not size:
        return "the file is empty"
    if start[4:8] == b"ftyp" and start[8:] in HEIC_BRANDS:
        if "HEIF" in _formats():
            return "it is damaged or cut off; copy or save it again"
        return (
            "it is HEIC; save it as JPEG (an iPhone takes JPEG by Settings, Camera, Formats, Most Compatible), or "
            "`.venv/bin/python -m pip install --no-deps pillow-heif`, which wants Pillow 11.1 or newer (here: "
            f"{PIL.__version__})"
        )
    if start[4:8] == b"ftyp" and start[8:] in AVIF_BRANDS:
        return "it is AVIF, damaged or of a kind that this Pillow cannot read; save it as JPEG or PNG"
    return f"there is no picture in its {size} bytes, whatever its suffix says"
