"""A picture file's bytes -> an answer: the digit, its ten probabilities, and the glyph that the network saw.

Whatever was drawn, uploaded or photographed goes the road that every camera frame goes: found, cut out, normalized.
"""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import cv2
import numpy as np

from edge.contract import DIGITS, NOT_A_DIGIT, Box, Glyph, Glyphs, Logits, Probabilities
from edge.reading.classifier import softmax
from edge.reading.reader import judge
from train.digits.single import UnusableError, build_single_glyph

__all__ = ["Answer", "UnusableError", "answer_picture", "describe"]

MIN_CONFIDENCE = 0.5
"""Below it the answer is "?": all else together is likelier. Shipped models have a fitted one on their card."""
SHOWN_SIDE = 112
"""The glyph on the page, px."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a network makes of one picture."""

    label: str
    """The digit, or "?" where it is unsure or sees no digit."""
    guess: str
    """The likeliest digit, also then."""
    probabilities: Probabilities
    """Of the ten digits, (10,); what lacks to 1 is "not a digit"."""
    glyph: Glyph


def answer_picture(content: bytes, name: str, logits: Callable[[Glyphs], Logits]) -> Answer:
    """Find the one digit in a picture and ask a network what it is.

    Args:
        content: of the picture file.
        name: of the file; its suffix says how it is read.
        logits: a network, (N, 28, 28) -> (N, 11).

    Raises:
        UnusableError: there is no digit in it, or it is no picture; says why.
    """
    glyph = build_single_glyph(content, name)
    probabilities = softmax(logits(glyph[np.newaxis]))[0]
    verdict = judge(Box(0, 0, 0, 0), probabilities, MIN_CONFIDENCE)
    return Answer(verdict.label, verdict.guess, probabilities[:NOT_A_DIGIT], glyph)


def describe(answer: Answer) -> str:
    """The answer as HTML: what the network saw, what it says, and a bar for each of the ten digits."""
    rows = "".join(
        f"<tr><th>{digit}</th>"
        f'<td style="width:12em"><div style="background:#2b6cb0;height:1em;width:{100 * share:.1f}%"></div></td>'
        f"<td>{100 * share:.1f} %</td></tr>"
        for digit, share in zip(DIGITS, answer.probabilities, strict=True)
    )
    return (
        '<div style="display:flex;gap:2em;align-items:center">'
        f'<img alt="the glyph" width="{SHOWN_SIDE}" height="{SHOWN_SIDE}" style="image-rendering:pixelated" '
        f'src="data:image/png;base64,{_as_png(answer.glyph)}">'
        f'<b class="answer" style="font-size:4em">{escape(answer.label)}</b><table>{rows}</table></div>'
    )


def _as_png(glyph: Glyph) -> str:
    return b64encode(cv2.imencode(".png", glyph)[1].tobytes()).decode()
