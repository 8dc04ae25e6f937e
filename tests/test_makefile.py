"""The Makefile is a menu: what it offers, what becomes of its settings, and that none of them is ever executed."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.install import STAMP, look_at_machine, plan_edge, plan_train
from edge.menu import TASKS, UsageError, build_commands, check_settings

ROOT = Path(__file__).resolve().parents[1]
ON_A_PI = ["demo", "recognize", "capture", "clean"]
TELL = """#!{python}
import json, sys
print(json.dumps(sys.argv[1:]))
"""
SETTINGS = [(target, name) for target, task in TASKS.items() for name in task.settings]


def make(*arguments: str, folder: Path = ROOT, **environment: str) -> "subprocess.CompletedProcess[str]":
    # Without MAKEFLAGS and the like: these tests may themselves run under `make check`.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", *arguments], cwd=folder, capture_output=True, text=True, check=False, env=inherited | environment
    )


def menu(folder: Path = ROOT, *arguments: str) -> list[str]:
    return re.findall(r"^  make ([a-z-]+)  ", make(*arguments, folder=folder).stdout, re.MULTILINE)


def commands(target: str, **settings: str) -> list[str]:
    return [" ".join(command) for command in build_commands(target, settings)]


@pytest.fixture
def pi(tmp_path: Path) -> Path:
    """What `make deploy` brings to a Pi, as far as `make` needs it."""
    folder = tmp_path / "reader"
    shutil.copytree(ROOT / "edge", folder / "edge", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Makefile", folder)
    return folder


@pytest.fixture
def checkout(pi: Path) -> Path:
    """A workstation's, set up, on which each program only prints the words that it gets."""
    plans = [plan_edge(look_at_machine()), plan_train(look_at_machine())]
    programs = [pi / plan.folder / "bin" / "python" for plan in plans]
    for plan, program in zip(plans, programs, strict=True):
        program.parent.mkdir(parents=True)
        (pi / plan.folder / STAMP).write_text(f"{program.resolve()}\n{plan.requirements}")
    for program in [*programs, pi / "train/deploy.py"]:
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(TELL.format(python=sys.executable))
        program.chmod(0o755)
    (pi / "train/__init__.py").touch()
    shutil.copy(ROOT / "train/requirements.lock", pi / "train")
    return pi


class TestMenu:
    def test_make_alone_prints_it_and_does_nothing_else(self) -> None:
        done = make()
        assert done.returncode == 0
        assert all(line.startswith("  make ") for line in done.stdout.splitlines())

    def test_make_help_prints_it_too(self) -> None:
        assert make("help").stdout == make().stdout

    def test_it_names_what_there_is(self) -> None:
        assert menu() == [
            "demo",
            "recognize",
            "capture",
            "capture-sheet",
            "check",
            "test",
            "train",
            "finetune",
            "convert",
            "evaluate",
            "predict",
            "notebook",
            "factory-model",
            "deploy",
            "pull",
            "bench",
            "bench-hands",
            "bench-reading",
            "bench-following",
            "pages",
            "readme-pictures",
            "clean",
        ]

    def test_each_entry_is_known_says_what_it_does_and_names_its_settings(self) -> None:
        said = dict(re.findall(r"^([a-z-]+): ## (.{15,})$", (ROOT / "Makefile").read_text(), re.MULTILINE))
        assert set(said) == set(TASKS) - {"menu"}
        assert [(target, name) for target, name in SETTINGS if f"{name}=" not in said[target]] == []

    def test_on_a_pi_it_offers_only_what_works_there(self, pi: Path) -> None:
        assert menu(pi) == ON_A_PI
        done = make("train", folder=pi)
        assert (done.returncode, "this is for the workstation" in done.stderr) == (2, True)

    @pytest.mark.parametrize("target", ["demo", "recognize", "capture"])
    def test_the_edge_entries_touch_nothing_of_the_workstation(self, target: str) -> None:
        assert TASKS[target].side == "edge"
        assert not re.search("train|tensorflow|keras", "".join(commands(target)))

    def test_a_recipe_is_one_line_and_no_setting_is_in_it(self) -> None:
        recipes = re.findall(r"^[a-z-]+(?: help)?:.*\n((?:\t.*\n)*)", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert [recipe for recipe in recipes if recipe.count("\n") != 1] == []
        assert [recipe for recipe in recipes if "$" in recipe.replace('"$$PYTHON"', "")] == []


class TestSettings:
    @pytest.mark.parametrize(
        ("target", "settings", "command"),
        [
            ("train", {}, "-m train.learning.teach"),
            ("train", {"ONLY": "crops", "QUICK": "1"}, "-m train.learning.teach --only=crops --quick"),
            ("train", {"EXTRA": "my data.zip"}, "-m train.learning.teach --extra=my data.zip"),
            ("convert", {"MODEL": "m.keras", "FORCE": "1"}, "-m train.learning.convert --model=m.keras --force"),
            ("evaluate", {"DIR": "signs", "LABEL": "7"}, "-m train.judging.evaluate --dir=signs --label=7"),
            ("evaluate", {"SHIP": "1"}, "-m train.judging.evaluate --shipped"),
            ("predict", {"IMAGE": "x.jpg", "MODEL": "m"}, "-m train.judging.predict --model=m -- x.jpg"),
            ("deploy", {"PI": "h", "TO": "a b", "DRY": "1"}, "-m train.deploy push --to=a b --dry-run -- h"),
            ("pull", {"PI": "h"}, "-m train.deploy pull -- h"),
            ("bench-hands", {"HANDS": "a b"}, "-m train.bench.hands_learned --hands a b"),
            ("bench-reading", {"ARGS": "--pages 3"}, "-m train.bench.reading --pages 3"),
            ("bench-reading", {"PART": "known sealed", "ARGS": "-x"}, "-m train.bench.worlds --part known sealed -x"),
            ("bench-reading", {"SHEETS": "sealed"}, "-m train.bench.score_sheets --part sealed"),
        ],
    )
    def test_become_options(self, target: str, settings: dict[str, str], command: str) -> None:
        assert commands(target, **settings)[-1] == command

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ("--source 0", ["--source", "0"]),
            ('--source "my photos/"', ["--source", "my photos/"]),
            ("--source 'it is'\\ mine", ["--source", "it is mine"]),
            ("--source ~/photos", ["--source", str(Path.home() / "photos")]),
            ("--source $HOME *.jpg a;b", ["--source", "$HOME", "*.jpg", "a;b"]),
        ],
    )
    def test_args_are_words_with_quotes_and_nothing_else_of_a_shell(self, typed: str, words: list[str]) -> None:
        assert build_commands("recognize", {"ARGS": typed})[-1][1:] == words

    @pytest.mark.parametrize("value", ["1", "yes", "YES", "true"])
    def test_force_is_on(self, value: str) -> None:
        assert commands("finetune", FORCE=value) == ["-m train.learning.finetune --force"]

    @pytest.mark.parametrize("value", ["", "0", "no", "No", "false"])
    def test_force_is_off(self, value: str) -> None:
        assert commands("finetune", FORCE=value) == ["-m train.learning.finetune"]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["finetune", "FORCE=maybe"], "make finetune: FORCE=maybe: say 1 (or yes, true) or 0 (or no, false)"),
            (["train", "QUIK=1"], "make train: there is no setting QUIK=; did you mean QUICK=?"),
            (["deploy", "pi=h"], "make deploy: there is no setting pi=; did you mean PI=?"),
            (["finetune", "SHIP=1"], "make finetune: SHIP= is a setting of make train, convert, evaluate."),
            (["demo", "XYZZY=1"], "make demo: there is no setting XYZZY=. make demo takes none."),
            (["clean", "DRY=1"], "make clean: DRY= is a setting of make deploy, pull. make clean takes none."),
            (["recognize", 'ARGS=--source "x'], 'make recognize: ARGS=--source "x: No closing quotation.'),
            (["predict"], "make predict: IMAGE=: which one? For example IMAGE=x.jpg."),
            (["deploy"], "make deploy: PI=: which one? For example PI=pi@raspberrypi.local."),
        ],
    )
    def test_what_means_nothing_is_an_error_before_anything_is_done(
        self, pi: Path, arguments: list[str], message: str
    ) -> None:
        (pi / "train").mkdir()
        (pi / "demo").mkdir()
        done = make(*arguments, folder=pi)
        assert done.returncode == 2
        assert done.stderr.splitlines()[0].startswith(message)
        assert sorted(path.name for path in pi.iterdir()) == ["Makefile", "demo", "edge", "train"]

    def test_of_several_targets_each_takes_its_own(self) -> None:
        typed = {"MAKE_GOALS": "finetune convert", "MAKE_SETTINGS": "FORCE SHIP"}
        check_settings("finetune", typed)
        with pytest.raises(UsageError, match="QUICK= is a setting of make train"):
            check_settings("finetune", typed | {"MAKE_SETTINGS": "QUICK"})


class TestNothingIsExecuted:
    """Each setting with what a shell or make would run: it arrives as it was typed, or is refused."""

    @pytest.fixture
    def payloads(self, tmp_path: Path) -> list[str]:
        touch = f"touch {tmp_path}/executed"
        return [
            f"h:`{touch}`$({touch})$(shell {touch});{touch}|{touch}&{touch}>{tmp_path}/executed\n{touch} #",
            f"\"`{touch}`\";{touch} '$$({touch})' \\$({touch}",
            f'";{touch};"',
        ]

    @pytest.mark.parametrize(("target", "name"), SETTINGS)
    def test_by_a_setting(self, checkout: Path, payloads: list[str], target: str, name: str) -> None:
        needed = {"PI": "host", "IMAGE": "x.jpg"}
        others = [f"{one}={needed[one]}" for one in TASKS[target].settings if one in needed and one != name]
        for payload in payloads:
            done = make(target, *others, f"{name}={payload}", folder=checkout)
            assert not (checkout.parent / "executed").exists(), done.stderr
            if done.returncode == 0:
                came = json.loads(done.stdout.splitlines()[-1])
                assert payload in "\0".join(came) or came[-len(shlex.split(payload)) :] == shlex.split(payload)
            else:
                assert (done.returncode, f"make {target}: {name}=" in done.stderr) == (2, True), done.stderr

    @pytest.mark.parametrize("name", ["PYTHON", "DO", "EDGE", "TRAIN", "MAKE_SETTINGS", "MAKE_GOALS", "UNKNOWN"])
    def test_by_any_other_name(self, checkout: Path, payloads: list[str], name: str) -> None:
        for payload in payloads:
            done = make("recognize", f"{name}={payload}", folder=checkout)
            assert done.returncode == 2, done.stdout
            assert not (checkout.parent / "executed").exists(), done.stderr

    def test_by_the_environment(self, checkout: Path, payloads: list[str]) -> None:
        for payload in payloads:
            done = make("deploy", folder=checkout, PI=payload)
            assert json.loads(done.stdout) == ["push", "--", payload]
            assert not (checkout.parent / "executed").exists()

    def test_the_check_above_would_see_it(self, tmp_path: Path, payloads: list[str]) -> None:
        (tmp_path / "Makefile").write_text("deploy:\n\t@echo $(PI)\n")
        make("deploy", f"PI={payloads[0]}", folder=tmp_path)
        assert (tmp_path / "executed").exists()


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
