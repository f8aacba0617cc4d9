"""One step of learning on one example, with every quantity on the way, as the textbook writes it.

Here, unlike in network.py, an example is a column and W is (units, inputs), the transpose of the network's. With layers
1 … L, A⁰ = X the image, f the activation, Y the label as a column of 0 and one 1, and λ shared among m examples:

    forward      Zˡ = WˡAˡ⁻¹ + bˡ,   Aˡ = f(Zˡ),   Aᴸ = softmax(Zᴸ)
    loss         J = -log Aᴸ[label] + λ/(2m) Σ‖Wˡ‖²
    backward     dZᴸ = Aᴸ - Y
                 dWˡ = dZˡ Aˡ⁻¹ᵀ + (λ/m) Wˡ,   dbˡ = dZˡ
                 dZˡ⁻¹ = Wˡᵀ dZˡ ∘ f'(Zˡ⁻¹)
    update       Wˡ ← Wˡ - α dWˡ,   bˡ ← bˡ - α dbˡ

network.py computes the same for many examples at once, and faster; a test holds that the two agree.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nn.activations import ACTIVATIONS
from nn.losses import l2_penalty, softmax, softmax_cross_entropy
from nn.network import Floats, Network


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer on the way forward; all arrays float64.

    Attributes:
        W: (units, inputs) weights.
        b: (units, 1) biases.
        Z: (units, 1) pre-activations; of the last layer, the logits.
        A: (units, 1) activations; of the last layer, the probabilities.
    """

    W: Floats
    b: Floats
    Z: Floats
    A: Floats


@dataclass(frozen=True, eq=False)
class Slope:
    """The gradient of J by Z, W and b of a layer, each of the shape of what it is by, float64."""

    dZ: Floats
    dW: Floats
    db: Floats


@dataclass(frozen=True)
class Loss:
    """The loss J and what it is the sum of.

    Attributes:
        cross_entropy: -log of the probability of the label, in nats.
        penalty: λ/(2m) Σ‖W‖².
    """

    cross_entropy: float
    penalty: float

    @property
    def total(self) -> float:
        """Return J."""
        return self.cross_entropy + self.penalty


@dataclass(frozen=True, eq=False)
class Step:
    """One step of plain gradient descent on one example.

    Attributes:
        X: (inputs, 1) the image, float64 in [0, 1].
        Y: (classes, 1) 1 at the label, else 0.
        label: The class that the example is.
        layers: The way forward, first layer first.
        slopes: The gradients of the same layers.
        loss: Before the step.
        after: The layers after it: new weights and biases, and what they make of X.
        loss_after: With those.
        alpha: α.
        l2: λ.
        examples: m, the training examples that λ is shared among.
        activation: A name in ACTIVATIONS.
    """

    X: Floats
    Y: Floats
    label: int
    layers: tuple[Layer, ...]
    slopes: tuple[Slope, ...]
    loss: Loss
    after: tuple[Layer, ...]
    loss_after: Loss
    alpha: float
    l2: float
    examples: int
    activation: str


def as_float64(network: Network) -> Network:
    """Return the same network in float64."""
    return Network([array.astype(np.float64) for array in network.parameters], network.activation)


def forward(network: Network, image: Floats) -> tuple[Layer, ...]:
    """Follow one image (inputs,) of floats in [0, 1] through a network, first layer first."""
    pairs = [
        (W.T.astype(np.float64), b[:, None].astype(np.float64))
        for W, b in zip(network.weights, network.biases, strict=True)
    ]
    return _forward(pairs, image[:, None].astype(np.float64), network.activation)


def influence(layers: Sequence[Layer], activation: str) -> list[Floats]:
    """Return how the logits move with each hidden unit: ∂Zᴸ/∂Aˡ (classes, units) for each hidden layer, first first.

    Of the last hidden layer it is Wᴸ itself, and the logits are the sum of its columns, each times its unit's
    activation, and the biases. Before it the same holds in a first approximation; see nn/attribution.py.
    """
    derivative = ACTIVATIONS[activation].derivative
    found: list[Floats] = []
    for index in range(len(layers) - 2, -1, -1):
        W = layers[index + 1].W  # (units of the next layer, units)
        if not found:
            found.append(W)
        else:
            found.append((found[-1] * derivative(layers[index + 1].A).T) @ W)  # (classes, next) @ (next, units)
    return found[::-1]


def one_step(network: Network, image: Floats, label: int, *, alpha: float, l2: float = 0.0, examples: int = 1) -> Step:
    """Take one step of gradient descent on one example, and keep everything that is computed.

    Args:
        network: It is only read.
        image: (inputs,) floats, pixels in [0, 1].
        label: The class that it is, 0 … classes - 1.
        alpha: α.
        l2: λ, at least 0.
        examples: m, the number of training examples that λ is shared among.
    """
    X = image[:, None].astype(np.float64)  # (inputs,) -> (inputs, 1)
    layers = forward(network, image)
    Y = np.zeros_like(layers[-1].A)
    Y[label] = 1
    slopes = _backward(X, Y, layers, l2 / examples, network.activation)
    moved = [
        (layer.W - alpha * slope.dW, layer.b - alpha * slope.db) for layer, slope in zip(layers, slopes, strict=True)
    ]
    after = _forward(moved, X, network.activation)
    return Step(
        X=X,
        Y=Y,
        label=label,
        layers=layers,
        slopes=slopes,
        loss=_loss(layers, label, l2, examples),
        after=after,
        loss_after=_loss(after, label, l2, examples),
        alpha=alpha,
        l2=l2,
        examples=examples,
        activation=network.activation,
    )


def _forward(pairs: Sequence[tuple[Floats, Floats]], X: Floats, activation: str) -> tuple[Layer, ...]:
    """Follow X (inputs, 1) through layers of W (units, inputs) and b (units, 1)."""
    f = ACTIVATIONS[activation].function
    A = X
    layers: list[Layer] = []
    for number, (W, b) in enumerate(pairs, start=1):
        Z = W @ A + b  # (units, inputs) @ (inputs, 1) + (units, 1) -> (units, 1)
        A = softmax(Z.T).T if number == len(pairs) else f(Z.copy())  # (units, 1)
        layers.append(Layer(W, b, Z, A))
    return tuple(layers)


def _backward(X: Floats, Y: Floats, layers: tuple[Layer, ...], decay: float, activation: str) -> tuple[Slope, ...]:
    """Go back from Y (classes, 1) to the first layer; `decay` is λ/m."""
    derivative = ACTIVATIONS[activation].derivative
    slopes: list[Slope] = []
    dZ = layers[-1].A - Y  # (classes, 1)
    for index in range(len(layers) - 1, -1, -1):
        W, A = layers[index].W, layers[index - 1].A if index else X
        dW = dZ @ A.T + decay * W  # (units, 1) @ (1, inputs) -> (units, inputs)
        db = dZ  # (units, 1)
        slopes.append(Slope(dZ, dW, db))
        if index:
            dZ = (W.T @ dZ) * derivative(A)  # (inputs, units) @ (units, 1) -> (inputs, 1)
    return tuple(reversed(slopes))


def _loss(layers: tuple[Layer, ...], label: int, l2: float, examples: int) -> Loss:
    cross_entropy, _ = softmax_cross_entropy(layers[-1].Z.T, np.array([label]))
    return Loss(cross_entropy, l2_penalty([layer.W for layer in layers], l2, examples))
