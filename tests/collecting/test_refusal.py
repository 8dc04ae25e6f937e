"""What is refused: rendered digits of known size, blur and place. No photograph chose these limits."""

import cv2
import numpy as np
import pytest

from edge.collecting.refusal import BLURRED, CLIPPED, TOO_SMALL, find_fault, is_saved_already, measure_blur
from edge.contract import Box, Detection
from edge.finding.ink import find_ink
from edge.finding.segment import find_candidates
from edge.reading.glyph import normalize
from tests.drawing import PAPER


def draw_two(height, *, pen=0.1, contrast=150, blur=0.0, noise=2.0, x=None, shift=0.0):
    """A frame 4 times as high as the 2 in it; pen and blur are shares of that height, x is its left edge, px."""
    fine = 4  # drawn so many times larger, for smooth edges
    size = height * fine
    points = np.array([[0.1, 0.25], [0.35, 0.02], [0.62, 0.15], [0.55, 0.45], [0.05, 0.97], [0.7, 0.97]])
    left = height // 2 if x is None else x
    canvas = np.zeros((2 * size, 2 * size), np.float32)
    at = points * size + [(left + shift) * fine, size / 2]
    cv2.polylines(canvas, [at.astype(np.int32)], False, 1.0, max(1, round(pen * size)), cv2.LINE_AA)
    sigma = float(np.hypot(blur * size, 0.6 * fine))  # a sharp lens blurs a little as well
    seen = cv2.resize(cv2.GaussianBlur(canvas, (0, 0), sigma), (2 * height, 2 * height), interpolation=cv2.INTER_AREA)
    seen = np.pad(seen, ((0, 2 * height), (0, 2 * height)))
    grey = PAPER - contrast * seen + np.random.default_rng(5).normal(0, noise, seen.shape)
    return cv2.cvtColor(np.clip(grey, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)


def seen(height):
    frame = draw_two(height, blur=0.04)
    return frame, find_digit(frame)


def find_digit(frame):
    candidate = find_candidates(find_ink(frame))[0]
    return Detection(candidate.box, "2", 0.9, ink=candidate.ink)


@pytest.mark.parametrize("height", [24, 40, 80, 160])
@pytest.mark.parametrize(
    ("pen", "contrast", "noise"), [(0.04, 60, 2), (0.08, 120, 5), (0.2, 180, 2)], ids=["pencil", "pen", "marker"]
)
class TestBlur:
    def test_a_sharp_digit_passes_whatever_the_pen(self, height, pen, contrast, noise):
        frame = draw_two(height, pen=pen, contrast=contrast, noise=noise)
        assert find_fault(frame, find_digit(frame)) is None

    def test_one_out_of_focus_is_refused(self, height, pen, contrast, noise):
        frame = draw_two(height, pen=pen, contrast=contrast, noise=noise, blur=0.13)
        found = find_candidates(find_ink(frame))  # the pencil's is so faint that nothing is
        assert all(find_fault(frame, find_digit(frame)) == BLURRED for _ in found[:1])


@pytest.mark.parametrize("way", [(20, 1), (1, 20)], ids=["across", "along"])
def test_a_digit_that_moved_by_a_third_of_its_height_is_blurred(way):
    frame = cv2.blur(draw_two(60), way)
    assert find_fault(frame, find_digit(frame)) == BLURRED


def test_blur_does_not_depend_on_the_size_of_the_picture():
    blurs = [measure_blur(frame, digit.box, digit.ink) for frame, digit in map(seen, (24, 48, 96))]
    assert max(blurs) - min(blurs) < 0.03


@pytest.mark.parametrize(
    ("x", "region", "fault"),
    [
        (30, None, None),
        (-8, None, CLIPPED),
        (30, Box(20, 20, 100, 100), None),
        (30, Box(0, 0, 9999, 9999), None),
        (30, Box(45, 0, 195, 240), CLIPPED),
        (30, Box(0, 0, 60, 240), CLIPPED),
        (30, Box(0, 40, 240, 200), CLIPPED),
        (30, Box(0, 0, 240, 80), CLIPPED),
    ],
    ids=["inside", "frame", "well inside", "beyond", "left", "right", "above", "below"],
)
def test_what_touches_the_border_of_frame_or_region_is_clipped(x, region, fault):
    frame = draw_two(60, x=x)
    part = Box(0, 0, 240, 240).intersection(region or Box(0, 0, 240, 240))
    digit = find_digit(np.ascontiguousarray(frame[part.y : part.bottom, part.x : part.right]))
    box = Box(digit.box.x + part.x, digit.box.y + part.y, digit.box.width, digit.box.height)
    assert find_fault(frame, Detection(box, "2", 0.9, ink=digit.ink), region) == fault


@pytest.mark.parametrize(("height", "fault"), [(14, TOO_SMALL), (17, TOO_SMALL), (24, None)])
def test_what_would_have_to_be_enlarged_is_too_small(height, fault):
    frame = draw_two(height, pen=0.15)
    assert find_fault(frame, find_digit(frame)) == fault


class TestIsSavedAlready:
    def glyph(self, **how):
        return normalize(find_digit(draw_two(60, **how)).ink)

    def test_another_shot_of_the_same_digit(self):
        assert is_saved_already(self.glyph(), [self.glyph(shift=0.4, contrast=140)])

    def test_the_same_digit_with_another_pen_is_another_one(self):
        assert not is_saved_already(self.glyph(pen=0.06), [self.glyph(pen=0.2)])

    def test_a_glyph_that_is_centred_a_pixel_off_is_the_same(self):
        glyph = self.glyph()
        assert is_saved_already(np.roll(glyph, (1, -1), (0, 1)), [glyph])
        assert not is_saved_already(np.roll(glyph, (4, 0), (0, 1)), [glyph])

    def test_nothing_is_like_nothing(self):
        assert not is_saved_already(self.glyph(), [])

    def test_one_of_many_is_enough(self):
        others = [self.glyph(pen=0.2), self.glyph(pen=0.15), self.glyph(pen=0.05)]
        assert not is_saved_already(self.glyph(pen=0.1), [others[0], others[2]])
        assert is_saved_already(self.glyph(pen=0.05), others)
