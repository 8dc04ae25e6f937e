import logging
import struct
import zlib

import cv2
import numpy as np
import pytest

from edge.cameras import Kind, open_camera
from edge.errors import SourceError
from edge.picture import read_picture
from tests.fakes import build_frame

TURNED = 6
"""EXIF: turn by 90 degrees clockwise to see it upright."""


def mark_corner(channels=3, dtype=np.uint8, white=255):
    """Wide and black, with a white square in its top left corner; an alpha channel is opaque."""
    shape = (24, 40) if channels == 1 else (24, 40, channels)
    picture = np.zeros(shape, dtype)
    picture[:8, :8] = white
    if channels == 4:
        picture[:, :, 3] = white
    return picture


def exif_block(orientation):
    """A TIFF header with one entry: orientation, 16-bit."""
    return b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def write_jpeg(path, orientation):
    content = cv2.imencode(".jpg", mark_corner())[1].tobytes()
    block = b"Exif\0\0" + exif_block(orientation)
    path.write_bytes(content[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + content[2:])
    return path


def write_png(path, picture, orientation):
    content = cv2.imencode(".png", picture)[1].tobytes()
    block = exif_block(orientation)
    chunk = struct.pack(">I", len(block)) + b"eXIf" + block + struct.pack(">I", zlib.crc32(b"eXIf" + block))
    path.write_bytes(content[:33] + chunk + content[33:])  # behind signature and IHDR
    return path


def white_corners(frame):
    """Where a corner of the frame is white."""
    corners = {"top left": (2, 2), "top right": (2, -3), "bottom left": (-3, 2), "bottom right": (-3, -3)}
    return [name for name, place in corners.items() if frame[place].min() > 200]


class TestReadPicture:
    @pytest.mark.parametrize(
        ("name", "picture"),
        [
            ("grey.png", mark_corner(1)),
            ("colour.png", mark_corner()),
            ("colour.bmp", mark_corner()),
            ("colour.tif", mark_corner()),
            ("colour.webp", mark_corner()),
            ("alpha.png", mark_corner(4)),
            ("16-bit grey.png", mark_corner(1, np.uint16, 65535)),
            ("16-bit colour.png", mark_corner(3, np.uint16, 65535)),
            ("16-bit alpha.png", mark_corner(4, np.uint16, 65535)),
            ("16-bit.tif", mark_corner(1, np.uint16, 65535)),
            ("16-bit.pgm", mark_corner(1, np.uint16, 65535)),
        ],
    )
    def test_gives_bgr_of_8_bits(self, tmp_path, name, picture):
        assert cv2.imwrite(str(tmp_path / name), picture)
        frame = read_picture(tmp_path / name)
        assert (frame.shape, frame.dtype) == ((24, 40, 3), np.uint8)
        assert white_corners(frame) == ["top left"]
        assert frame[20, 30].max() < 10

    def test_16_bits_are_scaled_not_cut(self, tmp_path):
        cv2.imwrite(str(tmp_path / "a.png"), np.full((4, 4), 32768, np.uint16))
        assert read_picture(tmp_path / "a.png")[0, 0].tolist() == [128, 128, 128]

    @pytest.mark.parametrize(("dtype", "unit"), [(np.uint8, 1), (np.uint16, 257)])
    def test_alpha_is_laid_on_white(self, tmp_path, dtype, unit):
        picture = np.zeros((4, 4, 4), dtype)  # black
        picture[:, 0, 3] = 255 * unit
        picture[:, 1, 3] = 128 * unit
        cv2.imwrite(str(tmp_path / "a.png"), picture)
        assert read_picture(tmp_path / "a.png")[0, :, 0].tolist() == [0, 127, 255, 255]

    @pytest.mark.parametrize(
        ("orientation", "corner"),
        [(1, "top left"), (3, "bottom right"), (6, "top right"), (8, "bottom left")],
    )
    def test_a_jpeg_is_turned_as_its_exif_says(self, tmp_path, orientation, corner):
        frame = read_picture(write_jpeg(tmp_path / "a.jpg", orientation))
        assert white_corners(frame) == [corner]

    def test_a_png_with_alpha_is_turned_with_its_alpha(self, tmp_path):
        picture = mark_corner(4)
        picture[16:, 32:, 3] = 0  # transparent: will be white
        frame = read_picture(write_png(tmp_path / "a.png", picture, TURNED))
        expected = np.ascontiguousarray(np.rot90(picture[:, :, :3], -1))
        expected[32:, :8] = 255
        assert np.array_equal(frame, expected)

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "the file is empty"),
            (b"not a picture", "there is no picture in its 13 bytes"),
            (cv2.imencode(".png", mark_corner())[1].tobytes()[:70], "it is damaged or cut off"),
            (b"P5 70000 70000 255 " + b"x" * 50, "its 70000x70000 px are 4,900 million, at most 50 million are read"),
        ],
        ids=["empty", "text", "cut off", "claims 4.9 gigapixels"],
    )
    def test_what_cannot_be_decoded_is_named_in_one_line(self, tmp_path, content, reason):
        (tmp_path / "bad.png").write_bytes(content)
        with pytest.raises(SourceError) as raised:
            read_picture(tmp_path / "bad.png")
        assert reason in str(raised.value)
        assert "bad.png" in str(raised.value)
        assert "\n" not in str(raised.value)


class TestFolder:
    def test_is_read_in_name_order_each_picture_on_its_own(self, tmp_path):
        for name in ("b.png", "a.jpg", "c.PNG"):
            cv2.imwrite(str(tmp_path / name), build_frame())
        with open_camera(str(tmp_path)) as camera:
            assert camera.kind is Kind.STILLS
            assert [(shot.source, shot.index) for shot in camera] == [("a.jpg", 0), ("b.png", 0), ("c.PNG", 0)]

    def test_each_shot_knows_which_of_how_many_it_is_though_one_is_broken(self, tmp_path):
        for name in "acd":
            cv2.imwrite(str(tmp_path / f"{name}.png"), build_frame())
        (tmp_path / "b.png").write_bytes(b"broken")
        with open_camera(str(tmp_path)) as camera:
            assert [shot.place for shot in camera] == [(1, 4), (3, 4), (4, 4)]
        with open_camera(str(tmp_path / "a.png")) as camera:
            assert [shot.place for shot in camera] == [None]

    def test_other_files_are_skipped_and_counted_hidden_ones_are_not(self, tmp_path, caplog):
        for name in ("notes.txt", "more.txt", "talk.pdf", "Makefile", ".DS_Store", "._a.png"):
            (tmp_path / name).touch()
        cv2.imwrite(str(tmp_path / "a.png"), build_frame())
        with open_camera(str(tmp_path)) as camera:
            assert len(list(camera)) == 1
        assert caplog.messages == [f"skipped in {tmp_path}, no pictures by their suffix: .pdf 1, .txt 2, no suffix 1"]

    def test_an_unreadable_picture_is_named_and_the_rest_is_read(self, tmp_path, caplog):
        caplog.set_level(logging.WARNING)
        (tmp_path / "a.png").write_bytes(b"broken")
        cv2.imwrite(str(tmp_path / "b.png"), build_frame())
        with open_camera(str(tmp_path)) as camera:
            assert [shot.source for shot in camera] == ["b.png"]
        assert camera.unreadable == [tmp_path / "a.png"]
        assert str(tmp_path / "a.png") in caplog.text

    def test_with_only_broken_pictures_is_an_error(self, tmp_path):
        for name in ("a.png", "b.png"):
            (tmp_path / name).write_bytes(b"broken")
        with open_camera(str(tmp_path)) as camera, pytest.raises(SourceError, match="none of the 2 pictures"):
            list(camera)

    def test_without_pictures_the_error_says_what_is_there(self, tmp_path):
        (tmp_path / "a.pdf").touch()
        with pytest.raises(SourceError, match=r"no picture in the folder .*\.pdf 1\)\. Pictures are \.avif"):
            open_camera(str(tmp_path))

    def test_an_empty_folder_is_an_error(self, tmp_path):
        with pytest.raises(SourceError, match="folders inside are not searched"):
            open_camera(str(tmp_path))

    def test_max_frames_ends_it(self, tmp_path):
        for name in ("a.png", "b.png"):
            cv2.imwrite(str(tmp_path / name), build_frame())
        with open_camera(str(tmp_path), max_frames=1) as camera:
            assert [shot.source for shot in camera] == ["a.png"]


class TestStill:
    def test_is_called_by_its_file_name(self, tmp_path):
        cv2.imwrite(str(tmp_path / "a.png"), build_frame())
        with open_camera(str(tmp_path / "a.png")) as camera:
            assert [(shot.source, shot.index) for shot in camera] == [("a.png", 0)]

    def test_that_is_broken_is_an_error(self, tmp_path):
        (tmp_path / "a.png").write_bytes(b"broken")
        with (
            open_camera(str(tmp_path / "a.png")) as camera,
            pytest.raises(SourceError, match="cannot read the picture"),
        ):
            list(camera)
