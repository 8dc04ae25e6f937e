"""The list of fonts and photographs, and how they are fetched."""

import hashlib
import io
import os
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from edge.errors import SetupError
from train.pages.material import (
    CREDITS,
    LONGEST_SIDE,
    PATIENCE,
    WAYS,
    Family,
    Kind,
    Part,
    fetch_material,
    insert_credits,
    list_families,
    missing,
    reduce_photograph,
    verify,
)

HANDWRITTEN = Kind.HAND, Kind.RUNNING
FREE = (
    *(
        "OFL-1.0",
        "OFL-1.1",
        "Apache-2.0",
        "Bitstream-Vera",
        "GUST Font License (LPPL-1.3c)",
        "Knuth (BaKoMa fonts licence)",
    ),
    *("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "GPL-2.0-or-later", "GPL-3.0-or-later"),
)


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "edge-digit-reader" / "material"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def build_family(
    files: dict[str, bytes], *, name: str = "hand", package: str = "one", kind: Kind = Kind.HAND
) -> Family:
    hashes = {file: sha256(content) for file, content in files.items()}
    return Family(name, kind, "plain", Part.KNOWN, "npm", package, "1.0", "OFL-1.1", "2026 Nobody", hashes)


def bring(contents: dict[str, bytes]) -> dict:
    """A way that brings these files, whatever package is asked for."""
    return {"npm": lambda _family, _folder: contents}


def draw_photograph(*, height: int, width: int) -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)
    Image.fromarray(noise).save(file, "PNG")
    return file.getvalue()


class TestList:
    def test_no_family_is_listed_twice(self) -> None:
        names = Counter(family.name for family in list_families())
        assert [name for name, count in names.items() if count > 1] == []

    def test_no_file_and_no_content_is_in_two_parts(self) -> None:
        parts: dict[str, set[Part]] = {}
        for family in list_families():
            for file, content in family.files.items():
                parts.setdefault(content, set()).add(family.part)
                parts.setdefault(f"{family.package}/{file}", set()).add(family.part)
        assert [name for name, among in parts.items() if len(among) > 1] == []

    @pytest.mark.parametrize(
        ("part", "hands", "running", "print_fonts", "photographs"),
        [(Part.KNOWN, 24, 8, 20, 15), (Part.STRANGERS, 12, 4, 8, 8), (Part.SEALED, 12, 4, 8, 8)],
    )
    def test_each_part_has_enough(self, part, hands, running, print_fonts, photographs) -> None:
        found = Counter(family.kind for family in list_families() if family.part == part)
        assert found[Kind.HAND] >= hands
        assert found[Kind.RUNNING] >= running
        assert found[Kind.PRINT] >= print_fonts
        assert found[Kind.PHOTOGRAPH] >= photographs

    @pytest.mark.parametrize("part", Part)
    @pytest.mark.parametrize(
        "group", ["greek", "cyrillic", "chinese", "bengali", "wood", "cloth", "plants", "stone", "scene"]
    )
    def test_each_part_has_something_of_each_group(self, part: Part, group: str) -> None:
        assert any(family.group == group for family in list_families() if family.part == part)

    @pytest.mark.parametrize("family", list_families(), ids=lambda family: family.name)
    def test_each_has_a_free_licence_a_credit_a_version_and_a_hash_of_each_file(self, family: Family) -> None:
        assert family.licence in FREE
        assert family.credit
        assert family.version
        assert family.files
        assert all(re.fullmatch("[0-9a-f]{64}", content) for content in family.files.values())

    def test_handwriting_is_under_font_licences_only(self) -> None:
        licences = {family.licence for family in list_families() if family.kind in HANDWRITTEN}
        assert licences <= {"OFL-1.0", "OFL-1.1", "Apache-2.0"}

    def test_what_pip_brought_before_the_split_is_known(self) -> None:
        assert {family.part for family in list_families() if family.package.startswith(("font-", "matplotlib"))} == {
            Part.KNOWN
        }

    def test_the_rest_was_dealt_out_by_the_hash_of_the_name(self) -> None:
        """Of each print style and each kind of photograph; hands of one script are dealt out with its running hands."""
        dealt = [Part.KNOWN, Part.STRANGERS, Part.SEALED, Part.KNOWN]
        for group in {family.group for family in list_families()}:
            for kinds in ([Kind.PRINT], [Kind.PHOTOGRAPH], [Kind.HAND], [Kind.RUNNING]):
                if group in ("greek", "cyrillic", "chinese", "bengali"):
                    kinds = list(Kind)  # noqa: PLW2901 - all of one script
                families = [
                    family
                    for family in list_families()
                    if family.group == group
                    and family.kind in kinds
                    and not family.package.startswith(("font-", "matplotlib"))
                ]
                families.sort(key=lambda family: sha256(family.name.encode()))
                assert [family.part for family in families] == [dealt[n % 4] for n in range(len(families))]

    def test_without_a_cache_all_but_what_pip_brought_is_missing(self) -> None:
        assert set(missing()) == {family.name for family in list_families() if family.manager != "pip"}

    def test_models_readme_credits_all_of_them(self) -> None:
        text = CREDITS.read_text(encoding="utf-8")
        assert insert_credits(text) == text, "python -m train.pages.material --credits"


class TestFetch:
    def test_files_are_kept_and_not_fetched_again(self, empty_cache: Path) -> None:
        family = build_family({"files/a-latin-400-normal.woff": b"font"})
        assert fetch_material([family], bring({"files/a-latin-400-normal.woff": b"font"})) == []
        assert [path.read_bytes() for path in family.paths()] == [b"font"]
        assert all(path.is_relative_to(empty_cache) for path in family.paths())
        assert fetch_material([family], {}) == []

    def test_another_content_is_refused_and_named(self) -> None:
        family = build_family({"good": b"font", "bad": b"font too"})
        (line,) = fetch_material([family], bring({"good": b"font", "bad": b"spoiled"}))
        assert line.startswith("hand: bad has sha256")
        assert [path.is_file() for path in family.paths()] == [True, False]

    def test_a_file_that_the_package_lacks_is_named(self) -> None:
        (line,) = fetch_material([build_family({"there": b"font"})], bring({}))
        assert line == "hand: there is not in one"

    def test_a_package_that_cannot_be_had_leaves_the_others(self) -> None:
        families = [build_family({"a": b"a"}, package="a"), build_family({"b": b"b"}, name="other", package="b")]

        def way(family: Family, _folder: Path) -> dict[str, bytes]:
            if family.package == "a":
                raise SetupError("no such package")
            return {"b": b"b"}

        assert fetch_material(families, {"npm": way}) == ["a: no such package"]
        assert families[1].is_here()

    def test_without_a_network_it_does_not_try_them_all(self) -> None:
        families = [build_family({"a": b"a"}, name=f"{n}", package=f"{n}") for n in range(PATIENCE + 2)]
        asked = []

        def way(family: Family, _folder: Path) -> dict[str, bytes]:
            asked.append(family.package)
            raise SetupError("no network")

        assert len(fetch_material(families, {"npm": way})) == PATIENCE + 2
        assert len(asked) == PATIENCE

    def test_interrupted_it_leaves_whole_files_only(self, empty_cache: Path) -> None:
        families = [build_family({"a": b"a"}, package="a"), build_family({"b": b"b"}, name="other", package="b")]

        def way(family: Family, _folder: Path) -> dict[str, bytes]:
            if family.package == "b":
                raise KeyboardInterrupt
            return {"a": b"a"}

        with pytest.raises(KeyboardInterrupt):
            fetch_material(families, {"npm": way})
        assert [path for path in empty_cache.rglob("*") if path.is_file()] == list(families[0].paths())
        assert fetch_material(families, bring({"b": b"b"})) == []

    def test_a_disk_that_fills_up_leaves_no_half_file_under_its_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(_self: Path, _target: Path) -> None:
            raise OSError("no space left")

        monkeypatch.setattr(Path, "replace", fail)
        family = build_family({"a": b"a"})
        assert fetch_material([family], bring({"a": b"a"})) == ["one: no space left"]
        assert not family.is_here()

    def test_a_changed_hash_makes_it_another_file(self) -> None:
        one = build_family({"a": b"a"})
        assert one.path_of("a") != replace(one, files={"a": sha256(b"b")}).path_of("a")

    def test_a_program_that_is_not_installed_is_named(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("PATH", os.fspath(tmp_path))
        for manager, program in (("npm", "npm"), ("deb", "apt-get")):
            with pytest.raises(SetupError, match=f"{program} is not installed"):
                WAYS[manager](build_family({"a": b"a"}), tmp_path)

    def test_verify_tells_both_hashes(self) -> None:
        with pytest.raises(SetupError, match=f"{sha256(b'is')[:12]}.*{sha256(b'wanted')[:12]}"):
            verify(b"is", sha256(b"wanted"), name="a")


class TestPhotographs:
    def test_a_photograph_is_kept_grey_and_small(self) -> None:
        content = draw_photograph(height=900, width=2000)
        family = build_family({"wood.png": content}, kind=Kind.PHOTOGRAPH)
        assert fetch_material([family], bring({"wood.png": content})) == []
        kept = cv2.imread(str(family.paths()[0]), cv2.IMREAD_UNCHANGED)
        assert kept.shape == (LONGEST_SIDE * 900 // 2000, LONGEST_SIDE)

    def test_a_small_pattern_is_laid_out(self) -> None:
        pixels = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
        header = b"".join(number.to_bytes(4, "big") for number in (24, 1, 2, 2, 3)) + b"GPAT"
        kept = Image.open(io.BytesIO(reduce_photograph(header + pixels.tobytes(), name="wood.pat")))
        assert (kept.size, kept.mode) == ((12, 12), "L")
