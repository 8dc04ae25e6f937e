"""`make bench-reading SHEETS=...`: names beside numbers, in hands that nothing was trained on: the teacher's page.

python -m train.bench.score_sheets                                   60 sheets of each kind in strangers' hands
python -m train.bench.score_sheets --kind names words                of these kinds alone
python -m train.bench.score_sheets --part sealed                     what no choice has seen: for reporting
python -m train.bench.score_sheets --save build/sheets               also as pictures, DIR/part/kind/number.png
python -m train.bench.score_sheets --readings names=x.jsonl words=y.jsonl    scores another version's JSON lines

A number is right when all its digits are read, and read right; a digit is false where none stands. Sheets take the
part's hands in turn, so that each is seen.
"""

import argparse
import os
import sys
from pathlib import Path

from joblib import Parallel, delayed
from tqdm import tqdm

from edge.ending import run_command
from edge.errors import DigitReaderError
from edge.reading.model_set import SHIPPED_MODEL
from train.bench.sheet_scores import Count, measure_sheet
from train.bench.world_scores import load_readings
from train.pages.score_sheet import Kind
from train.pages.world import Part, open_world

SEED = 77
SHEETS = 60


def build_table(counts: dict[str, list[Count]]) -> str:
    """A row for sheets and for words, as Markdown."""
    rows = ["| pages | n | false digits per 100 letters | numbers right | without an error |", "|---|---|---|---|---|"]
    for name, pages in counts.items():
        total = sum(pages, Count())
        false = f"{100 * total.false / max(1, total.letters):.2f} ({total.false} of {total.letters})"
        right = (
            f"{100 * total.right / total.numbers:.1f} % ({total.right} of {total.numbers})" if total.numbers else "-"
        )
        rows.append(f"| {name} | {len(pages)} | {false} | {right} | {total.perfect} |")
    return "\n".join(rows)


def run(options: argparse.Namespace) -> None:
    """Render, read or look up, print."""
    foreign = {kind: load_readings(path) for kind, path in options.readings}
    counts: dict[str, list[Count]] = {}
    for part in map(Part, options.part):
        print(open_world(part).describe(), flush=True)
        for kind in map(Kind, options.kind):
            answers = foreign.get(kind)
            tasks = (
                delayed(measure_sheet)(
                    part,
                    kind,
                    seed=options.seed,
                    number=number,
                    model=options.model,
                    save=options.save,
                    answer=None if answers is None else answers.get(number, []),
                )
                for number in range(options.pages)
            )
            workers = Parallel(os.cpu_count() or 1, return_as="generator")(tasks)
            counts[f"{part}: {kind}"] = list(tqdm(workers, kind, options.pages, unit="page", mininterval=1))
    print(build_table(counts))


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0; 1 with a line that says what to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", nargs="+", choices=[*map(str, Part)], default=[Part.STRANGERS])
    parser.add_argument("--kind", nargs="+", choices=[*map(str, Kind)], default=list(Kind), help="of writing")
    parser.add_argument("--pages", type=int, default=SHEETS, help=f"sheets of each kind (default {SHEETS})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the sheets (default {SEED})")
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL, help="an int8 .tflite (default: the shipped one)")
    parser.add_argument("--save", type=Path, metavar="DIR", help="also write the pages as pictures")
    parser.add_argument(
        "--readings",
        nargs="+",
        type=_kind_and_file,
        default=[],
        metavar="KIND=FILE",
        help="score these JSON lines instead of reading",
    )
    try:
        run(parser.parse_args(arguments))
    except DigitReaderError as error:
        print(f"bench-reading: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nbench-reading: stopped.", file=sys.stderr)
        return 130
    return 0


def _kind_and_file(text: str) -> tuple[Kind, Path]:
    kind, _, path = text.partition("=")
    if kind not in list(Kind) or not path:
        raise argparse.ArgumentTypeError(f"expected KIND=FILE, one of {', '.join(Kind)}, got {text!r}")
    return Kind(kind), Path(path)


if __name__ == "__main__":
    run_command(main)
