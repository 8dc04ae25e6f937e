"""`make evaluate`: base, finetuned and int8 side by side, as a table here and as one HTML report.

    python -m train.judging.evaluate                the models in use, on MNIST's test set and your calibration digits
    python -m train.judging.evaluate --dir digits/  on the pictures of digits/0 … digits/9 and digits/other, too;
                                                    it says which of them a model has learned
    python -m train.judging.evaluate --dir signs/ --label other   on the pictures of one folder, all of one label
    python -m train.judging.evaluate --shipped      models/ alone, whatever models/local/ and calibration_digits/ hold

The int8 model is asked through the edge's own classifier; pictures take the edge's whole road. What it comes to stands
first, in plain words. The report, with confusion matrices, curves, reliability and the worst misses, is
build/evaluate/report.html, one file; report.json beside it has its figures for programs. About a minute.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from edge.contract import LABELS
from edge.ending import run_command
from edge.names import printable
from train.command import run_program
from train.digits.mnist import load_mnist
from train.judging.comparison import Comparison, PictureSet, compare, load_folder_set, load_mnist_set, load_own_set
from train.judging.figures import build_figures
from train.judging.known import note_learned
from train.judging.lineup import Entry, describe_origin, load_lineup
from train.judging.report import build_report
from train.judging.verdict import load_shipped_card, tell_verdict
from train.store import ROOT, check_room, save_json, save_whole

REPORT = ROOT / "build" / "evaluate" / "report.html"
NAMED = 10
"""So many pictures that do not count or in which nothing was found are named here; the report names all."""


def load_sets(folder: Path | None, label: str | None, *, shipped: bool) -> list[PictureSet]:
    """What the models are asked about. The folder comes first: a mistake in its name should show at once."""
    sets = [load_folder_set(folder.expanduser(), label)] if folder is not None else []
    own = None if shipped else load_own_set()
    return [load_mnist_set(), *([own] if own is not None else []), *sets]


def ask(lineup: Sequence[Entry], sets: Sequence[PictureSet]) -> list[Comparison]:
    """Every model about every set."""
    with tqdm(total=len(lineup) * len(sets), desc="asking", leave=False, disable=None) as progress:
        comparisons = []
        for pictures in sets:
            results = []
            for entry in lineup:
                results.append(compare(pictures, entry))
                progress.update()
            comparisons.append(Comparison(pictures, tuple(results)))
    return comparisons


def describe_lineup(lineup: Sequence[Entry]) -> list[str]:
    """Which files these are."""
    files = [
        f"{entry.kind:10s} {entry.file}: {entry.path.stat().st_size:,} bytes, sha256 {entry.sha256[:12]}"
        for entry in lineup
    ]
    return [*files, describe_origin(lineup)]


def describe(comparison: Comparison) -> list[str]:
    """The table of one set, its notes, and the pictures that were not read."""
    pictures = comparison.pictures
    table = comparison.table
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    lines = ["", f"{pictures.title}: {pictures.size}", *comparison.headline]
    lines += ["  ".join(f"{cell:{width}s}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    lines += comparison.notes
    for one in (*pictures.nothing_found, *pictures.unusable)[:NAMED]:
        lines.append(f"{printable(one.name)}: {printable(one.reason)}")
    rest = len(pictures.nothing_found) + len(pictures.unusable) - NAMED
    return [*lines, f"… and {rest:,} more: see the report"] if rest > 0 else lines


def run(options: argparse.Namespace) -> None:
    """Load, ask, print, save."""
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    check_room(REPORT.parent)
    sets = load_sets(options.dir, options.label, shipped=options.shipped)
    lineup = load_lineup(shipped=options.shipped)
    if options.dir is not None:
        sets[-1] = note_learned(sets[-1], lineup, load_mnist().train.glyphs)
    print("\n".join(describe_lineup(lineup)))
    comparisons = ask(lineup, sets)
    verdict = tell_verdict(comparisons, load_shipped_card())
    print("\n".join(["", *verdict]))
    for comparison in comparisons:
        print("\n".join(describe(comparison)))
    if not options.shipped and not any(one.own for one in sets):
        print("\nno calibration digits yet: `make capture` collects some")
    page = build_report(lineup, comparisons, verdict)
    save_whole(REPORT, lambda part: part.write_text(page, encoding="utf-8"))
    save_json(REPORT.with_suffix(".json"), build_figures(lineup, comparisons, verdict))
    print(f"\nreport: {REPORT.relative_to(ROOT)}, and for programs {REPORT.with_suffix('.json').name}")


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0; 1 with a line that says what to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dir", type=Path, help="a folder of <label>/ folders with pictures of your own")
    parser.add_argument("--label", choices=LABELS, help="of all pictures in --dir, where they are in no label folders")
    parser.add_argument("--shipped", action="store_true", help="look at models/ alone, at nothing local")
    options = parser.parse_args(arguments)
    if options.label is not None and options.dir is None:
        parser.error(f"--label {options.label}: of which folder? `make evaluate DIR=signs/ LABEL={options.label}`")
    return run_program("evaluate", lambda: run(options), stopped="stopped; no report was written.")


if __name__ == "__main__":
    run_command(main)
