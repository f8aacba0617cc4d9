# ruff: noqa: ARG001 - every derivative has the same signature
"""Activation functions: one table with the function, its derivative and everything else that is asked of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Activation:
    """An activation function A = f(Z) and its derivative.

    Both are plain functions of NumPy alone, as the script of a run contains their source.

    Attributes:
        label: What the app calls it.
        function: Z -> A, element by element and monotonic; leaves Z unchanged.
        derivative: (Z, A) -> f'(Z), as floats or truth values. It takes A = f(Z) too, as many a derivative is short in
            terms of the function's own value.
        tex: Its name in TeX.
        formula: f(z) as plain text.
        meaning: A sentence for the glossary.
        onnx: Its operator in ONNX.
        can_die: Whether f' is 0 over a range of Z, so that a unit can stop learning.
    """

    label: str
    function: Callable[[Floats], Floats]
    derivative: Callable[[Floats, Floats], Floats | NDArray[np.bool_]]
    tex: str
    formula: str
    meaning: str
    onnx: str
    can_die: bool = False


def relu(Z: Floats) -> Floats:
    """Return max(0, Z)."""
    return np.maximum(Z, 0)


def relu_derivative(Z: Floats, A: Floats) -> NDArray[np.bool_]:
    """Return 1 where A > 0, else 0; also 0 at the kink Z = 0, where the derivative is undefined."""
    return A > 0


def tanh(Z: Floats) -> Floats:
    """Return the hyperbolic tangent of Z."""
    return np.tanh(Z)


def tanh_derivative(Z: Floats, A: Floats) -> Floats:
    """Return 1 - tanh²(Z)."""
    return 1 - A * A


def sigmoid(Z: Floats) -> Floats:
    """Return σ(Z) = 1 / (1 + e^-Z), written as (1 + tanh(Z/2)) / 2, which cannot overflow."""
    return (1 + np.tanh(Z / 2)) / 2


def sigmoid_derivative(Z: Floats, A: Floats) -> Floats:
    """Return σ(Z)(1 - σ(Z))."""
    return A * (1 - A)


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(
        "ReLU",
        relu,
        relu_derivative,
        tex=r"\mathrm{ReLU}",
        formula="max(0, z)",
        meaning="Rectified linear unit, max(0, z): negative values become 0, positive ones pass unchanged.",
        onnx="Relu",
        can_die=True,
    ),
    "tanh": Activation(
        "tanh",
        tanh,
        tanh_derivative,
        tex=r"\tanh",
        formula="tanh(z)",
        meaning="The hyperbolic tangent: maps any number to one between −1 and 1.",
        onnx="Tanh",
    ),
    "sigmoid": Activation(
        "Sigmoid",
        sigmoid,
        sigmoid_derivative,
        tex=r"\sigma",
        formula="1 / (1 + e⁻ᶻ)",
        meaning="1/(1 + e⁻ᶻ): maps any number to one between 0 and 1.",
        onnx="Sigmoid",
    ),
}
