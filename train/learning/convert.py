"""`make convert`: a .keras model -> fully int8 digits.tflite and its card digits.json, checked and gated.

python -m train.learning.convert                    the newest model in models/local/, else models/base.keras
python -m train.learning.convert --model x.keras    this one
python -m train.learning.convert --force            install it although a gate says that it is worse; the card tells
python -m train.learning.convert --ship             models/base.keras -> models/: what the repository ships
"""

import argparse
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow's greetings are no news to the user

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from edge.contract import GLYPH_GEOMETRY, LABELS, Glyphs
from edge.errors import DigitReaderError, ModelError
from edge.reading.classifier import Network, softmax
from edge.whole_file import is_part
from train.digits.mnist import Mnist, load_mnist
from train.learning.thresholds import (
    UNKNOWN,
    count_accepted,
    fit_min_confidence,
    fit_temperature,
    fit_trained_share,
    judge_pages,
    see_pages,
)
from train.metrics import misses
from train.networks.classifier import keras_logits, load_model, scale_glyphs
from train.pages.labels import build_page_glyphs
from train.store import LOCAL, SHIPPED, code_version, install_model, load_record, model_folder, sha256

MAX_BYTES = 64 * 1024
"""The size promised for the Pi Zero and for flash."""
MORE_THAN_PARENT = 5
"""The int8 model may miss this many more of the 5,000 validation digits than its Keras parent ..."""
MORE_THAN_FORMER = 10
"""... and this many more than the model that it replaces."""
VALIDATION_PAGES = 120
"""Twice: the thresholds are fitted on the first ones, the card's counts come from the others."""
REPRESENTATIVE_PAGES = 20
SEED = 7


@dataclass(frozen=True, slots=True)
class Parent:
    """The float model that is converted."""

    path: Path
    why: str
    """Why this one, for the user."""


def convert(model: keras.Model, representative: Glyphs) -> bytes:
    """Fully int8 .tflite of a float model; activation ranges come from the representative dataset.

    Raises:
        ModelError: the result holds a float tensor, a custom or Flex op, or is too large.
    """
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    glyphs = scale_glyphs(representative)
    converter.representative_dataset = lambda: ([glyph[np.newaxis]] for glyph in glyphs)
    with _silence():
        content = bytes(converter.convert())
    check_int8(content)
    return content


def check_int8(content: bytes) -> None:
    """Look into the file: nothing but integer tensors and built-in ops, a resizable batch, at most 64 KiB."""
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
        raise ModelError(f"the converted model takes {batch} glyphs at once, expected any number.")
    if len(content) > MAX_BYTES:
        raise ModelError(f"the converted model has {len(content)} bytes, expected at most {MAX_BYTES}.")


def check_gates(own: int, parent: int, former: int | None) -> list[str]:
    """What speaks against a model, by misses on the validation slice: its own, its parent's, the former's."""
    against = []
    if own > parent + MORE_THAN_PARENT:
        against.append(f"int8 misses {own} of the validation digits, its Keras parent {parent}")
    if former is not None and own > former + MORE_THAN_FORMER:
        against.append(f"it misses {own} of the validation digits, the model in place {former}")
    return against


def choose_parent(model: Path | None, *, ship: bool, local: Path = LOCAL) -> Parent:
    """Which .keras file is converted: the named one, else the newest local one, else what is shipped.

    Raises:
        ModelError: there is none.
    """
    own = [path for path in local.glob("*.keras") if not is_part(path)]
    if model is not None:
        chosen = Parent(model, "as MODEL= says")
    elif ship:
        chosen = Parent(SHIPPED / "base.keras", "the shipped one, as SHIP=1 says")
    elif own:
        chosen = Parent(max(own, key=lambda path: path.stat().st_mtime), f"the newest in {local}")
    else:
        chosen = Parent(SHIPPED / "base.keras", f"the shipped one, as {local} holds none")
    if not chosen.path.is_file():
        raise ModelError(f"no model at {chosen.path}. Run `make train`, or name one: `make convert MODEL=x.keras`.")
    return chosen


def measure(network: Network, model: keras.Model, mnist: Mnist) -> dict[str, dict[str, float | int]]:
    """Top-1 of float and int8 on MNIST's validation slice and test set: n, misses, percent."""
    metrics = {}
    for name, digits in (("validation", mnist.validation), ("test", mnist.test)):
        for kind, logits in (("float", keras_logits(model, digits.glyphs)), ("int8", network.logits(digits.glyphs))):
            missed = misses(logits, digits.labels)
            percent = round(100 - 100 * missed / len(digits), 2)
            metrics[f"mnist_{name}_{kind}"] = {"n": len(digits), "misses": missed, "percent": percent}
    return metrics


def fit_thresholds(network: Network, mnist: Mnist) -> dict[str, Any]:
    """Temperature, trained_share and min_confidence, with what they accept on other pages, as the card has them.

    The first and the last are fitted on clear digits, too: MNIST's, each alone.
    """
    fitted, counted = (
        see_pages(mnist.validation, pages=VALIDATION_PAGES, seed=SEED + n, workers=os.cpu_count() or 1) for n in (1, 2)
    )
    fitted_logits, counted_logits = ([network.logits(page.glyphs) for page in pages] for pages in (fitted, counted))
    digits = mnist.validation
    alone = network.logits(digits.glyphs)
    known = np.concatenate([page.labels for page in fitted])
    temperature = fit_temperature(
        np.concatenate([alone, np.concatenate(fitted_logits)[known != UNKNOWN]]),
        np.concatenate([digits.labels, known[known != UNKNOWN]]),
    )
    temperature = round(temperature, 3)
    share = round(fit_trained_share(fitted, fitted_logits, temperature), 3)
    probabilities, labels = judge_pages(fitted, fitted_logits, temperature=temperature, trained_share=share)
    min_confidence = fit_min_confidence(
        np.concatenate([softmax(alone / np.float32(temperature)), probabilities]),
        np.concatenate([digits.labels, labels]),
    )
    judged = judge_pages(counted, counted_logits, temperature=temperature, trained_share=share)
    return {
        "temperature": temperature,
        "trained_share": share,
        "min_confidence": min_confidence,
        "rendered_pages": count_accepted(*judged, min_confidence=min_confidence, pages=VALIDATION_PAGES),
    }


def build_card(parent: Path, content: bytes) -> dict[str, Any]:
    """What the card says about where a model comes from."""
    record = load_record(parent.with_suffix(".training.json"), sha256(parent))
    return {
        "labels": list(LABELS),
        "glyph_geometry": GLYPH_GEOMETRY,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "keras": parent.name,
        "keras_sha256": sha256(parent),
        "keras_parent_sha256": record.get("parent_sha256"),
        "trained_on": record.get("trained_on"),
        "seed": record.get("seed"),
        "code_version": code_version(),
        "converted": datetime.now(UTC).isoformat(timespec="seconds"),
    }


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


def _former_misses(path: Path, mnist: Mnist) -> int | None:
    """Misses of the model in place on the validation slice; None when there is none that runs."""
    try:
        return misses(Network(path.read_bytes(), path).logits(mnist.validation.glyphs), mnist.validation.labels)
    except (FileNotFoundError, ModelError):
        return None


def run(options: argparse.Namespace) -> int:
    """Convert, fit, measure, gate, save."""
    chosen = choose_parent(options.model, ship=options.ship)
    parent = chosen.path
    print(f"converting {parent}: {chosen.why}", flush=True)
    mnist = load_mnist()
    model = load_model(parent)
    pages = build_page_glyphs(mnist.train, pages=REPRESENTATIVE_PAGES, seed=SEED, workers=os.cpu_count() or 1)
    content = convert(model, np.concatenate([mnist.train.glyphs[:400], pages.glyphs[:400]]))

    folder = model_folder(ship=options.ship)
    target = folder / "digits.tflite"
    network = Network(content, target)
    metrics = measure(network, model, mnist)
    own, float_misses = (int(metrics[f"mnist_validation_{kind}"]["misses"]) for kind in ("int8", "float"))
    against = check_gates(own, float_misses, _former_misses(target, mnist))
    if against and not options.force:
        print(f"convert: not installed: {'; '.join(against)}. `make convert FORCE=1` does it anyway.", file=sys.stderr)
        return 1
    card = build_card(parent, content) | fit_thresholds(network, mnist) | {"metrics": metrics, "forced": against}
    install_model(folder, content, card)
    for name, row in metrics.items():
        print(f"{name:24s} {row['percent']:.2f} % ({row['misses']} misses of {row['n']})")
    print(
        f"temperature {card['temperature']}, trained_share {card['trained_share']}, "
        f"min_confidence {card['min_confidence']}; {target}: {len(content)} bytes"
    )
    seen = card["rendered_pages"]
    print(
        f"{seen['pages']} rendered pages: {seen['recall_percent']:.2f} % of {seen['digits']} digits read, "
        f"{seen['misread']} misread, {seen['false_accepts']} of {seen['others']} others taken for digits "
        f"({seen['false_accept_percent_at_99_recall']:.1f} % where 99 % of the digits are accepted)"
    )
    if not options.ship:
        print("The reader here uses it from now on. Next: make evaluate, or make deploy PI=user@host")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0; 1 where nothing was installed, with a line that says why."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="the .keras file to convert")
    parser.add_argument("--force", action="store_true", help="install it whatever the gates say")
    parser.add_argument("--ship", action="store_true", help="convert models/base.keras into models/")
    options = parser.parse_args(arguments)
    if options.ship and options.model:
        parser.error("--ship converts models/base.keras: leave --model (MODEL=) out")
    try:
        return run(options)
    except DigitReaderError as error:
        print(f"convert: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nconvert: stopped; the model in place is as it was.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
