"""The small files that the notebook writes are what training takes."""

from pathlib import Path

import numpy as np
import pytest

from tests.pictures import SAMPLE, likeness
from train.digits.labelled import load_extra
from train.notebooks.files import write_csv, write_folder, write_zip

FEW = SAMPLE[:: len(SAMPLE) // 12]


class TestFiles:
    def test_a_csv_comes_back_byte_for_byte(self, tmp_path: Path) -> None:
        write_csv(tmp_path / "train.csv", FEW)
        back = load_extra(tmp_path / "train.csv").digits
        assert (back.labels.tolist(), np.array_equal(back.glyphs, FEW.glyphs)) == (FEW.labels.tolist(), True)

    @pytest.mark.parametrize("name", ["digits", "digits.zip"])
    def test_a_folder_and_its_zip_hold_the_same_digits_as_pictures(self, tmp_path: Path, name: str) -> None:
        write_folder(tmp_path / "digits", FEW)
        write_zip(tmp_path / "digits.zip", tmp_path / "digits")
        back = load_extra(tmp_path / name)
        order = np.argsort(FEW.labels, kind="stable")
        assert back.left_out == ()
        assert back.digits.labels.tolist() == FEW.labels[order].tolist()
        assert min(map(likeness, back.digits.glyphs, FEW.glyphs[order])) > 0.9

    def test_written_twice_is_written_once(self, tmp_path: Path) -> None:
        for _ in range(2):
            write_folder(tmp_path / "digits", FEW)
        assert len(list(tmp_path.rglob("*.png"))) == len(FEW)
