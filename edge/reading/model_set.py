"""The networks that read together, as one set: the classifier, the finder, the reader of crops, and their weights.

The classifier's card names the others by their sha256. They lie beside it, or, where a hand was learned and they did
not change, among the shipped ones; while a set is being replaced, the new member lies there as NAME.next.tflite.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from edge.errors import ModelError
from edge.finding.finder import Finder
from edge.reading.card import Origin
from edge.reading.classifier import MODEL_ID_DIGITS, Classifier, CropsReader
from edge.reading.union import Weights

MODELS = Path(__file__).resolve().parents[2] / "models"
SHIPPED_MODEL = MODELS / "digits.tflite"
LOCAL_MODEL = MODELS / "local" / "digits.tflite"
NAMED_WRITERS = 3
"""So many are named on the reader's first line, those with the most pictures."""


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


def describe_owner(model: Path, origin: Origin | None) -> str:
    """Whose model it is: the shipped one, or yours, of which date and from which pictures.

    Args:
        model: where its classifier lies.
        origin: what its card says.
    """
    whose = {SHIPPED_MODEL: "the shipped model", LOCAL_MODEL: "your model"}.get(model.resolve(), f"the model {model}")
    if origin is None:
        return whose
    words = [f"{whose} of {origin.date}" if origin.date else whose]
    if origin.own:
        words.append(f"taught by {origin.own} pictures of yours{_name_writers(origin.writers)}")
    if origin.extra:
        words.append(f"trained on {origin.extra} pictures of {origin.extra_name}, too")
    if whose == "your model" and not origin.own and not origin.extra:
        words.append("from no pictures of yours")
    if origin.forced:
        words.append("installed by FORCE=1 although it was found worse")
    return ", ".join(words)


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


def _name_writers(writers: Mapping[str, int]) -> str:
    """The first ones of them by name, in brackets."""
    named = sorted(((name, count) for name, count in writers.items() if name), key=lambda one: (-one[1], one[0]))
    rest = [f"{len(named) - NAMED_WRITERS} more"] if len(named) > NAMED_WRITERS else []
    words = [f"{name} {count}" for name, count in named[:NAMED_WRITERS]] + rest
    return f" ({', '.join(words)})" if words else ""


def _places(model: Path, name: str) -> Iterable[Path]:
    yield model.with_name(f"{name}.tflite")
    yield model.with_name(f"{name}.next.tflite")
    yield SHIPPED_MODEL.with_name(f"{name}.tflite")
