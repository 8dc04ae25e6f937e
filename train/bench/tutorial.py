"""The plain tutorial pipeline, as dozens of "MNIST on a Raspberry Pi" repositories write it: `make bench` times it.

Grey, blur, one threshold for the whole frame, outer contours, and one inference per digit. What such programs often get
wrong, but what costs no time, is done right here (square padding, quantization parameters): it reads a plain page.
"""

import contextlib
import importlib
import io

import cv2
import keras
import numpy as np
import tensorflow as tf
from keras import layers

from edge.contract import DIGITS, GLYPH_SIDE, Box, Frame, Glyph, Ink
from edge.quiet import without_greetings
from edge.runtime import RUNTIMES

MIN_WIDTH, MIN_HEIGHT = 4, 15
"""Smaller boxes are dirt, px ..."""
MAX_SHARE = 0.8
"""... and what is as wide or as high as this share of the frame is no digit."""
MARGIN = 0.2
"""Black around the square of a digit, as a share of its side: 28 px then hold 20 px of ink, as in MNIST."""
PARAMETERS = 225_034
"""Asserted when the network is built."""


class Tutorial:
    """Reads digits in frames.

    Args:
        network: asked once per digit.
    """

    def __init__(self, network: "OneByOne") -> None:
        self._network = network

    def read(self, frame: Frame) -> list[str]:
        """The digits of one frame, uint8 (height, width, 3) B,G,R, in the order of their contours: none sorts them."""
        ink = threshold(frame)
        return [DIGITS[self._network.classify(build_glyph(ink, box))] for box in find_boxes(ink)]


def threshold(frame: Frame) -> Ink:
    """Otsu's one threshold for the whole frame: uint8, (height, width), ink = 255 where darker than it."""
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    smooth = cv2.GaussianBlur(grey, (5, 5), 0)
    return cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)[1].astype(np.uint8)


def find_boxes(ink: Ink) -> list[Box]:
    """The boxes of outer contours that have the size of a digit."""
    contours, _ = cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    height, width = ink.shape
    boxes = [Box(*cv2.boundingRect(contour)) for contour in contours]
    return [
        box
        for box in boxes
        if MIN_WIDTH <= box.width < MAX_SHARE * width and MIN_HEIGHT <= box.height < MAX_SHARE * height
    ]


def build_glyph(ink: Ink, box: Box) -> Glyph:
    """The crop of one box, padded to a square with a margin and resized: uint8, (28, 28)."""
    crop = ink[box.y : box.bottom, box.x : box.right]
    side = max(box.width, box.height)
    left, top = (side - box.width) // 2, (side - box.height) // 2
    margin = round(MARGIN * side)
    square = cv2.copyMakeBorder(
        crop,
        top + margin,
        side - box.height - top + margin,
        left + margin,
        side - box.width - left + margin,
        cv2.BORDER_CONSTANT,
        value=0,
    )
    return cv2.resize(square, (GLYPH_SIDE, GLYPH_SIDE), interpolation=cv2.INTER_AREA).astype(np.uint8)


class OneByOne:
    """A .tflite network that takes one glyph at a time, on one thread.

    Args:
        content: the file, float or int8; input (1, 28, 28, 1), glyph / 255; output (1, 10) or more, digits first.
        runtime: the one to use, as `edge.reading.classifier.Network.runtime` names it.
    """

    def __init__(self, content: bytes, runtime: str) -> None:
        module = next(name for name in RUNTIMES if name.split(".")[0] == runtime)
        with without_greetings():
            self._interpreter = importlib.import_module(module).Interpreter(model_content=content, num_threads=1)
            self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]

    def classify(self, glyph: Glyph) -> int:
        """The class_id, 0 to 9, of one (28, 28) glyph; there is no "not a digit"."""
        real = glyph.reshape(1, GLYPH_SIDE, GLYPH_SIDE, 1).astype(np.float32) / 255
        if self._input["dtype"] == np.int8:
            scale, zero_point = self._input["quantization"]
            real = np.round(real / scale + zero_point).clip(-128, 127).astype(np.int8)
        self._interpreter.set_tensor(self._input["index"], real)
        self._interpreter.invoke()
        return int(self._interpreter.get_tensor(self._output["index"])[0, : len(DIGITS)].argmax())


def build_tutorial_model() -> keras.Model:
    """The tutorials' usual CNN, untrained: Keras' own MNIST example with one hidden dense layer more.

    Input: float32 (N, 28, 28, 1), glyph / 255. Output: float32 probabilities (N, 10).
    Source: keras.io/examples/vision/mnist_convnet, which has 34,826 parameters without the hidden layer.
    """
    model = keras.Sequential(
        [
            keras.Input((GLYPH_SIDE, GLYPH_SIDE, 1)),
            layers.Conv2D(32, 3, activation="relu"),  # (26, 26, 32)
            layers.MaxPooling2D(),  # (13, 13, 32)
            layers.Conv2D(64, 3, activation="relu"),  # (11, 11, 64)
            layers.MaxPooling2D(),  # (5, 5, 64)
            layers.Flatten(),  # (1600,)
            layers.Dense(128, activation="relu"),  # (128,)
            layers.Dropout(0.5),
            layers.Dense(len(DIGITS), activation="softmax"),  # (10,)
        ]
    )
    assert model.count_params() == PARAMETERS, model.count_params()
    return model


def convert_float(model: keras.Model) -> bytes:
    """The float .tflite of a model, as `TFLiteConverter` makes it without settings."""
    with contextlib.redirect_stdout(io.StringIO()):  # Keras prints what it exports
        return bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
