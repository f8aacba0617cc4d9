"""Skeletonization: thin the strokes of a drawing to the path of the centre of the pen.

A round pen of radius R inks every point within R of its path, so the path has depth R or more, where depth is the
distance to the paper. Where strokes are separate, the path is the ridge of the depth, the medial axis (Blum, 1967, "A
transformation for extracting new descriptors of shape"), and has depth R. Where strokes merge, in a filled loop or a
sharp angle, the ridge is deeper than R and runs between them; the path is then at depth R, because the pen's centre
passed at distance R from the edge of the ink.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Value = TypeVar("_Value", np.float64, np.bool_)

# Pixels along the longer side of a drawing when its depth is measured: nine per pixel of the final image.
WORKING_SIDE: Final = 160
# Off the ridge, the depth has slope 1, and some neighbour is deeper by nearly 1. A pixel below both limits is on the
# ridge; together, the limits exclude most false ridges caused by jagged edges.
_RIDGE_SLOPE: Final = 0.6
_RIDGE_STEP: Final = 0.75
# Ridges shallower than this share of the radius are specks and thin rulings; pen strokes are more even.
_LEAST_DEPTH: Final = 0.5
# The share of ridge pixels shallower than the pen's radius, at tips or because of jagged edges.
_SHALLOWER: Final = 0.25
# Depths, in radii, beyond which the ridge runs between merged strokes, and beyond which the ink is a filled area.
_MERGED: Final = 1.15
_FILLED: Final = 3.0


def pen_path(ink: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points on the path of the centre of the pen.

    Args:
        ink: (height, width) in [0, 1], 1 is ink.

    Returns:
        (n, 2) x and y, in pixels of `ink` with the top left corner at (0, 0), dense enough that a pen a tenth as wide
        as the drawing leaves an unbroken line; (0, 2) if no ink reaches half strength.
    """
    strong = ink >= 0.5
    rows, columns = np.flatnonzero(strong.any(axis=1)), np.flatnonzero(strong.any(axis=0))
    if len(rows) == 0:
        return np.empty((0, 2))
    top, left = rows[0], columns[0]
    cut = ink[top : rows[-1] + 1, left : columns[-1] + 1]
    scale = max(cut.shape) / WORKING_SIDE
    height, width = (max(round(length / scale), 1) for length in cut.shape)
    resized = Image.fromarray(cut.astype(np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    small = np.asarray(resized, np.float64)
    # Half of the typical strength, because a pen thinner than a pixel leaves no pixel at full strength.
    level = (small**2).sum() / small.sum() / 2
    inside = np.pad(small >= level, 1)
    y, x = np.nonzero(_on_path(depths(inside)))
    # One point in each square of four pixels is dense enough, and halves the work of drawing them.
    _, kept = np.unique((y // 2) * WORKING_SIDE + x // 2, return_index=True)
    y, x = y[kept], x[kept]
    x_scale, y_scale = cut.shape[1] / width, cut.shape[0] / height
    return np.stack([(x - 0.5) * x_scale + left, (y - 0.5) * y_scale + top], axis=1)


def _on_path(depth: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return a mask (height, width) of the path of the pen's centre, given the depth; outermost pixels are paper."""
    slope_y, slope_x = np.gradient(depth)
    ridge: NDArray[np.bool_] = (
        (depth > 0) & (np.hypot(slope_x, slope_y) < _RIDGE_SLOPE) & (_window_max(depth, 1) - depth < _RIDGE_STEP)
    )
    ridge |= depth == depth.max()  # however jagged the edge
    radius = np.quantile(depth[ridge], _SHALLOWER)
    path: NDArray[np.bool_] = ridge & (depth >= _LEAST_DEPTH * radius)
    merged = path & (depth > _MERGED * radius + 0.5)  # half a pixel of jagged edge
    deepest = depth.max()
    if deepest > _FILLED * radius:
        # The outline, and points inside it that are close enough to fill it.
        path |= np.abs(depth - radius) <= 0.5
        path[::4, ::4] |= depth[::4, ::4] >= radius
    elif merged.any():
        around = _window_max(merged, int(np.ceil(deepest)))
        path = (path & ~merged) | (around & (np.abs(depth - radius) <= 0.5))
    return path & (depth > 0)  # for a pen as thin as a pixel, paper is also within half a pixel of R


def _window_max(image: NDArray[_Value], reach: int) -> NDArray[_Value]:
    """Return the maximum within `reach` pixels along both axes; the outermost pixels must be the minimum."""
    for axis in (0, 1):
        padded = np.pad(image, [(reach * (each == axis),) * 2 for each in (0, 1)])
        image = sliding_window_view(padded, 2 * reach + 1, axis=axis).max(axis=-1)
    return image


def depths(inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the Euclidean distance of each pixel of `inside` (height, width) to the border; 0 outside.

    Distances are between pixel centres, minus half a pixel. The outermost pixels must not be inside.

    Source: Saito and Toriwaki, 1994, "New algorithms for Euclidean distance transformation of an n-dimensional
    digitized picture": distances along one axis, then the minimum sum of squares along the other.
    """
    down = _along_columns(inside)
    across = _along_columns(inside.T).T
    squared = down**2
    columns = squared.copy()
    for offset in range(1, int(np.minimum(down, across).max()) + 1):
        np.minimum(squared[:, offset:], columns[:, :-offset] + offset**2, out=squared[:, offset:])
        np.minimum(squared[:, :-offset], columns[:, offset:] + offset**2, out=squared[:, :-offset])
    distance: NDArray[np.float64] = np.where(inside, np.sqrt(squared) - 0.5, 0.0)
    return distance


def _along_columns(inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the distance of each pixel to the nearest outside pixel in its column."""
    rows = np.arange(len(inside))[:, None]
    above = np.maximum.accumulate(np.where(inside, 0, rows), axis=0)  # the last row so far that is outside
    below = np.minimum.accumulate(np.where(inside, len(inside) - 1, rows)[::-1], axis=0)[::-1]
    return np.minimum(rows - above, below - rows).astype(np.float64)
