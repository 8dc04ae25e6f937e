"""Only what matters is shown: of names, words, print, wood and cloth nothing stands as a "?"."""

import numpy as np
import pytest

from edge.contract import Frame
from edge.reading.model_set import SHIPPED_MODEL
from edge.reading.reader import Reader, open_reader
from train.digits.mnist import load_sample
from train.pages.score_sheet import Kind, draw_score_sheet
from train.pages.scribe import hire_scribe
from train.pages.sheet import take_sheet
from train.pages.texture import make_texture
from train.pages.words import invent_word
from train.pages.world import Part, open_world


@pytest.fixture(scope="module")
def reader() -> Reader:
    return open_reader(SHIPPED_MODEL)


def draw_words(seed: int) -> Frame:
    """Names and words in one hand."""
    rng = np.random.default_rng(seed)
    return draw_score_sheet(rng, load_sample().train, open_world(Part.KNOWN), Kind.WORDS, hand=seed).page.frame


def draw_print(seed: int) -> Frame:
    """Lines of a book."""
    rng = np.random.default_rng(seed)
    sheet = take_sheet(rng, height=480, width=640)
    scribe = hire_scribe(rng, sheet, load_sample().train, open_world(Part.KNOWN))
    for y in range(20, 420, 45):
        x = 20.0
        while x < 450:
            x = scribe.letters(x, y, 24, invent_word(rng), "print", sure=True) + 15
    return np.asarray(np.clip(sheet.paper * 255, 0, 255), np.uint8)


def draw_desk(seed: int) -> Frame:
    """Wood, cloth, stone or whatever this world has."""
    texture = make_texture(np.random.default_rng(seed), height=480, width=640, world=open_world(Part.KNOWN))
    return np.asarray(np.clip(texture * 255, 0, 255), np.uint8)


@pytest.mark.parametrize("draw", [draw_print, draw_desk])
@pytest.mark.parametrize("seed", range(4))
def test_where_no_number_stands_no_question_mark_is_shown(reader: Reader, draw, seed: int) -> None:  # type: ignore[no-untyped-def]
    reading = reader.read(draw(seed))
    assert [one for one in reading.digits if one.rejected] == []


def test_of_words_hardly_a_letter_is_shown(reader: Reader) -> None:
    readings = [reader.read(draw_words(seed)) for seed in range(10)]
    shown = [one for reading in readings for one in reading.digits]
    assert len(shown) <= 0.005 * sum(len(reading.candidates) for reading in readings)
    # A "?" stands beside what was taken for a digit, nowhere else.
    assert {one.line for one in shown if one.rejected} <= {one.line for one in shown if not one.rejected}
    assert sum(not reading.digits for reading in readings) >= 7


@pytest.mark.parametrize("draw", [draw_words, draw_print])
def test_capture_still_sees_the_letters(reader: Reader, draw) -> None:  # type: ignore[no-untyped-def]
    reading = reader.read(draw(0))
    assert len([one for one in reading.candidates if one.rejected]) > 20


def test_beside_numbers_names_are_left_out_and_the_numbers_stay(reader: Reader) -> None:
    sheet = draw_score_sheet(np.random.default_rng(3), load_sample().train, open_world(Part.KNOWN), hand=2)
    reading = reader.read(sheet.page.frame)
    written = sum(map(len, sheet.numbers))
    assert 0.8 * written < len([one for one in reading.digits if not one.rejected]) < 1.1 * written
    assert len(reading.candidates) > len(reading.digits) + 20
