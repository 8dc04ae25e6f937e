"""What is settled, what changes it, and that nothing locks in."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from edge.contract import TOO_DARK, Box, Event, Line, Reading
from edge.following.follower import AGREEING, GONE, HIDDEN, Follower

HEIGHT = 20
A, B = "12", "17"


def line(text: str, x: int = 50, y: int = 100) -> Line:
    return Line(text, Box(x, y, 12 * len(text), HEIGHT), 0.99)


def reading(*lines: Line | str, reason: str | None = None) -> Reading:
    found = tuple(line(one) if isinstance(one, str) else one for one in lines)
    return Reading(found, (), 640, 480, "model", "finder", 1.0, reason)


def follow(frames: Iterable[Reading], follower: Follower | None = None, *, moving: bool = False) -> list[Reading]:
    follower = follower or Follower()
    return [follower.follow(frame, moving=moving) for frame in frames]


def settled(readings: Iterable[Reading]) -> list[tuple[str, ...] | None]:
    """The steady texts of settled frames, None of the others."""
    followed = [one.followed for one in readings]
    return [one.steady if one and one.settled else None for one in followed]


def events(readings: Iterable[Reading]) -> list[Event]:
    return [event for one in readings if one.followed for event in one.followed.events]


def ids(followed: Reading) -> dict[str, int | None]:
    return {one.text: one.id for one in followed.lines}


class TestSettled:
    def test_from_the_frame_on_at_which_enough_agree(self) -> None:
        assert settled(follow([reading(A)] * (AGREEING + 2))) == [None] * (AGREEING - 1) + [(A,)] * 3

    def test_an_empty_page_is_settled_too_but_not_with_its_first_frame(self) -> None:
        assert settled(follow([reading()] * AGREEING)) == [None] * (AGREEING - 1) + [()]

    def test_the_frames_own_text_stays_as_it_is(self) -> None:
        texts = [A, A, B, A, A, A]
        assert [one.text for one in follow(map(reading, texts))] == texts

    def test_a_frame_that_misreads_is_not_settled_and_changes_nothing(self) -> None:
        before, misread, after = follow(map(reading, [*[A] * 8, B, A]))[-3:]
        assert settled([before, misread, after]) == [(A,), None, (A,)]
        assert misread.lines[0].steady == A
        assert events([misread, after]) == []

    def test_an_unknown_line_beside_a_settled_one_leaves_the_frame_unsettled_not_the_line(self) -> None:
        last = follow([*[reading(A)] * 8, reading(A, line("?", y=200))])[-1]
        assert [one.settled for one in last.lines] == [True, False]
        assert settled([last]) == [None]

    @pytest.mark.parametrize("texts", [["1", "7"], ["1", "2", "3"], ["1", "1", "7", "7"]])
    def test_what_flickers_and_never_agrees_does_not_settle(self, texts: list[str]) -> None:
        assert set(settled(follow(map(reading, texts * 20)))) == {None}


class TestChange:
    def test_unsettles_with_its_first_frame_and_is_settled_after_as_many_as_any(self) -> None:
        changed = follow(map(reading, [*[A] * 8, *[B] * AGREEING]))[8:]
        assert settled(changed) == [None] * (AGREEING - 1) + [(B,)]
        assert events(changed) == [Event("changed", 1, B, A)]

    @pytest.mark.parametrize("frames", [8, 100, 3000])
    def test_takes_as_long_however_long_a_wrong_reading_stood(self, frames: int) -> None:
        assert settled(follow(map(reading, [*[B] * frames, *[A] * AGREEING])))[-1] == (A,)

    def test_a_text_that_no_frame_says_any_more_is_steady_no_more_though_nothing_took_its_place(self) -> None:
        followed = follow(map(reading, [*[A] * 8, *(str(n) for n in range(20, 40))]))
        assert followed[-1].lines[0].steady is None

    def test_is_told_once(self) -> None:
        followed = follow(map(reading, [*[A] * 8, B, A, *[B] * 20]))
        assert [event.kind for event in events(followed)] == ["appeared", "changed"]


class TestLeft:
    def test_after_some_frames_that_do_not_show_it(self) -> None:
        followed = follow([*[reading(A)] * 8, *[reading()] * GONE])
        assert events(followed[8:-1]) == []
        assert events(followed[-1:]) == [Event("left", 1, None, A)]
        assert settled(followed[8:]) == [None] * (GONE - 1) + [()]

    def test_what_is_hidden_for_a_moment_comes_back_as_the_same(self) -> None:
        followed = follow([*[reading(A)] * 8, *[reading()] * (GONE - 1), reading(A)])
        assert ids(followed[-1]) == {A: 1}
        assert len(events(followed)) == 1

    def test_a_hand_that_moves_hides_it_for_longer_yet_not_for_ever(self) -> None:
        follower = Follower()
        follow([reading(A)] * 8, follower)
        assert events(follow([reading()] * (HIDDEN - 1), follower, moving=True)) == []
        assert events(follow([reading()], follower, moving=True)) == [Event("left", 1, None, A)]

    def test_nothing_leaves_in_the_dark_and_nothing_is_settled_there(self) -> None:
        followed = follow([*[reading(A)] * 8, *[reading(reason=TOO_DARK)] * 500, reading(A)])
        assert set(settled(followed[8:-1])) == {None}
        assert len(events(followed)) == 1
        assert ids(followed[-1]) == {A: 1}

    def test_what_never_settled_comes_and_goes_without_a_word(self) -> None:
        followed = follow([*[reading(A)] * 8, reading(A, line("4", y=200)), *[reading(A)] * AGREEING])
        assert len(events(followed)) == 1
        assert settled(followed)[-AGREEING:] == [(A,)] * AGREEING


class TestId:
    def test_stays_while_the_paper_slides(self) -> None:
        followed = follow(reading(line(A, x=10 * n, y=5 * n)) for n in range(30))
        assert {one.lines[0].id for one in followed} == {1}

    def test_stays_while_two_equal_lines_are_shaken_by_more_than_a_row(self) -> None:
        frames = [reading(line("111", y=100 + jolt), line("222", y=140 + jolt)) for jolt in (0, 40, -30, 45, 0)]
        assert [ids(one) for one in follow(frames)] == [{"111": 1, "222": 2}] * 5

    def test_stays_when_digits_are_added(self) -> None:
        assert [one.lines[0].id for one in follow(map(reading, ["1", "12", "123"]))] == [1, 1, 1]

    def test_stays_behind_a_hand_that_leaves_parts_of_it_to_see(self) -> None:
        parts = [line("84?"), line("0", x=74), line("40", x=62), line("840")]
        followed = follow(map(reading, [*[line("840")] * 8, *parts]))
        assert {one.lines[0].id for one in followed} == {1}

    def test_another_line_elsewhere_is_another_one(self) -> None:
        first, second = follow([reading(A), reading(line(B, y=300))])
        assert (first.lines[0].id, second.lines[0].id) == (1, 2)

    def test_of_two_lines_each_has_its_own_also_where_they_say_the_same(self) -> None:
        frames = [reading(line(A, y=100), line(A, y=150))] * 6
        assert [[one.id for one in followed.lines] for followed in follow(frames)] == [[1, 2]] * 6

    def test_steady_texts_stand_in_reading_order_also_those_that_are_hidden(self) -> None:
        both = reading(line("1", y=100), line("2", y=150))
        followed = follow([*[both] * 8, reading(line("2", y=150))])[-1].followed
        assert followed is not None
        assert followed.steady == ("1", "2")


def test_what_goes_in_stays_as_it_was() -> None:
    given = reading(A)
    followed = Follower().follow(given)
    assert given == reading(A)
    assert replace(followed, followed=None, lines=given.lines) == given
