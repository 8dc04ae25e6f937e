"""A damaged archive is named, or each member of it that cannot be unpacked, in one sentence; the rest is used."""

import random
import zipfile
from pathlib import Path

import pytest

from edge.errors import SourceError
from tests.pictures import draw_digit, encode
from train.digits.labelled import load_extra
from train.digits.listing import MAX_BYTES, UnusableError, list_zip, read_member

THREE = encode(draw_digit(3))
METHODS = {
    "stored": zipfile.ZIP_STORED,
    "deflated": zipfile.ZIP_DEFLATED,
    "bzip2": zipfile.ZIP_BZIP2,
    "LZMA": zipfile.ZIP_LZMA,
}


def write_zip(path: Path, method: int, files: dict[str, bytes]) -> bytes:
    """The content of a zip, which it also writes."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path.read_bytes()


def spoil(content: bytes, places: range, rng: random.Random) -> bytes:
    """Some bytes of these places changed."""
    changed = bytearray(content)
    for place in rng.sample(places, min(3, len(places))):
        changed[place] ^= rng.randrange(1, 256)
    return bytes(changed)


@pytest.fixture(params=METHODS.values(), ids=METHODS)
def method(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def test_a_corrupt_member_is_left_out_and_named(tmp_path: Path, method: int) -> None:
    path = tmp_path / "a.zip"
    content = write_zip(path, method, {"3/a.png": THREE, "3/bad.png": THREE * 2})
    first = content.index(b"3/bad.png") + len("3/bad.png")
    path.write_bytes(content[: first + 9] + bytes(200) + content[first + 209 :])
    labelled = load_extra(path)
    assert labelled.names == ("3/a.png",)
    (left_out,) = labelled.left_out
    assert (left_out.name, left_out.label) == ("3/bad.png", 3)
    assert left_out.reason.startswith("cannot be unpacked: ")
    assert left_out.reason != "cannot be unpacked: "


@pytest.mark.parametrize("seed", range(5))
def test_whatever_is_damaged_it_is_a_picture_or_a_sentence(tmp_path: Path, method: int, seed: int) -> None:
    rng, path = random.Random(seed), tmp_path / "a.zip"
    content = write_zip(path, method, {"3/ä.png": THREE[:400], "3/b.png": rng.randbytes(300)})
    headers = content.index(b"PK\x01\x02")
    parts = [range(len(content)), range(60), range(headers, len(content))]
    for _ in range(20):
        path.write_bytes(spoil(content, rng.choice(parts), rng))
        assert ways_it_ends(path) <= {"read", "refused"}


def ways_it_ends(path: Path) -> set[str]:
    try:
        archive = zipfile.ZipFile(path)
    except Exception:  # noqa: BLE001 - whatever Python's own reader says of it, we say it in one sentence
        with pytest.raises(SourceError, match=r"a\.zip cannot be read as a zip \(.+\)"):
            load_extra(path)
        return {"refused"}
    with archive:
        return {way_of(archive, name) for name in list_zip(archive)}


def way_of(archive: zipfile.ZipFile, name: str) -> str:
    try:
        content = read_member(archive, name)
    except UnusableError:
        return "refused"
    return "read" if len(content) <= MAX_BYTES else "too long"
