"""A window with the reading drawn into the frame, and the keys that it obeys."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from edge.contract import Reading, Shot
from edge.errors import DigitReaderError
from edge.outputs.canvas import View, join_rows, lay_out
from edge.outputs.display import CvSurface, Surface
from edge.outputs.overlay import draw_reading
from edge.outputs.picture_file import make_folder, save_picture
from edge.outputs.text import describe_reading, describe_source

QUIT_KEYS = ("q", "\x1b")
POLL_MS = 40
"""While a frame stands still, keys are looked for so often."""
NOTICE_S = 2.0
"""How long a saved snapshot is named in the window."""
RATE_WEIGHT = 0.1
"""Of the newest frame in the frame rate that is shown: it settles after about ten frames and does not flicker."""
HINT_S = 10.0
"""The keys are shown at the start, so long or until one is pressed."""
FROZEN = "FROZEN: space goes on"
MOVING_KEYS = ("q  quit", "s  save a snapshot", "space  freeze, go on", "h  hide these keys")
STILL_KEYS = ("q  quit", "s  save a snapshot", "n or any other key  next", "h  hide these keys")

SNAPSHOTS = Path(__file__).resolve().parents[2] / "snapshots"
"""Where key s saves to, whatever folder the program was started in; git does not look into it."""

logger = logging.getLogger(__name__)


class Window:
    """Shows each reading in a window.

    Args:
        stills: each frame waits for a key; else frames follow each other.
        fps: of a video file, which is not shown faster than that.
        surface: where to; None: a window by OpenCV. Ask `display.display_problem` first.
        snapshots: folder for the pictures that key s saves; None: SNAPSHOTS. Made with the first one.
        clock: seconds, only differences count.
    """

    def __init__(
        self,
        *,
        stills: bool,
        fps: float | None = None,
        surface: Surface | None = None,
        snapshots: Path | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._stills = stills
        self._interval_s = 1 / fps if fps else 0.0
        self._surface = surface or CvSurface()
        self._snapshots = snapshots or SNAPSHOTS
        self._clock = clock
        self._due = 0.0
        self._rate = FrameRate()
        self._keys_shown = False
        self._hint_until: float | None = None
        self._notice = ""
        self._notice_until = 0.0

    def show(self, shot: Shot, reading: Reading) -> bool:
        """Show one reading and obey the keys. False: quit, or the window was closed."""
        now = self._clock()
        wait_ms = max(1, round((self._due - now) * 1000))
        self._due = max(self._due, now) + self._interval_s
        fps = self._rate.tick(now)
        if self._hint_until is None:
            self._hint_until = now + HINT_S
        waiting = self._stills
        while True:
            view = self._draw(shot, reading, None if self._stills else fps, frozen=waiting and not self._stills)
            key = self._wait(view, POLL_MS if waiting else wait_ms, until_key=waiting)
            if key in QUIT_KEYS or not self._surface.is_open():
                return False
            if key == "s":
                self._save(shot, reading)
            elif key == "h":
                self._keys_shown = not self._hints_keys()
            elif key == " " and not self._stills:
                waiting = not waiting
            if key is not None:
                self._hint_until = 0.0
            if not waiting or (self._stills and key not in (None, "s", "h")):
                return True

    def close(self) -> None:
        """Close the window."""
        self._surface.close()

    def _wait(self, view: View, wait_ms: int, *, until_key: bool) -> str | None:
        """The key that was pressed; None also where the window has another size now, and is to be drawn again."""
        key = self._surface.wait_key(wait_ms)
        while until_key and key is None and self._surface.is_open() and self._surface.find_size(view.size) == view.size:
            key = self._surface.wait_key(wait_ms)
        return key

    def _draw(self, shot: Shot, reading: Reading, fps: float | None, *, frozen: bool) -> View:
        """Draw the frame under rows that tell how things stand; no row lies over a digit."""
        state = [describe_source(shot), f"{fps:.0f} fps" if fps else "", FROZEN if frozen else "", "h: keys"]
        told = self._notice if self._clock() < self._notice_until else describe_reading(reading)
        keys = STILL_KEYS if self._stills else MOVING_KEYS
        keys_shown = self._hints_keys()

        def write(width: int) -> list[str]:
            return [*join_rows(state, width), told, *(join_rows(keys, width) if keys_shown else ())]

        view, rows = lay_out(shot.frame, write, self._surface.find_size)
        # Why nothing is read stands in the rows.
        shown = show_steady(replace(reading, reason=None))
        drawn = draw_reading(view.scale_frame(shot.frame), view.scale_reading(shown))
        self._surface.show(view.compose(drawn, rows))
        return view

    def _hints_keys(self) -> bool:
        """Whether the keys are shown: because h was pressed, or because it has just begun."""
        return self._keys_shown or self._clock() < (self._hint_until or 0.0)

    def _save(self, shot: Shot, reading: Reading) -> None:
        path = find_free_path(self._snapshots, f"digits-{shot.time.astimezone():%Y%m%d-%H%M%S}")
        try:
            make_folder(path.parent)
            save_picture(path, draw_reading(shot.frame, reading, margin=True))
        except DigitReaderError as error:  # reading goes on: a snapshot is not worth ending it
            self._notice = str(error)
        else:
            self._notice = f"saved {path.absolute()}"
        self._notice_until = self._clock() + NOTICE_S
        logger.info("%s", self._notice)


def show_steady(reading: Reading) -> Reading:
    """The reading with the steady texts of its lines instead of the frame's own, where there are some."""
    return replace(reading, lines=tuple(replace(line, text=line.steady or line.text) for line in reading.lines))


class FrameRate:
    """Frames per second, smoothed."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._frame_s: float | None = None

    def tick(self, now: float) -> float | None:
        """Count one frame at `now`, s. Returns the rate, None at the first frame."""
        if self._last is not None:
            frame_s = max(now - self._last, 1e-6)
            before_s = frame_s if self._frame_s is None else self._frame_s
            self._frame_s = before_s + RATE_WEIGHT * (frame_s - before_s)
        self._last = now
        return None if self._frame_s is None else 1 / self._frame_s


def find_free_path(folder: Path, stem: str) -> Path:
    """`stem`.png in the folder, or `stem`-2.png, ...: the first that does not exist."""
    path, number = folder / f"{stem}.png", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.png"
    return path
