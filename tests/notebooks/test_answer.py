"""A picture file's bytes -> the answer with its ten probabilities, through the shipped network."""

import re

import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT, Glyphs, Logits
from edge.reading.classifier import Network
from edge.reading.reader import SHIPPED_MODEL
from tests.drawing import draw_frame
from tests.pictures import draw_digit, encode, glyph_of, likeness
from train.notebooks.answer import Answer, UnusableError, answer_picture, describe
from train.notebooks.files import draw_picture


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(SHIPPED_MODEL.read_bytes(), SHIPPED_MODEL)


def say(class_id: int, *, logit: float = 5.0):
    """A network that says the same to whatever it is shown."""

    def logits(glyphs: Glyphs) -> Logits:
        return np.tile(
            np.where(np.arange(NOT_A_DIGIT + 1) == class_id, logit, 0.0).astype(np.float32), (len(glyphs), 1)
        )

    return logits


class TestAnswerPicture:
    @pytest.mark.parametrize("label", range(10))
    def test_reads_each_digit_as_the_notebook_draws_it(self, network: Network, label: int) -> None:
        answer = answer_picture(draw_picture(glyph_of(label)), "own.png", network.logits)
        assert (answer.label, answer.guess) == (str(label), str(label))
        assert answer.probabilities.shape == (10,)
        assert answer.probabilities.argmax() == label

    @pytest.mark.parametrize(
        ("picture", "name"),
        [
            (encode(draw_digit(3, width=900, height=700, side=400), ".jpg"), "photo.JPG"),
            (encode(draw_digit(3, paper=20, pen=220)), "blackboard.png"),
            (encode(draw_digit(3), mode="RGBA"), "drawing.png"),
        ],
        ids=["photograph", "light on dark", "with alpha"],
    )
    def test_takes_whatever_is_uploaded(self, network: Network, picture: bytes, name: str) -> None:
        assert answer_picture(picture, name, network.logits).label == "3"

    def test_the_glyph_is_the_one_that_the_reader_would_see(self, network: Network) -> None:
        answer = answer_picture(draw_picture(glyph_of(5)), "own.png", network.logits)
        assert likeness(answer.glyph, glyph_of(5)) > 0.95

    def test_what_lacks_to_one_is_not_a_digit(self) -> None:
        answer = answer_picture(draw_picture(glyph_of(5)), "own.png", say(NOT_A_DIGIT))
        assert answer.label == "?"
        assert answer.probabilities.sum() < 0.1

    def test_an_unsure_answer_is_a_question_mark_with_its_guess(self) -> None:
        answer = answer_picture(draw_picture(glyph_of(5)), "own.png", say(8, logit=1.0))
        assert (answer.label, answer.guess) == ("?", "8")

    @pytest.mark.parametrize(
        ("content", "name", "words"),
        [
            (encode(draw_frame()), "blank.png", "no digit found"),
            (b"hello", "hello.png", "no picture"),
            (b"", "empty.png", "empty"),
            (b"%PDF", "scan.pdf", "save it as .png or .jpg"),
        ],
    )
    def test_what_cannot_be_used_says_why(self, content: bytes, name: str, words: str) -> None:
        with pytest.raises(UnusableError, match=words):
            answer_picture(content, name, say(1))


class TestDescribe:
    def test_shows_the_answer_and_ten_probabilities(self) -> None:
        shares = np.array([0.0, 0.1, 0, 0, 0, 0, 0, 0.875, 0, 0], np.float32)
        page = describe(Answer("7", "7", shares, glyph_of(7)))
        assert re.search(r'class="answer"[^>]*>7<', page)
        assert re.findall(r"<th>(\d)</th>.*?<td>([\d.]+) %</td>", page) == [
            (str(digit), "87.5" if digit == 7 else "10.0" if digit == 1 else "0.0") for digit in range(10)
        ]
        assert "data:image/png;base64," in page
