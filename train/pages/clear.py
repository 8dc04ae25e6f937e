"""Clear pages: digits in rows on plain paper and nothing else, in even light or in a soft gradient."""

import cv2
import numpy as np

from train.digits.mnist import Digits
from train.pages.camera import light_up
from train.pages.pen import draw_digit
from train.pages.render import Page
from train.pages.sheet import Sheet

WIDTH, HEIGHT = 640, 480
"""Of a frame, px."""
SIZES = 20.0, 70.0
"""Height of the digits of one page, px, log uniform."""


def draw_clear_page(rng: np.random.Generator, digits: Digits) -> Page:
    """One page; its digits keep the strokes that they have."""
    size = int(np.exp(rng.uniform(*np.log(SIZES))))
    paper = np.full((HEIGHT, WIDTH), rng.uniform(0.6, 0.95), np.float32)
    sheet = Sheet(paper, float(rng.uniform(0.05, 0.35)), np.zeros((HEIGHT, WIDTH), np.int32))
    y = rng.uniform(15, 40)
    while y < HEIGHT - 10 - size:
        x = rng.uniform(10, 40)
        while x < WIDTH - 20 - size:
            number = int(rng.integers(len(digits)))
            mask = draw_digit(rng, digits.glyphs[number], height=size, pen=None, slant=0.0)
            sheet.write(mask, x, y, class_id=int(digits.labels[number]), strength=1.0)
            gap = rng.uniform(0.15, 0.4) if rng.random() < 0.8 else rng.uniform(1, 2)
            x += mask.shape[1] + gap * size
        y += rng.uniform(1.6, 3) * size
    light = light_up(rng, sheet.paper) if rng.random() < 0.5 else sheet.paper
    seen = cv2.GaussianBlur(light, (0, 0), float(rng.uniform(0.5, 1.2))) * 255 + rng.normal(0, 3, light.shape)
    return Page(np.clip(seen, 0, 255).astype(np.uint8), sheet.owner, tuple(sheet.class_ids), tuple(sheet.areas))
