"""A set of converted networks before it is installed: in memory, or for a while on disk for those that measure it."""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edge.contract import GLYPH_GEOMETRY, LABELS
from edge.reading.union import Weights
from train.store import MEMBERS

MAX_BYTES = {"digits": 64 * 1024, "finder": 128 * 1024, "crops": 64 * 1024}
"""The sizes promised for the Pi Zero and for flash."""
EQUAL = Weights(both=(0.0, 1.0, 1.0, 1.0, 0.0), alone=(0.0, 1.0, 1.0), glyph_share=0.5, company=())
"""All witnesses are heard alike: where their weights are not fitted yet, or there is nothing to fit them by."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Fully int8 .tflite files, as bytes."""

    digits: bytes
    finder: bytes
    crops: bytes

    @property
    def contents(self) -> dict[str, bytes]:
        """By file name."""
        return {f"{name}.tflite": getattr(self, name) for name in MEMBERS}

    def second_look(self, crops_temperature: float, weights: Weights) -> dict[str, Any]:
        """What the classifier's card says about the others."""
        return {
            "finder_sha256": hashlib.sha256(self.finder).hexdigest(),
            "crops_sha256": hashlib.sha256(self.crops).hexdigest(),
            "crops_temperature": crops_temperature,
            "weights": asdict(weights),
        }

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """The classifier's path in a folder of its own, with a card of temperature 1 and equal weights."""
        card = {
            "labels": list(LABELS),
            "glyph_geometry": GLYPH_GEOMETRY,
            "sha256": hashlib.sha256(self.digits).hexdigest(),
            "temperature": 1.0,
            "min_confidence": 0.5,
            "second_look": self.second_look(1.0, EQUAL),
        }
        with tempfile.TemporaryDirectory() as folder:
            for name, content in self.contents.items():
                (Path(folder) / name).write_bytes(content)
            (Path(folder) / "digits.json").write_text(json.dumps(card))
            yield Path(folder) / "digits.tflite"
