"""Measure the ink in each pixel of an image, for any colours of pen and paper and any lighting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ink import photo_ink

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Luma of red, green and blue (ITU-R BT.601), for images without transparency.
_LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)
# Images are reduced to at most this many pixels per side: a digit needs far fewer.
_MAX_SIDE: Final = 1000


def strength(pixels: NDArray[np.uint8]) -> NDArray[np.floating[Any]]:
    """Return the strength of ink, in [0, 1], of an image (height, width, 4) RGBA or (height, width) grey.

    If any pixel of an RGBA image is transparent, the ink is its alpha, whatever the colour. Otherwise the ink is
    anything darker, or anything lighter, than the paper; in a photograph, only that of one digit (ink/photo_ink.py).

    Returns:
        (height, width), reduced to at most 1000 pixels per side, a photograph to at most 480.

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
    small = _reduced(pixels)
    if pixels.ndim == 2:
        return _difference_from_paper(small)
    alpha = small[:, :, 3]
    return alpha if (alpha < 1).any() else _difference_from_paper(small[:, :, :3] @ _LUMA)


def _reduced(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return pixels (height, width, …) in [0, 1], each the mean of up to four samples per block."""
    block = -(-max(pixels.shape[:2]) // _MAX_SIDE)
    height, width = (max(length // block, 1) for length in pixels.shape[:2])
    offsets = sorted({0, block // 2})
    total = np.zeros((height, width, *pixels.shape[2:]), np.float32)
    for down in offsets:
        for across in offsets:
            total += pixels[down::block, across::block][:height, :width]
    total /= 255 * len(offsets) ** 2
    return total


def _difference_from_paper(grey: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
    """Return the strength of ink (height, width) in [0, 1] of a grey image.

    If the border has one grey level, ignoring its darkest and lightest tenths, the image was made by a program: that
    grey is the paper, and the ink is darker or lighter, whichever differs more. Anything else is a photograph.
    """
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    if np.ptp(np.quantile(border, [0.1, 0.9])) > 0:
        return photo_ink.strength(grey)
    paper = np.median(border)
    darker, lighter = paper - grey.min(), grey.max() - paper
    difference: NDArray[np.floating[Any]] = paper - grey if darker >= lighter else grey - paper
    ink: NDArray[np.floating[Any]] = np.maximum(difference, 0.0)
    return ink
