"""The parts of the world of paper, and that letters of all its fonts come out as they were asked for."""

import pickle
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from train.pages.letters import _draw_signs, _has_capitals_only, _has_sign, draw_text
from train.pages.material import list_families
from train.pages.texture import PHOTOGRAPHS, cut_photograph, make_texture
from train.pages.world import Part, World, bare_world, open_world, script_of

MISSING = "fonts are missing: python -m train.pages.material"
FONTS_ARE_HERE = all(family.is_here() for family in list_families() if family.manager == "npm")
"""Of Debian's packages another release may have other files; training says so, tests go on."""
FONTS = sorted({font for part in Part for font in open_world(part).hands + open_world(part).running})
PRINT_FONTS = sorted({font for part in Part for font in open_world(part).print_fonts})


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    open_world.cache_clear()
    yield
    open_world.cache_clear()


def draw_capital(font: Path, height: int) -> int:
    """The height of an H that was asked for at this one, px."""
    (mask,) = _draw_signs(font, "H", height=height, pen=0.1)
    assert mask is not None
    return int(np.ptp(np.flatnonzero(mask.max(axis=1) > 0.1))) + 1


class TestWorlds:
    def test_no_file_is_in_two_parts(self, require) -> None:
        require(FONTS_ARE_HERE, MISSING)
        worlds = [open_world(part) for part in Part]
        files = [set(one.hands + one.running + one.scripts + one.print_fonts + one.photographs) for one in worlds]
        assert len(files[0] | files[1] | files[2]) == sum(len(one) for one in files)

    @pytest.mark.parametrize("part", Part)
    def test_a_world_goes_to_workers_and_back(self, part: Part) -> None:
        assert pickle.loads(pickle.dumps(open_world(part))) == open_world(part)

    @pytest.mark.usefixtures("empty_cache")
    @pytest.mark.parametrize("part", Part)
    def test_without_any_download_there_are_letters_and_a_line_that_says_so(self, part: Part) -> None:
        world = open_world(part)
        assert world.hands == bare_world().hands
        assert world.print_fonts == bare_world().print_fonts
        assert world.missing
        assert world.describe().endswith(f"{len(world.missing)} families are missing: `python -m train.pages.material`")
        for style in ("hand", "running", "print"):
            masks = draw_text(np.random.default_rng(0), "a b", height=40, pen=0.08, slant=0.1, world=world, style=style)
            assert [mask is None for mask in masks] == [False, True, False]

    @pytest.mark.usefixtures("empty_cache")
    def test_the_record_says_what_was_there(self) -> None:
        record = open_world(Part.STRANGERS).record()
        assert (record["part"], record["running"]) == ("strangers", 0)
        assert "caveat" in record["missing"]

    @pytest.mark.parametrize(
        ("name", "script"),
        [
            ("0-long-cang-chinese-simplified-400-normal.woff", "chinese"),
            ("0-noto-sans-bengali-latin-400-normal.woff", None),
            ("0-noto-sans-bengali-bengali-400-normal.woff", "bengali"),
            ("0-caveat-cyrillic-400-normal.woff", "cyrillic"),
            ("0-GFSGazis.otf", "greek"),
            ("Intuitive.ttf", None),
        ],
    )
    def test_a_files_name_tells_its_script(self, name: str, script: str | None) -> None:
        assert script_of(Path(name)) == script


class TestLetters:
    @pytest.mark.parametrize("height", [30, 90])
    @pytest.mark.parametrize("font", FONTS + PRINT_FONTS, ids=lambda font: font.name)
    def test_capitals_are_as_high_as_was_asked_for(self, font: Path, height: int) -> None:
        assert abs(draw_capital(font, height) - height) <= 1 + 0.1 * height

    def test_fonts_that_draw_small_letters_as_capitals_are_not_asked_for_small_ones(self) -> None:
        world = World(Part.STRANGERS, bare_world().hands, (), (), bare_world().hands, ())
        capitals = {font.name for font in world.hands if _has_capitals_only(font)}
        assert capitals == {"AmaticSC-Bold.ttf", "AmaticSC-Regular.ttf"}
        for seed in range(40):
            masks = draw_text(
                np.random.default_rng(seed), "xX", height=60, pen=0.05, slant=0, world=world, style="print"
            )
            small, large = (np.ptp(np.flatnonzero(mask.max(axis=1) > 0.3)) for mask in masks)
            assert small < 0.87 * large

    def test_a_text_in_another_script_takes_a_font_that_has_it(self) -> None:
        for seed in range(20):
            masks = draw_text(np.random.default_rng(seed), "Ωβ", height=40, pen=0.1, slant=0, world=bare_world())
            assert [mask is None for mask in masks] == [False, False]

    def test_a_vowel_sign_is_not_drawn_alone(self) -> None:
        (letter, sign) = draw_text(np.random.default_rng(0), "e\u0301", height=40, pen=0.1, slant=0, world=bare_world())
        assert letter is not None
        assert sign is None

    @pytest.mark.parametrize("part", Part)
    @pytest.mark.parametrize("text", ["Ωβ", "Жш", "大口", "কখ"], ids=["greek", "cyrillic", "chinese", "bengali"])
    def test_each_part_writes_all_scripts(self, part: Part, text: str, require) -> None:
        require(FONTS_ARE_HERE, MISSING)
        for seed in range(5):
            masks = draw_text(np.random.default_rng(seed), text, height=40, pen=0.1, slant=0, world=open_world(part))
            assert masks[0] is not None

    @pytest.mark.parametrize("font", FONTS, ids=lambda font: font.name)
    def test_each_hand_has_all_latin_letters(self, font: Path) -> None:
        assert [sign for sign in "abcxyzABCXYZ" if not _has_sign(font, sign)] == []


class TestPhotographs:
    @pytest.fixture
    def photograph(self) -> Path:
        return next(path for path in bare_world().photographs if path.name == "brick.png")

    @pytest.mark.parametrize(("height", "width"), [(480, 640), (640, 480), (240, 1000), (90, 121)])
    def test_a_cut_fills_the_frame(self, photograph: Path, height: int, width: int) -> None:
        for seed in range(6):
            light = cut_photograph(np.random.default_rng(seed), height, width, photograph)
            assert (light.shape, light.dtype) == ((height, width), np.float32)
            assert 0 <= light.min() < light.max() <= 1
            assert light.std() > 0.01

    def test_a_part_of_the_textures_is_cut_from_photographs(self, tmp_path: Path) -> None:
        cv2.imwrite(str(tmp_path / "black.png"), np.zeros((60, 80), np.uint8))
        world = replace(bare_world(), photographs=(tmp_path / "black.png",))
        textures = [make_texture(np.random.default_rng(seed), height=40, width=60, world=world) for seed in range(200)]
        cuts = sum(np.quantile(texture, 0.9) < 0.08 for texture in textures)  # noise alone
        assert abs(cuts / 200 - PHOTOGRAPHS) < 0.1
