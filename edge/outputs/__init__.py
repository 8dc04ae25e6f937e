"""What a reading is shown to: window, text, JSON lines, files. Outputs know readings, never cameras."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Protocol

from edge.contract import Reading, Shot


class Output(Protocol):
    """Something that a reading is shown to."""

    def show(self, shot: Shot, reading: Reading) -> bool:
        """Show one reading. False: the user wants to stop."""

    def close(self) -> None:
        """Finish what was begun. A second time does nothing."""


class Outputs:
    """Several outputs as one; what waits for the user belongs last.

    Args:
        outputs: in the order in which they are shown a reading.
    """

    def __init__(self, outputs: Sequence[Output]) -> None:
        self._outputs = outputs

    def show(self, shot: Shot, reading: Reading) -> bool:
        """Show one reading to all. False: one of them wants to stop."""
        answers = [output.show(shot, reading) for output in self._outputs]  # nobody misses the last reading
        return all(answers)

    def close(self) -> None:
        """Close all, the last one first, also when one of them fails."""
        with ExitStack() as stack:
            for output in self._outputs:
                stack.callback(output.close)
