"""Measure the ink in each pixel of an image, for any colours of pen and paper and any lighting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ink import photo_ink

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

# Luma of red, green and blue (ITU-R BT.601), for images without transparency.
_LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)
# Images are reduced to at most this many pixels per side: a digit needs far fewer.
_MAX_SIDE: Final = 1000
# Opaque pixels covering less than the first share of a transparent image are a drawing; otherwise they are paper,
# unless their grey varies by less than the second.
_SHEET: Final = 0.5
_ONE_GREY: Final = 0.1


def strength(pixels: NDArray[np.uint8]) -> NDArray[np.floating[Any]]:
    """Return the likeliest of `strengths`."""
    return next(strengths(pixels))


def strengths(pixels: NDArray[np.uint8]) -> Iterator[NDArray[np.floating[Any]]]:
    """Yield the strength of ink, in [0, 1], of an image (height, width, 4) RGBA or (height, width) grey.

    If an RGBA image is a drawing on a transparent ground, the ink is its alpha, whatever the colour. Otherwise the ink
    is anything darker, or anything lighter, than the paper; in a photograph, only that of one digit
    (ink/photo_ink.py). What is transparent in such an image lies on paper of its own colour.

    If a photograph leaves it in doubt which of the two is ink, the likelier is followed by the other.

    Yields:
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
        yield np.zeros(pixels.shape[:2])
        return
    small = _reduced(pixels)
    if pixels.ndim == 2:
        yield from _difference_from_paper(small)
    elif _is_drawing(small):
        yield small[:, :, 3]
    else:
        yield from _difference_from_paper(_on_paper(small))


def _is_drawing(pixels: NDArray[np.float32]) -> bool:
    """Return whether an image (height, width, 4) in [0, 1] is ink on a transparent ground, rather than on paper."""
    opaque = pixels[:, :, 3] > 0.5
    if opaque.mean() < _SHEET:
        return True
    grey = pixels[opaque] @ np.append(_LUMA, 0)
    return bool((pixels[:, :, 3] < 1).any() and np.ptp(grey) < _ONE_GREY)


def _on_paper(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the grey (height, width) of an image (height, width, 4) in [0, 1] that lies on paper of its own colour."""
    grey, alpha = pixels[:, :, :3] @ _LUMA, pixels[:, :, 3]
    if (alpha == 1).all():
        return grey
    on_paper: NDArray[np.float32] = alpha * grey + (1 - alpha) * np.median(grey[alpha > 0.5])
    return on_paper


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


def _difference_from_paper(grey: NDArray[np.float32]) -> Iterator[NDArray[np.floating[Any]]]:
    """Yield the strength of ink (height, width) in [0, 1] of a grey image.

    If the border has one grey level, ignoring its darkest and lightest tenths, the image was made by a program: that
    grey is the paper, and the ink is darker or lighter, whichever differs more. Anything else is a photograph.
    """
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    if np.ptp(np.quantile(border, [0.1, 0.9])) > 0:
        yield from photo_ink.strengths(grey)
        return
    paper = np.median(border)
    darker, lighter = paper - grey.min(), grey.max() - paper
    difference: NDArray[np.floating[Any]] = paper - grey if darker >= lighter else grey - paper
    yield np.maximum(difference, 0.0)
