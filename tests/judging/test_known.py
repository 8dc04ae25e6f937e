"""Pictures that were learned are told from new ones."""

from pathlib import Path

import numpy as np

from edge.contract import Glyphs
from train.digits.learned import NOTHING, save_learned
from train.digits.mnist import Digits, load_sample
from train.judging.comparison import PictureSet
from train.judging.known import note_learned
from train.judging.lineup import Entry, load_entry
from train.store import SHIPPED, sha256

MNIST = load_sample()


def build_set(digits: Digits) -> PictureSet:
    return PictureSet("digits/", digits, tuple(f"{n}.png" for n in range(len(digits))), (), ())


def build_entry(kind: str, learned: Glyphs) -> Entry:
    return Entry(kind, Path(kind), lambda _: np.empty((0, 11), np.float32), "", {}, learned=learned)


def test_each_model_that_learned_some_is_named_once_with_how_many() -> None:
    learned = MNIST.test.glyphs[:40]
    lineup = [build_entry("base", NOTHING), build_entry("finetuned", learned), build_entry("int8", learned)]
    noted = note_learned(build_set(MNIST.test[:100]), lineup, MNIST.train.glyphs)
    assert noted.notes == (
        "finetuned and int8 have learned 40 of these 100 pictures: that says nothing about new ones.",
    )


def test_training_digits_of_mnist_are_named_too() -> None:
    noted = note_learned(build_set(MNIST.train[:50]), [build_entry("base", NOTHING)], MNIST.train.glyphs)
    assert noted.notes == ("50 of these 50 pictures are MNIST's training digits, which every model has learned.",)


def test_new_pictures_need_no_note() -> None:
    lineup = [build_entry("base", MNIST.train.glyphs[:200])]
    assert note_learned(build_set(MNIST.test), lineup, MNIST.train.glyphs).notes == ()


def test_a_float_model_knows_what_lies_with_it(tmp_path: Path) -> None:
    model = tmp_path / "base.keras"
    model.write_bytes((SHIPPED / "base.keras").read_bytes())
    save_learned(model, MNIST.test.glyphs[:5])
    assert np.array_equal(load_entry(model).learned, MNIST.test.glyphs[:5])


def test_an_int8_model_knows_what_its_parent_has_learned(tmp_path: Path) -> None:
    for name in ("digits.tflite", "digits.json", "base.keras"):
        (tmp_path / name).write_bytes((SHIPPED / name).read_bytes())
    save_learned(tmp_path / "base.keras", MNIST.test.glyphs[:5])
    entry = load_entry(tmp_path / "digits.tflite")
    assert entry.record["keras_sha256"] == sha256(tmp_path / "base.keras")
    assert np.array_equal(entry.learned, MNIST.test.glyphs[:5])
