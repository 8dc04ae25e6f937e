"""Files that lie: cut, damaged, empty, sparse, named otherwise than they are, claiming gigapixels; in every format."""

import os
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from edge.picture import PICTURE_SUFFIXES  # reads HEIC and writes it from here on
from tests.pictures import draw_digit

FORMATS = {
    ".avif": "AVIF",
    ".bmp": "BMP",
    ".gif": "GIF",
    ".heic": "HEIF",
    ".heif": "HEIF",
    ".jpeg": "JPEG",
    ".jpg": "JPEG",
    ".pbm": "PPM",
    ".pgm": "PPM",
    ".png": "PNG",
    ".pnm": "PPM",
    ".ppm": "PPM",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WEBP",
}
MODES = {".pbm": "1", ".pgm": "L"}
TERABYTE = 2**40
SIDE = 15_000
"""Of a bomb, px: 675 MB in colour."""
NAMES = (
    b"caf\xe9.png",
    b"\xff\xfe.png",
    b"\x1b[31mred\x1b[0m.png",
    b"bell\x07.png",
    b"two\nlines.png",
    b"back\rward.png",
    b"c1 \xc2\x9b31m.png",
    b"turned \xe2\x80\xae round.png",
    "é日本 .png".encode(),
    b"--help.png",
    b"x" * 240 + b".png",
)
"""Names that a file may have, with what a terminal obeys or an encoder refuses."""


def encode_as(suffix: str, **options: object) -> bytes:
    """A small picture of a digit as the content of such a file."""
    picture = Image.fromarray(draw_digit(3)[:, :, ::-1]).convert(MODES.get(suffix, "RGB"))
    return _save(picture, FORMATS[suffix], **options)


def build_bomb(suffix: str) -> bytes:
    """A small file whose header says SIDE x SIDE px, or what its format has at most."""
    content = bytearray(encode_as(suffix))
    sides = {"big": struct.pack(">II", SIDE, SIDE), "little": struct.pack("<II", SIDE, SIDE)}
    match FORMATS[suffix]:
        case "AVIF" | "HEIF":
            for place in _find_all(content, b"ispe"):
                content[place + 8 : place + 16] = sides["big"]
        case "BMP":
            content[18:26] = sides["little"]
        case "GIF":
            content[6:10] = struct.pack("<HH", SIDE, SIDE)
        case "JPEG":
            place = next(place for place in _find_all(content, b"\xff\xc0"))
            content[place + 5 : place + 9] = struct.pack(">HH", SIDE, SIDE)
        case "PNG":
            return build_png_bomb()
        case "PPM":
            content = content.replace(b"120 120", f"{SIDE} {SIDE}".encode(), 1)
        case "TIFF":
            for tag in (256, 257):
                place = next(_find_all(content, struct.pack("<HHII", tag, 4, 1, 120)))
                content[place + 8 : place + 12] = struct.pack("<I", SIDE)
        case "WEBP":
            place = next(_find_all(content, b"\x9d\x01\x2a"))
            content[place + 3 : place + 7] = struct.pack("<HH", 16_000, 16_000)
    return bytes(content)


def build_png_bomb(side: int = 30_000) -> bytes:
    """Black, one bit a pixel: a hundred kilobytes that are 2.7 GB in colour."""
    rows = zlib.compressobj(1)
    row = bytes(1 + side // 8)
    packed = b"".join([*(rows.compress(row * 100) for _ in range(side // 100)), rows.flush()])
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def write_all(folder: Path) -> set[bytes]:
    """Some 400 files; those whose names begin with "good" show a digit, those with "bad" cannot be read."""
    for suffix in sorted(PICTURE_SUFFIXES):
        for name, content in _build_kinds(suffix):
            (folder / f"{name}{suffix}").write_bytes(content)
        make_sparse(folder / f"bad terabyte{suffix}", encode_as(suffix)[:20])
        make_sparse(folder / f"bad zeros{suffix}", b"", size=2**30)
    good = encode_as(".png")
    for name in NAMES:
        Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_bytes(good)  # noqa: PTH118 - bytes
    os.mkfifo(folder / "bad pipe.png")
    os.mkfifo(folder / "bad pipe.ink.png")
    (folder / "bad endless.png").symlink_to("/dev/zero")
    (folder / "bad endless.ink.png").symlink_to("/dev/zero")
    (folder / "bad link.jpg").symlink_to("nowhere.jpg")
    (folder / "bad circle.jpg").symlink_to("bad circle.jpg")
    (folder / "folder.png").mkdir()
    return {os.fsencode(path.name) for path in folder.iterdir() if not path.is_dir()}


def write_largest(folder: Path) -> None:
    """The largest pictures that are read, of what takes most memory to decode."""
    Image.new("RGB", (8160, 6120), "white").save(folder / "good largest.jpg")
    Image.new("RGB", (5000, 4990), "white").save(folder / "good largest.webp", method=0)
    Image.new("RGBA", (5000, 4990), "white").save(folder / "good alpha.webp", method=0)
    strip = {"compression": "tiff_lzw", "strip_size": 2**30}
    Image.new("RGBA", (5000, 4990), "white").save(folder / "good one strip.tif", **strip)
    Image.new("CMYK", (5000, 4990)).save(folder / "good progressive.jpg", progressive=True)


def make_sparse(path: Path, start: bytes, size: int = TERABYTE) -> None:
    """A file that says it is large and takes no room."""
    path.write_bytes(start)
    os.truncate(path, size)


def _build_kinds(suffix: str) -> Iterator[tuple[str, bytes]]:
    """Names, without their suffix, and contents."""
    whole = encode_as(suffix)
    yield "good whole", whole
    yield "good under another name", encode_as(".gif" if suffix != ".gif" else ".png")
    yield "bad empty", b""
    yield "bad text", b"seven, eight and nine\n" * 9
    yield "bad bomb", build_bomb(suffix)
    for percent in (1, 5, 20, 40, 60, 80, 95):
        yield f"bad cut {percent}", whole[: percent * len(whole) // 100]
    rng = np.random.default_rng(sum(suffix.encode()))
    for number in range(10):
        content = bytearray(whole)
        for place in rng.integers(0, min(len(whole), 2000), 1 + 4 * (number % 3)):
            content[place] = rng.integers(256)
        yield f"any changed {number}", bytes(content)


def _save(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def _find_all(content: bytes | bytearray, wanted: bytes) -> Iterator[int]:
    place = content.find(wanted)
    while place >= 0:
        yield place
        place = content.find(wanted, place + 1)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
