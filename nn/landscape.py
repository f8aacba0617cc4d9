"""The loss landscape: the loss on a plane in parameter space, such as the plane nearest to a run's path.

With θ₀ the centre of the plane, u and v its directions, and J the cross-entropy on some examples, it is J(θ₀ + xu + yv)
over x and y (Goodfellow, Vinyals and Saxe 2015; Li et al. 2018, section 3). Spanned by the principal components of a
run's weights, the plane captures as much of its path as any plane can (Lorch 2016; Li et al. 2018, section 7). Unlike
theirs, it is centred on the mean of the weights, not on the last of them.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nn.activations import ACTIVATIONS
from nn.batches import slices
from nn.losses import cross_entropy
from nn.network import Floats, Labels, Network
from nn.principal_components import Axes

PIECE = 2**20
"""Numbers that `nearest_plane` processes at once: about 10 ms on one core, and 20 MB."""


@dataclass(frozen=True, eq=False)
class Way:
    """A path through parameter space, and the plane nearest to it.

    Attributes:
        plane: θ₀ and the directions u and v, of the dtype of the parameters.
        path: (n, 2) float64, the points of the path, projected onto the plane.
        held: (2,) the share, in [0, 1], of their variance that each direction explains.
    """

    plane: Axes
    path: NDArray[np.float64]
    held: NDArray[np.float64]


def nearest_plane(points: Sequence[Floats]) -> Generator[None, None, Way]:
    """Find the plane of the first two principal components of a path, piece by piece.

    For n centred points X = UΣVᵀ, U and Σ² are found from XXᵀ, (n, n), and VΣ is XᵀU, so that X is never needed as a
    whole. The signs are chosen so that the path begins at the top left.

    Args:
        points: At least two vectors of parameters (d,), in the order of the path.

    Yields:
        Between the pieces.
    """
    n, d = len(points), len(points[0])
    pieces = list(slices(d, max(1, PIECE // n)))

    def centred(piece: slice) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        X = np.stack([each[piece] for each in points]).astype(np.float64)  # (n, piece)
        mean = X.mean(axis=0)
        return X - mean, mean

    products = np.zeros((n, n))
    for piece in pieces:
        X, _mean = centred(piece)
        products += X @ X.T  # (n, piece) @ (piece, n) -> (n, n)
        yield
    total = float(np.trace(products))
    variances, U = (each[..., ::-1][..., :2] for each in np.linalg.eigh(products))
    variances = np.where(variances > 1e-12 * total, variances, 0)  # on a straight path, the second is rounding error
    U = U * np.where(U[0] * (1, -1) > 0, -1, 1)
    lengths = np.sqrt(variances)
    centre, directions = np.empty_like(points[0]), np.empty((2, d), points[0].dtype)
    for piece in pieces:
        X, centre[piece] = centred(piece)
        directions[:, piece] = U.T @ X / np.where(lengths, lengths, np.inf)[:, None]
        yield
    return Way(Axes(centre, directions), U * lengths, variances / total if total else np.zeros(2))


class Landscape:
    """The loss on a plane.

    The first layer is linear in the parameters: its pre-activations are computed once for θ₀, u and v, and each point
    only adds them up. With 784-128-10, this leaves a fortieth of the work.
    """

    def __init__(self, network: Network, plane: Axes, images: Floats, labels: Labels) -> None:
        """Compute what all points share.

        Args:
            network: Only its shapes and activations are used, not its parameters.
            plane: θ₀ and the directions u and v, each (count,) in the order of `network.vector`.
            images: (n, inputs) floats in [0, 1].
            labels: (n,) integers.

        Raises:
            ValueError: The plane does not have two directions, or they do not fit the network's parameters.
        """
        vectors = [plane.centre, *plane.directions]
        if len(vectors) != 3 or plane.centre.shape != network.vector.shape:
            shape = plane.directions.shape
            raise ValueError(f"directions must have the shape (2, {network.vector.size}); got {shape}")
        with np.errstate(over="ignore", invalid="ignore"):
            parts = [network.views(each.astype(network.dtype, copy=False)) for each in vectors]
            self._first = [images @ part[0] + part[1] for part in parts]  # (n, units) for θ₀, u and v
        self._labels = labels
        self._functions = [ACTIVATIONS[name].function for name in network.activations]
        self._later = list(zip(*(part[2:] for part in parts), strict=True))  # W2, b2, W3, …, each for θ₀, u and v

    def loss(self, x: float, y: float) -> float:
        """Return J(θ₀ + xu + yv) in nats; infinity where it is not a number."""
        with np.errstate(over="ignore", invalid="ignore"):
            Z = _at(self._first, x, y)
            for layer, f in enumerate(self._functions):
                W, b = (_at(each, x, y) for each in self._later[2 * layer : 2 * layer + 2])
                Z = f(Z) @ W + b  # (n, fan_in) @ (fan_in, fan_out) -> (n, fan_out)
            loss = cross_entropy(Z, self._labels)
        return loss if np.isfinite(loss) else float("inf")


def _at(parts: Sequence[Floats], x: float, y: float) -> Floats:
    centre, u, v = parts
    return centre + centre.dtype.type(x) * u + centre.dtype.type(y) * v


def ticks_around(values: NDArray[np.float64], count: int, margin: float = 0.3) -> NDArray[np.float64]:
    """Return `count` evenly spaced ticks, from below the least value to above the greatest by a share of the range."""
    low, high = float(values.min()), float(values.max())
    beyond = margin * (high - low) or 1e-3
    return np.linspace(low - beyond, high + beyond, count)
