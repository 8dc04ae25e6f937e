"""The classifier with its finder and its reader of crops: together or not at all."""

import hashlib
import json
import logging
import re
import shutil
from pathlib import Path

import pytest

from edge.errors import ModelError
from edge.reading.card import Origin, card_path
from edge.reading.model_set import LOCAL_MODEL, SHIPPED_MODEL, describe_owner, find_member, load_set
from edge.reading.reader import choose_model, open_reader

MEMBERS = "digits", "finder", "crops"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A copy of the shipped set."""
    for path in [card_path(SHIPPED_MODEL), *(SHIPPED_MODEL.with_name(f"{one}.tflite") for one in MEMBERS)]:
        shutil.copy(path, tmp_path)
    return tmp_path / SHIPPED_MODEL.name


def change_look(model: Path, **changes: object) -> None:
    """Another second_look in its card."""
    card = json.loads(card_path(model).read_text())
    card["second_look"] |= changes
    card_path(model).write_text(json.dumps(card))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class TestLoadSet:
    def test_all_members_and_what_the_card_says_of_them(self, model: Path) -> None:
        change_look(model, crops_temperature=1.5)
        models = load_set(model)
        look = models.classifier.card.second_look
        assert look is not None
        assert models.finder_id == sha256(model.with_name("finder.tflite").read_bytes())[:12]
        assert models.weights == look.weights
        assert models.crops.temperature == 1.5

    def test_a_card_of_a_former_version_names_no_finder(self, model: Path) -> None:
        card = json.loads(card_path(model).read_text())
        del card["second_look"]
        card_path(model).write_text(json.dumps(card))
        with pytest.raises(ModelError, match=r"names no finder.*make convert"):
            load_set(model)

    @pytest.mark.parametrize("name", ["finder", "crops"])
    def test_another_member_than_the_card_names_is_refused_with_what_to_run(self, model: Path, name: str) -> None:
        change_look(model, **{f"{name}_sha256": "0123456789abcdef" * 4})
        with pytest.raises(ModelError, match=rf"for the {name} 0123456789ab, .*make convert.*make deploy"):
            load_set(model)

    def test_a_member_that_is_no_such_network_is_refused(self, model: Path) -> None:
        digits = model.read_bytes()
        model.with_name("crops.tflite").write_bytes(digits)
        change_look(model, crops_sha256=sha256(digits))
        with pytest.raises(ModelError, match=r"crops\.tflite: input is int8 \(N, 28, 28, 1\), expected .*32, 32, 2"):
            load_set(model)

    @pytest.mark.parametrize("change", [{"weights": {}}, {"weights": None}, {"crops_temperature": "warm"}])
    def test_a_card_that_cannot_be_read_is_refused(self, model: Path, change: dict[str, object]) -> None:
        change_look(model, **change)
        with pytest.raises(ModelError, match=r"cannot be read.*make convert"):
            load_set(model)


class TestFindMember:
    """Looked for beside the classifier, where an install was killed, among the shipped ones."""

    def test_beside_it(self, tmp_path: Path) -> None:
        (tmp_path / "finder.tflite").write_bytes(b"mine")
        found = find_member(tmp_path / "digits.tflite", "finder", sha256(b"mine"))
        assert found == (tmp_path / "finder.tflite", b"mine")

    def test_beside_a_classifier_of_another_name(self, tmp_path: Path) -> None:
        (tmp_path / "finder.tflite").write_bytes(b"mine")
        path, _ = find_member(tmp_path / "anna.tflite", "finder", sha256(b"mine"))
        assert path == tmp_path / "finder.tflite"

    def test_as_next_where_the_set_was_being_replaced(self, tmp_path: Path) -> None:
        (tmp_path / "finder.tflite").write_bytes(b"former")
        (tmp_path / "finder.next.tflite").write_bytes(b"next")
        path, content = find_member(tmp_path / "digits.tflite", "finder", sha256(b"next"))
        assert (path.name, content) == ("finder.next.tflite", b"next")
        path, content = find_member(tmp_path / "digits.tflite", "finder", sha256(b"former"))
        assert (path.name, content) == ("finder.tflite", b"former")

    @pytest.mark.parametrize("beside", [None, b"another"])
    def test_the_shipped_one_where_the_card_names_it(self, tmp_path: Path, beside: bytes | None) -> None:
        shipped = SHIPPED_MODEL.with_name("crops.tflite")
        if beside is not None:
            (tmp_path / "crops.tflite").write_bytes(beside)
        path, content = find_member(tmp_path / "digits.tflite", "crops", sha256(shipped.read_bytes()))
        assert (path, content) == (shipped, shipped.read_bytes())

    @pytest.mark.parametrize("beside", [None, b"", b"another"])
    def test_none_of_them_is_refused_with_what_to_run(self, tmp_path: Path, beside: bytes | None) -> None:
        if beside is not None:
            (tmp_path / "finder.tflite").write_bytes(beside)
        with pytest.raises(ModelError, match=r"digits\.tflite was made for the finder .*neither beside it nor shipped"):
            find_member(tmp_path / "digits.tflite", "finder", sha256(b"mine"))


class TestChooseModel:
    def test_a_local_set_is_preferred(self, model: Path) -> None:
        assert choose_model(model) == model

    def test_without_one_the_shipped_one_is_taken(self, tmp_path: Path) -> None:
        assert choose_model(tmp_path / "digits.tflite") == SHIPPED_MODEL

    def test_a_local_one_that_is_not_whole_is_passed_over_and_it_says_why(
        self, model: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        change_look(model, finder_sha256="0123456789abcdef" * 4)
        assert choose_model(model) == SHIPPED_MODEL
        (message,) = caplog.messages
        assert message.startswith("using the shipped model: ")
        assert "for the finder 0123456789ab" in message


def build_origin(**known: object) -> Origin:
    nothing = {"date": "2026-01-31", "own": 0, "writers": {}, "extra": 0, "extra_name": "", "forced": False}
    return Origin(**(nothing | known))  # type: ignore[arg-type]


class TestDescribeOwner:
    @pytest.mark.parametrize(
        ("model", "origin", "words"),
        [
            (SHIPPED_MODEL, build_origin(), "the shipped model of 2026-01-31"),
            (SHIPPED_MODEL, build_origin(date=""), "the shipped model"),
            (SHIPPED_MODEL, None, "the shipped model"),
            (LOCAL_MODEL, build_origin(), "your model of 2026-01-31, from no pictures of yours"),
            (
                LOCAL_MODEL,
                build_origin(own=50, writers={"ben": 10, "anna": 40}),
                "your model of 2026-01-31, taught by 50 pictures of yours (anna 40, ben 10)",
            ),
            (
                LOCAL_MODEL,
                build_origin(own=15, writers={"a": 5, "b": 4, "c": 3, "d": 2, "": 1}),
                "your model of 2026-01-31, taught by 15 pictures of yours (a 5, b 4, c 3, 1 more)",
            ),
            (
                LOCAL_MODEL,
                build_origin(extra=37800, extra_name="mine.zip"),
                "your model of 2026-01-31, trained on 37800 pictures of mine.zip, too",
            ),
            (
                LOCAL_MODEL,
                build_origin(forced=True),
                "your model of 2026-01-31, from no pictures of yours, installed by FORCE=1 although it was found worse",
            ),
            (Path("/tmp/x.tflite"), build_origin(), "the model /tmp/x.tflite of 2026-01-31"),
        ],
    )
    def test_says_whose_of_when_and_from_what(self, model: Path, origin: Origin | None, words: str) -> None:
        assert describe_owner(model, origin) == words

    def test_a_card_tells_where_its_model_comes_from(self, model: Path) -> None:
        card = json.loads(card_path(model).read_text())
        card["trained_on"] = {"own_pictures": 50, "own_writers": {"anna": 50}}
        card_path(model).write_text(json.dumps(card | {"converted": "2026-01-31T12:00:00+00:00", "forced": ["why"]}))
        origin = load_set(model).classifier.card.origin
        assert origin == build_origin(own=50, writers={"anna": 50}, extra_name="a set of yours", forced=True)

    @pytest.mark.parametrize("change", [{"trained_on": None}, {"trained_on": {}}, {"converted": None}])
    def test_cards_that_do_not_tell_are_read_all_the_same(self, model: Path, change: dict[str, object]) -> None:
        card = json.loads(card_path(model).read_text())
        card_path(model).write_text(json.dumps(card | change))
        origin = load_set(model).classifier.card.origin
        assert origin is not None
        assert origin.own == 0

    def test_the_reader_says_it_first(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        reader = open_reader(SHIPPED_MODEL)
        assert re.match(rf"the shipped model of \d{{4}}-\d\d-\d\d: {reader.model_id}, finder ", caplog.messages[0])
