"""A window in which digits are labelled: cross, target, what has its label; above it counts, mode, the last result."""

from dataclasses import replace

from edge.collecting.label_output import KEYS
from edge.collecting.labeller import Labeller
from edge.collecting.wording import FROZEN, describe_counts
from edge.contract import Box, Frame, Reading, Shot
from edge.outputs.canvas import View, join_rows, lay_out
from edge.outputs.display import CvSurface, Surface
from edge.outputs.overlay import draw_reading, draw_target
from edge.outputs.text import describe_source


class CaptureWindow:
    """A face of `label_output.Capture`.

    Args:
        surface: where to; None: a window by OpenCV. Ask `outputs.display.display_problem` first.
    """

    def __init__(self, surface: Surface | None = None) -> None:
        self._surface = surface or CvSurface()
        self._last: tuple[Shot, Reading, Labeller] | None = None
        self._view: View
        self._known: tuple[Reading, View, dict[Box, str]] | None = None
        self._drawn: Frame
        self._result = ""
        self._keys_shown = True

    def show(self, shot: Shot, reading: Reading, labeller: Labeller) -> None:
        """Draw how things stand; no row lies over a digit. The keys are shown until the first one is pressed."""
        view, rows = lay_out(shot.frame, lambda width: self._write(shot, labeller, width), self._surface.find_size)
        self._last, self._view = (shot, reading, labeller), view
        self._draw(shot.frame, reading, view, labeller.labelled)
        target, cross = labeller.target, labeller.cross
        drawn = draw_target(
            self._drawn,
            None if target is None else view.scale_box(target.box),
            None if cross is None else (round(cross[0] * view.scale), round(cross[1] * view.scale)),
        )
        self._surface.show(view.compose(drawn, rows))

    def tell(self, result: str) -> None:
        """Show what has happened, until something else does."""
        self._result = result

    def wait_key(self, wait_ms: int) -> str | None:
        """The key that was pressed within this time, or None. A window that has another size now is drawn again."""
        if self._last is not None and self._surface.find_size(self._view.size) != self._view.size:
            self.show(*self._last)
        key = self._surface.wait_key(wait_ms)
        self._keys_shown = self._keys_shown and key in (None, "h")
        return key

    def clicked(self) -> tuple[int, int] | None:
        """Where the frame was clicked since the last call, x, y, or None."""
        point = self._surface.clicked()
        if point is None or self._last is None:
            return None
        return self._view.find_in_frame(*point, self._last[0].frame)

    def toggle_keys(self) -> None:
        """Show or hide what the keys do."""
        self._keys_shown = not self._keys_shown

    def is_open(self) -> bool:
        """False after the user has closed the window by its button."""
        return self._surface.is_open()

    def close(self) -> None:
        """Close the window."""
        self._surface.close()

    def _draw(self, frame: Frame, reading: Reading, view: View, labelled: dict[Box, str]) -> None:
        """Once for each reading: of two keys that come while a picture is drawn OpenCV keeps the second one alone."""
        if self._known is not None and self._known[0] is reading and self._known[1:] == (view, labelled):
            return
        self._known = reading, view, labelled
        # Without the lines' texts: somebody looks at single digits.
        scaled = replace(view.scale_reading(reading), lines=(), reason=None)
        given = {view.scale_box(box): label for box, label in labelled.items()}
        self._drawn = draw_reading(view.scale_frame(frame), scaled, everything=True, given=given)

    def _write(self, shot: Shot, labeller: Labeller, width: int) -> list[str]:
        """The rows above the frame, for a window of this width, px."""
        writer = labeller.collection.writer
        frozen = FROZEN if labeller.frozen else ""
        state = f"cross on {labeller.aim}", frozen, labeller.mode, describe_source(shot), writer, "h: keys"
        keys = join_rows(KEYS, width) if self._keys_shown else []
        return [*join_rows(state, width), describe_counts(labeller.collection), self._result, *keys]
