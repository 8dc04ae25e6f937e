"""What a followed reading of a rendered video is worth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from edge.contract import REJECTED_LABEL, Followed, Frame, Reading
from edge.following.follower import Follower
from edge.following.steady import SteadyReader
from edge.reading.reader import Reader, open_reader
from train.digits.mnist import Digits
from train.pages.videos import Still, Video, render_video
from train.pages.world import Part, open_world

CALM = 10
"""So many frames after a change a reading should be settled; for so many a wrong one must not be."""


@dataclass(frozen=True, slots=True)
class Score:
    """Of one video, or of many."""

    frames: int = 0
    read: int = 0
    """Frames that were read for themselves."""
    said: int = 0
    """Settled frames."""
    right: int = 0
    """Of those."""
    calm: int = 0
    """Clear frames CALM or more after the last change."""
    settled: int = 0
    """Of those."""
    noticed: tuple[int, ...] = ()
    """Frames from each change that is clear to see until it was settled; as many as were left where it never was."""
    locked: int = 0
    """Videos in which a wrong reading stayed settled for CALM clear frames."""
    changes: int = 0
    """Lines that truly appeared or changed."""
    told: int = 0
    """Events."""

    def __add__(self, other: "Score") -> "Score":
        return Score(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def describe_noticed(self) -> str:
        """Median and 95th percentile, frames, of how many changes."""
        if not self.noticed:
            return "-"
        return f"{np.median(self.noticed):.0f} ({np.quantile(self.noticed, 0.95):.0f}), n = {len(self.noticed)}"


@dataclass(frozen=True, slots=True)
class Measured:
    """A video's scores by how many frames had to agree."""

    scene: str
    right_as_stills: bool
    scores: dict[int, Score]


def measure_video(
    digits: Digits, part: Part, *, seed: int, number: int, model: Path, agreeing: Sequence[int]
) -> Measured:
    """Render a video, and follow it with each of these numbers of agreeing frames.

    Args:
        digits: what is written.
        part: of the world of paper.
        seed: of the videos.
        number: of the video.
        model: the classifier of the set that reads.
        agreeing: frames that make a text steady.
    """
    cv2.setNumThreads(1)  # the videos share the cores, not each its pixels
    video = render_video(digits, open_world(part), seed=seed, number=number)
    reader = _Remembering(_reader(model))
    pages = {still.lines: still.frame for still in video.frames if still.clear}  # the last clear frame of each
    right = all(_plain(line.text for line in reader.read(frame).lines) == lines for lines, frame in pages.items())
    if not right:
        return Measured(video.scene, right_as_stills=False, scores={})
    return Measured(video.scene, True, {count: score_video(video, reader, count) for count in agreeing})


def score_video(video: Video, reader: "_Remembering", agreeing: int) -> Score:
    """Follow one video."""
    reader.asked = 0
    steady = SteadyReader(reader, Follower(agreeing))
    said = [followed for still in video.frames if (followed := steady.read(still.frame).followed) is not None]
    return judge(video.frames, said, read=reader.asked)


def judge(frames: Sequence[Still], said: Sequence[Followed], *, read: int) -> Score:
    """Compare what was said with what stood there, frame by frame."""
    wrong = [one.settled and not is_right(still, one) for still, one in zip(frames, said, strict=True)]
    since = _count_clear(frames)
    return Score(
        frames=len(frames),
        read=read,
        said=sum(one.settled for one in said),
        right=sum(one.settled and not bad for one, bad in zip(said, wrong, strict=True)),
        calm=sum(clear >= CALM for clear in since),
        settled=sum(one.settled for one, clear in zip(said, since, strict=True) if clear >= CALM),
        noticed=tuple(_find_delays(frames, said)),
        locked=int(_has_run([bad and still.clear for still, bad in zip(frames, wrong, strict=True)], CALM)),
        changes=len(frames[0].lines) + sum(_count_changes(*pair) for pair in pairwise(frames)),
        told=sum(len(one.events) for one in said),
    )


def is_right(still: Still, said: Followed) -> bool:
    """Whether what is said stands there; where a part is hidden, digits may be left out."""
    lines = _plain(said.steady)
    if still.clear:
        return lines == still.lines
    return all(any(_is_part(line, whole) for whole in still.lines) for line in lines)


def _count_clear(frames: Sequence[Still]) -> list[int]:
    """For each frame, how long all has been in sight and nothing has changed; -1 where it is not."""
    counts, last = [], None
    for still in frames:
        if not still.clear:
            counts.append(-1)
        else:
            counts.append(counts[-1] + 1 if last is not None and still.lines == last.lines and counts else 0)
        last = still
    return counts


def _find_delays(frames: Sequence[Still], said: Sequence[Followed]) -> list[int]:
    """From each frame on at which a change is clear to see: frames until it was settled."""
    delays, before = [], None
    for n, still in enumerate(frames):
        if not still.clear:
            continue
        if still.lines != before:
            settled = (k for k in range(n, len(frames)) if said[k].settled and _plain(said[k].steady) == still.lines)
            delays.append(next(settled, len(frames)) - n)
        before = still.lines
    return delays


def _count_changes(one: Still, other: Still) -> int:
    return sum(a != b for a, b in zip(one.lines, other.lines, strict=True)) if one.lines else len(other.lines)


def _has_run(flags: Sequence[bool], length: int) -> bool:
    return "1" * length in "".join("01"[flag] for flag in flags)


def _plain(texts: Iterable[str]) -> tuple[str, ...]:
    """Lines without the gaps between numbers: the pages have one number a line."""
    return tuple(text.replace(" ", "") for text in texts)


def _is_part(line: str, whole: str) -> bool:
    """Whether it is the whole with digits left out; "?" stands for one that is half hidden."""
    rest = iter(whole)
    return all(sign in rest for sign in line if sign != REJECTED_LABEL)


class _Remembering:
    """A reader that reads each frame once, whoever asks."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[int, Reading] = {}
        self.asked = 0

    def read(self, frame: Frame) -> Reading:
        self.asked += 1
        if id(frame) not in self._known:  # the video keeps its frames
            self._known[id(frame)] = self._reader.read(frame)
        return self._known[id(frame)]


@cache
def _reader(model: Path) -> Reader:
    """One for each process."""
    return open_reader(model)
