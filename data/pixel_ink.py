"""Ink in the pixels of an image: how much of it is where, whatever the colours of pen and paper, and the light."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from data.resampling import tent

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Luma of red, green and blue (ITU-R BT.601), for images without transparency.
_LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)
# Photographs are brought below this many pixels a side: a digit is read from far fewer.
_LARGEST_SIDE: Final = 1000
# Paper is looked at in a grid of at most so many cells a side, each of at least so many pixels.
_CELLS: Final = 16
_CELL_PIXELS: Final = 4
# Ink up to so many cells across, less one, lies on the paper around it.
_AROUND: Final = 5
# The share of a cell that ink may cover before it counts as paper.
_INK_SHARE: Final = 0.25
# Paper whose border varies by more than this share of what there is to see is unevenly lit.
_UNEVEN: Final = 0.15


def strength(pixels: NDArray[np.uint8]) -> NDArray[np.floating[Any]]:
    """Strength of ink, in [0, 1], of an image (height, width, 4) RGBA or (height, width) grey.

    Where an RGBA image is transparent anywhere, its alpha is the ink. Otherwise ink is what differs from the paper
    around it, darker or lighter, whichever the image has more of.

    Returns:
        (height, width); both a whole number of times smaller when either is above 1000.

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

    In even light paper is what the border mostly looks like, and ink is on the side where the image differs most
    from it. In uneven light ink is what stands out against its surroundings: their difference is skewed to its side.
    """
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    paper = np.median(border)
    darker, lighter = paper - grey.min(), grey.max() - paper
    if np.ptp(np.quantile(border, [0.1, 0.9])) <= _UNEVEN * max(darker, lighter):
        difference: NDArray[np.floating[Any]] = paper - grey if darker >= lighter else grey - paper
    else:
        light = grey if ((grey - _surroundings(grey)) ** 3).sum() <= 0 else 1 - grey
        difference = _local_paper(light) - light
    ink: NDArray[np.floating[Any]] = np.maximum(difference, 0.0)
    return ink


def _surroundings(grey: NDArray[np.float32]) -> NDArray[np.float64]:
    """What each pixel's wider surroundings look like on average (height, width)."""
    height, width = grey.shape
    down, across = tent(height, min(height, _CELLS // 2)), tent(width, min(width, _CELLS // 2))
    around: NDArray[np.float64] = tent(len(down), height) @ (down @ grey @ across.T) @ tent(len(across), width).T
    return around


def _local_paper(grey: NDArray[np.float32]) -> NDArray[np.float64]:
    """What paper looks like at each pixel (height, width) of a grey image of dark ink on light paper.

    Each cell of a coarse grid is as light as the quarter of it that is lightest; a closing, the greatest among the
    cells around and then the least of these, covers cells that are mostly ink by what is around them (the black
    top-hat transform of mathematical morphology: Meyer, 1979); between the cells it is interpolated.
    """
    height, width = grey.shape
    rows, columns = (min(max(length // _CELL_PIXELS, 1), _CELLS) for length in grey.shape)
    deep, broad = (min(length // cells, 3 * _CELL_PIXELS) for length, cells in ((height, rows), (width, columns)))
    y, x = (
        (np.arange(cells * inside) * length) // (cells * inside)
        for length, cells, inside in ((height, rows, deep), (width, columns, broad))
    )
    cells = grey[np.ix_(y, x)].reshape(rows, deep, columns, broad).transpose(0, 2, 1, 3).reshape(rows, columns, -1)
    level = np.quantile(cells, 1 - _INK_SHARE, axis=2)
    reach = _AROUND // 2
    for extreme in (np.max, np.min):
        windows = sliding_window_view(np.pad(level, reach, mode="edge"), (_AROUND, _AROUND))
        level = extreme(windows, axis=(2, 3))
    level = sliding_window_view(np.pad(level, 1, mode="edge"), (3, 3)).mean(axis=(2, 3))
    paper: NDArray[np.float64] = tent(rows, height) @ level @ tent(columns, width).T
    return paper
