"""Frames for tests, drawn stroke by stroke."""

import cv2
import numpy as np

PAPER, PEN = 220, 40


def draw_frame(height: int = 240, width: int = 320, *, paper: int = PAPER) -> np.ndarray:
    """A blank sheet, B,G,R."""
    return np.full((height, width, 3), paper, np.uint8)


def draw_one(frame: np.ndarray, x: int, y: int, *, height: int = 60, pen: int = PEN) -> None:
    """An upright stroke, a 1 to everybody; top at (x, y)."""
    cv2.line(frame, (x, y), (x, y + height), (pen, pen, pen), 5, cv2.LINE_AA)


def draw_zero(frame: np.ndarray, x: int, y: int, *, height: int = 60, pen: int = PEN) -> None:
    """An ellipse; its box's top left at (x, y)."""
    centre = x + height // 3, y + height // 2
    cv2.ellipse(frame, centre, (height // 3, height // 2), 0, 0, 360, (pen, pen, pen), 5, cv2.LINE_AA)


def light(frame: np.ndarray, *, darkest: float) -> np.ndarray:
    """The frame under a light that falls off to the right, down to `darkest` of what it was."""
    fall = np.linspace(1, darkest, frame.shape[1])[np.newaxis, :, np.newaxis]
    return (frame * fall).astype(np.uint8)
