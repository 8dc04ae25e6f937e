"""What the networks see of a frame is contrast, however bright the lamp and the paper are."""

import numpy as np
import pytest

from edge.finding.light import DARK, GAIN, LEAST_SPREAD, even_out, gain_of, take_logarithm
from tests.drawing import PAPER, PEN, draw_frame, draw_one, light


def draw_strokes(*, paper: int = PAPER, pen: int = PEN) -> np.ndarray:
    """A grey frame with three strokes."""
    frame = draw_frame(paper=paper)
    for x in (60, 150, 240):
        draw_one(frame, x, 80, pen=pen)
    return frame[..., 0].copy()


class TestTakeLogarithm:
    def test_is_the_logarithm_of_a_level_above_the_dark(self) -> None:
        grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
        assert take_logarithm(grey) == pytest.approx(np.log(grey.astype(float) + DARK), abs=1e-5)


class TestEvenOut:
    @pytest.mark.parametrize("tone", [0, 60, 255])
    def test_blank_paper_is_even_whatever_its_tone(self, tone: int) -> None:
        even, spread = even_out(np.full((120, 200), tone, np.uint8))
        assert (np.abs(even).max(), spread) == (pytest.approx(0, abs=1e-4), pytest.approx(0, abs=1e-4))

    def test_light_that_falls_off_leaves_the_paper_even(self) -> None:
        frame = light(draw_frame(), darkest=0.4)[..., 0]
        assert np.ptp(take_logarithm(frame)) > 0.8
        assert np.abs(even_out(frame)[0]).max() < 0.2  # most at the border, where the surroundings are mirrored

    def test_a_stroke_has_the_same_contrast_under_any_lamp(self) -> None:
        bright = draw_strokes()
        # Half the light; both levels with the dark that is added to them.
        dim = ((bright + DARK) / 2 - DARK).clip(0).round().astype(np.uint8)
        assert dim.max() < bright.max() - 100
        assert even_out(dim)[0] == pytest.approx(even_out(bright)[0], abs=0.02)

    def test_ink_is_darker_than_its_paper_and_chalk_lighter_than_its_board(self) -> None:
        ink, chalk = even_out(draw_strokes())[0], even_out(draw_strokes(paper=PEN, pen=PAPER))[0]
        assert (ink[110, 60] < -1, chalk[110, 60] > 1) == (True, True)
        assert abs(ink[110, 20]) < 0.3  # the paper beside it

    def test_the_spread_is_the_standard_deviation(self) -> None:
        even, spread = even_out(draw_strokes())
        assert spread == pytest.approx(float(np.sqrt((even.astype(float) ** 2).mean())), rel=1e-4)

    @pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (7, 9), (97, 101)])
    def test_takes_frames_of_any_size(self, shape: tuple[int, int]) -> None:
        grey = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
        even, spread = even_out(grey)
        assert even.shape == shape
        assert np.isfinite(even).all()
        assert np.isfinite(spread)


class TestGainOf:
    def test_so_many_standard_deviations_become_one(self) -> None:
        assert GAIN * 0.2 * gain_of(0.2) == pytest.approx(1)

    def test_the_noise_of_blank_paper_is_not_blown_up(self) -> None:
        assert gain_of(0.001) == gain_of(LEAST_SPREAD)
