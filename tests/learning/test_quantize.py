"""What comes out of the converter is int8 throughout, small, and says what the float model says."""

from pathlib import Path

import keras
import numpy as np
import pytest

from edge.errors import ModelError
from edge.reading.model_set import SHIPPED_MODEL
from edge.runtime import Network
from train.bench.tutorial import convert_float
from train.learning.draft import MAX_BYTES
from train.learning.quantize import check_int8, quantize, without_names

pytestmark = pytest.mark.filterwarnings("ignore:Statistics for quantized inputs were expected")  # the converter's own

SHAPE = 8, 8, 1


def build_model(*, batch: int | None = None) -> keras.Model:
    """A convolution and a layer of five logits, untrained."""
    keras.utils.set_random_seed(1)
    x = inputs = keras.Input(SHAPE, batch_size=batch)
    x = keras.layers.ReLU(max_value=6.0)(keras.layers.Conv2D(4, 3, padding="same")(x))
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(5)(x))


@pytest.fixture(scope="module")
def inputs() -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (200, *SHAPE)).astype(np.float32)


@pytest.fixture(scope="module")
def content(inputs: np.ndarray) -> bytes:
    with pytest.warns(UserWarning, match="Statistics for quantized inputs were expected"):
        return quantize(build_model(), inputs, max_bytes=10_000)


class TestQuantize:
    def test_says_what_the_float_model_says(self, content: bytes, inputs: np.ndarray) -> None:
        network = Network(content, Path("x.tflite"), takes=SHAPE, gives=(5,))
        expected = np.asarray(build_model()(inputs))
        assert network.run(inputs) == pytest.approx(expected, abs=0.03 * float(np.ptp(expected)))

    def test_activation_ranges_are_those_of_the_representative_dataset(self, content: bytes) -> None:
        scale, zero_point = Network(content, Path("x.tflite"), takes=SHAPE, gives=(5,)).input_quantization
        assert scale == pytest.approx(2 / 255, rel=0.02)
        assert abs(zero_point) <= 1

    def test_names_of_tensors_and_notes_of_the_converter_are_left_out(self, content: bytes) -> None:
        assert b"dense" not in content.lower()
        assert b"METADATA" not in content
        assert b"min_runtime_version" not in content
        assert without_names(content) == content


class TestCheckInt8:
    def test_a_float_model_is_refused_with_how_much_of_it_is_float(self) -> None:
        with pytest.raises(ModelError, match=r"holds \d+ float tensors \(.*\), expected none"):
            check_int8(convert_float(build_model()), max_bytes=100_000)

    def test_one_that_takes_a_fixed_number_at_once_is_refused(self, inputs: np.ndarray) -> None:
        with pytest.raises(ModelError, match="takes 1 inputs at once, expected any number"):
            quantize(build_model(batch=1), inputs[:5], max_bytes=10_000)

    def test_one_that_is_too_large_is_refused_with_both_sizes(self, content: bytes) -> None:
        with pytest.raises(ModelError, match=f"has {len(content)} bytes, expected at most {len(content) - 1}"):
            check_int8(content, max_bytes=len(content) - 1)
        check_int8(content, max_bytes=len(content))

    @pytest.mark.parametrize("name", MAX_BYTES)
    def test_what_ships_is_fully_int8_and_as_small_as_promised(self, name: str) -> None:
        check_int8(SHIPPED_MODEL.with_name(f"{name}.tflite").read_bytes(), max_bytes=MAX_BYTES[name])
