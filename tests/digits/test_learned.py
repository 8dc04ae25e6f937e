"""What a model has learned is kept with that very model."""

from pathlib import Path

import numpy as np
import pytest

from train.digits.learned import NOTHING, learned_path, load_learned, save_learned
from train.digits.mnist import load_sample
from train.store import sha256

GLYPHS = load_sample().train.glyphs[:3]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "base.keras").write_bytes(b"a model")
    save_learned(tmp_path / "base.keras", GLYPHS)
    return tmp_path / "base.keras"


def test_comes_back_as_it_was(model: Path) -> None:
    assert np.array_equal(load_learned(model, sha256(model)), GLYPHS)


def test_says_nothing_of_another_model(model: Path) -> None:
    assert load_learned(model, "0" * 64).shape == (0, 28, 28)


def test_a_model_that_learned_nothing_leaves_none_of_a_former_one(model: Path) -> None:
    save_learned(model, NOTHING)
    assert not learned_path(model).exists()
    assert len(load_learned(model, sha256(model))) == 0


def test_a_damaged_file_says_nothing(model: Path) -> None:
    learned_path(model).write_bytes(b"PK\x03\x04 cut off")
    assert len(load_learned(model, sha256(model))) == 0
