"""Meaningless cursive writing: words and signatures, as strokes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from recipe.negatives.curves import curve

if TYPE_CHECKING:
    from recipe.negatives.curves import Drawing

# The pen's path through each letter: x from its start; y from 0, the top of small letters, to 1, the baseline.
_LETTERS: Final = (
    ((0.0, 1.0), (0.1, 0.1), (0.4, 0.0), (0.5, 0.3), (0.55, 1.0)),  # an arch
    ((0.0, 0.0), (0.05, 0.8), (0.3, 1.0), (0.5, 0.7), (0.55, 0.0)),  # its reverse
    ((0.0, 0.6), (0.4, 0.3), (0.2, 0.0), (0.0, 0.5), (0.25, 1.0), (0.55, 0.8)),  # a small loop
    ((0.0, 0.8), (0.35, -0.6), (0.15, -0.9), (0.05, 0.5), (0.25, 1.0), (0.5, 0.8)),  # a loop upward
    ((0.3, 0.1), (0.3, 1.6), (0.05, 1.9), (0.0, 1.5), (0.5, 0.8)),  # a loop downward
    ((0.4, 0.1), (0.1, 0.0), (0.0, 0.6), (0.3, 1.0), (0.45, 0.4), (0.3, 0.0), (0.55, 0.2)),  # a ring
)


def word(rng: np.random.Generator) -> Drawing:
    """Draw three to seven joined letters, sometimes with a dot or a bar above."""
    points: list[tuple[float, float]] = []
    right = 0.0
    wide = rng.uniform(0.7, 1.3)
    for _ in range(rng.integers(3, 8)):
        letter = _LETTERS[rng.integers(len(_LETTERS))]
        points += [(right + wide * x, y) for x, y in letter]
        right += wide * rng.uniform(0.5, 0.75)
    line = np.array(points) + rng.normal(0, 0.05, (len(points), 2))
    above: Drawing = []
    if rng.uniform() < 0.3:
        place, length = rng.uniform(0.2, 0.8) * right, rng.uniform(0.02, 0.5)
        above = [np.array([[place, -0.4], [place + length, -0.4]])]
    return [curve(line), *above]


def signature(rng: np.random.Generator) -> Drawing:
    """Draw a word with a flourish below or through it."""
    strokes = word(rng)
    right = strokes[0][:, 0].max()
    y = rng.uniform(0.6, 1.8, 4)
    flourish = np.array([[right, y[0]], [0.3 * right, y[1]], [0.0, y[2]], [right * rng.uniform(0.7, 1.2), y[3]]])
    return [*strokes, curve(flourish)]
