"""Spots: the connected parts of what is marked in an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Spots:
    """The spots of an image.

    Attributes:
        labels: (height, width) int, which spot each pixel belongs to, from 1 on; 0 for none.
        low: (spots + 1, 2) int, the first row and column of each; row 0 stands for no spot and tells nothing.
        high: (spots + 1, 2) int, one more than the last row and column of each.
    """

    labels: NDArray[np.intp]
    low: NDArray[np.intp]
    high: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.low) - 1

    def total(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return the sum of values (height, width) over each spot, (spots + 1,); 0 for no spot."""
        sums = np.bincount(self.labels.ravel(), values.ravel(), len(self.low)).astype(np.float64)
        sums[0] = 0
        return sums

    def touching(self, region: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which spots, (spots + 1,), have a pixel in a region (height, width)."""
        return self.total(region) > 0


def find(marked: NDArray[np.bool_]) -> Spots:
    """Part marked pixels (height, width) into spots: neighbours belong together, those across a corner too.

    Each run of pixels along a row is a node; runs that touch are joined until nothing changes: the labels of both ends
    of each edge become the lesser of the two, and each label its label's label (Shiloach and Vishkin, 1982, "An
    O(log n) parallel connectivity algorithm").
    """
    begins = marked & ~np.pad(marked, ((0, 0), (1, 0)))[:, :-1]
    runs = np.where(marked, np.cumsum(begins).reshape(marked.shape), 0)
    edges = np.concatenate([_pairs(runs, shift) for shift in (-1, 0, 1)])
    label = np.arange(runs.max(initial=0) + 1)
    while len(edges := edges[label[edges[:, 0]] != label[edges[:, 1]]]):
        ends = label[edges]
        np.minimum.at(label, ends.max(axis=1), ends.min(axis=1))
        while not np.array_equal(label, nearer := label[label]):
            label = nearer
    names, numbered = np.unique(label, return_inverse=True)
    labels = numbered[runs]
    places = np.argwhere(labels)
    owner = labels[places[:, 0], places[:, 1]]
    low, high = np.full((len(names), 2), max(marked.shape, default=0)), np.zeros((len(names), 2), np.intp)
    np.minimum.at(low, owner, places)
    np.maximum.at(high, owner, places + 1)
    return Spots(labels, low, high)


def _pairs(runs: NDArray[np.intp], shift: int) -> NDArray[np.intp]:
    """Return the pairs (n, 2) of runs of which one has a pixel below the other's, `shift` columns to its right."""
    width = runs.shape[1]
    above = runs[:-1, max(-shift, 0) : width - max(shift, 0)]
    below = runs[1:, max(shift, 0) : width - max(-shift, 0)]
    both = (above > 0) & (below > 0)
    return np.unique(np.stack([above[both], below[both]], axis=1), axis=0)
