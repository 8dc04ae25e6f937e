"""Files that get where they belong whole or not at all, models with their cards, former ones kept."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge.contract import GLYPH_GEOMETRY, LABELS
from edge.errors import ModelError
from edge.reading.card import card_path, load_card
from train import store
from train.learning.runs import save_run
from train.networks.classifier import build_model


def build_contents(content: bytes) -> dict[str, bytes]:
    return {f"{name}.tflite": content + b" " + name.encode() for name in store.MEMBERS}


def build_card(content: bytes) -> dict[str, object]:
    sha = {name: hashlib.sha256(member).hexdigest() for name, member in build_contents(content).items()}
    return {
        "sha256": sha["digits.tflite"],
        "temperature": 1.0,
        "min_confidence": 0.5,
        "glyph_geometry": GLYPH_GEOMETRY,
        "labels": list(LABELS),
        "second_look": {
            "finder_sha256": sha["finder.tflite"],
            "crops_sha256": sha["crops.tflite"],
            "crops_temperature": 1.0,
            "weights": {
                "both": [0.0, 1.0, 1.0, 1.0, 0.0],
                "alone": [0.0, 1.0, 1.0],
                "glyph_share": 0.5,
                "company": [],
            },
        },
    }


def install(folder: Path, content: bytes) -> Path:
    return store.install_set(folder, build_contents(content), build_card(content))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.tflite")}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def dead_process() -> int:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


class TestSaveWhole:
    def test_puts_the_new_file_in_place(self, tmp_path: Path) -> None:
        (tmp_path / "x").write_bytes(b"former")
        store.save_whole(tmp_path / "x", lambda part: part.write_bytes(b"new"))
        assert ((tmp_path / "x").read_bytes(), names(tmp_path)) == (b"new", ["x"])

    def test_a_fault_while_writing_leaves_the_former_file(self, tmp_path: Path) -> None:
        path = tmp_path / "digits.tflite"
        path.write_bytes(b"former")

        def write_half(part: Path) -> None:
            part.write_bytes(b"ha")
            raise OSError("disk full")

        with pytest.raises(OSError, match="disk full"):
            store.save_whole(path, write_half)
        assert (path.read_bytes(), names(tmp_path)) == (b"former", ["digits.tflite"])

    def test_a_record_is_json_that_people_can_read(self, tmp_path: Path) -> None:
        store.save_json(tmp_path / "x.json", {"hand": "Zoë"})
        assert (tmp_path / "x.json").read_text(encoding="utf-8") == '{\n  "hand": "Zoë"\n}\n'


class TestLeftovers:
    def test_what_a_killed_run_left_half_written_goes_at_the_next_save(self, tmp_path: Path) -> None:
        (tmp_path / f".part-{dead_process()}-base.keras").touch()
        store.save_json(tmp_path / "x.json", {})
        assert names(tmp_path) == ["x.json"]

    def test_what_a_running_one_is_writing_stays(self, tmp_path: Path) -> None:
        parts = [f".part-{os.getppid()}-base.keras", ".part-1-base.keras", ".part-mine"]
        for part in parts:
            (tmp_path / part).touch()
        store.save_json(tmp_path / "x.json", {})
        assert names(tmp_path) == sorted({*parts, "x.json"})

    def test_a_half_copied_generation_goes_too(self, tmp_path: Path) -> None:
        (tmp_path / "previous" / f".part-{dead_process()}-2026" / "deep").mkdir(parents=True)
        (tmp_path / "x").touch()
        kept = store.keep_previous([tmp_path / "x"])
        assert kept is not None
        assert names(tmp_path / "previous") == [kept.name]


class TestKeepPrevious:
    def test_all_generations_are_kept_and_sort_by_time(self, tmp_path: Path) -> None:
        for content in (b"first", b"second", b"third"):
            (tmp_path / "x").write_bytes(content)
            store.keep_previous([tmp_path / "x"])
        generations = sorted((tmp_path / "previous").iterdir())
        assert [(one / "x").read_bytes() for one in generations] == [b"first", b"second", b"third"]

    def test_files_that_go_together_are_kept_together(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            (tmp_path / name).touch()
        kept = store.keep_previous([tmp_path / name for name in ("a", "b", "not_there")])
        assert kept is not None
        assert names(kept) == ["a", "b"]

    def test_a_later_change_of_the_original_does_not_reach_the_copy(self, tmp_path: Path) -> None:
        (tmp_path / "x").write_bytes(b"former")
        kept = store.keep_previous([tmp_path / "x"])
        (tmp_path / "x").write_bytes(b"new")  # as `cp` does it: into the same file
        assert kept is not None
        assert (kept / "x").read_bytes() == b"former"

    def test_the_age_is_kept_for_convert_takes_the_newest(self, tmp_path: Path) -> None:
        (tmp_path / "x").touch()
        os.utime(tmp_path / "x", (1000, 1000))
        kept = store.keep_previous([tmp_path / "x"])
        assert kept is not None
        assert (kept / "x").stat().st_mtime == 1000

    def test_nothing_there_nothing_made(self, tmp_path: Path) -> None:
        assert (store.keep_previous([tmp_path / "x"]), names(tmp_path)) == (None, [])

    def test_what_is_shipped_is_kept_by_git(self) -> None:
        before = names(store.SHIPPED)
        assert store.keep_previous([store.SHIPPED / "base.keras"]) is None
        assert names(store.SHIPPED) == before

    def test_a_fault_leaves_no_half_generation(self, tmp_path: Path) -> None:
        (tmp_path / "a").touch()
        (tmp_path / "b").mkdir()  # cannot be copied as a file
        with pytest.raises(IsADirectoryError):
            store.keep_previous([tmp_path / "a", tmp_path / "b"])
        assert names(tmp_path / "previous") == []


class TestInstallSet:
    def test_the_set_in_place_in_the_end_is_the_one_given(self, tmp_path: Path) -> None:
        install(tmp_path, b"first")
        model = install(tmp_path, b"second")
        assert model == tmp_path / "digits.tflite"
        assert names(tmp_path) == sorted([*store.SET, "previous"])
        assert contents(tmp_path) == build_contents(b"second")
        assert json.loads(card_path(model).read_text()) == build_card(b"second")

    def test_the_former_set_is_kept_together(self, tmp_path: Path) -> None:
        install(tmp_path, b"first")
        install(tmp_path, b"second")
        (kept,) = (tmp_path / "previous").iterdir()
        assert contents(kept) == build_contents(b"first")
        assert json.loads((kept / "digits.json").read_text()) == build_card(b"first")

    def test_a_hand_that_was_learned_replaces_the_classifier_alone_and_all_are_kept(self, tmp_path: Path) -> None:
        install(tmp_path, b"first")
        look = build_card(b"first")["second_look"]
        hand = {"digits.tflite": b"hand digits"}
        store.install_set(tmp_path, hand, build_card(b"hand") | {"second_look": look})
        assert contents(tmp_path) == build_contents(b"first") | hand
        (kept,) = (tmp_path / "previous").iterdir()
        assert contents(kept) == build_contents(b"first")

    @pytest.mark.parametrize("card", ["{", "[]", "{}", '{"sha256": "of another"}', '{"sha256": 1, "former": null}'])
    def test_a_card_in_place_that_does_not_fit_is_no_hindrance(self, tmp_path: Path, card: str) -> None:
        (tmp_path / "digits.tflite").write_bytes(b"first")
        (tmp_path / "digits.json").write_text(card)
        assert json.loads(card_path(install(tmp_path, b"second")).read_text()) == build_card(b"second")


class TestFinishInstall:
    """Power went between two of an install's steps."""

    @pytest.fixture(autouse=True)
    def former(self, tmp_path: Path) -> None:
        install(tmp_path, b"former")
        for name in ("finder", "crops"):
            member = tmp_path / f"{name}.tflite"
            store.next_of(member).write_bytes(build_contents(b"new")[member.name])

    def test_what_waits_for_the_classifier_in_place_takes_its_name(self, tmp_path: Path) -> None:
        store.save_json(tmp_path / "digits.json", build_card(b"new") | {"former": build_card(b"former")})
        (tmp_path / "digits.tflite").write_bytes(build_contents(b"new")["digits.tflite"])
        store.finish_install(tmp_path)
        assert contents(tmp_path) == build_contents(b"new")

    def test_what_waits_for_one_that_never_came_goes(self, tmp_path: Path) -> None:
        store.finish_install(tmp_path)
        assert contents(tmp_path) == build_contents(b"former")

    @pytest.mark.parametrize("look", [None, {}, {"finder_sha256": None}])
    def test_a_card_of_a_former_version_waits_for_nothing(self, tmp_path: Path, look: object) -> None:
        store.save_json(tmp_path / "digits.json", build_card(b"former") | {"second_look": look})
        store.finish_install(tmp_path)
        assert contents(tmp_path) == build_contents(b"former")

    def test_nothing_waits_in_an_empty_folder(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        store.finish_install(tmp_path / "empty")
        assert names(tmp_path / "empty") == []


class TestChooseKeras:
    def test_ones_own_comes_first(self, tmp_path: Path) -> None:
        (tmp_path / "finder.keras").touch()
        assert store.choose_keras("finder", ship=False, local=tmp_path) == tmp_path / "finder.keras"
        assert store.choose_keras("crops", ship=False, local=tmp_path) == store.SHIPPED / "crops.keras"

    def test_what_ships_reads_nothing_local(self, tmp_path: Path) -> None:
        (tmp_path / "finder.keras").touch()
        assert store.choose_keras("finder", ship=True, local=tmp_path) == store.SHIPPED / "finder.keras"


class TestSaveRun:
    @pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own, when it saves
    def test_all_files_of_the_former_training_are_kept_together(self, tmp_path: Path) -> None:
        history = {name: [0.5, 0.4] for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
        for seed in (1, 2):
            save_run(build_model(), history, {"seed": seed}, tmp_path / "base.keras")
        (kept,) = (tmp_path / "previous").iterdir()
        assert names(kept) == ["base.curves.csv", "base.curves.png", "base.keras", "base.training.json"]
        for folder, seed in ((kept, 1), (tmp_path, 2)):
            record = json.loads((folder / "base.training.json").read_text())
            assert record == {"sha256": store.sha256(folder / "base.keras"), "seed": seed}


class TestBetweenTheTwo:
    """Power went when the new card was in place and the new model was not."""

    @pytest.fixture
    def model(self, tmp_path: Path) -> Path:
        model = install(tmp_path, b"former")
        store.save_json(card_path(model), build_card(b"new") | {"former": build_card(b"former"), "temperature": 9})
        return model

    def test_the_model_in_place_has_its_own_card(self, model: Path) -> None:
        assert load_card(model, store.sha256(model)).temperature == 1

    def test_the_new_model_has_the_new_card(self, model: Path) -> None:
        model.write_bytes(build_contents(b"new")["digits.tflite"])
        assert load_card(model, store.sha256(model)).temperature == 9

    def test_any_other_model_has_none(self, model: Path) -> None:
        model.write_bytes(b"another")
        with pytest.raises(ModelError, match=r"another model.*make convert"):
            load_card(model, store.sha256(model))

    @pytest.mark.parametrize("former", [None, "x", 7, {}])
    def test_a_former_card_that_is_none_is_said(self, model: Path, former: object) -> None:
        store.save_json(card_path(model), build_card(b"new") | {"former": former})
        with pytest.raises(ModelError, match="cannot be read"):
            load_card(model, store.sha256(model))

    def test_the_next_install_knows_both(self, model: Path) -> None:
        install(model.parent, b"newest")
        assert json.loads(card_path(model).read_text()) == build_card(b"newest")
