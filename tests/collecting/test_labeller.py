"""What keys, clicks and frames do while digits are labelled."""

import itertools
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.collecting.capture import Collection
from edge.collecting.labeller import Labeller
from edge.collecting.refusal import BLURRED, DUPLICATE
from edge.collecting.stillness import STILL_S, Stillness
from edge.collecting.target import find_tall, find_target, stands_where
from edge.collecting.wording import describe
from edge.contract import Box, Detection
from edge.reading.reader import SHIPPED_MODEL, open_reader
from tests.drawing import draw_frame, draw_one, draw_zero
from tests.fakes import build_reading, build_shot

FRAME_S = 0.1
MOMENT = round(STILL_S / FRAME_S) + 1
"""Frames in which the scene has been still."""


@pytest.fixture(scope="module")
def reader():
    return open_reader(SHIPPED_MODEL)


def draw(*shapes, width=480):
    """A frame with 0s and 1s in a row, 80 px apart; the third stands in the middle of a frame of 480 px."""
    frame = draw_frame(240, width)
    for place, shape in enumerate(shapes):
        if shape != " ":
            {"0": draw_zero, "1": draw_one}[shape](frame, 60 + 80 * place, 90 + place % 2)
    return frame


class Desk:
    """A labeller, what it has told, and frames for it, ten a second."""

    def __init__(self, reader, folder, **options):
        self.reader, self.told = reader, []
        self.ticks = itertools.count()
        self.now = 0.0
        self.collection = Collection(folder, "anna")
        self.labeller = Labeller(self.collection, tell=self.told.append, clock=lambda: self.now, **options)

    def see(self, *frames, times=1):
        for frame in frames:
            reading = self.reader.read(frame)
            for _ in range(times):
                self.now += FRAME_S
                self.labeller.see(build_shot(frame), reading)
        return self

    def press(self, keys):
        for key in keys:
            self.labeller.press(key)
        return self

    @property
    def saved(self):
        return {label: count for label, count in self.collection.counts.items() if count}


@pytest.fixture
def desk(reader, tmp_path):
    return lambda **options: Desk(reader, tmp_path, **options)


class TestLive:
    def test_a_key_labels_what_is_under_the_cross(self, desk):
        live = desk().see(draw(*"01010"))
        assert live.labeller.cross == (240, 120)
        assert live.labeller.target.guess == "0"
        assert live.press("8").saved == {"8": 1}
        assert live.told == ["saved 8"]

    def test_o_is_not_a_digit(self, desk):
        assert desk().see(draw(*"01010")).press("o").saved == {"other": 1}

    def test_the_cross_stands_in_the_middle_of_the_region(self, desk):
        live = desk(region=Box(100, 40, 200, 9000)).see(draw(*"01010"))
        assert live.labeller.cross == (200, 140)

    def test_nothing_in_sight_is_told(self, desk):
        assert desk().see(draw_frame()).press("8").told == ["no digit in sight"]

    def test_a_refusal_is_told_with_its_reason(self, desk):
        live = desk().see(draw(*"01010")).press("88")
        assert live.told[1] == "not saved, already saved: one just like it is there; write another one"

    def test_tab_and_a_click_move_the_cross_and_it_stays_there(self, desk):
        frame = draw(*"01010")
        live = desk().see(frame)
        live.labeller.point_at(60, 120)
        live.see(frame)
        assert (live.labeller.cross, live.labeller.target.box.x < 100) == ((60, 120), True)
        live.press("\t").see(frame)
        assert 100 < live.labeller.target.box.x < 180

    def test_undo_several_times(self, desk):
        live = desk().see(draw(*"01010")).press("8").see(draw(*"00100")).press("3u").press("uu")
        assert live.told[2:] == [
            "removed the last 3",
            "removed the last 8",
            "nothing to undo: this session has saved nothing more",
        ]
        assert live.saved == {}

    def test_a_key_that_means_nothing_does_nothing(self, desk):
        assert desk().see(draw(*"01010")).press("xQ\r").told == []


class TestStill:
    def test_the_cross_goes_from_digit_to_digit_as_they_are_typed(self, desk):
        still = desk(stills=True).see(draw(*"01101"))
        assert still.press("73705").saved == {"0": 1, "3": 1, "5": 1, "7": 2}
        assert still.labeller.target is None
        assert still.labeller.cross is None

    def test_what_was_rejected_has_its_turn_where_it_stands(self, tmp_path):
        """A reading puts what stands in no number last; whoever types what is written knows nothing of that."""
        reading = build_reading("1?3", width=480, height=240)
        one, rejected, three = reading.candidates
        reading = replace(reading, candidates=(one, three, replace(rejected, line=None)))
        labeller = Labeller(Collection(tmp_path, "anna"), tell=print, stills=True)
        labeller.see(build_shot(draw_frame()), reading)
        aims = []
        for _ in range(3):
            aims.append(labeller.aim)
            labeller.press("\t")
        assert aims == ["1, 1 of 3", "?, 2 of 3", "3, 3 of 3"]

    def test_a_lone_digit_that_the_net_rejects_is_not_shown_and_can_be_taught(self, tmp_path):
        frame = draw_frame()
        draw_zero(frame, 100, 80)
        reading = open_reader(SHIPPED_MODEL, min_confidence=1.0).read(frame)
        assert (reading.digits, reading.text) == ((), "")
        assert [(one.label, one.guess) for one in reading.candidates] == [("?", "0")]
        collection = Collection(tmp_path, "anna")
        labeller = Labeller(collection, tell=print, stills=True)
        labeller.see(build_shot(frame), reading)
        labeller.press("0")
        assert len([*tmp_path.rglob("0/**/*.ink.png")]) == 1

    def test_it_goes_on_after_a_refusal_too_so_that_no_label_falls_on_the_wrong_digit(self, desk):
        still = desk(stills=True).see(draw(*"01101")).press("7").see(draw(*"01101"))
        still.press("73")
        assert still.told[1].startswith("not saved, already saved")
        assert still.saved == {"7": 1, "3": 1}

    def test_after_the_last_a_key_labels_nothing(self, desk):
        still = desk(stills=True).see(draw(*"01")).press("012")
        assert still.saved == {"0": 1, "1": 1}
        assert still.told[-1] == "no digit left in this picture"

    def test_tab_passes_over_one_and_goes_round(self, desk):
        still = desk(stills=True).see(draw(*"010"))
        places = [still.press("\t").labeller.aim for _ in range(4)]
        assert [place.split(", ")[1] for place in places] == ["2 of 3", "3 of 3", "1 of 3", "2 of 3"]

    def test_a_click_chooses_a_digit(self, desk):
        still = desk(stills=True).see(draw(*"010"))
        still.labeller.point_at(235, 110)
        assert still.labeller.aim == "0, 3 of 3"

    def test_undo_brings_the_cross_back(self, desk):
        still = desk(stills=True).see(draw(*"010")).press("0u")
        assert still.labeller.aim == "0, 1 of 3"
        assert still.press("9").saved == {"9": 1}

    def test_auto_capture_is_not_for_stills(self, desk):
        still = desk(stills=True).see(draw(*"010")).press("0a")
        assert not still.labeller.auto
        assert "here press the digit" in still.told[-1]

    def test_an_empty_page_has_nothing_to_label(self, desk):
        assert desk(stills=True).see(draw_frame()).press("7\t").told == ["no digit left in this picture"]


class TestWhatHasItsLabel:
    def test_is_marked_with_it_and_undo_takes_the_mark_away(self, desk):
        still = desk(stills=True).see(draw(*"010")).press("7o")
        first, second, _ = (one.box for one in still.labeller.rows[0])
        assert still.labeller.labelled == {first: "7", second: "other"}
        assert still.press("u").labeller.labelled == {first: "7"}

    def test_a_new_picture_begins_without_marks(self, desk):
        assert desk(stills=True).see(draw(*"010")).press("7").see(draw(*"101")).labeller.labelled == {}

    def test_a_camera_keeps_its_mark_while_the_scene_is_still(self, desk):
        live = desk().see(draw(*"01010")).press("8").see(draw(*"01010"), times=5)
        assert list(live.labeller.labelled.values()) == ["8"]
        assert live.labeller.labelled.keys() == {live.labeller.target.box}
        assert live.see(draw(*"10101")).labeller.labelled == {}

    def test_of_two_labels_the_later_one_counts(self, desk):
        assert list(desk().see(draw(*"01010")).press("83").labeller.labelled.values()) == ["3"]

    def test_one_that_was_there_before_is_marked_too_and_one_that_was_refused_is_not(self, desk):
        desk(stills=True).see(draw(*"010")).press("7")
        again = desk(stills=True).see(draw(*"010")).press("7")
        assert again.told == ["not saved, already saved: one just like it is there; write another one"]
        assert list(again.labeller.labelled.values()) == ["7"]
        cut = draw_frame(240, 480)
        draw_zero(cut, 160, 181)
        clipped = desk(stills=True).see(cut).press("7")
        assert "clipped" in clipped.told[0]
        assert clipped.labeller.labelled == {}

    def test_undo_in_a_frozen_picture_finds_what_was_labelled_before_it_froze(self, desk):
        live = desk().see(draw(*"01010")).press("8").see(draw(*"01010"))
        live.labeller.standing = True
        live.press("\tu")
        assert live.labeller.aim == "0, 3 of 5"


class TestAutoCapture:
    def test_needs_a_label_first(self, desk):
        live = desk().see(draw(*"01010")).press("a")
        assert not live.labeller.auto
        assert "press a digit first" in live.told[0]

    def test_saves_once_when_the_scene_has_been_still_for_a_moment(self, desk):
        live = desk().see(draw(*"01010")).press("0a")
        new = draw(*"00100")
        assert live.see(new, times=MOMENT - 2).saved == {"0": 1}
        assert live.see(new, times=3).saved == {"0": 2}
        assert live.see(new, times=50).saved == {"0": 2}
        assert live.told == ["saved 0", "auto: 0", "saved 0"]

    def test_not_while_something_moves(self, desk):
        live = desk().see(draw(*"01010")).press("0a")
        for step in range(30):
            frame = draw(*"00100")
            cv2.circle(frame, (20 + 10 * step, 30), 12, (90, 110, 140), -1)  # a hand
            live.see(frame)
        assert live.saved == {"0": 1}

    def test_what_is_captured_already_is_not_captured_again_after_a_hand_has_passed(self, desk):
        live = desk().see(draw(*"01010")).press("0a")
        live.see(draw_frame(240, 480), times=2).see(draw(*"01010"), times=2 * MOMENT)
        assert live.saved == {"0": 1}
        assert live.told[-1].startswith("not saved, already saved")

    def test_off_again(self, desk):
        live = desk().see(draw(*"01010")).press("0aa").see(draw(*"00100"), times=2 * MOMENT)
        assert live.saved == {"0": 1}


class TestEverythingIsASeven:
    def test_saves_all_digits_when_the_scene_is_still_whatever_they_were_read_as(self, desk):
        live = desk(everything="7").see(draw(*"01"), times=MOMENT + 20)
        assert live.saved == {"7": 2}
        assert live.told == ["saved 2 as 7"]

    def test_a_digit_key_is_the_label_of_what_is_shown_next(self, desk):
        live = desk(everything="7").see(draw(*"01"), times=MOMENT)
        live.press("8").see(draw(*"01"), times=2 * MOMENT)
        assert live.saved == {"7": 2}  # still the same sheet
        assert live.see(draw(*"  01"), times=2 * MOMENT).saved == {"7": 2, "8": 2}

    def test_a_pauses(self, desk):
        live = desk(everything="7").see(draw(*"010")).press("a").see(draw(*"010"), times=2 * MOMENT)
        assert live.saved == {}
        assert live.labeller.mode == "all that is shown is 7, paused"


class TestStillness:
    def look(self, *frames):
        ticks = itertools.count()
        stillness = Stillness(lambda: float(next(ticks)))
        return [stillness.look(frame) for frame in frames]

    def test_counts_from_the_last_change(self):
        a, b = draw(*"01010"), draw(*"00100")
        assert self.look(a, a, b, b, b, a) == [0, 1, 0, 1, 2, 0]

    def test_noise_and_a_camera_that_adjusts_its_brightness_are_no_motion(self):
        noise = np.random.default_rng(1)
        page = draw(*"01010").astype(float)
        frames = [np.clip(page + 3 * n + noise.normal(0, 6, page.shape), 0, 255).astype(np.uint8) for n in range(4)]
        assert self.look(*frames) == [0, 1, 2, 3]

    def test_a_slow_creep_is_motion(self):
        page = draw(*"01010")
        moves = (np.array([[1, 0, step / 5], [0, 1, 0]], np.float64) for step in range(20))
        frames = [cv2.warpAffine(page, move, page.shape[1::-1], borderMode=cv2.BORDER_REPLICATE) for move in moves]
        assert max(self.look(*frames)) < 6

    def test_a_pencil_stroke_that_moves_by_its_width_is_motion(self):
        before, after = draw_frame(), draw_frame()
        draw_one(before, 100, 90, pen=185)
        draw_one(after, 106, 90, pen=185)
        assert self.look(before, after) == [0, 0]

    def test_a_frame_of_another_size_is_another_scene(self):
        assert self.look(draw(*"0"), draw(*"0", width=640)) == [0, 0]


@pytest.mark.parametrize(
    ("other", "same"),
    [((12, 11, 30, 60), True), ((10, 45, 30, 60), False), ((50, 10, 30, 60), False), ((0, 0, 90, 90), False)],
)
def test_the_same_place_on_paper_is_shared_by_half(other, same):
    assert stands_where(digit(10, 10, 30, 60), digit(*other)) is same


def digit(x, y, width, height):
    return Detection(Box(x, y, width, height), "1", 0.9)


class TestTarget:
    @pytest.mark.parametrize(
        ("heights", "tall"),
        [([100, 98, 105], [100, 98, 105]), ([100, 12, 8, 9], [100]), ([50, 29, 31, 55], [50, 31, 55]), ([], [])],
        ids=["all alike", "specks", "at the limit", "none"],
    )
    def test_tall_ones(self, heights, tall):
        found = find_tall([digit(0, 0, 10, height) for height in heights])
        assert [one.box.height for one in found] == tall

    def test_the_box_that_holds_the_point_the_smallest_of_several(self):
        table, inner, beside = digit(0, 0, 200, 100), digit(40, 20, 30, 60), digit(90, 20, 30, 60)
        assert find_target([table, inner, beside], 50, 50) is inner

    def test_else_the_nearest_tall_one(self):
        speck, near, far = digit(98, 50, 3, 3), digit(120, 20, 30, 60), digit(20, 20, 30, 60)
        assert find_target([speck, far, near], 95, 50) is near

    def test_none_where_there_is_none(self):
        assert find_target([], 5, 5) is None


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        ([Path("a")], "saved 7"),
        ([BLURRED], "not saved, blurred: hold it still, focus, give more light"),
        ([Path("a"), Path("b")], "saved 2 as 7"),
        ([BLURRED, Path("a"), DUPLICATE, BLURRED], "saved 1 as 7; not saved: 2 blurred, 1 already saved"),
    ],
)
def test_describe(outcomes, told):
    assert describe("7", outcomes) == told


def test_a_reading_made_by_hand_has_nothing_to_save(tmp_path):
    labeller = Labeller(Collection(tmp_path, "anna"), tell=lambda _: None, stills=True)
    labeller.see(build_shot(), build_reading("12"))
    with pytest.raises(ValueError, match="with ink"):
        labeller.press("1")
