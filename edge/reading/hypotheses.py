"""Candidates -> what each most likely is: the classifier also judges them cut apart and put together."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from edge.contract import LeftOut, Probabilities
from edge.finding.segment import Candidate
from edge.reading.join import choose_joins, is_digit, propose_joins
from edge.reading.split import choose_cuts, propose_cuts

MAX_CUT = 40
"""So many candidates of one frame are cut on trial, the largest: each costs up to a hundred inferences ..."""
SCRAPS, CUT_SCRAPS = 60, 8
"""... and only so many where more than so many are no clear digits: that is no page of touching numbers but gravel."""
PIECE_CONFIDENCE = 0.75
"""A candidate that is no digit is cut where each piece is one with at least this confidence: lower, letters become
digits; higher, touching digits stay whole (rendered pages, counted together: 0.65 to 0.9 are alike)."""

Classify = Callable[[Sequence[Candidate]], Probabilities]
"""Probabilities, (N, 11), of N candidates."""


def classify_candidates(
    candidates: Sequence[Candidate],
    holds_digit: NDArray[np.bool_],
    classify: Classify,
    min_confidence: float,
    left_out: LeftOut | None = None,
) -> list[tuple[Candidate, Probabilities]]:
    """Ask what candidates are; touching digits are cut apart and broken ones put together where that makes digits.

    Args:
        candidates: of one frame, largest first.
        holds_digit: in which of them the finder sees one, (N,): others are rulings and words, and not cut.
        classify: asks the model; called twice, so that a frame costs two inferences at most.
        min_confidence: 0 to 1; of a clear digit: it stays as it is, and what is joined must become one.
        left_out: where the trials are counted that would be too many.

    Returns:
        Candidates with their probabilities, (11,).
    """
    rows = list(classify(candidates))
    clear = [is_digit(row, min_confidence) for row in rows]
    unclear = [number for number, seen in enumerate(holds_digit) if seen and not clear[number]]
    most = MAX_CUT if clear.count(False) <= SCRAPS else CUT_SCRAPS
    cuts = {number: found for number in unclear[:most] if (found := propose_cuts(candidates[number]))}
    if left_out is not None:
        left_out["cuts"] += max(0, len(unclear) - most)
    joins = propose_joins(candidates, rows, min_confidence, left_out)
    trials = [piece for found in cuts.values() for piece in found.pieces.values()]
    trials += [join.together for join in joins]
    if not trials:
        return list(zip(candidates, rows, strict=True))
    answers = list(classify(trials))
    instead: dict[int, list[tuple[Candidate, Probabilities]]] = {}
    for number, found in cuts.items():
        pieces, answers = answers[: len(found.pieces)], answers[len(found.pieces) :]
        if digits := choose_cuts(found, pieces, PIECE_CONFIDENCE):
            instead[number] = digits
    for number in choose_joins(joins, answers, rows, min_confidence):
        join = joins[number]
        if join.first not in instead and join.second not in instead:
            instead[join.first], instead[join.second] = [(join.together, answers[number])], []
    return [one for number in range(len(rows)) for one in instead.get(number, [(candidates[number], rows[number])])]
