"""What stands beside what in a drawing: whether it is but a dot, and whether a clear gap parts it.

Decided from ink alone, without a network. x grows to the right, y downward.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ink import mnist_format, pixel_ink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

# A tap of the pen: the hand moves it by so many pixels, or by less than half of what the pen is wide.
TAP: Final = 4.0
# Of the box around a round blot, so many pixels are as in the ellipse that fills it, and the box is nearly square.
_ROUND: Final = 0.88
_SQUARE: Final = 1.5
# A gap narrower than this share of the drawing's height may be a pen that was lifted within a digit.
GAP: Final = 0.03
# A gap as wide as this share is none within a digit: of 7,494 recorded ones, no 4 written in two parts has one of 0.15.
WIDE_GAP: Final = 0.3
# A part lower than this share of the drawing is a speck beside it, not a digit.
LEAST_HEIGHT: Final = 0.4


def is_dot(strokes: Sequence[ArrayLike], canvas: mnist_format.Canvas | None = None) -> bool:
    """Whether strokes that hold a point are no more than a tap.

    Args:
        strokes: each (n, 2), in pixels of the canvas.
        canvas: what they were drawn on, where that is known.

    Raises:
        ValueError: see ink.mnist_format.extent.
    """
    return mnist_format.extent(strokes, canvas=canvas) < max(TAP, canvas.pen_width / 2 if canvas else 0)


def is_blot(pixels: NDArray[np.uint8]) -> bool:
    """Whether the ink of an image, such as image_from_pixels takes, is one round spot, filled.

    Raises:
        ValueError: see ink.mnist_format.image_from_pixels.
    """
    inked = _inked(pixels, 0.5)  # a small blot is mostly edge
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if len(rows) == 0:
        return False
    box = inked[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = box.shape
    y, x = np.ogrid[:height, :width]
    ellipse = ((2 * x + 1) / width - 1) ** 2 + ((2 * y + 1) / height - 1) ** 2 <= 1
    return bool((box == ellipse).mean() > _ROUND and max(height, width) < _SQUARE * min(height, width))


def of_strokes(strokes: Sequence[ArrayLike], gap: float = GAP) -> list[list[NDArray[Any]]]:
    """Part strokes where a clear vertical gap stands between them, from left to right.

    Args:
        strokes: each (n, 2) real numbers; empty ones are left out.
        gap: the least that is clear, as a share of the drawing's height.

    Returns:
        The strokes of each part; one part where there is no gap, none where there is no point. Specks are left out.
    """
    drawn = sorted((np.asarray(stroke) for stroke in strokes if np.size(stroke)), key=lambda stroke: stroke[:, 0].min())
    if not drawn:
        return []
    heights = np.concatenate([stroke[:, 1] for stroke in drawn])
    clear = gap * float(np.ptp(heights))
    parts: list[list[NDArray[Any]]] = []
    right = -np.inf
    for stroke in drawn:
        if stroke[:, 0].min() > right + clear:
            parts.append([])
        parts[-1].append(stroke)
        right = max(right, float(stroke[:, 0].max()))
    tall = [float(np.ptp(np.concatenate(part)[:, 1])) for part in parts]
    return [part for part, height in zip(parts, tall, strict=True) if height >= LEAST_HEIGHT * max(tall)]


def of_pixels(pixels: NDArray[np.uint8], gap: float = GAP) -> list[NDArray[np.uint8]]:
    """Cut an image where a clear vertical gap parts its ink, from left to right.

    Args:
        pixels: see ink.mnist_format.image_from_pixels.
        gap: see of_strokes.

    Returns:
        Images (height, width, 4) uint8 RGBA, the ink in their alpha, so that what is paper need not be told again from
        so little of it; with a border of paper one pixel wide. Which parts, see of_strokes.

    Raises:
        ValueError: see ink.mnist_format.image_from_pixels.
    """
    inked = _inked(pixels)
    columns, rows = np.flatnonzero(inked.any(axis=0)), np.flatnonzero(inked.any(axis=1))
    if len(columns) == 0:
        return []
    after = np.flatnonzero(np.diff(columns) - 1 > gap * (np.ptp(rows) + 1))
    strength = np.where(inked, pixel_ink.strength(pixels), 0)
    drawn = np.zeros((*inked.shape, 4), np.uint8)
    drawn[:, :, 3] = np.rint(255 * strength)
    spans = [(run[0], run[-1] + 1) for run in np.split(columns, after + 1)]
    tall = [np.ptp(np.flatnonzero(inked[:, first:last].any(axis=1))) + 1 for first, last in spans]
    return [
        np.pad(drawn[:, first:last], ((1, 1), (1, 1), (0, 0)))
        for (first, last), height in zip(spans, tall, strict=True)
        if height >= LEAST_HEIGHT * max(tall)
    ]


def _inked(pixels: NDArray[np.uint8], share: float = mnist_format.FLOOR) -> NDArray[np.bool_]:
    """Which pixels (height, width) hold ink, at least this share of the darkest."""
    strength = pixel_ink.strength(pixels)
    peak = strength.max(initial=0.0)
    if peak < mnist_format.LEAST_CONTRAST:
        return np.zeros(strength.shape, np.bool_)
    inked: NDArray[np.bool_] = strength >= share * peak
    return inked
