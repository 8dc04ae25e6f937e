"""Labelled pictures as glyphs: whatever lies in the folder, zip or CSV, what can be used is used, the rest is named."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.contract import NOT_A_DIGIT
from edge.errors import SourceError
from edge.reading.glyph import normalize
from tests.drawing import draw_frame
from tests.pictures import draw_digit, encode, glyph_of, likeness
from train.digits.extra import split_tenth
from train.digits.labelled import (
    CALIBRATION_DIGITS,
    Labelled,
    LeftOut,
    describe_left_out,
    load_extra,
    load_labelled_folder,
)
from train.digits.listing import MAX_BYTES
from train.digits.mnist import Digits
from train.learning import pretrain


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def write_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_csv(path: Path, *rows: str) -> Path:
    header = ",".join(["label", *(f"pixel{number}" for number in range(784))])
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def csv_row(label: int | str, glyph: np.ndarray) -> str:
    return ",".join(map(str, [label, *glyph.ravel()]))


def turned_by_exif(frame: np.ndarray) -> bytes:
    """A JPEG that lies on its side and says so."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to see it upright
    return encode(np.rot90(frame), ".jpg", exif=exif)


def on_nothing(frame: np.ndarray) -> bytes:
    """A PNG in which the paper is transparent (and black beneath): only alpha shows the digit."""
    file = io.BytesIO()
    Image.fromarray(np.dstack([np.zeros_like(frame), 255 - frame[:, :, 0]])).save(file, "PNG")
    return file.getvalue()


THREE = draw_digit(3)
TWO_DIGITS = np.hstack([draw_digit(3), draw_digit(7, width=60)])
USED = {
    "3/anna/2026/deep.png": encode(THREE),
    "3/cmyk.jpg": encode(THREE, ".jpg", "CMYK"),
    "3/cmyk.tif": encode(THREE, ".tif", "CMYK"),
    "3/drawing.gif": encode(THREE, ".gif"),
    "3/gif.png": encode(THREE, ".gif"),
    "3/grey.bmp": encode(THREE, ".bmp", "L"),
    "3/phone.heic": encode(THREE, ".heif"),
    "3/ink.ink.png": encode(glyph_of(3)),
    "3/palette.png": encode(THREE, ".png", "P"),
    "3/sixteen bits.png": encode(THREE, ".png", "I;16"),
    "3/transparent.png": on_nothing(THREE),
    "3/turned.jpg": turned_by_exif(THREE),
    "3/two digits.png": encode(TWO_DIGITS),
    "3/white on black.PNG": encode(255 - THREE),
    "other/a.png": encode(draw_digit(8)),
}
LEFT_OUT = {
    "3/all black.png": encode(np.zeros_like(THREE)),
    "3/all one tone.png": encode(draw_frame()),
    "3/cut.jpg": encode(THREE, ".jpg")[:1500],
    "3/cut.png": encode(THREE)[:1500],
    "3/empty.png": b"",
    "3/inverted.ink.png": encode(255 - glyph_of(3)),
    "3/notes.txt": b"these are Anna's",
    "3/one pixel.png": encode(THREE[:1, :1]),
    "3/phone cut.heic": encode(THREE, ".heif")[:200],
    "3/text.png": b"no picture",
    "3/wide.png": encode(np.full((10, 20_000, 3), 255, np.uint8)),
    "drei/a.png": encode(THREE),
    "drei/b/c.png": encode(THREE),
    "loose.png": encode(THREE),
}
IGNORED = {
    "README.md": b"hello",
    "3/.part-17-b.ink.png": b"half",
    "3/.hidden.png": b"",
    "3/.thumbnails/a.png": b"",
    "3/Thumbs.db": b"",
}
REPORT = [
    ("3/all black.png", "no digit found in it", 3),
    ("3/all one tone.png", "no digit found in it", 3),
    ("3/cut.jpg", "it is damaged or cut off; copy or save it again", 3),
    ("3/cut.png", "it is damaged or cut off; copy or save it again", 3),
    ("3/dangling.png", "a link to nothing", 3),
    ("3/empty.png", "the file is empty", 3),
    ("3/inverted.ink.png", ".ink.png must be bright ink on black; its border is not black", 3),
    ("3/itself.png", "cannot be read: Too many levels of symbolic links", 3),
    ("3/loop/", "a link back to a folder that it is in", 3),
    ("3/notes.txt", "no picture by its suffix (.txt); save it as .png or .jpg", 3),
    ("3/one pixel.png", "1x1 px; each side must have 8 to 9000 px", 3),
    ("3/phone cut.heic", "it is damaged or cut off; copy or save it again", 3),
    ("3/pipe.png", "no regular file", 3),
    ("3/text.png", "there is no picture in its 10 bytes, whatever its suffix says", 3),
    ("3/wide.png", "20000x10 px; each side must have 8 to 9000 px", 3),
    ("drei/", "no label (0 to 9, other); files in it: 2", None),
    ("loose.png", "in no label folder", None),
]


@pytest.fixture(scope="module")
def labelled(tmp_path_factory) -> Labelled:
    folder = write(tmp_path_factory.mktemp("digits"), USED | LEFT_OUT | IGNORED)
    (folder / "3/dangling.png").symlink_to("nowhere.png")
    (folder / "3/loop").symlink_to("..")
    (folder / "3/itself.png").symlink_to("itself.png")
    os.mkfifo(folder / "3/pipe.png")
    return load_labelled_folder(folder)


class TestLoadLabelledFolder:
    def test_uses_whatever_shows_a_digit(self, labelled) -> None:
        threes = [name for name in sorted(USED) if name.startswith("3/")]
        assert labelled.names == (*threes, "other/a.png")
        assert labelled.digits.labels.tolist() == [3] * len(threes) + [NOT_A_DIGIT]
        assert min(likeness(glyph, glyph_of(3)) for glyph in labelled.digits.glyphs[:-1]) > 0.9

    def test_names_all_else_with_its_reason(self, labelled) -> None:
        assert [(left_out.name, left_out.reason, left_out.label) for left_out in labelled.left_out] == REPORT

    def test_a_folder_that_is_missing_holds_nothing(self, tmp_path) -> None:
        labelled = load_labelled_folder(tmp_path / "nowhere")
        assert (labelled.names, labelled.digits.glyphs.shape, labelled.left_out) == ((), (0, 28, 28), ())

    def test_calibration_digits_can_be_loaded_as_they_are(self) -> None:
        assert "README.md" not in {left_out.name for left_out in load_labelled_folder(CALIBRATION_DIGITS).left_out}

    def test_gives_the_same_with_several_workers(self, tmp_path) -> None:
        folder = write(
            tmp_path, {f"{label}/{n}.png": encode(glyph_of(label, n)) for label in (4, 7) for n in range(12)}
        )
        one, two = (load_labelled_folder(folder, workers=workers) for workers in (1, 2))
        assert one.names == two.names
        assert np.array_equal(one.digits.glyphs, two.digits.glyphs)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_what_may_not_be_read_is_named(self, tmp_path) -> None:
        folder = write(tmp_path, {"3/a.png": b"secret", "4/b.png": b"secret"})
        (folder / "3/a.png").chmod(0)
        (folder / "4").chmod(0)
        report = [(left_out.name, left_out.reason) for left_out in load_labelled_folder(folder).left_out]
        (folder / "4").chmod(0o700)
        assert report == [
            ("3/a.png", "cannot be read: Permission denied"),
            ("4/", "cannot be listed: Permission denied"),
        ]


class TestLoadExtra:
    def test_a_zip_gives_what_its_folder_gives(self, tmp_path) -> None:
        folder = write(tmp_path / "folder", USED)
        from_folder, from_zip = load_extra(folder), load_extra(write_zip(tmp_path / "a.zip", USED))
        assert from_zip.names == from_folder.names
        assert np.array_equal(from_zip.digits.glyphs, from_folder.digits.glyphs)
        assert from_zip.digits.labels.tolist() == from_folder.digits.labels.tolist()

    def test_finds_the_labels_below_other_folders(self, tmp_path) -> None:
        picture = encode(THREE)
        files = {"my data/train/3/a.png": picture, "my data/train/README.txt": b"", "__MACOSX/my data/3/._a.png": b""}
        assert load_extra(write_zip(tmp_path / "a.zip", files)).names == ("my data/train/3/a.png",)
        assert load_extra(write(tmp_path / "folder", files)).names == ("my data/train/3/a.png",)

    def test_bad_pictures_in_a_zip_are_named(self, tmp_path) -> None:
        path = write_zip(tmp_path / "a.zip", {"3/a.png": encode(THREE), "3/bad.png": encode(THREE) * 2, "4/c.png": b""})
        content = path.read_bytes()
        first = content.index(b"3/bad.png") + len("3/bad.png")
        path.write_bytes(content[: first + 20] + b"broken" + content[first + 26 :])
        left_out = load_extra(path).left_out
        assert [(item.name, item.label) for item in left_out] == [("3/bad.png", 3), ("4/c.png", 4)]
        assert left_out[0].reason.startswith("cannot be unpacked")

    def test_a_bomb_in_a_zip_is_not_unpacked(self, tmp_path) -> None:
        bomb = bytes(MAX_BYTES + 1)
        labelled = load_extra(write_zip(tmp_path / "a.zip", {"3/a.png": encode(THREE), "3/bomb.png": bomb}))
        assert labelled.left_out == (LeftOut("3/bomb.png", "64 MiB; at most 64 MiB are read", 3),)

    @pytest.mark.parametrize("make", [write_zip, write], ids=["zip", "folder"])
    def test_a_folder_that_is_no_label_is_an_error(self, tmp_path, make) -> None:
        path = make(tmp_path / "a.zip", {"my/3/a.png": b"", "my/12/b.png": b"", "my/12/c.png": b"", "my/x/d.png": b""})
        with pytest.raises(SourceError) as raised:
            load_extra(path)
        assert str(raised.value) == (
            f"{path}: the folder 'my/12' is no label (files in it: 2), and 1 more such folders. "
            "Labels are 0 to 9 and other: rename it, or take it out."
        )

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("a.rar", b"", "a.rar is neither: EXTRA takes a folder"),
            ("a.zip", b"no zip", "a.zip cannot be read as a zip"),
            ("a.csv", b"a,b,c\n", "its first line must be label,pixel0,...,pixel783, it begins with 'a,b,c'"),
            ("a.csv", b"", "its first line must be"),
            ("a.csv", b"\xff\xfe\x00", "a.csv is no CSV file"),
        ],
    )
    def test_what_it_cannot_take_is_an_error_in_one_line(self, tmp_path, name, content, message) -> None:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SourceError) as raised:
            load_extra(tmp_path / name)
        assert message in str(raised.value)
        assert "\n" not in str(raised.value)

    def test_what_is_missing_or_holds_nothing_of_use_is_an_error(self, tmp_path) -> None:
        with pytest.raises(SourceError, match=r"nowhere does not exist: EXTRA takes a folder"):
            load_extra(tmp_path / "nowhere")
        with pytest.raises(SourceError, match=r"nothing of use in .*: it must hold pictures in folders 0 to 9"):
            load_extra(write(tmp_path / "empty", {"README.md": b""}))
        with pytest.raises(SourceError, match=r"nothing of use in .* \(3/a.png: the file is empty\)"):
            load_extra(write(tmp_path / "bad", {"3/a.png": b""}))


class TestKaggle:
    def test_rows_are_mnist_s_own_glyphs(self, tmp_path) -> None:
        path = write_csv(tmp_path / "train.csv", *(csv_row(label, glyph_of(label)) for label in range(10)))
        labelled = load_extra(path)
        assert labelled.digits.labels.tolist() == list(range(10))
        assert np.array_equal(labelled.digits.glyphs, np.stack([normalize(glyph_of(label)) for label in range(10)]))
        assert labelled.names[0] == "train.csv line 2"

    def test_bad_rows_are_named_by_their_line(self, tmp_path) -> None:
        good = csv_row(3, glyph_of(3))
        bright = csv_row(4, np.full((28, 28), 256))
        path = write_csv(tmp_path / "train.csv", good, "5,1,2", bright, csv_row(6, np.zeros((28, 28), int)), good)
        labelled = load_extra(path)
        assert labelled.names == ("train.csv line 2", "train.csv line 6")
        assert labelled.left_out == (
            LeftOut("train.csv line 3", "2 pixels instead of 784", 5),
            LeftOut("train.csv line 4", "a pixel that is not a whole number from 0 to 255", 4),
            LeftOut("train.csv line 5", "all black", 6),
        )

    def test_a_zip_that_holds_it_is_read_as_it_was_downloaded(self, tmp_path) -> None:
        table = write_csv(tmp_path / "x.csv", csv_row(3, glyph_of(3)), "5,1,2", csv_row(8, glyph_of(8))).read_bytes()
        test = table.replace(b"label,", b"", 1)
        files = {"digits/train.csv": table, "digits/test.csv": test, "sample_submission.csv": b"ImageId,Label\n1,0\n"}
        labelled = load_extra(write_zip(tmp_path / "digit-recognizer.zip", files))
        assert labelled.digits.labels.tolist() == [3, 8]
        assert labelled.names == ("digits/train.csv line 2", "digits/train.csv line 4")
        assert labelled.left_out == (LeftOut("digits/train.csv line 3", "2 pixels instead of 784", 5),)

    def test_one_in_a_zip_that_is_damaged_is_an_error_in_one_line(self, tmp_path) -> None:
        rows = [csv_row(3, glyph_of(3)) for _ in range(50)]
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(write_csv(tmp_path / "train.csv", *rows), "train.csv")
        content = path.read_bytes()
        path.write_bytes(content.replace(b"\n3,0", b"\n4,0", 1))  # the sum over its bytes is another now
        with pytest.raises(SourceError, match=r"^train\.csv in .*a\.zip cannot be unpacked \(Bad CRC-32"):
            load_extra(path)

    def test_a_label_of_a_hundred_thousand_letters_is_an_error_in_one_short_line(self, tmp_path) -> None:
        path = write_csv(tmp_path / "train.csv", csv_row("x" * 100_000, glyph_of(3)))
        with pytest.raises(SourceError) as raised:
            load_extra(path)
        assert len(str(raised.value)) < 300

    def test_a_label_that_is_none_is_an_error(self, tmp_path) -> None:
        path = write_csv(tmp_path / "train.csv", csv_row(3, glyph_of(3)), csv_row(12, glyph_of(3)))
        with pytest.raises(SourceError, match=r"train.csv line 3: the label is '12'; labels are 0 to 9 and other"):
            load_extra(path)


class TestDescribeLeftOut:
    def test_names_the_first_twenty_and_counts_the_rest(self) -> None:
        left_out = tuple(LeftOut(f"3/{n:02}.png", "the file is empty" if n < 24 else "damaged", 3) for n in range(25))
        lines = describe_left_out(Labelled(Digits(np.empty((0, 28, 28), np.uint8), np.empty(0, int)), (), left_out))
        assert lines[0] == "left out: 25, used: 0"
        assert lines[1:21] == [f"  3/{n:02}.png: the file is empty" for n in range(20)]
        assert lines[21:] == ["  and 4 more: the file is empty", "  and 1 more: damaged"]

    def test_says_nothing_where_all_is_used(self) -> None:
        assert describe_left_out(Labelled(Digits(np.empty((1, 28, 28), np.uint8), np.ones(1, int)), ("a",), ())) == []


class TestSplitTenth:
    def test_holds_out_a_tenth_of_each_label(self) -> None:
        labels = np.repeat([0, 1, 7, NOT_A_DIGIT], [100, 50, 9, 20])
        digits = Digits(np.arange(179 * 784, dtype=np.uint32).astype(np.uint8).reshape(179, 28, 28), labels)
        kept, held_out = split_tenth(digits, seed=1)
        assert np.bincount(held_out.labels, minlength=11).tolist() == [10, 5, 0, 0, 0, 0, 0, 0, 0, 0, 2]
        assert np.bincount(kept.labels, minlength=11).tolist() == [90, 45, 0, 0, 0, 0, 0, 9, 0, 0, 18]

    def test_a_handful_is_all_trained_on(self) -> None:
        digits = Digits(np.zeros((5, 28, 28), np.uint8), np.arange(5))
        kept, held_out = split_tenth(digits, seed=1)
        assert (len(kept), len(held_out)) == (5, 0)


class TestPretrain:
    def test_what_ships_is_never_trained_on_extra(self, capsys) -> None:
        with pytest.raises(SystemExit) as raised:
            pretrain.main(["--ship", "--extra", "mine.zip"])
        assert raised.value.code == 2
        assert "leave --extra (EXTRA=...)" in capsys.readouterr().err

    def test_an_extra_that_cannot_be_used_ends_the_run_before_it_begins(self, tmp_path, capsys) -> None:
        assert pretrain.main(["--extra", str(tmp_path / "nowhere.zip")]) == 1
        assert capsys.readouterr().err.startswith(f"train: {tmp_path / 'nowhere.zip'} ")
