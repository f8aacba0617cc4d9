"""Strokes as line segments: validated once, scaled, moved, clipped to the canvas, and drawn with a round pen.

A pixel is the unit square that begins at its index: the centre of pixel (row 14, column 14) is x = 14.5, y = 14.5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

# Keeps divisions by an extent of zero finite; smaller coordinates are not a drawing.
_TINY: Final = 1e-300
# Coordinates are limited to this before clipping, so that none overflows.
_FARTHEST: Final = 1e100
# Bounds the memory used for a drawing of any length.
_PIECES_AT_ONCE: Final = 4096


@dataclass(frozen=True, eq=False)
class Segments:
    """The line segments of a drawing.

    Attributes:
        points: (s, 2, 2) float64: start and end of each segment, x and y, y growing downward. A dot starts and
            ends at the same point.
        stroke: (s,) int, the index of the stroke that each segment belongs to.
    """

    points: NDArray[np.float64]
    stroke: NDArray[np.intp]

    @classmethod
    def from_strokes(cls, strokes: Sequence[ArrayLike]) -> Self:
        """Split strokes into segments. A stroke of one point is a dot; empty strokes are skipped.

        Args:
            strokes: Each (n, 2), any real dtype: x and y of its points, y growing downward.

        Raises:
            ValueError: A stroke is not (n, 2), not real numbers, or holds NaN or infinity; the message names it.
        """
        points, lengths = [np.empty((0, 2, 2))], []
        for number, stroke in enumerate(strokes):
            path = np.asarray(stroke)
            if path.size == 0:
                lengths.append(0)
                continue
            if path.ndim != 2 or path.shape[1] != 2:
                raise ValueError(
                    f"strokes[{number}] has shape {path.shape}; each stroke must be (n, 2): x and y of n points."
                )
            if path.dtype.kind not in "iuf":
                raise ValueError(f"strokes[{number}] holds {path.dtype}; each stroke must hold real numbers.")
            path = path.astype(np.float64)
            if not np.isfinite(path).all():
                raise ValueError(f"strokes[{number}] holds NaN or infinity; every coordinate must be finite.")
            if len(path) == 1:
                path = np.repeat(path, 2, axis=0)
            points.append(np.stack([path[:-1], path[1:]], axis=1))
            lengths.append(len(path) - 1)
        return cls(np.concatenate(points), np.repeat(np.arange(len(lengths)), lengths))

    @classmethod
    def dots(cls, places: NDArray[np.float64]) -> Self:
        """Return one dot at each of the places (s, 2)."""
        return cls(np.stack([places, places], axis=1), np.zeros(len(places), np.intp))

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Self:
        return replace(self, points=self.points[chosen], stroke=self.stroke[chosen])

    @property
    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The smallest and largest x and y, (2,) each; requires at least one segment."""
        return self.points.min(axis=(0, 1)), self.points.max(axis=(0, 1))

    @property
    def extent(self) -> float:
        """The longer side of the bounds, without the width of the pen; infinity if it overflows."""
        low, high = self.bounds
        with np.errstate(over="ignore"):
            return float((high - low).max())

    @property
    def middle(self) -> NDArray[np.float64]:
        """The middle (x, y) of the bounds."""
        low, high = self.bounds
        return low / 2 + high / 2

    def scaled(self, size: float) -> Self:
        """Scale so that the longer side of the extent is `size`, and move the middle to (0, 0).

        Coincident points have no extent and remain a dot.
        """
        small = self.points / max(np.abs(self.points).max(), _TINY)  # in [-1, 1]: nothing overflows below
        low, high = small.min(axis=(0, 1)), small.max(axis=(0, 1))
        middle, scale = (low + high) / 2, size / max((high - low).max(), _TINY)
        return replace(self, points=(small - middle) * scale)

    def sheared(self, slant: float) -> Self:
        """Move each point sideways by -slant times its y, which removes a slant."""
        return replace(self, points=self.points - slant * self.points[:, :, 1:] * np.array([1.0, 0.0]))

    def moved(self, offset: tuple[float, float] | NDArray[np.float64]) -> Self:
        """Move by (x, y)."""
        return replace(self, points=self.points + np.asarray(offset))

    def clipped(self, width: float, height: float) -> Self:
        """Clip to [0, width] × [0, height]; a segment that leaves is cut at the border.

        Source: Liang and Barsky, 1984, "A new concept and method for line clipping".
        """
        limited = np.clip(self.points, -_FARTHEST, _FARTHEST)
        starts, along = limited[:, 0], limited[:, 1] - limited[:, 0]  # (s, 2) each
        parallel = along == 0
        step = np.where(parallel, 1.0, along)
        with np.errstate(over="ignore"):  # a tiny step enters and leaves at infinity
            at_low, at_high = -starts / step, (np.array([width, height]) - starts) / step  # (s, 2) each
        outside = (parallel & ((starts < 0) | (starts > (width, height)))).any(axis=1)
        first = np.where(parallel, 0.0, np.minimum(at_low, at_high)).max(axis=1).clip(0, None)
        last = np.where(parallel, 1.0, np.maximum(at_low, at_high)).min(axis=1).clip(None, 1)
        inside = ~outside & (first <= last)
        share = np.stack([first, last], axis=1)[inside]  # (s, 2)
        return replace(
            self,
            points=starts[inside, None] + share[:, :, None] * along[inside, None],
            stroke=self.stroke[inside],
        )


def draw(segments: Segments, side: int, pen_width: float, pen_edge: float) -> NDArray[np.float64]:
    """Draw segments, given in pixels, with a round pen: (side, side) in [0, 1].

    The ink of a pixel is clip((pen_width/2 - d) / pen_edge + 1/2, 0, 1), where d is the distance from its centre to
    the nearest segment. Segments are split into pieces about as long as the pen is wide, and each piece visits only the
    pixels of a small window around it: 20 times faster than visiting every pixel for every segment.
    """
    longest = max(pen_width / 2, 1.5)
    reach = int(np.ceil((longest + pen_width + pen_edge) / 2))
    start, step = _pieces(segments, longest)  # (p, 2), (p, 2)
    pixel = np.floor(start + step / 2).astype(np.int64)  # (p, 2) the pixel under the middle of each piece
    visible = np.flatnonzero(((pixel >= -reach) & (pixel < side + reach)).all(axis=1))
    distance = np.full(side * side, np.inf)  # squared, of each pixel's centre to the nearest piece
    for first in range(0, len(visible), _PIECES_AT_ONCE):
        piece = visible[first : first + _PIECES_AT_ONCE]
        _update_distance(distance, side, start[piece], step[piece], pixel[piece], reach)
    ink: NDArray[np.float64] = (pen_width / 2 - np.sqrt(distance)) / pen_edge + 0.5
    return np.clip(ink, 0.0, 1.0).reshape(side, side)


def _update_distance(
    distance: NDArray[np.float64],
    side: int,
    start: NDArray[np.float64],
    step: NDArray[np.float64],
    pixel: NDArray[np.int64],
    reach: int,
) -> None:
    """Lower squared distances (side * side,) in place to those to p pieces, within a window around each piece."""
    window = np.arange(-reach, reach + 1)
    columns = pixel[:, 0, None, None] + window  # (p, 1, k)
    rows = pixel[:, 1, None, None] + window[:, None]  # (p, k, 1)
    x = columns + 0.5 - start[:, 0, None, None]
    y = rows + 0.5 - start[:, 1, None, None]
    dx, dy = step[:, 0, None, None], step[:, 1, None, None]
    squared_length = dx * dx + dy * dy
    nearest = (x * dx + y * dy) / np.where(squared_length > 0, squared_length, 1.0)  # (p, k, k)
    np.clip(nearest, 0.0, 1.0, out=nearest)
    squared = (x - nearest * dx) ** 2 + (y - nearest * dy) ** 2
    inside = (columns >= 0) & (columns < side) & (rows >= 0) & (rows < side)
    np.minimum.at(distance, (rows * side + columns)[inside], squared[inside])


def _pieces(segments: Segments, longest: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Split segments into pieces of at most `longest`: return the start (p, 2) and displacement (p, 2) of each."""
    along = segments.points[:, 1] - segments.points[:, 0]
    count = np.maximum(np.ceil(np.hypot(along[:, 0], along[:, 1]) / longest).astype(np.int64), 1)
    segment = np.repeat(np.arange(len(along)), count)  # (p,) the segment of each piece
    rank = np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
    step = along[segment] / count[segment, None]
    return segments.points[segment, 0] + rank[:, None] * step, step
