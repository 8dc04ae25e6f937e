"""A .keras file that is damaged, or wants more memory than there is, is refused in one sentence."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.errors import ModelError
from train.networks.classifier import load_model
from train.store import SHIPPED

Change = Callable[[dict[str, bytes]], None]


def rewrite(folder: Path, change: Change) -> Path:
    """The shipped classifier with other members in its zip."""
    with zipfile.ZipFile(SHIPPED / "base.keras") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    path = folder / "x.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def set_units(**sizes: float) -> Change:
    """Other sizes for the last layer that has them."""

    def change(members: dict[str, bytes]) -> None:
        config = json.loads(members["config.json"])
        (name,) = sizes
        layer = next(one for one in reversed(config["config"]["layers"]) if name in one["config"])
        layer["config"] |= sizes
        members["config.json"] = json.dumps(config).encode()

    return change


def put(name: str, content: bytes) -> Change:
    return lambda members: members.update({name: content})


DAMAGED = {
    "a layer of a thousand million units": (set_units(units=10**9), "a layer of it has a size of over 1000"),
    "as many filters": (set_units(filters=10**9), "a layer of it has a size of over 1000"),
    "as many, as a real number": (set_units(filters=1e12), "a layer of it has a size of over 1000"),
    "a layer of infinitely many": (set_units(units=float("inf")), "a layer of it has a size of over 1000"),
    "a layer of none": (set_units(units=-1), "is no Keras model"),
    "a bomb": (put("config.json", bytes(65 * 2**20)), "66 MiB unpacked, ours have less than 64"),
    "no layers": (put("config.json", b"{}"), "is no Keras model"),
    "no JSON": (put("config.json", b"{"), "is no Keras model"),
    "JSON nested too deep": (put("config.json", 100_000 * b"["), "is no Keras model"),
    "no UTF-8": (put("config.json", b"\xff\xfe\x00"), "is no Keras model"),
    "no weights": (put("model.weights.h5", b""), "is no Keras model"),
    "half the weights": (lambda members: members.update({k: v[:9000] for k, v in members.items()}), "is no Keras m"),
}


@pytest.mark.parametrize(("change", "words"), DAMAGED.values(), ids=DAMAGED)
def test_is_refused_in_one_sentence(tmp_path: Path, change: Change, words: str) -> None:
    path = rewrite(tmp_path, change)
    with pytest.raises(ModelError) as raised:
        load_model(path)
    assert words in str(raised.value)
    assert str(raised.value).endswith("Run `make train`.")
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400 + len(str(path))


def test_what_ships_is_none_of_these(tmp_path: Path) -> None:
    assert load_model(rewrite(tmp_path, put("more.txt", b""))).output_shape == (None, 11)
