"""The networks that read together, as one set: the classifier, the finder, the reader of crops, and their weights.

The classifier's card names the others by their sha256. They lie beside it, or, where a hand was learned and they did
not change, among the shipped ones; while a set is being replaced, the new member lies there as NAME.next.tflite.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from edge.errors import ModelError
from edge.finding.finder import Finder
from edge.reading.classifier import MODEL_ID_DIGITS, Classifier, CropsReader
from edge.reading.union import Weights

MODELS = Path(__file__).resolve().parents[2] / "models"
SHIPPED_MODEL = MODELS / "digits.tflite"
LOCAL_MODEL = MODELS / "local" / "digits.tflite"


@dataclass(frozen=True, slots=True)
class ModelSet:
    """All that a reader asks."""

    classifier: Classifier
    finder: Finder
    crops: CropsReader
    weights: Weights
    finder_id: str
    """First hex digits of the finder's sha256; the classifier names its own."""


def load_set(model: Path) -> ModelSet:
    """The set of a classifier, a .tflite file with its card.

    Raises:
        ModelError: a member is missing or is another than the card names.
        SetupError: no TFLite runtime works here.
    """
    classifier = Classifier(model)
    look = classifier.card.second_look
    if look is None:
        raise ModelError(f"the card of {model} names no finder: it is of a former version. Run `make convert`.")
    finder_path, finder = find_member(model, "finder", look.finder_sha256)
    crops_path, crops = find_member(model, "crops", look.crops_sha256)
    return ModelSet(
        classifier,
        Finder(finder, finder_path),
        CropsReader(crops, crops_path, look.crops_temperature),
        look.weights,
        look.finder_sha256[:MODEL_ID_DIGITS],
    )


def find_member(model: Path, name: str, sha256: str) -> tuple[Path, bytes]:
    """The file of this name and sha256 beside a classifier, or the shipped one, and its content.

    Raises:
        ModelError: there is none.
    """
    for path in _places(model, name):
        try:
            content = path.read_bytes() if path.is_file() else b""
        except OSError as error:
            raise ModelError(
                f"{path} cannot be read ({error.strerror}). Run `make convert` on the workstation."
            ) from error
        if hashlib.sha256(content).hexdigest() == sha256:
            return path, content
    raise ModelError(
        f"{model} was made for the {name} {sha256[:MODEL_ID_DIGITS]}, which is neither beside it nor shipped. "
        "Run `make convert` on the workstation, then `make deploy PI=<host>`."
    )


def _places(model: Path, name: str) -> Iterable[Path]:
    yield model.with_name(f"{name}.tflite")
    yield model.with_name(f"{name}.next.tflite")
    yield SHIPPED_MODEL.with_name(f"{name}.tflite")
