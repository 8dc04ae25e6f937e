"""The model says what it is; what does not fit is refused with what to run."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT
from edge.errors import ModelError
from edge.reading.card import card_path
from edge.reading.classifier import Classifier, Network, softmax
from edge.reading.reader import SHIPPED_MODEL
from train.digits.mnist import load_sample


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A copy of the shipped model with its card."""
    for path in (SHIPPED_MODEL, card_path(SHIPPED_MODEL)):
        shutil.copy(path, tmp_path)
    return tmp_path / SHIPPED_MODEL.name


def change_card(model: Path, **changes: object) -> None:
    card = json.loads(card_path(model).read_text())
    card_path(model).write_text(json.dumps(card | changes))


class TestShippedModel:
    def test_reads_the_sample(self) -> None:
        test = load_sample().test
        logits = Classifier(SHIPPED_MODEL).network.logits(test.glyphs)
        assert (logits[:, :NOT_A_DIGIT].argmax(axis=1) != test.labels).sum() <= 5

    def test_a_glyph_gets_the_same_logits_alone_and_in_a_batch(self) -> None:
        glyphs = load_sample().test.glyphs[:20]
        network = Classifier(SHIPPED_MODEL).network
        together = network.logits(glyphs)
        alone = np.concatenate([network.logits(glyph[np.newaxis]) for glyph in glyphs])
        assert np.abs(together - alone).max() < 0.5

    def test_no_glyphs_give_no_logits(self) -> None:
        assert Classifier(SHIPPED_MODEL).network.logits(np.empty((0, 28, 28), np.uint8)).shape == (0, 11)

    def test_probabilities_sum_to_one(self) -> None:
        probabilities = Classifier(SHIPPED_MODEL).probabilities(load_sample().test.glyphs[:7])
        assert probabilities.sum(axis=1) == pytest.approx(np.ones(7), abs=1e-5)


class TestWhatDoesNotFit:
    def test_no_model(self, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match=r"no model at .*none\.tflite.*make convert"):
            Classifier(tmp_path / "none.tflite")

    def test_no_card(self, model: Path) -> None:
        card_path(model).unlink()
        with pytest.raises(ModelError, match=r"no card .*digits\.json.*make convert"):
            Classifier(model)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"sha256": "0" * 64}, "another model.*make convert"),
            ({"glyph_geometry": 99}, "geometry 99.*make train convert"),
            ({"labels": ["a", "b"]}, "labels .*make train convert"),
            ({"temperature": 0}, "temperature is 0, expected .*make convert"),
        ],
    )
    def test_a_card_that_does_not_fit(self, model: Path, changes: dict[str, object], message: str) -> None:
        change_card(model, **changes)
        with pytest.raises(ModelError, match=message):
            Classifier(model)

    def test_a_card_that_is_no_json(self, model: Path) -> None:
        card_path(model).write_text("{")
        with pytest.raises(ModelError, match="cannot be read"):
            Classifier(model)

    def test_a_file_that_is_no_model(self) -> None:
        with pytest.raises(ModelError, match=r"x\.tflite.*make convert"):
            Network(b"not a model at all", Path("x.tflite"))


class TestSoftmax:
    def test_large_logits_do_not_overflow(self) -> None:
        assert softmax(np.array([[1000.0, 0.0]], np.float32)).tolist() == [[1.0, 0.0]]
