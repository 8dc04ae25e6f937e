"""Whether a set may be installed: it must read digits and pages no worse than the one that the reader uses now."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.contract import NOT_A_DIGIT
from edge.reading.card import card_path
from edge.reading.model_set import SHIPPED_MODEL
from tests.learning.seen import build_page, either
from tests.test_makefile import copy_of_this_checkout
from train import store
from train.digits.mnist import is_cached, load_sample
from train.learning.draft import EQUAL
from train.learning.gates import (
    PageCounts,
    check_digits,
    check_pages,
    count_misses,
    count_pages,
    find_in_place,
    open_in_place,
)


class TestCheckDigits:
    @pytest.mark.parametrize(
        ("own", "parent", "in_place", "refused"),
        [
            (20, 20, None, 0),
            (25, 20, None, 0),
            (26, 20, None, 1),
            (30, 28, 20, 0),
            (31, 28, 20, 1),
            (40, 20, 20, 2),
        ],
    )
    def test_five_more_than_the_parent_and_ten_more_than_the_one_in_place(
        self, own: int, parent: int, in_place: int | None, refused: int
    ) -> None:
        assert len(check_digits(own, parent, in_place)) == refused


def count(right: int = 5000, misread: int = 80, false_accepts: int = 100) -> PageCounts:
    """On 180 pages of 6,000 digits."""
    return PageCounts(180, 6000, right, misread, false_accepts)


class TestCheckPages:
    @pytest.mark.parametrize(
        ("own", "words"),
        [
            (count(), []),
            (count(right=5600, misread=40, false_accepts=10), []),
            (count(right=4941, misread=96, false_accepts=125), []),
            (count(right=4939), ["it reads 82.32 %, the set in place 83.33 %"]),
            (count(misread=97), ["it misreads 97, the set in place 80"]),
            (count(false_accepts=126), ["it takes 126 others for digits, the set in place 100"]),
            (count(right=0, misread=999, false_accepts=999), ["reads 0.00 %", "misreads 999", "takes 999"]),
        ],
        ids=["alike", "better", "within", "recall", "misread", "false accepts", "all three"],
    )
    def test_each_may_be_worse_by_its_tolerance(self, own: PageCounts, words: list[str]) -> None:
        against = check_pages(own, count())
        assert len(against) == len(words)
        assert all(part in line for part, line in zip(words, against, strict=True))

    def test_a_good_hand_that_costs_others_is_refused(self) -> None:
        assert len(check_pages(count(right=5000 - 168), count())) == 1  # 2.8 points of recall, as it once went unseen


class TestCountPages:
    def test_a_digit_that_was_not_even_found_is_not_read(self) -> None:
        seen = build_page([3, NOT_A_DIGIT], [(either(0.9), either(0.9), 2.0), (either(0.1), either(0.1), -2.0)])
        page = type(seen)(seen.pool, seen.labels, written=4)
        counts = count_pages([page], EQUAL, 0.5)
        assert counts == PageCounts(pages=1, written=4, right=1, misread=0, false_accepts=0)
        assert counts.recall == 25.0


class TestInPlace:
    @pytest.fixture
    def local(self, tmp_path: Path) -> Path:
        """A local set, as convert installs it."""
        for name in store.SET:
            shutil.copy(SHIPPED_MODEL.with_name(name), tmp_path)
        return tmp_path / "digits.tflite"

    def test_is_the_local_set_where_there_is_one(self, local: Path) -> None:
        assert find_in_place(ship=False, local=local) == local

    def test_else_the_shipped_one(self, tmp_path: Path) -> None:
        assert find_in_place(ship=False, local=tmp_path / "digits.tflite") == SHIPPED_MODEL

    def test_what_ships_is_compared_with_what_shipped(self, local: Path) -> None:
        assert find_in_place(ship=True, local=local) == SHIPPED_MODEL

    def test_is_opened_with_all_its_networks_and_thresholds(self, local: Path) -> None:
        opened = open_in_place(local)
        assert opened is not None
        assert opened.networks.contents == {name: local.with_name(name).read_bytes() for name in store.SET[1:]}
        assert opened.card.min_confidence == json.loads(card_path(local).read_text())["min_confidence"]

    def test_one_that_cannot_read_pages_is_named(self, local: Path, capsys: pytest.CaptureFixture[str]) -> None:
        local.with_name("digits.json").unlink()
        assert open_in_place(local) is None
        assert "the pages are not compared" in capsys.readouterr().out

    def test_its_misses_are_counted_even_so(self, local: Path) -> None:
        digits = load_sample().validation
        missed = count_misses(local, digits)
        local.with_name("digits.json").unlink()
        assert count_misses(local, digits) == missed is not None

    def test_of_nothing_there_are_none(self, tmp_path: Path) -> None:
        assert count_misses(tmp_path / "digits.tflite", load_sample().validation) is None


NEARLY_BLIND = """
from pathlib import Path
from train.networks.finder import CHANNELS, load_finder
finder = load_finder(Path("models/finder.keras"))
(places,) = (layer for layer in finder.layers if getattr(layer, "filters", None) == 4 * CHANNELS)
kernel, bias = places.get_weights()
bias[::CHANNELS] -= 6
places.set_weights([kernel, bias])
Path("models/local").mkdir()
finder.save("models/local/finder.keras")
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, require) -> Path:  # type: ignore[no-untyped-def]
    require(is_cached(), "MNIST is not cached: .venv-train/bin/python -m train.digits.mnist")
    copy = copy_of_this_checkout(tmp_path_factory.mktemp("gates") / "checkout")
    program = copy / "train/learning/convert.py"
    few = re.sub(r"^([A-Z]+_PAGES) = \d+$", r"\1 = 6", program.read_text(), flags=re.MULTILINE)
    program.write_text(few)
    subprocess.run([sys.executable, "-c", NEARLY_BLIND], cwd=copy, check=True, capture_output=True)
    return copy


@pytest.mark.slow
class TestConvert:
    """A set whose classifier is as good as ever, and whose finder finds next to nothing."""

    def convert(self, checkout: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
        call = ["env", "-u", "PYTHONPATH", sys.executable, "-m", "train.learning.convert"]
        return subprocess.run([*call, *arguments], cwd=checkout, capture_output=True, text=True, check=False)

    def test_1_is_refused_by_the_pages_alone(self, checkout: Path) -> None:
        done = self.convert(checkout)
        assert done.returncode == 1
        assert "models/digits.tflite" in done.stdout
        said = r"of [\d,]+ digits on 12 rendered pages it reads \d+\.\d\d %, the set in place \d+\.\d\d % .*FORCE=1"
        assert re.search(f"not installed: {said}", done.stderr)
        assert not (checkout / "models/local/digits.tflite").exists()

    def test_2_forced_it_is_installed_and_its_card_tells(self, checkout: Path) -> None:
        assert self.convert(checkout, "--force").returncode == 0
        card = json.loads((checkout / "models/local/digits.json").read_text())
        assert "the set in place" in card["forced"][0]
        assert card["compared"]["with"] == store.sha256(SHIPPED_MODEL)
        assert card["compared"]["own"]["right"] < card["compared"]["in_place"]["right"]
