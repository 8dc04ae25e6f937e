"""What `make train` learns from, and what it keeps away from the gates."""

from pathlib import Path

import keras
import numpy as np
import pytest

from edge.contract import Glyphs
from edge.errors import SetupError
from train.digits.mnist import load_sample
from train.learning.averaging import AVERAGE_EVERY, AverageWeights
from train.learning.material import open_material
from train.learning.pretrain import (
    AugmentedBatches,
    BalancedCrossentropy,
    Recipe,
    collect,
)
from train.pages.shapes import draw_digits
from train.pages.signs import draw_signs
from train.pages.world import bare_world, open_world

RECIPE = Recipe(mnist=300, mnist_times=2, shapes=40, signs=10, pages=2, validation_pages=1, epochs=1)


def known(glyphs: Glyphs, among: Glyphs) -> np.ndarray:
    """Which of the glyphs are among the others, pixel by pixel."""
    seen = {glyph.tobytes() for glyph in among}
    return np.array([glyph.tobytes() in seen for glyph in glyphs])


class TestCollect:
    def test_joins_mnist_twice_shapes_signs_and_what_the_edge_finds_on_pages(self) -> None:
        mnist = load_sample()
        train, validation = collect(mnist, RECIPE, seed=1, world=bare_world())
        assert np.array_equal(train.glyphs[:300], mnist.train.glyphs[:300])
        assert np.array_equal(train.glyphs[300:600], mnist.train.glyphs[:300])
        assert np.array_equal(train.glyphs[600:640], draw_digits(40, 1).glyphs)
        assert np.array_equal(train.glyphs[640:650], draw_signs(10, 1).glyphs)
        assert len(train) > 650
        assert np.array_equal(validation.glyphs[: len(mnist.validation)], mnist.validation.glyphs)
        assert len(validation) > len(mnist.validation)

    def test_no_validation_digit_is_learned(self) -> None:
        mnist = load_sample()
        train, _ = collect(mnist, RECIPE, seed=1, world=bare_world())
        assert not known(mnist.validation.glyphs, train.glyphs).any()


class TestMaterial:
    @pytest.fixture(autouse=True)
    def empty_cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        open_world.cache_clear()
        yield
        open_world.cache_clear()

    def test_what_ships_is_not_trained_on_a_part_of_the_world(self) -> None:
        with pytest.raises(SetupError, match=r"families are missing .*`python -m train\.pages\.material`"):
            open_material(fetch=False, whole=True)

    def test_anything_else_is_trained_on_what_there_is_and_says_so(self, capsys: pytest.CaptureFixture[str]) -> None:
        world = open_material(fetch=False, whole=False)
        assert world.missing
        assert capsys.readouterr().out == f"{world.describe()}\n"


class TestAugmentedBatches:
    def test_each_epoch_shuffles_and_distorts_anew(self) -> None:
        digits = load_sample().train
        batches = AugmentedBatches(digits, seed=1, epochs=8)
        first = batches[0]
        assert np.array_equal(batches[0][0], first[0])
        batches.on_epoch_end()
        assert not np.array_equal(batches[0][1], first[1])

    def test_most_glyphs_of_the_last_epochs_are_left_as_they_are(self) -> None:
        digits = load_sample().train
        batches = AugmentedBatches(digits, seed=1, epochs=4)
        shares = []
        for _ in range(4):
            glyphs = np.round(batches[0][0][..., 0] * 255).astype(np.uint8)
            shares.append(known(glyphs, digits.glyphs).mean())
            batches.on_epoch_end()
        assert shares[:3] == [0, 0, 0]
        assert 0.5 < shares[3] < 0.7

    def test_all_chance_follows_from_the_seed(self) -> None:
        digits = load_sample().train
        one, again, other = (AugmentedBatches(digits, seed, epochs=8)[0][0] for seed in (1, 1, 2))
        assert np.array_equal(one, again)
        assert not np.array_equal(one, other)


class TestBalancedCrossentropy:
    def test_logits_that_know_nothing_are_right_where_each_label_is_as_frequent_as_trained(self) -> None:
        labels = np.array([0, 1, *[10] * 8])
        loss = BalancedCrossentropy(labels)(labels, np.zeros((10, 11), np.float32))
        assert float(loss) == pytest.approx(-(0.2 * np.log(0.1) + 0.8 * np.log(0.8)), abs=1e-4)


class TestAverageWeights:
    def test_the_first_weights_fade_even_in_a_short_run(self) -> None:
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
        average = AverageWeights()
        average.set_model(model)
        for step in range(100):
            model.set_weights([np.full((1, 1), 1000.0 if step == 0 else 1.0, np.float32)])
            average.on_train_batch_end(step * AVERAGE_EVERY)
        assert average.weights[0].item() == pytest.approx(1.0, abs=0.01)
