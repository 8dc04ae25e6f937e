"""How things stand while digits are labelled, in words; the window and the terminal say the same."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from edge.collecting.capture import Collection
from edge.collecting.refusal import Refusal
from edge.contract import Box, Detection, Reading

ORDER_WIDTH = 33
"""Characters of the row of digits: beside it a terminal of 80 columns has room for the cross, the mode and the keys."""
FROZEN = "FROZEN: space goes on"


def describe(label: str, outcomes: Sequence[Path | Refusal]) -> str:
    """What became of some digits, in one line."""
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    if len(outcomes) == 1:
        return f"not saved, {refused[0].kind}: {refused[0].advice}" if refused else f"saved {label}"
    kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(refusal.kind for refusal in refused).items())
    return f"saved {len(outcomes) - len(refused)} as {label}" + (f"; not saved: {kinds}" if refused else "")


def describe_counts(collection: Collection) -> str:
    """How many there are of each label."""
    return "  ".join(f"{label}:{count}" for label, count in collection.counts.items())


def describe_aim(target: Detection | None, place: tuple[int, int] | None, reading: Reading, *, done: bool) -> str:
    """What the cross is on: "7", "7, 2 of 5", or why it is on nothing.

    Args:
        target: what it is on.
        place: which of how many that is, from 1; None: not told.
        reading: of the frame.
        done: where it is on nothing though there are digits, all of them were shown.
    """
    if target is not None:
        return target.label + (f", {place[0]} of {place[1]}" if place else "")
    if done and reading.candidates:
        return "nothing: all were shown"
    return f"nothing: {reading.reason}" if reading.reason else "nothing: no digit in sight"


def describe_order(rows: Sequence[Sequence[Detection]], target: Detection | None, labelled: Mapping[Box, str]) -> str:
    """The digits in the order in which Tab goes from one to the next: the cross in [ ], what has its label with a *.

    What is far from the cross is left out: "... 7 [1] 4 / 0 0 ...".
    """
    words: list[str] = []
    aim = 0
    for number, row in enumerate(rows):
        words += ["/"] if number else []
        for one in row:
            word = one.label + ("*" if one.box in labelled else "")
            if one is target:
                aim, word = len(words), f"[{word}]"
            words.append(word)
    return _around(words, aim)


def _around(words: Sequence[str], middle: int) -> str:
    """As many words around this one as there is room for."""
    first, last = middle, middle + 1
    while (first > 0 or last < len(words)) and len(" ".join(words[max(0, first - 1) : last + 1])) <= ORDER_WIDTH:
        first, last = max(0, first - 1), last + 1
    shown = " ".join(words[first:last])
    return ("... " if first > 0 else "") + shown + (" ..." if last < len(words) else "")
