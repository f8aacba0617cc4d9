# ruff: noqa: ARG001 - every derivative has the same signature
"""Activation functions: one table with each function, its derivative and everything else the app needs of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Activation:
    """An activation function A = f(Z) and its derivative.

    Both are plain functions that use only NumPy, because the script of a run contains their source.

    Attributes:
        label: What the app calls it.
        function: Z -> A, element by element; leaves Z unchanged. On [-z, z], |A| is largest at one of the ends, as for
            every monotonic function: the code that reads weights relies on this to bound the logits.
        derivative: (Z, A) -> f'(Z), as floats or booleans. It also takes A = f(Z), because many derivatives are
            simplest in terms of the function's own value.
        tex: Its name in TeX.
        formula: f(z) as plain text.
        meaning: A sentence for the glossary.
        onnx: Its operator in ONNX.
        onnx_attributes: The attributes of the operator.
        onnx_since: The first ONNX operator set that has it.
        can_die: Whether f' is 0 over a range of Z, so that a unit can stop learning.
        equation: f(z) in TeX; empty if the docstring of the function says enough.
        torch: The equivalent PyTorch module, as an expression; empty if there is none.
    """

    label: str
    function: Callable[[Floats], Floats]
    derivative: Callable[[Floats, Floats], Floats | NDArray[np.bool_]]
    tex: str
    formula: str
    meaning: str
    onnx: str
    onnx_attributes: Mapping[str, Any] = field(default_factory=dict)
    onnx_since: int = 1
    can_die: bool = False
    equation: str = ""
    torch: str = ""


def relu(Z: Floats) -> Floats:
    """Return max(0, Z)."""
    return np.maximum(Z, 0)


def relu_derivative(Z: Floats, A: Floats) -> NDArray[np.bool_]:
    """Return 1 where A > 0, else 0, also at the kink Z = 0, where the derivative is undefined."""
    return A > 0


def leaky_relu(Z: Floats) -> Floats:
    """Return max(0.01 Z, Z) (Maas, Hannun, Ng 2013, section 2)."""
    return np.maximum(0.01 * Z, Z)


def leaky_relu_derivative(Z: Floats, A: Floats) -> Floats:
    """Return 1 where Z > 0, else 0.01."""
    return np.maximum(Z > 0, 0.01, dtype=Z.dtype)


def elu(Z: Floats) -> Floats:
    """Return Z where Z > 0, else e^Z - 1 (Clevert et al. 2016).

    Fast and accurate deep network learning by exponential linear units, section 3, with their α = 1.
    """
    return np.where(Z > 0, Z, np.expm1(np.minimum(Z, 0)))


def elu_derivative(Z: Floats, A: Floats) -> Floats:
    """Return 1 where Z > 0, else e^Z = A + 1."""
    return np.minimum(A, 0) + 1


def gelu(Z: Floats) -> Floats:
    """Return Z σ(√(8/π)(Z + 0.044715 Z³)), within 0.0005 of Z Φ(Z) (Hendrycks and Gimpel 2016, section 2)."""
    near = np.clip(Z, -9, 9)  # beyond, σ is practically 0 or 1, and the cube may overflow
    return np.maximum(Z, -9) / (1 + np.exp(-float(np.sqrt(8 / np.pi)) * near * (1 + 0.044715 * near * near)))


def gelu_derivative(Z: Floats, A: Floats) -> Floats:
    """Return σ + Z σ(1 - σ)√(8/π)(1 + 3 · 0.044715 Z²), with σ that of the function."""
    near, slope = np.clip(Z, -9, 9), float(np.sqrt(8 / np.pi))
    share = 1 / (1 + np.exp(-slope * near * (1 + 0.044715 * near * near)))
    return share * (1 + near * (1 - share) * slope * (1 + 3 * 0.044715 * near * near))


def tanh(Z: Floats) -> Floats:
    """Return the hyperbolic tangent of Z."""
    return np.tanh(Z)


def tanh_derivative(Z: Floats, A: Floats) -> Floats:
    """Return 1 - tanh²(Z)."""
    return 1 - A * A


def sigmoid(Z: Floats) -> Floats:
    """Return σ(Z) = 1 / (1 + e^-Z), in a form that cannot overflow."""
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
        equation=r"\max(0, z)",
        torch="nn.ReLU()",
    ),
    "leaky_relu": Activation(
        "Leaky ReLU",
        leaky_relu,
        leaky_relu_derivative,
        tex=r"\mathrm{LReLU}",
        formula="max(0.01z, z)",
        meaning="max(0.01z, z): a ReLU that lets a hundredth of negative values pass, so that no unit can die.",
        onnx="LeakyRelu",
        onnx_attributes={"alpha": 0.01},
        equation=r"\max(0.01 z, z)",
        torch="nn.LeakyReLU(0.01)",
    ),
    "elu": Activation(
        "ELU",
        elu,
        elu_derivative,
        tex=r"\mathrm{ELU}",
        formula="z if z > 0, else eᶻ − 1",
        meaning="Exponential linear unit: positive values pass unchanged, negative ones bend smoothly towards −1.",
        onnx="Elu",
        onnx_attributes={"alpha": 1.0},
        equation=r"z \text{ where } z > 0, \text{ else } e^z - 1",
        torch="nn.ELU()",
    ),
    "gelu": Activation(
        "GELU",
        gelu,
        gelu_derivative,
        tex=r"\mathrm{GELU}",
        formula="z·σ(1.596z + 0.0714z³)",
        meaning="Gaussian error linear unit, z times the share of a bell curve that is below z: a smooth ReLU.",
        onnx="Gelu",
        onnx_attributes={"approximate": "tanh"},
        onnx_since=20,
        equation=r"z \, \sigma\left(\sqrt{8/\pi} \, (z + 0.044715 z^3)\right)",
        torch='nn.GELU(approximate="tanh")',
    ),
    "tanh": Activation(
        "tanh",
        tanh,
        tanh_derivative,
        tex=r"\tanh",
        formula="tanh(z)",
        meaning="The hyperbolic tangent: maps any number to one between −1 and 1.",
        onnx="Tanh",
        equation=r"\tanh z",
        torch="nn.Tanh()",
    ),
    "sigmoid": Activation(
        "Sigmoid",
        sigmoid,
        sigmoid_derivative,
        tex=r"\sigma",
        formula="1 / (1 + e⁻ᶻ)",
        meaning="1/(1 + e⁻ᶻ): maps any number to one between 0 and 1.",
        onnx="Sigmoid",
        equation=r"\frac{1}{1 + e^{-z}}",
        torch="nn.Sigmoid()",
    ),
}
