"""What convert decides: which model, which threshold, and whether it may be installed."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from edge.classifier import card_path
from edge.contract import GLYPH_GEOMETRY, LABELS, NOT_A_DIGIT
from edge.errors import ModelError
from edge.reader import SHIPPED_MODEL
from train import convert, store


def build_logits(labels: list[int], margins: list[float]) -> np.ndarray:
    """One row per label: its logit stands out by the margin; a negative one makes its neighbour win."""
    logits = np.zeros((len(labels), len(LABELS)), np.float32)
    for row, (label, margin) in enumerate(zip(labels, margins, strict=True)):
        logits[row, label if margin > 0 else (label + 1) % 10] = abs(margin)
    return logits


class TestGates:
    @pytest.mark.parametrize(
        ("own", "parent", "former", "refused"),
        [
            (20, 20, None, 0),
            (25, 20, None, 0),
            (26, 20, None, 1),
            (30, 28, 20, 0),
            (31, 28, 20, 1),
            (40, 20, 20, 2),
        ],
    )
    def test_five_more_than_the_parent_and_ten_more_than_the_former_model(
        self, own: int, parent: int, former: int | None, refused: int
    ) -> None:
        assert len(convert.check_gates(own, parent, former)) == refused


class TestFits:
    def test_overconfident_logits_are_cooled(self) -> None:
        labels = [n % 10 for n in range(100)]
        logits = build_logits(labels, [9.0] * 80 + [-9.0] * 20)
        assert convert.fit_temperature(logits, np.array(labels)) > 2

    @pytest.mark.parametrize(
        ("right", "wrong", "accepted"),
        [(40, 0, True), (40, 12, True), (40, 15, False), (0, 10, False)],
    )
    def test_unsure_digits_are_rejected_when_more_than_one_in_four_is_wrong(
        self, right: int, wrong: int, accepted: bool
    ) -> None:
        labels = [n % 10 for n in range(50 + right + wrong)]
        logits = build_logits(labels, [9.0] * 50 + [3.5] * right + [-3.5] * wrong)
        unsure = np.exp(3.5) / (np.exp(3.5) + 10)
        assert bool(convert.fit_min_confidence(logits, np.array(labels), 1.0) < unsure + 1e-3) is accepted

    def test_what_is_no_digit_counts_as_wrong_when_it_is_accepted(self) -> None:
        logits = build_logits([3] * 100, [5.0] * 50 + [2.0] * 50)
        assert convert.fit_min_confidence(logits, np.array([3] * 100), 1.0) < 0.5
        assert convert.fit_min_confidence(logits, np.array([3] * 50 + [NOT_A_DIGIT] * 50), 1.0) > 0.9


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


class TestShippedModel:
    """The contract of the files in models/."""

    def test_is_fully_int8_and_small(self) -> None:
        convert.check_int8(SHIPPED_MODEL.read_bytes())

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
