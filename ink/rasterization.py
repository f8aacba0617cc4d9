"""A round pen: strokes as segments, placed, cut at the edge of the canvas, and drawn.

A pixel is the unit square that begins at its index: the centre of pixel (row 14, column 14) is x = 14.5, y = 14.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

# Keeps divisions by an extent of zero finite; smaller coordinates are no drawing.
_TINY: Final = 1e-300
# Coordinates farther than this from a canvas are brought to it before they are cut, so that none overflows.
_FARTHEST: Final = 1e100
# Bounds the memory that a drawing of any length takes.
_PIECES_AT_ONCE: Final = 4096


@dataclass(frozen=True, eq=False)
class Segments:
    """Straight lines of a pen.

    Attributes:
        starts: (s, 2) float64, x and y, y growing downward.
        ends: (s, 2) float64; where it is the start, the line is a dot.
    """

    starts: NDArray[np.float64]
    ends: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The least and the greatest x and y, (2,) each, of at least one segment."""
        return (
            np.minimum(self.starts.min(axis=0), self.ends.min(axis=0)),
            np.maximum(self.starts.max(axis=0), self.ends.max(axis=0)),
        )

    @property
    def extent(self) -> float:
        """The longer side of the bounds."""
        low, high = self.bounds
        with np.errstate(over="ignore"):
            return float((high - low).max())

    @property
    def middle(self) -> NDArray[np.float64]:
        """The middle (x, y) of the bounds."""
        low, high = self.bounds
        return low / 2 + high / 2

    def scaled(self, size: float) -> Segments:
        """Scale so that the longer side of the extent is `size`, and bring its middle to (0, 0).

        Points that coincide have no extent: they stay a dot.
        """
        largest = max(np.abs(self.starts).max(), np.abs(self.ends).max(), _TINY)
        small = Segments(self.starts / largest, self.ends / largest)  # in [-1, 1]: no finite coordinate overflows below
        low, high = small.bounds
        middle, scale = (low + high) / 2, size / max((high - low).max(), _TINY)
        return Segments((small.starts - middle) * scale, (small.ends - middle) * scale)

    def sheared(self, slant: float) -> Segments:
        """Move each point sideways by -slant times its y: what leans by `slant` stands upright."""
        return Segments(*(points - slant * points[:, 1:] * np.array([1.0, 0.0]) for points in (self.starts, self.ends)))

    def moved(self, way: tuple[float, float] | NDArray[np.float64]) -> Segments:
        """Move by (x, y)."""
        return Segments(self.starts + np.asarray(way), self.ends + np.asarray(way))

    def clipped(self, width: float, height: float) -> Segments:
        """Keep what lies in 0 to width and 0 to height; a line that leaves ends at the border.

        Source: Liang and Barsky, 1984, "A new concept and method for line clipping".
        """
        starts, ends = (np.clip(points, -_FARTHEST, _FARTHEST) for points in (self.starts, self.ends))
        along = ends - starts  # (s, 2)
        still = along == 0
        step = np.where(still, 1.0, along)
        with np.errstate(over="ignore"):  # a tiny step: it enters and leaves at infinity
            at_low, at_high = -starts / step, (np.array([width, height]) - starts) / step  # (s, 2) each
        outside = (still & ((starts < 0) | (starts > (width, height)))).any(axis=1)
        first = np.where(still, 0.0, np.minimum(at_low, at_high)).max(axis=1).clip(0, None)
        last = np.where(still, 1.0, np.maximum(at_low, at_high)).min(axis=1).clip(None, 1)
        seen = ~outside & (first <= last)
        start, way = starts[seen], along[seen]
        return Segments(start + first[seen, None] * way, start + last[seen, None] * way)


def segments(strokes: Sequence[ArrayLike]) -> Segments:
    """Cut strokes into segments. A lone point is a segment of length zero; an empty stroke is nothing.

    Raises:
        ValueError: a stroke is not (n, 2), not real numbers, or holds NaN or infinity; the message names it.
    """
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
    return Segments(np.concatenate(starts), np.concatenate(ends))


def draw(line: Segments, side: int, pen_width: float, pen_edge: float) -> NDArray[np.float64]:
    """Draw segments, given in pixels, with a round pen: (side, side) in [0, 1].

    Ink is the distance d of a pixel's centre to the nearest segment, passed through the pen's profile
    clip((pen_width/2 - d) / pen_edge + 1/2, 0, 1). Segments are cut into pieces about as long as the pen is wide,
    and each looks only at the pixels of a small window around it: 20 times faster than every segment at every pixel.
    """
    longest = max(pen_width / 2, 1.5)
    reach = int(np.ceil((longest + pen_width + pen_edge) / 2))
    start, step = _pieces(line, longest)  # (p, 2), (p, 2)
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


def _pieces(line: Segments, longest: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cut segments into pieces of at most `longest`: where each starts (p, 2), and its way from there (p, 2)."""
    along = line.ends - line.starts
    count = np.maximum(np.ceil(np.hypot(along[:, 0], along[:, 1]) / longest).astype(np.int64), 1)
    segment = np.repeat(np.arange(len(line.starts)), count)  # (p,) the segment of each piece
    rank = np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
    step = along[segment] / count[segment, None]
    return line.starts[segment] + rank[:, None] * step, step
