"""Pages whose truth is known because it was drawn by hand; for tests."""

import cv2
import numpy as np

from edge.contract import NOT_A_DIGIT
from edge.finding.light import even_out
from train.pages.truth import Truth

PAPER, PEN = 215, 50


def draw_truth(
    *rows: tuple[str, int, int, int], shape: tuple[int, int] = (480, 640), unclear: tuple[int, ...] = ()
) -> Truth:
    """Paper with rows of signs, each apart: text, left, top and height in px.

    A digit is drawn as a ring, anything else as a cross.
    """
    frame, places, class_ids = np.full(shape, PAPER, np.uint8), [], []
    for text, left, top, height in rows:
        width = round(0.6 * height)
        for number, sign in enumerate(text):
            x = left + number * round(0.9 * height)
            thickness = max(1, height // 12)
            inner = thickness // 2 + 1
            box = x + inner, top + inner, x + width - inner, top + height - inner
            if sign.isdecimal():
                draw_ring(frame, box, thickness)
            else:
                draw_cross(frame, box, thickness)
            places.append((x, top, x + width, top + height))
            class_ids.append(int(sign) if sign.isdecimal() else NOT_A_DIGIT)
    clear = np.ones(len(places), np.bool_)
    clear[list(unclear)] = False
    boxes = np.array(places, np.float32).reshape(-1, 4)
    return Truth(frame, boxes, np.array(class_ids, np.int64), clear, even_out(frame)[1])


def draw_ring(frame: np.ndarray, box: tuple[int, int, int, int], thickness: int) -> None:
    centre, axes = ((box[0] + box[2]) // 2, (box[1] + box[3]) // 2), ((box[2] - box[0]) // 2, (box[3] - box[1]) // 2)
    cv2.ellipse(frame, centre, axes, 0, 0, 360, PEN, thickness, cv2.LINE_AA)


def draw_cross(frame: np.ndarray, box: tuple[int, int, int, int], thickness: int) -> None:
    cv2.line(frame, box[:2], box[2:], PEN, thickness, cv2.LINE_AA)
    cv2.line(frame, (box[0], box[3]), (box[2], box[1]), PEN, thickness, cv2.LINE_AA)
