"""The report of `make evaluate`: one HTML file with all its pictures inside, and nothing loaded from elsewhere."""

import base64
from collections.abc import Iterable, Sequence
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
from train.judging.lineup import Entry, describe_origin
from train.metrics import BINS, NOTHING, count_confusion, find_worst, measure_digits, measure_reliability
from train.store import code_version

CSS = Path(__file__).with_suffix(".css")
SHEET = 60
"""So many misses are shown of each set."""
FACTS = ("model", "file", "sha256", "bytes", "trained on", "code", "converted", "temperature", "min_confidence")
PRECISION = (
    "Precision: of what was read as this digit, the share that is one. "
    "Recall: of these digits, the share that was read as such."
)
ECE = (
    f"Calibration error (ECE): the digits are put into {BINS} bins of equal width by confidence, the probability of "
    "the best digit among all 11 classes after temperature. In each bin it is the gap between mean confidence and the "
    "share that is right; the mean of these gaps is weighted by the digits in the bin. Digits in which nothing was "
    "found have no confidence and do not count. The temperature was fitted on digits of rendered pages, too, which are "
    f"harder than MNIST's. Sets of fewer than {ECE_DIGITS} digits are too small for it."
)


def build_report(lineup: Sequence[Entry], comparisons: Sequence[Comparison]) -> str:
    """The whole page."""
    titles = ["Models", *(one.pictures.title for one in comparisons), "Learning curves"]
    parts = [_models(lineup), *(_comparison(one) for one in comparisons), _curves(lineup)]
    links = "".join(f'<li><a href="#s{n}">{escape(title)}</a></li>' for n, title in enumerate(titles))
    sections = "".join(
        f'<section id="s{n}"><h2>{escape(title)}</h2>\n{part}</section>\n'
        for n, (title, part) in enumerate(zip(titles, parts, strict=True))
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
{_paragraph(made)}<nav aria-label="Sections"><ul>{links}</ul></nav></header>
<main>
{sections}</main>
</body>
</html>
"""


def _models(lineup: Sequence[Entry]) -> str:
    header, *rows = zip(FACTS, *map(_facts, lineup), strict=True)
    return _table("What stands side by side", header, rows, css="words") + _paragraph(describe_origin(lineup))


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
    parts = [_table(pictures.size, header, rows), *map(_paragraph, comparison.notes)]
    if results[0].answers.digits.any():
        parts += [_digits(results), _confusions(results), _reliability(results[-1])]
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
    return f"<h3>{title}</h3>" + _table(caption, ("file", "why"), rows, css="words")


def _digits(results: Sequence[Result]) -> str:
    header = ["digit", "n", *(f"{one.entry.kind} {what}" for one in results for what in ("precision", "recall"))]
    measured = [column for one in results for column in measure_digits(one.answers)]
    labels = results[0].answers.labels
    rows = [
        (DIGITS[digit], f"{(labels == digit).sum():,}", *(_percent(column[digit]) for column in measured))
        for digit in range(len(DIGITS))
    ]
    return f"<h3>Precision and recall by digit</h3>{_paragraph(PRECISION)}" + _table("By top-1", header, rows)


def _percent(share: float) -> str:
    return NONE if np.isnan(share) else f"{100 * share:.2f} %"


def _confusions(results: Sequence[Result]) -> str:
    words = _paragraph("Rows are the true digit, columns what top-1 read.")
    return f'<h3>Confusion matrices</h3>{words}<div class="matrices">{"".join(map(_confusion, results))}</div>\n'


def _confusion(result: Result) -> str:
    matrix = count_confusion(result.answers)
    columns = [*DIGITS, "none"] if matrix[:, NOTHING].any() else list(DIGITS)
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{DIGITS[row]}</th>'
        + "".join(_cell(matrix[row, column], wrong[row, column], wrong.max()) for column in range(len(columns)))
        + "</tr>\n"
        for row in range(len(DIGITS))
    )
    return f"""<div class="wide" tabindex="0"><table class="matrix"><caption>{escape(result.entry.kind)}</caption>
<thead><tr><th scope="col">is a</th>{head}</tr></thead>
<tbody>{body}</tbody></table></div>
"""


def _cell(count: int, wrong: int, most: int) -> str:
    if not count:
        return "<td></td>"
    if not wrong:
        return f'<td class="right">{count}</td>'
    return f'<td class="wrong" style="--share: {0.15 + 0.5 * wrong / most:.2f}">{count}</td>'


def _reliability(result: Result) -> str:
    before, after = measure_reliability(result.uncorrected), measure_reliability(result.answers)
    if after.counts.sum() < ECE_DIGITS:
        return ""
    alt = (
        f"Reliability diagram of {result.entry.kind}: accuracy by confidence. Calibration error "
        f"{100 * before.calibration_error:.2f} % at temperature 1, {100 * after.calibration_error:.2f} % after."
    )
    chart = _image(as_png(draw_reliability(before, after, result.entry.temperature)), alt, css="chart")
    return f"<h3>Confidence of {escape(result.entry.kind)}</h3>{chart}{_paragraph(ECE)}"


def _worst(comparison: Comparison) -> str:
    """The contact sheet of the model in use, the last one."""
    worst = find_worst(comparison.results[-1].answers)
    kind = comparison.results[-1].entry.kind
    if not len(worst):
        return f"<h3>Misses of {escape(kind)}</h3>" + _paragraph("None.")
    figures = "".join(_miss(comparison, int(number)) for number in worst[:SHEET])
    count = f"{len(worst):,}" if len(worst) <= SHEET else f"{SHEET} of {len(worst):,}"
    words = f"{count} glyphs, the surest first: true label → what top-1 read; the reader's and the other models' view."
    return f'<h3>Worst misses of {escape(kind)}</h3>{_paragraph(words)}<div class="sheet">{figures}</div>\n'


def _miss(comparison: Comparison, number: int) -> str:
    """One glyph, what it is, what each model reads, and whether the reader would show it."""
    *others, last = comparison.results
    answers, names = last.answers, comparison.pictures.names
    true, read = LABELS[answers.labels[number]], DIGITS[answers.read[number]]
    verdict = "accepted" if answers.accepted[number] else "rejected"
    lines = [f"<b>{true} → {read}</b> {100 * answers.confidence[number]:.0f} %", verdict]
    lines += [f"{escape(one.entry.kind)}: {DIGITS[one.answers.read[number]]}" for one in others]
    lines += [escape(printable(names[number]))] if names else [f"no. {number}"]
    image = _image(_glyph_png(comparison.pictures.digits.glyphs[number]), f"a {true} that was read as {read}")
    return f"<figure>{image}<figcaption>{'<br>'.join(lines)}</figcaption></figure>\n"


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
            parts.append(f"<h3>{escape(entry.kind)}</h3>{_image(as_png(draw_curves(curves)), alt, css='chart')}")
    return "".join(parts) or _paragraph("No model here has its curves beside it.")


def _table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]], *, css: str = "") -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>\n'
        for first, *rest in rows
    )
    return f"""<div class="wide" tabindex="0"><table class="{css}"><caption>{escape(caption)}</caption>
<thead><tr>{head}</tr></thead>
<tbody>{body}</tbody></table></div>
"""


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>\n"


def _image(png: bytes, alt: str, *, css: str = "glyph") -> str:
    content = base64.b64encode(png).decode("ascii")
    return f'<img class="{css}" alt="{escape(alt)}" src="data:image/png;base64,{content}">'
