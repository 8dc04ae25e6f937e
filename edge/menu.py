"""`make`: what each target runs, and which of its settings becomes which option.

python3 edge/menu.py            the menu: what works on this machine
python3 edge/menu.py convert    what `make convert` does

Settings (FORCE=1, ARGS="--source 0") come in the environment; no shell and no make ever looks into one. The Makefile
says in MAKE_SETTINGS which were typed, in MAKE_GOALS for which targets. Standard library only and readable by
Python 3.7, as set-up is.
"""

from __future__ import annotations

import os
import sys

if not __package__:  # started as `python3 edge/menu.py`: let `import edge` find this checkout
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120 - pathlib takes its time
    from edge.ending import end_at_once

    end_at_once()

import difflib
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edge import install
from edge.ending import run_command

ROOT = Path(__file__).resolve().parents[1]
ON, OFF = ("1", "yes", "true"), ("", "0", "no", "false")
EVERYWHERE = ("PYTHON",)
"""Settings of every target: the Python that set-up begins with."""

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Build = Callable[[str], list[str]]
    """What was typed after NAME= -> words of a command line. A ValueError says what is wrong with it."""


class UsageError(Exception):
    """Something was typed that `make` cannot do; the message says what to type."""


@dataclass(frozen=True)
class Task:
    """What a target runs."""

    side: str
    """"edge" and "train": by the Python of .venv or .venv-train, which is set up first; "plain": by this one."""
    programs: Sequence[Sequence[str]]
    """Command lines without the Python, one after the other while none fails; settings go to the last."""
    settings: Mapping[str, Build]
    instead: Mapping[str, str]
    """Setting -> module that takes the place of the last word where it is given."""
    workstation: bool
    """Whether it needs train/, which a Pi does not get."""


def flag(option: str) -> Build:
    """FORCE=1 -> --force."""

    def build(value: str) -> list[str]:
        if value.strip().lower() not in ON + OFF:
            raise ValueError(f"say 1 (or yes, true) or 0 (or no, false), not {value!r}")
        return [option] if value.strip().lower() in ON else []

    return build


def option(name: str) -> Build:
    """MODEL=x.keras -> --model=x.keras: one word, whatever is in it."""
    return lambda value: [f"{name}={os.path.expanduser(value)}"] if value else []  # noqa: PTH111 - not each is a path


def words(name: str = "") -> Build:
    """ARGS='--source "my photos/"' -> --source, my photos/: quotes, blanks and a leading ~ as in a shell, no more."""

    def build(value: str) -> list[str]:
        split = [os.path.expanduser(word) for word in shlex.split(value)]  # noqa: PTH111 - not each is a path
        return [name, *split] if name and split else split

    return build


def needed(example: str) -> Build:
    """IMAGE=x.jpg -> x.jpg, which is no option even if it begins with a dash; to be named last."""

    def build(value: str) -> list[str]:
        if not value:
            raise ValueError(f"which one? For example {example}")
        return ["--", os.path.expanduser(value)]  # noqa: PTH111 - not each is a path

    return build


def language(notebook: str) -> Build:
    """LANGUAGE=bn -> the notebook in Bangla; none: in English."""

    def build(value: str) -> list[str]:
        if value not in ("", "en", "bn"):
            raise ValueError(f"there is it in en and bn, not in {value!r}")
        return [f"{notebook}.bn.ipynb" if value == "bn" else f"{notebook}.ipynb"]

    return build


def task(
    side: str,
    *programs: str,
    instead: Mapping[str, str] | None = None,
    workstation: bool = True,
    **settings: Build,
) -> Task:
    """One line of the table below; a program is one string."""
    return Task(side, [program.split(" ") for program in programs], settings, instead or {}, workstation)


RECOGNIZE = "edge/recognize.py"
TASKS = {
    "menu": task("menu", workstation=False),
    "demo": task(
        "edge",
        f"{RECOGNIZE} --source tests/sample_pages --model models/digits.tflite --annotate demo --settings /dev/null",
        workstation=False,
    ),
    "recognize": task("edge", RECOGNIZE, ARGS=words(), workstation=False),
    "capture": task("edge", f"{RECOGNIZE} --capture", ARGS=words(), workstation=False),
    "capture-sheet": task("train", "-m train.sheets.capture_sheet"),
    "check": task("train", "-m ruff format --check .", "-m ruff check .", "-m mypy", "-m pytest"),
    "test": Task("train", [["-m", "pytest", "-m", "not slow"]], {}, {}, workstation=True),
    "train": task(
        "train",
        "-m train.learning.teach",
        ONLY=option("--only"),
        QUICK=flag("--quick"),
        EXTRA=option("--extra"),
        SHIP=flag("--ship"),
    ),
    "finetune": task("train", "-m train.learning.finetune", FORCE=flag("--force")),
    "convert": task(
        "train", "-m train.learning.convert", MODEL=option("--model"), FORCE=flag("--force"), SHIP=flag("--ship")
    ),
    "evaluate": task(
        "train", "-m train.judging.evaluate", DIR=option("--dir"), LABEL=option("--label"), SHIP=flag("--shipped")
    ),
    "predict": task("train", "-m train.judging.predict", MODEL=option("--model"), IMAGE=needed("IMAGE=x.jpg")),
    "notebook": task("train", "-m jupyterlab", LANGUAGE=language("train/notebooks/beginner"), ARGS=words()),
    "factory-model": task("plain", "-m train.learning.factory"),
    "deploy": task(
        "plain",
        "-m train.deploy push",
        TO=option("--to"),
        DRY=flag("--dry-run"),
        PI=needed("PI=pi@raspberrypi.local"),
    ),
    "pull": task(
        "plain",
        "-m train.deploy pull",
        TO=option("--to"),
        DRY=flag("--dry-run"),
        PI=needed("PI=pi@raspberrypi.local"),
    ),
    "bench": task("train", "-m train.bench.speed", ARGS=words()),
    "bench-hands": task("train", "-m train.bench.hands_learned", HANDS=words("--hands")),
    "bench-reading": task(
        "train",
        "-m train.bench.reading",
        instead={"SHEETS": "train.bench.score_sheets", "PART": "train.bench.worlds"},
        SHEETS=words("--part"),
        PART=words("--part"),
        ARGS=words(),
    ),
    "bench-following": task("train", "-m train.bench.following", ARGS=words()),
    "pages": task("train", "-m train.pages.samples"),
    "readme-pictures": task(
        "train",
        f"{RECOGNIZE} --source tests/sample_pages/1_score_sheet.png --model models/digits.tflite --show none "
        "--annotate tests/readme",
        "-m train.bench.readme_pictures",
    ),
    "clean": task("menu", workstation=False),
}
"""By target. Those of side "menu" run nothing from here."""


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Run a target; returns its exit status, 2 for what cannot be typed so."""
    arguments = sys.argv[1:] if arguments is None else arguments
    target = arguments[0] if arguments and arguments[0] not in ("-h", "--help") else "menu"
    try:
        check_settings(target, environment)
        commands = build_commands(target, environment)
        if target == "menu":
            print("\n".join(list_targets()))
        return run(TASKS[target].side, commands)
    except UsageError as error:
        print(f"make {target}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def list_targets(root: Path = ROOT) -> list[str]:
    """A line for each target that works here, with what the Makefile says of it."""
    said = re.findall(r"^([a-z-]+):.*?## (.*)", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    return [f"{f'  make {target}':24s}{does}" for target, does in said if is_offered(target, root)]


def is_offered(target: str, root: Path = ROOT) -> bool:
    """Whether it works here: `make deploy` leaves out what is the workstation's alone."""
    return not TASKS[target].workstation or (root / "train").is_dir()


def check_settings(target: str, environment: Mapping[str, str], root: Path = ROOT) -> None:
    """Refuse a target that is not to be had here, and settings that none of the targets knows that were typed.

    Raises:
        UsageError: says which, and what was meant.
    """
    if target not in TASKS:
        raise UsageError("there is no such target. `make` shows what there is.")
    if not is_offered(target, root):
        raise UsageError("this is for the workstation: a Pi has no train/. `make` shows what works here.")
    goals = [target, *environment.get("MAKE_GOALS", "").split()]
    known = {name for goal in goals if goal in TASKS for name in TASKS[goal].settings}
    for name in environment.get("MAKE_SETTINGS", "").split():
        if name not in known and name not in EVERYWHERE:
            raise UsageError(_describe_unknown(name, target, sorted(known)))


def build_commands(target: str, environment: Mapping[str, str]) -> list[list[str]]:
    """The command lines of a target, without the Python.

    Raises:
        UsageError: a setting has a value that means nothing.
    """
    chosen = TASKS[target]
    if not chosen.programs:
        return []
    *first, last = [list(program) for program in chosen.programs]
    for name, module in chosen.instead.items():
        if environment.get(name):
            last[-1] = module
            break
    for name, build in chosen.settings.items():
        try:
            last += build(environment.get(name, ""))
        except ValueError as error:
            raise UsageError(f"{name}={environment.get(name, '')}: {error}.") from error
    return [*first, last]


def run(side: str, commands: Sequence[Sequence[str]]) -> int:
    """Set up what is needed, then run them; the last one takes this process over, its keys and signals too."""
    if not commands:
        return 0
    if side == "plain" and sys.version_info[:2] < install.OLDEST_PYTHON:
        needs = ".".join(map(str, install.OLDEST_PYTHON))
        raise UsageError(f"Python {needs} is needed, {sys.executable} is older. Add PYTHON=python{needs} (or newer).")
    python = {"edge": ".venv/bin/python", "train": ".venv-train/bin/python"}.get(side, sys.executable)
    if side != "plain":
        status = install.main(["--train"] if side == "train" else [])
        if status:
            return status
    for command in commands[:-1]:
        status = subprocess.call([python, *command])
        if status:
            return status
    sys.stdout.flush()
    return os.execv(python, [python, *commands[-1]])


def _describe_unknown(name: str, target: str, known: Sequence[str]) -> str:
    takes = f"make {target} takes {', '.join(known) or 'none'}."
    others = [target for target, one in TASKS.items() if name in one.settings]
    if others:
        return f"{name}= is a setting of make {', '.join(others)}. {takes}"
    names = sorted({setting for one in TASKS.values() for setting in one.settings})
    near = difflib.get_close_matches(name.upper(), known, 1) or difflib.get_close_matches(name.upper(), names, 1)
    return f"there is no setting {name}={f'; did you mean {near[0]}=?' if near else '.'} {takes}"


if __name__ == "__main__":
    run_command(main)
