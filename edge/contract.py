"""What both sides agree on: glyph geometry, labels, array aliases, and the values that travel between parts."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

GLYPH_SIDE = 28
"""A glyph is GLYPH_SIDE x GLYPH_SIDE px, as in MNIST."""
GLYPH_INK_SIDE = 20
"""The longest side of the ink inside a glyph, in px, as in MNIST."""
GLYPH_CENTRE = 14
"""Index of a glyph's centre of mass, both axes; measured on MNIST's test images (13.5 would be the obvious guess)."""
GLYPH_GEOMETRY = 1
"""Version of what `ink`, `segment` and `glyph` do together; a model's card names the one it was trained through."""

DIGITS = tuple("0123456789")
NOT_A_DIGIT = len(DIGITS)
"""class_id of everything that is no digit."""
LABELS = (*DIGITS, "other")
"""Label of each class_id; also the folder names in calibration_digits/."""
NO_DIGIT = "not a digit"
"""Why a detection was rejected: class 10 is the largest, or its neighbours say so ..."""
LOW_CONFIDENCE = "low confidence"
"""... or its confidence is below min_confidence."""
TOO_DARK, TOO_BLURRED, TOO_SMALL = "too dark", "too blurred", "too small"
"""Why nothing can be read in a frame."""
REJECTED_LABEL = "?"
"""What stands for a detection that is shown but not guessed."""
INK_SUFFIX = ".ink.png"
"""Of a captured digit's file: its ink alone ..."""
CROP_SUFFIX = ".crop.png"
"""... and, beside it or alone: cut out grey, with its surroundings."""

Frame: TypeAlias = NDArray[np.uint8]
"""One camera image, B,G,R, (height, width, 3)."""
Grey: TypeAlias = NDArray[np.uint8]
"""A frame's luma, (height, width)."""
Ink: TypeAlias = NDArray[np.uint8]
"""What the pen left: bright ink on black, (height, width)."""
Glyph: TypeAlias = NDArray[np.uint8]
"""One digit normalized to (28, 28), ink = 255."""
Glyphs: TypeAlias = NDArray[np.uint8]
"""Several glyphs, (N, 28, 28)."""
Labels: TypeAlias = NDArray[np.int64]
"""class_ids of several glyphs, (N,), 0 to 10."""
Logits: TypeAlias = NDArray[np.float32]
"""Network output before softmax, (N, 11)."""
Probabilities: TypeAlias = NDArray[np.float32]
"""Softmax of logits after temperature, (N, 11); each row sums to 1."""
LeftOut: TypeAlias = Counter[str]
"""How many of what was not looked at in one frame, so that time stays bounded whatever it shows."""


@dataclass(frozen=True, slots=True)
class Box:
    """A bounding box in pixels; the origin is the frame's top left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """First column to the right of the box."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """First row below the box."""
        return self.y + self.height

    def union(self, other: "Box") -> "Box":
        """The smallest box around both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Box(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)

    def intersection(self, other: "Box") -> "Box":
        """What lies in both; its width or height is 0 or less where nothing does."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        return Box(x, y, min(self.right, other.right) - x, min(self.bottom, other.bottom) - y)

    def as_list(self) -> list[int]:
        """[x, y, width, height], as the JSON lines carry it."""
        return [self.x, self.y, self.width, self.height]


@dataclass(frozen=True, slots=True)
class Detection:
    """One candidate after classification: accepted as a digit, or rejected for a reason."""

    box: Box
    guess: str
    """The best of the ten digits, also when rejected."""
    confidence: float
    """Probability of `guess`, 0 to 1, after temperature."""
    reason: str | None = None
    """Why it was rejected (NO_DIGIT or LOW_CONFIDENCE); None when accepted."""
    line: int | None = None
    """Index of its line in the reading; None when it stands in none."""
    ink: Ink | None = field(default=None, compare=False, repr=False)
    """Its ink alone, as `normalize` got it: neighbours and paper are gone. None in readings made by hand."""
    cut_free: bool = field(default=True, compare=False, repr=False)
    """False: the finder alone found it, and what touches it is in its ink, too: it has no glyph."""

    @property
    def rejected(self) -> bool:
        """True when it is shown as "?" instead of guessed."""
        return self.reason is not None

    @property
    def label(self) -> str:
        """The digit, or "?" when rejected."""
        return REJECTED_LABEL if self.rejected else self.guess


@dataclass(frozen=True, slots=True)
class Line:
    """Detections on one baseline, left to right."""

    text: str
    """Digits and "?", one space where a wide gap separates two numbers."""
    box: Box
    confidence: float
    """The smallest confidence of the line's accepted digits, 0 to 1."""
    id: int | None = None
    """Kept while the line is followed from frame to frame; None in a still."""
    settled: bool = True
    """Whether enough frames agree on its text, this one among them; each still is settled."""
    steady: str | None = None
    """The text on which enough frames agreed, while one of the latest still says so; None in a still, or until then."""


@dataclass(frozen=True, slots=True)
class Event:
    """A settled text came, changed or went."""

    kind: Literal["appeared", "changed", "left"]
    id: int
    """Of the line."""
    text: str | None
    """Since now; None where it left."""
    was: str | None
    """Until now; None where it appeared."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What the frames until this one say together."""

    settled: bool
    """Whether all that is followed is seen in this frame, and settled."""
    steady: tuple[str, ...]
    """The settled texts in reading order, also of lines that are hidden for a moment."""
    events: tuple[Event, ...] = ()
    """What has changed with this frame."""


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read in one frame."""

    lines: tuple[Line, ...]
    """Top to bottom."""
    candidates: tuple[Detection, ...]
    """Everything that may be a digit, letters and dirt too, in reading order: capture chooses among these."""
    width: int
    """Of the frame, px."""
    height: int
    """Of the frame, px."""
    model: str
    """First 12 hex digits of the classifier's sha256 ..."""
    finder: str
    """... and of the finder's."""
    latency_ms: float
    """Frame in hand to reading, without capture and drawing."""
    reason: str | None = None
    """Why nothing was read (TOO_DARK, TOO_BLURRED or TOO_SMALL); None where something was, or the frame is blank."""
    left_out: int = 0
    """Shapes, lines, ways to cut and to join that were not looked at, as they would have taken too long."""
    followed: Followed | None = None
    """With the frames before it; None in a still, which is on its own."""

    @property
    def digits(self) -> tuple[Detection, ...]:
        """What is shown: accepted digits, and rejected candidates inside or beside a number."""
        return tuple(one for one in self.candidates if one.line is not None)

    @property
    def text(self) -> str:
        """The lines' texts, one per row."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame with where and when it was taken."""

    frame: Frame
    source: str
    """A file's name as given in its folder, else the source as opened ("pi", "0", a URL)."""
    index: int
    """0 for a still; counted from 0 in videos and cameras."""
    time: datetime
    """Wall clock when the frame was taken or read, UTC."""
    place: tuple[int, int] | None = None
    """Which picture of how many it is, from 1; None where it is the only one, or nobody knows how many will come."""
