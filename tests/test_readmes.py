"""The README says the same in English and in Bangla, and no link of any README leads nowhere."""

import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ENGLISH, BANGLA = "README.md", "README.bn.md"
FOLDERS = ["edge", "train", "models", "calibration_digits"]
FENCED = re.compile(r"^```.*?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def code(text: str) -> str:
    return "".join(FENCED.findall(text))


def prose(text: str) -> str:
    return FENCED.sub("", text)


def commands(text: str) -> list[str]:
    """The lines of all code, without comments, single-spaced."""
    return [" ".join(re.sub(r"(^|\s)#.*", "", line).split()) for line in code(text).splitlines()]


def inline_code(text: str) -> list[str]:
    """In no order of the text: a sentence of another language has its own."""
    return sorted(re.findall(r"`([^`]+)`", prose(text)))


def links(text: str) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", prose(text))


def links_to_files(text: str) -> set[str]:
    return {target for target in links(text) if target.partition("#")[0] not in ("", ENGLISH, BANGLA)}


def dead_links(name: str, text: str) -> list[str]:
    """Those of the file called so that lead to no file here, or to no heading in it."""
    return [target for target in links(text) if not re.match("[a-z]+:", target) and not leads(name, text, target)]


def leads(name: str, text: str, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = (ROOT / name).parent / path
    if path and not file.exists():
        return False
    return not anchor or anchor in anchors(file.read_text(encoding="utf-8") if path else text)


def headings(text: str) -> list[tuple[int, str]]:
    found = re.findall(r"^(#+) +(.+?) *$", prose(text), re.MULTILINE)
    return [(len(marks), title) for marks, title in found]


def anchors(text: str) -> set[str]:
    """As GitHub names the headings: the second of two equal ones ends in -1."""
    names = [anchor(title) for _, title in headings(text)]
    return {f"{name}-{before}" if (before := names[:at].count(name)) else name for at, name in enumerate(names)}


def anchor(title: str) -> str:
    # Letters, marks (a Bangla vowel sign is one) and decimal digits stay, and so do "_" and "-".
    kept = [
        letter for letter in title.lower() if re.match("[LM]|Nd|Pc", unicodedata.category(letter)) or letter in "- "
    ]
    return "".join(kept).replace(" ", "-")


def tables(text: str) -> list[list[str]]:
    found = re.findall(r"(?:^\|.*\n?)+", prose(text), re.MULTILINE)
    return [table.splitlines() for table in found]


def figures(text: str) -> list[str]:
    return re.findall(r"[0-9]+(?:[.,][0-9]+)*", text)


def figures_of_tables(text: str) -> list[list[str]]:
    """Row by row, so that a difference shows its place."""
    return [sorted(figures(row)) for table in tables(text) for row in table]


def bangla_share(text: str) -> float:
    """Of the letters outside code, links and names of files."""
    told = re.sub(r"`[^`]+`|\]\([^)]*\)|[\w./]+\.md", "", prose(text))
    scripts = Counter(unicodedata.name(letter).startswith("BENGALI") for letter in told if letter.isalpha())
    return scripts[True] / scripts.total()


class TestBothLanguages:
    def test_show_the_same_commands(self) -> None:
        assert commands(read(BANGLA)) == commands(read(ENGLISH))

    def test_name_the_same_files_options_and_keys(self) -> None:
        assert inline_code(read(BANGLA)) == inline_code(read(ENGLISH))

    def test_link_to_the_same_files(self) -> None:
        assert links_to_files(read(BANGLA)) == links_to_files(read(ENGLISH))

    def test_have_as_many_headings_of_each_level_in_the_same_order(self) -> None:
        levels = [[level for level, _ in headings(read(name))] for name in (BANGLA, ENGLISH)]
        assert levels[0] == levels[1]

    def test_have_tables_of_as_many_rows_and_columns(self) -> None:
        shapes = [[[row.count("|") for row in table] for table in tables(read(name))] for name in (BANGLA, ENGLISH)]
        assert shapes[0] == shapes[1]

    def test_tell_the_same_figures_in_tables(self) -> None:
        assert figures_of_tables(read(BANGLA)) == figures_of_tables(read(ENGLISH))

    def test_tell_the_same_figures_in_code_and_its_comments(self) -> None:
        assert figures(code(read(BANGLA))) == figures(code(read(ENGLISH)))

    def test_tell_the_same_figures_in_sentences(self) -> None:
        told = [sorted(figures(prose(read(name)))) for name in (BANGLA, ENGLISH)]
        assert told[0] == told[1]


class TestBangla:
    def test_is_what_it_is_written_in(self) -> None:
        assert bangla_share(read(BANGLA)) > 0.85  # the rest are names: TensorFlow, MNIST, its authors

    def test_has_figures_that_can_be_compared(self) -> None:
        assert re.findall("[\u09e6-\u09ef]", read(BANGLA)) == []


class TestLinks:
    @pytest.mark.parametrize("name", [ENGLISH, BANGLA, *(f"{folder}/README.md" for folder in FOLDERS)])
    def test_each_leads_to_a_file_and_to_a_heading_in_it(self, name: str) -> None:
        assert dead_links(name, read(name)) == []

    @pytest.mark.parametrize("dead", ["nowhere.md", "edge/README.md#nowhere", "#nowhere", "edge/README.md#Layout"])
    def test_the_check_above_would_see_a_dead_one(self, dead: str) -> None:
        alive = "# Here\n\n[x](#here) [x](edge) [x](edge/README.md#layout) [x](https://nowhere.example/#at-all)\n"
        assert dead_links(ENGLISH, f"{alive}[x]({dead})") == [dead]

    @pytest.mark.parametrize(
        ("title", "name"),
        [
            ("If it does not read", "if-it-does-not-read"),
            ("Where it breaks, and how fast it is", "where-it-breaks-and-how-fast-it-is"),
            ("`make` & its two_words (3.11)", "make--its-two_words-311"),
            ("কী পারে, কী পারে না", "কী-পারে-কী-পারে-না"),
        ],
    )
    def test_an_anchor_is_named_as_on_github(self, title: str, name: str) -> None:
        assert anchor(title) == name

    def test_of_two_equal_headings_the_second_is_numbered(self) -> None:
        assert anchors("# A\n## B\n## B\n") == {"a", "b", "b-1"}

    def test_what_stands_in_code_is_neither_link_nor_heading_nor_row(self) -> None:
        text = "```\n# A\n[x](nowhere.md)\n| 1 |\n```\n"
        assert (links(text), headings(text), tables(text)) == ([], [], [])
