"""The examples that look most like an image."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def nearest(images: NDArray[np.floating[Any]], image: NDArray[np.floating[Any]], count: int) -> NDArray[np.intp]:
    """Return the rows of the `count` images at the least Euclidean distance, the nearest first.

    Args:
        images: (m, inputs) floats, m at least 1.
        image: (inputs,) floats.
        count: At least 1; all m when there are fewer.

    Returns:
        (min(count, m),) indices into images.
    """
    # ‖a - b‖² = ‖a‖² - 2a·b + ‖b‖², and ‖b‖² is the same for all.
    distances = np.einsum("ij,ij->i", images, images) - 2 * (images @ image)  # (m,)
    count = min(count, len(images))
    candidates = np.argpartition(distances, count - 1)[:count]
    return candidates[np.argsort(distances[candidates], kind="stable")]
