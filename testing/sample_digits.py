"""Digits to draw: handmade ones, and recorded ones if that data is available."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recipe import unipen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Strokes = list[NDArray[np.float64]]

CANVAS = 280
"""The side of the paper for these strokes; code that draws them in the app scales them to its canvas."""
FILLED = 200

# Each stroke is a few points on a smooth curve, in percent of the canvas, with x to the right and y downward.
WRITTEN: dict[str, list[list[tuple[int, int]]]] = {
    "0": [
        [(54, 17), (40, 22), (30, 40), (29, 60), (38, 78), (52, 83), (65, 74), (71, 55), (68, 33), (58, 19), (51, 17)]
    ],
    "1": [[(53, 16), (52, 35), (50, 58), (48, 84)]],
    "2": [
        [(31, 33), (37, 20), (52, 15), (65, 23), (66, 38), (56, 54), (42, 69), (29, 82), (45, 80), (58, 81), (73, 80)]
    ],
    "3": [
        [(32, 22), (46, 15), (62, 20), (64, 33), (54, 44), (43, 48), (58, 51), (68, 63), (63, 77), (48, 84), (31, 78)]
    ],
    "4": [
        [(39, 17), (35, 32), (28, 50), (28, 55), (43, 55), (58, 53), (74, 52)],
        [(62, 20), (60, 42), (58, 63), (56, 86)],
    ],
    "5": [
        [(36, 18), (35, 30), (33, 45), (47, 42), (62, 49), (66, 63), (58, 78), (44, 84), (30, 79)],
        [(36, 18), (50, 17), (68, 16)],
    ],
    "6": [
        [(61, 15), (47, 25), (36, 43), (32, 62), (37, 78), (50, 84), (63, 77), (66, 65), (58, 54), (45, 54), (35, 66)]
    ],
    "7": [[(29, 21), (44, 20), (58, 20), (70, 19), (63, 36), (55, 54), (49, 70), (45, 86)]],
    "8": [
        [
            (64, 25),
            (54, 16),
            (40, 20),
            (37, 32),
            (47, 44),
            (61, 56),
            (66, 71),
            (56, 83),
            (42, 81),
            (35, 69),
            (44, 54),
            (58, 42),
            (66, 30),
            (63, 23),
        ]
    ],
    "9": [
        [(65, 31), (56, 20), (42, 21), (34, 34), (39, 46), (52, 48), (63, 39), (66, 29), (65, 48), (61, 67), (57, 85)]
    ],
    "1 with a flag": [[(38, 32), (46, 24), (53, 16)], [(53, 16), (53, 40), (52, 62), (52, 85)]],
    "4 in one line": [
        [(60, 85), (61, 60), (61, 38), (62, 16), (48, 33), (36, 48), (27, 60), (45, 60), (62, 59), (76, 59)]
    ],
    "5 in one line": [
        [(66, 18), (52, 18), (38, 19), (36, 33), (34, 46), (48, 42), (62, 48), (67, 62), (60, 77), (45, 83), (31, 78)]
    ],
    "7 with a bar": [[(30, 20), (45, 20), (70, 18), (62, 40), (53, 62), (45, 85)], [(40, 52), (53, 51), (67, 50)]],
}


def digit(name: str) -> Strokes:
    """Return a handmade digit, "0" to "9" or a variant: (n, 2) arrays of x and y in canvas pixels, y downward."""
    return [_smooth(np.array(stroke) * (CANVAS / 100)) for stroke in WRITTEN[name]]


def recorded(path: Path, count: int, seed: int = 0) -> list[tuple[int, Strokes]]:
    """Return labels and strokes of recorded digits, placed as if drawn on the canvas.

    Labels are balanced, and writers nearly so. The strokes are (n, 2) arrays in canvas pixels, y downward; each
    digit is centred on the canvas, and its longer side is 200 pixels.
    """
    digits = unipen.read(path)
    rng = np.random.default_rng(seed)
    left = [digits[i] for i in rng.permutation(len(digits))]
    taken: Counter[int] = Counter()
    chosen = []
    for number in range(count):
        of_label = [i for i, one in enumerate(left) if one.label == number % 10]
        one = left.pop(min(of_label, key=lambda i: taken[left[i].writer]))
        taken[one.writer] += 1
        chosen.append((one.label, _on_canvas(one.strokes)))
    return chosen


def _on_canvas(strokes: Sequence[NDArray[np.float64]]) -> Strokes:
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = FILLED / max(high - low)
    return [(stroke - (low + high) / 2) * scale + CANVAS / 2 for stroke in strokes]


def _smooth(corners: NDArray[np.float64], points_between: int = 5) -> NDArray[np.float64]:
    """Return points on a Catmull-Rom spline through the corners, in writing order."""
    padded = np.concatenate([corners[:1], corners, corners[-1:]])
    t = np.linspace(0, 1, points_between, endpoint=False)[:, None]
    pieces = [
        b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
        for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False)
    ]
    return np.concatenate([*pieces, corners[-1:]])
