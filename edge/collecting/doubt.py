"""Whether what is said to be one digit is clearly something else: a wrong label teaches the wrong thing."""

from collections import Counter
from collections.abc import Sequence

from edge.contract import DIGITS, Detection

SURE = 0.9
"""A digit that is accepted with at least this confidence is clear."""
FEWEST = 3
"""Fewer clear ones are believed: a digit that is misread, however surely, is just what is worth learning."""
INSIST = "--insist"
"""The option that lets a label stand against all doubt."""


def is_clear(digit: Detection, label: str) -> bool:
    """Whether the reader is sure that this is a digit, and another one than the label says."""
    return not digit.rejected and digit.confidence >= SURE and digit.guess != label


def find_doubt(label: str, digits: Sequence[Detection]) -> str | None:
    """What is to be said where most of what has this label is clearly something else; None where it may be right."""
    clear = Counter(digit.guess for digit in digits if is_clear(digit, label))
    if clear.total() < FEWEST or 2 * clear.total() <= len(digits):
        return None
    what = f"clearly no {label}" if label in DIGITS else "clearly digits"
    read = ", ".join(f"{count} x {guess}" for guess, count in sorted(clear.items()))
    return f"{clear.total()} of {len(digits)} are {what} ({read})"
