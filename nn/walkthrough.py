"""One step of learning on one example, with every intermediate quantity, in the textbook's notation.

Here, unlike in network.py, an example is a column and W is (units, inputs): everything is the transpose of what the
network computes for a batch of one. For layers 1 … L, with A⁰ = X the image, fˡ the activation, Y the label as a
one-hot column, and λ divided by m, the number of training examples:

    forward      Zˡ = WˡAˡ⁻¹ + bˡ,   Aˡ = fˡ(Zˡ),   Aᴸ = softmax(Zᴸ)
    loss         J = -log Aᴸ[label] + λ/(2m) Σ‖Wˡ‖²
    backward     dZᴸ = Aᴸ - Y
                 dWˡ = dZˡ Aˡ⁻¹ᵀ + (λ/m) Wˡ,   dbˡ = dZˡ
                 dZˡ⁻¹ = Wˡᵀ dZˡ ∘ fˡ⁻¹'(Zˡ⁻¹)
    update       Wˡ ← Wˡ - α dWˡ,   bˡ ← bˡ - α dbˡ

With one example dbˡ = dZˡ, as there is nothing to sum over.
"""

from dataclasses import dataclass

import numpy as np

from nn.attribution import logit_gradients
from nn.losses import cross_entropy, l2_penalty, softmax
from nn.network import Floats, Network
from nn.optimizers import descent


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer of the forward pass; all arrays are float64.

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
    """The gradient of J with respect to Z, W and b of a layer, each of the same shape, float64."""

    dZ: Floats
    dW: Floats
    db: Floats


@dataclass(frozen=True)
class Loss:
    """The loss J and its two terms.

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
    """One step of gradient descent on one example.

    Attributes:
        X: (inputs, 1), the image, float64 in [0, 1].
        Y: (classes, 1), 1 at the label, 0 elsewhere.
        label: The class of the example.
        layers: The forward pass before the step, first layer first.
        slopes: The gradients of the same layers.
        loss: The loss before the step.
        after: The forward pass with the updated weights and biases.
        loss_after: The loss after the step.
        alpha: α.
        l2: λ.
        examples: m, the number of training examples.
        activations: The name of the activation of each hidden layer.
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
    activations: tuple[str, ...]


def as_float64(network: Network) -> Network:
    """Return a copy of a network in float64."""
    return Network([array.astype(np.float64) for array in network.parameters], network.activations)


def forward(network: Network, image: Floats) -> tuple[Layer, ...]:
    """Return the forward pass of one image (inputs,) of floats in [0, 1], first layer first."""
    network = as_float64(network)
    A, Z = network.forward(image[None].astype(np.float64))
    activations = [*A[1:], softmax(Z[-1])]
    return tuple(
        Layer(W.T, b[:, None], z.T, a.T)
        for W, b, z, a in zip(network.weights, network.biases, Z, activations, strict=True)
    )


def influence(network: Network, image: Floats) -> list[Floats]:
    """Return ∂Zᴸ/∂Aˡ (classes, units) for each hidden layer, first layer first; see nn.attribution.logit_gradients."""
    return [G.T for G in logit_gradients(as_float64(network), image.astype(np.float64))[1:]]


def one_step(network: Network, image: Floats, label: int, *, alpha: float, l2: float = 0.0, examples: int = 1) -> Step:
    """Take one step of gradient descent on one example, and keep everything that is computed.

    Args:
        network: Left unchanged.
        image: (inputs,) floats, pixels in [0, 1].
        label: Its class, 0 … classes - 1.
        alpha: α.
        l2: λ, at least 0.
        examples: m, the number of training examples, by which λ is divided.
    """
    before, X, labels = as_float64(network), image[None].astype(np.float64), np.array([label])
    after, gradient = before.copy(), np.empty_like(before.vector)
    before.gradients(X, labels, l2=l2, examples=examples, out=before.views(gradient))
    descent(after.vector, gradient.copy(), alpha, t=1)
    gradients = before.views(gradient)
    layers, layers_after = forward(before, image), forward(after, image)
    Y = np.zeros_like(layers[-1].A)
    Y[label] = 1
    return Step(
        X=X.T,
        Y=Y,
        label=label,
        layers=layers,
        slopes=tuple(
            Slope(dZ=db[:, None], dW=dW.T, db=db[:, None])
            for dW, db in zip(gradients[0::2], gradients[1::2], strict=True)
        ),
        loss=_loss(layers, label, l2, examples),
        after=layers_after,
        loss_after=_loss(layers_after, label, l2, examples),
        alpha=alpha,
        l2=l2,
        examples=examples,
        activations=network.activations,
    )


def _loss(layers: tuple[Layer, ...], label: int, l2: float, examples: int) -> Loss:
    penalty = l2_penalty([layer.W for layer in layers], l2, examples)
    return Loss(cross_entropy(layers[-1].Z.T, np.array([label])), penalty)
