"""The weights that ship are a moving average over the run: steadier than those of any one step."""

import keras
import numpy as np
from numpy.typing import NDArray

AVERAGE_EVERY = 8
"""The weights are averaged over time, at every so-manieth batch ..."""
AVERAGE_SHARE = 0.008
"""... of which the newest counts this share: over about a thousand batches."""


class AverageWeights(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Moving average of all weights, batch normalization's statistics too (Polyak and Juditsky 1992)."""

    def __init__(self) -> None:
        super().__init__()
        self.weights: list[NDArray[np.float32]] = []
        self._taken = 0

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Let the weights of now count."""
        del logs
        if batch % AVERAGE_EVERY:
            return
        self._taken += 1
        share = max(AVERAGE_SHARE, 10 / (9 + self._taken))  # a short run must not remember its untrained weights
        now = self.model.get_weights()
        self.weights = [old + share * (new - old) for old, new in zip(self.weights or now, now, strict=True)]
