"""Curves with less noise: the exponential moving average that TensorBoard draws."""

from collections.abc import Sequence
from math import isfinite


def smoothed(values: Sequence[float], weight: float) -> list[float]:
    """Return the exponential moving average of a curve, without the pull of its beginning at 0.

    Each value is the mean of all up to it, where one further back counts `weight` times as much as the one after it:
    Σ weightᵏ·valueₙ₋ₖ / Σ weightᵏ (Kingma and Ba 2015, section 3: the correction of the bias).

    Args:
        values: In their order; one that is no finite number stays as it is, and counts for none.
        weight: From 0, which leaves the curve as it is, to below 1.

    Raises:
        ValueError: When the weight lies elsewhere.
    """
    if not 0 <= weight < 1:
        raise ValueError(f"weight must lie in 0 to below 1; got {weight}")
    mean, total = 0.0, 0.0
    out = []
    for value in values:
        if not isfinite(value):
            out.append(value)
            continue
        total = weight * total + 1
        mean += (value - mean) / total
        out.append(mean)
    return out
