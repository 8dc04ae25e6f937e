"""Which room may import which, as a table: arrows point down the road, none runs back up, none in a circle.

A room is a folder of edge/ or train/, or a file that lies in none. It may import what the table says and all that
those may import; within a room files import each other, in no circle either.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

ARROWS: dict[str, set[str]] = {
    # The packages themselves: whatever of them is started listens to Ctrl-C at once.
    "edge": {"edge.ending"},
    "train": {"edge", "train.quiet"},
    # Ground that every room stands on.
    "edge.contract": set(),
    "edge.ending": set(),
    "edge.errors": set(),
    "edge.whole_file": set(),
    "edge.quiet": set(),
    "edge.runtime": {"edge.errors", "edge.quiet"},
    "edge.names": set(),
    "edge.picture": {"edge.contract", "edge.errors"},
    # From the camera's frame to the reading.
    "edge.cameras": {"edge.ending", "edge.picture"},
    "edge.finding": {"edge.contract", "edge.runtime"},
    "edge.reading": {"edge.finding", "edge.errors"},
    # Readings over time.
    "edge.following": {"edge.reading"},
    # What a reading is shown to: it knows readings, never cameras.
    "edge.outputs": {"edge.following", "edge.whole_file", "edge.names"},
    # Beside outputs, and one arrow into them: its window is drawn on the same surface with the same boxes and labels.
    "edge.collecting": {"edge.following", "edge.whole_file", "edge.outputs", "edge.picture"},
    # Entry. Set-up runs before any package is there.
    "edge.settings": {"edge.cameras"},
    "edge.settings_file": {"edge.settings", "edge.whole_file", "edge.errors", "edge.names"},
    "edge.settings_saving": {"edge.settings_file"},
    "edge.command_line": {"edge.cameras", "edge.collecting", "edge.outputs", "edge.settings_file"},
    "edge.recognize": {"edge.command_line"},
    "edge.install": {"edge.ending", "edge.errors"},
    "edge.menu": {"edge.ending", "edge.install"},
    # The workstation's ground: files and counting. Deploy and the way back to the shipped model run on a plain Python.
    "train.quiet": {"edge.quiet"},
    "train.store": {"edge.ending", "edge.whole_file", "edge.errors"},
    "train.command": {"edge.errors", "edge.names"},
    "train.metrics": {"edge.reading"},
    "train.deploy": {"train.store", "edge.errors"},
    # From a labelled digit to a judged model.
    "train.digits": {"train.store", "edge.cameras", "edge.reading", "edge.names"},
    "train.networks": {"edge.finding", "edge.errors"},
    "train.pages": {"train.digits"},
    "train.judging": {"train.pages", "train.networks", "train.metrics", "train.command"},
    # A page to print: where its boxes are says the edge, which reads it.
    "train.sheets": {"train.store", "edge.collecting", "edge.ending"},
    "train.learning": {"train.judging"},
    "train.bench": {"train.learning", "edge.outputs"},
    "train.notebooks": {"train.bench"},
}

OUTSIDE = {
    "pathlib": "files",
    "os": "files",
    "io": "files",
    "shutil": "files",
    "time": "the clock",
    "datetime": "the clock",
    "cv2.imread": "files",
    "cv2.imwrite": "files",
    "cv2.VideoCapture": "cameras",
    "cv2.VideoWriter": "files",
    "cv2.imshow": "screens",
    "cv2.waitKey": "screens",
    "cv2.namedWindow": "screens",
}
"""What finding, reading and following do without: pixels come in, candidates and readings go out."""
OUTSIDE_ALL_THE_SAME = {
    "edge.finding.finder knows files": "messages name the file of its model; it opens none",
    "edge.reading.card knows files": "a card is one",
    "edge.reading.classifier knows files": "its model is one",
    "edge.reading.model_set knows files": "the members of a set are files, and it says where they lie",
    "edge.reading.reader knows files": "it says which of the models that lie there is taken",
    "edge.reading.reader knows the clock": "a reading tells how long it took",
    "edge.following.steady knows the clock": "likewise",
}

Sources = Mapping[str, str]
"""Module -> its source."""


def load_sources(*sides: str) -> dict[str, str]:
    paths = [path for side in sides for path in (ROOT / side).rglob("*.py")]
    return {name_of(path): path.read_text(encoding="utf-8") for path in paths}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


def find_imports(module: str, sources: Sources) -> set[str]:
    """The modules among the sources that it imports, wherever in its code."""
    names = set()
    for node in ast.walk(ast.parse(sources[module])):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}: imports are absolute"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {known for name in names if (known := longest_known(name, sources))} - {module}


def longest_known(name: str, sources: Iterable[str]) -> str | None:
    """edge.finding.ink.find_ink -> edge.finding.ink; None of other people's packages."""
    while name and name not in sources:
        name = name.rpartition(".")[0]
    return name or None


def reach(room: str) -> set[str]:
    """All rooms that it may import."""
    return ARROWS[room].union(*(reach(below) for below in ARROWS[room]))


def find_wrong_arrows(sources: Sources) -> list[str]:
    arrows = ((module, other) for module in sorted(sources) for other in sorted(find_imports(module, sources)))
    return [
        f"{module} -> {other}"
        for module, other in arrows
        if room_of(module) != room_of(other) and room_of(other) not in reach(room_of(module))
    ]


def find_circle(sources: Sources) -> list[str]:
    """Modules that import each other in turn; empty where there are none."""
    try:
        TopologicalSorter({module: find_imports(module, sources) for module in sources}).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def find_outside(sources: Sources) -> set[str]:
    """What of the world outside the modules know, as "edge.finding.x knows files"."""
    return {
        f"{module} knows {OUTSIDE[name]}"
        for module, source in sources.items()
        for node in ast.walk(ast.parse(source))
        for name in names_in(node)
        if name in OUTSIDE
    }


def names_in(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name.partition(".")[0] for alias in names)
        case ast.ImportFrom(module=str(module), names=names):
            yield module.partition(".")[0]
            yield from (f"{module}.{alias.name}" for alias in names)
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            yield f"{name}.{attribute}"
        case ast.Call(func=ast.Name(id="open")):
            yield "io"


class TestArrows:
    def test_every_room_has_its_line_in_the_table(self) -> None:
        rooms = {room_of(module) for module in load_sources("edge", "train")}
        assert rooms == set(ARROWS)

    def test_the_table_itself_has_no_circle(self) -> None:
        assert set(TopologicalSorter(ARROWS).static_order()) >= set(ARROWS)  # of a circle there is no order: CycleError

    def test_no_file_imports_against_the_table(self) -> None:
        assert find_wrong_arrows(load_sources("edge", "train")) == []

    def test_no_files_import_each_other_in_a_circle(self) -> None:
        assert find_circle(load_sources("edge", "train")) == []

    @pytest.mark.parametrize(
        ("module", "line"),
        [
            ("edge.finding.ink", "from edge.reading.reader import Reader"),
            ("edge.finding.ink", "from edge.reading import reader"),
            ("edge.finding.ink", "import edge.reading.reader"),
            ("edge.finding.ink", "def late():\n    import edge.reading.reader"),
            ("edge.outputs.text", "import edge.cameras.stills"),
            ("edge.reading.reader", "import edge.outputs.text"),
            ("edge.contract", "import edge.errors"),
            ("edge.recognize", "from train import store"),
            ("train.metrics", "from train.networks.classifier import load_model"),
            ("train.judging.report", "from train.learning import runs"),
            ("train.digits.mnist", "import train.pages.render"),
        ],
    )
    def test_a_wrong_arrow_would_be_seen(self, module: str, line: str) -> None:
        sources = load_sources("edge", "train")
        sources[module] += f"\n{line}\n"
        assert [arrow.split(" -> ")[0] for arrow in find_wrong_arrows(sources)] == [module]

    def test_an_arrow_down_the_road_is_none(self) -> None:
        sources = {"edge.reading.reader": "from edge.finding.ink import find_ink", "edge.finding.ink": "import numpy"}
        assert find_wrong_arrows(sources) == []

    def test_a_circle_within_a_room_would_be_seen(self) -> None:
        sources = {"edge.finding.a": "from edge.finding import b", "edge.finding.b": "from edge.finding.a import x"}
        assert set(find_circle(sources)) == set(sources)


class TestOutside:
    def test_finding_reading_and_following_know_no_camera_no_screen_no_clock_no_file(self) -> None:
        sources = load_sources("edge/finding", "edge/reading", "edge/following")
        assert find_outside(sources) == set(OUTSIDE_ALL_THE_SAME)

    @pytest.mark.parametrize(
        ("line", "known"),
        [
            ("import time", "the clock"),
            ("from pathlib import Path", "files"),
            ("import os.path", "files"),
            ("open('x')", "files"),
            ("frame = cv2.imread('x.png')", "files"),
            ("from cv2 import imshow", "screens"),
            ("cv2.VideoCapture(0)", "cameras"),
        ],
    )
    def test_the_world_outside_would_be_seen(self, line: str, known: str) -> None:
        assert find_outside({"edge.finding.ink": line}) == {f"edge.finding.ink knows {known}"}


class TestMetrics:
    def test_count_what_any_model_says_and_know_no_network(self) -> None:
        source = load_sources("train")["train.metrics"]
        assert {"keras", "tensorflow"} & {
            name for node in ast.walk(ast.parse(source)) for name in names_in(node)
        } == set()
