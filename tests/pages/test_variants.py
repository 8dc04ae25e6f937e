"""Each kind of paper has variants in every part, no part sees another's, and each of them can be drawn."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT
from train.digits.mnist import Digits, load_sample
from train.pages import algebra, damage, forms, layouts, marks, tokens, variants, view
from train.pages.scribe import Scribe, hire_scribe
from train.pages.sheet import Sheet, rule, take_board
from train.pages.variants import VARIANTS, choose_variant
from train.pages.world import Part, World, bare_world


@pytest.fixture(scope="module")
def digits() -> Digits:
    return load_sample().train


def write_on_paper(digits: Digits, world: World, seed: int = 0) -> Scribe:
    sheet = Sheet(np.ones((300, 400), np.float32), 0.0, np.zeros((300, 400), np.int32))
    return hire_scribe(np.random.default_rng(seed), sheet, digits, world)


def draw(kind: str, scribe: Scribe) -> None:
    """Something of this kind, whichever variant."""
    sheet, rng, place = scribe.sheet, scribe.rng, (60.0, 60.0, 110.0, 100.0)
    drawn = {
        "table": lambda: forms.fill_form(scribe, 30, "table"),
        "lines": lambda: forms.fill_form(scribe, 30, "squares"),
        "boxes": lambda: forms.fill_form(scribe, 30, "boxes"),
        "comb": lambda: forms.fill_form(scribe, 30, "comb"),
        "bubbles": lambda: forms.fill_form(scribe, 30, "bubbles"),
        "ruling": lambda: rule(rng, sheet, pitch=30, kind=scribe.variant("ruling")),
        "circle": lambda: marks.ring(scribe, place),
        "underline": lambda: marks.underline(scribe, place),
        "crossing-out": lambda: marks.cross_out(scribe, place, 0),
        "mark": lambda: marks.mark(scribe, place),
        "algebra": lambda: algebra.algebra(scribe, 20, 60, 40),
        "zeros": lambda: tokens.zeros(scribe, 20, 60, 40),
        "crowd": lambda: layouts.crowd(scribe, 40),
        "print": lambda: tokens.printed(scribe, 20, 60, 40),
        "notes": lambda: tokens.note(scribe, 20, 60, 30),
        "wear": lambda: damage.wear_out(rng, sheet, scribe.variant("wear")),
        "view": lambda: view.look(rng, sheet, variant=scribe.variant("view"), desk=np.zeros_like(sheet.paper)),
        "single": lambda: layouts.single(scribe, 40),
        "board": lambda: take_board(rng, height=60, width=80, kind=scribe.variant("board")),
        "nothing": lambda: layouts.nothing(scribe, 40),
    }
    drawn[kind]()


class TestVariants:
    @pytest.mark.parametrize("kind", VARIANTS)
    def test_each_part_has_some_of_each_kind_and_none_has_anothers(self, kind: str) -> None:
        assert set(VARIANTS[kind]) == set(Part)
        assert all(VARIANTS[kind][part] for part in Part)
        for one, other in itertools.combinations(Part, 2):
            assert not set(VARIANTS[kind][one]) & set(VARIANTS[kind][other])

    def test_half_is_trained_on(self) -> None:
        counts = {part: sum(len(kind[part]) for kind in VARIANTS.values()) for part in Part}
        whole = sum(counts.values())
        assert 0.4 <= counts[Part.KNOWN] / whole <= 0.6
        assert all(0.15 <= counts[part] / whole <= 0.35 for part in (Part.STRANGERS, Part.SEALED))

    @pytest.mark.parametrize("part", Part)
    def test_a_page_chooses_among_its_own_parts(self, part: Part) -> None:
        rng = np.random.default_rng(0)
        chosen = {kind: {choose_variant(rng, kind, part) for _ in range(60)} for kind in VARIANTS}
        assert chosen == {kind: set(of_part[part]) for kind, of_part in VARIANTS.items()}

    @pytest.mark.parametrize("part", Part)
    @pytest.mark.parametrize("kind", VARIANTS)
    def test_each_variant_can_be_drawn(
        self, kind: str, part: Part, digits: Digits, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for variant in VARIANTS[kind][part]:
            monkeypatch.setitem(variants.VARIANTS, kind, {part: (variant,)})
            scribe = write_on_paper(digits, replace(bare_world(), part=part))
            draw(kind, scribe)
            assert np.isfinite(scribe.sheet.paper).all()


class TestMarks:
    def test_a_digit_in_a_circle_keeps_its_pixels(self, digits: Digits) -> None:
        for seed in range(20):
            scribe = write_on_paper(digits, bare_world(), seed)
            end = scribe.digit(100, 100, 60, number=3)
            before = scribe.sheet.owner == 1
            marks.ring(scribe, (100, 100, end, 160))
            assert np.array_equal(scribe.sheet.owner == 1, before)
            assert scribe.sheet.class_ids == [digits.labels[3], NOT_A_DIGIT]

    def test_crossed_out_digits_are_unclear_and_the_correction_is_not(self, digits: Digits) -> None:
        scribe = write_on_paper(digits, bare_world())
        first = len(scribe.sheet.class_ids)
        end = scribe.number(40, 100, 40, count=3)
        marks.cross_out(scribe, (40, 100, end, 140), first)
        scribe.number(end + 20, 100, 40, count=2)
        crossed = [n in scribe.sheet.unclear for n, one in enumerate(scribe.sheet.class_ids) if one != NOT_A_DIGIT]
        assert crossed == [True] * 3 + [False] * 2


class TestAlgebra:
    def test_letters_beside_digits_are_letters(self, digits: Digits) -> None:
        scribe = write_on_paper(digits, bare_world())
        for sign in algebra.LETTERS.replace("z", ""):
            algebra.letter(scribe, 50, 50, 40, sign)
        assert set(scribe.sheet.class_ids) == {NOT_A_DIGIT}
        assert not scribe.sheet.doubtful

    def test_but_a_z_may_be_a_2(self, digits: Digits) -> None:
        scribe = write_on_paper(digits, bare_world())
        algebra.letter(scribe, 50, 50, 40, "z")
        assert scribe.sheet.class_ids == [2]
        assert len(scribe.sheet.doubtful) == 1

    def test_joined_zeros_are_zeros(self, digits: Digits) -> None:
        scribe = write_on_paper(digits, bare_world())
        tokens.zeros(scribe, 20, 100, 40)
        assert scribe.sheet.class_ids[-2:] == [0, 0]
