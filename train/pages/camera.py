"""A simulated camera over a sheet: perspective, uneven light, shadow, blur, sensor noise, JPEG."""

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Light = NDArray[np.float32]
"""Brightness, 0 to 1, (height, width)."""
Owner = NDArray[np.int32]
"""Which item covers each pixel, (height, width): 0 none, else its index + 1."""


def tilt(rng: np.random.Generator, sheet: Light, owner: Owner, *, strength: float) -> tuple[Light, Owner]:
    """Look at the sheet from a little aside: both maps through one perspective."""
    height, width = sheet.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + rng.normal(0, strength, (4, 2)).astype(np.float32) * min(height, width)
    angle, middle = np.deg2rad(rng.normal(0, 40 * strength)), np.array([width / 2, height / 2])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = ((moved - middle) @ turn.T + middle).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, moved)
    # Usually the sheet is larger than the frame; else its edge and the table beneath are seen.
    edge = cv2.BORDER_REPLICATE if rng.random() < 0.8 else cv2.BORDER_CONSTANT
    table = float(rng.uniform(0.05, 0.9))
    size = (width, height)
    seen = cv2.warpPerspective(sheet, matrix, size, flags=cv2.INTER_LINEAR, borderMode=edge, borderValue=table)
    owned = cv2.warpPerspective(owner.astype(np.float32), matrix, size, flags=cv2.INTER_NEAREST)
    return seen.astype(np.float32), owned.astype(np.int32)


def light_up(rng: np.random.Generator, sheet: Light) -> Light:
    """Gradient, vignetting and, at times, the shadow of a hand or a phone."""
    height, width = sheet.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    angle, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.3)
    light = 1 + slope * (np.cos(angle) * x + np.sin(angle) * y) - rng.uniform(0, 0.18) * (x * x + y * y)
    if rng.random() < 0.25:
        corners = rng.uniform(-0.3, 1.3, (int(rng.integers(3, 6)), 2)) * (width, height)
        shadow = np.zeros(sheet.shape, np.float32)
        cv2.fillPoly(shadow, [cv2.convexHull(corners.astype(np.int32))], 1.0)
        softness = max(width, height) * float(np.exp(rng.uniform(np.log(0.004), np.log(0.15))))
        light = light * (1 - rng.uniform(0.15, 0.6) * _soften(shadow, softness))
    return np.asarray(sheet * np.clip(light, 0.05, None), np.float32)


def expose(rng: np.random.Generator, light: Light) -> Grey:
    """Through lens and sensor to 8 bits: defocus or motion blur, sharpening, noise, JPEG; or by a scanner."""
    if rng.random() < 0.06:
        return _scan(rng, light)
    longest = max(light.shape)
    blur = float(np.exp(rng.uniform(np.log(0.3), np.log(1.6)))) * longest / 1000
    seen: Light = cv2.GaussianBlur(light, (0, 0), max(0.3, blur)).astype(np.float32)
    if rng.random() < 0.15:
        seen = cv2.filter2D(seen, -1, _motion(rng, max(2, round(longest / 250)))).astype(np.float32)
    if rng.random() < 0.3:
        seen = seen + rng.uniform(0.3, 1.0) * (seen - cv2.GaussianBlur(seen, (0, 0), 1.5))
    # Dim rooms, and at times more light than the sensor can tell apart: paper burns out.
    gain = rng.choice([rng.uniform(0.7, 1.2), rng.uniform(0.18, 0.7), rng.uniform(1.2, 1.4)], p=[0.8, 0.14, 0.06])
    noise: Light = rng.standard_normal(seen.shape, np.float32)
    if rng.random() < 0.5:  # a camera's own noise filter leaves blotches
        noise = cv2.GaussianBlur(noise, (0, 0), 0.8).astype(np.float32) * 2
    strength = np.exp(rng.uniform(np.log(0.002), np.log(0.025)))
    exposed = seen * gain + strength * noise * np.sqrt(np.clip(seen * gain, 0.1, 1))
    grey = np.clip(exposed * 255, 0, 255).astype(np.uint8)
    quality = int(rng.integers(35, 97)) if rng.random() < 0.85 else int(rng.integers(12, 35))
    return _compress(grey, quality=quality) if rng.random() < 0.8 else grey


def _scan(rng: np.random.Generator, light: Light) -> Grey:
    """Black or white by a threshold, as fax and scanner do it; or what a program draws: no light, no noise."""
    soft = cv2.GaussianBlur(light, (0, 0), float(rng.uniform(0.3, 1.2)))
    grey = np.clip(soft * 255, 0, 255).astype(np.uint8)
    kind = rng.random()
    if kind < 0.3:
        return grey
    if kind < 0.45:
        return np.asarray(cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1], np.uint8)
    window = 2 * max(1, int(min(light.shape) * rng.uniform(0.03, 0.12))) + 1
    by_mean = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, window, rng.uniform(8, 20)
    )
    return np.asarray(by_mean, np.uint8)


def _compress(grey: Grey, *, quality: int) -> Grey:
    """To JPEG and back."""
    content = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(content, cv2.IMREAD_GRAYSCALE), np.uint8)


def _soften(mask: Light, sigma: float) -> Light:
    """Gaussian blur of any width, fast: wide ones are done on a small picture."""
    shrink = max(1, int(sigma / 4))
    height, width = mask.shape
    small = cv2.resize(mask, (max(1, width // shrink), max(1, height // shrink)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), max(0.5, sigma / shrink))
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)


def _motion(rng: np.random.Generator, length: int) -> Light:
    kernel = np.zeros((length, length), np.float32)
    angle = rng.uniform(0, np.pi)
    end = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    a, b = np.round(length / 2 - end).astype(int), np.round(length / 2 + end).astype(int)
    cv2.line(kernel, a.tolist(), b.tolist(), 1.0)
    return kernel / max(1.0, float(kernel.sum()))
