"""What a training run leaves: the model, its record, and its learning curves as numbers and as a picture."""

import csv
from pathlib import Path
from typing import Any

import keras

from edge.contract import Glyphs
from train.digits.learned import NOTHING, learned_path, save_learned
from train.judging.charts import as_png, draw_curves
from train.store import keep_previous, save_json, save_whole, sha256


def save_run(
    model: keras.Model,
    curves: dict[str, list[float]],
    record: dict[str, Any],
    path: Path,
    *,
    learned: Glyphs = NOTHING,
) -> None:
    """Save x.keras, and beside it x.training.json, x.curves.csv and .png, x.learned.npz; former ones are kept.

    Args:
        model: trained.
        curves: loss, accuracy, val_loss and val_accuracy by epoch; empty: there are none.
        record: how the model came about; its sha256 is added.
        path: of the model, ends in .keras.
        learned: glyphs of yours that it was trained on, (N, 28, 28).
    """
    stem = path.stem
    files = [path.with_name(f"{stem}.{ending}") for ending in ("keras", "training.json", "curves.csv", "curves.png")]
    _, record_file, table, picture = files
    keep_previous([*files, learned_path(path)])
    save_whole(path, lambda part: _save_keras(model, part))
    save_json(record_file, {"sha256": sha256(path), **record})
    save_learned(path, learned)
    if curves:
        save_whole(table, lambda part: _save_curves_csv(curves, part))
        save_whole(picture, lambda part: part.write_bytes(as_png(draw_curves(curves), transparent=False)))
    else:  # those of the former model would speak for this one
        table.unlink(missing_ok=True)
        picture.unlink(missing_ok=True)


def _save_keras(model: keras.Model, path: Path) -> None:
    inner = path.with_suffix(".tmp.keras")  # Keras insists on the suffix
    try:
        model.save(inner)
        inner.replace(path)
    finally:  # half of one would take room on a full disk
        inner.unlink(missing_ok=True)


def _save_curves_csv(curves: dict[str, list[float]], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", *curves])
        writer.writerows([n, *row] for n, row in enumerate(zip(*curves.values(), strict=True), 1))
