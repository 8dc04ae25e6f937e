"""A picture of each way in which digits may stand on a page: no text and no outline covers a digit or a neighbour."""

from dataclasses import replace
from itertools import combinations

import cv2
import numpy as np
import pytest

from edge.contract import NO_DIGIT, Box, Detection, Line, Reading
from edge.outputs.overlay import draw_reading
from edge.outputs.placing import UNSURE, Placing, find_marks
from tests.fakes import build_frame

PAPERS = {"light": (235, 40), "grey": (128, 20), "dark": (25, 225)}


class Page:
    """A frame on which numbers are written, and its reading.

    Args:
        width: of the frame, px; three quarters of it are its height.
        share: height of the digits as a share of the frame's height.
        paper: a name in PAPERS.
    """

    def __init__(self, width, share, paper="light"):
        tone, self._ink = PAPERS[paper]
        self.frame = build_frame(width, width * 3 // 4, tone)
        self.tall = max(10, round(share * width * 3 // 4))
        self.lines, self.candidates = [], []

    def write(self, text, x, y, *, rise=0, confidence=0.99):
        """A line of numbers from x, y, shares of the frame; "x" is a letter, "?" a digit that was rejected."""
        left, top = round(x * self.frame.shape[1]), round(y * self.frame.shape[0])
        digits = []
        for place, sign in enumerate(text):
            if sign == " ":
                continue
            box = self._draw(sign, left + round(0.85 * self.tall * place), top - rise * place)
            if box is None:
                text = text[:place].rstrip()
                break
            digits.append(
                Detection(
                    box,
                    "7" if sign in "x?" else sign,
                    confidence,
                    NO_DIGIT if sign in "x?" else None,
                    None if sign == "x" else len(self.lines),
                )
            )
        self.candidates += digits
        boxes = [one.box for one in digits if one.line is not None]
        around = boxes[0]
        for box in boxes:
            around = around.union(box)
        self.lines.append(Line(text.replace("x", "").strip(), around, 0.99))
        return self

    def _draw(self, sign, x, y):
        """Where it stands; None where it would leave the frame."""
        sheet = np.zeros((3 * self.tall, 3 * self.tall), np.uint8)
        cv2.putText(sheet, sign, (self.tall, 2 * self.tall), 0, self.tall / 24, 255, max(1, self.tall // 10))
        box = Box(x, y, *cv2.boundingRect(sheet)[2:])
        if box.right > self.frame.shape[1] or box.bottom > self.frame.shape[0]:
            return None
        left, top, width, height = cv2.boundingRect(sheet)
        inside(self.frame, box)[sheet[top : top + height, left : left + width] > 0] = self._ink
        return box

    @property
    def reading(self):
        height, width = self.frame.shape[:2]
        return Reading(tuple(self.lines), tuple(self.candidates), width, height, "m", "f", 1.0)


def wide_apart(page):
    page.write("12 75", 0.05, 0.2).write("4 38", 0.05, 0.6)


def dense(page):
    for row in range(int(0.9 / (1.25 * page.tall / page.frame.shape[0]))):
        page.write("123 456 789 012 345 678 901 234 567 890", 0.04, 0.04 + row * 1.25 * page.tall / page.frame.shape[0])


def two_columns(page):
    for row in range(3):
        page.write("17 4", 0.03, 0.1 + 0.28 * row)
    for row in range(3):
        page.write("98", 0.6, 0.1 + 0.28 * row)


def slanted(page):
    page.write("123 45", 0.05, 0.5, rise=page.tall // 4)
    page.write("678 90", 0.05, 0.5 + 1.7 * page.tall / page.frame.shape[0], rise=page.tall // 4)


def at_the_borders(page):
    page.write("1234 5678 9012 3456", 0.0, 0.0)
    page.write("1234 5678 9012 3456", 0.0, 1 - 1.05 * page.tall / page.frame.shape[0])


def among_letters(page):
    page.write("xxxx 12 ?3 xx", 0.02, 0.2).write("xxx 4?5 67 xx", 0.02, 0.2 + 1.6 * page.tall / page.frame.shape[0])


def unsure(page):
    page.write("31 4", 0.1, 0.2, confidence=0.6).write("1 59", 0.1, 0.6, confidence=0.51)


def filling_the_frame(page):
    page.write("8", 0.3, 0.05)


CASES = {
    "wide apart": (wide_apart, 0.08),
    "dense": (dense, 0.06),
    "two columns": (two_columns, 0.09),
    "slanted": (slanted, 0.08),
    "at the borders": (at_the_borders, 0.09),
    "among letters": (among_letters, 0.09),
    "unsure": (unsure, 0.1),
    "filling the frame": (filling_the_frame, 0.9),
}


def build_page(case, *, width=640, paper="light"):
    write, share = CASES[case]
    page = Page(width, share, paper)
    write(page)
    return page


def inside(frame, box):
    return frame[box.y : box.bottom, box.x : box.right]


def place(page, **options):
    return Placing(page.reading, page.reading.digits, find_marks(page.frame), given={}, **options)


def meet(one, other):
    shared = one.intersection(other)
    return shared.width > 0 and shared.height > 0


@pytest.mark.parametrize("margin", [False, True])
@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_what_is_in_a_box_stays_as_it_is(case, everything, margin):
    page = build_page(case)
    drawn = draw_reading(page.frame, page.reading, everything=everything, margin=margin)
    covered = [one for one in page.candidates if (inside(drawn, one.box) != inside(page.frame, one.box)).any()]
    assert covered == []


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("width", [320, 4000])
@pytest.mark.parametrize("case", CASES)
def test_in_small_and_large_frames_light_and_dark_too(case, width, paper):
    page = build_page(case, width=width, paper=paper)
    drawn = draw_reading(page.frame, page.reading)
    assert all((inside(drawn, one.box) == inside(page.frame, one.box)).all() for one in page.candidates)
    assert (drawn != page.frame).any()


@pytest.mark.parametrize("case", CASES)
def test_no_two_texts_meet(case):
    plates = place(build_page(case)).plates
    assert [pair for pair in combinations([plate.box for plate in plates], 2) if meet(*pair)] == []


def test_a_digit_that_was_not_found_is_not_covered_either():
    page = build_page("dense")
    found = page.candidates[::2]
    drawn = draw_reading(page.frame, replace(page.reading, candidates=tuple(found), lines=()))
    inks = [np.abs(inside(page.frame, one.box).astype(int) - 235).max(axis=2) > 60 for one in page.candidates]
    hidden = [
        one
        for one, ink in zip(page.candidates, inks, strict=True)
        if (inside(drawn, one.box) != inside(page.frame, one.box)).any(axis=2)[ink].mean() > 0.5
    ]
    assert hidden == []


@pytest.mark.parametrize("case", ["wide apart", "two columns", "slanted", "unsure", "filling the frame"])
def test_where_there_is_room_each_digit_has_its_label_and_each_line_its_text(case):
    page = build_page(case)
    placing = place(page)
    assert placing.without_room == []
    told = {plate.about.box for plate in placing.plates if plate.text == getattr(plate.about, "label", None)}
    assert told == {one.box for one in page.reading.digits if not one.rejected}
    assert [plate.text for plate in placing.plates if isinstance(plate.about, Line)] == [one.text for one in page.lines]


@pytest.mark.parametrize("case", CASES)
def test_labels_grow_with_the_digits(case):
    heights = [
        {plate.height for plate in place(build_page(case, width=width)).plates if isinstance(plate.about, Detection)}
        for width in (640, 2560)
    ]
    assert max(heights[1], default=0) >= 2 * max(heights[0], default=0)


def test_a_confidence_is_a_number_with_its_sign_and_only_where_it_is_low():
    page = Page(640, 0.1).write("1", 0.1, 0.3).write("2", 0.5, 0.3, confidence=UNSURE - 0.2)
    assert [plate.text for plate in place(page).plates if isinstance(plate.about, Detection)] == ["1", "2", "65%"]


def test_a_confidence_has_its_colour():
    colours = set()
    for confidence in (0.5, 0.7, 0.9, 1.0):
        page = Page(640, 0.1).write("1", 0.3, 0.3, confidence=confidence)
        box = page.candidates[0].box
        colours.add(tuple(draw_reading(page.frame, page.reading)[box.y + 5, box.x - 1].tolist()))
    assert len(colours) == 4


def test_what_was_rejected_is_a_thin_mark_without_a_text():
    page = Page(640, 0.1).write("1?2", 0.3, 0.3)
    assert [plate.text for plate in place(page).plates if isinstance(plate.about, Detection)] == ["1", "2"]
    box = page.candidates[1].box
    alone = replace(page.reading, lines=(), candidates=(page.candidates[1],))
    changed = (draw_reading(page.frame, alone) != page.frame).any(axis=2)
    assert 8 < changed.sum() < box.width + box.height


class TestTheMargin:
    def test_takes_all_line_texts_where_one_has_no_room(self):
        page = build_page("dense")
        drawn = draw_reading(page.frame, page.reading, margin=True)
        assert drawn.shape[1] > page.frame.shape[1]
        assert drawn.shape[0] == page.frame.shape[0]
        column = drawn[:, page.frame.shape[1] :].max(axis=(1, 2)) > 200
        starts = np.flatnonzero(np.diff(column.astype(int)) == 1)
        assert len(starts) == len(page.lines)  # one beside each line

    def test_is_not_there_where_all_have_room(self):
        page = build_page("two columns")
        assert draw_reading(page.frame, page.reading, margin=True).shape == page.frame.shape

    def test_is_not_there_where_it_was_not_asked_for(self):
        page = build_page("dense")
        assert draw_reading(page.frame, page.reading).shape == page.frame.shape

    def test_is_at_most_half_as_wide_as_the_frame(self):
        page = build_page("dense", width=2000)
        assert draw_reading(page.frame, page.reading, margin=True).shape[1] <= 1.55 * page.frame.shape[1]

    def test_more_lines_than_have_room_do_not_leave_the_frame(self):
        page = Page(320, 0.04)
        for row in range(40):
            page.write("123 456 789 012 345 678 901 2", 0.01, row / 41)
        drawn = draw_reading(page.frame, page.reading, margin=True)
        assert drawn.shape[0] == page.frame.shape[0]


class TestGivenLabels:
    def test_stand_in_a_colour_of_their_own_instead_of_what_was_read(self):
        page = build_page("wide apart")
        one = page.candidates[0]
        plain, given = (draw_reading(page.frame, page.reading, given=labels) for labels in ({}, {one.box: "other"}))
        assert (inside(given, one.box) == inside(page.frame, one.box)).all()
        assert given[one.box.y + 5, one.box.x - 1].tolist() != plain[one.box.y + 5, one.box.x - 1].tolist()

    def test_one_without_room_stands_over_its_own_digit_alone(self):
        page = build_page("dense")
        one = page.candidates[45]
        drawn = draw_reading(page.frame, page.reading, given={one.box: "7"}, everything=True)
        changed = [
            other for other in page.candidates if (inside(drawn, other.box) != inside(page.frame, other.box)).any()
        ]
        assert all(other == one for other in changed)

    def test_of_a_rejected_sign_is_shown_too(self):
        page = Page(640, 0.1).write("1x", 0.3, 0.3)
        plates = Placing(
            page.reading, page.candidates, find_marks(page.frame), given={page.candidates[1].box: "4"}
        ).plates
        assert [plate.text for plate in plates if isinstance(plate.about, Detection)] == ["1", "4"]


def test_a_table_that_was_rejected_does_not_keep_its_digits_from_their_labels():
    page = Page(640, 0.08).write("12", 0.3, 0.3)
    table = Detection(Box(100, 60, 400, 300), "0", 0.2, NO_DIGIT)
    reading = replace(page.reading, candidates=(*page.reading.candidates, table))
    assert len(Placing(reading, reading.digits, find_marks(page.frame), given={}).plates) == 3


def test_on_texture_texts_are_shown_all_the_same():
    noise = np.random.default_rng(1)
    page = Page(640, 0.08)
    page.frame[:] = (noise.random(page.frame.shape[:2]) * 255).astype(np.uint8)[..., None]
    page.write("12", 0.3, 0.3)
    assert len(place(page).plates) == 3


def test_a_ruled_line_is_no_obstacle():
    page = Page(640, 0.1)
    page.frame[::48] = 60
    page.write("12", 0.3, 0.3)
    assert len(place(page).plates) == 3
