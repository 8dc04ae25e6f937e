"""A trained network as the int8 file that a Raspberry Pi runs."""

from pathlib import Path

import keras
from IPython.utils.capture import capture_output

from edge.contract import Glyphs
from edge.reading.classifier import Network
from train.learning.draft import MAX_BYTES
from train.learning.quantize import quantize
from train.networks.classifier import scale_glyphs


def convert(model: keras.Model, glyphs: Glyphs, path: Path) -> Network:
    """Write the model as an int8 file, and load that file as the edge does.

    Args:
        model: as `build_model` builds it, trained.
        glyphs: a few hundred; they show the converter how large the numbers inside get.
        path: of the .tflite file.
    """
    with capture_output():  # beside what `quantize` hushes: in a notebook Python prints another way
        path.write_bytes(quantize(model, scale_glyphs(glyphs), max_bytes=MAX_BYTES["digits"]))
    return Network(path.read_bytes(), path)
