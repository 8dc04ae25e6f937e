"""TensorFlow's greetings are no news to the user, wherever in a program it is first imported: see `edge/quiet.py`."""

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

from edge.quiet import without_greetings


class QuietTensorFlow(MetaPathFinder):
    """Finds TensorFlow as Python does, and lets it say nothing while it is imported."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Of TensorFlow alone; all else is for others to find."""
        spec = PathFinder.find_spec(name, path, target) if name == "tensorflow" else None
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _QuietLoader(spec.loader.name, spec.loader.path)
        return spec


class _QuietLoader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        with without_greetings():
            super().exec_module(module)


def keep_quiet() -> None:
    """Ask TensorFlow to name only errors and warnings; what it says before it listens is dropped."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if not any(isinstance(finder, QuietTensorFlow) for finder in sys.meta_path):
        sys.meta_path.insert(0, QuietTensorFlow())
