"""What convert decides: which model it converts, and with what."""

import json
import os
from pathlib import Path

import pytest

from edge.contract import GLYPH_GEOMETRY, LABELS
from edge.errors import ModelError, SetupError
from edge.reading.card import card_path
from edge.reading.reader import SHIPPED_MODEL
from train import store
from train.learning import convert


class TestChooseParent:
    def test_the_newest_local_model_comes_first(self, tmp_path: Path) -> None:
        for age, name in enumerate(["base.keras", "finetuned.keras"]):
            (tmp_path / name).touch()
            os.utime(tmp_path / name, (1000 + age, 1000 + age))
        chosen = convert.choose_parent(None, ship=False, local=tmp_path)
        assert chosen == convert.Parent(tmp_path / "finetuned.keras", f"the newest in {tmp_path}")

    def test_former_and_half_written_ones_do_not_count(self, tmp_path: Path) -> None:
        (tmp_path / "previous" / "2026").mkdir(parents=True)
        for name in ("base.keras", "previous/2026/base.keras", ".part-1-base.keras", ".part-1-base.tmp.keras"):
            (tmp_path / name).touch()
        os.utime(tmp_path / "base.keras", (1000, 1000))
        chosen = convert.choose_parent(None, ship=False, local=tmp_path)
        assert chosen == convert.Parent(tmp_path / "base.keras", f"the newest in {tmp_path}")

    def test_only_classifiers_do(self, tmp_path: Path) -> None:
        others = ("finder.keras", "crops.keras", "finetuned.crops.keras", "mine.keras")
        for age, name in enumerate(["base.keras", *others]):
            (tmp_path / name).touch()
            os.utime(tmp_path / name, (1000 + age, 1000 + age))
        assert convert.choose_parent(None, ship=False, local=tmp_path).path == tmp_path / "base.keras"
        (tmp_path / "base.keras").unlink()
        assert convert.choose_parent(None, ship=False, local=tmp_path).path == store.SHIPPED / "base.keras"

    def test_ship_reads_nothing_local(self, tmp_path: Path) -> None:
        (tmp_path / "base.keras").touch()
        chosen = convert.choose_parent(None, ship=True, local=tmp_path)
        assert chosen == convert.Parent(store.SHIPPED / "base.keras", "the shipped one, as SHIP=1 says")

    def test_without_a_local_model_the_shipped_one_is_converted(self, tmp_path: Path) -> None:
        chosen = convert.choose_parent(None, ship=False, local=tmp_path)
        assert chosen == convert.Parent(store.SHIPPED / "base.keras", f"the shipped one, as {tmp_path} holds none")

    def test_a_named_one_is_taken(self, tmp_path: Path) -> None:
        (tmp_path / "base.keras").touch()
        (tmp_path / "mine.keras").touch()
        chosen = convert.choose_parent(tmp_path / "mine.keras", ship=False, local=tmp_path)
        assert chosen == convert.Parent(tmp_path / "mine.keras", "as MODEL= says")

    def test_a_missing_model_is_named(self) -> None:
        with pytest.raises(ModelError, match=r"no model at none\.keras.*make train"):
            convert.choose_parent(Path("none.keras"), ship=False)


class TestFindStale:
    @pytest.fixture
    def finder(self, tmp_path: Path) -> Path:
        (tmp_path / "finder.keras").write_bytes(b"a finder")
        return tmp_path / "finder.keras"

    def build_crops(self, finder: Path, *, learned: str | None) -> Path:
        """A reader of crops whose record says through which finder it learned."""
        crops = finder.with_name("crops.keras")
        crops.write_bytes(b"a reader of crops")
        store.save_json(
            finder.with_name("crops.training.json"), {"sha256": store.sha256(crops), "finder_sha256": learned}
        )
        return crops

    def test_one_that_learned_from_another_finders_faults_is_named_with_what_to_run(self, finder: Path) -> None:
        said = convert.find_stale(finder, self.build_crops(finder, learned="0" * 64))
        assert said is not None
        assert (str(finder) in said, "make train ONLY=crops" in said) == (True, True)

    def test_one_that_learned_from_this_one_is_not(self, finder: Path) -> None:
        assert convert.find_stale(finder, self.build_crops(finder, learned=store.sha256(finder))) is None

    def test_nor_is_one_of_which_nothing_is_known(self, finder: Path) -> None:
        crops = self.build_crops(finder, learned="0" * 64)
        crops.write_bytes(b"another than the record is of")
        assert convert.find_stale(finder, crops) is None


class TestChooseCrops:
    def build(self, folder: Path, *, named: bool, ages: dict[str, int]) -> Path:
        """A tuned classifier with its record, and readers of crops so old."""
        for name, age in ages.items():
            (folder / name).write_bytes(name.encode())
            os.utime(folder / name, (1000 + age, 1000 + age))
        parent = folder / "finetuned.keras"
        parent.write_bytes(b"a classifier")
        tuned = store.sha256(folder / "finetuned.crops.keras") if named else "0" * 64
        store.save_json(folder / "finetuned.training.json", {"sha256": store.sha256(parent), "crops_sha256": tuned})
        return parent

    @pytest.mark.parametrize(
        ("named", "base_age", "chosen"),
        [(True, 0, "finetuned.crops.keras"), (True, 2, "crops.keras"), (False, 0, "crops.keras")],
        ids=["the hand's", "a base trained since", "of another lesson"],
    )
    def test_goes_with_its_classifier(self, tmp_path: Path, named: bool, base_age: int, chosen: str) -> None:
        ages = {"crops.keras": base_age, "finetuned.crops.keras": 1}
        parent = self.build(tmp_path, named=named, ages=ages)
        assert convert.choose_crops(parent, ship=False, local=tmp_path) == tmp_path / chosen

    def test_a_base_goes_with_the_base(self, tmp_path: Path) -> None:
        self.build(tmp_path, named=True, ages={"crops.keras": 0, "finetuned.crops.keras": 1})
        (tmp_path / "base.keras").write_bytes(b"a base")
        chosen = convert.choose_crops(tmp_path / "base.keras", ship=False, local=tmp_path)
        assert chosen == tmp_path / "crops.keras"

    def test_without_a_local_base_the_hand_still_goes_first(self, tmp_path: Path) -> None:
        parent = self.build(tmp_path, named=True, ages={"finetuned.crops.keras": 1})
        chosen = convert.choose_crops(parent, ship=False, local=tmp_path)
        assert chosen == tmp_path / "finetuned.crops.keras"
        assert convert.choose_crops(parent, ship=True, local=tmp_path) == store.SHIPPED / "crops.keras"


class TestShippedModel:
    """The contract of the files in models/."""

    def test_its_card_names_the_finder_and_the_reader_of_crops_beside_it(self) -> None:
        look = json.loads(card_path(SHIPPED_MODEL).read_text())["second_look"]
        for name in ("finder", "crops"):
            assert look[f"{name}_sha256"] == store.sha256(SHIPPED_MODEL.with_name(f"{name}.tflite"))

    def test_its_card_tells_where_it_comes_from(self) -> None:
        card = json.loads(card_path(SHIPPED_MODEL).read_text())
        assert card["labels"] == list(LABELS)
        assert card["glyph_geometry"] == GLYPH_GEOMETRY
        assert card["sha256"] == store.sha256(SHIPPED_MODEL)
        assert card["keras_sha256"] == store.sha256(store.SHIPPED / "base.keras")
        assert card["seed"] == json.loads((store.SHIPPED / "base.training.json").read_text())["seed"]
        assert card["forced"] == []

    def test_its_card_states_the_promised_accuracy(self) -> None:
        metrics = json.loads(card_path(SHIPPED_MODEL).read_text())["metrics"]
        int8, parent = metrics["mnist_test_int8"], metrics["mnist_test_float"]
        assert int8["n"] == 10_000
        assert int8["percent"] >= 99.5
        assert abs(int8["percent"] - parent["percent"]) <= 0.1


@pytest.mark.parametrize("ship", [True, False])
def test_the_world_is_fetched_first_and_what_ships_wants_all_of_it(
    ship: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a bare world the thresholds come out differently, and nobody would see why."""
    asked: list[dict[str, bool]] = []

    def lack(**wanted: bool) -> None:
        asked.append(wanted)
        raise SetupError("3 families are missing")

    monkeypatch.setattr(convert, "load_mnist", lambda: None)
    monkeypatch.setattr(convert, "open_material", lack)
    assert convert.main(["--ship"] if ship else ["--model", str(store.SHIPPED / "base.keras")]) == 1
    assert asked == [{"fetch": True, "whole": ship}]
    assert "3 families are missing" in capsys.readouterr().err
