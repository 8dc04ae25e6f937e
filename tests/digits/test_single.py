"""A picture of one digit gives the glyph that a camera frame of it would give."""

from contextlib import suppress

import cv2
import numpy as np
import pytest

from edge.finding.loose import find_single
from edge.reading.glyph import find_ink_box, normalize
from tests.drawing import draw_frame, draw_one, light
from tests.pictures import draw_digit, encode, glyph_of, likeness
from train.digits.single import NOTHING_FOUND, UnusableError, build_single_glyph


def glyph_in(frame):
    return build_single_glyph(encode(frame), "a.png")


def shrink(glyph, side):
    return cv2.cvtColor(cv2.resize(glyph, (side, side), interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2BGR)


class TestFindSingle:
    @pytest.mark.parametrize("label", [1, 4, 5])
    @pytest.mark.parametrize(
        "draw",
        [
            pytest.param(lambda label: shrink(glyph_of(label), 28), id="28x28, white on black"),
            pytest.param(lambda label: 255 - shrink(glyph_of(label), 28), id="28x28, black on white"),
            pytest.param(lambda label: shrink(glyph_of(label)[4:24, 4:24], 16), id="16x16, up to its border"),
            pytest.param(draw_digit, id="120x120"),
            pytest.param(lambda label: draw_digit(label, width=1200, height=900, side=500), id="1200x900"),
            pytest.param(
                lambda label: draw_digit(label, width=1200, height=900, side=1250), id="as high as the picture"
            ),
            pytest.param(lambda label: draw_digit(label, width=300, height=900, side=120), id="small in it"),
            pytest.param(lambda label: light(draw_digit(label, width=400), darkest=0.6), id="in uneven light"),
        ],
    )
    def test_finds_the_digit_whatever_its_size_and_polarity(self, draw, label) -> None:
        assert likeness(glyph_in(draw(label)), glyph_of(label)) > 0.85

    def test_of_two_digits_takes_the_more_central_one(self) -> None:
        three, seven = draw_digit(3, width=60), draw_digit(7, width=60)
        margin = np.full((120, 40, 3), 230, np.uint8)
        assert likeness(glyph_in(np.hstack([three, seven, margin])), glyph_of(7)) > 0.85
        assert likeness(glyph_in(np.hstack([margin, three, seven])), glyph_of(3)) > 0.85

    @pytest.mark.parametrize("mirrored", [False, True])
    def test_a_piece_of_a_neighbour_that_the_border_cuts_off_is_not_joined(self, mirrored) -> None:
        frame = draw_frame(120, 100)
        five = [(90, 25), (35, 25), (32, 55), (60, 60), (60, 90), (30, 95)]
        cv2.polylines(frame, [np.array(five)], False, (40, 40, 40), 5)
        alone = find_single(frame[:, ::-1].copy() if mirrored else frame)
        cv2.line(frame, (84, 40), (99, 80), (40, 40, 40), 5)
        assert find_single(frame[:, ::-1].copy() if mirrored else frame).box == alone.box

    def test_a_speck_in_the_middle_is_not_the_digit(self) -> None:
        frame = np.hstack([draw_digit(3), np.full((120, 120, 3), 230, np.uint8)])
        cv2.circle(frame, (120, 60), 13, (30, 30, 30), -1)
        assert likeness(glyph_in(frame), glyph_of(3)) > 0.85

    def test_a_stroke_as_long_as_the_picture_is_high_is_no_ruling(self) -> None:
        frame = draw_frame(320, 140)
        draw_one(frame, 70, 10, height=300)
        box = find_single(frame).box
        assert (box.height > 290, box.width < 20) == (True, True)

    def test_the_broadest_brush_is_not_taken_for_paper(self) -> None:
        fat = cv2.dilate(glyph_of(3), np.ones((4, 4), np.uint8))
        assert likeness(glyph_in(shrink(fat, 28)), normalize(fat)) > 0.85

    @pytest.mark.parametrize("number", [1, 3])
    def test_nor_is_it_in_the_smallest_picture(self, number) -> None:
        fat = cv2.dilate(glyph_of(8, number), np.ones((3, 3), np.uint8))
        box = find_ink_box(fat)
        tight = fat[box.y : box.bottom, box.x : box.right]
        size = round(16 * box.width / box.height), 16
        frame = cv2.cvtColor(cv2.resize(tight, size, interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2BGR)
        assert likeness(glyph_in(frame), normalize(fat)) > 0.85

    def test_halos_beside_strokes_are_no_light_writing(self) -> None:
        glyph = cv2.dilate(glyph_of(8), np.ones((2, 2), np.uint8))
        halo = cv2.dilate(glyph, np.ones((7, 7), np.uint8))
        frame = np.where(glyph > 0, 250 - glyph * 0.7, np.where(halo > 0, 255, 235)).astype(np.uint8)
        assert likeness(glyph_in(shrink(frame, 28)), normalize(glyph)) > 0.85

    def test_soft_strokes_along_the_border_do_not_brighten_black_paper(self) -> None:
        soft = cv2.GaussianBlur(cv2.dilate(glyph_of(7), np.ones((2, 2), np.uint8)), (0, 0), 0.8)
        box = find_ink_box(np.where(soft > 90, soft, 0).astype(np.uint8))
        tight = soft[box.y : box.bottom, box.x : box.right]
        assert likeness(glyph_in(cv2.cvtColor(tight, cv2.COLOR_GRAY2BGR)), normalize(tight)) > 0.85

    def test_says_where_in_the_frame_it_is(self) -> None:
        frame = draw_frame(900, 1200)
        cv2.circle(frame, (800, 300), 100, (40, 40, 40), 20)
        box = find_single(frame).box
        assert np.allclose(box.as_list(), [690, 190, 220, 220], atol=12)

    @pytest.mark.parametrize("tone", [0, 128, 255])
    def test_finds_nothing_where_there_is_nothing(self, tone) -> None:
        with pytest.raises(UnusableError, match=NOTHING_FOUND):
            glyph_in(np.full((100, 100, 3), tone, np.uint8))


class TestInk:
    def test_goes_straight_to_normalize(self) -> None:
        ink = np.pad(glyph_of(5)[4:24, 4:24], 2)
        assert np.array_equal(build_single_glyph(encode(ink), "a.ink.png"), normalize(ink))

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (encode(255 - glyph_of(5)), "its border is not black"),
            (encode(glyph_of(5), mode="RGB"), "its mode is RGB"),
            (encode(glyph_of(5), mode="RGBA"), "its mode is RGBA"),
            (encode(glyph_of(5), mode="I;16"), "its mode is I;16"),
            (encode(np.zeros((28, 28), np.uint8)), "all black"),
        ],
        ids=["inverted", "colour", "alpha", "16 bits", "all black"],
    )
    def test_that_capture_did_not_write_is_refused(self, content, reason) -> None:
        with pytest.raises(UnusableError, match=reason):
            build_single_glyph(content, "a.ink.png")


class TestBuildSingleGlyph:
    @pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".bmp"])
    def test_every_cut_file_is_refused_not_filled_up(self, suffix) -> None:
        whole = encode(draw_digit(), suffix)
        for share in (0.02, 0.3, 0.6, 0.9):
            with pytest.raises(UnusableError, match=r"damaged or cut off|no picture"):
                build_single_glyph(whole[: int(share * len(whole))], f"a{suffix}")

    def test_a_file_with_any_byte_changed_gives_a_glyph_or_a_reason(self) -> None:
        rng = np.random.default_rng(3)
        for suffix in (".png", ".jpg", ".tif", ".webp", ".bmp", ".ppm"):
            whole = encode(draw_digit(), suffix)
            for _ in range(20):
                content = bytearray(whole)
                for place in rng.integers(0, min(len(whole), 600), 3):
                    content[place] = rng.integers(256)
                with suppress(UnusableError):
                    assert build_single_glyph(bytes(content), f"a{suffix}").shape == (28, 28)
