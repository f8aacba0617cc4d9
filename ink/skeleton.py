"""Where the pen went: a drawing of thick strokes, thinned to the path of the pen's middle.

What a round pen of radius R leaves is every point within R of its path. So the path lies at depth R or deeper, depth
being the distance to paper. Where strokes run apart, it is the ridge of the depth, the medial axis (Blum, 1967, "A
transformation for extracting new descriptors of shape"), and the depth on it is R. Where they run together, in a
loop that the pen has closed or in a sharp angle, the ridge is deeper than R and lies between the strokes; there the
path is what lies R deep, for ink that ends here was left by a pen whose middle passed R from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ink.resampling import tent

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Value = TypeVar("_Value", np.float64, np.bool_)

# Pixels along the longer side of a drawing when its depth is measured: nine for one of the image that is read.
WORKING_SIDE: Final = 160
# Off its ridges the depth has the slope 1, and in some direction a neighbour deeper by nearly 1. What is below both of
# these is ridge. Together they let through few of the false ridges that stairs of pixels cause.
_RIDGE_SLOPE: Final = 0.6
_RIDGE_STEP: Final = 0.75
# Ridges shallower than this share of the radius are specks and thin rulings; a pen's own trace is not so uneven.
_LEAST_DEPTH: Final = 0.5
# The share of ridge pixels that are shallower than the pen's radius, by a tip or by the pixels' own stairs.
_SHALLOWER: Final = 0.25
# Depths, in radii, from which on the ridge lies between strokes, and from which on it is no digit's ink but a blot.
_BETWEEN: Final = 1.15
_BLOT: Final = 3.0


def pen_path(ink: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the points on which the middle of the pen stood.

    Args:
        ink: (height, width) in [0, 1], 1 is ink.

    Returns:
        (n, 2) x and y, in pixels of `ink`, the corner at the top left being (0, 0), dense enough for a pen of a tenth
        of the drawing to leave one line; none when nowhere is ink of half strength.
    """
    strong = ink >= 0.5
    rows, columns = np.flatnonzero(strong.any(axis=1)), np.flatnonzero(strong.any(axis=0))
    if len(rows) == 0:
        return np.empty((0, 2))
    top, left = rows[0], columns[0]
    cut = ink[top : rows[-1] + 1, left : columns[-1] + 1]
    scale = max(cut.shape) / WORKING_SIDE
    height, width = (max(round(length / scale), 1) for length in cut.shape)
    small = tent(cut.shape[0], height) @ cut @ tent(cut.shape[1], width).T
    # Half of what ink mostly is: a pen thinner than a pixel leaves none full.
    level = (small**2).sum() / small.sum() / 2
    inside = np.pad(small >= level, 1)
    y, x = np.nonzero(_on_path(depths(inside)))
    # One point in each square of four pixels is dense enough, and half the work for whoever draws them.
    _, kept = np.unique((y // 2) * WORKING_SIDE + x // 2, return_index=True)
    y, x = y[kept], x[kept]
    x_scale, y_scale = cut.shape[1] / width, cut.shape[0] / height
    return np.stack([(x - 0.5) * x_scale + left, (y - 0.5) * y_scale + top], axis=1)


def _on_path(depth: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which pixels (height, width) the pen's middle passed, by their depth; the outermost are paper."""
    slope_y, slope_x = np.gradient(depth)
    ridge: NDArray[np.bool_] = (
        (depth > 0) & (np.hypot(slope_x, slope_y) < _RIDGE_SLOPE) & (_greatest(depth, 1) - depth < _RIDGE_STEP)
    )
    ridge |= depth == depth.max()  # whatever the stairs
    radius = np.quantile(depth[ridge], _SHALLOWER)
    path: NDArray[np.bool_] = ridge & (depth >= _LEAST_DEPTH * radius)
    between = path & (depth > _BETWEEN * radius + 0.5)  # half a pixel is their stairs
    deepest = depth.max()
    if deepest > _BLOT * radius:
        # Its outline, and inside it points that are near enough to each other to fill it.
        path |= np.abs(depth - radius) <= 0.5
        path[::4, ::4] |= depth[::4, ::4] >= radius
    elif between.any():
        around = _greatest(between, int(np.ceil(deepest)))
        path = (path & ~between) | (around & (np.abs(depth - radius) <= 0.5))
    return path & (depth > 0)  # of a pen as thin as a pixel, paper too is within half a pixel of R


def _greatest(image: NDArray[_Value], reach: int) -> NDArray[_Value]:
    """Return the greatest value within `reach` pixels along both axes, of an image whose outermost pixels are least."""
    for axis in (0, 1):
        padded = np.pad(image, [(reach * (each == axis),) * 2 for each in (0, 1)])
        image = sliding_window_view(padded, 2 * reach + 1, axis=axis).max(axis=-1)
    return image


def depths(inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Euclidean distance of each pixel of `inside` (height, width) to its border; 0 for all others.

    The distance is that of pixel centres, less half a pixel. The outermost pixels must not be inside.

    Source: Saito and Toriwaki, 1994, "New algorithms for Euclidean distance transformation of an n-dimensional
    digitized picture": along one axis first, then the least of the sums of squares along the other.
    """
    down = _along_columns(inside)
    across = _along_columns(inside.T).T
    squared = down**2
    columns = squared.copy()
    for way in range(1, int(np.minimum(down, across).max()) + 1):
        np.minimum(squared[:, way:], columns[:, :-way] + way * way, out=squared[:, way:])
        np.minimum(squared[:, :-way], columns[:, way:] + way * way, out=squared[:, :-way])
    distance: NDArray[np.float64] = np.where(inside, np.sqrt(squared) - 0.5, 0.0)
    return distance


def _along_columns(inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Distance of each pixel to the nearest in its column that is not inside."""
    rows = np.arange(len(inside))[:, None]
    above = np.maximum.accumulate(np.where(inside, 0, rows), axis=0)  # the last row so far that is not inside
    below = np.minimum.accumulate(np.where(inside, len(inside) - 1, rows)[::-1], axis=0)[::-1]
    return np.minimum(rows - above, below - rows).astype(np.float64)
