"""Frame -> Reading: the road that every pixel takes, as one readable function."""

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from edge.contract import (
    DIGITS,
    GLYPH_SIDE,
    LOW_CONFIDENCE,
    NO_DIGIT,
    NOT_A_DIGIT,
    Box,
    Detection,
    Frame,
    Glyphs,
    LeftOut,
    Probabilities,
    Reading,
)
from edge.errors import ModelError
from edge.finding.crops import Zoom, cut_crops, normalize_crops
from edge.finding.ink import find_ink
from edge.finding.loose import find_loose
from edge.finding.segment import Candidate, find_candidates
from edge.finding.sight import find_reason
from edge.reading.context import meet, weigh_company
from edge.reading.glyph import normalize
from edge.reading.hypotheses import classify_candidates
from edge.reading.join import is_digit
from edge.reading.lines import Rows, find_lines, group_rows
from edge.reading.model_set import LOCAL_MODEL, SHIPPED_MODEL, ModelSet, describe_owner, load_set
from edge.reading.union import (
    Pool,
    Weights,
    choose_crops,
    pool_candidates,
)

MAX_SIDE = 2000
"""Larger frames are reduced to this longest side, px: digits stay large enough, time stays bounded."""

CLEAR = 0.5
"""A glyph that the classifier makes a digit with at least this probability is neither cut on trial nor joined: the crop
and the finder have not been heard yet, so this is no min_confidence."""

logger = logging.getLogger(__name__)


class Reader:
    """Reads handwritten digits in frames.

    Args:
        models: the networks to ask.
        min_confidence: 0 to 1; below it a detection is rejected. None: what the classifier's card says.
    """

    def __init__(self, models: ModelSet, min_confidence: float | None = None) -> None:
        card = models.classifier.card
        self._models = models
        self.min_confidence = card.min_confidence if min_confidence is None else min_confidence
        self._was_full = False
        self.model_id, self.finder_id = models.classifier.model_id, models.finder_id

    def read(self, frame: Frame) -> Reading:
        """Read one frame, uint8 (height, width, 3) B,G,R or (height, width) grey.

        Raises:
            ValueError: frame is empty or of another dtype or shape.
        """
        start = time.perf_counter()
        left_out, scale = LeftOut(), 1.0
        found = self._read_loose(frame)
        rows = group_rows([candidate.box for candidate, _ in found])
        if not found:
            small, scale = reduce_frame(frame)
            pool = look_twice(small, self._models, left_out)
            found, rows = judge_candidates(pool, self._models.weights)
        detections = [
            replace(
                judge(_scale_box(candidate.box, scale), row, self.min_confidence),
                ink=candidate.ink,
                cut_free=candidate.cut_free,
            )
            for candidate, row in found
        ]
        lines, candidates = find_lines(detections, rows)
        self._tell(left_out)
        height, width = frame.shape[:2]
        latency_ms = (time.perf_counter() - start) * 1000
        reason = None if lines else find_reason(frame)
        model, finder = self.model_id, self.finder_id
        return Reading(lines, candidates, width, height, model, finder, latency_ms, reason, left_out.total())

    def _read_loose(self, frame: Frame) -> list[tuple[Candidate, Probabilities]]:
        """The digit that fills the frame, with its probabilities, (11,); empty where none does."""
        loose = find_loose(frame)
        row = self._models.classifier.probabilities(build_glyphs([loose]))[0] if loose else None
        return [] if loose is None or row is None or not is_digit(row, self.min_confidence) else [(loose, row)]

    def _tell(self, left_out: LeftOut) -> None:
        """Say what is left out, once for all frames of a full page."""
        is_full = left_out.total() > 0
        if is_full and not self._was_full:
            named = ", ".join(f"{count} {what}" for what, count in left_out.items() if count)
            logger.info("too much to see: left out %s. Go closer, or show less (--roi).", named)
        self._was_full = is_full


def look_twice(frame: Frame, models: ModelSet, left_out: LeftOut | None = None) -> Pool:
    """What contours and the finder take for digits in a frame, and what classifier and reader of crops say of it."""
    grey = frame if frame.ndim == 2 else np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)

    def classify(candidates: Sequence[Candidate]) -> Probabilities:
        return models.classifier.probabilities(build_glyphs(candidates))

    left_out = LeftOut() if left_out is None else left_out
    candidates, found = find_candidates(find_ink(frame), left_out), models.finder.find(grey)
    contours = classify_candidates(
        candidates, found.lies_in([one.box for one in candidates]), classify, CLEAR, left_out
    )
    pool = pool_candidates(contours, found, grey)
    asked = choose_crops(pool)
    pool.crop[asked] = models.crops.probabilities(normalize_crops(cut_crops(Zoom(grey), pool.places[asked])))
    return pool


def judge_candidates(pool: Pool, weights: Weights) -> tuple[list[tuple[Candidate, Probabilities]], Rows]:
    """The candidates that stay with their probabilities, (11,), after their neighbours were heard; and their rows."""
    company = meet(pool, weights)
    return list(zip(company.candidates, weigh_company(company, weights.company), strict=True)), company.rows


def open_reader(model: Path | None = None, min_confidence: float | None = None) -> Reader:
    """A reader with the set of the given model, else of the local one when it is whole, else the shipped one.

    Raises:
        ModelError: there is no model that fits.
        SetupError: no TFLite runtime works here.
    """
    model = model or choose_model()
    models = load_set(model)
    classifier = models.classifier
    logger.info(
        "%s: %s, finder %s, run by %s",
        describe_owner(model, classifier.card.origin),
        classifier.model_id,
        models.finder_id,
        classifier.network.runtime,
    )
    return Reader(models, min_confidence)


def choose_model(local: Path = LOCAL_MODEL) -> Path:
    """The local model when its card fits and its set is whole, else the shipped one."""
    if not local.exists():
        return SHIPPED_MODEL
    try:
        load_set(local)
    except ModelError as error:
        logger.warning("using the shipped model: %s", error)
        return SHIPPED_MODEL
    return local


def reduce_frame(frame: Frame) -> tuple[Frame, float]:
    """The frame at most MAX_SIDE px long, and by what its pixels must be multiplied to get back."""
    longest = max(frame.shape[:2])
    if longest <= MAX_SIDE:
        return frame, 1.0
    scale = longest / MAX_SIDE
    size = max(1, round(frame.shape[1] / scale)), max(1, round(frame.shape[0] / scale))
    return cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.uint8), scale


def build_glyphs(candidates: Sequence[Candidate]) -> Glyphs:
    """The candidates' glyphs: uint8, (N, 28, 28)."""
    if not candidates:
        return np.empty((0, GLYPH_SIDE, GLYPH_SIDE), np.uint8)
    return np.stack([normalize(candidate.ink) for candidate in candidates])


def judge(box: Box, probabilities: Probabilities, min_confidence: float) -> Detection:
    """Accept or reject one candidate by its 11 probabilities."""
    guess = int(probabilities[:NOT_A_DIGIT].argmax())
    confidence = float(probabilities[guess])
    reason = None
    if probabilities.argmax() == NOT_A_DIGIT:
        reason = NO_DIGIT
    elif confidence < min_confidence:
        reason = LOW_CONFIDENCE
    return Detection(box, DIGITS[guess], confidence, reason)


def _scale_box(box: Box, scale: float) -> Box:
    if scale == 1.0:
        return box
    x, y = round(box.x * scale), round(box.y * scale)
    return Box(x, y, max(1, round(box.right * scale) - x), max(1, round(box.bottom * scale) - y))
