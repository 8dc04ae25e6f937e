"""The glyphs that a model has learned beside MNIST, kept with it: what was learned says nothing about new pictures."""

from functools import partial
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from edge.contract import GLYPH_SIDE, Glyphs
from train.store import save_whole, sha256

NOTHING: Glyphs = np.empty((0, GLYPH_SIDE, GLYPH_SIDE), np.uint8)


def learned_path(model: Path) -> Path:
    """Where they lie: x.keras -> x.learned.npz."""
    return model.with_name(f"{model.stem}.learned.npz")


def save_learned(model: Path, glyphs: Glyphs) -> None:
    """Put them beside the .keras file that has learned them; with none, none are left there of a former model."""
    path = learned_path(model)
    if len(glyphs):
        save_whole(path, partial(_write, glyphs=glyphs, sha=sha256(model)))
    else:
        path.unlink(missing_ok=True)


def load_learned(model: Path, sha: str) -> Glyphs:
    """Those of the .keras file with this sha256, (N, 28, 28); none where nothing is known of it."""
    try:
        with np.load(BytesIO(learned_path(model).read_bytes())) as kept:
            if str(kept["sha256"]) == sha:
                return np.asarray(kept["glyphs"], np.uint8)
    except (OSError, ValueError, KeyError, BadZipFile):
        pass  # of such a file nothing is known
    return NOTHING


def _write(path: Path, *, glyphs: Glyphs, sha: str) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, glyphs=glyphs, sha256=sha)
