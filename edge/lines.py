"""Detections -> lines and numbers in reading order; the neighbours decide what is a word and no number."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edge.contract import NO_DIGIT, Box, Detection, Line

WORD_GAP = 0.65
"""A gap wider than this share of the line's height separates two numbers."""
MAX_STEP = 0.5
"""Neighbours on one line differ in height of their centres by less than this share of the taller one's height."""
WORD_LETTERS = 2
"""So many letters or more for each digit, and it is a word."""
LOW_SIGN = 0.6
"""Signs up to this share of the digits' height are no letters: dashes, =, dots."""
REACH = 6.0
"""A line goes on over a gap of at most this many heights; what is farther apart stands in two columns."""


def find_lines(detections: Sequence[Detection]) -> tuple[tuple[Line, ...], tuple[Detection, ...]]:
    """Put detections into lines.

    Args:
        detections: of one frame, in any order.

    Returns:
        The lines, top to bottom, and the detections in reading order with their line's index filled in. A word without
        an accepted digit is in no line's text; its detections follow at the end with line None.
    """
    lines: list[Line] = []
    placed: list[Detection] = []
    left_out: list[Detection] = []
    for row in find_rows(detections):
        words = [_judge_word(word) for word in _split_words(row)]
        numbers = [word for word in words if _has_digit(word)]
        left_out += [one for word in words if not _has_digit(word) for one in word]
        if numbers:
            placed += [replace(one, line=len(lines)) for word in numbers for one in word]
            lines.append(_build_line(numbers))
    return tuple(lines), (*placed, *left_out)


def find_rows(detections: Sequence[Detection]) -> list[list[Detection]]:
    """Group detections by where they stand alone: rows top to bottom, each from left to right.

    Each detection joins the row whose last member stands at its height.
    """
    rows: list[list[Detection]] = []
    for one in sorted(detections, key=lambda detection: detection.box.x):
        near = [(step, row) for row in rows if (step := _step(row, one.box)) is not None]
        if near:
            min(near, key=lambda pair: pair[0])[1].append(one)
        else:
            rows.append([one])
    return sorted(rows, key=lambda row: float(np.median([_middle(one.box) for one in row])))


def _step(row: Sequence[Detection], box: Box) -> float | None:
    """Vertical distance from the end of a row to a box, in heights; None when the box is not on that row."""
    last = row[-1].box
    height = max(last.height, box.height, _typical_height(row[-4:]))
    step = abs(_middle(last) - _middle(box)) / height
    gap = (box.x - last.right) / height
    return step if step < MAX_STEP and gap < REACH else None


def _split_words(row: Sequence[Detection]) -> list[list[Detection]]:
    height = _typical_height(row)
    words = [[row[0]]]
    right = row[0].box.right
    for one in row[1:]:
        if one.box.x - right > WORD_GAP * height:
            words.append([])
        words[-1].append(one)
        right = max(right, one.box.right)
    return words


def _judge_word(word: list[Detection]) -> list[Detection]:
    """A word of which most is no digit is no number: a lone "digit" in it is a letter that looks like one."""
    low = LOW_SIGN * _typical_height(word)
    letters = sum(one.reason == NO_DIGIT and one.box.height > low for one in word)
    if letters < WORD_LETTERS * sum(not one.rejected for one in word):
        return word
    return [one if one.rejected else replace(one, reason=NO_DIGIT) for one in word]


def _has_digit(word: Sequence[Detection]) -> bool:
    return any(not one.rejected for one in word)


def _build_line(numbers: Sequence[Sequence[Detection]]) -> Line:
    members = [one for number in numbers for one in number]
    box = members[0].box
    for one in members[1:]:
        box = box.union(one.box)
    return Line(
        text=" ".join("".join(one.label for one in number) for number in numbers),
        box=box,
        confidence=min(one.confidence for one in members if not one.rejected),
    )


def _typical_height(row: Sequence[Detection]) -> float:
    return float(np.median([max(one.box.height, one.box.width / 2) for one in row]))


def _middle(box: Box) -> float:
    return box.y + box.height / 2
