"""Building blocks of drawings: smooth curves, arcs and polylines. Points are x and y, y growing downward."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Drawing = list[NDArray[np.float64]]
"""Strokes, each (n, 2)."""


def curve(points: NDArray[np.generic], roundness: float = 1.0) -> NDArray[np.float64]:
    """Return a Catmull-Rom spline through points (n, 2); with roundness 0, a polyline."""
    p = np.asarray(points, np.float64)
    padded = np.concatenate([p[:1], p, p[-1:]])
    tangent = roundness * (padded[2:] - padded[:-2]) / 2  # (n, 2)
    t = np.linspace(0, 1, 8, endpoint=False)[:, None]  # (8, 1)
    start, end = p[:-1, None], p[1:, None]  # (n - 1, 1, 2)
    between = (
        (2 * t**3 - 3 * t**2 + 1) * start
        + (3 * t**2 - 2 * t**3) * end
        + (t**3 - 2 * t**2 + t) * tangent[:-1, None]
        + (t**3 - t**2) * tangent[1:, None]
    )
    return np.concatenate([between.reshape(-1, 2), p[-1:]])


def arc(
    start: float = 0.0, turns: float = 1.0, radius: float = 1.0, centre: tuple[float, float] = (0.0, 0.0)
) -> NDArray[np.float64]:
    """Return an arc (48, 2) of `turns` full turns, starting `start` turns clockwise from the right."""
    angle = 2 * np.pi * (start + np.linspace(0, turns, 48))
    return np.array(centre) + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def line(*points: tuple[float, float]) -> NDArray[np.float64]:
    """Return a polyline through points."""
    return np.array(points, np.float64)


def rotated(strokes: Drawing, turn: float) -> Drawing:
    """Rotate strokes about the origin by a fraction of a full turn."""
    a = 2 * np.pi * turn
    return [stroke @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]) for stroke in strokes]
