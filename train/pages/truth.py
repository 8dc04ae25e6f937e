"""Where digits and other writing stand on a rendered page, as boxes: finder and reader of crops learn from it."""

from dataclasses import dataclass

import cv2
import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.ndimage import find_objects
from tqdm import tqdm

from edge.contract import NOT_A_DIGIT, Grey, Labels
from edge.finding.crops import Places
from edge.finding.finder import share_of_union, widen
from edge.finding.light import even_out
from train.digits.mnist import Digits
from train.pages.render import Page, render_page
from train.pages.world import Part, open_world

UNKNOWN = -1
"""Label of a place that is neither a digit nor none: part of one, an unclear one."""
LEAST_SIDE = 7
"""Nobody can read a digit whose longer side is shorter than this, px."""
SAME, OTHER = 0.6, 0.35
"""A found box is the digit with which it shares so much of their union, and none that shares less than the second."""
COVERED, CUT = 0.5, 0.85
"""An item that shows less than this share of its pixels, counted in the page's median, is covered; one at the border of
the frame, cut."""
LEAST_CONTRAST, AGAINST_NOISE = 0.05, 1.0
"""An item is seen when its strokes differ from the paper around by this much, natural logarithm, and by so many
standard deviations of that paper: measured on its own pixels, since rulings are contrast, too."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A rendered frame and the boxes of what is written on it."""

    frame: Grey
    """uint8, (height, width)."""
    places: Places
    """(N, 4)."""
    class_ids: Labels
    """(N,), 0 to 10."""
    clear: NDArray[np.bool_]
    """(N,): False where nobody can say: unclear, doubtful, cut, covered, too faint or too small."""
    spread: float
    """Standard deviation of the frame's even light."""

    @property
    def digits(self) -> NDArray[np.bool_]:
        """Which are digits that can be read, (N,)."""
        return np.asarray((self.class_ids != NOT_A_DIGIT) & self.clear, np.bool_)


def build_truths(digits: Digits, *, part: Part, pages: int, seed: int, workers: int = 2) -> list[Truth]:
    """Render pages of these digits; page k follows from (seed, k) alone."""
    tasks = (delayed(_render_truth)(digits, part, seed, number) for number in range(pages))
    return list(tqdm(Parallel(workers, return_as="generator")(tasks), "pages", pages, unit="page", mininterval=1))


def tell_truth(page: Page) -> Truth:
    """The boxes of all items of a page that show at least one pixel."""
    found = [(item, where) for item, where in enumerate(find_objects(page.owner)) if where is not None]
    even, spread = even_out(page.frame)
    shown = np.bincount(page.owner.ravel(), minlength=len(page.class_ids) + 1)[1:]
    share = shown / np.maximum(page.areas, 1)
    usual = float(np.median(share[[item for item, _ in found]])) if found else 1.0
    hidden = page.doubtful | page.unclear
    clear = [
        item not in hidden
        and _is_whole(where, page.frame.shape, share[item] / usual)
        and _is_seen(page, even, item, where)
        for item, where in found
    ]
    places = [(x.start, y.start, x.stop, y.stop) for _, (y, x) in found]
    return Truth(
        page.frame,
        np.array(places, np.float32).reshape(-1, 4),
        np.array([page.class_ids[item] for item, _ in found], np.int64),
        np.array(clear, np.bool_),
        spread,
    )


def label_places(page: Truth, places: Places) -> Labels:
    """What found places are: 0 to 10; UNKNOWN where nobody can say (half a digit too much, an unclear one): (N,)."""
    labels = np.full(len(places), NOT_A_DIGIT, np.int64)
    if not len(places) or not len(page.places):
        return labels
    share = share_of_union(widen(places), widen(page.places))
    best = share.argmax(axis=1)
    most = share[np.arange(len(places)), best]
    is_digit = page.digits[best]
    labels[(most >= SAME) & is_digit] = page.class_ids[best][(most >= SAME) & is_digit]
    labels[(most >= OTHER) & (most < SAME) & is_digit] = UNKNOWN
    unclear = ~page.clear
    if unclear.any():
        labels[(share[:, unclear].max(axis=1) > 0.2) & (labels == NOT_A_DIGIT)] = UNKNOWN
    return labels


def _render_truth(digits: Digits, part: Part, seed: int, number: int) -> Truth:
    cv2.setNumThreads(1)  # the pages share the cores, not each its pixels
    return tell_truth(render_page(np.random.default_rng([seed, number]), digits, open_world(part)))


def _is_whole(where: tuple[slice, slice], shape: tuple[int, ...], share: float) -> bool:
    y, x = where
    at_border = y.start == 0 or x.start == 0 or y.stop == shape[0] or x.stop == shape[1]
    return share >= (CUT if at_border else COVERED) and max(y.stop - y.start, x.stop - x.start) >= LEAST_SIDE


def _is_seen(page: Page, even: NDArray[np.float32], item: int, where: tuple[slice, slice]) -> bool:
    around = tuple(slice(max(0, side.start - 3), side.stop + 3) for side in where)
    owner, light = page.owner[around], even[around]
    paper = light[cv2.dilate((owner > 0).astype(np.uint8), np.ones((3, 3), np.uint8)) == 0]
    if paper.size < 8:
        return True  # writing all around: it stands out of what it is written over
    contrast = abs(float(light[owner == item + 1].mean()) - float(np.median(paper)))
    return contrast >= max(LEAST_CONTRAST, AGAINST_NOISE * float(np.median(np.abs(paper - np.median(paper)))))
