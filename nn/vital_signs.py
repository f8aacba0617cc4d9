"""The health of a network while it trains: norms, the size of its steps, dead units, and its activations.

For each layer, with g = ∂J/∂W on some examples and ΔW one update of the optimizer:

    weight norm ‖W‖,   gradient norm ‖g‖,   update ratio ‖ΔW‖ / ‖W‖        ‖·‖: the root of the sum of squares

A ratio of about 10⁻³ is a common rule of thumb: far above it the weights jump about, far below it nothing is learnt
(Karpathy et al., CS231n, "Neural Networks Part 3"). Biases are left out: they begin at 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nn.evaluation import dead_units
from nn.network import Floats, Labels, Network

BINS = 64
"""Bins of a histogram."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """How often values occur.

    Attributes:
        low: The smallest value.
        high: The largest.
        shares: (BINS,) the share of the values in each of equally wide bins from low to high; they sum to 1.
    """

    low: float
    high: float
    shares: NDArray[np.float64]

    @classmethod
    def of(cls, values: Floats) -> "Histogram":
        """Count values, of which there must be at least one; infinite ones count as the largest number."""
        values = np.nan_to_num(values).astype(np.float64)
        low, high = float(values.min()), float(values.max())
        counts, _ = np.histogram(values, BINS, (low, high if high > low else low + 1))
        return cls(low, high, counts / values.size)

    def rebinned(self, edges: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share (k,) of the values between neighbouring edges (k + 1,), taken as uniform within a bin."""
        own = np.linspace(self.low, self.high if self.high > self.low else self.low + 1, BINS + 1)
        shares: NDArray[np.float64] = np.diff(np.interp(edges, own, np.concatenate([[0], np.cumsum(self.shares)])))
        return shares


@dataclass(frozen=True, eq=False)
class LayerSigns:
    """The vital signs of one layer; see the module's docstring.

    Attributes:
        weight_norm: ‖W‖.
        gradient_norm: ‖g‖.
        update_ratio: ‖ΔW‖ / ‖W‖.
        dead: The share of units that are dead on the examples (see nn.evaluation.dead_units); None where none can be.
        activations: Of the hidden units on the examples; in the output layer, the logits.
    """

    weight_norm: float
    gradient_norm: float
    update_ratio: float
    dead: float | None
    activations: Histogram


def vital_signs(
    network: Network,
    images: Floats,
    labels: Labels,
    update: Floats,
    *,
    l2: float = 0.0,
    examples: int | None = None,
    smoothing: float = 0.0,
) -> tuple[LayerSigns, ...]:
    """Return the vital signs of each layer, first layer first.

    Args:
        network: Left unchanged; its weights are finite.
        images: (n, inputs) floats in [0, 1].
        labels: (n,) integers.
        update: (count,), the change of all parameters in one step, in the order of `network.vector`.
        l2: λ, part of J.
        examples: m, by which λ is divided; n by default.
        smoothing: ε of label smoothing, part of J.
    """
    _, gradients = network.gradients(images, labels, l2=l2, examples=examples, smoothing=smoothing)
    A, Z = network.forward(images)
    shares = [None if dead is None else float(dead.mean()) for dead in dead_units(network, images)]
    return tuple(
        LayerSigns(
            weight_norm=_norm(W),
            gradient_norm=_norm(g),
            update_ratio=_norm(change) / (_norm(W) or 1.0),
            dead=share,
            activations=Histogram.of(values),
        )
        for W, g, change, share, values in zip(
            network.weights, gradients[::2], network.views(update)[::2], [*shares, None], [*A[1:], Z[-1]], strict=True
        )
    )


def _norm(values: Floats) -> float:
    return float(np.linalg.norm(values.astype(np.float64, copy=False)))
