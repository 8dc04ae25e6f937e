"""One JSON object per frame, on stdout or in a file."""

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from edge.contract import Detection, Event, Line, Reading, Shot
from edge.errors import DigitReaderError
from edge.names import as_unicode

STDOUT = "-"
"""The path that means stdout."""


class JsonLines:
    """Writes each reading as one line, at once: a program that follows the file sees it without delay.

    Args:
        path: a file, written anew; "-": stdout.

    Raises:
        DigitReaderError: the file cannot be written.
    """

    def __init__(self, path: str) -> None:
        self._owned: TextIO | None = None
        try:
            if path != STDOUT:
                self._owned = Path(path).open("w", encoding="utf-8")  # noqa: SIM115 - close() does
        except OSError as error:
            raise DigitReaderError(f"--json {path} cannot be written ({error.strerror}).") from error
        self._stream = self._owned or sys.stdout

    def show(self, shot: Shot, reading: Reading) -> bool:
        """Write one line."""
        print(json.dumps(build_record(shot, reading)), file=self._stream, flush=True)
        return True

    def close(self) -> None:
        """Close the file; stdout stays open."""
        if self._owned is not None:
            with suppress(OSError):  # each line was flushed: what is still held is the one that failed
                self._owned.close()


def build_record(shot: Shot, reading: Reading) -> dict[str, Any]:
    """What a JSON line holds. Boxes are in pixels of the frame, top left origin."""
    return {
        "source": as_unicode(shot.source),
        "frame": shot.index,
        "time": shot.time.isoformat(timespec="milliseconds"),
        "width": reading.width,
        "height": reading.height,
        "lines": [_build_line(line) for line in reading.lines],
        "events": [] if reading.followed is None else [_build_event(event) for event in reading.followed.events],
        "digits": [_build_digit(digit) for digit in reading.digits],
        "reason": reading.reason,
        "left_out": reading.left_out,
        "model": reading.model,
        "finder": reading.finder,
        "latency_ms": round(reading.latency_ms, 2),
    }


def _build_line(line: Line) -> dict[str, Any]:
    return {
        "text": line.text,
        "box": line.box.as_list(),
        "confidence": round(line.confidence, 4),
        "id": line.id,
        "settled": line.settled,
        "steady": line.text if line.id is None else line.steady,  # a still is on its own: it is settled at once
    }


def _build_event(event: Event) -> dict[str, Any]:
    return {"event": event.kind, "id": event.id, "text": event.text, "was": event.was}


def _build_digit(digit: Detection) -> dict[str, Any]:
    return {
        "label": digit.label,
        "confidence": round(digit.confidence, 4),
        "box": digit.box.as_list(),
        "line": digit.line,
        "rejected": digit.rejected,
        "guess": digit.guess,
        "reason": digit.reason,
    }
