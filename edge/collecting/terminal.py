"""A terminal in which digits are labelled: each result a line, below them one that tells how things stand."""

import os
import re
import select
import shutil
import sys
import termios
import tty
from contextlib import suppress
from typing import Any, TextIO

from edge.collecting.label_output import KEYS
from edge.collecting.labeller import Labeller
from edge.collecting.wording import FROZEN, describe_counts, describe_order
from edge.contract import Reading, Shot
from edge.outputs.text import describe_source

SEQUENCE = re.compile(r"\x1b(\[[0-9;]*[A-Za-z~]|O[A-Za-z])")
"""What an arrow or a function key sends; escape alone is the key of that name."""

ORDER = "after the cross come the digits in Tab's order: [ ] is the cross, * has its label, / is a new row"


class CaptureTerminal:
    """A face of `label_output.Capture`. Keys are read one by one, without Enter, until it is closed.

    Args:
        keys: the terminal that has the keys; None: there are none, only results are printed.
        stream: where to print; None: stdout.
    """

    def __init__(self, keys: TextIO | None, stream: TextIO | None = None) -> None:
        self._keys = keys
        self._stream = stream or sys.stdout
        self._typed: list[str] = []
        self._open = True
        self._former: list[Any] | None = None
        self._status = ""

    def show(self, shot: Shot, reading: Reading, labeller: Labeller) -> None:
        """Write the status line anew where it has changed."""
        del reading  # the labeller knows it
        if self._keys is not None and self._former is None:
            self._former = termios.tcgetattr(self._keys)
            tty.setcbreak(self._keys, termios.TCSADRAIN)  # Ctrl-C stays what it is
        order = describe_order(labeller.rows, labeller.target, labeller.labelled)
        # What changes with each key comes first: a narrow terminal cuts the rest.
        parts = (
            f"cross on {labeller.aim}" + (f": {order}" if order else ""),
            FROZEN if labeller.frozen else "",
            labeller.mode,
            "h: keys",
            describe_source(shot) if labeller.standing else "",
            describe_counts(labeller.collection),
        )
        self._write_status("  ".join(part for part in parts if part))

    def tell(self, result: str) -> None:
        """Print what has happened."""
        status = self._status
        self._write_status("")
        print(result, file=self._stream, flush=True)
        self._write_status(status)

    def wait_key(self, wait_ms: int) -> str | None:
        """The key that was pressed within this time, or None."""
        if self._keys is None:
            return None
        if not self._typed and select.select([self._keys], [], [], wait_ms / 1000)[0]:
            self._read_keys(self._keys.fileno())
        return self._typed.pop(0) if self._typed else None

    def clicked(self) -> tuple[int, int] | None:
        """None: a terminal has no picture."""
        return None

    def toggle_keys(self) -> None:
        """Print what the keys do."""
        self.tell("\n".join((*KEYS, ORDER)))

    def is_open(self) -> bool:
        """False when the terminal is gone."""
        return self._open

    def close(self) -> None:
        """Give the terminal back as it was."""
        self._write_status("")
        if self._former is not None and self._keys is not None:
            with suppress(termios.error):  # the terminal is gone
                termios.tcsetattr(self._keys, termios.TCSADRAIN, self._former)
            self._former = None

    def _read_keys(self, descriptor: int) -> None:
        try:
            typed = os.read(descriptor, 256).decode(errors="ignore")
        except OSError:  # the terminal was closed
            typed = ""
        self._open = bool(typed)
        self._typed = list(SEQUENCE.sub("", typed))

    def _write_status(self, status: str) -> None:
        """Over the one before; nothing where lines cannot be written over."""
        if status == self._status or not self._stream.isatty():
            return
        width = shutil.get_terminal_size().columns - 1
        print(f"\r{' ' * min(width, len(self._status))}\r{status[:width]}", end="", file=self._stream, flush=True)
        self._status = status
