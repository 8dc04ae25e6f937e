"""A window in which digits are labelled: cross, target, counts, mode, and the last result."""

from dataclasses import replace

from edge.collecting.label_output import KEYS
from edge.collecting.labeller import Labeller, describe_counts
from edge.contract import Frame, Reading, Shot
from edge.outputs.display import CvSurface, Surface
from edge.outputs.overlay import draw_footer, draw_panel, draw_reading, draw_target


class CaptureWindow:
    """A face of `label_output.Capture`.

    Args:
        surface: where to; None: a window by OpenCV. Ask `outputs.display.display_problem` first.
    """

    def __init__(self, surface: Surface | None = None) -> None:
        self._surface = surface or CvSurface()
        self._reading: Reading | None = None
        self._drawn: Frame
        self._result = ""
        self._keys_shown = False

    def show(self, shot: Shot, reading: Reading, labeller: Labeller) -> None:
        """Draw how things stand."""
        if reading is not self._reading:
            # Once: of two keys that come while a picture is drawn OpenCV keeps the second one alone.
            # Without the lines' texts: they would cover digits that are to be labelled.
            self._reading = reading
            self._drawn = draw_reading(shot.frame, replace(reading, lines=()), everything=True)
        drawn = draw_target(self._drawn, None if labeller.target is None else labeller.target.box, labeller.cross)
        drawn = draw_panel(drawn, KEYS) if self._keys_shown else drawn
        state = f"cross on {labeller.aim}   {labeller.mode}   {labeller.collection.writer}   h: keys"
        self._surface.show(draw_footer(drawn, (describe_counts(labeller.collection), state, self._result)))

    def tell(self, result: str) -> None:
        """Show what has happened, until something else does."""
        self._result = result

    def wait_key(self, wait_ms: int) -> str | None:
        """The key that was pressed within this time, or None."""
        return self._surface.wait_key(wait_ms)

    def clicked(self) -> tuple[int, int] | None:
        """Where the frame was clicked since the last call, x, y, or None."""
        return self._surface.clicked()

    def toggle_keys(self) -> None:
        """Show or hide what the keys do."""
        self._keys_shown = not self._keys_shown

    def is_open(self) -> bool:
        """False after the user has closed the window by its button."""
        return self._surface.is_open()

    def close(self) -> None:
        """Close the window."""
        self._surface.close()
