"""Ink to the 28x28 image that a network trained on MNIST expects.

MNIST was made by scaling each digit, aspect kept, into a box of 20x20 pixels and translating it so that its centre
of mass is the centre of a field of 28x28 (LeCun, Bottou, Bengio and Haffner, 1998, "Gradient-based learning applied
to document recognition", section III.A). Both functions here do the same to a drawing. An image is float32 of shape
(28, 28): 0 is paper, 1 is ink, row 0 is the top.

In this file a pixel is the unit square that begins at its index, so the centre of pixel (row 14, column 14) is the
point x = 14.5, y = 14.5. That is where the mean centre of mass of MNIST's training images lies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

SIDE: Final = 28
BOX: Final = 20.0
CENTRE: Final = 14.5

# The pen that draws strokes: every point within PEN_WIDTH/2 is ink, and over PEN_EDGE pixels across that border ink
# fades to paper. Chosen so that rendered pen strokes have the stroke width (2 x area / outline), the mean ink and
# the share of full-ink pixels of MNIST's training digits; the test of this file holds them together.
PEN_WIDTH: Final = 2.5
PEN_EDGE: Final = 1.2
# Keeps divisions by an extent of zero finite; smaller coordinates are no drawing.
_TINY: Final = 1e-300
# Bounds the memory that a drawing of any length takes.
_PIECES_AT_ONCE: Final = 4096

# Pixels fainter than this share of the darkest are paper: grain, shadow, and the far edge of antialiasing.
FLOOR: Final = 0.1
# An image whose darkest ink differs from its paper by less than this, of 1, holds no drawing.
LEAST_CONTRAST: Final = 0.1
# Luma of red, green and blue (ITU-R BT.601), for images without transparency.
_LUMA: Final = np.array([0.299, 0.587, 0.114])


def image_from_strokes(strokes: Sequence[ArrayLike]) -> NDArray[np.float32]:
    """Draw strokes as MNIST would have scanned them.

    The points are scaled so that the longer side of the inked extent fills the box of 20 pixels, drawn with one pen,
    then shifted by the centre of mass of that drawing and drawn again: shifting points blurs nothing, shifting an
    image by parts of a pixel would. So neither the brush, nor the place, nor the size on the canvas matters.

    Args:
        strokes: each (n, 2), any real dtype: x and y of the points in any unit, y growing downward. A stroke of one
            point, or whose points coincide, is a dot; an empty stroke is nothing.

    Returns:
        (28, 28) float32 in [0, 1]; zeros when there is no point.

    Raises:
        ValueError: a stroke is not (n, 2), not real numbers, or holds NaN or infinity.

    Source: LeCun et al. (1998), section III.A, for the box and the centre of mass.
    """
    starts, ends = _segments(strokes)
    if len(starts) == 0:
        return np.zeros((SIDE, SIDE), np.float32)
    starts, ends = _placed(starts, ends, BOX - PEN_WIDTH, SIDE / 2)
    drawn = _draw(starts, ends, SIDE, PEN_WIDTH, PEN_EDGE)
    shift = CENTRE - _centre_of_mass(drawn)
    return _draw(starts + shift, ends + shift, SIDE, PEN_WIDTH, PEN_EDGE).astype(np.float32)


def canvas_from_strokes(strokes: Sequence[ArrayLike], *, side: int, size: float, pen_width: float) -> NDArray[np.uint8]:
    """Draw strokes in the middle of a transparent canvas, as a browser does with a round black pen.

    Args:
        strokes: see image_from_strokes.
        side: pixels along each side of the canvas, at least 1.
        size: pixels along the longer side of the points' extent, the pen not counted.
        pen_width: pixels.

    Returns:
        (side, side, 4) uint8 RGBA.

    Raises:
        ValueError: see image_from_strokes.
    """
    canvas = np.zeros((side, side, 4), np.uint8)
    starts, ends = _segments(strokes)
    if len(starts):
        starts, ends = _placed(starts, ends, size, side / 2)
        canvas[:, :, 3] = np.rint(255 * _draw(starts, ends, side, pen_width, 1.0))
    return canvas


def image_from_pixels(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Bring an image of a drawing into the form of MNIST.

    Where an RGBA image is transparent anywhere, its alpha is the ink, whatever the colour. Otherwise paper is what
    the border mostly looks like, and ink is whatever differs from it, darker or lighter, in whichever direction it
    differs most. The ink is stretched to the full range, cropped, and averaged over areas so that its longer side
    fills 20 pixels and its centre of mass is the centre of the field, in one resampling.

    Args:
        pixels: (height, width, 4) uint8 RGBA, as a canvas gives it, or (height, width) uint8 grey.

    Returns:
        (28, 28) float32 in [0, 1]; zeros when nothing is drawn.

    Raises:
        ValueError: pixels has another shape or dtype.

    Source: LeCun et al. (1998), section III.A, for the box and the centre of mass.
    """
    pixels = np.asarray(pixels)
    if pixels.dtype != np.uint8:
        raise ValueError(f"pixels must be uint8 in 0 to 255; got {pixels.dtype}.")
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        strength = _ink_of_colours(pixels)
    elif pixels.ndim == 2:
        strength = _difference_from_paper(pixels / 255)
    else:
        raise ValueError(f"pixels must be (height, width, 4) or (height, width); got {pixels.shape}.")
    peak = strength.max(initial=0.0)
    if peak < LEAST_CONTRAST:
        return np.zeros((SIDE, SIDE), np.float32)
    ink = strength / peak
    ink[ink < FLOOR] = 0
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = BOX / max(ink.shape)
    x, y = _centre_of_mass(ink)
    # (28, height) @ (height, width) @ (width, 28) -> (28, 28)
    image: NDArray[np.float64] = _averaging(ink.shape[0], scale, y) @ ink @ _averaging(ink.shape[1], scale, x).T
    return np.clip(image, 0.0, 1.0).astype(np.float32)


def _ink_of_colours(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Strength of ink (height, width) in [0, 1] of an RGBA image."""
    alpha = pixels[:, :, 3]
    if (alpha < 255).any():
        return alpha / 255
    return _difference_from_paper(pixels[:, :, :3] @ _LUMA / 255)


def _difference_from_paper(grey: NDArray[np.float64]) -> NDArray[np.float64]:
    """Strength of ink (height, width) in [0, 1] of a grey image, on paper of its border's median."""
    if grey.size == 0:
        return grey
    paper = np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]))
    darker, lighter = paper - grey.min(), grey.max() - paper
    difference: NDArray[np.float64] = paper - grey if darker >= lighter else grey - paper
    return np.clip(difference, 0.0, 1.0)


def _averaging(length: int, scale: float, centre: float) -> NDArray[np.float64]:
    """Weights (SIDE, length) that resample a line of `length` pixels by averaging.

    The line is scaled by `scale`, and its point `centre` lands on CENTRE. Each of the SIDE pixels is the mean of
    what it covers: the share of it that each source pixel fills.
    """
    edges = (np.arange(SIDE + 1) - CENTRE) / scale + centre  # of the target's pixels, in the source
    source = np.arange(length)
    low = np.maximum(edges[:-1, None], source)
    high = np.minimum(edges[1:, None], source + 1)
    weights: NDArray[np.float64] = np.maximum(high - low, 0) * scale
    return weights


def _segments(strokes: Sequence[ArrayLike]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cut strokes into segments: their starts (s, 2) and ends (s, 2). A lone point is a segment of length zero."""
    starts, ends = [np.empty((0, 2))], [np.empty((0, 2))]
    for number, stroke in enumerate(strokes):
        points = np.asarray(stroke)
        if points.size == 0:
            continue
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(
                f"strokes[{number}] has shape {points.shape}; each stroke must be (n, 2): x and y of n points."
            )
        if points.dtype.kind not in "iuf":
            raise ValueError(f"strokes[{number}] holds {points.dtype}; each stroke must hold real numbers.")
        points = points.astype(np.float64)
        if not np.isfinite(points).all():
            raise ValueError(f"strokes[{number}] holds NaN or infinity; every coordinate must be finite.")
        starts.append(points[:-1] if len(points) > 1 else points)
        ends.append(points[1:] if len(points) > 1 else points)
    return np.concatenate(starts), np.concatenate(ends)


def _placed(
    starts: NDArray[np.float64], ends: NDArray[np.float64], size: float, middle: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scale segments so that the longer side of their extent is `size`, and centre that extent at `middle`.

    Points that coincide have no extent: they stay a dot.
    """
    points = np.concatenate([starts, ends])
    points = points / max(np.abs(points).max(), _TINY)  # to [-1, 1], so that no finite coordinate overflows below
    low, high = points.min(axis=0), points.max(axis=0)
    points = (points - (low + high) / 2) * (size / max((high - low).max(), _TINY)) + middle
    return points[: len(starts)], points[len(starts) :]


def _draw(
    starts: NDArray[np.float64], ends: NDArray[np.float64], side: int, pen_width: float, pen_edge: float
) -> NDArray[np.float64]:
    """Draw segments (s, 2) -> (s, 2), given in pixels: (side, side) in [0, 1].

    Ink is the distance d of a pixel's centre to the nearest segment, passed through the pen's profile
    clip((pen_width/2 - d) / pen_edge + 1/2, 0, 1). Segments are cut into pieces about as long as the pen is wide,
    and each looks only at the pixels of a small window around it: 20 times faster than every segment at every pixel.
    """
    longest = max(pen_width / 2, 1.5)
    reach = int(np.ceil((longest + pen_width + pen_edge) / 2))
    start, step = _pieces(starts, ends, longest)  # (p, 2), (p, 2)
    corner = np.floor(start + step / 2).astype(np.int64)  # (p, 2) the pixel under the middle of each piece
    seen = np.flatnonzero(((corner >= -reach) & (corner < side + reach)).all(axis=1))
    distance = np.full(side * side, np.inf)  # squared, of each pixel's centre to the nearest piece
    for first in range(0, len(seen), _PIECES_AT_ONCE):
        piece = seen[first : first + _PIECES_AT_ONCE]
        _lower(distance, side, start[piece], step[piece], corner[piece], reach)
    ink: NDArray[np.float64] = (pen_width / 2 - np.sqrt(distance)) / pen_edge + 0.5
    return np.clip(ink, 0.0, 1.0).reshape(side, side)


def _lower(
    distance: NDArray[np.float64],
    side: int,
    start: NDArray[np.float64],
    step: NDArray[np.float64],
    corner: NDArray[np.int64],
    reach: int,
) -> None:
    """Lower squared distances (side * side,) in place to those of p pieces, in the window around each corner."""
    window = np.arange(-reach, reach + 1)
    columns = corner[:, 0, None, None] + window  # (p, 1, k)
    rows = corner[:, 1, None, None] + window[:, None]  # (p, k, 1)
    x = columns + 0.5 - start[:, 0, None, None]
    y = rows + 0.5 - start[:, 1, None, None]
    dx, dy = step[:, 0, None, None], step[:, 1, None, None]
    squared_length = dx * dx + dy * dy
    nearest = (x * dx + y * dy) / np.where(squared_length > 0, squared_length, 1.0)  # (p, k, k)
    np.clip(nearest, 0.0, 1.0, out=nearest)
    squared = (x - nearest * dx) ** 2 + (y - nearest * dy) ** 2
    inside = (columns >= 0) & (columns < side) & (rows >= 0) & (rows < side)
    np.minimum.at(distance, (rows * side + columns)[inside], squared[inside])


def _pieces(
    starts: NDArray[np.float64], ends: NDArray[np.float64], longest: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cut segments into pieces of at most `longest`: where each starts (p, 2), and its way from there (p, 2)."""
    along = ends - starts
    count = np.maximum(np.ceil(np.hypot(along[:, 0], along[:, 1]) / longest).astype(np.int64), 1)
    segment = np.repeat(np.arange(len(starts)), count)  # (p,) the segment of each piece
    rank = np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
    step = along[segment] / count[segment, None]
    return starts[segment] + rank[:, None] * step, step


def _centre_of_mass(ink: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean position (x, y) of the ink of an image that is not empty, in its own pixels."""
    height, width = ink.shape
    mass = ink.sum()
    x = ink.sum(axis=0) @ (np.arange(width) + 0.5) / mass
    y = ink.sum(axis=1) @ (np.arange(height) + 0.5) / mass
    return np.array([x, y])
