"""Rendered hands: MNIST digits as one writer with habits would have written them."""

import numpy as np
import pytest

from edge.reading.glyph import normalize
from train.bench.hands import HABITS, HEIGHT, MARGIN, Hand, hire_hand, write_digit, write_digits
from train.digits.mnist import Digits, load_sample


@pytest.fixture(scope="module")
def digits() -> Digits:
    return load_sample().train


def plain_hand(**habits: str) -> Hand:
    return Hand(
        slant=0.0,
        width=1.0,
        pen=None,
        habits={int(name[0]): name for name in habits.values()},
        bends=np.zeros((10, 2, 4, 4), np.float32),
        angle=0.8,
        length=0.5,
    )


class TestWriteDigits:
    def test_a_hand_follows_from_its_seed(self, digits: Digits) -> None:
        first, again = (write_digits(hire_hand(3), digits, per_label=2, seed=3) for _ in range(2))
        assert np.array_equal(first.glyphs, again.glyphs)

    def test_two_hands_differ(self, digits: Digits) -> None:
        one, other = (write_digits(hire_hand(seed), digits, per_label=2, seed=3) for seed in (3, 4))
        assert (one.glyphs != other.glyphs).any(axis=(1, 2)).all()

    def test_each_digit_is_written_equally_often_and_normalized(self, digits: Digits) -> None:
        written = write_digits(hire_hand(5), digits, per_label=3, seed=5)
        assert np.bincount(written.labels).tolist() == [3] * 10
        assert all(np.array_equal(normalize(glyph), glyph) for glyph in written.glyphs)


def draw(habit: str) -> np.ndarray:
    """What a habit adds to a plain vertical stroke (a 4: to two of them), in the digit's own coordinates."""
    canvas = np.zeros((HEIGHT + 2 * MARGIN, 60 + 2 * MARGIN), np.uint8)
    top, left = MARGIN, MARGIN
    canvas[top : top + HEIGHT, left + 26 : left + 34] = 255
    if habit == "4 closed":
        canvas[top : top + HEIGHT // 2, left : left + 8] = 255
    drawn = HABITS[habit](canvas, plain_hand(), np.random.default_rng(0))
    return (drawn > 127) & (canvas <= 127)


class TestHabits:
    @pytest.mark.parametrize(
        ("habit", "rows", "columns"),
        [
            ("1 hooked", (-0.05, 0.6), (-0.2, 0.38)),
            ("1 hooked, with a foot", (-0.05, 1.05), (-0.2, 0.65)),
            ("4 closed", (-0.05, 0.1), (0.0, 0.38)),
            ("7 crossed", (0.4, 0.75), (-0.1, 0.8)),
            ("9 curled", (0.9, 1.4), (-0.4, 0.4)),
            ("0 slashed", (-0.1, 1.1), (-0.2, 0.9)),
        ],
    )
    def test_adds_a_stroke_where_that_hand_has_it(
        self, habit: str, rows: tuple[float, float], columns: tuple[float, float]
    ) -> None:
        y, x = np.nonzero(draw(habit))
        assert len(y) > 40
        y, x = (y - MARGIN) / HEIGHT, (x - MARGIN) / HEIGHT
        assert rows[0] <= y.min()
        assert y.max() <= rows[1]
        assert columns[0] <= x.min()
        assert x.max() <= columns[1]

    def test_each_belongs_to_one_digit(self) -> None:
        assert {int(name[0]) for name in HABITS} <= set(range(10))

    def test_a_habit_changes_its_own_digit_alone(self, digits: Digits) -> None:
        hooked, plain = plain_hand(one="1 hooked"), plain_hand()
        changed = []
        for label in range(10):
            glyph = digits.glyphs[np.flatnonzero(digits.labels == label)[0]]
            one, other = (write_digit(np.random.default_rng(1), hand, glyph, label) for hand in (hooked, plain))
            if not np.array_equal(one, other):
                changed.append(label)
        assert changed == [1]
