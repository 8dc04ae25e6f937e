"""A converted set before it is installed."""

import hashlib
from pathlib import Path

import pytest

from edge.reading.model_set import SHIPPED_MODEL, load_set
from edge.reading.union import Weights
from train.learning.draft import EQUAL, MAX_BYTES, Draft
from train.store import MEMBERS


@pytest.fixture
def draft() -> Draft:
    """What ships, as a draft."""
    return Draft(*(SHIPPED_MODEL.with_name(f"{name}.tflite").read_bytes() for name in MEMBERS))


class TestDraft:
    def test_its_files_are_those_of_a_set(self, draft: Draft) -> None:
        assert draft.contents == {
            "digits.tflite": draft.digits,
            "finder.tflite": draft.finder,
            "crops.tflite": draft.crops,
        }
        assert MAX_BYTES.keys() == set(MEMBERS)

    def test_the_second_look_names_the_others_and_how_much_each_is_heard(self, draft: Draft) -> None:
        weights = Weights((0.5, 1.0, 2.0, 3.0, 4.0), (5.0, 6.0, 7.0), 0.25, (8.0, 9.0, 10.0))
        assert draft.second_look(1.5, weights) == {
            "finder_sha256": hashlib.sha256(draft.finder).hexdigest(),
            "crops_sha256": hashlib.sha256(draft.crops).hexdigest(),
            "crops_temperature": 1.5,
            "weights": {
                "both": (0.5, 1.0, 2.0, 3.0, 4.0),
                "alone": (5.0, 6.0, 7.0),
                "glyph_share": 0.25,
                "company": (8.0, 9.0, 10.0),
            },
        }


class TestOnDisk:
    def test_it_is_a_set_that_the_edge_loads_at_temperature_1(self, draft: Draft) -> None:
        with draft.on_disk() as model:
            assert model.parent != SHIPPED_MODEL.parent
            models = load_set(model)
            assert (models.classifier.card.temperature, models.crops.temperature) == (1.0, 1.0)
            assert models.weights == EQUAL
            assert {path.name: path.read_bytes() for path in model.parent.glob("*.tflite")} == draft.contents

    @pytest.mark.parametrize("fault", [None, ZeroDivisionError])
    def test_it_is_gone_afterwards(self, draft: Draft, fault: type[Exception] | None) -> None:
        seen: list[Path] = []

        def look() -> None:
            with draft.on_disk() as model:
                seen.append(model)
                assert model.is_file()
                if fault:
                    raise fault

        if fault:
            with pytest.raises(fault):
                look()
        else:
            look()
        assert not seen[0].parent.exists()
