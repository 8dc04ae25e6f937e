"""The edge runs where there is neither TensorFlow nor the workstation side."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

IMPORT_ALL = """
import importlib, pkgutil, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"tensorflow", "keras", "train"}:
            raise AssertionError(f"{name} is imported")

sys.meta_path.insert(0, Refuse())
if len(sys.argv) > 1:
    importlib.import_module(sys.argv[1])
import edge
for module in pkgutil.walk_packages(edge.__path__, "edge."):
    importlib.import_module(module.name)
    print(module.name)
"""


def import_all(*first: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *first], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_every_edge_module_is_imported_without_tensorflow_keras_or_train() -> None:
    done = import_all()
    assert done.returncode == 0, done.stderr
    files = [path for path in (ROOT / "edge").rglob("*.py") if path != ROOT / "edge/__init__.py"]
    assert len(done.stdout.split()) == len(files)


@pytest.mark.parametrize("name", ["tensorflow", "keras", "train"])
def test_the_check_above_would_see_it(name: str) -> None:
    assert f"{name} is imported" in import_all(name).stderr
