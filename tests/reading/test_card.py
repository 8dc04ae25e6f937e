"""A card is read whole and checked number by number, or refused in one sentence, whatever lies there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.errors import ModelError
from edge.reading.card import MAX_BYTES, card_path, load_card
from edge.reading.model_set import SHIPPED_MODEL
from train.store import load_record

SHIPPED: dict[str, Any] = json.loads(card_path(SHIPPED_MODEL).read_text())
SHA = SHIPPED["sha256"]
NUMBERS = (
    "temperature",
    "min_confidence",
    "glyph_geometry",
    "second_look/crops_temperature",
    "second_look/weights/glyph_share",
    "second_look/weights/both/0",
    "second_look/weights/alone/2",
    "second_look/weights/company/752",
)
"""All kinds of numbers that the reader takes from a card."""
UNFIT = {
    "nan": "NaN",
    "inf": "Infinity",
    "minus inf": "-Infinity",
    "inf by its exponent": "1e999",
    "minus inf by its exponent": "-1e999",
    "huge": "1e300",
    "very negative": "-1e300",
    "huge and whole": "1" + 400 * "0",
    "more digits than Python takes": 5000 * "9",
    "a text": '"1.4"',
    "a word": '"warm"',
    "yes": "true",
    "null": "null",
    "a list": "[1]",
    "names and values": '{"a": 1}',
}
PLACE = "the place of a number"
GARBAGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def places(value: Any, *above: str) -> Iterator[str]:
    """The paths of all that lies in a card; of lists their first entry alone."""
    inner = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for name, one in inner:
        yield "/".join([*above, str(name)])
        yield from places(one, *above, str(name))


def changed(place: str, value: object) -> dict[str, Any]:
    """The shipped card with another value in one place."""
    card = json.loads(json.dumps(SHIPPED))
    *above, last = place.split("/")
    inside = card
    for name in above:
        inside = inside[int(name) if isinstance(inside, list) else name]
    inside[int(last) if isinstance(inside, list) else last] = value
    return card


def write(folder: Path, text: str | bytes) -> Path:
    """A model's path with this text as its card."""
    (folder / "digits.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / "digits.tflite"


def refusal(model: Path) -> str:
    """In which words the card is refused: one sentence, short, with what to run."""
    with pytest.raises(ModelError) as raised:
        load_card(model, SHA)
    words = str(raised.value)
    assert "\n" not in words
    assert "`make " in words
    assert len(words) < 400 + 2 * len(str(model))
    return words


class TestNumbers:
    def test_the_shipped_ones_fit(self) -> None:
        assert load_card(SHIPPED_MODEL, SHA).temperature == SHIPPED["temperature"]

    @pytest.mark.parametrize("text", UNFIT.values(), ids=UNFIT)
    @pytest.mark.parametrize("place", NUMBERS)
    def test_that_is_none_or_out_of_range_is_refused(self, tmp_path: Path, place: str, text: str) -> None:
        card = json.dumps(changed(place, PLACE)).replace(f'"{PLACE}"', text)
        assert "digits.json cannot be read (" in refusal(write(tmp_path, card))

    @pytest.mark.parametrize(
        ("place", "value", "words"),
        [
            ("temperature", 0, "temperature is 0, expected a number from 0.01 to 100"),
            ("temperature", -1.4, "temperature is -1.4, expected a number from 0.01 to 100"),
            ("temperature", 1e300, "temperature is 1e+300, expected a number from 0.01 to 100"),
            ("min_confidence", 2, "min_confidence is 2, expected a number from 0 to 1"),
            ("min_confidence", -0.1, "min_confidence is -0.1, expected a number from 0 to 1"),
            ("glyph_geometry", 1.0, "glyph_geometry is 1.0, expected a whole number from 0 to 10000"),
            ("glyph_geometry", 10**60, "glyph_geometry is a number of over 40 digits, expected a whole number"),
            ("second_look/crops_temperature", [], "crops_temperature is a list of 0, expected a number"),
            ("second_look/weights/company/5", 1001, "one of company is 1001, expected a number from -1000 to 1000"),
            ("second_look/weights/company", [0.1, 0.7, 0.9], "3 weights of company, this program has 753"),
            ("second_look/weights/both", [], "0 weights of both, this program has 5"),
            ("second_look/weights/alone", 7, "alone is 7, expected a list"),
            ("second_look/weights", None, "weights is None, expected names and values"),
            ("second_look/crops_sha256", "0" * 65, "crops_sha256 is '00000000000000000000000000000000000000"),
            ("sha256", "0\n0", "sha256 is '0\\n0', expected 64 hex digits"),
            ("labels", "0123456789", "labels is '0123456789', expected a list"),
            ("labels/3", 3, "one of labels is 3, expected a text"),
            ("labels/3", "x" * 10**5, "labels ('0', '1', '2', 'xxxx"),
            ("former", 7, None),
        ],
    )
    def test_the_words_name_it_and_what_fits(self, tmp_path: Path, place: str, value: object, words: str) -> None:
        model = write(tmp_path, json.dumps(changed(place, value)))
        if words is None:  # nobody looks at the former card where its own fits
            assert load_card(model, SHA).sha256 == SHA
        else:
            assert words in refusal(model)

    @pytest.mark.parametrize("place", sorted({"/".join(one.split("/")[:3]) for one in NUMBERS} | {"labels", "sha256"}))
    def test_what_is_missing_is_named(self, tmp_path: Path, place: str) -> None:
        card = json.loads(json.dumps(SHIPPED))
        *above, last = place.split("/")
        inside = card
        for name in above:
            inside = inside[name]
        del inside[last]
        assert f"({last} is missing)" in refusal(write(tmp_path, json.dumps(card)))

    @settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=100)
    @given(place=st.sampled_from([*places(SHIPPED), *NUMBERS]), value=GARBAGE)
    def test_whatever_stands_anywhere_is_read_or_refused(
        self, tmp_path_factory: pytest.TempPathFactory, place: str, value: object
    ) -> None:
        model = write(tmp_path_factory.mktemp("card"), json.dumps(changed(place, value)))
        try:
            card = load_card(model, SHA)
        except ModelError:
            refusal(model)
            return
        assert 0 < card.temperature <= 100
        assert 0 <= card.min_confidence <= 1


NO_CARDS = {
    "nothing": b"",
    "half of one": b'{"sha256": "',
    "no UTF-8": b"\xff\xfe\x00\x01{",
    "a number": b"7",
    "a list": b"[]",
    "nested lists": 100_000 * b"[",
    "nested lists that end": 100_000 * b"[" + 100_000 * b"]",
    "nested names": 100_000 * b'{"a":',
    "nested less, below a name": b'{"temperature": ' + 900 * b"[" + 900 * b"]" + b"}",
    "blanks": (MAX_BYTES + 1) * b" ",
}


class TestWhatIsNoCard:
    @pytest.mark.parametrize("text", NO_CARDS.values(), ids=NO_CARDS)
    def test_is_refused(self, tmp_path: Path, text: bytes) -> None:
        assert "digits.json cannot be read (" in refusal(write(tmp_path, text))

    def test_of_a_gigabyte_is_refused_without_reading_it(self, tmp_path: Path) -> None:
        model = write(tmp_path, json.dumps(SHIPPED))
        with card_path(model).open("r+b") as file:
            file.truncate(2**30)
        assert "over 1024 KiB, a card has less" in refusal(model)

    def test_a_folder_in_its_place_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "digits.json").mkdir()
        assert "cannot be read (Is a directory)" in refusal(tmp_path / "digits.tflite")

    @pytest.mark.parametrize("text", NO_CARDS.values(), ids=NO_CARDS)
    def test_is_no_record_either(self, tmp_path: Path, text: bytes) -> None:
        write(tmp_path, text)
        assert load_record(tmp_path / "digits.json", SHA) == {}
