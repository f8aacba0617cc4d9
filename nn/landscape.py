"""The landscape: the loss on a plane in the space of all parameters, such as the one nearest to a run's own way.

With θ₀ the centre of the plane, u and v its directions, and J the cross-entropy on some examples, it is J(θ₀ + xu + yv)
over x and y (Goodfellow, Vinyals and Saxe 2015; Li et al. 2018, section 3). Through the principal components of a run's
weights, the plane holds as much of its way as any can (Lorch 2016; Li et al. 2018, section 7). Where we leave them: the
centre is the mean of the weights, not the last of them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nn.activations import ACTIVATIONS
from nn.losses import cross_entropy
from nn.network import Floats, Labels, Network
from nn.principal_components import Axes


class Landscape:
    """The loss on a plane.

    The first layer is linear in the parameters: its pre-activations are computed once for θ₀, u and v, and only added
    up for each point. With 784-128-10 that leaves a fortieth of the work.
    """

    def __init__(self, network: Network, plane: Axes, images: Floats, labels: Labels) -> None:
        """Prepare.

        Args:
            network: Its shapes and activations count, its parameters do not.
            plane: θ₀ and the directions u and v, each (count,) in the order of `network.vector`.
            images: (n, inputs) floats in [0, 1].
            labels: (n,) integers.

        Raises:
            ValueError: The plane has other than two directions, or they are not of the network's parameters.
        """
        vectors = [plane.centre, *plane.directions]
        if len(vectors) != 3 or plane.centre.shape != network.vector.shape:
            shape = plane.directions.shape
            raise ValueError(f"directions must have the shape (2, {network.vector.size}); got {shape}")
        with np.errstate(over="ignore", invalid="ignore"):
            parts = [network.views(each.astype(network.dtype)) for each in vectors]
            self._first = [images @ part[0] + part[1] for part in parts]  # (n, units) for θ₀, u and v
        self._labels = labels
        self._functions = [ACTIVATIONS[name].function for name in network.activations]
        self._later = list(zip(*(part[2:] for part in parts), strict=True))  # W2, b2, W3, …, of each three

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
    """Return `count` even steps from below the least value to above the greatest, by a share of their distance."""
    low, high = float(values.min()), float(values.max())
    beyond = margin * (high - low) or 1e-3
    return np.linspace(low - beyond, high + beyond, count)
