"""The classifier is asked twice: about the candidates, and about what they would be cut apart or put together."""

import cv2
import numpy as np

from edge.contract import NOT_A_DIGIT, Box, LeftOut, Probabilities
from edge.finding.segment import Candidate, find_candidates
from edge.reading.classifier import Classifier
from edge.reading.hypotheses import CUT_SCRAPS, MAX_CUT, SCRAPS, classify_candidates
from edge.reading.join import MAX_JOINS
from edge.reading.reader import SHIPPED_MODEL, build_glyphs
from edge.reading.split import MAX_SEAMS, MAX_WAISTS
from tests.pictures import glyph_of
from tests.verdicts import FakeClassifier, verdict

SURE = 0.8
Answer = tuple[Candidate, Probabilities]


def draw_bar(x: int, *, width: int = 10, height: int = 60) -> Candidate:
    """A 1 to `by_width`."""
    return Candidate(Box(x, 50, width, height), np.full((height, width), 255, np.uint8))


def draw_zeros(x: int, *, count: int = 2) -> Candidate:
    """Zeros that touch: one candidate, too wide for a digit."""
    ink = np.zeros((64, 6 + 36 * count), np.uint8)
    for number in range(count):
        cv2.ellipse(ink, (21 + 36 * number, 32), (17, 30), 0, 0, 360, 255, 4)
    return Candidate(Box(x, 50, ink.shape[1], ink.shape[0]), ink)


def only_wholes(candidate: Candidate) -> Probabilities:
    """A 4 where two halves are together, else none."""
    return verdict(4 if 25 <= candidate.box.width <= 40 else NOT_A_DIGIT)


def ask(candidates: list[Candidate], classifier: FakeClassifier, left_out: LeftOut | None = None) -> list[Answer]:
    """Candidates with their probabilities, where the finder sees a digit in each."""
    return classify_candidates(candidates, np.ones(len(candidates), bool), classifier, SURE, left_out)


def read(candidates: list[Candidate], classifier: FakeClassifier | None = None) -> list[tuple[int, int]]:
    """For each one that comes out its left end and what it most likely is."""
    found = ask(candidates, classifier or FakeClassifier())
    return [(candidate.box.x, int(row.argmax())) for candidate, row in found]


def place(glyph: np.ndarray, x: int, *, width: int, height: int = 100) -> np.ndarray:
    """Ink, (height, width), with this glyph enlarged to 84 px at column x."""
    ink = np.zeros((height, width), np.uint8)
    ink[8:92, x : x + 84] = cv2.resize(glyph, (84, 84), interpolation=cv2.INTER_CUBIC)
    return np.where(ink > 40, ink, 0).astype(np.uint8)


class TestClassifyCandidates:
    def test_clear_digits_come_back_as_they_are_after_one_call(self) -> None:
        candidates, classifier = [draw_bar(100), draw_bar(130), draw_bar(160)], FakeClassifier()
        found = ask(candidates, classifier)
        assert [candidate for candidate, _ in found] == candidates
        assert classifier.calls == [3]

    def test_touching_digits_are_cut_in_place_of_the_whole(self) -> None:
        found = read([draw_zeros(100), draw_bar(300), draw_zeros(400, count=3)])
        assert [guess for _, guess in found] == [0, 0, 1, 0, 0, 0]
        assert [x for x, _ in found] == sorted(x for x, _ in found)

    def test_where_the_finder_sees_no_digit_nothing_is_cut(self) -> None:
        zeros = [draw_zeros(100), draw_zeros(300)]
        found = classify_candidates(zeros, np.array([False, True]), FakeClassifier(), SURE)
        assert [(one.box.x < 200, int(row.argmax())) for one, row in found] == [
            (True, NOT_A_DIGIT),
            (False, 0),
            (False, 0),
        ]

    def test_halves_of_a_digit_become_one(self) -> None:
        halves = [draw_bar(100, width=14), draw_bar(120, width=14)]
        assert read(halves, FakeClassifier(only_wholes)) == [(100, 4)]

    def test_a_joined_digit_has_the_probabilities_of_the_whole(self) -> None:
        halves = [draw_bar(100, width=14), draw_bar(120, width=14)]
        ((_, row),) = ask(halves, FakeClassifier(only_wholes))
        assert np.array_equal(row, verdict(4))

    def test_two_clear_digits_stay_two_though_the_whole_would_be_one(self) -> None:
        bars = [draw_bar(100), draw_bar(115)]  # together 25 px wide: a 0 to the classifier
        assert read(bars) == [(100, 1), (115, 1)]

    def test_what_neither_way_makes_digits_stays_as_it_was(self) -> None:
        scribble = [draw_zeros(100), draw_bar(200, width=30)]
        assert read(scribble, FakeClassifier(lambda _: verdict(NOT_A_DIGIT))) == [
            (100, NOT_A_DIGIT),
            (200, NOT_A_DIGIT),
        ]

    def test_what_was_cut_is_not_joined_as_well(self) -> None:
        def judge(candidate: Candidate) -> Probabilities:  # all but the two bare candidates are liked, joins most
            bare = candidate.box.width in (78, 16)
            return verdict(NOT_A_DIGIT) if bare else verdict(8, 0.99 if candidate.box.width > 78 else 0.9)

        zeros, bar = draw_zeros(100), draw_bar(180, width=16, height=80)
        found = ask([zeros, bar], FakeClassifier(judge))
        assert [candidate.box.width for candidate, _ in found][-1] == 16
        assert len(found) == 3

    def test_a_clear_digit_is_not_cut_though_its_halves_look_like_digits(self) -> None:
        classifier = FakeClassifier(lambda _: verdict(0))
        assert read([draw_zeros(100)], classifier) == [(100, 0)]
        assert classifier.calls == [1]

    def test_the_classifier_is_asked_twice_however_much_there_is_to_try(self) -> None:
        classifier = FakeClassifier()
        read([draw_zeros(100 * number) for number in range(9)] + [draw_bar(900, width=15)], classifier)
        assert len(classifier.calls) == 2
        assert classifier.calls[0] == 10

    def test_only_the_largest_are_cut(self) -> None:
        apart = [draw_zeros(1000 * number) for number in range(MAX_CUT + 5)]
        found = read(apart)
        assert [guess for _, guess in found] == [0] * 2 * MAX_CUT + [NOT_A_DIGIT] * 5

    def test_of_a_page_of_scraps_few_are_cut_and_it_is_said_how_many_are_not(self) -> None:
        left_out = LeftOut()
        scraps = [draw_zeros(1000 * number) for number in range(SCRAPS + 1)]
        found = ask(scraps, FakeClassifier(), left_out)
        assert len(found) == SCRAPS + 1 + CUT_SCRAPS
        assert left_out == {"cuts": SCRAPS + 1 - CUT_SCRAPS, "joins": 0}

    def test_no_candidates_are_no_digits(self) -> None:
        assert read([]) == []

    def test_a_frame_of_gravel_ends_within_the_limits(self) -> None:
        ink = ((np.random.default_rng(3).random((600, 800)) > 0.75) * 255).astype(np.uint8)
        ink = cv2.dilate(ink, np.ones((2, 2), np.uint8))
        candidates = find_candidates(cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((4, 4), np.uint8)))
        assert len(candidates) > 100
        classifier = FakeClassifier(lambda _: verdict(NOT_A_DIGIT))
        assert len(read(candidates, classifier)) == len(candidates)
        edges = MAX_SEAMS + MAX_WAISTS + 2
        assert len(classifier.calls) == 2
        assert 0 < classifier.calls[1] <= MAX_CUT * edges * (edges - 1) // 2 + MAX_JOINS


class TestWithTheShippedModel:
    """MNIST digits, enlarged, that touch or fall into pieces."""

    def read(self, ink: np.ndarray) -> list[int]:
        classifier = Classifier(SHIPPED_MODEL)
        candidates = find_candidates(ink)
        seen = np.ones(len(candidates), bool)
        found = classify_candidates(candidates, seen, lambda some: classifier.probabilities(build_glyphs(some)), SURE)
        return [int(row.argmax()) for _, row in sorted(found, key=lambda one: one[0].box.x)]

    def test_two_zeros_that_touch_are_two(self) -> None:
        ink = np.maximum(place(glyph_of(0), 0, width=170), place(glyph_of(0), 46, width=170))
        assert len(find_candidates(ink)) == 1
        assert self.read(ink) == [0, 0]

    def test_a_zero_broken_at_both_its_bows_is_one(self) -> None:
        ink = place(glyph_of(0), 8, width=100)
        ink[:, 47:53] = 0
        assert len(find_candidates(ink)) == 2
        assert self.read(ink) == [0]
