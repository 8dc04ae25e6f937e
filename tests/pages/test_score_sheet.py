"""Score sheets: what stands on them, and in whose hand."""

import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT
from train.digits.mnist import Digits, load_sample
from train.pages.score_sheet import HEIGHT, WIDTH, Kind, draw_score_sheet
from train.pages.world import Part, open_world


@pytest.fixture(scope="module")
def digits() -> Digits:
    return load_sample().train


class TestDrawScoreSheet:
    def test_numbers_are_digits_and_all_else_is_none(self, digits: Digits) -> None:
        sheet = draw_score_sheet(np.random.default_rng(1), digits, open_world(Part.KNOWN))
        written = {item for number in sheet.numbers for item in number}
        class_ids = np.array(sheet.page.class_ids)
        assert sheet.page.frame.shape == (HEIGHT, WIDTH)
        assert len(sheet.numbers) >= 6
        assert {int(n) for n in np.flatnonzero(class_ids != NOT_A_DIGIT)} == written
        assert sheet.letters == int((class_ids == NOT_A_DIGIT).sum()) > 15

    def test_words_alone_hold_no_digit(self, digits: Digits) -> None:
        sheet = draw_score_sheet(np.random.default_rng(1), digits, open_world(Part.KNOWN), Kind.WORDS)
        assert (sheet.numbers, set(sheet.page.class_ids)) == ((), {NOT_A_DIGIT})

    @pytest.mark.parametrize("kind", [Kind.PRINT, Kind.MIXED])
    def test_digits_among_letters_are_numbers_too(self, digits: Digits, kind: Kind) -> None:
        sheet = draw_score_sheet(np.random.default_rng(1), digits, open_world(Part.KNOWN), kind)
        class_ids = np.array(sheet.page.class_ids)
        written = [item for number in sheet.numbers for item in number]
        assert sorted(written) == np.flatnonzero(class_ids != NOT_A_DIGIT).tolist()
        beside = [number for number in sheet.numbers if number[-1] + 1 < len(class_ids)]
        assert any(class_ids[number[-1] + 1] == NOT_A_DIGIT for number in beside)

    @pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.WORDS, Kind.PRINT, Kind.MIXED}))
    def test_all_but_the_numbers_is_no_digit(self, digits: Digits, kind: Kind) -> None:
        sheet = draw_score_sheet(np.random.default_rng(1), digits, open_world(Part.KNOWN), kind)
        assert sheet.letters > 9
        assert all(1 <= len(number) <= 3 for number in sheet.numbers)
        assert len(sheet.page.class_ids) == sheet.letters + sum(map(len, sheet.numbers))

    def test_follows_from_its_chance_and_its_hand_alone(self, digits: Digits) -> None:
        world = open_world(Part.KNOWN)
        one, again, other = (
            draw_score_sheet(np.random.default_rng(2), digits, world, hand=hand).page.frame for hand in (0, 0, 1)
        )
        assert np.array_equal(one, again)
        assert len(world.hands + world.running) < 2 or not np.array_equal(one, other)
