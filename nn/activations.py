"""Activation functions, each beside its derivative, in the one table that the app's choices are read off."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Activation:
    """An activation function A = f(Z) and its derivative.

    Attributes:
        label: What a person reads.
        function: Z -> A, element by element; it may overwrite Z and return it.
        derivative: A -> f'(Z). It takes the *activation* A, not Z: for each function here f' has a short form in
            its own value, so that Z need not be kept. Floats, or truth values where it is 1 or 0.
    """

    label: str
    function: Callable[[Floats], Floats]
    derivative: Callable[[Floats], Floats | NDArray[np.bool_]]


def relu(Z: Floats) -> Floats:
    """Return max(0, Z)."""
    return np.maximum(Z, 0)


def relu_derivative(A: Floats) -> NDArray[np.bool_]:
    """Return 1 where A > 0, else 0; at the kink Z = 0, where none exists, 0."""
    return A > 0


def tanh(Z: Floats) -> Floats:
    """Return the hyperbolic tangent of Z."""
    return np.tanh(Z)


def tanh_derivative(A: Floats) -> Floats:
    """Return 1 - tanh²(Z)."""
    return 1 - A * A


def sigmoid(Z: Floats) -> Floats:
    """Return 1 / (1 + e^-Z), written as (1 + tanh(Z/2)) / 2, which no Z overflows."""
    return (1 + np.tanh(Z / 2)) / 2


def sigmoid_derivative(A: Floats) -> Floats:
    """Return σ(Z)(1 - σ(Z))."""
    return A * (1 - A)


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation("ReLU", relu, relu_derivative),
    "tanh": Activation("tanh", tanh, tanh_derivative),
    "sigmoid": Activation("Sigmoid", sigmoid, sigmoid_derivative),
}
