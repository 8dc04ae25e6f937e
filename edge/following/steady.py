"""A reader of moving sources: what it reads is followed over time, and what did not change is not read again."""

import time
from dataclasses import replace

from edge.contract import Frame, Reading
from edge.following.follower import Follower
from edge.following.sameness import Look, is_same, look_at
from edge.reading.region import FrameReader

LONGEST = 25
"""Frames for which a reading stands without being read again, however still it is: about a second. It begins with two
frames and doubles each time that reading again agrees: a digit that is read now so, now so, is looked at often."""


class SteadyReader:
    """Reads one moving source, frame after frame.

    A reading is only used again once it is settled: frames that were read for themselves agree on it. One misread frame
    of a still scene is thus never repeated until it looks like many.

    Args:
        reader: reads a single frame.
        follower: follows what it reads; None: a new one.
    """

    def __init__(self, reader: FrameReader, follower: Follower | None = None) -> None:
        self._reader = reader
        self._follower = follower or Follower()
        self._last: Reading | None = None
        self._look: Look | None = None
        self._before: Look | None = None
        self._age = 0
        self._stands = 1

    def read(self, frame: Frame) -> Reading:
        """The reading of the source's next frame, with all that the frames before it say."""
        start = time.perf_counter()
        look = look_at(frame)
        moving = self._before is not None and not is_same(look, self._before)
        self._before = look
        again = self._recall(look)
        if again is not None:
            self._age += 1
            return replace(again, latency_ms=(time.perf_counter() - start) * 1000)
        # Compared with the frame that was read, not with the one before: what creeps has moved in the end.
        self._look, self._age = look, 0
        self._last = self._follower.follow(self._reader.read(frame), moving=moving)
        settled = self._last.followed is not None and self._last.followed.settled
        self._stands = min(LONGEST, 2 * self._stands) if settled else 1
        return self._last

    def _recall(self, look: Look) -> Reading | None:
        """The last reading where it still stands: nothing has happened since."""
        last = self._last
        if last is None or last.followed is None or self._look is None or not last.followed.settled:
            return None
        stands = self._age < self._stands and is_same(look, self._look)
        return replace(last, followed=replace(last.followed, events=())) if stands else None
