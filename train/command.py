"""How a program of the workstation ends: its exit status, and one sentence about what its user can mend."""

import errno
import os
import sys
from collections.abc import Callable

from edge.errors import DigitReaderError
from edge.names import printable, write_any_name

OF_THE_DISK = {
    errno.ENOSPC: "Make room",
    errno.EDQUOT: "Make room",
    errno.EFBIG: "Make room, or raise the limit on a file's size",
    errno.EROFS: "Make it writable",
    errno.EACCES: "Make it yours",
    errno.EPERM: "Make it yours",
    errno.EIO: "Look after the disk",
}
"""Errors that are no mistake of ours -> what to do."""


MODELS_KEPT = "stopped; nothing was written, the models in place are as they were."


def run_program(name: str, run: Callable[[], int | None], *, stopped: str = MODELS_KEPT) -> int:
    """Run a program to its end.

    Args:
        name: what it is called before each sentence.
        run: the program; its exit status, None stands for 0.
        stopped: what is said after Ctrl-C.

    Returns:
        The exit status: 1 with a line that says what to do, 130 after Ctrl-C.
    """
    write_any_name(sys.stdout)
    try:
        status = run() or 0
        sys.stdout.flush()
    except DigitReaderError as error:
        print(f"{name}: {printable(str(error))}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\n{name}: {stopped}", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `| head` has seen enough
        _let_go_of_stdout()
        return 0
    except OSError as error:
        if error.errno not in OF_THE_DISK:
            raise
        print(f"{name}: {describe_disk(error)}", file=sys.stderr)
        _let_go_of_stdout()
        return 1
    return status


def describe_disk(error: OSError) -> str:
    """What the disk said, of which file, and what to do."""
    what = f"cannot write {error.filename}" if error.filename else "cannot write"
    return f"{what} ({os.strerror(error.errno or 0)}). {OF_THE_DISK[error.errno or 0]}, then run it again."


def _let_go_of_stdout() -> None:
    """Where it is what failed, what is still held must not fail again at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
