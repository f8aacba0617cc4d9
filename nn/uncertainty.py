"""How much of a measured accuracy, or of the difference between two, is chance: Wilson's interval, McNemar's test."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Z = 1.959963984540054
"""The 97.5th percentile of the standard normal distribution: intervals that hold with 95% confidence."""


def wilson(share: ArrayLike, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the 95% score interval of a proportion: all p for which |share - p| ≤ z √(p(1 - p) / count).

    Wilson 1927, "Probable inference, the law of succession, and statistical inference", JASA 22, 209-212. Unlike
    share ± z √(share(1 - share) / count), it never leaves [0, 1] and has a width even where share is 0 or 1.

    Args:
        share: The measured proportion in [0, 1], or an array of any shape; NaN gives NaN.
        count: The number of examples it was measured on, at least 1.

    Returns:
        The lower and the upper limit in [0, 1], of the shape of `share`.

    Raises:
        ValueError: The count is less than 1.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1; got {count}")
    p, z2 = np.asarray(share, np.float64), Z * Z / count
    centre = (p + z2 / 2) / (1 + z2)
    half = np.sqrt(z2 * (p * (1 - p) + z2 / 4)) / (1 + z2)
    # At 0 and 1 the limit is exact, and rounding must not move it.
    return np.where(p == 0, 0.0, centre - half), np.where(p == 1, 1.0, centre + half)


def overlap(share: float, other: float, count: int) -> bool:
    """Return whether the 95% intervals of two accuracies, measured on the same number of examples, overlap."""
    (low, other_low), (high, other_high) = wilson([share, other], count)
    return bool(low <= other_high and other_low <= high)


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the two-sided p-value of McNemar's exact test for two classifiers on the same examples.

    If both are equally good, each example that only one of them reads correctly is as likely to be the first's as the
    second's, so their number follows Binomial(n, 1/2); p is twice the smaller tail, at most 1 (McNemar 1947, "Note on
    the sampling error of the difference between correlated proportions or percentages", Psychometrika 12, 153-157).

    Args:
        only_first: The number of examples, at least 0, that only the first reads correctly.
        only_second: The number that only the second reads correctly.
    """
    n = only_first + only_second
    tail = term = 1  # C(n, 0), the first of the sum over k ≤ min(only_first, only_second)
    for k in range(min(only_first, only_second)):
        term = term * (n - k) // (k + 1)  # C(n, k + 1)
        tail += term
    return min(1.0, 2 * tail / 2**n)


def disagreements(first: NDArray[Any], second: NDArray[Any]) -> tuple[int, int]:
    """Return how many of m examples only the first reads correctly, and how many only the second; each (m,) bool."""
    return int(np.count_nonzero(first & ~second)), int(np.count_nonzero(second & ~first))
