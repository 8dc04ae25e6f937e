"""What did not change is not read again, and only once it is settled."""

from dataclasses import replace

import numpy as np

from edge.following.follower import AGREEING
from edge.following.steady import LONGEST, SteadyReader
from tests.drawing import draw_frame, draw_one, draw_zero
from tests.fakes import FakeReader


def page(*, zero: bool = False, shift: int = 0) -> np.ndarray:
    frame = draw_frame()
    (draw_zero if zero else draw_one)(frame, 100 + shift, 100)
    return frame


def read(reader: FakeReader, frames: list[np.ndarray]):
    steady = SteadyReader(reader)
    return [steady.read(frame) for frame in frames]


class TestStillScene:
    def test_is_read_until_it_is_settled_and_then_once_in_a_while(self) -> None:
        reader = FakeReader("1")
        readings = read(reader, [page()] * (AGREEING + 10 * (LONGEST + 1)))
        assert len(reader.frames) < AGREEING + 10 + 5
        assert {one.text for one in readings} == {"1"}

    def test_keeps_its_reading_and_its_id_and_has_no_more_events(self) -> None:
        readings = read(FakeReader("1"), [page()] * 20)
        told = [[event.kind for event in one.followed.events] for one in readings]
        assert told == [[]] * (AGREEING - 1) + [["appeared"]] + [[]] * (20 - AGREEING)
        last, settled = readings[-1], readings[AGREEING]
        assert replace(last, latency_ms=0.0) == replace(settled, latency_ms=0.0)

    def test_a_frame_that_was_misread_is_never_repeated_until_it_looks_like_many(self) -> None:
        readings = read(FakeReader("7", "1"), [page()] * 20)
        assert [one.text for one in readings] == ["7"] + ["1"] * 19
        assert readings[-1].followed.steady == ("1",)

    def test_what_does_not_settle_is_read_again_and_again(self) -> None:
        reader = FakeReader(*["1", "7"] * 15)
        read(reader, [page()] * 30)
        assert len(reader.frames) == 30

    def test_a_misreading_that_settled_is_put_right_once_it_is_read_again(self) -> None:
        reader = FakeReader(*["7"] * AGREEING, "1")
        readings = read(reader, [page()] * (3 * AGREEING))
        assert readings[AGREEING].followed.steady == ("7",)
        assert readings[-1].followed.steady == ("1",)


class TestChange:
    def test_is_read_at_once(self) -> None:
        reader = FakeReader("1")
        read(reader, [*[page()] * 20, page(zero=True)])
        assert np.array_equal(reader.frames[-1], page(zero=True))

    def test_what_creeps_is_noticed_though_no_two_frames_differ_much(self) -> None:
        still, creeping = FakeReader("1"), FakeReader("1")
        frames = [np.full((240, 320, 3), 200 - 2 * n, np.uint8) for n in range(60)]
        read(still, [frames[0]] * 60)
        read(creeping, frames)
        assert len(creeping.frames) > len(still.frames)
