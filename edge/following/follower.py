"""Follows lines from reading to reading: a line keeps its id, and its text is settled once enough frames agree.

Frames vote. A text is steady from the frame on at which AGREEING frames say it, of which one may have disagreed; it is
settled in those frames that say it themselves. So one frame that misreads changes nothing, and a line that says
something else from now on is no longer settled with the first frame that says so, whatever stood there before, and for
how long: nothing locks in.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from edge.contract import Event, Followed, Line, Reading
from edge.following.places import Place, match_lines

AGREEING = 4
"""Frames that make a text steady. Where paper slides in (29 rendered videos, `make bench-following`), 2 told 1.36
changes for each that there was, 3 told 1.07, 4 none too many."""
GONE = 8
"""A line has left when so many frames in which nothing moved do not show it ..."""
HIDDEN = 30
"""... or so many frames whatever moved: a hand passes, and what it hides is still there."""


class Follower:
    """Follows the lines of one moving source.

    Args:
        agreeing: frames that make a text steady.
    """

    def __init__(self, agreeing: int = AGREEING) -> None:
        self._agreeing = agreeing
        self._tracks: list[_Track] = []
        self._frames = 0
        self._next_id = 0

    def follow(self, reading: Reading, *, moving: bool = False) -> Reading:
        """The reading of the next frame, its lines followed; their texts stay the frame's own.

        Args:
            reading: of that frame alone.
            moving: whether the frame differs from the one before: what it does not show may be hidden.
        """
        self._frames += 1
        matched = match_lines([track.place for track in self._tracks], reading.lines)
        seen = [self._tracks[matched[n]] if n in matched else self._begin(line) for n, line in enumerate(reading.lines)]
        hidden = [track for track in self._tracks if track not in seen]
        events = [track.see(n, line) for n, (track, line) in enumerate(zip(seen, reading.lines, strict=True))]
        # In the dark nothing is seen, which does not mean that nothing is there.
        events += [track.miss(blind=reading.reason is not None, moving=moving) for track in hidden]
        self._tracks = sorted((one for one in (*seen, *hidden) if not one.left), key=lambda one: (one.order, one.id))
        return replace(
            reading,
            lines=tuple(track.tell(line) for track, line in zip(seen, reading.lines, strict=True)),
            followed=self._sum_up([event for event in events if event]),
        )

    def _begin(self, line: Line) -> "_Track":
        self._next_id += 1
        return _Track(self._next_id, Place(line.text, line.box), self._agreeing)

    def _sum_up(self, events: Sequence[Event]) -> Followed:
        """What never settled and is not seen now counts for nothing."""
        waited_for = [track for track in self._tracks if track.settled_text is not None or not track.missing]
        settled = self._frames >= self._agreeing and all(track.settled for track in waited_for)
        steady = tuple(track.settled_text for track in self._tracks if track.settled_text is not None)
        return Followed(settled, steady, tuple(events))


@dataclass(slots=True, eq=False)
class _Track:
    """One line over time."""

    id: int
    place: Place
    agreeing: int
    order: int = 0
    """Of the line in the reading that last showed it."""
    settled_text: str | None = None
    """What enough frames last agreed on."""
    missing: int = 0
    """Frames since it was last seen ..."""
    empty: int = 0
    """... and those among them in which nothing moved."""
    votes: deque[str | None] = field(init=False)
    """Of the latest frames; None where it was not seen."""

    def __post_init__(self) -> None:
        # One frame may disagree; if more might, two texts that take turns would both be settled in turn.
        self.votes = deque(maxlen=self.agreeing + 1)

    @property
    def steady(self) -> str | None:
        """What was settled, unless none of the latest frames says so any more."""
        return self.settled_text if self.settled_text in self.votes else None

    @property
    def settled(self) -> bool:
        """Whether the newest frame shows what enough frames say."""
        told = self.settled_text
        return not self.missing and self.votes[-1] == told and self.votes.count(told) >= self.agreeing

    @property
    def left(self) -> bool:
        """Whether it is not followed any more; what never settled was nothing."""
        if self.settled_text is None:
            return self.missing >= self.agreeing
        return self.empty >= GONE or self.missing >= HIDDEN

    def see(self, order: int, line: Line) -> Event | None:
        """Take the newest frame's line; what has changed with it."""
        before = self.place.box
        move = line.box.x - before.x, line.box.y - before.y
        self.place = replace(self.place, text=line.text, box=line.box, move=move)
        self.order, self.missing, self.empty = order, 0, 0
        self.votes.append(line.text)
        [(text, count)] = Counter(vote for vote in self.votes if vote is not None).most_common(1)
        if count < self.agreeing:
            return None
        if line.text == text:
            self.place = replace(self.place, home=line.box)
        if text == self.settled_text:
            return None
        was, self.settled_text = self.settled_text, text
        return Event("appeared" if was is None else "changed", self.id, text, was)

    def miss(self, *, blind: bool, moving: bool) -> Event | None:
        """Take a frame that does not show it; `blind`: one that shows nothing at all."""
        self.place = replace(self.place, move=(0, 0))
        if blind:
            self.missing = max(1, self.missing)
            return None
        self.missing += 1
        self.empty += not moving
        self.votes.append(None)
        left = self.left and self.settled_text is not None
        return Event("left", self.id, None, self.settled_text) if left else None

    def tell(self, line: Line) -> Line:
        """The newest frame's line with what is known of it."""
        return replace(line, id=self.id, settled=self.settled, steady=self.steady)
