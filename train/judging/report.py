"""The report of `make evaluate`: one HTML file with all its pictures inside, and nothing loaded from elsewhere.

What it comes to stands first, in plain words; at the end each word that needs it has a line of explanation.
"""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edge.contract import DIGITS, LABELS, Glyph
from edge.names import printable
from train.digits.labelled import LeftOut
from train.judging.charts import as_png, draw_curves, draw_reliability, load_curves
from train.judging.comparison import ECE_DIGITS, NONE, Comparison, Result
from train.judging.confusion import show_confusions
from train.judging.lineup import Entry, describe_origin
from train.judging.markup import explain, image, paragraph, table
from train.judging.words import WORDS
from train.metrics import find_worst, measure_digits, measure_reliability
from train.store import code_version

CSS = Path(__file__).with_suffix(".css")
SHEET = 60
"""So many misses are shown of each set."""
FACTS = ("model", "file", "sha256", "bytes", "trained on", "code", "converted", "temperature", "min_confidence")
PRECISION = f"Precision: {WORDS['precision']} Recall: {WORDS['recall']}"
ECE = (
    "The nearer the dots to the dashed line, the more confidence can be believed. The temperature was fitted on digits "
    f"of rendered pages, too, which are harder than MNIST's. Sets of under {ECE_DIGITS} digits are too small for it."
)


def build_report(lineup: Sequence[Entry], comparisons: Sequence[Comparison], verdict: Sequence[str]) -> str:
    """The whole page."""
    sections = {
        **{one.pictures.title: _comparison(one) for one in comparisons},
        "Models": _models(lineup),
        "Learning curves": _curves(lineup),
        "Words": explain(WORDS),
    }
    links = "".join(f'<li><a href="#s{n}">{escape(title)}</a></li>' for n, title in enumerate(sections))
    main = "".join(
        f'<section id="s{n}"><h2>{escape(title)}</h2>\n{part}</section>\n'
        for n, (title, part) in enumerate(sections.items())
    )
    made = (
        f"Made by make evaluate of Edge Digit Reader {code_version()}, {datetime.now().astimezone():%Y-%m-%d %H:%M %Z}"
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Digit models side by side</title>
<style>
{CSS.read_text(encoding="utf-8")}</style>
</head>
<body>
<header><h1>Digit models side by side</h1>
<div class="verdict">{"".join(map(paragraph, verdict))}</div>
{paragraph(made, css="quiet")}<nav aria-label="Sections"><ul>{links}</ul></nav></header>
<main>
{main}</main>
</body>
</html>
"""


def _models(lineup: Sequence[Entry]) -> str:
    header, *rows = zip(FACTS, *map(_facts, lineup), strict=True)
    return table("What stands side by side", header, rows, css="words") + paragraph(describe_origin(lineup))


def _facts(entry: Entry) -> tuple[str, ...]:
    record = entry.record
    trained_on = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in _counts(record.get("trained_on")))
    return (
        entry.kind,
        entry.file,
        entry.sha256[:12],
        f"{entry.path.stat().st_size:,}",
        trained_on or NONE,
        str(record.get("code_version", NONE)),
        str(record.get("converted", NONE)),
        f"{entry.temperature:g}",
        NONE if entry.min_confidence is None else f"{entry.min_confidence:g}",
    )


def _counts(trained_on: Any) -> list[tuple[str, int]]:
    return [(name, count) for name, count in (trained_on or {}).items() if isinstance(count, int)]


def _comparison(comparison: Comparison) -> str:
    """All about one set."""
    pictures, results = comparison.pictures, comparison.results
    header, *rows = comparison.table
    parts = [paragraph(headline, css="headline") for headline in comparison.headline]
    parts += [table(pictures.size, header, rows), *map(paragraph, comparison.notes)]
    if results[0].answers.digits.any():
        parts += [_digits(results), show_confusions(results), _reliability(results[-1])]
    parts.append(_worst(comparison))
    parts += [
        _left_out("Nothing found", "Each digit here is a miss, and all of them are rejected", pictures.nothing_found),
        _left_out("Left out", "These count nowhere", pictures.unusable),
    ]
    return "".join(parts)


def _left_out(title: str, caption: str, left_out: Sequence[LeftOut]) -> str:
    if not left_out:
        return ""
    rows = [(printable(one.name), printable(one.reason)) for one in left_out]
    return f"<h3>{title}</h3>" + table(caption, ("file", "why"), rows, css="words")


def _digits(results: Sequence[Result]) -> str:
    header = ["digit", "n", *(f"{one.entry.kind} {what}" for one in results for what in ("precision", "recall"))]
    measured = [column for one in results for column in measure_digits(one.answers)]
    labels = results[0].answers.labels
    rows = [
        (DIGITS[digit], f"{(labels == digit).sum():,}", *(_percent(column[digit]) for column in measured))
        for digit in range(len(DIGITS))
    ]
    return f"<h3>Precision and recall by digit</h3>{paragraph(PRECISION)}" + table("By top-1", header, rows)


def _percent(share: float) -> str:
    return NONE if np.isnan(share) else f"{100 * share:.2f} %"


def _reliability(result: Result) -> str:
    before, after = measure_reliability(result.uncorrected), measure_reliability(result.answers)
    if after.counts.sum() < ECE_DIGITS:
        return ""
    alt = (
        f"Reliability diagram of {result.entry.kind}: accuracy by confidence. Calibration error "
        f"{100 * before.calibration_error:.2f} % at temperature 1, {100 * after.calibration_error:.2f} % after."
    )
    chart = image(as_png(draw_reliability(before, after, result.entry.temperature)), alt, css="chart")
    return f"<h3>Confidence of {escape(result.entry.kind)}</h3>{chart}{paragraph(ECE)}"


def _worst(comparison: Comparison) -> str:
    """The contact sheet of the model in use, the last one."""
    worst = find_worst(comparison.results[-1].answers)
    kind = comparison.results[-1].entry.kind
    if not len(worst):
        return f"<h3>Misses of {escape(kind)}</h3>" + paragraph("None.")
    figures = "".join(_miss(comparison, int(number)) for number in worst[:SHEET])
    count = f"{len(worst):,}" if len(worst) <= SHEET else f"{SHEET} of {len(worst):,}"
    words = f"{count} glyphs, the surest first: true label → what top-1 read; the reader's and the other models' view."
    return f'<h3>Worst misses of {escape(kind)}</h3>{paragraph(words)}<div class="sheet">{figures}</div>\n'


def _miss(comparison: Comparison, number: int) -> str:
    """One glyph, what it is, what each model reads, and whether the reader would show it."""
    *others, last = comparison.results
    answers, names = last.answers, comparison.pictures.names
    true, read = LABELS[answers.labels[number]], DIGITS[answers.read[number]]
    verdict = "accepted" if answers.accepted[number] else "rejected"
    lines = [f"<b>{true} → {read}</b> {100 * answers.confidence[number]:.0f} %", verdict]
    lines += [f"{escape(one.entry.kind)}: {DIGITS[one.answers.read[number]]}" for one in others]
    lines += [escape(printable(names[number]))] if names else [f"no. {number}"]
    glyph = image(_glyph_png(comparison.pictures.digits.glyphs[number]), f"a {true} that was read as {read}")
    return f"<figure>{glyph}<figcaption>{'<br>'.join(lines)}</figcaption></figure>\n"


def _glyph_png(glyph: Glyph) -> bytes:
    return bytes(cv2.imencode(".png", glyph)[1])


def _curves(lineup: Sequence[Entry]) -> str:
    parts = []
    for entry in lineup:
        curves = load_curves(entry.path.with_suffix(".curves.csv"))
        if curves:
            alt = (
                f"Loss and misses of {entry.kind} over {len(curves['loss'])} epochs; "
                f"at the end validation misses {100 * (1 - curves['val_accuracy'][-1]):.2f} % of its glyphs."
            )
            parts.append(f"<h3>{escape(entry.kind)}</h3>{image(as_png(draw_curves(curves)), alt, css='chart')}")
    return "".join(parts) or paragraph("No model here has its curves beside it.")
