"""Learning a hand: what cross-validation says, what is refused, and that a few glyphs are enough."""

from pathlib import Path

import numpy as np
import pytest

from edge.collecting.sample_files import encode_ink
from edge.contract import LABELS, NOT_A_DIGIT
from edge.errors import SourceError
from train.bench.hands import hire_hand, write_digits
from train.bench.hands_learned import Bench, Draw, bootstrap, choose_pictures
from train.digits.mnist import Digits, join, load_sample
from train.learning import finetune
from train.learning.finetune import (
    CrossValidation,
    check_gates,
    count_misses,
    cross_validate,
    find_suspects,
    load_own_digits,
)
from train.learning.hand_learner import HandLearner, Recipe


def build_logits(guesses: list[int], margin: float = 9.0) -> np.ndarray:
    return (margin * np.eye(len(LABELS), dtype=np.float32)[guesses]).astype(np.float32)


def build_digits(labels: list[int]) -> Digits:
    return Digits(np.zeros((len(labels), 28, 28), np.uint8), np.array(labels))


def build_check(before: list[int], after: list[int], margin: float = 9.0) -> CrossValidation:
    return CrossValidation(np.arange(len(after)), build_logits(before), build_logits(after, margin), 3, {})


class TestLoadOwnDigits:
    def test_an_empty_folder_says_how_to_capture(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match=r"no usable picture in .*make capture.*make pull"):
            load_own_digits(tmp_path)

    def test_what_was_left_out_is_named(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        for name in ("7/good.ink.png", "7/bad.psd", "seven/a.png"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(encode_ink(load_sample().train.glyphs[0]))
        assert load_own_digits(tmp_path).names == ("7/good.ink.png",)
        told = capsys.readouterr().out
        assert "7/bad.psd" in told
        assert "seven/" in told
        assert "your digits: 7: 1" in told


class TestFindSuspects:
    @pytest.mark.parametrize(
        ("labels", "guesses", "suspects"),
        [
            ([1, 1, 1, 7, 7, 7], [1, 1, 1, 7, 7, 7], {}),
            ([1, 1, 1, 1, 7, 7, 7], [1, 1, 7, 1, 7, 7, 7], {2: "7"}),
            ([1, 1, 1, 7, 7, 7], [1, 1, NOT_A_DIGIT, 7, 7, 7], {2: "other"}),
            ([1, 1, 1, 7, 7, 7], [7, 7, 7, 7, 7, 7], {}),
        ],
        ids=["all right", "one of four", "no digit", "a whole label that is new to the model"],
    )
    def test_names_the_odd_ones_of_a_label(
        self, labels: list[int], guesses: list[int], suspects: dict[int, str]
    ) -> None:
        found = find_suspects(build_digits(labels), build_check(guesses, guesses), build_logits(labels))
        assert found == {n: f"looks like {label} to a model that has not seen it" for n, label in suspects.items()}

    def test_an_unsure_contradiction_is_none(self) -> None:
        labels, guesses = [1, 1, 1, 1], [1, 1, 7, 1]
        checked = build_check(guesses, guesses, margin=3.0)
        assert find_suspects(build_digits(labels), checked, build_logits(labels)) == {}

    def test_names_what_cannot_be_learned(self) -> None:
        found = find_suspects(build_digits([1, 1, 7]), None, build_logits([1, 7, 7]))
        assert list(found) == [1]
        assert "is read as 7 even after it was learned" in found[1]


def test_misses_count_digits_and_other_apart() -> None:
    counts = count_misses(
        build_digits([1, 1, 7, NOT_A_DIGIT, NOT_A_DIGIT]),
        build_check([7, 7, 7, 4, NOT_A_DIGIT], [1, 7, 7, NOT_A_DIGIT, NOT_A_DIGIT]),
    )
    assert counts == {
        "n": 3,
        "other_n": 2,
        "before_misses": 2,
        "before_other_accepted": 1,
        "after_misses": 1,
        "after_other_accepted": 0,
    }


class TestGates:
    @pytest.mark.parametrize(
        ("mnist", "own", "refused"),
        [
            ((20, 25), (5, 0), 0),
            ((20, 26), (5, 0), 1),
            ((20, 15), (0, 0), 0),
            ((20, 20), (0, 1), 1),
            ((20, 26), (0, 1), 2),
            ((20, 20), None, 0),
        ],
    )
    def test_five_more_of_mnist_or_one_more_of_your_own(
        self, mnist: tuple[int, int], own: tuple[int, int] | None, refused: int
    ) -> None:
        record = {
            "mnist_validation": {"n": 5_000, "before_misses": mnist[0], "after_misses": mnist[1]},
            "own_cross_validated": own and {"before_misses": own[0], "after_misses": own[1]},
        }
        assert len(check_gates(record)) == refused


class TestChoosePictures:
    def test_labels_without_a_picture_left_over_are_in_neither_part(self) -> None:
        taught, rest = choose_pictures(build_digits([0] * 6 + [1] * 5 + [2] * 9), shots=5, seed=0)
        labels = np.array([0] * 6 + [1] * 5 + [2] * 9)
        assert np.bincount(labels[taught]).tolist() == [5, 0, 5]
        assert np.bincount(labels[rest]).tolist() == [1, 0, 4]
        assert not set(taught) & set(rest)


def test_the_interval_holds_the_pooled_share() -> None:
    draws = [Draw("a", 5, 100, 10, after, 0, 0) for after in (1, 3, 5, 7)]
    low, high = bootstrap(draws)
    assert low < 1 - 16 / 40 < high
    assert (low, high) == bootstrap(draws)


class FakeLearner:
    """The base reads every glyph as the label in its first pixel; after a lesson everything is a 7."""

    validation = build_digits([0] * 100)

    def __init__(self) -> None:
        self.taught: list[np.ndarray] = []

    def features(self, glyphs: np.ndarray) -> np.ndarray:
        return glyphs[:, 0, 0]

    def learn(self, own: Digits, *, seed: int) -> str:
        del seed
        self.taught.append(own.labels)
        return "a lesson"

    def logits(self, features: np.ndarray, lesson: str | None = None) -> np.ndarray:
        return build_logits([7 if lesson else int(label) for label in features])

    def forgotten(self, lesson: str | None = None) -> int:
        return 30 if lesson else 20


def build_hand(labels: list[int], read: list[int]) -> Digits:
    """Digits that the fake base reads so."""
    glyphs = np.zeros((len(labels), 28, 28), np.uint8)
    glyphs[:, 0, 0] = read
    return Digits(glyphs, np.array(labels))


class TestBench:
    def test_counts_the_rest_of_the_hand_and_what_mnist_and_the_others_lose_after_the_lesson(self) -> None:
        learner = FakeLearner()
        anna = build_hand([7] * 4 + [1] * 4, [1] * 4 + [1] * 4)  # its 7s look like 1s
        ben = build_hand([7, 7, 7, 3], [7, 7, 7, 3])
        draw = Bench(learner, {"anna": anna, "ben": ben}).draw("anna", shots=2, seed=0)
        assert [sorted(labels) for labels in learner.taught] == [[1, 1, 7, 7]]
        assert draw == Draw("anna", shots=2, n=4, before=2, after=2, mnist=10.0, others=25.0)


@pytest.fixture(scope="module")
def learner() -> HandLearner:
    """Short lessons, with little to remember."""
    return build_learner(validation=few_test_digits(), others=NOTHING)


NOTHING = Digits(np.zeros((20, 28, 28), np.uint8), np.full(20, NOT_A_DIGIT))
"""No digits: none of them can be misread more often than before."""


def build_learner(validation: Digits, others: Digits) -> HandLearner:
    base, _ = finetune.open_base(local=None)
    recipe = Recipe(epochs=3, steps=12)
    return HandLearner(base, load_sample().train, NOTHING, validation=validation, others=others, recipe=recipe)


def few_test_digits() -> Digits:
    sample = load_sample().test
    return Digits(sample.glyphs[::10], sample.labels[::10])


@pytest.fixture(scope="module")
def hand() -> Digits:
    """A writer with hooked ones and closed fours, 8 of each digit: the shipped model misreads many."""
    return write_digits(hire_hand(4), load_sample().train, per_label=8, seed=4)


class TestHandLearner:
    def test_reads_a_hand_after_a_few_pictures(self, learner: HandLearner) -> None:
        hand = write_digits(hire_hand(4), load_sample().train, per_label=15, seed=4)
        taught, rest = choose_pictures(hand, shots=5, seed=1)
        lesson = learner.learn(Digits(hand.glyphs[taught], hand.labels[taught]), seed=1)
        features, labels = learner.features(hand.glyphs[rest]), hand.labels[rest]
        before, after = (
            int((learner.logits(features, one)[:, :10].argmax(axis=1) != labels).sum()) for one in (None, lesson)
        )
        assert before >= 8
        assert after < before

    def test_a_lesson_starts_from_the_base_and_follows_from_its_seed(self, learner: HandLearner, hand: Digits) -> None:
        own = hand[slice(0, 20)]
        first = learner.learn(own, seed=1, epochs=1)
        learner.learn(hand, seed=2, epochs=1)
        again = learner.learn(own, seed=1, epochs=1)
        for one, other in zip(first.weights, again.weights, strict=True):
            assert np.allclose(one, other, atol=1e-4)

    def test_what_would_be_forgotten_bounds_how_far_it_goes(self, learner: HandLearner) -> None:
        sample = load_sample().train
        wrong = Digits(sample.glyphs[:100], (sample.labels[:100] + 1) % 10)  # the opposite of what MNIST says
        lesson = learner.learn(wrong, seed=1)
        assert lesson.way < 1
        own, _ = choose_pictures(sample, shots=5, seed=1)
        assert learner.learn(Digits(sample.glyphs[own], sample.labels[own]), seed=1).way > lesson.way

    def test_what_other_hands_would_lose_bounds_it_too(self) -> None:
        sample = load_sample().train
        wrong = Digits(sample.glyphs[:100], (sample.labels[:100] + 1) % 10)
        free, bound = (build_learner(NOTHING, others).learn(wrong, seed=1) for others in (NOTHING, few_test_digits()))
        assert free.way == 1
        assert bound.way < 1

    def test_the_first_layers_stay_as_they_are(self, learner: HandLearner, hand: Digits) -> None:
        base, _ = finetune.open_base(local=None)
        lesson = learner.learn(hand, seed=1, epochs=1)
        changed = [not np.array_equal(old, new) for old, new in zip(base.get_weights(), lesson.weights, strict=True)]
        assert changed[:10] == [False] * 10  # two convolutions with their batch normalization
        assert changed[10]
        assert changed[-1]


class TestCrossValidate:
    def test_each_picture_is_read_by_a_model_that_has_not_seen_it(self, learner: HandLearner, hand: Digits) -> None:
        alone = Digits(hand.glyphs[:1], np.array([NOT_A_DIGIT]))
        own = join(hand[slice(0, 24)], alone)  # eight 0s, eight 1s, eight 2s, and one sign that is alone
        checked = cross_validate(learner, own, seed=1)
        assert checked is not None
        assert sorted(checked.held_out) == list(range(24))
        assert checked.after.shape == (24, len(LABELS))
        assert np.isfinite(checked.after).all()

    def test_single_pictures_cannot_be_cross_validated(self, learner: HandLearner, hand: Digits) -> None:
        assert cross_validate(learner, Digits(hand.glyphs[::8], hand.labels[::8]), seed=1) is None
