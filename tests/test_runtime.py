"""An int8 network: what it takes and gives is what it says itself, and what does not fit is refused by name."""

from pathlib import Path

import numpy as np
import pytest

from edge import runtime
from edge.errors import ModelError, SetupError
from edge.reading.model_set import SHIPPED_MODEL
from edge.runtime import Network, build_interpreter, dequantize, quantize

GLYPHS = (28, 28, 1)


def open_network(takes: tuple[int | None, ...] = GLYPHS, gives: tuple[int | None, ...] = (11,)) -> Network:
    return Network(SHIPPED_MODEL.read_bytes(), Path("x.tflite"), takes=takes, gives=gives)


class TestQuantize:
    @pytest.mark.parametrize(
        ("real", "q"), [(0.0, -10), (0.5, -5), (0.54, -5), (0.56, -4), (-0.1, -11), (99.0, 127), (-99.0, -128)]
    )
    def test_rounds_to_the_nearest_and_saturates(self, real: float, q: int) -> None:
        assert quantize(np.array([real], np.float32), 0.1, -10).tolist() == [q]

    def test_the_widest_difference_does_not_wrap_around(self) -> None:
        assert dequantize(np.array([127, -128], np.int8), 0.5, -128).tolist() == [127.5, 0.0]
        assert dequantize(np.array([127, -128], np.int8), 0.5, 127).tolist() == [0.0, -127.5]

    def test_there_and_back_is_within_half_a_step(self) -> None:
        real = np.linspace(-3, 3, 1001, dtype=np.float32)
        assert dequantize(quantize(real, 0.03, 5), 0.03, 5) == pytest.approx(real, abs=0.0151)


class TestNetwork:
    def test_takes_any_number_of_rows_one_call_after_another(self) -> None:
        network, glyphs = open_network(), np.random.default_rng(0).random((9, 28, 28, 1), np.float32)
        together = network.run(glyphs)
        assert together.shape == (9, 11)
        assert network.run(glyphs[:2]) == pytest.approx(together[:2], abs=0.5)
        assert network.run(glyphs).tolist() == together.tolist()

    def test_real_values_are_quantized_by_its_own_scale(self) -> None:
        network, glyphs = open_network(), np.random.default_rng(0).random((3, 28, 28, 1), np.float32)
        q = quantize(glyphs, *network.input_quantization)
        assert network.run(glyphs).tolist() == network.run_quantized(q).tolist()

    def test_what_it_gave_does_not_change_with_the_next_call(self) -> None:
        network = open_network()
        first = network.run(np.zeros((1, *GLYPHS), np.float32))
        before = first.copy()
        network.run(np.ones((1, *GLYPHS), np.float32))
        assert np.array_equal(first, before)

    def test_any_size_will_do_where_none_is_asked_for(self) -> None:
        assert open_network(takes=(None, None, 1)).runtime == "ai_edge_litert"

    @pytest.mark.parametrize(
        ("takes", "gives", "message"),
        [
            (
                (32, 32, 2),
                (11,),
                r"x\.tflite: input is int8 \(N, 28, 28, 1\), expected quantized int8 \(N, 32, 32, 2\)",
            ),
            ((28, 28), (11,), r"input is int8 .*expected quantized int8 \(N, 28, 28\)"),
            (GLYPHS, (10,), r"output is int8 \(N, 11\), expected quantized int8 \(N, 10\)"),
            (GLYPHS, (None, None, 5), r"output is int8 \(N, 11\), expected quantized int8 \(N, any, any, 5\)"),
        ],
    )
    def test_other_tensors_are_refused_with_what_to_run(
        self, takes: tuple[int | None, ...], gives: tuple[int | None, ...], message: str
    ) -> None:
        with pytest.raises(ModelError, match=f"{message}.*make convert"):
            open_network(takes, gives)


class TestBuildInterpreter:
    def test_what_is_no_model_is_refused_with_what_each_runtime_says(self) -> None:
        with pytest.raises(ModelError, match=r"^x\.tflite is no model .* \(ai_edge_litert refuses x\.tflite: "):
            build_interpreter(b"no model", Path("x.tflite"))

    def test_without_any_runtime_it_is_set_up_that_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(runtime, "RUNTIMES", ("no_runtime.interpreter", "nor_this.lite"))
        with pytest.raises(SetupError, match=r"no_runtime: No module .*; nor_this: No module .*make demo"):
            build_interpreter(SHIPPED_MODEL.read_bytes(), Path("x.tflite"))

    def test_a_runtime_that_cannot_be_had_is_passed_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(runtime, "RUNTIMES", ("no_runtime.interpreter", *runtime.RUNTIMES))
        assert build_interpreter(SHIPPED_MODEL.read_bytes(), Path("x.tflite"))[1] == "ai_edge_litert"
