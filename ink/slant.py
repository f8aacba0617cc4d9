"""Measure the slant of handwriting, and remove it.

The slant of an image is the shear given by its second moments: s = cov(x, y) / var(y), in horizontal pixels per pixel
of height, with y growing downward. Shifting each row by s times its distance from the centre of mass makes the
covariance zero and the principal axis vertical (LeCun, Bottou, Bengio and Haffner, 1998, "Gradient-based learning
applied to document recognition", section III.A: the deslanted set).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

# Handwriting slants by at most 45 degrees; a greater slant, as of dashes or noise, is only removed up to this limit.
MAX_SLANT: Final = 1.0
# Images processed at a time, to keep the working arrays small.
_CHUNK: Final = 1024


def slants(images: NDArray[Any]) -> NDArray[np.float64]:
    """Return the slant of each image (m, height, width), in ±MAX_SLANT: positive where its bottom is to the right."""
    _, height, width = images.shape
    x, y = np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64)
    of_row = images.sum(axis=2, dtype=np.float64)  # (m, height)
    mass = of_row.sum(axis=1)  # (m,)
    paper = np.where(mass > 0, mass, 1)
    from_middle = y - (of_row @ y / paper)[:, None]  # (m, height)
    covariance = ((images @ x) * from_middle).sum(axis=1) / paper
    variance = (of_row * from_middle**2).sum(axis=1) / paper
    # Clipping first avoids dividing by a variance near zero.
    bounded = np.clip(covariance, -MAX_SLANT * variance, MAX_SLANT * variance)
    result: NDArray[np.float64] = bounded / np.where(variance > 0, variance, 1)
    return result


def upright(images: NDArray[Any]) -> NDArray[np.float32]:
    """Deslant images by shifting each row about the centre of mass, with linear interpolation.

    Linear interpolation preserves the ink of each row and shifts its centre exactly, so an upright image does not
    change. Ink shifted beyond the border is lost.

    Args:
        images: (m, 28, 28) or (m, 784), in the format of MNIST: floats in [0, 1], or uint8, which is scaled to [0, 1].

    Returns:
        float32 of the same shape, in [0, 1].

    Raises:
        ValueError: images has another shape.

    Source: LeCun et al. (1998), section III.A.
    """
    images = np.asarray(images)
    if images.shape[1:] not in {(28, 28), (784,)}:
        raise ValueError(f"images must be (m, 28, 28) or (m, 784); got {images.shape}.")
    result = np.empty((len(images), 28, 28), np.float32)
    for start in range(0, len(images), _CHUNK):
        chunk = images[start : start + _CHUNK].reshape(-1, 28, 28)
        scaled = chunk.astype(np.float32)
        if images.dtype == np.uint8:
            scaled /= 255
        result[start : start + _CHUNK] = _sheared(scaled)
    return result.reshape(images.shape)


def _sheared(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shear each of the images (m, height, width) to remove its slant."""
    m, height, width = images.shape
    of_row = images.sum(axis=2, dtype=np.float64)
    mass = of_row.sum(axis=1)
    y = np.arange(height)
    middle = of_row @ y / np.where(mass > 0, mass, 1)
    shift = slants(images)[:, None] * (y - middle[:, None])  # (m, height): each row is read this far to the right
    whole = np.clip(np.floor(shift), -width - 1, width)
    share = (shift - np.floor(shift)).astype(np.float32)[:, :, None]
    padded = np.zeros((m, height, 3 * width + 4), np.float32)
    padded[:, :, width + 2 : 2 * width + 2] = images
    first = np.arange(m * height).reshape(m, height) * padded.shape[2] + width + 2 + whole.astype(np.int64)
    place = first[:, :, None] + np.arange(width)  # (m, height, width) into padded
    flat = padded.reshape(-1)
    left = flat[place]
    right = flat[place + 1]
    result: NDArray[np.float32] = left + share * (right - left)
    return result
