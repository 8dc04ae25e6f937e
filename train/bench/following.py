"""`make bench-following`: how steadily and how soon a reading follows what a camera sees, on rendered videos.

python -m train.bench.following                     20 videos, half of the known world, half of strangers
python -m train.bench.following --videos 200        narrower figures, slower
python -m train.bench.following --agreeing 2 3 4 5  what another number of agreeing frames would do, on the same videos

Videos whose pages are misread as stills are left out and counted: following can make a reading steady, not right. Of
the others:

    right     settled frames that say what stands there. While a hand, darkness or the frame's border hides a part,
              what is said must be what stands there with digits left out
    settled   of the clear frames that begin 10 frames after the last change
    noticed   frames from a change that is clear to see until it is settled: median and 95th percentile
    locked    videos in which a wrong reading stayed settled for 10 clear frames
    told      settled texts that appeared, changed or left, by those that truly did
    read      frames that were read for themselves: the others did not differ from one that was

Writes build/bench-following.json.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from joblib import Parallel, delayed
from tqdm import tqdm

from edge.ending import run_command
from edge.errors import DigitReaderError
from edge.following.follower import AGREEING
from edge.reading.model_set import SHIPPED_MODEL
from train.bench.follow_scores import Measured, Score, measure_video
from train.digits.mnist import load_mnist
from train.pages.videos import SCENES
from train.pages.world import Part
from train.store import ROOT, save_json

SEED = 2028
VIDEOS = 20
PARTS = Part.KNOWN, Part.STRANGERS


def build_table(agreeing: int, videos: Sequence[Measured]) -> str:
    """A row for all videos that are read right as stills, and for each scene, as Markdown."""
    rows = [
        f"| {agreeing} frames agree | videos | right | settled | noticed (95 %) | locked | told | read |",
        "|---|---|---|---|---|---|---|---|",
        _row("**all**", [one.scores[agreeing] for one in videos]),
    ]
    for scene in SCENES:
        scores = [one.scores[agreeing] for one in videos if one.scene == scene]
        rows += [_row(scene, scores)] if scores else []
    return "\n".join(rows)


def run(options: argparse.Namespace) -> None:
    """Render, read, follow, print, save."""
    digits = load_mnist().validation
    tasks = (
        delayed(measure_video)(
            digits,
            PARTS[number % len(PARTS)],
            seed=options.seed,
            number=number // len(PARTS),
            model=options.model,
            agreeing=tuple(options.agreeing),
        )
        for number in range(options.videos)
    )
    workers = Parallel(options.jobs, return_as="generator")(tasks)
    measured = list(tqdm(workers, "videos", options.videos, unit="video", mininterval=1))
    right = [one for one in measured if one.right_as_stills]
    print(f"{len(right)} of {len(measured)} videos show pages that are read right as stills; the others are left out.")
    for agreeing in options.agreeing:
        print(f"\n{build_table(agreeing, right)}")
    save_json(options.out, {"seed": options.seed, "videos": [asdict(one) for one in measured]})


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0; 1 with a line that says what to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--videos", type=int, default=VIDEOS, help=f"(default {VIDEOS})")
    parser.add_argument("--agreeing", type=int, nargs="+", default=[AGREEING], help=f"frames (default {AGREEING})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the videos (default {SEED})")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="at a time (default: one for each core)")
    parser.add_argument("--model", type=Path, default=SHIPPED_MODEL, help="an int8 .tflite (default: the shipped one)")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench-following.json", help="where figures go")
    options = parser.parse_args(arguments)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    try:
        run(options)
    except DigitReaderError as error:
        print(f"bench-following: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nbench-following: stopped.", file=sys.stderr)
        return 130
    return 0


def _row(name: str, scores: Sequence[Score]) -> str:
    total = sum(scores, Score())
    cells = [
        name,
        str(len(scores)),
        _share(total.right, total.said),
        _share(total.settled, total.calm),
        total.describe_noticed(),
        str(total.locked),
        f"{total.told / total.changes:.2f} ({total.told} of {total.changes})" if total.changes else "-",
        _share(total.read, total.frames),
    ]
    return f"| {' | '.join(cells)} |"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} % ({part} of {whole})" if whole else "-"


if __name__ == "__main__":
    run_command(main)
