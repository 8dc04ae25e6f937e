"""report.json: the figures of the report, for programs and for a comparison of two reports."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from edge.contract import LABELS
from train.judging.comparison import ECE_DIGITS, Comparison, Result
from train.judging.lineup import Entry
from train.metrics import (
    Answers,
    Top1,
    count_change,
    count_confusion,
    count_rejected_others,
    count_top1,
    count_verdicts,
    measure_digits,
    measure_reliability,
)
from train.store import code_version


def build_figures(lineup: Sequence[Entry], comparisons: Sequence[Comparison], verdict: Sequence[str]) -> dict[str, Any]:
    """All that the report says in numbers; shares are 0 to 1, what was not measured is null."""
    return {
        "verdict": list(verdict),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "code_version": code_version(),
        "models": [_describe_model(entry) for entry in lineup],
        "sets": [_describe_set(comparison) for comparison in comparisons],
    }


def _describe_model(entry: Entry) -> dict[str, Any]:
    return {
        "model": entry.kind,
        "file": entry.file,
        "sha256": entry.sha256,
        "temperature": entry.temperature,
        "min_confidence": entry.min_confidence,
        "trained_on": entry.record.get("trained_on"),
        "rendered_pages": entry.record.get("rendered_pages"),
    }


def _describe_set(comparison: Comparison) -> dict[str, Any]:
    pictures, crossed, base = comparison.pictures, comparison.crossed, comparison.results[0]
    return {
        "set": pictures.called,
        "cross_validated": crossed and {"before": _count(crossed.before), "after": _count(crossed.after)},
        "nothing_found": [one.name for one in pictures.nothing_found],
        "left_out": {one.name: one.reason for one in pictures.unusable},
        "results": [_describe_result(result, base) for result in comparison.results],
    }


def _describe_result(result: Result, base: Result) -> dict[str, Any]:
    answers, entry = result.answers, result.entry
    own = {"model": entry.kind, "has_learned_these": result.learned_these, **_count(count_top1(answers))}
    if result is not base:
        change = count_change(base.answers, answers)
        own["misses_more_than_base"] = {"misses": change.more, "interval_95": [change.low, change.high]}
    if entry.min_confidence is not None:
        shown, (rejected, others) = count_verdicts(answers), count_rejected_others(answers)
        own |= {"shown_right": shown.right, "shown_wrong": shown.wrong, "rejected": shown.rejected}
        own |= {"others": others, "others_rejected": rejected}
    return own | _describe_digits(answers)


def _describe_digits(answers: Answers) -> dict[str, Any]:
    """What only digits have."""
    if not answers.digits.any():
        return {}
    precision, recall = (_or_null(column.tolist()) for column in measure_digits(answers))
    reliability = measure_reliability(answers)
    enough = reliability.counts.sum() >= ECE_DIGITS
    return {
        "calibration_error": reliability.calibration_error if enough else None,
        "precision": precision,
        "recall": recall,
        "confusion": {"rows": "true", "columns": [*LABELS[:-1], "none"], "counts": count_confusion(answers).tolist()},
    }


def _count(top1: Top1) -> dict[str, Any]:
    return {"n": top1.n, "misses": top1.misses, "share_missed_interval_95": [round(one, 5) for one in top1.interval]}


def _or_null(shares: Sequence[float]) -> list[float | None]:
    """JSON knows no nan."""
    return [None if np.isnan(share) else share for share in shares]
