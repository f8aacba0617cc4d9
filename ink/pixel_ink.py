"""Ink in the pixels of an image: how much of it is where, whatever the colours of pen and paper, and the light."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ink import photo_ink

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Luma of red, green and blue (ITU-R BT.601), for images without transparency.
_LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)
# Photographs are brought below this many pixels a side: a digit is read from far fewer.
_LARGEST_SIDE: Final = 1000


def strength(pixels: NDArray[np.uint8]) -> NDArray[np.floating[Any]]:
    """Strength of ink, in [0, 1], of an image (height, width, 4) RGBA or (height, width) grey.

    Where an RGBA image is transparent anywhere, its alpha is the ink. Otherwise ink is what differs from the paper
    around it, darker or lighter; in a photograph, that of one digit (ink/photo_ink.py).

    Returns:
        (height, width); smaller, the aspect kept, when either is above 1000, and in a photograph above 480.

    Raises:
        ValueError: pixels has another shape or dtype.
    """
    pixels = np.asarray(pixels)
    if pixels.dtype != np.uint8:
        raise ValueError(f"pixels must be uint8 in 0 to 255; got {pixels.dtype}.")
    if pixels.ndim != 2 and not (pixels.ndim == 3 and pixels.shape[2] == 4):
        raise ValueError(f"pixels must be (height, width, 4) or (height, width); got {pixels.shape}.")
    if pixels.size == 0:
        return np.zeros(pixels.shape[:2])
    small = _shrunk(pixels)
    if pixels.ndim == 2:
        return _difference_from_paper(small)
    alpha = small[:, :, 3]
    return alpha if (alpha < 1).any() else _difference_from_paper(small[:, :, :3] @ _LUMA)


def _shrunk(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return pixels (height, width, …) in [0, 1], each the mean of up to four in a block of as many as need be."""
    block = -(-max(pixels.shape[:2]) // _LARGEST_SIDE)
    height, width = (max(length // block, 1) for length in pixels.shape[:2])
    offsets = sorted({0, block // 2})
    total = np.zeros((height, width, *pixels.shape[2:]), np.float32)
    for down in offsets:
        for across in offsets:
            total += pixels[down::block, across::block][:height, :width]
    total /= 255 * len(offsets) ** 2
    return total


def _difference_from_paper(grey: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
    """Strength of ink (height, width) in [0, 1] of a grey image.

    Where the border is of one grey, but for a tenth to either side, a program has drawn the image: that grey is paper,
    and ink is on the side where the image differs most from it. All else is a photograph.
    """
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    if np.ptp(np.quantile(border, [0.1, 0.9])) > 0:
        return photo_ink.strength(grey)
    paper = np.median(border)
    darker, lighter = paper - grey.min(), grey.max() - paper
    difference: NDArray[np.floating[Any]] = paper - grey if darker >= lighter else grey - paper
    ink: NDArray[np.floating[Any]] = np.maximum(difference, 0.0)
    return ink
