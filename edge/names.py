"""File names in a terminal, a log or JSON: a name may hold any byte but "/" and 0, and is shown harmless."""

import io
import logging
from typing import TextIO


def printable(text: str) -> str:
    r"""The text in one line that no terminal obeys and every encoder takes.

    Control signs and line breaks become \x1b and the like, bytes that were no UTF-8 become \xff; all else stays.
    """
    return "".join(sign if sign == " " or sign.isprintable() else _escape(sign) for sign in text)


def as_unicode(text: str) -> str:
    r"""The text as strict readers of JSON take it: bytes that were no UTF-8 become \xff; all else stays."""
    return "".join(_escape(sign) if "\ud800" <= sign <= "\udfff" else sign for sign in text)


def write_any_name(*streams: TextIO | None) -> None:
    r"""From now on these streams write a sign that they cannot encode (their encoding may be ASCII) as \xe9."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):  # none where it was started without a terminal
            stream.reconfigure(errors="backslashreplace")


class OneLine(logging.Formatter):
    """A log message as one printable line."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name; a traceback stays as it is
        """The message, whatever names are in it."""
        return printable(super().formatMessage(record))


def _escape(sign: str) -> str:
    if "\udc80" <= sign <= "\udcff":  # how Python keeps a byte that was no UTF-8
        return f"\\x{ord(sign) - 0xDC00:02x}"
    return sign.encode("unicode_escape").decode("ascii")
