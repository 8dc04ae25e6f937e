"""The crops' reader learns a hand from a few grey crops, and others lose nothing; on a small network of the test."""

import keras
import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT, Labels
from edge.finding.crops import Crops, normalize_crops, recut
from train.bench.hands import hire_hand, write_digits
from train.bench.hands_learned import choose_pictures
from train.digits.mnist import Digits, load_sample
from train.digits.own import Squares
from train.digits.single import lay_on_paper
from train.learning.finetune import check_crops_gates, cross_validate
from train.learning.hand_crops import CropsLearner, bend, count_wrong
from train.learning.tuner import Recipe
from train.networks.crops import build_crops_reader

SAMPLE = load_sample()


def lay(digits: Digits, *, seed: int) -> Squares:
    """Digits as they look on paper."""
    rng = np.random.default_rng(seed)
    return Squares(tuple(lay_on_paper(glyph, rng) for glyph in digits.glyphs), digits.labels)


def see(squares: Squares) -> tuple[Crops, Labels]:
    return normalize_crops(np.stack([recut(square) for square in squares.grey])), squares.labels


def build_others(count: int) -> tuple[Crops, Labels]:
    """Paper with nothing on it."""
    noise = np.random.default_rng(5).normal(200, 2, (count, 32, 32, 2)).astype(np.uint8)
    return normalize_crops(noise), np.full(count, NOT_A_DIGIT)


def join(*parts: tuple[Crops, Labels]) -> tuple[Crops, Labels]:
    return np.concatenate([crops for crops, _ in parts]), np.concatenate([labels for _, labels in parts])


@pytest.fixture(scope="module")
def base() -> keras.Model:
    """Trained on the sample's digits in a minute or less: it reads most of them, and fewer of a strange hand."""
    keras.utils.set_random_seed(1)
    rng, squares = np.random.default_rng(1), lay(SAMPLE.train, seed=1)
    views = np.stack([bend(rng, square) for _ in range(6) for square in squares.grey])
    crops, labels = join((normalize_crops(views), np.tile(squares.labels, 6)), build_others(300))
    model = build_crops_reader()
    model.compile(
        keras.optimizers.Adam(3e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False
    )
    model.fit(crops, labels, batch_size=128, epochs=4, verbose=0)
    return model


@pytest.fixture(scope="module")
def learner(base: keras.Model) -> CropsLearner:
    rehearsed = join(see(lay(SAMPLE.train, seed=2)), build_others(100))
    return CropsLearner(
        base, rehearsed, join(see(lay(SAMPLE.test, seed=3)), build_others(50)), Recipe(epochs=4, steps=18)
    )


@pytest.fixture(scope="module")
def hand() -> Squares:
    """A writer with hooked ones and closed fours."""
    return lay(write_digits(hire_hand(4), SAMPLE.train, per_label=15, seed=4), seed=4)


class TestCut:
    def test_the_two_halves_say_what_the_whole_network_says(self) -> None:
        """It adds in both of them."""
        model = build_crops_reader()
        known = see(lay(SAMPLE.train[:30], seed=3))
        learner = CropsLearner(model, join(known, build_others(10)), join(known, build_others(10)))
        whole = model.predict(known[0], verbose=0)
        assert np.abs(whole).max() > 1e-3
        assert learner.logits(learner.features(known[0])) == pytest.approx(whole, abs=1e-4)


@pytest.mark.slow
class TestCropsLearner:
    def test_reads_a_hand_after_a_few_crops_and_others_lose_nothing(self, learner: CropsLearner, hand: Squares) -> None:
        taught, rest = choose_pictures(hand, shots=5, seed=1)
        lesson = learner.learn(hand[taught], seed=1)
        unseen = hand[rest]
        before, after = (count_wrong(learner.logits(learner.see(unseen), one), unseen.labels) for one in (None, lesson))
        assert before >= 8
        assert after < before
        assert learner.forgotten(lesson) <= learner.forgotten() + round(0.002 * learner.held_out)

    def test_what_pages_would_lose_bounds_how_far_it_goes(self, learner: CropsLearner) -> None:
        wrong = lay(Digits(SAMPLE.train.glyphs[:100], (SAMPLE.train.labels[:100] + 1) % 10), seed=5)
        assert learner.learn(wrong, seed=1).way < 1

    def test_each_crop_is_read_by_a_model_that_has_not_seen_it(self, learner: CropsLearner, hand: Squares) -> None:
        own = hand[np.arange(0, 45, 3)]
        checked = cross_validate(learner, own, seed=1)
        assert checked is not None
        assert checked.held_out.tolist() == list(range(15))
        assert np.isfinite(checked.after).all()


class TestGates:
    @pytest.mark.parametrize(
        ("pages", "own", "refused"),
        [
            ((50, 58), (5, 0), 0),
            ((50, 59), (5, 0), 1),
            ((50, 50), (0, 1), 1),
            ((50, 59), (0, 1), 2),
            ((50, 50), None, 0),
        ],
    )
    def test_two_tenths_of_a_percent_of_pages_or_one_more_of_your_own(
        self, pages: tuple[int, int], own: tuple[int, int] | None, refused: int
    ) -> None:
        record = {
            "page_crops_held_out": {"n": 4_000, "before_misses": pages[0], "after_misses": pages[1]},
            "own_cross_validated": own and {"before_misses": own[0], "after_misses": own[1]},
        }
        assert len(check_crops_gates(record)) == refused
