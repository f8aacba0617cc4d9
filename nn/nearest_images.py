"""The images nearest to others by Euclidean distance, √Σ (difference of a pixel)²."""

import numpy as np
from numpy.typing import NDArray

from nn.network import Floats


def nearest_images(images: Floats, known: Floats, count: int = 1) -> tuple[NDArray[np.intp], Floats]:
    """Return which of the known images each image is nearest to, and how far they are, nearest first.

    Args:
        images: (n, inputs) floats.
        known: (m, inputs) floats, at least one.
        count: How many to find for each, at least 1; all m are returned when there are fewer.

    Returns:
        (n, min(count, m)) indices into `known`, and as many distances.
    """
    # ‖a - b‖² = ‖a‖² - 2a·b + ‖b‖², where ‖a‖² is the same for every b.
    squares = np.einsum("md,md->m", known, known) - 2 * (images @ known.T)  # (n, m), without ‖a‖²
    count = min(count, len(known))
    candidates = np.argpartition(squares, count - 1, axis=1)[:, :count]
    order = np.take_along_axis(squares, candidates, axis=1).argsort(axis=1, kind="stable")
    found = np.take_along_axis(candidates, order, axis=1)
    return found, np.linalg.norm(images[:, None] - known[found], axis=2)  # (n, 1, d) - (n, count, d)
