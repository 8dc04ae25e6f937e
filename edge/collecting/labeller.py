"""What keys, clicks and frames do while digits are labelled: the cross, its target, undo, auto-capture."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.collecting.capture import Collection
from edge.collecting.doubt import INSIST, find_doubt
from edge.collecting.refusal import DUPLICATE, Refusal
from edge.collecting.stillness import STILL_S, Stillness
from edge.collecting.target import find_tall, find_target, stands_where
from edge.collecting.wording import describe, describe_aim
from edge.contract import DIGITS, LABELS, Box, Detection, Reading, Shot
from edge.reading.lines import find_rows

OTHER = LABELS[-1]
LABEL_KEYS = {**{digit: digit for digit in DIGITS}, "o": OTHER}
NEXT_KEY, UNDO_KEY, AUTO_KEY = "\t", "u", "a"


@dataclass(frozen=True, slots=True)
class _Mark:
    """What somebody has labelled in the scene that is seen."""

    digit: Detection
    label: str
    path: Path | None
    """What was saved; None: one just like it was there already."""


class Labeller:
    """Labels what is under the cross, or all that is shown.

    Args:
        collection: where digits are saved.
        everything: the label of all that is shown; None: keys label one digit after the other.
        stills: each picture stands still: the cross goes from digit to digit. Else the cross stays, and digits come.
        region: what is read of the frame; None: all of it.
        insist: save everything also where the reader is sure that most is something else.
        tell: is told each result.
        clock: seconds, only differences count.
    """

    def __init__(
        self,
        collection: Collection,
        *,
        tell: Callable[[str], None],
        everything: str | None = None,
        stills: bool = False,
        region: Box | None = None,
        insist: bool = False,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.collection = collection
        self.everything = everything is not None
        self.label = everything
        """Chosen last."""
        self.auto = self.everything
        self.standing = stills
        """The picture does not change: a still, or a frame that was frozen."""
        self.target: Detection | None = None
        """What a key would label."""
        self._stills = stills
        self._region = region
        self._insist = insist
        self._tell = tell
        self._stillness = Stillness(clock)
        self._waits_for_change = False
        self._point: tuple[int, int] | None = None
        self._marks: list[_Mark] = []
        self._shot: Shot
        self._reading: Reading
        self.rows: list[list[Detection]] = []
        """Candidates as they stand on the paper: in this order Tab goes from one to the next."""

    @property
    def frozen(self) -> bool:
        """A camera's picture stands still, because somebody wants it to."""
        return self.standing and not self._stills

    @property
    def labelled(self) -> dict[Box, str]:
        """Candidates that have their label, by box: in this picture, or in this scene since it last changed."""
        return {
            one.box: mark.label
            for mark in self._marks
            for one in self._reading.candidates
            if stands_where(one, mark.digit)
        }

    @property
    def cross(self) -> tuple[int, int] | None:
        """x, y in the frame; None where a standing picture has no digit left."""
        if not self.standing:
            seen = Box(0, 0, self._reading.width, self._reading.height)
            return self._point or _middle(seen.intersection(self._region) if self._region else seen)
        return None if self.target is None else _middle(self.target.box)

    @property
    def mode(self) -> str:
        """What is done without a key."""
        if self.everything:
            return f"all that is shown is {self.label}" + ("" if self.auto else ", paused")
        return f"auto: {self.label}" if self.auto else "auto off"

    @property
    def aim(self) -> str:
        """What the target is, in words."""
        place = (self._order.index(self.target) + 1, len(self._order)) if self.target and self.standing else None
        return describe_aim(self.target, place, self._reading, done=self.standing)

    @property
    def _order(self) -> list[Detection]:
        return [one for row in self.rows for one in row]

    def see(self, shot: Shot, reading: Reading) -> None:
        """Look at the next frame; save by itself what is due."""
        self._shot, self._reading = shot, reading
        # As they stand on the paper: a reading puts what it rejects last, and that is what wants a label most.
        self.rows = find_rows(reading.candidates)
        if self._stills:
            self._marks.clear()
            self.target = next(iter(self._order), None)
            return
        self.target = find_target(reading.candidates, *(self.cross or (0, 0)))
        still_s = self._stillness.look(shot.frame)
        if still_s == 0:
            self._waits_for_change = False
            self._marks.clear()
        if self.auto and still_s >= STILL_S and not self._waits_for_change:
            self._save_still(reading)

    def press(self, key: str) -> None:
        """Obey a key; one that means nothing here is passed over."""
        if key in LABEL_KEYS:
            self._label(LABEL_KEYS[key])
        elif key == NEXT_KEY:
            self._step(around=True)
        elif key == UNDO_KEY:
            self._undo()
        elif key == AUTO_KEY:
            self._switch_auto()

    def point_at(self, x: int, y: int) -> None:
        """Move the cross; in a standing picture only to choose a digit."""
        if not self.standing:
            self._point = x, y
        self.target = find_target(self._reading.candidates, x, y)

    def _label(self, label: str) -> None:
        self.label = label
        if self.everything:
            self._waits_for_change = True  # what is in sight was shown as something else
            self._tell(f"all that is shown from now on is {label}")
        elif self.target is None:
            self._tell("no digit left in this picture" if self.standing else "no digit in sight")
        else:
            self._save_all([self.target])
            if self.standing:
                self._step(around=False)

    def _save_still(self, reading: Reading) -> None:
        """By itself: everything, unless it is clearly something else, or the target."""
        digits = find_tall(reading.candidates) if self.everything else [self.target] if self.target else []
        doubt = find_doubt(self.label, digits) if self.everything and self.label and not self._insist else None
        if doubt is None:
            self._save_all(digits)
        else:
            self._waits_for_change = True
            self._tell(f"not saved: {doubt}. Press what they are, or start again with {INSIST}")

    def _save_all(self, digits: Sequence[Detection]) -> None:
        if not digits or self.label is None:
            return
        self._waits_for_change = True
        outcomes = [self.collection.add(self.label, one, self._shot.frame, self._region) for one in digits]
        for one, outcome in zip(digits, outcomes, strict=True):
            if outcome == DUPLICATE or not isinstance(outcome, Refusal):
                self._marks.append(_Mark(one, self.label, outcome if isinstance(outcome, Path) else None))
        self._tell(describe(self.label, outcomes))

    def _step(self, *, around: bool) -> None:
        """To the next digit in reading order; after the last one to the first, or to none."""
        order = self._order
        following = 0 if self.target is None else order.index(self.target) + 1
        if around and order:
            following %= len(order)
        self.target = order[following] if following < len(order) else None
        if self.target is not None and not self.standing:
            self._point = _middle(self.target.box)

    def _undo(self) -> None:
        undone = self.collection.undo()
        if undone is None:
            self._tell("nothing to undo: this session has saved nothing more")
            return
        label, path = undone
        undone_here = [mark.digit for mark in self._marks if mark.path == path]
        self._marks = [mark for mark in self._marks if mark.path != path]
        for digit in undone_here:
            self.target = next((one for one in self._order if stands_where(one, digit)), self.target)
        self._tell(f"removed the last {label}")

    def _switch_auto(self) -> None:
        if self._stills:
            self._tell("auto-capture is for a camera; here press the digit")
        elif self.label is None:
            self._tell("auto-capture saves with the label chosen last: press a digit first")
        else:
            self.auto = not self.auto
            self._tell(self.mode)


def _middle(box: Box) -> tuple[int, int]:
    return box.x + box.width // 2, box.y + box.height // 2
