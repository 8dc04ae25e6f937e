"""The few things that a user can mend. Each message says what happened, with the value, and what to do next.

DigitReaderError
├── SetupError    a program or package is missing
├── ModelError    no model, or one that does not fit
├── SettingsError the settings file has something in it that is not allowed
└── SourceError   a camera, file or stream cannot be opened or read
"""


class DigitReaderError(Exception):
    """A mistake that the user can mend: shown as one line, exit status 1, no traceback."""


class SetupError(DigitReaderError):
    """A program or package is missing."""


class ModelError(DigitReaderError):
    """There is no model, or one that does not fit."""


class SettingsError(DigitReaderError):
    """The settings file is missing, or has something in it that is not allowed."""


class SourceError(DigitReaderError):
    """A camera, file or stream cannot be opened or read."""
