"""Touching digits are cut where the classifier reads digits on both sides, else left whole."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT, Box, Probabilities
from edge.finding.segment import Candidate
from edge.reading.split import MAX_SEAMS, MAX_WAISTS, PIECE_HEIGHT, choose_cuts, propose_cuts
from tests.verdicts import by_width, verdict


def draw_touching(*, zeros: int, slant: float = 0.0) -> Candidate:
    """Zeros side by side, overlapping by their stroke's width; the slant is in columns per row, to the right."""
    ink = np.zeros((64, 12 + 36 * zeros + round(64 * slant)), np.uint8)
    for number in range(zeros):
        cv2.ellipse(ink, (24 + 36 * number, 32), (17, 30), 0, 0, 360, 255, 4)
    lean = np.array([[1, -slant, 64 * slant], [0, 1, 0]])
    ink = cv2.warpAffine(ink, lean, ink.shape[::-1], flags=cv2.INTER_NEAREST)
    return Candidate(Box(100, 50, ink.shape[1], ink.shape[0]), ink)


def cut(
    whole: Candidate, judge: Callable[[Candidate], Probabilities] = by_width, *, min_confidence: float = 0.8
) -> list[tuple[Candidate, Probabilities]]:
    """Propose, judge, choose."""
    cuts = propose_cuts(whole)
    return choose_cuts(cuts, [judge(piece) for piece in cuts.pieces.values()], min_confidence) if cuts else []


def guesses(pieces: list[tuple[Candidate, Probabilities]]) -> list[int]:
    return [int(row.argmax()) for _, row in pieces]


class TestProposeCuts:
    def test_a_narrow_candidate_is_not_cut(self) -> None:
        assert propose_cuts(draw_touching(zeros=1)) is None

    @pytest.mark.parametrize("seed", range(3))
    def test_a_thicket_is_cut_in_few_places(self, seed: int) -> None:
        ink = ((np.random.default_rng(seed).random((60, 900)) > 0.7) * 255).astype(np.uint8)
        cuts = propose_cuts(Candidate(Box(0, 0, 900, 60), ink))
        assert cuts is None or cuts.edges <= MAX_SEAMS + MAX_WAISTS + 2

    def test_what_is_too_low_for_a_digit_is_no_piece(self) -> None:
        ink = np.zeros((60, 90), np.uint8)
        cv2.ellipse(ink, (20, 30), (17, 28), 0, 0, 360, 255, 4)
        ink[28:32, 38:88] = 255  # a dash drawn out of the zero
        cuts = propose_cuts(Candidate(Box(0, 0, 90, 60), ink))
        assert cuts is not None
        assert all(piece.box.height >= PIECE_HEIGHT * 60 for piece in cuts.pieces.values())

    def test_pieces_lie_inside_the_whole_and_hold_its_ink(self) -> None:
        whole = draw_touching(zeros=3, slant=0.3)
        cuts = propose_cuts(whole)
        assert cuts is not None
        assert len(cuts.pieces) >= 3
        for piece in cuts.pieces.values():
            assert piece.ink.shape == (piece.box.height, piece.box.width)
            x, y = piece.box.x - whole.box.x, piece.box.y - whole.box.y
            here = whole.ink[y : y + piece.box.height, x : x + piece.box.width]
            assert here.shape == piece.ink.shape
            assert np.array_equal(piece.ink[piece.ink > 0], here[piece.ink > 0])


class TestChooseCuts:
    def test_two_zeros_become_two(self) -> None:
        assert guesses(cut(draw_touching(zeros=2))) == [0, 0]

    def test_three_zeros_become_three(self) -> None:
        assert guesses(cut(draw_touching(zeros=3))) == [0, 0, 0]

    def test_slanted_zeros_are_cut_along_their_slant(self) -> None:
        whole = draw_touching(zeros=2, slant=0.4)
        half = (whole.ink > 0).sum() / 2

        def judge(piece: Candidate) -> Probabilities:
            return verdict(0 if 0.8 < (piece.ink > 0).sum() / half < 1.2 else NOT_A_DIGIT)

        (first, _), (second, _) = cut(whole, judge)
        assert [(piece.ink > 0).sum() for piece in (first, second)] == pytest.approx([half, half], rel=0.1)
        assert first.box.right > second.box.x + 10  # an upright cut would leave no overlap

    def test_pieces_stand_left_to_right_inside_the_whole(self) -> None:
        first, second = (piece.box for piece, _ in cut(draw_touching(zeros=2)))
        assert 100 <= first.x < second.x < first.right < second.right <= 184

    def test_each_piece_has_its_own_probabilities(self) -> None:
        pieces = cut(draw_touching(zeros=2), lambda piece: verdict(3 if piece.box.x < 115 else 8))
        assert guesses(pieces) == [3, 8]

    def test_a_doubtful_piece_keeps_the_whole(self) -> None:
        assert cut(draw_touching(zeros=2), lambda _: verdict(0, 0.7)) == []

    def test_a_piece_that_is_no_digit_keeps_the_whole(self) -> None:
        whole = draw_touching(zeros=2)
        end = max(piece.box.right for piece, _ in cut(whole))
        assert cut(whole, lambda piece: verdict(0 if piece.box.right < end else NOT_A_DIGIT)) == []

    def test_of_two_ways_the_likelier_one_is_taken(self) -> None:
        def judge(piece: Candidate) -> Probabilities:
            return verdict(0, 0.9) if 30 <= piece.box.width <= 45 else verdict(1, 0.99 if piece.box.x < 105 else 0.85)

        assert guesses(cut(draw_touching(zeros=2), judge)) == [0, 0]

    def test_ink_is_neither_lost_nor_doubled(self) -> None:
        whole = draw_touching(zeros=2)
        assert sum(int((piece.ink > 0).sum()) for piece, _ in cut(whole)) == int((whole.ink > 0).sum())
