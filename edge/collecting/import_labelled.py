"""Capture without keys: all that pictures or a video show has one label; what clearly is something else has none."""

import sys
from collections import Counter
from pathlib import Path
from typing import TextIO

from edge.collecting.capture import Collection
from edge.collecting.doubt import INSIST, find_doubt
from edge.collecting.label_output import summarize
from edge.collecting.refusal import Refusal
from edge.collecting.target import find_tall
from edge.collecting.wording import describe
from edge.contract import Box, Reading, Shot
from edge.errors import DigitReaderError
from edge.names import printable


class CaptureImport:
    """Saves, of each reading, every digit that is about as tall as the largest, rejected ones too.

    Args:
        collection: where digits are saved.
        label: of all of them.
        every: print a line for each picture; else only for one of which something was saved (a video).
        region: what is read of the frame; None: all of it.
        insist: save also where the reader is sure that most is something else.
        stream: where to print; None: stdout.
    """

    def __init__(
        self,
        collection: Collection,
        label: str,
        *,
        every: bool,
        region: Box | None = None,
        insist: bool = False,
        stream: TextIO | None = None,
    ) -> None:
        self._collection = collection
        self._label = label
        self._every = every
        self._region = region
        self._insist = insist
        self._stream = stream or sys.stdout
        self._refused: Counter[Refusal] = Counter()
        self._closed = False

    def show(self, shot: Shot, reading: Reading) -> bool:
        """Save what one reading shows.

        Raises:
            DigitReaderError: most of it is clearly something else; nothing of it was saved.
        """
        digits, place = find_tall(reading.candidates), self._place(shot)
        doubt = None if self._insist else find_doubt(self._label, digits)
        if doubt is not None:
            raise DigitReaderError(
                f"{place}: {doubt}; nothing of it was saved. Label them by keys (--capture without a label), name what "
                f"they are, or, if all of them are meant to be {self._label}, add {INSIST}."
            )
        outcomes = [self._collection.add(self._label, digit, shot.frame, self._region) for digit in digits]
        self._refused.update(outcome for outcome in outcomes if isinstance(outcome, Refusal))
        if self._every or any(isinstance(outcome, Path) for outcome in outcomes):
            self._print(f"{place}: {describe(self._label, outcomes) if outcomes else 'no digits'}")
        return True

    def close(self) -> None:
        """Say what was saved, what not and why, and what comes next."""
        if self._closed:
            return
        self._closed = True
        first, *others = summarize(self._collection)
        self._print(first)
        for refusal, count in self._refused.most_common():
            self._print(f"not saved {count}, {refusal.kind}: {refusal.advice}")
        for line in others:
            self._print(line)

    def _place(self, shot: Shot) -> str:
        source = printable(shot.source)
        return source if self._every else f"{source}, frame {shot.index}"

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=True)
