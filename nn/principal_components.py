"""Principal components: the directions in which activations vary most, and activations seen along them.

Pearson, "On lines and planes of closest fit to systems of points in space", 1901; by the singular value decomposition
as in Jolliffe, *Principal Component Analysis*, 2002, section 3.5. For n centred rows X = UΣVᵀ, the rows of Vᵀ are the
directions, and σ²/n the variances along them. They are found as the eigenvectors of XᵀX or, by way of U, of XXᵀ,
whichever is smaller, in a third of the time that the decomposition itself takes.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.network import Floats, Labels, Network


@dataclass(frozen=True, eq=False)
class Axes:
    """A few orthogonal directions through a centre.

    Attributes:
        centre: (d,), what is projected to the origin.
        directions: (k, d), unit vectors, the one with the greatest variance first.
    """

    centre: Floats
    directions: Floats

    def project(self, rows: Floats) -> NDArray[np.float64]:
        """Return the coordinates (n, k) along the directions of rows (n, d)."""
        coordinates = (rows - self.centre) @ self.directions.T  # (n, d) @ (d, k) -> (n, k)
        return coordinates.astype(np.float64, copy=False)

    def share_of_variance(self, rows: Floats) -> float:
        """Return the share, in [0, 1], of the variance of rows (n, d) that lies along the directions.

        The rows need not be those that the axes were fitted to. NaN if they are all the same.
        """
        centred = rows - rows.mean(axis=0, dtype=np.float64)
        total = float(np.vdot(centred, centred))
        return float(np.square(centred @ self.directions.T).sum()) / total if total else float("nan")


def principal_axes(rows: Floats, count: int = 2, like: Axes | None = None) -> Axes:
    """Return the directions in which rows vary most.

    A direction and its opposite are equally good. The one whose largest entry is positive is returned or, if `like` has
    the same shape, the one that points the same way as the corresponding direction of `like`.

    Args:
        rows: (n, d) finite floats.
        count: k, the number of directions; if the rows span fewer, the others are arbitrary.
        like: Axes that determine the signs.

    Raises:
        ValueError: `count` is above n or d.
    """
    n, d = rows.shape
    if not 1 <= count <= min(n, d):
        raise ValueError(f"count must be from 1 to {min(n, d)}, as rows are {n} × {d}; got {count}")
    centre = rows.mean(axis=0, dtype=np.float64)
    X = rows - centre
    if d <= n:  # XᵀX = VΣ²Vᵀ
        directions = np.linalg.eigh(X.T @ X)[1].T[::-1][:count]
    else:  # XXᵀ = UΣ²Uᵀ, and XᵀU = VΣ
        U = np.linalg.eigh(X @ X.T)[1][:, ::-1][:, :count]
        directions = np.linalg.qr(X.T @ U)[0].T
    if like is not None and like.directions.shape == directions.shape:
        signs = np.sign(np.einsum("kd,kd->k", like.directions, directions))
    else:
        largest = np.abs(directions).argmax(axis=1)
        signs = np.sign(directions[np.arange(count), largest])
    return Axes(centre, directions * np.where(signs == 0, 1, signs)[:, None])


def layers(network: Network, images: Floats) -> list[NDArray[np.float64]]:
    """Return pixels, hidden activations and logits, (n, units) each, for images (n, inputs) of the network's dtype.

    Values that have overflowed are clipped to ±10³⁸, so that they can be squared.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        A, Z = network.forward(images)
    return [np.clip(np.nan_to_num(each), -1e38, 1e38).astype(np.float64) for each in (*A, Z[-1])]


def nearest_classes(points: Floats, labels: Labels, classes: int) -> NDArray[np.int64]:
    """Return for each class the other one whose mean point is nearest, (classes,); -1 for a class without points."""
    counts = np.bincount(labels, minlength=classes)
    sums = np.stack([np.bincount(labels, column, minlength=classes) for column in points.T], axis=1)  # (classes, k)
    means = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], np.inf)
    with np.errstate(invalid="ignore"):
        distances = np.linalg.norm(means[:, None] - means[None], axis=2)
    distances[~np.isfinite(distances)] = np.inf
    np.fill_diagonal(distances, np.inf)
    nearest: NDArray[Any] = np.where(np.isfinite(distances.min(axis=1)), distances.argmin(axis=1), -1)
    return nearest.astype(np.int64)
