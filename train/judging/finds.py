"""What a finder finds on rendered pages: recall, and what else it takes for a digit."""

from dataclasses import dataclass

import numpy as np

from edge.contract import NOT_A_DIGIT
from edge.finding.finder import Finder, share_of_union, widen
from train.pages.truth import Truth, label_places

HEAT = 0.3
"""Less is not counted here; the reader listens to less, too, where a crop speaks for it."""
SAME = 0.5
"""A box finds a digit with which it shares this much of their union."""


@dataclass(frozen=True, slots=True)
class Finds:
    """Counts over some pages."""

    pages: int
    digits: int
    found: int
    false: int
    """Boxes where no digit is."""

    def describe(self) -> str:
        """One line: percent and misses."""
        share = 100 * self.found / max(1, self.digits)
        return (
            f"finder: {share:.1f} % of {self.digits} digits found on {self.pages} pages "
            f"({self.digits - self.found} missed), {self.false / max(1, self.pages):.1f} false boxes a page"
        )


def count_finds(finder: Finder, pages: list[Truth]) -> Finds:
    """Let the finder look at pages whose truth is known."""
    found = false = 0
    for page in pages:
        seen = finder.find(page.frame)
        places = seen.places[seen.heat >= HEAT]
        digits = page.places[page.digits]
        if len(places):
            found += int((share_of_union(widen(digits), widen(places)) >= SAME).any(axis=1).sum())
            false += int(np.count_nonzero(label_places(page, places) == NOT_A_DIGIT))
    return Finds(len(pages), sum(int(page.digits.sum()) for page in pages), found, false)
