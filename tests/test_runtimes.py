"""The bundled pages give the same text with every TFLite runtime and OpenCV that the edge is to run on.

.venv-compat holds the oldest ones: tflite-runtime 2.14 (Python 3.11, numpy < 2), OpenCV 4.6 and Pillow 9.4, as
Raspberry Pi OS Bookworm has them. It is made once.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.errors import SetupError
from edge.install import ROOT, Plan, set_up

OLDEST = """
numpy<2
tflite-runtime==2.14.0
opencv-python-headless==4.6.0.66
pillow==9.4.0
"""
VERSIONS = """
from pathlib import Path
import cv2, numpy, PIL
from edge.reading.classifier import Classifier
runtime = Classifier(Path("models/digits.tflite")).network.runtime
print(runtime, cv2.__version__, numpy.__version__.split(".")[0], PIL.__version__)
"""
PAGES = ROOT / "tests/sample_pages"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def oldest_python(require) -> Path:
    """The Python in .venv-compat."""
    python = sys.executable if sys.version_info[:2] == (3, 11) else shutil.which("python3.11")
    require(python is not None, "python3.11, the last one with a tflite-runtime, is missing")
    plan = Plan(".venv-compat", str(python), newest_python=(3, 11), requirements=OLDEST)
    try:
        set_up(plan)
    except SetupError as error:
        require(False, str(error))
    return ROOT / plan.folder / "bin/python"


def truth() -> dict[str, list[str]]:
    content = json.loads(PAGES.with_suffix(".json").read_text(encoding="utf-8"))
    return {name: page["lines"] for name, page in content.items()}


def read_pages(python: Path) -> dict[str, list[str]]:
    """The text lines of each bundled page, read by edge/recognize.py under this Python."""
    options = ["--source", str(PAGES), "--model", "models/digits.tflite", "--show", "none", "--json", "-"]
    done = run(python, "edge/recognize.py", *options)
    readings = [json.loads(line) for line in done.splitlines()]
    return {reading["source"]: [line["text"] for line in reading["lines"]] for reading in readings}


def run(python: Path, *arguments: str) -> str:
    done = subprocess.run([python, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_newest_runtime_reads_what_is_written() -> None:
    assert run(Path(sys.executable), "-c", VERSIONS).split()[0] == "ai_edge_litert"
    assert read_pages(Path(sys.executable)) == truth()


def test_the_oldest_runtime_and_opencv_read_the_same(oldest_python: Path) -> None:
    assert run(oldest_python, "-c", VERSIONS).split() == ["tflite_runtime", "4.6.0", "1", "9.4.0"]
    assert read_pages(oldest_python) == truth()
