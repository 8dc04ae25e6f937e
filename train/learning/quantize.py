"""A float Keras model -> a fully int8 .tflite, and the look into it that proves it."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray
from tensorflow.lite.tools import flatbuffer_utils

from edge.errors import ModelError


def quantize(model: keras.Model, representative: Iterable[NDArray[np.float32]], *, max_bytes: int) -> bytes:
    """Fully int8 .tflite of a float model; activation ranges come from the representative dataset.

    Args:
        model: any of ours.
        representative: inputs, each without the first axis; of one shape.
        max_bytes: what the file may have.

    Raises:
        ModelError: the result holds a float tensor, a custom or Flex op, or is too large.
    """
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    converter.representative_dataset = lambda: ([one[np.newaxis]] for one in representative)
    with _silence():
        content = without_names(bytes(converter.convert()))
    check_int8(content, max_bytes=max_bytes)
    return content


def without_names(content: bytes) -> bytes:
    """The same network without the names of its tensors and the converter's notes, which nobody asks for: KiB less."""
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    flatbuffer_utils.strip_strings(model)
    for note in model.metadata or []:
        model.buffers[note.buffer].data = None
    model.metadata = None
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def check_int8(content: bytes, *, max_bytes: int) -> None:
    """Look into the file: nothing but integer tensors and built-in ops, a resizable batch, at most `max_bytes`."""
    # Without delegates the interpreter shows the file's own ops.
    resolver = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_content=content, experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    floats = [
        tensor["name"] for tensor in interpreter.get_tensor_details() if np.issubdtype(tensor["dtype"], np.floating)
    ]
    if floats:
        raise ModelError(f"the converted model holds {len(floats)} float tensors ({floats[0]}, …), expected none.")
    ops = {op["op_name"] for op in interpreter._get_ops_details()}
    foreign = sorted(op for op in ops if "CUSTOM" in op.upper() or op.startswith("Flex") or op == "DELEGATE")
    if foreign:
        raise ModelError(f"the converted model needs {', '.join(foreign)}, expected built-in ops alone.")
    batch = int(interpreter.get_input_details()[0]["shape_signature"][0])
    if batch != -1:
        raise ModelError(f"the converted model takes {batch} inputs at once, expected any number.")
    if len(content) > max_bytes:
        raise ModelError(f"the converted model has {len(content)} bytes, expected at most {max_bytes}.")


@contextmanager
def _silence() -> Iterator[None]:
    """The converter's C++ and Python halves tell about themselves at length; a fault is still raised."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [(stream, os.dup(stream)) for stream in (1, 2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for stream, _ in kept:
            os.dup2(nowhere, stream)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for stream, copy in kept:
            os.dup2(copy, stream)
            os.close(copy)
        os.close(nowhere)
