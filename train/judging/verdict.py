"""What it comes to, in plain words: your hand, MNIST, pages; only what was measured is told."""

from collections.abc import Mapping, Sequence
from typing import Any

from edge.reading.card import card_path
from edge.reading.model_set import SHIPPED_MODEL
from train.judging.comparison import Comparison
from train.judging.lineup import Entry
from train.metrics import Change, Top1, count_change, count_rejected_others, count_top1
from train.store import load_record, sha256

SAME_DIGITS = 0.02
"""By this share the digits seen on the same pages may differ."""


def load_shipped_card() -> dict[str, Any]:
    """What the shipped model's card says: what was before one's own."""
    return load_record(card_path(SHIPPED_MODEL), sha256(SHIPPED_MODEL))


def tell_verdict(comparisons: Sequence[Comparison], shipped: Mapping[str, Any]) -> list[str]:
    """A sentence for each thing that was measured, one's own hand first.

    Args:
        comparisons: of all sets, each with the base first and the model in use last.
        shipped: card of the shipped model.
    """
    own = [_tell_own(one) for one in comparisons if one.pictures.own]
    others = [_tell_set(one) for one in comparisons if not one.pictures.own]
    used = [_tell_pages(one.results[-1].entry, shipped) for one in comparisons[:1]]
    return [sentence for sentence in (*own, *others, *used) if sentence]


def _tell_own(comparison: Comparison) -> str:
    """Only what is fair: by models that have not seen the pictures."""
    crossed, last = comparison.crossed, comparison.results[-1]
    if crossed is not None:
        later = "" if last.entry.learned_own else " The model in use has not learned it yet: make convert."
        return (
            f"Your hand: {crossed.before.misses:,} of {crossed.before.n:,} wrong before, {crossed.after.misses:,} "
            f"after.{later}"
        )
    top1 = count_top1(last.answers)
    return "" if last.entry.learned_own or not top1.n else f"Your hand: {_wrong(top1)}; it was not learned yet."


def _tell_set(comparison: Comparison) -> str:
    base, last = comparison.results[0], comparison.results[-1]
    top1, name = count_top1(last.answers), comparison.pictures.called
    if top1.n:
        # Unless something was learned, the base is the same network: the two differ by rounding.
        change = count_change(base.answers, last.answers) if last.entry.learned_own else None
        return f"{name}: {_wrong(top1)}{'' if change is None else _tell_change(change)}."
    rejected, others = count_rejected_others(last.answers)
    return f"{name}: {others - rejected:,} of {others:,} signs taken for digits." if others else ""


def _tell_change(change: Change) -> str:
    if not change.more:
        return ", as many as before"
    words = f", {abs(change.more):,} {'more' if change.more > 0 else 'fewer'} than before"
    return f"{words}, which may be chance" if change.low <= 0 <= change.high else words


def _tell_pages(entry: Entry, shipped: Mapping[str, Any]) -> str:
    """As the cards say; two of them only where they looked at the same pages."""
    pages, former = entry.record.get("rendered_pages") or {}, shipped.get("rendered_pages") or {}
    if "recall_percent" not in pages:
        return ""
    now = f"{pages['recall_percent']:.1f} % of {pages['digits']:,} digits read"
    is_shipped = entry.record.get("sha256") == shipped.get("sha256")
    if is_shipped or not _looked_alike(pages, former):
        return f"Pages: {now}."
    return f"Pages: {former['recall_percent']:.1f} % → {now}."


def _looked_alike(pages: Mapping[str, Any], former: Mapping[str, Any]) -> bool:
    """Whether the pages are the same; of a page the one reader may see a digit more than the other."""
    if "recall_percent" not in former or pages["pages"] != former["pages"]:
        return False
    return bool(abs(pages["digits"] - former["digits"]) <= SAME_DIGITS * former["digits"])


def _wrong(top1: Top1) -> str:
    return f"{top1.misses:,} of {top1.n:,} wrong"
