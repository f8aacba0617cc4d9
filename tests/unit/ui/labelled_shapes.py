"""Images of twelve kinds of shapes other than digits, varying in position and size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

KINDS = (
    "bar",
    "post",
    "slash",
    "backslash",
    "plus",
    "cross",
    "box",
    "disc",
    "ring",
    "frame",
    "dots",
    "half & half",
)


def shapes(count: int, seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw `count` of each kind, kind by kind: images (12 · count, 784) uint8 and labels (12 · count,) uint8."""
    rng = np.random.default_rng(seed)
    images = [_shape(kind, rng) for kind in range(len(KINDS)) for _ in range(count)]
    return np.stack(images).reshape(-1, 784), np.repeat(np.arange(len(KINDS), dtype=np.uint8), count)


def _shape(kind: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    y, x = np.mgrid[:28, :28] - 13.5 - rng.uniform(-2, 2, (2, 1, 1))
    size, width = rng.uniform(7, 10), 1.5
    inside, far = np.maximum(abs(x), abs(y)) < size, np.hypot(x, y)
    inked = [
        abs(y) < width,
        abs(x) < width,
        abs(x + y) < width * 1.4,
        abs(x - y) < width * 1.4,
        (abs(x) < width) | (abs(y) < width),
        (abs(x - y) < width * 1.4) | (abs(x + y) < width * 1.4),
        inside,
        far < size,
        abs(far - size + 2) < width,
        abs(np.maximum(abs(x), abs(y)) - size + 2) < width,
        (np.sin(x * 1.2) * np.sin(y * 1.2)) > 0.4,
        x > 0,
    ][kind]
    return np.where(inked & inside, rng.integers(180, 256), 0).astype(np.uint8)
