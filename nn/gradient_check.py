"""Gradient check: backpropagation against central differences of the loss."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.losses import cross_entropy, l2_penalty
from nn.network import Floats, Labels, Network


def central_difference(f: Callable[[], float], vector: Floats, index: int, epsilon: float) -> float:
    """Return (f(θ + εeᵢ) - f(θ - εeᵢ)) / 2ε, whose error falls with ε²; the vector is restored."""
    kept = vector[index]
    vector[index] = kept + epsilon
    above = f()
    vector[index] = kept - epsilon
    below = f()
    vector[index] = kept
    return (above - below) / (2 * epsilon)


def numerical_gradients(
    network: Network,
    images: Floats,
    labels: Labels,
    *,
    l2: float = 0.0,
    examples: int | None = None,
    epsilon: float = 1e-6,
) -> list[Floats]:
    """Return [dW1, db1, …] by central differences, one parameter at a time; see Network.gradients for the arguments.

    The network is in float64, and its parameters are restored; each is moved by ε in each direction.
    """

    def loss() -> float:
        return network.gradients(images, labels, l2=l2, examples=examples)[0]

    gradient: NDArray[Any] = np.empty_like(network.vector)
    for index in range(len(gradient)):
        gradient[index] = central_difference(loss, network.vector, index, epsilon)
    return network.views(gradient)


def differences_of_one(
    network: Network,
    images: Floats,
    labels: Labels,
    index: int,
    epsilons: Sequence[float],
    *,
    l2: float = 0.0,
    examples: int | None = None,
) -> list[float]:
    """Return the central difference of one parameter for each of several ε.

    For large ε the error is about J‴/6 · ε²; for small ε about 10⁻¹⁶ J/ε, because J is rounded to 16 digits.

    Args:
        network: In float64; its parameters are restored.
        images: (n, inputs) float64.
        labels: (n,) integers.
        index: The index of the parameter in network.vector.
        epsilons: How far to move it in each direction, one ε after another.
        l2: λ.
        examples: m, see Network.gradients.
    """

    def loss() -> float:
        penalty = l2_penalty(network.weights, l2, examples or len(labels))
        return cross_entropy(network.logits(images), labels) + penalty

    return [central_difference(loss, network.vector, index, epsilon) for epsilon in epsilons]


def relative_error(analytic: Floats, numerical: Floats) -> float:
    """Return ‖a - n‖ / (‖a‖ + ‖n‖), 0 when both are zero."""
    scale = float(np.linalg.norm(analytic) + np.linalg.norm(numerical))
    return float(np.linalg.norm(analytic - numerical)) / scale if scale else 0.0
