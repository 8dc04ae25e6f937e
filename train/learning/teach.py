"""`make train`: the networks of a set, each by its own program, in the order in which they learn from each other.

python -m train.learning.teach                   finder, then crops, then digits: up to an hour each on 2 cores
python -m train.learning.teach --only digits     the classifier alone (or finder, or crops)
python -m train.learning.teach --quick           minutes, to see that everything works
python -m train.learning.teach --ship            into models/: what the repository ships
python -m train.learning.teach --only digits --extra mydata.zip    beside MNIST on a large set of yours

The reader of crops learns where the finder errs, so a new finder wants a new reader of crops. The classifier needs
neither. In the end `make convert` makes one set of them.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from edge.ending import run_command

PROGRAMS = {
    "finder": "train.learning.finder",
    "crops": "train.learning.crops",
    "digits": "train.learning.pretrain",
}
"""By the name of the network, in their order."""


def build_calls(options: argparse.Namespace) -> list[list[str]]:
    """The command lines, one after the other."""
    calls = []
    for name in [options.only] if options.only else PROGRAMS:
        call = [sys.executable, "-m", PROGRAMS[name]]
        call += ["--quick"] * options.quick + ["--ship"] * options.ship
        if options.extra and name == "digits":
            call += ["--extra", str(options.extra)]
        calls.append(call)
    return calls


def run_in_turn(calls: Sequence[Sequence[str]]) -> int:
    """The status of the first one that fails, which is the last one then; 0 where none does."""
    for call in calls:
        with subprocess.Popen(call) as running:
            try:
                status = running.wait()
            except KeyboardInterrupt:  # a terminal tells it, too, `kill` does not: it stops and says so
                running.terminate()
                status = running.wait()
        if status:
            return status
    return 0


def main(arguments: Sequence[str] | None = None, *, run: Callable[[list[list[str]]], int] = run_in_turn) -> int:
    """Exit status of the first program that failed, else 0; 2 for what does not go together, before hours are spent.

    Args:
        arguments: of the command line; None: this process's.
        run: runs command lines, says their status.
    """
    parser = argparse.ArgumentParser(
        prog="train.learning.teach",
        usage="make train [ONLY=finder|crops|digits] [QUICK=1] [EXTRA=path] [SHIP=1]",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", choices=PROGRAMS, help="this network alone")
    parser.add_argument("--quick", action="store_true", help="minutes, for a look and for tests")
    parser.add_argument("--extra", type=Path, metavar="PATH", help="folder, zip or csv of yours, for the classifier")
    parser.add_argument("--ship", action="store_true", help="write into models/ what the repository ships")
    options = parser.parse_args(arguments)
    if options.ship and (options.quick or options.extra):
        parser.error("what ships has the full recipe and MNIST alone: leave QUICK= and EXTRA=, or SHIP=, out")
    if options.extra and options.only not in (None, "digits"):
        parser.error(f"EXTRA= is for the classifier, which reads single digits: leave it or ONLY={options.only} out")
    if options.extra and not options.extra.exists():
        print(f"train: there is no {options.extra}. EXTRA= takes a folder, a zip or a csv.", file=sys.stderr)
        return 1
    return run(build_calls(options))


if __name__ == "__main__":
    run_command(main)
