"""Touching digits are cut where the classifier reads digits on both sides, else left whole."""

from collections.abc import Sequence

import cv2
import numpy as np

from edge.contract import NOT_A_DIGIT, Box
from edge.segment import Candidate
from edge.split import split_candidate


class FakeModel:
    """Knows digits by their width: up to 12 px a 1, 20 to 45 px a 0, all else is none. Remembers what it was asked."""

    def __init__(self, confidence: float = 0.95) -> None:
        self.confidence = confidence
        self.calls: list[int] = []

    def __call__(self, candidates: Sequence[Candidate]) -> np.ndarray:
        self.calls.append(len(candidates))
        rows = np.full((len(candidates), 11), (1 - self.confidence) / 10, np.float32)
        for row, candidate in zip(rows, candidates, strict=True):
            width = candidate.box.width
            row[1 if width <= 12 else 0 if 20 <= width <= 45 else NOT_A_DIGIT] = self.confidence
        return rows


def draw_touching(*, zeros: int, bar: bool = False) -> Candidate:
    """Zeros side by side, overlapping by their stroke's width, and a bar through all of them if asked for."""
    ink = np.zeros((64, 12 + 36 * zeros), np.uint8)
    for number in range(zeros):
        cv2.ellipse(ink, (24 + 36 * number, 32), (17, 30), 0, 0, 360, 255, 4)
    if bar:
        ink[28:36] = 255
    return Candidate(Box(100, 50, ink.shape[1], ink.shape[0]), ink)


def guesses(pieces: list[tuple[Candidate, np.ndarray]]) -> list[int]:
    return [int(row.argmax()) for _, row in pieces]


class TestSplitCandidate:
    def test_two_zeros_become_two(self) -> None:
        assert guesses(split_candidate(draw_touching(zeros=2), FakeModel(), 0.8)) == [0, 0]

    def test_three_zeros_become_three(self) -> None:
        assert guesses(split_candidate(draw_touching(zeros=3), FakeModel(), 0.8)) == [0, 0, 0]

    def test_pieces_stand_left_to_right_inside_the_whole(self) -> None:
        first, second = (piece.box for piece, _ in split_candidate(draw_touching(zeros=2), FakeModel(), 0.8))
        assert 100 <= first.x < second.x < first.right < second.right <= 184

    def test_a_piece_that_is_no_digit_keeps_the_whole(self) -> None:
        assert split_candidate(draw_touching(zeros=2), FakeModel(confidence=0.7), 0.8) == []

    def test_a_narrow_candidate_is_not_cut(self) -> None:
        model = FakeModel()
        assert split_candidate(draw_touching(zeros=1), model, 0.8) == []
        assert model.calls == []

    def test_all_pieces_are_asked_about_in_one_call(self) -> None:
        model = FakeModel()
        split_candidate(draw_touching(zeros=3), model, 0.8)
        assert len(model.calls) == 1

    def test_ink_is_neither_lost_nor_doubled(self) -> None:
        whole = draw_touching(zeros=2)
        pieces = split_candidate(whole, FakeModel(), 0.8)
        assert sum(int((piece.ink > 0).sum()) for piece, _ in pieces) == int((whole.ink > 0).sum())
