"""The Makefile is a menu, and its first entry works in a plain checkout."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def make(*arguments: str, folder: Path = ROOT, **environment: str) -> "subprocess.CompletedProcess[str]":
    # Without MAKEFLAGS and the like: these tests may themselves run under `make check`.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", *arguments], cwd=folder, capture_output=True, text=True, check=False, env=inherited | environment
    )


def menu() -> list[str]:
    return re.findall(r"^  make ([a-z-]+)  ", make().stdout, re.MULTILINE)


class TestMenu:
    def test_make_alone_prints_it_and_does_nothing_else(self) -> None:
        done = make()
        assert done.returncode == 0
        assert all(line.startswith("  make ") for line in done.stdout.splitlines())

    def test_it_names_what_there_is(self) -> None:
        assert menu() == [
            "demo",
            "recognize",
            "capture",
            "check",
            "test",
            "train",
            "finetune",
            "convert",
            "evaluate",
            "predict",
            "factory-model",
            "deploy",
            "pull",
            "bench",
            "bench-hands",
            "bench-reading",
            "pages",
            "readme-picture",
            "clean",
        ]

    @pytest.mark.parametrize("target", menu())
    def test_every_entry_exists_and_says_what_it_does(self, target: str) -> None:
        assert make("--dry-run", target).returncode == 0
        assert re.search(rf"^  make {target} +\S.{{15,}}$", make().stdout, re.MULTILINE)

    @pytest.mark.parametrize("target", ["demo", "recognize", "readme-picture"])
    def test_the_edge_entries_touch_nothing_of_the_workstation(self, target: str) -> None:
        recipe = make("--dry-run", target).stdout
        assert ".venv/bin/python" in recipe
        assert not re.search("train|tensorflow|keras", recipe)

    @pytest.mark.parametrize(
        ("arguments", "command"),
        [
            (["train"], "-m train.learning.teach"),
            (["train", "ONLY=crops", "QUICK=1"], '-m train.learning.teach --only "crops" --quick'),
            (["train", "SHIP=1"], "-m train.learning.teach --ship"),
            (["train", "EXTRA=my data.zip"], '-m train.learning.teach --extra "my data.zip"'),
            (
                ["convert", "MODEL=my model.keras", "FORCE=1"],
                '-m train.learning.convert --model "my model.keras" --force',
            ),
            (["recognize", "ARGS=--source 0"], "edge/recognize.py --source 0"),
        ],
    )
    def test_settings_become_options(self, arguments: list[str], command: str) -> None:
        last = make("--dry-run", *arguments).stdout.splitlines()[-1]
        assert " ".join(last.split()).endswith(command)

    def test_a_recipe_is_one_line(self) -> None:
        recipes = re.findall(r"^[a-z-]+:.*\n((?:\t.*\n)*)", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert [recipe for recipe in recipes if recipe.count("\n") != 1] == []


@pytest.mark.slow
class TestDemo:
    def test_reads_the_bundled_pages_in_a_plain_checkout_without_tensorflow(self, tmp_path: Path) -> None:
        checkout = copy_of_this_checkout(tmp_path / "checkout")
        done = make("demo", folder=checkout, DISPLAY="", WAYLAND_DISPLAY="")
        if done.returncode and "is this machine online" in done.stderr and os.environ.get("CI") != "true":
            pytest.skip(done.stderr.strip())
        assert (done.returncode, done.stderr) == (0, done.stderr), done.stdout + done.stderr
        pages = {page.name for page in (checkout / "tests/sample_pages").glob("*.png")}
        assert (len(pages) > 0, {picture.name for picture in (checkout / "demo").iterdir()}) == (True, pages)
        assert [found.name for found in (checkout / ".venv").glob("lib/*/site-packages/*tensorflow*")] == []
        assert [found.name for found in (checkout / ".venv").glob("lib/*/site-packages/keras*")] == []


def copy_of_this_checkout(folder: Path) -> Path:
    """What a fresh clone would hold, with the changes of this tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder
