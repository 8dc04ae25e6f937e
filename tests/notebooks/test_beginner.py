"""The beginner's notebook runs from top to bottom and does what its texts say; both languages run the same code."""

import re
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from train.digits.mnist import is_cached

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "train" / "notebooks"
ENGLISH, BANGLA = NOTEBOOKS / "beginner.ipynb", NOTEBOOKS / "beginner.bn.ipynb"
IMPORTS = "\nfrom train.notebooks import answer\nprint(answer.__file__)"


def load(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def cells_of(book: NotebookNode, kind: str) -> list[NotebookNode]:
    return [cell for cell in book.cells if cell.cell_type == kind]


def run(book: NotebookNode, folder: Path, monkeypatch: pytest.MonkeyPatch, temporary: Path) -> None:
    """Execute it in place, as if it lay in this folder; what it makes goes into `temporary`."""
    temporary.mkdir()
    for name, value in {"QUICK": "1", "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    NotebookClient(book, timeout=1200, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()


def printed(book: NotebookNode, cell_id: str) -> str:
    (cell,) = (one for one in book.cells if one.id == cell_id)
    return "".join(one.text for one in cell.outputs if one.output_type == "stream" and one.name == "stdout")


def shown(book: NotebookNode, cell_id: str) -> dict[str, str]:
    """What a cell's last line shows, by MIME type; empty where it shows nothing."""
    (cell,) = (one for one in book.cells if one.id == cell_id)
    return next((one.data for one in cell.outputs if one.output_type == "execute_result"), {})


def percents(words: str) -> list[float]:
    return [float(number) for number in re.findall(r"([\d.]+) % \(", words)]


def files_in(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


class TestInGit:
    @pytest.mark.parametrize("path", [ENGLISH, BANGLA], ids=lambda path: path.name)
    def test_outputs_are_cleared(self, path: Path) -> None:
        left = [cell.id for cell in cells_of(load(path), "code") if cell.outputs or cell.execution_count is not None]
        assert left == [], f"clear them: {sys.executable} -m jupyter nbconvert --clear-output --inplace {path}"

    def test_both_languages_run_the_same_code_in_the_same_places(self) -> None:
        english, bangla = ([(one.cell_type, one.id) for one in load(path).cells] for path in (ENGLISH, BANGLA))
        assert english == bangla
        english, bangla = ([one.source for one in cells_of(load(path), "code")] for path in (ENGLISH, BANGLA))
        assert english == bangla

    def test_every_text_of_the_bangla_one_is_in_bangla(self) -> None:
        for cell in cells_of(load(BANGLA), "markdown"):
            words = re.sub(r"`[^`]*`", "", cell.source)
            bangla, latin = (len(re.findall(letters, words)) for letters in ("[\u0980-\u09ff]", "[A-Za-z]"))
            assert bangla > 2 * latin, cell.source

    def test_both_name_the_same_commands_and_files(self) -> None:
        for english, bangla in zip(*(cells_of(load(path), "markdown") for path in (ENGLISH, BANGLA)), strict=True):
            named = set(re.findall(r"`([^`]+)`", english.source))
            assert named <= set(re.findall(r"`([^`]+)`", bangla.source))


class TestFirstCell:
    """Where the project comes from."""

    @pytest.fixture
    def book(self) -> NotebookNode:
        book = load(ENGLISH)
        book.cells = cells_of(book, "code")[:1]
        book.cells[0].source += IMPORTS
        return book

    def test_takes_the_checkout_that_it_lies_in(
        self, book: NotebookNode, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        run(book, NOTEBOOKS, monkeypatch, tmp_path / "made")
        assert printed(book, "project").splitlines()[-1] == str(NOTEBOOKS / "answer.py")

    def test_else_takes_an_uploaded_zip_of_it(
        self, book: NotebookNode, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        with zipfile.ZipFile(tmp_path / "edge-digit-reader-main.zip", "w") as archive:
            for path in [one for side in ("edge", "train") for one in (ROOT / side).rglob("*.py")]:
                archive.write(path, Path("edge-digit-reader-main") / path.relative_to(ROOT))
        (tmp_path / "other.zip").write_bytes(b"no zip")
        run(book, tmp_path, monkeypatch, tmp_path / "made")
        found = Path(printed(book, "project").splitlines()[-1])
        assert found.is_relative_to(tmp_path / "made")
        assert found.as_posix().endswith("edge-digit-reader-main/train/notebooks/answer.py")

    def test_with_neither_says_what_to_upload_and_where(
        self, book: NotebookNode, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        with pytest.raises(CellExecutionError, match=f"upload a zip of it into {re.escape(str(tmp_path))}"):
            run(book, tmp_path, monkeypatch, tmp_path / "made")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, require) -> NotebookNode:
    """The notebook with its outputs, run once."""
    require(is_cached(), "MNIST is not cached: .venv-train/bin/python -m train.digits.mnist")
    before = files_in(ROOT / "models"), files_in(NOTEBOOKS)
    made = tmp_path_factory.mktemp("notebook")
    book = load(ENGLISH)
    with pytest.MonkeyPatch.context() as monkeypatch:
        run(book, NOTEBOOKS, monkeypatch, made / "made")
    book.metadata["made"] = str(made)
    book.metadata["untouched"] = before == (files_in(ROOT / "models"), files_in(NOTEBOOKS))
    return book


@pytest.mark.slow
class TestFromTopToBottom:
    """One run, some two minutes on two cores; floors are far below what it gives."""

    def test_no_cell_complains(self, ran: NotebookNode) -> None:
        assert [cell.id for cell in cells_of(ran, "code") for one in cell.outputs if one.output_type == "error"] == []

    def test_tensorflow_says_nothing_that_a_beginner_cannot_use(self, ran: NotebookNode) -> None:
        said = [one.text for cell in cells_of(ran, "code") for one in cell.outputs if one.output_type == "stream"]
        assert [text for text in said if re.search("oneDNN|TensorSpec|Assets written|Warning|WARNING", text)] == []

    def test_the_files_of_all_three_kinds_come_back(self, ran: NotebookNode) -> None:
        assert printed(ran, "files").splitlines() == [
            "train.csv: 20 digits",
            "my_digits: 20 digits",
            "my_digits.zip: 20 digits",
        ]

    @pytest.mark.parametrize("cell", ["mnist", "signs", "augmented", "curves", "confusion", "worst", "own"])
    def test_pictures_are_shown(self, ran: NotebookNode, cell: str) -> None:
        assert "image/png" in shown(ran, cell)

    def test_the_network_learns(self, ran: NotebookNode) -> None:
        (right,) = percents(printed(ran, "accuracy"))
        assert right > 93

    def test_int8_reads_as_well_and_is_small(self, ran: NotebookNode) -> None:
        before, after = percents(printed(ran, "int8"))
        size = int(printed(ran, "int8").split(" bytes")[0].replace(",", ""))
        assert (abs(after - before) < 1, size <= 64 * 1024) == (True, True)

    def test_a_picture_is_answered_with_its_ten_probabilities(self, ran: NotebookNode) -> None:
        page = shown(ran, "answer")["text/html"]
        assert re.search(r'class="answer"[^>]*>7<', page)
        assert len(re.findall(r"<td>[\d.]+ %</td>", page)) == 10

    @pytest.mark.parametrize("cell", ["desk", "tuned-desk"])
    def test_there_is_a_desk_to_draw_on(self, ran: NotebookNode, cell: str) -> None:
        assert "application/vnd.jupyter.widget-view+json" in shown(ran, cell)

    def test_fine_tuning_helps_this_hand_and_others_lose_little(self, ran: NotebookNode) -> None:
        hand_before, hand_after, others_before, others_after = percents(printed(ran, "finetune"))
        assert hand_after > hand_before
        assert others_after > others_before - 0.5

    def test_before_and_after_stand_one_above_the_other(self, ran: NotebookNode) -> None:
        assert len(re.findall('class="answer"', shown(ran, "before-after")["text/html"])) == 2

    def test_what_it_makes_lies_in_a_folder_for_passing_files_and_nothing_else_is_touched(
        self, ran: NotebookNode
    ) -> None:
        kept = [Path(line) for line in printed(ran, "kept").splitlines()]
        assert [path.name for path in kept] == ["digits.tflite", "digits.tuned.tflite"]
        assert all(path.is_relative_to(ran.metadata["made"]) for path in kept)
        assert ran.metadata["untouched"]
