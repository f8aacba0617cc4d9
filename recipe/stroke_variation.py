"""Augment strokes: simulate another writer and another tablet.

Writers differ in slant, proportions and the placement of strokes; tablets differ in sampling rate, resolution, noise
and dropouts. Distorting an image cannot reproduce these effects, so the points are varied before they are drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# The number of waves whose sum bends a drawing smoothly, and the highest number of periods along its longer side.
_WAVES = 3
_MAX_PERIODS = 1.2
# A stroke shorter than this share of the longer side is a dot, which has no direction to resample along.
_LEAST_LENGTH = 1e-6
_MOST_POINTS = 400


@dataclass(frozen=True)
class Variation:
    """The amount of variation. Lengths are shares of the longer side of the drawing; zero means no change.

    Attributes:
        rotation: standard deviation of the angle, in degrees.
        slant: standard deviation of the horizontal shear.
        aspect: standard deviation of the log of width to height.
        bend: standard deviation of a smooth displacement field.
        apart: standard deviation of the displacement of each stroke.
        tremor: largest standard deviation of the noise of each recorded point.
        spacing: largest distance between recorded points, which is drawn between a 20th of it and all of it.
        grid: largest step of the tablet's coordinates.
        smoothing: largest number of recorded points averaged in each direction.
        trimmed: largest share of the length missing at each end of a stroke.
        gap: probability of a gap within a stroke, where the pen was not detected.
    """

    rotation: float = 0.0
    slant: float = 0.0
    aspect: float = 0.0
    bend: float = 0.0
    apart: float = 0.0
    tremor: float = 0.0
    spacing: float = 0.0
    grid: float = 0.0
    smoothing: int = 0
    trimmed: float = 0.0
    gap: float = 0.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (np.isfinite(value) and value >= 0):
                raise ValueError(f"{name} must be a finite number of at least 0; got {value}")


def vary(
    strokes: Sequence[NDArray[np.float64]], variation: Variation, *, rng: np.random.Generator
) -> list[NDArray[np.float64]]:
    """Return a random variation of strokes.

    Args:
        strokes: each (n, 2) floats, x and y, y growing downward; empty ones are skipped.
        variation: how much to vary them.
        rng: the random generator.

    Returns:
        Strokes (k, 2), centred at the origin; the longer side of the drawing is about 1. A gap splits a stroke in two.
    """
    strokes = [np.asarray(stroke, np.float64) for stroke in strokes if len(stroke)]
    if not strokes:
        return []
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    size = max(float((high - low).max()), 1e-300)
    M = _linear(variation, rng)
    waves = _waves(variation.bend, rng)
    spacing = variation.spacing * 20 ** -rng.uniform()
    averaged = int(rng.integers(variation.smoothing + 1))
    tremor = variation.tremor * rng.uniform()
    step = variation.grid * rng.uniform()
    result = []
    for stroke in strokes:
        for piece in _recorded((stroke - (low + high) / 2) / size, spacing, variation, rng):
            moved = _bent(piece @ M, waves) + variation.apart * rng.standard_normal(2)
            moved = _averaged(moved + tremor * rng.standard_normal(moved.shape), averaged)
            result.append(np.rint(moved / step) * step if step > 0 else moved)
    return result


def _linear(variation: Variation, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return rotation, slant and aspect as one matrix (2, 2) for points in rows."""
    angle = np.radians(variation.rotation) * rng.standard_normal()
    slant = variation.slant * rng.standard_normal()
    half = variation.aspect / 2 * rng.standard_normal()
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.diag(np.exp([half, -half])) @ np.array([[1.0, 0.0], [slant, 1.0]]) @ turn


def _waves(bend: float, rng: np.random.Generator) -> tuple[NDArray[np.float64], ...]:
    """Return directions (2, waves), phases (waves,) and displacements (waves, 2) of a smooth field."""
    frequency = rng.uniform(-2 * np.pi * _MAX_PERIODS, 2 * np.pi * _MAX_PERIODS, (2, _WAVES))
    phase = rng.uniform(0, 2 * np.pi, _WAVES)
    displacement = bend * np.sqrt(2 / _WAVES) * rng.standard_normal((_WAVES, 2))
    return frequency, phase, displacement


def _bent(points: NDArray[np.float64], waves: tuple[NDArray[np.float64], ...]) -> NDArray[np.float64]:
    frequency, phase, displacement = waves
    # (n, 2) @ (2, waves) -> (n, waves); @ (waves, 2) -> (n, 2)
    return points + np.sin(points @ frequency + phase) @ displacement


def _recorded(
    stroke: NDArray[np.float64], spacing: float, variation: Variation, rng: np.random.Generator
) -> list[NDArray[np.float64]]:
    """Resample a stroke at even steps of about `spacing`, omitting its trimmed ends and its gap."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(stroke, axis=0).T))])  # (n,) the arc length to each
    length = float(along[-1])
    if length < _LEAST_LENGTH or (spacing == 0 and variation.trimmed == 0 and variation.gap == 0):
        return [stroke]
    start, stop = length * variation.trimmed * rng.uniform(size=2) * [1, -1] + [0, length]
    spans = [(start, stop)]
    if rng.uniform() < variation.gap:
        middle, half = rng.uniform(0.2, 0.8) * length, rng.uniform(0, 0.04)
        spans = [(start, middle - half), (middle + half, stop)]
    spacing = max(spacing, length / _MOST_POINTS)
    pieces = []
    for first, last in spans:
        if last > first:
            places = np.linspace(first, last, max(round((last - first) / spacing), 1) + 1)
            pieces.append(np.stack([np.interp(places, along, stroke[:, axis]) for axis in (0, 1)], axis=1))
    return pieces


def _averaged(points: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Average each point with up to `reach` points before and after it; the ends stay fixed."""
    n = len(points)
    if reach == 0 or n < 3:
        return points
    sums = np.concatenate([np.zeros((1, 2)), np.cumsum(points, axis=0)])
    index = np.arange(n)
    near = np.minimum(np.minimum(index, n - 1 - index), reach)  # (n,) a window symmetric about each point
    return (sums[index + near + 1] - sums[index - near]) / (2 * near + 1)[:, None]
