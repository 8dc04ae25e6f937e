"""What models are judged by is not trained on, in whatever set of yours it comes."""

from pathlib import Path

import numpy as np
import pytest

from edge.errors import SourceError
from train.digits.copies import NO_ORIGINAL, find_originals
from train.digits.extra import Copies, Extra, open_extra
from train.digits.kaggle import HEADER
from train.digits.mnist import Digits, load_sample

MNIST = load_sample()


def write_csv(folder: Path, *parts: Digits) -> Path:
    """As Kaggle's train.csv."""
    rows = [
        ",".join(map(str, [label, *glyph.ravel()]))
        for part in parts
        for label, glyph in zip(part.labels, part.glyphs, strict=True)
    ]
    (folder / "train.csv").write_text("\n".join([",".join(HEADER), *rows]) + "\n")
    return folder / "train.csv"


def move(digits: Digits) -> Digits:
    return Digits(np.roll(digits.glyphs, 1, axis=2), digits.labels)


def draw_new(count: int) -> Digits:
    """What MNIST does not hold: digits that lie on their side, mirrored."""
    return Digits(MNIST.train.glyphs[:count].transpose(0, 2, 1), MNIST.train.labels[:count])


def open_set(folder: Path, *parts: Digits) -> Extra:
    return open_extra(write_csv(folder, *parts), seed=1, load=lambda: MNIST)


class TestOpenExtra:
    def test_test_and_validation_digits_are_left_out_counted_and_named(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        extra = open_set(tmp_path, draw_new(100), MNIST.test[:30], MNIST.validation[:20])
        assert extra.copies == Copies(train=0, validation=20, test=30)
        assert extra.record()["copies_of_mnist"] == {"train": 0, "validation": 20, "test": 30}
        learned = np.concatenate([extra.train.glyphs, extra.held_out.glyphs])
        judging = np.concatenate([MNIST.test.glyphs, MNIST.validation.glyphs])
        assert (find_originals(learned, judging) != NO_ORIGINAL).sum() == 0
        assert len(learned) == 100
        assert "50 of 150 left out: copies of 30 test and 20 validation digits of MNIST" in capsys.readouterr().out

    def test_so_are_those_that_were_moved(self, tmp_path: Path) -> None:
        assert open_set(tmp_path, draw_new(100), move(MNIST.test[:30])).copies.test == 30

    def test_training_digits_are_trained_on_and_not_held_out(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        extra = open_set(tmp_path, MNIST.train[:200])
        assert (len(extra.train), len(extra.held_out), extra.copies.train) == (200, 0, 200)
        assert "200 of 200 are MNIST's training digits" in capsys.readouterr().out

    def test_what_is_held_out_is_not_among_what_is_trained_on(self, tmp_path: Path) -> None:
        extra = open_set(tmp_path, draw_new(200), move(draw_new(200)))
        assert len(extra.train) + len(extra.held_out) == 400
        assert (find_originals(extra.held_out.glyphs, extra.train.glyphs) != NO_ORIGINAL).sum() == 0

    def test_nothing_is_said_where_all_is_new(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert open_set(tmp_path, draw_new(100)).copies == Copies(train=0, validation=0, test=0)
        assert "MNIST" not in capsys.readouterr().out

    def test_a_set_of_test_digits_alone_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match=r"only copies of digits by which models are judged.*Leave EXTRA= out"):
            open_set(tmp_path, MNIST.test[:10])
