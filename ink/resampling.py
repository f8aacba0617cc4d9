"""Lines of pixels made longer or shorter: each axis of an image by one matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def tent(length: int, target: int) -> NDArray[np.float64]:
    """Weights (target, length) that resample a line of `length` pixels to `target` pixels.

    A longer line is interpolated linearly, its ends held; for a shorter one the triangle of interpolation is widened
    to cover what each pixel stands for. Each row adds up to 1.
    """
    scale = length / target
    middles = (np.arange(target) + 0.5) * scale - 0.5  # of the target's pixels, in the source
    reach = max(scale, 1.0)
    middles = np.clip(middles, 0, length - 1)
    weights = np.maximum(1 - np.abs(middles[:, None] - np.arange(length)) / reach, 0)
    normalized: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return normalized


def averaging(length: int, side: int, scale: float, centre: float, target: float) -> NDArray[np.float64]:
    """Weights (side, length) that resample a line of `length` pixels by averaging over areas.

    The line is scaled by `scale`, and its point `centre` lands on `target`. Each of the `side` pixels is the mean of
    what it covers: the share of it that each source pixel fills; beyond the line there is nothing.
    """
    edges = (np.arange(side + 1) - target) / scale + centre  # of the target's pixels, in the source
    source = np.arange(length)
    low = np.maximum(edges[:-1, None], source)
    high = np.minimum(edges[1:, None], source + 1)
    weights: NDArray[np.float64] = np.maximum(high - low, 0) * scale
    return weights
