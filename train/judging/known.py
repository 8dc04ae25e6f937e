"""Which pictures of a set a model has learned: what it says of them says nothing about new ones."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edge.contract import Glyphs
from train.digits.copies import NO_ORIGINAL, find_originals
from train.judging.comparison import PictureSet
from train.judging.lineup import Entry

BY_CHANCE = 0.01
"""Of pictures that nobody has learned up to 0.4 % look like copies: less than this share is not worth a word."""


def note_learned(pictures: PictureSet, lineup: Sequence[Entry], mnist: Glyphs) -> PictureSet:
    """The same set, with a note for each model that has learned some of it.

    Args:
        pictures: the set.
        lineup: the models.
        mnist: the glyphs of MNIST's training digits, which all of them have learned.
    """
    notes, kinds, glyphs = [], _group_by_learned(lineup), pictures.digits.glyphs
    for who, learned in kinds.items():
        original = find_originals(glyphs, np.concatenate([learned, mnist]))
        own = int(((original != NO_ORIGINAL) & (original < len(learned))).sum())
        if own > BY_CHANCE * len(glyphs):
            notes.append(f"{who} learned {own:,} of these {len(glyphs):,} pictures: that says nothing about new ones.")
    count = int((find_originals(glyphs, mnist) != NO_ORIGINAL).sum())
    if count > BY_CHANCE * len(glyphs):
        notes.append(
            f"{count:,} of these {len(glyphs):,} pictures are MNIST's training digits, which every model has learned."
        )
    return replace(pictures, notes=tuple(notes))


def _group_by_learned(lineup: Sequence[Entry]) -> dict[str, Glyphs]:
    """Models that learned the same, as "finetuned and int8 have", with what they learned beside MNIST."""
    groups: dict[bytes, list[Entry]] = {}
    for entry in lineup:
        if len(entry.learned):
            groups.setdefault(entry.learned.tobytes(), []).append(entry)
    return {
        " and ".join(entry.kind for entry in group) + (" have" if len(group) > 1 else " has"): group[0].learned
        for group in groups.values()
    }
