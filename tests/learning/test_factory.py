"""Back to the shipped model, and back again."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.reading.reader import SHIPPED_MODEL
from train import store
from train.learning import factory

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the command needs, and a local model."""
    for name in ("edge", "train", "models"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("local", "__pycache__"))
    local = tmp_path / "models" / "local"
    local.mkdir()
    for name in store.SET:
        shutil.copy(SHIPPED_MODEL.with_name(name), local)
    (local / "finetuned.keras").write_bytes(b"keras")
    return tmp_path


def run(checkout: Path) -> "subprocess.CompletedProcess[str]":
    # -I -S: as the plain python3 of a machine on which nothing was set up
    start = "import runpy, sys; sys.path[:0] = ['.']; runpy.run_module('train.learning.factory', run_name='__main__')"
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", start], cwd=checkout, capture_output=True, text=True, check=True
    )


def chosen_model(checkout: Path) -> str:
    ask = "from edge.reading import model_set, reader; print(reader.choose_model().relative_to(model_set.MODELS))"
    done = subprocess.run([sys.executable, "-c", ask], cwd=checkout, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_moves_everything_says_where_and_how_to_come_back(checkout: Path) -> None:
    assert chosen_model(checkout) == "local/digits.tflite"
    lines = run(checkout).stdout.splitlines()
    assert chosen_model(checkout) == "digits.tflite"
    assert lines[0].startswith("moved to models/local/previous/")
    assert lines[0].endswith(": crops.tflite, digits.json, digits.tflite, finder.tflite, finetuned.keras")
    assert [path.name for path in (checkout / "models" / "local").iterdir()] == ["previous"]

    back = lines[2].removeprefix("Back to yours: ")
    assert shlex.split(back)[0] == "cp"
    subprocess.run(back, shell=True, cwd=checkout, check=True)
    assert chosen_model(checkout) == "local/digits.tflite"
    assert (checkout / "models" / "local" / "finetuned.keras").read_bytes() == b"keras"


def test_nothing_local_is_no_error(checkout: Path) -> None:
    run(checkout)
    assert run(checkout).stdout == "models/local holds no model: the reader uses the shipped one already.\n"


def test_no_folder_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert factory.main([], local=tmp_path / "local") == 0
    assert "holds no model" in capsys.readouterr().out


def test_what_a_running_training_is_writing_stays(tmp_path: Path) -> None:
    for name in (".part-1-base.keras", "base.keras"):
        (tmp_path / name).touch()
    assert factory.main([], local=tmp_path) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [".part-1-base.keras", "previous"]


def test_the_classifier_goes_first_for_without_it_the_shipped_set_reads(tmp_path: Path) -> None:
    gone: list[str] = []

    class Noting(type(tmp_path)):  # type: ignore[misc]
        def unlink(self, missing_ok: bool = False) -> None:
            gone.append(self.name)
            super().unlink(missing_ok)

    for name in ("base.keras", "crops.tflite", "digits.json", "digits.tflite", "finder.next.tflite", "finder.tflite"):
        (tmp_path / name).touch()
    factory.move_aside(Noting(tmp_path))
    assert (gone[0], len(gone)) == ("digits.tflite", 6)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "digits.tflite").write_bytes(b"mine")
    (tmp_path / "previous").touch()  # a file where the folder would be
    assert factory.main([], local=tmp_path) == 1
    assert f"{tmp_path}/previous" in capsys.readouterr().err
    assert (tmp_path / "digits.tflite").read_bytes() == b"mine"
