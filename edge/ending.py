"""How every command ends: by a status, never by a signal, an abort, or a traceback because it was told to.

Ctrl-C, `kill`, a terminal that closes (ssh that drops) and SIGQUIT all mean the same. While modules are imported
nothing is open yet, and the process goes at once. Then KeyboardInterrupt is raised, once: a second time changes
nothing, as the first is being obeyed. What closes cameras and files stands behind `Interruptible`, and is left in
peace.

Standard library only, little of it, and readable by Python 3.7: set-up is a command, too.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

TYPE_CHECKING = False  # typing's own takes as long to import as all of this
if TYPE_CHECKING:
    from types import TracebackType
    from typing import TextIO

TOLD_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
INTERRUPTED = 130
"""The exit status then: what a shell says of Ctrl-C."""
PATIENCE_S = 10.0
"""Told again after so long: what is being closed hangs, and the process goes at once."""
JOIN_S = 0.5
"""For a thread that was told to end, and has a device to give back."""
AGAIN_S = 0.05
"""Until what was raised in vain is raised again."""


class ForeignThread(threading.Thread):
    """A thread that may hang inside OpenCV or libcamera. An interpreter that ends round it aborts, so it must not."""


class Interruptible:
    """What may be interrupted. Behind it nothing may be any more: there everything is closed."""

    closing = False

    def __enter__(self) -> None:
        """It may from the start."""

    def __exit__(self, *_: object) -> None:
        Interruptible.closing = True


def end_at_once() -> None:
    """Until `run_command`, end without a word when told to. To be called before anything large is imported."""
    atexit.register(_ignore)  # the first one is called last: Python's own end would die of a signal
    _listen(_leave_now)


def run_command(main: Callable[[], int]) -> None:
    """Run a command, and end the process with its status.

    Args:
        main: closes what it opens, and returns the status.
    """
    sys.excepthook, sys.unraisablehook = _show_mistake, _show_lost
    signal.signal(signal.SIGALRM, _interrupt)
    _listen(_interrupt)
    try:
        status = _run(main)
    except KeyboardInterrupt:
        status = INTERRUPTED
    Interruptible.closing = True
    _leave(status)


def _run(main: Callable[[], int]) -> int:
    try:
        return main()
    except SystemExit as error:  # argparse's
        if error.code is None or isinstance(error.code, int):
            return error.code or 0
        sys.stderr.write(f"{error.code}\n")
    except Exception:  # noqa: BLE001 - nothing is swallowed: it is shown as ever
        sys.__excepthook__(*sys.exc_info())
    return 1


_told_at: list[float] = []
"""By time.monotonic(); empty before the first time."""


def _listen(listener: Callable[[int, object], None]) -> None:
    for number in TOLD_BY:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, and a shell's "&", want it ignored
            signal.signal(number, listener)


def _leave_now(number: int, frame: object) -> None:
    del number, frame
    os._exit(INTERRUPTED)


def _interrupt(number: int, frame: object) -> None:
    if _told_at and time.monotonic() - _told_at[0] > PATIENCE_S:
        _leave_now(number, frame)
    if not _told_at:
        _told_at.append(time.monotonic())
        if not Interruptible.closing:
            raise KeyboardInterrupt


def _show_lost(lost: sys.UnraisableHookArgs) -> None:
    """Show what a destructor or the like has raised; what was raised there by a signal is raised again elsewhere."""
    if issubclass(lost.exc_type, KeyboardInterrupt):
        _interrupt_again()
    else:
        sys.__unraisablehook__(lost)


def _show_mistake(kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
    """The same for what OpenCV calls: a window's mouse."""
    if issubclass(kind, KeyboardInterrupt):
        _interrupt_again()
    else:
        sys.__excepthook__(kind, error, at)


def _interrupt_again() -> None:
    _told_at.clear()
    signal.setitimer(signal.ITIMER_REAL, AGAIN_S)


def _leave(status: int) -> None:
    end = time.monotonic() + JOIN_S
    while _any_foreign() and time.monotonic() < end:  # no join: one that is just being started knows none
        time.sleep(0.01)
    for stream in (sys.stdout, sys.stderr):
        status = _flush(stream, status)
    if _any_foreign():
        os._exit(status)
    sys.exit(status)


def _any_foreign() -> bool:
    return any(isinstance(thread, ForeignThread) for thread in threading.enumerate())


def _flush(stream: TextIO | None, status: int) -> int:
    """Write what is still held; returns the status, 1 instead of 0 where it is lost."""
    if stream is None or stream.closed:
        return status
    try:
        stream.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # it must not fail again in Python's own end
        if isinstance(error, BrokenPipeError):  # `| head` has seen enough
            return status
        sys.stderr.write(f"cannot write ({error.strerror}). Make room, or name another place.\n")
        return status or 1
    return status


def _ignore() -> None:
    for number in TOLD_BY:
        signal.signal(number, signal.SIG_IGN)
