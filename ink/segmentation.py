"""Recognize dots, drawings of several digits and ink at the edge from the ink alone, without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ink import mnist_format

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ink.rasterization import Segments

# A dot spans fewer than this many canvas pixels, or less than half the width of the pen.
MAX_DOT_EXTENT: Final = 4.0
# A filled dot matches the ellipse inscribed in its bounding box on this share of pixels, and the box is nearly square.
_ELLIPSE_AGREEMENT: Final = 0.88
_MAX_ASPECT: Final = 1.5
# Gaps as shares of the height of the drawing. A gap narrower than the first may be a pen lift within a digit; one as
# wide as the second is not: of 7,494 recorded digits, no 4 in two strokes has a gap as wide as 0.15.
NARROW_GAP: Final = 0.03
WIDE_GAP: Final = 0.3
# A part shorter than this share of the height of the drawing is a speck, not a digit.
_LEAST_HEIGHT: Final = 0.4
# Ink reaches the edge of the picture if it covers at least this share of the width of a stroke there.
_AT_THE_EDGE: Final = 0.5


def is_dot(segments: Segments, pen_width: float = 0.0) -> bool:
    """Return whether segments (at least one, in canvas pixels) are no more than a tap of a pen of this width."""
    return segments.extent < max(MAX_DOT_EXTENT, pen_width / 2)


def is_filled_dot(ink: NDArray[np.floating[Any]]) -> bool:
    """Return whether ink (height, width), as returned by pixel_ink.strength, is one round, filled spot."""
    inked = _inked(ink, 0.5)  # a small spot is mostly edge
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if len(rows) == 0:
        return False
    box = inked[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = box.shape
    y, x = np.ogrid[:height, :width]
    ellipse = ((2 * x + 1) / width - 1) ** 2 + ((2 * y + 1) / height - 1) ** 2 <= 1
    return bool((box == ellipse).mean() > _ELLIPSE_AGREEMENT and max(height, width) < _MAX_ASPECT * min(height, width))


def reaches_the_edge(ink: NDArray[np.floating[Any]]) -> bool:
    """Return whether ink (height, width) reaches the edge of the picture, so that part of a digit may be missing."""
    inked = _inked(ink, 0.5)
    area = int(np.count_nonzero(inked))
    inside = inked[1:-1, 1:-1] & inked[:-2, 1:-1] & inked[2:, 1:-1] & inked[1:-1, :-2] & inked[1:-1, 2:]
    stroke = 2 * area / max(area - int(np.count_nonzero(inside)), 1)  # area by half the outline
    edges = (inked[:1], inked[-1:], inked[:, :1], inked[:, -1:])
    return any(edge.any() and np.count_nonzero(edge) >= _AT_THE_EDGE * stroke for edge in edges)


def split_segments(segments: Segments, min_gap: float = NARROW_GAP) -> list[Segments]:
    """Split a drawing, from left to right, at vertical gaps between strokes.

    Args:
        segments: Any number of segments.
        min_gap: The narrowest gap to split at, as a share of the height of the drawing.

    Returns:
        The segments of each part, without specks: one part without gaps, none without segments.
    """
    if not len(segments):
        return []
    _, stroke = np.unique(segments.stroke, return_inverse=True)
    left, right = np.full(stroke.max() + 1, np.inf), np.full(stroke.max() + 1, -np.inf)
    np.minimum.at(left, stroke, segments.points[:, :, 0].min(axis=1))
    np.maximum.at(right, stroke, segments.points[:, :, 0].max(axis=1))
    order = np.argsort(left, kind="stable")
    gap = left[order][1:] - np.maximum.accumulate(right[order])[:-1]  # before each stroke but the first
    part = np.empty(len(order), np.intp)
    part[order] = np.cumsum(np.concatenate([[0], gap > min_gap * np.ptp(segments.points[:, :, 1])]))
    parts = [segments[part[stroke] == number] for number in range(part.max() + 1)]
    return _without_specks(parts, [float(np.ptp(each.points[:, :, 1])) for each in parts])


def split_ink(ink: NDArray[np.floating[Any]], min_gap: float = NARROW_GAP) -> list[NDArray[np.floating[Any]]]:
    """Split ink (height, width), from left to right, at vertical gaps; see split_segments."""
    inked = _inked(ink, mnist_format.INK_FLOOR)
    columns, rows = np.flatnonzero(inked.any(axis=0)), np.flatnonzero(inked.any(axis=1))
    if len(columns) == 0:
        return []
    after = np.flatnonzero(np.diff(columns) - 1 > min_gap * (np.ptp(rows) + 1))
    clean = np.where(inked, ink, 0)
    parts = [clean[:, run[0] : run[-1] + 1] for run in np.split(columns, after + 1)]
    return _without_specks(parts, [float(np.ptp(np.flatnonzero(part.any(axis=1)))) + 1 for part in parts])


def _without_specks(parts: list[Any], heights: list[float]) -> list[Any]:
    return [part for part, height in zip(parts, heights, strict=True) if height >= _LEAST_HEIGHT * max(heights)]


def _inked(ink: NDArray[np.floating[Any]], share: float) -> NDArray[np.bool_]:
    """Return a mask (height, width) of pixels with at least this share of the darkest ink."""
    peak = ink.max(initial=0.0)
    if peak < mnist_format.LEAST_CONTRAST:
        return np.zeros(ink.shape, np.bool_)
    inked: NDArray[np.bool_] = ink >= share * peak
    return inked
