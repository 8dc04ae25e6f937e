"""A desk in the notebook: draw a digit or choose a picture of one, and the answer stands beside it at once.

anywidget carries the bytes from the page to Python and the answer back: one small JavaScript file, and it works alike
in JupyterLab, VS Code and Colab. Plain HTML cannot: in JupyterLab a cell's HTML has no way to Python.
"""

from collections.abc import Callable, Sequence
from html import escape
from itertools import count
from pathlib import Path

import anywidget
import traitlets

from edge.contract import DIGITS
from edge.whole_file import save_new
from train.notebooks.answer import Answer, UnusableError, describe

Read = Callable[[bytes, str], Answer]
"""A picture file's content and its name -> the answer; UnusableError where there is none."""


class Desk(anywidget.AnyWidget):
    """A sheet to draw on, a file chooser, the answer; and buttons that keep the picture as an example to learn.

    Args:
        read: what is asked for the answer.
        folder: where pictures are kept, `<label>/` each; None: none are.
    """

    _esm = Path(__file__).with_name("desk.js")
    answer = traitlets.Unicode().tag(sync=True)
    """HTML."""
    labels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """Of the buttons that keep the picture."""

    def __init__(self, read: Read, folder: Path | None = None) -> None:
        super().__init__(labels=[] if folder is None else list(DIGITS))
        self._read, self._folder = read, folder
        self._content, self._name = b"", ""
        self.on_msg(self._hear)

    def _hear(self, _: object, message: dict[str, str], buffers: Sequence[bytes]) -> None:
        """What the page says: a picture (its name and, as a buffer, its bytes), a wish to keep it, or to clear."""
        if "keep" in message:
            self.answer = self._keep(message["keep"])
        elif "name" in message:
            self._content, self._name = bytes(buffers[0]), message["name"]
            self.answer = self._ask()
        else:
            self._content, self.answer = b"", ""

    def _ask(self) -> str:
        try:
            return describe(self._read(self._content, self._name))
        except UnusableError as error:
            return f"<p>{escape(self._name)}: {escape(str(error))}</p>"

    def _keep(self, label: str) -> str:
        if self._folder is None or not self._content:
            return "<p>Draw a digit or choose a picture of one, then say what it is.</p>"
        path = keep_picture(self._folder, label, self._content, Path(self._name).suffix)
        return f"<p>Kept as a {label}: {escape(str(path))}</p>"


def keep_picture(folder: Path, label: str, content: bytes, suffix: str) -> Path:
    """Write it into `<label>/` under the next free number; no file there is touched."""
    taken = {path.stem for path in (folder / label).glob("*")}
    number = next(number for number in count(1) if f"{number:03d}" not in taken)
    path = folder / label / f"{number:03d}{suffix}"
    save_new(path, content)
    return path
