"""Readings as lines of text, for a terminal without a display."""

import sys
from dataclasses import replace
from typing import TextIO

from edge.contract import Reading, Shot
from edge.names import printable

NOTHING = "no digits"


class Text:
    """Prints "source: what was read".

    Args:
        every: print each reading (stills); else only one that differs from the one before, and of what is followed
            over time only what has settled.
        stream: where to; None: stdout.
    """

    def __init__(self, *, every: bool, stream: TextIO | None = None) -> None:
        self._every = every
        self._stream = stream or sys.stdout
        self._last: str | None = None
        self._unsettled: str | None = None

    def show(self, shot: Shot, reading: Reading) -> bool:
        """Print the reading where it is due. Lines are separated by " / "."""
        source = printable(shot.source)
        if not (self._every or _is_due(reading)):
            self._unsettled = f"{source}: {describe_reading(replace(reading, followed=None))}"
            return True
        text = f"{source}: {describe_reading(reading)}"
        if self._every or text != self._last:
            print(text, file=self._stream, flush=True)
        self._last = text
        return True

    def close(self) -> None:
        """Print what was read last where the source ended before anything settled. A second time does nothing."""
        unsettled, self._unsettled = self._unsettled, None
        if self._last is None and unsettled is not None:
            print(unsettled, file=self._stream, flush=True)


def describe_reading(reading: Reading) -> str:
    """The lines, separated by " / ", of what is followed its steady texts once there are some; else why nothing is."""
    nothing = f"({NOTHING}: {reading.reason})" if reading.reason else f"({NOTHING})"
    steady = () if reading.followed is None else reading.followed.steady
    return " / ".join(steady or [line.text for line in reading.lines]) or nothing


def _is_due(reading: Reading) -> bool:
    """Whether enough frames agree on it, on all or on what has just changed."""
    followed = reading.followed
    return followed is None or followed.settled or bool(followed.events and followed.steady)


def describe_source(shot: Shot) -> str:
    """Where the frame is from, and which picture of how many it is."""
    source = printable(shot.source)
    return source if shot.place is None else f"{source}, {shot.place[0]} of {shot.place[1]}"
