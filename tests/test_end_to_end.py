"""From nothing to a reading: a quick training, its conversion, the bundled pages read by the result."""

import difflib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from train.digits.mnist import is_cached
from train.store import sha256

ROOT = Path(__file__).resolve().parents[1]
BLIND_FOR_SEVENS = """
from pathlib import Path
from train.networks.classifier import load_model
model = load_model(Path("models/local/base.keras"))
kernel, bias = model.get_layer("logits").get_weights()
bias[7] -= 9
model.get_layer("logits").set_weights([kernel, bias])
model.save("worse.keras")
"""


@pytest.fixture(scope="class")
def checkout(tmp_path_factory: pytest.TempPathFactory, require) -> Path:
    """A copy of this checkout, so that nobody's models/local/ is touched."""
    require(is_cached(), "MNIST is not cached: .venv-train/bin/python -m train.digits.mnist")
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("edge", "train", "models", "tests/sample_pages"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("local", "__pycache__"))
    for name in ("pyproject.toml", "tests/sample_pages.json"):
        shutil.copy(ROOT / name, copy / name)
    return copy


def run(checkout: Path, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr[-3000:]
    return done


@pytest.mark.slow
class TestQuickTrainConvertRead:
    """One story, in this order."""

    def test_1_train_writes_the_model_its_record_and_its_curves(self, checkout: Path) -> None:
        done = run(checkout, "-m", "train.learning.pretrain", "--quick")
        local = checkout / "models" / "local"
        written = {"base.keras", "base.training.json", "base.curves.csv", "base.curves.png"}
        assert {path.name for path in local.iterdir()} == written
        assert "misses of 10000" in done.stdout
        assert "Next: make convert" in done.stdout

    def test_2_convert_refuses_it_since_the_shipped_one_is_better(self, checkout: Path) -> None:
        done = run(checkout, "-m", "train.learning.convert", status=1)
        assert "models/local/base.keras" in done.stdout
        assert re.search(r"misses \d+ of the validation digits, the model in place \d+\. .*FORCE=1", done.stderr)
        assert not (checkout / "models" / "local" / "digits.tflite").exists()

    def test_2_forced_it_is_installed_and_the_card_tells_what_it_is_worth(self, checkout: Path) -> None:
        run(checkout, "-m", "train.learning.convert", "--force")
        card = json.loads((checkout / "models" / "local" / "digits.json").read_text())
        assert card["trained_on"]["mnist_train"] > 0
        assert any("the model in place" in one for one in card["forced"])
        assert card["compared"]["with"] == sha256(ROOT / "models" / "digits.tflite")
        assert card["metrics"]["mnist_test_int8"]["percent"] > 95

    def test_3_the_reader_prefers_it_and_reads_the_pages(self, checkout: Path) -> None:
        done = run(checkout, "edge/recognize.py", "--source", "tests/sample_pages", "--show", "none", "--json", "-")
        assert re.match(r"your model of \d{4}-\d\d-\d\d, from no pictures of yours, installed by FORCE=1", done.stderr)
        card = json.loads((checkout / "models" / "local" / "digits.json").read_text())
        frames = [json.loads(line) for line in done.stdout.splitlines()]
        assert {frame["model"] for frame in frames} == {card["sha256"][:12]}
        truth = json.loads((checkout / "tests" / "sample_pages.json").read_text())
        right = total = 0
        for frame in frames:
            expected = "".join(truth[frame["source"]]["lines"]).replace(" ", "")
            read = "".join(digit["label"] for digit in frame["digits"])
            blocks = difflib.SequenceMatcher(None, expected, read, autojunk=False).get_matching_blocks()
            right, total = right + sum(block.size for block in blocks), total + len(expected)
        assert right >= 0.85 * total

    def test_4_evaluate_puts_float_and_int8_side_by_side_in_one_report(self, checkout: Path) -> None:
        done = run(checkout, "-m", "train.judging.evaluate")
        assert "models/local/digits.tflite" in done.stdout
        assert "int8 was converted from base." in done.stdout
        for kind in ("base", "int8"):
            assert re.search(rf"^{kind} +9\d\.\d\d % \([\d,]+ misses of 10,000\)", done.stdout, re.MULTILINE)
        report = (checkout / "build" / "evaluate" / "report.html").read_text()
        assert "models/local/digits.tflite" in report

    def test_4_evaluate_shipped_prints_the_figures_of_the_readme(self, checkout: Path) -> None:
        printed = run(checkout, "-m", "train.judging.evaluate", "--shipped").stdout
        table = (ROOT / "README.md").read_text().partition("by `make evaluate SHIP=1`")[2].partition("\n\n")[0]
        figures = re.findall(r"\d\d\.\d\d % \(\d+ misses|[\d,]+ bytes", table)
        assert len(figures) == 3
        assert [figure for figure in figures if figure not in printed] == []

    def test_5_a_worse_model_is_refused_and_the_one_in_place_stays(self, checkout: Path) -> None:
        local = checkout / "models" / "local"
        before = (local / "digits.tflite").read_bytes()
        run(checkout, "-c", BLIND_FOR_SEVENS)
        done = run(checkout, "-m", "train.learning.convert", "--model", "worse.keras", status=1)
        assert "make convert FORCE=1" in done.stderr
        assert (local / "digits.tflite").read_bytes() == before


@pytest.mark.slow
class TestQuickTrainOfTheSecondLook:
    """As `make train` starts them, each by its own program: workers cannot load functions from such a program."""

    def test_1_the_finder_is_taught_and_measured(self, checkout: Path) -> None:
        done = run(checkout, "-m", "train.learning.finder", "--quick")
        record = json.loads((checkout / "models" / "local" / "finder.training.json").read_text())
        assert record["strangers"]["digits"] > 50
        assert record["sha256"] == sha256(checkout / "models" / "local" / "finder.keras")
        assert "Next: make train ONLY=crops" in done.stdout

    def test_2_the_reader_of_crops_learns_from_what_that_finder_finds(self, checkout: Path) -> None:
        done = run(checkout, "-m", "train.learning.crops", "--quick")
        record = json.loads((checkout / "models" / "local" / "crops.training.json").read_text())
        assert record["finder_sha256"] == sha256(checkout / "models" / "local" / "finder.keras")
        assert record["trained_on"]["mined"] > 1000
        assert "Next: make convert" in done.stdout
