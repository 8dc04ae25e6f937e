"""`make factory-model`: back to the shipped models. All of models/local/ moves to models/local/previous/<UTC time>/.

python3 -m train.learning.factory    needs no set-up
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from edge.ending import run_command
from edge.whole_file import is_part
from train.store import LOCAL, ROOT, keep_previous


def move_aside(local: Path) -> Path | None:
    """Move the files of models/local/ to its previous/<UTC time>/.

    Returns:
        The folder where they lie now; None where there were none.
    """
    files = [path for path in local.glob("*") if path.is_file() and not is_part(path)]
    kept = keep_previous(files)
    # Now that all are copied. The classifier first: without it the reader takes the shipped set, whatever else is left.
    for path in sorted(files, key=lambda path: path.name != "digits.tflite"):
        path.unlink()
    return kept


def main(arguments: Sequence[str] | None = None, *, local: Path = LOCAL) -> int:
    """Move, and say what was moved and how to come back. Exit status 0, also where there was nothing to move."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args(arguments)
    shown = local.relative_to(ROOT) if local.is_relative_to(ROOT) else local
    try:
        kept = move_aside(local)
    except OSError as error:
        print(f"factory-model: {error.filename}: {error.strerror}. Mend it, run it again.", file=sys.stderr)
        return 1
    if kept is None:
        print(f"{shown} holds no model: the reader uses the shipped one already.")
        return 0
    there = shown / kept.relative_to(local)
    print(f"moved to {there}: {', '.join(sorted(path.name for path in kept.iterdir()))}")
    print("The reader uses the shipped model now; on a Pi after `make deploy PI=user@host`.")
    print(f"Back to yours: cp -p {there}/* {shown}/")
    return 0


if __name__ == "__main__":
    run_command(main)
