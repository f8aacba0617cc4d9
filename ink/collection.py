"""A collection of people's drawings of some classes: as a dataset to train on, as a CSV, and as strokes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from data import csv_files
from data.dataset import DIGITS, PIXELS, DataError, Dataset
from ink import stroke_files
from ink.stroke_files import DrawnDigit
from language.translation import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_POINTS = 400
"""The maximum number of points kept per drawing."""

_TOLERANCE = 1.0
"""How far from a stroke its simplified form may be, in canvas pixels: a 14th of a pixel of the image."""


@dataclass(frozen=True, eq=False)
class Collection:
    """Drawings of some classes. Those struck out keep their places, so that they can be brought back.

    Attributes:
        classes: 2 to 62 distinct names.
        drawings: in the order drawn.
    """

    classes: tuple[str, ...] = DIGITS
    drawings: tuple[DrawnDigit, ...] = ()

    @property
    def kept(self) -> list[DrawnDigit]:
        """The drawings that have not been struck out."""
        return [each for each in self.drawings if not each.struck]

    @property
    def counts(self) -> NDArray[np.int64]:
        """The number of kept drawings of each class: (classes,) int64."""
        return np.bincount([each.label for each in self.kept], minlength=len(self.classes))

    def with_drawing(
        self, label: int, strokes: Sequence[NDArray[np.float64]], by: str = "", most_points: int = MOST_POINTS
    ) -> Self:
        """Return the collection with one more drawing, simplified.

        Args:
            label: its class, an index into `classes`.
            strokes: as in DrawnDigit; those without points are ignored.
            by: who drew it.
            most_points: as in `simplified`.

        Raises:
            DataError: the drawing has no ink.
        """
        drawn = DrawnDigit(label, simplified(strokes, most_points), by)
        if not drawn.image.any():
            raise DataError(_("There is nothing on the paper yet."))
        return replace(self, drawings=(*self.drawings, drawn))

    def striking(self, place: int, *, struck: bool) -> Self:
        """Return the collection with the drawing at this place in `drawings` struck out, or brought back."""
        changed = replace(self.drawings[place], struck=struck)
        return replace(self, drawings=(*self.drawings[:place], changed, *self.drawings[place + 1 :]))

    def of_classes(self, classes: tuple[str, ...]) -> Self:
        """Return a collection with these classes and only the drawings of them."""
        place = {name: index for index, name in enumerate(classes)}
        left = [each for each in self.drawings if self.classes[each.label] in place]
        return replace(
            self,
            classes=classes,
            drawings=tuple(replace(each, label=place[self.classes[each.label]]) for each in left),
        )

    def joined(self, other: Collection) -> Self:
        """Return the drawings of both; classes with the same name are merged, and new ones of `other` come last."""
        classes = self.classes + tuple(each for each in other.classes if each not in self.classes)
        own = self.of_classes(classes)
        return replace(own, drawings=own.drawings + other.of_classes(classes).drawings)

    def without_last(self) -> Self:
        """Return the collection without its last drawing."""
        return replace(self, drawings=self.drawings[:-1])

    def dataset(self, name: str) -> Dataset:
        """Return the kept drawings as a dataset, in the order drawn.

        Raises:
            DataError: there are no kept drawings.
        """
        return Dataset(name, *self._arrays(), classes=self.classes)

    def csv(self) -> bytes:
        """Return the kept drawings as a CSV that data/csv_files.py reads; a label is an index into the classes."""
        return csv_files.write(*self._arrays())

    def strokes(self) -> bytes:
        """Return all drawings as a file that `from_strokes` reads."""
        return stroke_files.write(self.drawings, self.classes)

    @classmethod
    def from_strokes(cls, file: bytes, name: str) -> Self:
        """Read a file of strokes; see stroke_files.read."""
        classes, drawings = stroke_files.read(file, name)
        return cls(classes, tuple(drawings))

    def _arrays(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return the images (n, 784) and the labels (n,) of the kept drawings."""
        images = [each.image.reshape(PIXELS) for each in self.kept]
        return np.array(images, np.uint8).reshape(-1, PIXELS), np.array([each.label for each in self.kept], np.uint8)


def united(own: Dataset, other: Dataset, name: str) -> Dataset:
    """Return one dataset of the images of both. Classes with the same name are merged; those of `other` come first.

    Raises:
        DataError: together they have too many classes.
    """
    classes = other.classes + tuple(each for each in own.classes if each not in other.classes)
    index = np.array([classes.index(each) for each in own.classes], np.uint8)
    return Dataset(
        name,
        np.concatenate([other.images, own.images]),
        np.concatenate([other.labels, index[own.labels]]),
        classes=classes,
    )


def simplified(strokes: Sequence[NDArray[np.float64]], most: int = MOST_POINTS) -> tuple[NDArray[np.float64], ...]:
    """Return strokes reduced to a few of their points, whose path stays within a pixel of the original.

    If more than `most` points would still be left, only every second, third, … and the last of each stroke are kept.

    Args:
        strokes: each (n, 2), x and y in pixels; those without points, or beyond the first `most` / 4, are dropped.
        most: the maximum number of points in all strokes, at least 4.
    """
    paths: list[NDArray[np.float64]] = [np.round(each, 1) for each in strokes if len(each)]
    found = [path[_corners(path)] for path in paths[: most // 4]]
    points = sum(map(len, found))
    if points > most:
        every = -(-2 * points // most)
        found = [np.concatenate([path[:-1:every], path[-1:]]) for path in found]
    return tuple(found)


def _corners(path: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the indices of the points that describe a path (n, 2) to within _TOLERANCE.

    Source: Ramer (1972), "An iterative procedure for the polygonal approximation of plane curves"; Douglas and Peucker
    (1973).
    """
    kept, left = {0, len(path) - 1}, [(0, len(path) - 1)]
    while left:
        first, last = left.pop()
        if last - first < 2:
            continue
        start, along = path[first], path[last] - path[first]
        between = path[first + 1 : last] - start  # (k, 2)
        length = float(along @ along)
        share = np.clip(between @ along / length, 0, 1) if length else np.zeros(len(between))
        distances = np.linalg.norm(between - share[:, None] * along, axis=1)
        if distances.max() > _TOLERANCE:
            corner = first + 1 + int(distances.argmax())
            kept.add(corner)
            left += [(first, corner), (corner, last)]
    return np.array(sorted(kept))
