"""What is drawn on training pages: strokes, letters, forms, and pictures without writing."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT
from train.digits.mnist import Digits, load_sample
from train.pages.forms import fill_form
from train.pages.letters import draw_text
from train.pages.pen import draw_digit, is_blob, redraw, wear
from train.pages.render import show_back
from train.pages.scribe import Scribe, hire_scribe
from train.pages.sheet import Sheet, show_through
from train.pages.texture import TEXTURES, make_texture
from train.pages.words import LOOKS, invent_text, look_of, looks_of
from train.pages.world import bare_world


@pytest.fixture(scope="module")
def digits() -> Digits:
    return load_sample().train


def blank_sheet(*, height: int = 240, width: int = 320) -> Sheet:
    return Sheet(np.ones((height, width), np.float32), 0.0, np.zeros((height, width), np.int32))


def draw_stroke(thickness: int) -> np.ndarray:
    """A thick upright stroke with a bump on its side, bool."""
    canvas = np.zeros((120, 80), np.uint8)
    cv2.line(canvas, (40, 25), (40, 95), 1, thickness)
    cv2.circle(canvas, (40 + thickness // 2, 60), 5, 1, -1)
    return canvas > 0


def holes(mask: np.ndarray) -> int:
    _, hierarchy = cv2.findContours((mask > 0.5).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    return int((hierarchy[0, :, 3] >= 0).sum())


class TestPen:
    def test_a_bump_on_a_thick_stroke_grows_no_spur(self) -> None:
        drawn = redraw(draw_stroke(24), 2) > 0.5
        assert np.ptp(np.flatnonzero(drawn.any(axis=0))) <= 6

    def test_a_real_branch_stays(self) -> None:
        stroke = draw_stroke(8)
        stroke[56:64, 40:75] = True
        drawn = redraw(stroke, 2) > 0.5
        assert np.flatnonzero(drawn.any(axis=0)).max() > 65

    def test_a_digit_whose_loops_are_filled_is_a_blob(self, digits: Digits) -> None:
        glyph = digits.glyphs[np.flatnonzero(digits.labels == 8)[0]]
        assert not is_blob(glyph)
        assert is_blob(cv2.dilate(glyph, np.ones((7, 7), np.uint8)))

    @pytest.mark.parametrize("height", [12, 64, 200, 600])
    def test_a_digit_has_the_height_that_was_asked_for(self, digits: Digits, height: int) -> None:
        mask = draw_digit(np.random.default_rng(0), digits.glyphs[0], height=height, pen=0.1, slant=0)
        assert abs(len(mask) - height) <= 2 + 0.12 * height

    def test_wear_takes_the_share_that_was_asked_for(self) -> None:
        whole = np.ones((100, 100), np.float32)
        for grain, skips in ((0.3, 0.0), (0.0, 0.3)):
            left = wear(np.random.default_rng(0), whole, grain=grain, skips=skips)
            assert 0.6 < left.mean() < 0.8

    def test_a_good_pen_leaves_the_stroke_whole(self) -> None:
        whole = np.ones((10, 10), np.float32)
        assert wear(np.random.default_rng(0), whole, grain=0, skips=0) is whole


class TestWords:
    @pytest.mark.parametrize(
        ("sign", "class_id"), [("7", 7), ("l", 1), ("/", 1), ("O", 0), ("S", 5), ("a", NOT_A_DIGIT), ("+", NOT_A_DIGIT)]
    )
    def test_what_a_sign_looks_like(self, sign: str, class_id: int) -> None:
        assert look_of(sign) == class_id

    @pytest.mark.parametrize(
        ("text", "in_doubt"),
        [
            ("Zoran", ""),  # clear letters beside each lookalike: all are letters
            ("O", "O"),
            ("So", "So"),
            ("SOS", "SOS"),  # no clear letter among them
            ("l2", "l"),
            ("name 4 o", "o"),
            ("paloo", "o"),  # too far from a clear one
        ],
    )
    def test_a_lookalike_is_in_doubt_unless_a_word_tells(self, text: str, in_doubt: str) -> None:
        judged = zip(text, looks_of(text), strict=True)
        assert "".join(sign for sign, (_, doubtful) in judged if doubtful) == in_doubt

    def test_letters_within_words_are_no_digits(self) -> None:
        assert {look for look, _ in looks_of("Bilbao")} == {NOT_A_DIGIT}

    def test_in_a_running_hand_an_l_has_a_loop(self) -> None:
        assert (look_of("l", running=True), look_of("o", running=True)) == (NOT_A_DIGIT, 0)

    def test_invented_texts_hold_letters_that_look_like_digits_and_others(self) -> None:
        rng = np.random.default_rng(0)
        text = "".join(invent_text(rng) for _ in range(200))
        assert set("loSZbg") & set(text)
        assert any(sign not in LOOKS for sign in text)
        assert not any(sign.isdigit() for sign in text)

    @pytest.mark.parametrize("style", ["hand", "running", "print"])
    def test_each_sign_is_a_mask_or_none(self, style: str) -> None:
        for seed in range(8):
            masks = draw_text(
                np.random.default_rng(seed), "a b", height=40, pen=0.08, slant=0.1, world=bare_world(), style=style
            )
            assert [mask is None for mask in masks] == [False, True, False]

    def test_a_sign_that_the_font_lacks_is_left_out(self) -> None:
        for seed in range(8):
            masks = draw_text(
                np.random.default_rng(seed), "ω", height=40, pen=0.08, slant=0, world=bare_world(), style="running"
            )
            assert masks == [None]


class TestScribe:
    def test_lone_letters_that_look_like_digits_are_in_doubt_and_digits_are_not(self, digits: Digits) -> None:
        sheet = blank_sheet(height=400, width=1200)
        scribe = hire_scribe(np.random.default_rng(3), sheet, digits, bare_world())
        scribe.number(10, 60, 30, count=5)
        scribe.letters(600, 60, 30, "S a")
        in_doubt = [n in sheet.doubtful for n in range(len(sheet.class_ids))]
        assert in_doubt == [False] * 5 + [True, False]

    def test_letters_stand_on_the_line_of_the_digits(self, digits: Digits) -> None:
        for style in ("hand", "print"):
            sheet = blank_sheet()
            scribe = hire_scribe(np.random.default_rng(3), sheet, digits, bare_world())
            scribe.letters(20, 100, 60, "Hx", style)
            assert abs(np.flatnonzero(sheet.owner.any(axis=1)).max() - 160) < 12

    def test_a_hand_with_its_own_pen_chooses_no_blob(self, digits: Digits) -> None:
        blobs = [is_blob(glyph) for glyph in digits.glyphs]
        for own_stroke in (False, True):
            scribe = replace(
                hire_scribe(np.random.default_rng(0), blank_sheet(), digits, bare_world()), own_stroke=own_stroke
            )
            assert any(blobs[scribe.choose()] for _ in range(300)) == own_stroke

    def test_touching_digits_touch(self, digits: Digits) -> None:
        apart, touching = (self.write_row(digits, spacing, overlap) for spacing, overlap in ((0.3, 0.02), (-0.1, 0.15)))
        assert touching < apart

    def write_row(self, digits: Digits, spacing: float, overlap: float) -> int:
        """How many separate things five digits make."""
        sheet = blank_sheet()
        rng = np.random.default_rng(0)
        scribe = Scribe(
            rng, sheet, digits, pen=0.12, own_stroke=False, slant=0, strength=1, spacing=spacing, overlap=overlap
        )
        x = 10.0
        for number in np.flatnonzero(digits.labels == 0)[:5]:
            x = scribe.digit(x, 100, 40, number=int(number))
        return cv2.connectedComponents((sheet.paper < 0.5).astype(np.uint8))[0]


class TestForms:
    @pytest.mark.parametrize("kind", ["table", "squares", "boxes", "comb", "puzzle", "margin"])
    def test_forms_have_digits_and_lines_that_are_no_item(self, kind: str, digits: Digits) -> None:
        sheet = blank_sheet()
        fill_form(hire_scribe(np.random.default_rng(0), sheet, digits, bare_world()), 30, kind)
        assert (sheet.paper[sheet.owner == 0] < 0.95).any()
        assert any(one < NOT_A_DIGIT for one in sheet.class_ids)

    def test_an_empty_form_has_no_items(self, digits: Digits) -> None:
        sheet = blank_sheet()
        fill_form(hire_scribe(np.random.default_rng(0), sheet, digits, bare_world()), 40, empty=True)
        assert not sheet.class_ids


class TestSheet:
    def test_a_stroke_finer_than_a_pixel_is_an_item_too(self) -> None:
        sheet = blank_sheet()
        sheet.write(np.full((20, 1), 0.2, np.float32), 50, 50, class_id=1, strength=1)
        assert (sheet.areas, int((sheet.owner == 1).sum())) == ([20], 20)

    def test_what_shows_through_is_faint_mirrored_and_no_item(self) -> None:
        sheet, back = blank_sheet(), blank_sheet()
        back.write(np.ones((40, 40), np.float32), 20, 100, class_id=7, strength=1)
        show_through(sheet, back, strength=0.1, softness=1.5)
        assert 0.89 < sheet.paper[120, -40] < 0.91
        assert sheet.paper[120, 40] == 1
        assert not sheet.class_ids

    @pytest.mark.parametrize("seed", range(8))
    def test_numbers_words_and_print_show_through_fainter_than_any_digit(self, seed: int, digits: Digits) -> None:
        sheet = blank_sheet()
        show_back(np.random.default_rng(seed), sheet, digits, bare_world(), 40)
        assert not sheet.class_ids
        assert 0.6 < sheet.paper.min() < 0.98  # of 1, with a pen of 0

    def test_a_mark_leaves_the_digit_under_it_whole(self) -> None:
        sheet = blank_sheet()
        sheet.write(np.ones((20, 20), np.float32), 50, 50, class_id=1, strength=1)
        sheet.write(np.ones((5, 60), np.float32), 30, 58, class_id=10, strength=1, over=False)
        assert int((sheet.owner == 1).sum()) == 400


class TestTextures:
    @pytest.mark.parametrize("texture", TEXTURES, ids=lambda texture: texture.__name__)
    def test_each_fills_the_frame_with_something(self, texture) -> None:
        light = texture(np.random.default_rng(1), 90, 130)
        assert (light.shape, light.dtype) == ((90, 130), np.float32)
        assert light.std() > 0.01

    def test_a_texture_is_brightness(self) -> None:
        for seed in range(10):
            light = make_texture(np.random.default_rng(seed), height=121, width=90, world=bare_world())
            assert light.shape == (121, 90)
            assert 0 <= light.min() <= light.max() <= 1
