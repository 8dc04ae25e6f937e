"""Readings as lines of text, for a terminal without a display."""

import sys
from typing import TextIO

from edge.contract import Reading, Shot
from edge.names import printable

NOTHING = "no digits"


class Text:
    """Prints "source: what was read".

    Args:
        every: print each reading (stills); else only one that differs from the one before.
        stream: where to; None: stdout.
    """

    def __init__(self, *, every: bool, stream: TextIO | None = None) -> None:
        self._every = every
        self._stream = stream or sys.stdout
        self._last: str | None = None

    def show(self, shot: Shot, reading: Reading) -> bool:
        """Print the reading where it is due. Lines are separated by " / "."""
        text = f"{printable(shot.source)}: {describe_reading(reading)}"
        if self._every or text != self._last:
            print(text, file=self._stream, flush=True)
        self._last = text
        return True

    def close(self) -> None:
        """Nothing to finish: each line was flushed."""


def describe_reading(reading: Reading) -> str:
    """The lines, separated by " / "; that there are none, and why."""
    nothing = f"({NOTHING}: {reading.reason})" if reading.reason else f"({NOTHING})"
    return " / ".join(line.text for line in reading.lines) or nothing


def describe_source(shot: Shot) -> str:
    """Where the frame is from, and which picture of how many it is."""
    source = printable(shot.source)
    return source if shot.place is None else f"{source}, {shot.place[0]} of {shot.place[1]}"
