"""Sets of labelled pictures, and what each model of the line-up answers to them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.contract import LABELS, NOT_A_DIGIT, Labels
from edge.errors import SourceError
from edge.names import printable
from train.digits.labelled import CALIBRATION_DIGITS, NOTHING_FOUND, LeftOut, load_labelled_folder
from train.digits.mnist import Digits, load_mnist
from train.judging.lineup import Entry
from train.metrics import (
    Answers,
    Top1,
    build_answers,
    count_rejected_others,
    count_top1,
    count_verdicts,
    measure_reliability,
)

ECE_DIGITS = 100
"""With fewer digits the bins hold a handful each, and the calibration error says nothing."""
INTERVAL = "misses, 95 % interval"
COLUMNS = (
    "model",
    "top-1 accuracy",
    INTERVAL,
    "shown right",
    "shown wrong",
    "rejected",
    "calibration error",
    "at temperature 1",
)
OTHERS = "other rejected"
"""One more column, where a set holds pictures that show no digit: nothing found in one is as good as rejected."""
NONE = "—"


@dataclass(frozen=True, slots=True)
class PictureSet:
    """Labelled pictures, as the models get them."""

    title: str
    digits: Digits
    names: tuple[str, ...]
    """Of each glyph: its file's path inside the folder; empty for MNIST."""
    nothing_found: tuple[LeftOut, ...]
    """Pictures in which nothing was found: misses."""
    unusable: tuple[LeftOut, ...]
    """Pictures that could not be read: they count nowhere."""
    own: bool = False
    """Whether these are the calibration digits."""
    name: str = ""
    """What the verdict calls them; empty: as the title does."""
    notes: tuple[str, ...] = ()
    """What must be said of them, whatever the models answer."""

    @property
    def called(self) -> str:
        """Their name in a sentence."""
        return self.name or self.title

    @property
    def size(self) -> str:
        """How many digits and other pictures count."""
        labels = np.append(self.digits.labels, _labels(self.nothing_found))
        others = int((labels == NOT_A_DIGIT).sum())
        return f"{len(labels) - others:,} digits" + (f", {others:,} {LABELS[NOT_A_DIGIT]}" if others else "")


@dataclass(frozen=True, slots=True)
class Result:
    """What one model answers to one set."""

    entry: Entry
    answers: Answers
    uncorrected: Answers
    """The same at temperature 1."""
    learned_these: bool
    """Whether the model was trained on these very pictures: it says nothing about new ones."""


@dataclass(frozen=True, slots=True)
class Crossed:
    """Own digits, each read by a model that has not seen it: what fine-tuning is worth for new ones."""

    before: Top1
    """Of the base ..."""
    after: Top1
    """... and after learning from the other pictures."""

    def __str__(self) -> str:
        """One sentence."""
        before, after = describe_interval(self.before), describe_interval(self.after)
        return (
            f"Cross-validated, each digit read by a model that has not seen it: before {self.before}, "
            f"after {self.after}. With 95 % certainty {before} are missed before, {after} after."
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """One set, and what each model answers."""

    pictures: PictureSet
    results: tuple[Result, ...]

    @property
    def crossed(self) -> Crossed | None:
        """What fine-tuning has found out about the calibration digits; None of other pictures, or where it has not."""
        for result in self.results if self.pictures.own else ():
            counts = result.entry.record.get("own_cross_validated") or {}
            if counts.get("n"):
                return Crossed(*(Top1(counts[f"{when}_misses"], counts["n"]) for when in ("before", "after")))
        return None

    @property
    def headline(self) -> list[str]:
        """What counts more than the table, and stands before it."""
        return [] if self.crossed is None else [str(self.crossed)]

    @property
    def notes(self) -> list[str]:
        """What must be said beside the table."""
        return [*self.pictures.notes, *(note for result in self.results for note in _describe(result))]

    @property
    def table(self) -> list[tuple[str, ...]]:
        """Header and one row for each model, as they stand on the terminal and in the report."""
        others = not self.results[0].answers.digits.all()
        header = (*COLUMNS, OTHERS) if others else COLUMNS
        return [header, *(_build_row(result)[: len(header)] for result in self.results)]


def load_mnist_set() -> PictureSet:
    """MNIST's test set.

    Raises:
        SetupError: it is not here and cannot be fetched.
    """
    return PictureSet("MNIST's test set", load_mnist().test, (), (), (), name="MNIST")


def load_own_set(folder: Path = CALIBRATION_DIGITS) -> PictureSet | None:
    """The calibration digits; None when there are none yet."""
    if not folder.is_dir():
        return None
    pictures = _load_folder(folder, "Your calibration digits", own=True, name="Your hand")
    return pictures if len(pictures.digits) or pictures.nothing_found or pictures.unusable else None


def load_folder_set(folder: Path, label: str | None = None) -> PictureSet:
    """The pictures in `folder`/<label>/, or all in `folder` with one label.

    Raises:
        SourceError: there is no such folder, or no picture in it counts.
    """
    if not folder.is_dir():
        raise SourceError(
            f"there is no folder {folder}. Name one that holds folders 0 … 9 and other: `make evaluate DIR=digits/`."
        )
    pictures = _load_folder(folder, str(folder) if label is None else f"{folder}, all of it {label}", label=label)
    if not len(pictures.digits) and not pictures.nothing_found:
        first = f" ({printable(pictures.unusable[0].name)}: {pictures.unusable[0].reason})" if pictures.unusable else ""
        raise SourceError(
            f"no labelled picture in {folder}{first}. Put them into {folder}/0 … {folder}/9, or other; or say that all "
            f"of them are one: `make evaluate DIR={folder} LABEL=other`."
        )
    return pictures


def compare(pictures: PictureSet, entry: Entry) -> Result:
    """Ask one model for all glyphs of a set."""
    digits, nothing_found = pictures.digits, _labels(pictures.nothing_found)
    logits = entry.logits(digits.glyphs) if len(digits) else np.empty((0, len(LABELS)), np.float32)

    def answer(temperature: float) -> Answers:
        return build_answers(
            logits,
            digits.labels,
            nothing_found=nothing_found,
            temperature=temperature,
            min_confidence=entry.min_confidence or 0.0,
        )

    return Result(entry, answer(entry.temperature), answer(1.0), pictures.own and entry.learned_own)


def describe_interval(top1: Top1) -> str:
    """Between which shares the misses may lie."""
    return f"{100 * top1.interval[0]:.2f} to {100 * top1.interval[1]:.2f} %" if top1.n else NONE


def _load_folder(
    folder: Path, title: str, *, own: bool = False, label: str | None = None, name: str = ""
) -> PictureSet:
    labelled = load_labelled_folder(folder, label=label)
    missed = tuple(one for one in labelled.left_out if _is_miss(one))
    unusable = tuple(one for one in labelled.left_out if not _is_miss(one))
    return PictureSet(title, labelled.digits, labelled.names, missed, unusable, own, name)


def _is_miss(left_out: LeftOut) -> bool:
    return left_out.reason == NOTHING_FOUND and left_out.label is not None


def _labels(left_out: tuple[LeftOut, ...]) -> Labels:
    return np.array([one.label for one in left_out], np.int64)


def _describe(result: Result) -> list[str]:
    entry, notes = result.entry, []
    if entry.min_confidence is not None and result.answers.digits.any():
        verdicts = count_verdicts(result.answers)
        notes.append(
            f"{entry.kind} accepts {verdicts.accepted_percent:.1f} % of the digits at min_confidence "
            f"{entry.min_confidence}, {verdicts.wrong:,} of them wrong."
        )
    if result.learned_these:
        notes.append(f"{entry.kind} has learned from your calibration digits: this says nothing about new ones.")
    return notes


def _build_row(result: Result) -> tuple[str, ...]:
    """In the order of COLUMNS and OTHERS; what only a reader can say is left open for float models."""
    answers, entry = result.answers, result.entry
    fitted, plain = _calibration_error(answers), _calibration_error(result.uncorrected)
    top1 = count_top1(answers)
    interval = describe_interval(top1)
    if entry.min_confidence is None:
        return entry.kind, str(top1), interval, NONE, NONE, NONE, plain, plain, NONE
    verdicts, (rejected, others) = count_verdicts(answers), count_rejected_others(answers)
    counts = (f"{count:,}" for count in (verdicts.right, verdicts.wrong, verdicts.rejected))
    return entry.kind, str(top1), interval, *counts, fitted, plain, f"{rejected:,} of {others:,}"


def _calibration_error(answers: Answers) -> str:
    reliability = measure_reliability(answers)
    if reliability.counts.sum() < ECE_DIGITS:
        return NONE
    return f"{100 * reliability.calibration_error:.2f} %"
