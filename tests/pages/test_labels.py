"""Rendered pages are labelled by whose ink it is."""

import cv2
import numpy as np
import pytest

from edge.contract import NOT_A_DIGIT, Box
from edge.finding.segment import Candidate
from train.digits.mnist import Digits, load_sample
from train.pages.labels import Look, build_page_glyphs, build_page_glyphs_and_truths, find_looks, label_candidates
from train.pages.render import Page
from train.pages.world import bare_world


@pytest.fixture(scope="module")
def digits() -> Digits:
    return load_sample().train


def build_page(*items: tuple[Box, int], doubtful: bool = False) -> Page:
    """A page of filled boxes with their class_ids."""
    owner = np.zeros((100, 200), np.int32)
    for number, (box, _) in enumerate(items, 1):
        owner[box.y : box.bottom, box.x : box.right] = number
    class_ids, areas = tuple(one for _, one in items), tuple(box.width * box.height for box, _ in items)
    in_doubt = frozenset(range(len(items)) if doubtful else ())
    return Page(np.zeros((100, 200), np.uint8), owner, class_ids, areas, in_doubt)


def label(page: Page, box: Box) -> int | None:
    return label_candidates(page, [Candidate(box, np.full((box.height, box.width), 255, np.uint8))])[0]


def look(page: Page, ink: np.ndarray, *, x: int = 120, y: int = 20) -> Look | None:
    return find_looks(page, [Candidate(Box(x, y, ink.shape[1], ink.shape[0]), ink)])[0]


def draw_bar(*, lean_deg: float, thickness: int = 5) -> np.ndarray:
    """Ink of a straight stroke, 60 px long."""
    canvas = np.zeros((80, 80), np.uint8)
    across, down = 30 * np.sin(np.deg2rad(lean_deg)), 30 * np.cos(np.deg2rad(lean_deg))
    ends = [(round(40 + sign * across), round(40 - sign * down)) for sign in (1, -1)]
    cv2.line(canvas, *ends, 255, thickness)
    x, y, width, height = cv2.boundingRect(canvas)
    return canvas[y : y + height, x : x + width]


DIGIT, LETTER = (Box(20, 20, 20, 40), 7), (Box(60, 20, 20, 40), NOT_A_DIGIT)


class TestLabelCandidates:
    @pytest.mark.parametrize(
        ("box", "expected"),
        [
            (Box(20, 20, 20, 40), 7),  # just this digit
            (Box(60, 20, 20, 40), NOT_A_DIGIT),  # a letter
            (Box(20, 20, 60, 40), NOT_A_DIGIT),  # both in one
            (Box(20, 20, 20, 15), None),  # a piece of a digit teaches nothing
            (Box(120, 20, 40, 40), NOT_A_DIGIT),  # paper taken for ink
            (Box(18, 18, 24, 44), 7),  # blurred a little
            (Box(15, 15, 30, 50), None),  # blurred beyond recognition
        ],
    )
    def test_whose_ink_it_is_decides(self, box: Box, expected: int | None) -> None:
        assert label(build_page(DIGIT, LETTER), box) == expected

    def test_a_digit_cut_by_the_frame_teaches_nothing(self) -> None:
        page = build_page(DIGIT)
        cut = Page(page.frame, page.owner, page.class_ids, areas=(2 * page.areas[0],))
        assert label(cut, DIGIT[0]) is None

    def test_a_digit_whose_loop_is_filled_teaches_nothing(self) -> None:
        ring = np.zeros((100, 200), np.int32)
        cv2.ellipse(ring, (30, 40), (10, 20), 0, 0, 360, 1, 2)
        page = Page(np.zeros((100, 200), np.uint8), ring, (0,), (int(ring.sum()),))
        where = slice(19, 62), slice(19, 42)
        clear = ring[where].astype(np.uint8) * 255
        filled = cv2.morphologyEx(clear, cv2.MORPH_CLOSE, np.ones((25, 25), np.uint8), borderValue=0)
        assert look(page, clear, x=19, y=19) == Look(0)
        assert look(page, filled, x=19, y=19) is None


class TestDoubt:
    @pytest.mark.parametrize("lean_deg", [0, 20, -20, 40])
    def test_a_bare_upright_stroke_could_be_a_one_whoever_drew_it(self, lean_deg: float) -> None:
        assert look(build_page(DIGIT), draw_bar(lean_deg=lean_deg)) == Look(1, doubtful=True, written=False)

    @pytest.mark.parametrize(("lean_deg", "thickness"), [(60, 5), (90, 5), (0, 40)])
    def test_dashes_and_blots_are_no_ones(self, lean_deg: float, thickness: int) -> None:
        ink = draw_bar(lean_deg=lean_deg, thickness=thickness)
        assert look(build_page(DIGIT), ink) == Look(NOT_A_DIGIT, written=False)

    def test_a_bent_stroke_is_no_one(self) -> None:
        ink = draw_bar(lean_deg=0)
        hook = np.hstack([ink, np.zeros((len(ink), 12), np.uint8)])
        hook[-5:] = 255
        assert look(build_page(DIGIT), hook) == Look(NOT_A_DIGIT, written=False)

    def test_the_stem_of_a_letter_could_be_a_one(self) -> None:
        stem = np.full((40, 5), 255, np.uint8)
        assert look(build_page(LETTER), stem, x=60) == Look(1, doubtful=True)

    def test_a_coin_labels_half_of_what_is_in_doubt_as_the_digit(self) -> None:
        box = DIGIT[0]
        page = build_page(DIGIT, doubtful=True)
        rng = np.random.default_rng(0)
        inks = rng.integers(100, 256, (400, box.height, box.width)).astype(np.uint8)
        labels = label_candidates(page, [Candidate(box, ink) for ink in inks])
        assert set(labels) == {7, NOT_A_DIGIT}
        assert 160 < labels.count(7) < 240

    def test_the_coin_falls_alike_each_time(self) -> None:
        page, box = build_page(DIGIT, doubtful=True), DIGIT[0]
        assert label(page, box) == label(page, box)

    def test_a_digit_is_never_tossed(self) -> None:
        page, box = build_page(DIGIT), DIGIT[0]
        inks = np.random.default_rng(0).integers(100, 256, (50, box.height, box.width)).astype(np.uint8)
        assert set(label_candidates(page, [Candidate(box, ink) for ink in inks])) == {7}


class TestBuildPageGlyphs:
    def test_the_edge_finds_each_label_and_many_of_the_digits(self, digits: Digits) -> None:
        found, pages = build_page_glyphs_and_truths(digits, bare_world(), pages=12, seed=3, workers=1)
        assert set(found.labels) == set(range(11))
        assert (found.labels < NOT_A_DIGIT).sum() > 0.4 * sum(page.digits.sum() for page in pages)

    def test_the_number_of_workers_changes_nothing(self, digits: Digits) -> None:
        one, two = (build_page_glyphs(digits, bare_world(), pages=4, seed=3, workers=workers) for workers in (1, 2))
        assert np.array_equal(one.glyphs, two.glyphs)
        assert np.array_equal(one.labels, two.labels)
