"""Your own pictures as both readers see them: an ink and its crop are one sample, in one fold."""

from pathlib import Path

import numpy as np
import pytest

from edge.finding.crops import cut_square, recut
from tests.pictures import draw_digit, encode, glyph_of
from train.digits.labelled import load_labelled_folder
from train.digits.own import load_own
from train.digits.single import GREY_ALONE, find_single
from train.learning.finetune import ALWAYS_TAUGHT, choose_folds


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def build_square(tone: int) -> np.ndarray:
    square = np.full((160, 160), tone, np.uint8)
    square[60:100, 75:85] = tone // 3
    return square


INK = encode(glyph_of(3))


class TestLoadOwn:
    def test_an_ink_and_its_crop_are_one_sample(self, tmp_path: Path) -> None:
        own = load_own(write(tmp_path, {"3/anna/a.ink.png": INK, "3/anna/a.crop.png": encode(build_square(200))}))
        assert own.names == own.glyphs.names == ("3/anna/a.ink.png",)
        assert np.array_equal(own.squares.grey[0], build_square(200))
        assert own.glyphs.left_out == ()

    def test_one_that_was_captured_twice_counts_once(self, tmp_path: Path) -> None:
        names = ("3/2026-11-28/b.ink.png", "3/anna/a.ink.png", "5/anna/a.ink.png")
        own = load_own(write(tmp_path, dict.fromkeys(names, INK)))
        assert own.names == own.glyphs.names == (names[0], names[2])
        assert [(one.name, one.reason) for one in own.glyphs.left_out] == [
            (names[1], f"the same picture as {names[0]}")
        ]

    def test_a_crop_alone_teaches_the_reader_of_crops_only(self, tmp_path: Path) -> None:
        write(tmp_path, {"3/anna/a.ink.png": INK, "3/anna/b.crop.png": encode(build_square(200))})
        own = load_own(tmp_path)
        assert own.names == ("3/anna/a.ink.png", "3/anna/b.crop.png")
        assert own.squares.labels.tolist() == [3, 3]
        assert own.glyphs.names == ("3/anna/a.ink.png",)
        assert own.with_glyph.tolist() == [0]
        assert own.glyphs.left_out == ()
        assert [one.reason for one in load_labelled_folder(tmp_path).left_out] == [GREY_ALONE]

    def test_a_crop_goes_along_when_its_ink_alone_was_moved_to_another_label(self, tmp_path: Path) -> None:
        own = load_own(write(tmp_path, {"5/anna/a.ink.png": INK, "3/anna/a.crop.png": encode(build_square(200))}))
        assert own.names == ("5/anna/a.ink.png",)
        assert own.squares.labels.tolist() == [5]
        assert np.array_equal(own.squares.grey[0], build_square(200))

    @pytest.mark.parametrize("crop", [None, b"broken", encode(np.zeros((40, 40, 3), np.uint8))])
    def test_ink_without_a_crop_that_can_be_used_is_laid_on_paper(self, tmp_path: Path, crop: bytes | None) -> None:
        files = {"3/a.ink.png": INK} | ({} if crop is None else {"3/a.crop.png": crop})
        own = load_own(write(tmp_path, files))
        (square,) = own.squares.grey
        near = recut(square)[..., 0].astype(int)
        assert np.median(near[[0, -1]]) - near[8:24, 8:24].min() > 30  # a dark digit in the middle of light paper
        assert np.array_equal(square, load_own(tmp_path).squares.grey[0])
        assert [one.name for one in own.glyphs.left_out] == ([] if crop is None else ["3/a.crop.png"])

    def test_any_other_picture_is_cut_out_of_itself(self, tmp_path: Path) -> None:
        frame = draw_digit(3)
        own = load_own(write(tmp_path, {"3/a.png": encode(frame)}))
        assert np.array_equal(own.squares.grey[0], cut_square(frame, find_single(frame).box))

    def test_what_cannot_be_used_is_named_once(self, tmp_path: Path) -> None:
        own = load_own(write(tmp_path, {"3/a.png": b"broken", "3/b.crop.png": b"broken", "3/c.ink.png": INK}))
        assert own.names == ("3/c.ink.png",)
        assert [one.name for one in own.glyphs.left_out] == ["3/a.png", "3/b.crop.png"]

    def test_an_empty_folder_has_no_samples(self, tmp_path: Path) -> None:
        assert load_own(tmp_path).names == ()


class TestChooseFolds:
    def test_each_sample_is_held_out_once_and_what_is_alone_never(self) -> None:
        folds = choose_folds(np.array([3] * 7 + [5] * 2 + [8]), seed=1)
        assert folds[-1] == ALWAYS_TAUGHT
        assert set(folds[:-1].tolist()) == set(range(5))

    def test_ink_and_crop_are_in_one_fold(self, tmp_path: Path) -> None:
        crops = {f"3/{name}.crop.png": encode(build_square(200)) for name in "abcdefg"}
        own = load_own(
            write(tmp_path, crops | {f"3/{name}.ink.png": encode(glyph_of(n)) for n, name in enumerate("bdf")})
        )
        folds = choose_folds(own.squares.labels, seed=1)
        of_sample = dict(zip(own.names, folds.tolist(), strict=True))
        of_glyph = dict(zip(own.glyphs.names, folds[own.with_glyph].tolist(), strict=True))
        assert len(own.names) == 7
        assert of_glyph == {name: of_sample[name] for name in own.glyphs.names}
