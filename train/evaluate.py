"""`make evaluate`: float and int8 side by side on MNIST: top-1, misses, confusion matrix.

    python -m train.evaluate                    the models in use, MNIST's test set
    python -m train.evaluate --shipped          what the repository ships, whatever is in models/local/

The int8 model is asked through the edge's own classifier. Writes build/evaluate/confusion_int8.png.
"""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow's greetings are no news to the user

import keras
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix

from edge.classifier import Classifier
from edge.contract import DIGITS, NOT_A_DIGIT, Glyphs, Logits
from edge.errors import DigitReaderError
from edge.reader import SHIPPED_MODEL, choose_model
from train.data import Labels, load_mnist
from train.model import scale_glyphs
from train.store import ROOT

OUT = ROOT / "build" / "evaluate"


def keras_logits(model: keras.Model, glyphs: Glyphs) -> Logits:
    """The float model's logits of (N, 28, 28) glyphs: float32, (N, 11)."""
    return np.asarray(model.predict(scale_glyphs(glyphs), batch_size=1000, verbose=0), np.float32)


def top1(logits: Logits) -> Labels:
    """Argmax of the ten digit logits, before rejection: class_ids, (N,)."""
    return np.asarray(logits[:, :NOT_A_DIGIT].argmax(axis=1), np.int64)


def misses(logits: Logits, labels: Labels) -> int:
    """How many digits the top-1 gets wrong."""
    return int((top1(logits) != labels).sum())


def draw_confusion(matrix: NDArray[np.int64], title: str, path: Path) -> None:
    """A confusion matrix as a PNG: rows are true labels, columns what was read; the diagonal is left pale."""
    figure = Figure(figsize=(6.4, 6.0), layout="constrained")
    axes = figure.subplots()
    wrong = matrix.astype(float)
    np.fill_diagonal(wrong, 0)
    axes.imshow(wrong, cmap="Reds")
    for row in range(len(matrix)):
        for column in range(len(matrix)):
            if matrix[row, column]:
                strong = wrong[row, column] > wrong.max() / 2
                axes.text(column, row, str(matrix[row, column]), ha="center", va="center", color="w" if strong else "k")
    axes.set(xticks=range(10), yticks=range(10), xticklabels=DIGITS, yticklabels=DIGITS)
    axes.set(xlabel="read as", ylabel="is a", title=title)
    figure.savefig(path, format="png", dpi=110)


def run(model: Path) -> None:
    """Print the table and draw the confusion matrix."""
    classifier = Classifier(model)
    test = load_mnist().test
    parent = model.with_name("base.keras")
    print(f"{'model':28s} {'MNIST test':>10s}  misses of {len(test)}")
    if parent.is_file():
        missed = misses(keras_logits(keras.models.load_model(parent, compile=False), test.glyphs), test.labels)
        print(f"{parent.name + ' (float)':28s} {100 - 100 * missed / len(test):8.2f} %  {missed}")
    logits = classifier.network.logits(test.glyphs)
    missed = misses(logits, test.labels)
    print(f"{model.name + ' (int8)':28s} {100 - 100 * missed / len(test):8.2f} %  {missed}")
    probabilities = classifier.probabilities(test.glyphs)
    accepted = (probabilities.argmax(axis=1) != NOT_A_DIGIT) & (
        probabilities[:, :NOT_A_DIGIT].max(axis=1) >= classifier.card.min_confidence
    )
    wrong = int((top1(logits) != test.labels)[accepted].sum())
    print(
        f"accepted at min_confidence {classifier.card.min_confidence}: {accepted.mean():.2%}, of these wrong: {wrong}"
    )
    print(f"size: {model.stat().st_size} bytes; run by {classifier.network.runtime}")
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / "confusion_int8.png"
    title = f"int8 on MNIST test: {missed} misses of {len(test)}"
    draw_confusion(confusion_matrix(test.labels, top1(logits), labels=range(NOT_A_DIGIT)), title, path)
    print(f"confusion matrix: {path.relative_to(ROOT)}")


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0; 1 with a line that says what to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shipped", action="store_true", help="look at models/, not at models/local/")
    options = parser.parse_args(arguments)
    try:
        run(SHIPPED_MODEL if options.shipped else choose_model())
    except DigitReaderError as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
