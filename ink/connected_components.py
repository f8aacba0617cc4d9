"""Connected components of a binary image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Components:
    """The connected components of an image.

    Attributes:
        labels: (height, width) int, the component of each pixel, from 1; 0 for background.
        low: (components + 1, 2) int, the first row and column of each; ignore row 0, the background.
        high: (components + 1, 2) int, one more than the last row and column of each.
    """

    labels: NDArray[np.intp]
    low: NDArray[np.intp]
    high: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.low) - 1

    def total(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return the sum of values (height, width) over each component, (components + 1,); 0 for the background."""
        sums = np.bincount(self.labels.ravel(), values.ravel(), len(self.low)).astype(np.float64)
        sums[0] = 0
        return sums

    def touching(self, region: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return a mask (components + 1,) of the components with a pixel in a region (height, width)."""
        return self.total(region) > 0


def label(mask: NDArray[np.bool_]) -> Components:
    """Label the components of a mask (height, width); pixels that share a side or a corner are connected.

    Each horizontal run of pixels is a node, and touching runs share an edge. Until the labels converge, both ends of
    each edge take the smaller of their two labels, then each label is replaced by its own label (Shiloach and Vishkin,
    1982, "An O(log n) parallel connectivity algorithm").
    """
    begins = mask & ~np.pad(mask, ((0, 0), (1, 0)))[:, :-1]
    runs = np.where(mask, np.cumsum(begins).reshape(mask.shape), 0)
    edges = np.concatenate([_touching_runs(runs, shift) for shift in (-1, 0, 1)])
    parent = np.arange(runs.max(initial=0) + 1)
    while len(edges := edges[parent[edges[:, 0]] != parent[edges[:, 1]]]):
        ends = parent[edges]
        np.minimum.at(parent, ends.max(axis=1), ends.min(axis=1))
        while not np.array_equal(parent, grandparent := parent[parent]):
            parent = grandparent
    roots, numbered = np.unique(parent, return_inverse=True)
    labels = numbered[runs]
    places = np.argwhere(labels)
    owner = labels[places[:, 0], places[:, 1]]
    low, high = np.full((len(roots), 2), max(mask.shape, default=0)), np.zeros((len(roots), 2), np.intp)
    np.minimum.at(low, owner, places)
    np.maximum.at(high, owner, places + 1)
    return Components(labels, low, high)


def _touching_runs(runs: NDArray[np.intp], shift: int) -> NDArray[np.intp]:
    """Return pairs (n, 2) of runs where the second has a pixel one row below and `shift` columns right of the first."""
    width = runs.shape[1]
    above = runs[:-1, max(-shift, 0) : width - max(shift, 0)]
    below = runs[1:, max(shift, 0) : width - max(-shift, 0)]
    both = (above > 0) & (below > 0)
    return np.unique(np.stack([above[both], below[both]], axis=1), axis=0)
