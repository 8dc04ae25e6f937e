"""Greetings of native libraries are dropped from stderr while a block runs; all else written there comes after it."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

GREETING = re.compile(
    rb"INFO: "  # TensorFlow Lite: "INFO: Created TensorFlow Lite XNNPACK delegate for CPU."
    rb"|I\d{4} [\d:.]+ +\d+ \S+\] "  # TensorFlow, at level info; TF_CPP_MIN_LOG_LEVEL comes too late for its import
    rb"|WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR"
    rb"|To enable the following instructions: "  # the second line of one of those
)
"""How a line begins that is no news to the user: neither a warning nor an error."""


@contextmanager
def without_greetings() -> Iterator[None]:
    """Keep native libraries, which write to file descriptor 2 past Python, from greeting the user."""
    if sys.stderr is not None:
        sys.stderr.flush()
    try:
        former = os.dup(2)
    except OSError:  # started without a stderr: nobody sees greetings
        yield
        return
    with tempfile.TemporaryFile() as written:
        os.dup2(written.fileno(), 2)
        try:
            yield
        finally:
            if sys.stderr is not None:
                sys.stderr.flush()
            os.dup2(former, 2)
            os.close(former)
            written.seek(0)
            news = b"".join(line for line in written if not GREETING.match(line))
            if news:
                os.write(2, news)
