"""Confusion matrices for the report, all in one scale of colours: of two cells the darker one is the larger share."""

from collections.abc import Sequence
from html import escape

import numpy as np

from edge.contract import DIGITS
from train.judging.comparison import Result
from train.judging.markup import paragraph, scroll
from train.metrics import NOTHING, count_confusion

STEPS = (0.0, 0.002, 0.01, 0.05, 0.2)
"""From which share of a row's digits on a cell has the next colour: the same of ten thousand digits as of seventy."""


def show_confusions(results: Sequence[Result]) -> str:
    """The matrices of all models, with what the colours mean."""
    words = paragraph("Rows are the true digit, columns what top-1 read. Empty: it never happened.")
    matrices = "".join(map(_show, results))
    return f'<h3>Confusion matrices</h3>{words}{_legend()}<div class="matrices">{matrices}</div>\n'


def find_step(count: int, row: int) -> int:
    """Which of the colours a wrong cell has, 0 to the last one."""
    return int(np.searchsorted(STEPS, count / row, side="right")) - 1


def _legend() -> str:
    ends = [f"from {100 * step:g} %" if step else f"under {100 * STEPS[1]:g} %" for step in STEPS]
    colours = "".join(f'<li><span class="wrong step{n}"></span>{end}</li>' for n, end in enumerate(ends))
    return f'<ul class="scale" aria-label="Colours"><li>of this row\'s digits, read wrong:</li>{colours}</ul>\n'


def _show(result: Result) -> str:
    matrix = count_confusion(result.answers)
    columns = [*DIGITS, "none"] if matrix[:, NOTHING].any() else list(DIGITS)
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{DIGITS[row]}</th>'
        + "".join(_cell(int(counts[column]), int(counts.sum()), right=row == column) for column in range(len(columns)))
        + "</tr>\n"
        for row, counts in enumerate(matrix)
    )
    return scroll(f"""<table class="matrix"><caption>{escape(result.entry.kind)}</caption>
<thead><tr><th scope="col">is a</th>{head}</tr></thead>
<tbody>{body}</tbody></table>""")


def _cell(count: int, row: int, *, right: bool) -> str:
    if not count:
        return "<td></td>"
    return f'<td class="{"right" if right else f"wrong step{find_step(count, row)}"}">{count}</td>'
