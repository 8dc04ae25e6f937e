"""What the finder is taught by: focal loss on heat, L1 on the sides, cross-entropy on what only teaches it."""

import keras
import tensorflow as tf

from train.learning import finder_samples as target
from train.networks.finder import CHANNELS

SIDES_WEIGHT, LABEL_WEIGHT, OTHER_WEIGHT = 1.0, 0.5, 0.3
"""Beside the heat's loss. Zhou et al. 2019, "Objects as points", give sizes 0.1, in px; ours are logarithms."""


class FinderLoss(keras.losses.Loss):  # type: ignore[misc]  # Keras has no types
    """Sum of all parts for targets (n, h, w, 10), as `draw_target` has them, and outputs (n, h, w, 16)."""

    def call(self, y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        """One number for the batch, (1,)."""
        heat = focal_loss(y_true[..., target.HEAT], y_true[..., target.SEEN], y_pred[..., 0])
        weight = y_true[..., target.WEIGHT]
        total = tf.reduce_sum(weight) + 1.0
        distance = tf.reduce_sum(tf.abs(y_true[..., target.SIDES] - y_pred[..., 1:5]), axis=-1)
        sides = tf.reduce_sum(weight * distance) / total
        label = tf.cast(y_true[..., target.LABEL], tf.int32)
        entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(label, y_pred[..., CHANNELS : CHANNELS + 10])
        labels = tf.reduce_sum(weight * entropy) / total
        other = focal_loss(y_true[..., target.OTHER], y_true[..., target.OTHER_SEEN], y_pred[..., CHANNELS + 10])
        return tf.reshape(heat + SIDES_WEIGHT * sides + LABEL_WEIGHT * labels + OTHER_WEIGHT * other, (1,))


def focal_loss(heat: tf.Tensor, seen: tf.Tensor, logit: tf.Tensor) -> tf.Tensor:
    """CenterNet's: hard cells count most, cells close to a middle little. All (n, h, w); a number."""
    log_yes, log_no = -tf.nn.softplus(-logit), -tf.nn.softplus(logit)
    yes = tf.sigmoid(logit)
    is_middle = tf.cast(heat > 0.999, tf.float32)
    middles = is_middle * tf.square(1 - yes) * log_yes
    others = (1 - is_middle) * tf.pow(1 - heat, 4.0) * tf.square(yes) * log_no
    return -tf.reduce_sum(seen * (middles + others)) / (tf.reduce_sum(seen * is_middle) + 1.0)
