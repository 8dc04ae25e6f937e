"""`make evaluate`: which models and pictures, what the table says, and a report that stands by itself."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT
from edge.errors import ModelError, SourceError
from tests.judging.builders import SHIPPED_BASE, build_comparison, build_entry, build_int8, build_set
from train.digits.labelled import NOTHING_FOUND, LeftOut
from train.digits.mnist import load_sample
from train.judging.comparison import COLUMNS, OTHERS, Comparison, load_folder_set, load_own_set
from train.judging.confusion import find_step
from train.judging.evaluate import describe, main
from train.judging.lineup import Entry, describe_origin, load_entry, load_lineup
from train.judging.report import CSS, build_report
from train.judging.words import WORDS
from train.store import SHIPPED

HARD = (
    *("top-1 accuracy", "interval", "misses", "rejected", "calibration error", "temperature", "precision", "recall"),
    *("base", "int8", "finetuned", "sha256", "min_confidence", "float", "epoch", "loss", "validation"),
)
"""What a teacher does not know."""


class TestTable:
    def test_says_top1_of_all_and_of_the_int8_model_what_the_reader_would_show(self) -> None:
        pictures = build_set([4, 4, 9], not_found=[7])
        comparison = build_comparison(pictures, build_entry("base", [4, 9, 9]), build_int8([4, 4, 4]))
        assert comparison.table == [
            COLUMNS,
            ("base", "50.00 % (2 misses of 4)", "15.00 to 85.00 %", "—", "—", "—", "—", "—"),
            ("int8", "50.00 % (2 misses of 4)", "15.00 to 85.00 %", "2", "1", "1", "—", "—"),
        ]

    def test_pictures_that_show_no_digit_have_a_column_of_their_own(self) -> None:
        comparison = build_comparison(build_set([4] + 3 * [NOT_A_DIGIT]), build_int8([4, 4, NOT_A_DIGIT, NOT_A_DIGIT]))
        header, row = comparison.table
        assert (header, row[1], row[-1]) == ((*COLUMNS, OTHERS), "100.00 % (0 misses of 1)", "2 of 3")

    def test_calibration_error_is_told_with_and_without_temperature_when_there_are_a_hundred_digits(self) -> None:
        labels = [4] * 100
        row = build_comparison(build_set(labels), build_int8(labels, sure=4.0)).table[1]
        certainty = [np.exp(4 / temperature) / (np.exp(4 / temperature) + 10) for temperature in (2.0, 1.0)]
        assert row[-2:] == tuple(f"{100 - 100 * one:.2f} %" for one in certainty)
        assert build_comparison(build_set(labels[1:]), build_int8(labels[1:])).table[1][-2:] == ("—", "—")

    def test_a_note_tells_what_is_accepted_and_how_much_of_it_is_wrong(self) -> None:
        comparison = build_comparison(build_set([4, 4, 9], not_found=[7]), build_int8([4, 4, 4]))
        assert comparison.notes == ["int8 accepts 75.0 % of the digits at min_confidence 0.8, 1 of them wrong."]

    def test_the_terminal_names_what_was_not_read(self) -> None:
        lines = describe(build_comparison(build_set([4], not_found=[7]), build_int8([4])))
        assert lines[1] == "A set: 2 digits"
        assert lines[-1] == f"7/blank.png: {NOTHING_FOUND}"


class TestOwnDigits:
    CROSSED = {"own_cross_validated": {"n": 50, "before_misses": 12, "after_misses": 3}}  # noqa: RUF012

    def finetuned(self, tmp_path: Path) -> Entry:
        return build_entry("finetuned", [4], path=tmp_path / "finetuned.keras", record=self.CROSSED)

    def compare_own(self, tmp_path: Path) -> Comparison:
        int8 = build_int8([4], record={"keras": "finetuned.keras"}, min_confidence=None)
        return build_comparison(build_set([4], own=True), build_entry("base", [4]), self.finetuned(tmp_path), int8)

    def test_models_that_learned_them_are_told_apart(self, tmp_path: Path) -> None:
        assert self.compare_own(tmp_path).notes == [
            "finetuned has learned from your calibration digits: this says nothing about new ones.",
            "int8 has learned from your calibration digits: this says nothing about new ones.",
        ]

    def test_cross_validated_figures_stand_first_with_their_intervals(self, tmp_path: Path) -> None:
        comparison = self.compare_own(tmp_path)
        headline = (
            "Cross-validated, each digit read by a model that has not seen it: before 76.00 % (12 misses of 50), "
            "after 94.00 % (3 misses of 50). With 95 % certainty 14.30 to 37.41 % are missed before, "
            "2.06 to 16.22 % after."
        )
        assert describe(comparison)[2] == headline
        text = build_report([comparison.results[-1].entry], [comparison], [])
        assert text.index(headline) < text.index("<table")

    def test_other_pictures_need_no_such_note(self, tmp_path: Path) -> None:
        comparison = build_comparison(build_set([4]), self.finetuned(tmp_path))
        assert (comparison.headline, comparison.notes) == ([], [])


class TestSets:
    def test_a_folder_that_is_not_there_is_named_with_the_command(self, capsys, tmp_path: Path) -> None:
        assert main(["--dir", str(tmp_path / "none")]) == 1
        assert re.fullmatch(
            r"evaluate: there is no folder .*/none\. .*`make evaluate DIR=digits/`\.\n", capsys.readouterr().err
        )

    def test_a_folder_without_a_labelled_picture_says_where_they_belong(self, tmp_path: Path) -> None:
        (tmp_path / "seven").mkdir()
        with pytest.raises(SourceError, match=r"no labelled picture in .* Put them into"):
            load_folder_set(tmp_path)

    def test_a_flat_folder_has_the_label_that_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "anna").mkdir()
        for name in ("minus.png", "anna/plus.png"):
            sign = np.full((90, 90), 230, np.uint8)
            cv2.line(sign, (20, 45), (70, 45), 40, 6)
            cv2.imwrite(str(tmp_path / name), sign)
        cv2.imwrite(str(tmp_path / "speck.png"), build_paper_with_a_speck())
        pictures = load_folder_set(tmp_path, "other")
        assert pictures.digits.labels.tolist() == [NOT_A_DIGIT, NOT_A_DIGIT]
        assert [one.name for one in pictures.nothing_found] == ["speck.png"]
        assert pictures.size == "0 digits, 3 other"

    def test_a_flat_folder_without_a_label_says_how_to_give_one(self, tmp_path: Path) -> None:
        cv2.imwrite(str(tmp_path / "minus.png"), build_paper_with_a_speck())
        with pytest.raises(SourceError, match=r"`make evaluate DIR=.* LABEL=other`"):
            load_folder_set(tmp_path)

    def test_a_label_without_a_folder_is_wrong_usage(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit, match="2"):
            main(["--label", "other"])
        assert "make evaluate DIR=signs/ LABEL=other" in capsys.readouterr().err

    @pytest.mark.parametrize("folder", ["none", "."])
    def test_without_calibration_digits_there_is_no_set_of_them(self, folder: str, tmp_path: Path) -> None:
        (tmp_path / "README.md").write_text("what belongs here")
        assert load_own_set(tmp_path / folder) is None

    def test_blank_paper_is_a_miss_and_a_broken_file_counts_nowhere(self, tmp_path: Path) -> None:
        folder = tmp_path / "7"
        folder.mkdir()
        glyph = load_sample().test.glyphs[0]
        cv2.imwrite(str(folder / "good.png"), 255 - cv2.copyMakeBorder(glyph, 20, 20, 20, 20, cv2.BORDER_CONSTANT))
        cv2.imwrite(str(folder / "speck.png"), build_paper_with_a_speck())
        (folder / "broken.png").write_text("no picture")
        pictures = load_folder_set(tmp_path)
        assert (len(pictures.digits), [one.name for one in pictures.nothing_found]) == (1, ["7/speck.png"])
        assert [one.name for one in pictures.unusable] == ["7/broken.png"]
        assert pictures.size == "2 digits"


def build_paper_with_a_speck() -> np.ndarray:
    paper = np.full((120, 120), 230, np.uint8)
    paper[60:62, 60:62] = 40
    return paper


def test_names_that_are_no_text_do_not_cost_the_report() -> None:
    pictures = build_set([4], prefix="caf\udce9 \x1b[31m")
    broken = (LeftOut("4/\udcff\n.png", "the file is empty", 4),)
    comparison = build_comparison(replace(pictures, unusable=broken), build_entry("base", [9]), build_int8([9]))
    page = build_report(load_lineup(shipped=True), [comparison], VERDICT).encode("utf-8").decode()
    assert ("caf\\xe9 \\x1b[31m0.png" in page, "4/\\xff\\n.png" in page) == (True, True)
    assert describe(comparison)[-1] == r"4/\xff\n.png: the file is empty"


class TestLineup:
    def test_local_models_come_before_the_shipped_ones(self, tmp_path: Path) -> None:
        for name in ("base.keras", "finetuned.keras"):
            (tmp_path / name).write_bytes(SHIPPED_BASE.read_bytes())
        lineup = load_lineup(shipped=False, local=tmp_path)
        assert [entry.kind for entry in lineup] == ["base", "finetuned", "int8"]
        assert [entry.path for entry in lineup[:2]] == [tmp_path / "base.keras", tmp_path / "finetuned.keras"]

    def test_shipped_means_nothing_local(self, tmp_path: Path) -> None:
        for name in ("base.keras", "finetuned.keras"):
            (tmp_path / name).write_text("must not be read")
        lineup = load_lineup(shipped=True, local=tmp_path)
        assert [entry.path for entry in lineup] == [SHIPPED_BASE, SHIPPED / "digits.tflite"]

    def test_float_and_int8_agree_on_the_sample_and_carry_their_records(self) -> None:
        base, int8 = load_lineup(shipped=True)
        test = load_sample().test
        agree = base.probabilities(test.glyphs).argmax(axis=1) == int8.probabilities(test.glyphs).argmax(axis=1)
        assert agree.mean() > 0.99
        assert base.record["trained_on"] == int8.record["trained_on"]
        assert (base.temperature, base.min_confidence) == (1.0, None)
        assert int8.min_confidence == json.loads((SHIPPED / "digits.json").read_text())["min_confidence"]

    def test_the_float_model_that_int8_came_from_is_named(self) -> None:
        base, tuned = build_entry("base", [], sha256="a"), build_entry("finetuned", [], sha256="b")
        assert describe_origin([base, tuned, build_int8([], record={"keras_sha256": "b"})]).endswith("from finetuned.")
        assert "make convert" in describe_origin([base, build_int8([], record={"keras_sha256": "c"})])

    def test_a_file_that_is_no_model_is_named_with_the_command(self, tmp_path: Path) -> None:
        (tmp_path / "x.keras").write_bytes(SHIPPED_BASE.read_bytes()[:1000])
        with pytest.raises(ModelError, match=r"x\.keras is no Keras model.*make train"):
            load_entry(tmp_path / "x.keras")

    def test_a_model_with_other_shapes_is_refused_with_both(self, tmp_path: Path) -> None:
        inputs = keras.Input((8, 8, 1))
        keras.Model(inputs, keras.layers.Flatten()(inputs)).save(tmp_path / "x.keras")
        with pytest.raises(
            ModelError, match=r"takes \(8, 8, 1\) and gives \(64,\); expected \(28, 28, 1\) and \(11,\)"
        ):
            load_entry(tmp_path / "x.keras")


class Page(HTMLParser):
    """Looks at a page: are its tags balanced, what does it load, what stands in its cells."""

    EMPTY = frozenset({"meta", "img", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.loaded: list[str] = []
        self.cells: list[list[str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "img":
            self.images.append(known)
        self.loaded += [known[name] or "" for name in ("src", "href") if name in known]
        if tag not in self.EMPTY:
            self.open.append(tag)
        if tag == "tr":
            self.cells.append([])
        if tag in ("td", "th"):
            self.cells[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.cells[-1][-1] += data


VERDICT = ["A set: 3 of 4 wrong <b>."]


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """A miss, a letter that int8 would show, a picture in which nothing was found; names that HTML must escape."""
    pictures = build_set([4, 4, 9, NOT_A_DIGIT], not_found=[7], prefix="<b>&")
    return build_comparison(pictures, build_entry("base", [4, 4, 9, 0]), build_int8([4, 9, 9, 3]))


@pytest.fixture(scope="module")
def text(comparison: Comparison) -> str:
    return build_report([result.entry for result in comparison.results], [comparison], VERDICT)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


class TestReport:
    def test_its_tags_are_balanced(self, page: Page) -> None:
        assert page.open == []

    def test_it_loads_nothing_from_elsewhere(self, text: str, page: Page) -> None:
        assert [one for one in page.loaded if not one.startswith(("data:image/png;base64,", "#s"))] == []
        assert not re.search(r"<script|<link|@import|url\(|https?:", text)

    def test_the_verdict_stands_before_all_else(self, text: str) -> None:
        body = text[text.index("<body>") :]
        assert re.findall(r"<p[ >].*?</p>", body)[0] == "<p>A set: 3 of 4 wrong &lt;b&gt;.</p>"
        assert body.index("A set: 3 of 4 wrong") < body.index("<nav") < body.index("<table")

    def test_every_word_in_the_head_of_a_table_is_explained_or_plain(self, page: Page) -> None:
        heads = {cell for row in page.cells for cell in row if cell and row[0] in ("model", "digit")}
        known = " ".join(WORDS)
        technical = {word for head in heads for word in HARD if word in head}
        assert technical
        assert {word for word in technical if word not in known} == set()

    def test_all_matrices_have_one_scale_of_colours_whatever_their_size(self) -> None:
        """A fifth of ten digits is as dark as a fifth of a thousand."""
        assert [find_step(count, row) for count, row in ((2, 10), (200, 1000), (20, 1000), (1, 1000))] == [4, 4, 2, 0]

    def test_the_colours_of_the_matrices_are_explained(self, text: str) -> None:
        steps = re.findall(r'<span class="wrong (step\d)"></span>(.*?)</li>', text)
        assert steps == [
            ("step0", "under 0.2 %"),
            ("step1", "from 0.2 %"),
            ("step2", "from 1 %"),
            ("step3", "from 5 %"),
            ("step4", "from 20 %"),
        ]
        css = CSS.read_text(encoding="utf-8")
        assert all(f".{step} {{" in css for step, _ in steps)

    def test_every_table_scrolls_by_itself(self, text: str) -> None:
        assert text.count("<table") == len(re.findall(r'<div class="wide" tabindex="0"><table', text))

    def test_every_picture_says_what_it_shows(self, page: Page) -> None:
        assert len(page.images) == 3
        assert all(image["alt"] for image in page.images)

    def test_the_table_of_the_terminal_is_in_it(self, comparison: Comparison, page: Page) -> None:
        assert [row for row in comparison.table if list(row) not in page.cells] == []

    def test_a_confusion_matrix_has_true_rows_and_read_columns(self, page: Page) -> None:
        matrices = [n for n, row in enumerate(page.cells) if row[0] == "is a"]
        int8 = page.cells[matrices[1] :]
        assert int8[0] == ["is a", *"0123456789", "none"]
        assert int8[1 + 4] == ["4", "", "", "", "", "1", "", "", "", "", "1", ""]
        assert int8[1 + 7][-1] == "1"

    def test_the_worst_misses_of_the_model_in_use_stand_with_their_file_and_what_others_read(self, text: str) -> None:
        captions = re.findall(r"<figcaption>(.*?)</figcaption>", text)
        assert captions == [
            "<b>4 → 9</b> 90 %<br>accepted<br>base: 4<br>4/&lt;b&gt;&amp;1.png",
            "<b>other → 3</b> 90 %<br>accepted<br>base: 0<br>other/&lt;b&gt;&amp;3.png",
        ]

    def test_pictures_in_which_nothing_was_found_are_named(self, page: Page) -> None:
        assert ["7/blank.png", NOTHING_FOUND] in page.cells

    def test_learning_curves_stand_in_it_where_the_model_has_them_beside_it(self, text: str) -> None:
        epochs = json.loads((SHIPPED / "base.training.json").read_text())["recipe"]["epochs"]
        assert f"Loss and misses of base over {epochs} epochs" in text

    def test_a_set_of_other_pictures_alone_needs_no_digits(self) -> None:
        comparison = build_comparison(build_set([NOT_A_DIGIT] * 2), build_int8([4, NOT_A_DIGIT]))
        text = build_report([comparison.results[0].entry], [comparison], [])
        assert "no digits" in text
        assert "Confusion" not in text
