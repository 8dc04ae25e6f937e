"""What may be installed: a set that reads digits and rendered pages no worse than the one that the reader uses now.

Both are asked about the same digits and look at the same pages, each with its own thresholds. Pages differ far more
from each other than sets do, so the difference on each page counts. Its standard error was measured between four sets
on convert's 180 pages of 6,855 digits; it shrinks with the root of their number.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.errors import ModelError
from edge.reading.card import Card, SecondLook, load_card
from edge.reading.classifier import Network
from edge.reading.model_set import LOCAL_MODEL, SHIPPED_MODEL, find_member, load_set
from edge.reading.reader import choose_model
from edge.reading.union import Weights
from train.digits.mnist import Digits
from train.learning.draft import Draft
from train.learning.thresholds import SeenPage, count_verdicts, judge_pages
from train.metrics import misses

MORE_THAN_PARENT = 5
"""The int8 model may miss this many more of the 5,000 validation digits than its Keras parent ..."""
MORE_THAN_IN_PLACE = 10
"""... and this many more than the model in place."""
RECALL_POINTS = 1.0
"""So many percent fewer of the pages' digits may be read right: 2.4 standard errors (each up to 0.4 points) ..."""
MISREAD_POINTS = 0.27
"""... so many percent more of them may be misread: 2.4 standard errors (0.11 points) ..."""
FALSE_ACCEPTS_PER_PAGE = 0.14
"""... and on each page so much more that is no digit may be taken for one: 2.4 standard errors (0.06).

With three such bounds 2.5 % of the sets that are as good as the one in place are refused (Bonferroni)."""


@dataclass(frozen=True, slots=True)
class InPlace:
    """The set that the reader uses now, as if it were to be installed."""

    networks: Draft
    card: Card
    look: SecondLook


@dataclass(frozen=True, slots=True)
class PageCounts:
    """What a set makes of rendered pages."""

    pages: int
    written: int
    """Digits that can be read on them, found or not."""
    right: int
    misread: int
    false_accepts: int

    @property
    def recall(self) -> float:
        """Percent of the digits that are read right."""
        return 100 * self.right / max(1, self.written)

    def describe(self) -> str:
        """In half a sentence."""
        return f"{self.recall:.2f} % read, {self.misread} misread, {self.false_accepts} others taken for digits"


def find_in_place(*, ship: bool, local: Path = LOCAL_MODEL) -> Path:
    """The classifier of the set that a new one is compared with: what the reader uses now; for models/, what ships."""
    return SHIPPED_MODEL if ship else choose_model(local)


def open_in_place(model: Path) -> InPlace | None:
    """Its set; None, which is said, where it cannot read pages."""
    try:
        load_set(model)
        content = model.read_bytes()
        card = load_card(model, hashlib.sha256(content).hexdigest())
        if card.second_look is None:
            return None  # load_set has refused it
        finder, crops = (
            find_member(model, name, sha)[1]
            for name, sha in (("finder", card.second_look.finder_sha256), ("crops", card.second_look.crops_sha256))
        )
    except ModelError as error:
        print(f"the pages are not compared: nothing in place can read them ({error})", flush=True)
        return None
    return InPlace(Draft(content, finder, crops), card, card.second_look)


def count_misses(model: Path, digits: Digits) -> int | None:
    """Of the classifier in place; None where there is none that runs."""
    try:
        return misses(Network(model.read_bytes(), model).logits(digits.glyphs), digits.labels)
    except (FileNotFoundError, ModelError):
        return None


def count_pages(pages: Sequence[SeenPage], weights: Weights, min_confidence: float) -> PageCounts:
    """What is accepted on pages that were seen at a set's own temperatures."""
    right, misread, false = count_verdicts(*judge_pages(pages, weights), min_confidence)
    return PageCounts(len(pages), sum(page.written for page in pages), right, misread, false)


def check_digits(own: int, parent: int, in_place: int | None) -> list[str]:
    """What speaks against a model, by misses on the validation slice: own, its parent's, the one's in place."""
    against = []
    if own > parent + MORE_THAN_PARENT:
        against.append(f"int8 misses {own} of the validation digits, its Keras parent {parent}")
    if in_place is not None and own > in_place + MORE_THAN_IN_PLACE:
        against.append(f"it misses {own} of the validation digits, the model in place {in_place}")
    return against


def check_pages(own: PageCounts, in_place: PageCounts) -> list[str]:
    """What speaks against a set, by what it and the one in place make of the same pages."""
    against, of = [], f"of {own.written:,} digits on {own.pages} rendered pages"
    if own.recall < in_place.recall - RECALL_POINTS:
        against.append(
            f"{of} it reads {own.recall:.2f} %, the set in place {in_place.recall:.2f} % "
            f"({RECALL_POINTS} points fewer would do)"
        )
    if own.misread > in_place.misread + MISREAD_POINTS / 100 * own.written:
        against.append(
            f"{of} it misreads {own.misread}, the set in place {in_place.misread} "
            f"({MISREAD_POINTS} % of them more would do)"
        )
    if own.false_accepts > in_place.false_accepts + FALSE_ACCEPTS_PER_PAGE * own.pages:
        against.append(
            f"on {own.pages} rendered pages it takes {own.false_accepts} others for digits, the set in place "
            f"{in_place.false_accepts} ({FALSE_ACCEPTS_PER_PAGE} more a page would do)"
        )
    return against


def describe_check() -> str:
    """What `make convert` checks, for whoever is about to run it."""
    return (
        "it reads the same rendered pages with the new set and with the one in use, and refuses it where it reads over "
        f"{RECALL_POINTS} points fewer of their digits, misreads over {MISREAD_POINTS} points more, or takes over "
        f"{FALSE_ACCEPTS_PER_PAGE} others more a page for digits"
    )
