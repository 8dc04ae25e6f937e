"""What the finder's and the crops' network are built of; all of it becomes int8 without loss of a layer."""

import keras
import tensorflow as tf
from keras import layers

BATCH_MEMORY = 0.95
"""How much of its running mean and variance batch normalization keeps at each step."""


@keras.saving.register_keras_serializable("edge_digit_reader")
class DepthToSpace(layers.Layer):  # type: ignore[misc]  # Keras has no types
    """(N, h, w, 4c) -> (N, 2h, 2w, c). Unlike UpSampling2D it holds no size, so one model takes frames of any."""

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        """Lay four channels out as two rows and two columns."""
        return tf.nn.depth_to_space(inputs, 2)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """For Keras, where sides may be None."""
        count, height, width, depth = input_shape
        return count, height and 2 * height, width and 2 * width, (depth or 0) // 4


def convolve(
    x: keras.KerasTensor, filters: int, *, kernel: int, stride: int = 1, activate: bool = True
) -> keras.KerasTensor:
    """Convolution, batch normalization, ReLU6."""
    x = layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=BATCH_MEMORY)(x)
    return layers.ReLU(max_value=6.0)(x) if activate else x


def refine(x: keras.KerasTensor) -> keras.KerasTensor:
    """A residual 3x3 convolution."""
    return layers.ReLU(max_value=6.0)(layers.Add()([x, convolve(x, x.shape[-1], kernel=3, activate=False)]))


def enlarge(x: keras.KerasTensor, onto: keras.KerasTensor) -> keras.KerasTensor:
    """Twice the size, added onto a finer map."""
    x = DepthToSpace()(layers.Conv2D(4 * onto.shape[-1], 1)(x))
    return layers.ReLU(max_value=6.0)(layers.Add()([x, onto]))
