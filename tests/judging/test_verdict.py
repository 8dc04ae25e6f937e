"""What a report comes to, in plain words: real figures only, and what was not measured is left out."""

import json
from pathlib import Path

import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT
from tests.judging.builders import build_comparison, build_entry, build_int8, build_set
from train.judging.comparison import Comparison
from train.judging.figures import build_figures
from train.judging.verdict import load_shipped_card, tell_verdict
from train.metrics import Top1, build_answers, count_change

CROSSED = {"own_cross_validated": {"n": 70, "before_misses": 12, "after_misses": 2}}
PAGES = {"pages": 180, "digits": 6252, "recall_percent": 92.4}
SHIPPED = {"sha256": "a", "rendered_pages": PAGES}


def tell(*comparisons: Comparison, shipped=SHIPPED) -> list[str]:
    return tell_verdict(comparisons, shipped)


def pages_of(recall: float, **known) -> dict:
    return {"sha256": "b", "rendered_pages": PAGES | {"recall_percent": recall} | known}


class TestYourHand:
    def tell(self, tmp_path: Path, *, record: dict, keras: str = "finetuned.keras") -> list[str]:
        tuned = build_entry("finetuned", [4, 4], path=tmp_path / "finetuned.keras", record=record)
        int8 = build_int8([4, 4], record={"keras": keras})
        return tell(build_comparison(build_set([4, 9], own=True), build_entry("base", [4, 4]), tuned, int8))

    def test_is_told_by_models_that_have_not_seen_it(self, tmp_path):
        assert self.tell(tmp_path, record=CROSSED) == ["Your hand: 12 of 70 wrong before, 2 after."]

    def test_that_is_not_in_use_yet_says_what_to_do(self, tmp_path):
        (said,) = self.tell(tmp_path, record=CROSSED, keras="base.keras")
        assert said.endswith("2 after. The model in use has not learned it yet: make convert.")

    @pytest.mark.parametrize("crossed", [None, {"n": 0, "before_misses": 0, "after_misses": 0}])
    def test_that_was_learned_and_not_cross_validated_is_left_out(self, tmp_path, crossed):
        assert self.tell(tmp_path, record={"own_cross_validated": crossed}) == []

    def test_that_was_never_learned_is_told_by_the_model_in_use_and_comes_first(self):
        mnist, own = build_set([4, 4, 9]), build_set([4, 9], own=True)
        said = tell(
            *(build_comparison(one, build_entry("base", [4, 4, 4]), build_int8([4, 4, 4])) for one in (mnist, own))
        )
        assert said == [
            "Your hand: 1 of 2 wrong; it was not learned yet.",
            "A set: 1 of 3 wrong.",
        ]


class TestOtherDigits:
    def tell(self, read: list[int]) -> str:
        labels = [4] * 400
        tuned = build_int8(read, record={"keras": "finetuned.keras"})
        return tell(build_comparison(build_set(labels), build_entry("base", [4] * 390 + [9] * 10), tuned))[0]

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            (10, "10 of 400 wrong, as many as before."),
            (40, "40 of 400 wrong, 30 more than before."),
            (12, "12 of 400 wrong, 2 more than before, which may be chance."),
            (1, "1 of 400 wrong, 9 fewer than before."),
        ],
    )
    def test_say_what_learning_a_hand_did_to_them(self, wrong, said):
        assert self.tell([4] * (400 - wrong) + [9] * wrong) == f"A set: {said}"

    def test_that_are_none_are_counted_where_they_are_taken_for_one(self):
        comparison = build_comparison(build_set([NOT_A_DIGIT] * 3), build_int8([4, NOT_A_DIGIT, NOT_A_DIGIT]))
        assert tell(comparison) == ["A set: 1 of 3 signs taken for digits."]


class TestPages:
    def tell(self, record: dict) -> list[str]:
        return tell(build_comparison(build_set([4]), build_int8([4], record=record)))[1:]

    def test_are_told_before_and_after(self):
        assert self.tell(pages_of(89.7)) == ["Pages: 92.4 % → 89.7 % of 6,252 digits read."]

    def test_of_the_shipped_model_have_one_figure(self):
        assert self.tell(SHIPPED) == ["Pages: 92.4 % of 6,252 digits read."]

    @pytest.mark.parametrize("other", [{"pages": 20}, {"digits": 900}])
    def test_that_are_others_are_not_compared(self, other):
        assert " → " not in self.tell(pages_of(89.7, **other))[0]

    def test_that_were_not_measured_are_left_out(self):
        assert self.tell({"sha256": "b"}) == []

    def test_of_the_shipped_card_are_found(self):
        assert load_shipped_card()["rendered_pages"]["pages"] > 0


class TestFigures:
    def test_are_a_file_that_any_program_reads(self, tmp_path):
        pictures = build_set([4, 4, 9], not_found=[7], own=True)
        tuned = build_entry("finetuned", [4, 9, 9], path=tmp_path / "finetuned.keras", record=CROSSED)
        int8 = build_int8([4, 4, 4])
        figures = build_figures([int8], [build_comparison(pictures, tuned, int8)], ["A sentence."])
        figures = json.loads(json.dumps(figures, allow_nan=False))
        (own,) = figures["sets"]
        assert figures["verdict"] == ["A sentence."]
        assert own["cross_validated"]["after"]["misses"] == 2
        assert own["nothing_found"] == ["7/blank.png"]
        assert [(one["model"], one["n"], one["misses"], one["has_learned_these"]) for one in own["results"]] == [
            ("finetuned", 4, 2, True),
            ("int8", 4, 2, False),
        ]
        assert own["results"][1]["confusion"]["counts"][9] == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]


class TestIntervals:
    @pytest.mark.parametrize(
        ("misses", "n", "low", "high"), [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (42, 10_000, 0.00311, 0.00567)]
    )
    def test_are_wilsons(self, misses, n, low, high):
        assert Top1(misses, n).interval == pytest.approx((low, high), abs=1e-4)

    def test_of_no_digit_leave_all_open(self):
        assert Top1(0, 0).interval == (0.0, 1.0)

    def test_of_a_change_hold_what_two_models_differ_in(self):
        labels, none = np.full(100, 4), np.empty(0, np.int64)
        rows = np.eye(11, dtype=np.float32)
        before, after = (
            build_answers(rows[read], labels, nothing_found=none)
            for read in ([9] * 10 + [4] * 90, [4] * 8 + [9] * 5 + [4] * 87)
        )
        change = count_change(before, after)
        assert (change.more, change.low, change.high) == (-5, -12, 2)
