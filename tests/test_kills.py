"""360 SIGKILLs: every file stays whole, the models in place stay a set, nothing reported as written is lost."""

import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.collecting.capture import Collection
from edge.collecting.sample_files import MARGIN, decode_grey, encode_ink
from edge.reading.card import load_card
from edge.reading.model_set import find_member, load_set
from edge.reading.reader import SHIPPED_MODEL
from edge.whole_file import save_new
from tests.writers import build_content, build_ink
from train import store
from train.digits.mnist import MD5, VALIDATION_COUNT, as_idx, load_sample
from train.pages.material import material_folder

ROOT = Path(__file__).resolve().parents[1]
KILLS = {"save_whole": 40, "save_json": 40, "keep_previous": 70, "install_set": 150, "capture": 50}
"""350 in all: one before each call that touches a file, the others at any moment."""
MAIN_FILE = {
    "save_whole": "x.tflite",
    "save_json": "x.json",
    "keep_previous": "x.tflite",
    "install_set": "digits.tflite",
}


class Writers:
    """Forks writers of one kind, and knows what they reported and what they were at when they were killed."""

    def __init__(self, zygote: "subprocess.Popen[str]", job: str, folder: Path) -> None:
        self._zygote, self._job, self._folder = zygote, job, folder
        self.next = 1
        """The content that the next writer begins with."""
        self.reported: set[int] = set()
        self.may_be_in_place: set[int] = set()
        """What was reported last, and all at which a writer died since."""

    def kill_at_step(self, step: int) -> bool:
        """False: it had done all before it came to this step."""
        return self._follow(step, delay_s=None) == -signal.SIGKILL

    def kill_after(self, delay_s: float) -> None:
        assert self._follow(None, delay_s) == -signal.SIGKILL

    def write_one(self) -> None:
        assert self._follow(sys.maxsize, delay_s=None) == 0

    def _follow(self, step: int | None, delay_s: float | None) -> int:
        order = {"job": self._job, "folder": str(self._folder), "first": self.next, "step": step}
        print(json.dumps(order), file=self._zygote.stdin, flush=True)
        pid, reported = int(self._zygote.stdout.readline().removeprefix("pid ")), []
        if delay_s is not None:
            time.sleep(delay_s)
            os.kill(pid, signal.SIGKILL)
        while (answer := self._zygote.stdout.readline().split())[0] != "ended":
            reported.append(int(answer[1]))
        if reported:
            self.reported |= set(reported)
            self.may_be_in_place, self.next = {reported[-1]}, reported[-1] + 1
        self.may_be_in_place.add(self.next)
        self.next += 1
        return int(answer[1])


@contextmanager
def fork_writers(job: str, folder: Path) -> Iterator[Writers]:
    zygote = subprocess.Popen(
        [sys.executable, "-m", "tests.writers"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with zygote:
        yield Writers(zygote, job, folder)
        zygote.stdin.close()
        assert zygote.wait() == 0


def number_in(path: Path) -> int:
    """Which content this file holds, every bit of it looked at."""
    content = path.read_bytes()
    if path.suffix == ".json":
        return int(json.loads(content).get("number", 0))
    if path.suffix == ".png":
        number, grey = int(path.name.split(".")[0]), decode_grey(io.BytesIO(content))
        ink = 255 - grey if path.name.endswith(".crop.png") else grey[MARGIN:-MARGIN, MARGIN:-MARGIN]
        assert np.array_equal(ink, build_ink(number))
        return number
    number = int.from_bytes(content[:8], "big")
    assert content == build_content(number), f"{path} is not whole"
    return number


def check(job: str, folder: Path, writers: Writers) -> None:
    """Every file but those named as half written is whole; what should be there is there."""
    files = [path for path in folder.rglob("*") if path.is_file() and "/.part-" not in str(path)]
    numbers = {path.relative_to(folder).as_posix(): number_in(path) for path in files}
    if job in MAIN_FILE:
        assert numbers[MAIN_FILE[job]] in writers.may_be_in_place
    if job not in ("save_whole", "save_json"):  # these two do not keep what they replace
        assert writers.reported <= {number for name, number in numbers.items() if not name.endswith(".json")}
    for model in (path for path in files if path.name == "digits.tflite"):
        check_set(model)
    if job == "capture":
        pairs = {
            number: {name.partition(".")[2] for name in numbers if numbers[name] == number}
            for number in writers.reported
        }
        assert all(pair == {"ink.png", "crop.png"} for pair in pairs.values())
    generations = list(folder.glob("previous/[!.]*"))
    together = 4 if job == "install_set" else 2
    assert [len(list(generation.iterdir())) for generation in generations] == [together] * len(generations)


def check_set(model: Path) -> None:
    """The card is of this very classifier, and both others that it names are there."""
    look = load_card(model, store.sha256(model)).second_look
    assert look is not None
    find_member(model, "finder", look.finder_sha256)
    find_member(model, "crops", look.crops_sha256)


class TestWriters:
    @pytest.mark.parametrize("job", KILLS)
    def test_a_killed_one_leaves_nothing_half(self, job: str, tmp_path: Path) -> None:
        moments = random.Random(job)
        with fork_writers(job, tmp_path) as writers:
            writers.write_one()
            writers.write_one()  # from now on there is something to replace
            steps = 0
            while writers.kill_at_step(steps + 1):
                check(job, tmp_path, writers)
                steps += 1
            assert 5 < steps <= KILLS[job] - 15
            for _ in range(KILLS[job] - steps):
                writers.kill_after(moments.uniform(0, 0.05))
                check(job, tmp_path, writers)
            if job == "capture":
                stems = {path.name.split(".")[0] for path in tmp_path.rglob("[!.]*.png")}
                assert Collection(tmp_path, "hand").counts["7"] == len(stems)
            writers.write_one()
            check(job, tmp_path, writers)
        assert list(tmp_path.rglob(".part-*")) == []


MOMENTS = [
    ("train.learning.convert", "after_s", 2.0),
    ("train.learning.convert", "after_s", 6.0),
    ("train.learning.convert", "at_change", 1),
    ("train.learning.convert", "at_change", 2),
    ("train.learning.convert", "at_change", 4),
    ("train.learning.convert", "at_change", 6),
    ("train.learning.convert", "at_change", 8),
    ("train.learning.convert", "at_change", 10),
    ("train.learning.finetune", "after_s", 4.0),
    ("train.learning.finetune", "after_s", 15.0),
    ("train.learning.finetune", "at_change", 1),
    ("train.learning.finetune", "at_change", 3),
]
"""When a run is killed: after so many seconds, or when models/local/ has changed for the n-th time, at its end."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout with a model in models/local/, a few calibration digits, and few pages to render."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("edge", "train", "models", "tests/sample_pages"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("local", "__pycache__"))
    for name in ("pyproject.toml", "tests/mnist_sample.npz"):
        shutil.copy(ROOT / name, copy / name)
    # A fifth of the pages of a fine-tuning is held out, and must show something.
    for name, pages in (("convert.py", 6), ("finetune.py", 10)):
        program = copy / "train/learning" / name
        text, changed = re.subn(r"^([A-Z]+_PAGES) = \d+$", rf"\1 = {pages}", program.read_text(), flags=re.MULTILINE)
        assert changed > 0
        program.write_text(text)
    local = copy / "models" / "local"
    local.mkdir()
    for name in store.SET:
        shutil.copy(SHIPPED_MODEL.with_name(name), local)
    sample = load_sample().train
    for label in range(10):
        for number, glyph in enumerate(sample.glyphs[sample.labels == label][:2]):
            save_new(copy / f"calibration_digits/{label}/hand/{number}.ink.png", encode_ink(glyph))
    return copy


@pytest.fixture(scope="module")
def small_mnist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which MNIST is the sample in the repository, over and over: it is not the training that is tested."""
    cache = tmp_path_factory.mktemp("cache")
    (cache / "edge-digit-reader" / "mnist").mkdir(parents=True)
    if material_folder().is_dir():  # what the pages are made of is not what is tested, nor how it is fetched
        (cache / "edge-digit-reader" / "material").symlink_to(material_folder())
    sample, count = load_sample(), VALIDATION_COUNT + 1000
    for name, array in zip(
        MD5,
        (
            np.resize(sample.train.glyphs, (count, 28, 28)),
            np.resize(sample.train.labels.astype(np.uint8), count),
            sample.test.glyphs,
            sample.test.labels.astype(np.uint8),
        ),
        strict=True,
    ):
        (cache / "edge-digit-reader" / "mnist" / name).write_bytes(as_idx(array))
    return cache


@contextmanager
def start(program: str, checkout: Path, cache: Path) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with subprocess.Popen(
        [sys.executable, "-m", program, "--force"],
        cwd=checkout,
        env=environment | {"XDG_CACHE_HOME": str(cache)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as running:
        try:
            yield running
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)  # its workers too, as a power cut does


def wait_for(moment: str, amount: float, running: "subprocess.Popen[bytes]", folder: Path) -> None:
    started, changes, before = time.monotonic(), 0, look(folder)
    while running.poll() is None:
        if moment == "after_s" and time.monotonic() - started > amount:
            return
        now = look(folder)
        changes, before = changes + (now != before), now
        if moment == "at_change" and changes >= amount:
            return
        time.sleep(0.0005)


def look(folder: Path) -> set[tuple[str, int]]:
    with os.scandir(folder) as entries:
        return {(entry.name, entry.inode()) for entry in entries}


def check_models(local: Path) -> None:
    load_set(local / "digits.tflite")
    for path in local.rglob("[!.]*"):
        if path.is_dir() or "/.part-" in str(path):
            continue
        if path.name == "digits.tflite":
            check_set(path)
        elif path.suffix == ".keras":
            assert zipfile.ZipFile(path).testzip() is None
        elif path.suffix == ".json":
            json.loads(path.read_text())
        elif path.suffix == ".png":
            assert cv2.imread(str(path)) is not None


@pytest.mark.slow
class TestRuns:
    @pytest.mark.parametrize(("program", "moment", "amount"), MOMENTS)
    def test_1_a_killed_one_leaves_a_model_that_works(
        self, program: str, moment: str, amount: float, checkout: Path, small_mnist: Path
    ) -> None:
        local = checkout / "models" / "local"
        status = 0
        while status == 0:  # it came to its end: changes that follow each other at once are seen as one
            with start(program, checkout, small_mnist) as running:
                wait_for(moment, amount, running, local)
            status, amount = running.returncode, amount - 1
        assert status == -signal.SIGKILL
        check_models(local)

    def test_2_the_next_run_cleans_up_and_installs(self, checkout: Path, small_mnist: Path) -> None:
        with start("train.learning.convert", checkout, small_mnist) as running:
            assert running.wait() == 0
        local = checkout / "models" / "local"
        check_models(local)
        assert list(local.rglob(".part-*")) == []
