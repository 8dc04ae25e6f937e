"""What counts as right, settled and noticed on a rendered video."""

import numpy as np
import pytest

from edge.contract import Event, Followed
from edge.reading.model_set import SHIPPED_MODEL
from train.bench.follow_scores import CALM, Score, is_right, judge, measure_video
from train.bench.following import build_table
from train.digits.mnist import is_cached, load_mnist
from train.pages.videos import FRAMES, SCENES, Still, render_video
from train.pages.world import Part, open_world

BLANK = np.zeros((1, 1), np.uint8)


def still(*lines: str, clear: bool = True) -> Still:
    return Still(BLANK, lines, clear)


def said(*texts: str, settled: bool = True, events: int = 0) -> Followed:
    return Followed(settled, texts, (Event("changed", 1, "1", "2"),) * events)


class TestIsRight:
    @pytest.mark.parametrize(
        ("frame", "text", "expected"),
        [
            (still("345"), "345", True),
            (still("345"), "3 45", True),
            (still("345"), "34", False),
            (still("345", clear=False), "34", True),
            (still("345", clear=False), "3?", True),
            (still("345", clear=False), "38", False),
            (still("345", clear=False), "54", False),
        ],
    )
    def test_all_that_stands_there_or_where_some_is_hidden_a_part_of_it(
        self, frame: Still, text: str, expected: bool
    ) -> None:
        assert is_right(frame, said(text)) is expected


class TestJudge:
    def test_counts_frames_until_a_change_is_settled(self) -> None:
        frames = [*[still("3")] * 5, *[still("8")] * 5]
        answers = [*[said(settled=False)] * 2, *[said("3")] * 3, *[said("3", settled=False)] * 3, *[said("8")] * 2]
        assert judge(frames, answers, read=10).noticed == (2, 3)

    def test_a_change_that_is_never_settled_took_all_frames_that_were_left(self) -> None:
        score = judge([*[still("3")] * 5, *[still("8")] * 7], [said("3")] * 12, read=12)
        assert score.noticed == (0, 7)
        assert (score.right, score.said) == (5, 12)

    def test_a_wrong_reading_that_stays_settled_is_locked_in(self) -> None:
        frames = [*[still("3")] * 5, *[still("8")] * CALM]
        assert judge(frames, [said("3")] * len(frames), read=1).locked == 1
        assert judge(frames[:-1], [said("3")] * (len(frames) - 1), read=1).locked == 0

    def test_calm_frames_begin_some_frames_after_the_last_change(self) -> None:
        frames = [*[still("3")] * 15, *[still("3", clear=False)] * 5, *[still("8")] * 13]
        score = judge(frames, [said("3", settled=False)] * 33, read=33)
        assert (score.calm, score.settled) == (5 + 3, 0)

    def test_events_are_compared_with_lines_that_truly_appeared_or_changed(self) -> None:
        frames = [still(), still("1", "2"), still("1", "3")]
        score = judge(frames, [said(), said(events=2), said(events=3)], read=3)
        assert (score.changes, score.told) == (3, 5)


def test_a_table_has_a_row_for_all_and_for_each_scene() -> None:
    assert Score(said=3, right=2) + Score(said=1, right=1) == Score(said=4, right=3)
    assert len(build_table(4, []).splitlines()) == 3


class TestVideos:
    @pytest.fixture(autouse=True)
    def needs_mnist(self, require) -> None:
        require(is_cached(), "MNIST is not cached: .venv-train/bin/python -m train.digits.mnist")

    def test_follow_from_seed_and_number_alone(self) -> None:
        digits, world = load_mnist().validation, open_world(Part.KNOWN)
        one, other = (render_video(digits, world, seed=1, number=1) for _ in range(2))
        assert one.scene == "change"
        assert len(one.frames) == FRAMES
        assert all(np.array_equal(a.frame, b.frame) for a, b in zip(one.frames, other.frames, strict=True))

    def test_a_digit_that_changes_is_followed(self) -> None:
        number = list(SCENES).index("change")
        measured = measure_video(
            load_mnist().validation, Part.KNOWN, seed=2028, number=number, model=SHIPPED_MODEL, agreeing=(3,)
        )
        score = measured.scores[3]
        assert measured.right_as_stills
        assert (score.right, score.locked, score.told) == (score.said, 0, score.changes)
        assert max(score.noticed) <= CALM
        assert score.read < FRAMES
