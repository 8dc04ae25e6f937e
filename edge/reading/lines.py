"""Detections -> lines and numbers in reading order."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from statistics import median

from edge.contract import LOW_CONFIDENCE, NO_DIGIT, Box, Detection, Line

WORD_GAP = 0.65
"""A gap wider than this share of its taller neighbour's height separates two numbers."""
WORD_LETTERS = 3
"""So many signs in a row that are no digits are a word of their own, even where they touch a number."""
MAX_STEP = 0.7
"""A box is on a line when its middle is off by less than this share of the height: a superscript is, a next row not."""
REACH = 6.0
"""A line goes on over a gap of at most this many heights; what is farther apart stands in two columns."""
COLUMN_GAP = 2.0
"""Columns are at least so many heights of the tallest line apart."""
MAX_SLOPE = 0.55
"""Lines rise or fall by at most 29 degrees."""
RECENT = 5
"""A line goes where its last so many boxes point to ..."""
LEVER = 3.0
"""... as far as they lie so many heights apart; closer together they follow the slope of the whole frame."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Which of a frame's boxes may stand on one line."""

    members: list[list[int]]
    """Indices of boxes, each row from left to right; the rows in any order."""
    slope: float
    """How much the frame's lines fall per px to the right."""


def find_lines(
    detections: Sequence[Detection], rows: Rows | None = None
) -> tuple[tuple[Line, ...], tuple[Detection, ...]]:
    """Put detections into lines.

    Args:
        detections: of one frame, in any order.
        rows: what `group_rows` says of their boxes; None: it is asked.

    Returns:
        The lines, column by column, top to bottom, and the detections in reading order with their line's index filled
        in. A word is in a line's text when it holds an accepted digit, or nothing but unclear ones beside others that
        are accepted; the detections of other words follow at the end with line None.
    """
    rows = rows or group_rows([one.box for one in detections])
    found = [[detections[n] for n in row] for row in rows.members]
    left_out = [one for row in found if not _has_digit(row) for one in row]
    lines: list[Line] = []
    placed: list[Detection] = []
    for row in _order([row for row in found if _has_digit(row)], rows.slope):
        words = _split_words(row)
        numbers = [word for word in words if _is_number(word)]
        left_out += [one for word in words if not _is_number(word) for one in word]
        placed += [replace(one, line=len(lines)) for word in numbers for one in word]
        lines.append(_build_line(numbers))
    return tuple(lines), (*placed, *left_out)


def find_rows(detections: Sequence[Detection]) -> list[list[Detection]]:
    """Group detections by where they stand alone: rows in reading order, each from left to right."""
    rows = group_rows([one.box for one in detections])
    return _order([[detections[n] for n in row] for row in rows.members], rows.slope)


def group_rows(boxes: Sequence[Box]) -> Rows:
    """Which boxes stand on one line, tilted or gently curved.

    Each box, from the left, joins the line that points to it best.
    """
    slope = _find_slope(boxes)
    rows: list[_Row] = []
    growing: list[_Row] = []
    tallest = max((_height(box) for box in boxes), default=0.0)
    for n in sorted(range(len(boxes)), key=lambda n: boxes[n].x):
        box = boxes[n]
        x, y = _centre(box)
        growing = [row for row in growing if box.x - row.right <= REACH * tallest]
        steps = [row.step_to(box, x, y) for row in growing]
        least = min(steps, default=math.inf)
        if least < MAX_STEP:
            growing[steps.index(least)].add(n, box)
        else:
            rows.append(_Row(slope))
            rows[-1].add(n, box)
            growing.append(rows[-1])
    return Rows([row.members for row in rows], slope)


@dataclass(slots=True)
class _Row:
    """A line that grows to the right; positions in px."""

    frame_slope: float
    members: list[int] = field(default_factory=list)
    centres: list[tuple[float, float]] = field(default_factory=list)
    heights: list[float] = field(default_factory=list)
    right: int = 0
    height: float = 0.0
    """Of the taller ones of its latest boxes: the others may be signs."""
    middle: tuple[float, float] = 0.0, 0.0
    """A point from which it goes on ..."""
    slope: float = 0.0
    """... and where to."""

    def add(self, index: int, box: Box) -> None:
        """Let the line go on with this box."""
        self.members.append(index)
        self.right = max(self.right, box.right)
        self.centres = [*self.centres[1 - RECENT :], _centre(box)]
        self.heights = [*self.heights[1 - RECENT :], _height(box)]
        count = len(self.centres)
        self.height = sorted(self.heights)[3 * count // 4]
        x, y = (sum(along) / count for along in zip(*self.centres, strict=True))
        # Least squares, with the frame's slope as a guess that counts as much as boxes LEVER heights apart.
        trust = (LEVER * self.height) ** 2
        spread = rise = 0.0
        for at_x, at_y in self.centres:
            spread += (at_x - x) * (at_x - x)
            rise += (at_x - x) * (at_y - y)
        self.middle, self.slope = (x, y), (rise + trust * self.frame_slope) / (spread + trust)

    def step_to(self, box: Box, x: float, y: float) -> float:
        """How far a box with this centre is off the line, in heights; infinite where it is out of reach."""
        height = max(self.height, self.heights[-1], box.height)
        if box.x - self.right > REACH * height:
            return math.inf
        return abs(y - self.middle[1] - self.slope * (x - self.middle[0])) / height


def _find_slope(boxes: Sequence[Box]) -> float:
    """How much the frame's lines fall per px to the right: the median over boxes and their right-hand neighbours."""
    slopes = [0.0]  # level, unless at least two pairs say otherwise
    ordered = sorted((*_centre(box), box.height) for box in boxes)
    for n, (x, y, height) in enumerate(ordered):
        for other_x, other_y, other_height in islice(ordered, n + 1, None):
            along = other_x - x
            if along > REACH * height:
                break
            # Not one above the other, and of about the same size.
            if abs(other_y - y) <= MAX_SLOPE * along and along > height / 3 and height / 2 < other_height < 2 * height:
                slopes.append((other_y - y) / along)
                break
    return median(slopes)


@dataclass(frozen=True, slots=True)
class _Span:
    """A row and the room that it takes, px."""

    row: list[Detection]
    left: int
    right: int
    level: float
    """Where it would stand at the frame's left border, as the frame's lines slope."""
    height: float

    @classmethod
    def of(cls, row: list[Detection], slope: float) -> "_Span":
        """The room of one row."""
        centres = [_centre(one.box) for one in row]
        return cls(
            row,
            left=row[0].box.x,
            right=max(one.box.right for one in row),
            level=median(y - slope * x for x, y in centres),
            height=median(_height(one.box) for one in row),
        )

    def is_level_with(self, other: "_Span") -> bool:
        """Whether both stand at one height of the frame, or are the same."""
        return abs(self.level - other.level) < max(self.height, other.height) / 2


def _order(rows: Sequence[list[Detection]], slope: float) -> list[list[Detection]]:
    """Rows in reading order."""
    return [span.row for span in _order_spans([_Span.of(row, slope) for row in rows])]


def _order_spans(spans: Sequence[_Span]) -> list[_Span]:
    """Top to bottom, side by side from left to right; below what stands over them, columns from left to right."""
    ordered: list[_Span] = []
    waiting = sorted(spans, key=lambda span: span.level)
    while waiting:
        left, right = _find_columns(waiting)
        if right:
            return [*ordered, *_order_spans(left), *_order_spans(right)]
        top = waiting[0]
        ordered += sorted((span for span in waiting if top.is_level_with(span)), key=lambda span: span.left)
        waiting = [span for span in waiting if not top.is_level_with(span)]
    return ordered


def _find_columns(spans: Sequence[_Span]) -> tuple[list[_Span], list[_Span]]:
    """Rows left and right of a wide empty strip, two or more on each side and beside each other; else none right."""
    across = sorted(spans, key=lambda span: span.left)
    gap = COLUMN_GAP * max(span.height for span in across)
    end = 0
    for n, span in enumerate(across):
        if 2 <= n <= len(across) - 2 and span.left - end > gap and _are_beside(across[:n], across[n:]):
            return across[:n], across[n:]
        end = max(end, span.right)
    return across, []


def _are_beside(left: Sequence[_Span], right: Sequence[_Span]) -> bool:
    """Whether two groups of rows share some height of the frame."""
    ours, theirs = [span.level for span in left], [span.level for span in right]
    return max(min(ours), min(theirs)) < min(max(ours), max(theirs))


def _split_words(row: Sequence[Detection]) -> list[list[Detection]]:
    """Detections without a wide gap between them, measured by the taller of the two beside it."""
    words = [[row[0]]]
    right, height = row[0].box.right, _height(row[0].box)
    for one in row[1:]:
        own = _height(one.box)
        if one.box.x - right > WORD_GAP * max(height, own):
            words.append([])
        words[-1].append(one)
        if one.box.right >= right:
            right, height = one.box.right, own
    return [part for word in words for part in _part_letters(word)]


def _part_letters(word: Sequence[Detection]) -> list[list[Detection]]:
    """A word without a gap, cut where letters begin and end."""
    parts: list[list[Detection]] = [[]]
    for are_letters, run in groupby(word, key=lambda one: one.reason == NO_DIGIT):
        members = list(run)
        if are_letters and len(members) >= WORD_LETTERS:
            parts += [members, []]
        else:
            parts[-1] += members
    return [part for part in parts if part]


def _is_number(word: Sequence[Detection]) -> bool:
    """Whether a word of a line with digits is a number, be it one that cannot be read: letters and dirt are none."""
    return _has_digit(word) or all(one.reason == LOW_CONFIDENCE for one in word)


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


def _height(box: Box) -> float:
    """Of a digit in this box; a dash is as low as it is because it is no digit."""
    return max(box.height, box.width / 2)


def _centre(box: Box) -> tuple[float, float]:
    return box.x + box.width / 2, box.y + box.height / 2
