"""Adversaries: small changes to an image, chosen by the gradient of the loss so that a network misreads it.

The size of a change is its max norm: no pixel moves by more than ε. With J the loss of one image and its label,

    fast gradient sign method    x' = clip(x + ε sign ∂J/∂x)               Goodfellow, Shlens and Szegedy, 2015, 4
    iterated                     x' ← clip(project(x' + α sign ∂J/∂x'))    Kurakin, Goodfellow and Bengio, 2017, 2.2
    aimed at a class             x' = clip(x - ε sign ∂J_target/∂x)        the same, 2.3

where clip keeps pixels in [0, 1], and project keeps them within ε of the image. Unlike in the papers, α is ε/4 in ten
steps, rather than one grey level in as many steps as it takes.
"""

from collections.abc import Callable

import numpy as np

from nn.attribution import input_gradients
from nn.losses import softmax
from nn.network import Floats, Labels, Network
from nn.perturbations import Perturbation

STEPS = 10
STEP_SHARE = 0.25
"""The step size of the iterated adversary, as a share of ε."""


def loss_directions(network: Network, images: Floats, labels: Labels) -> Floats:
    """Return ∂J/∂x divided by 1 - p_label, for the loss J = -log p_label of each image.

    The gradient with respect to the logits is p - y. If the network is certain, p_label rounds to 1 in float32 and the
    gradient vanishes. Divided by 1 - p_label > 0, which changes no sign, it is q - y, with q the softmax over all other
    outputs.

    Args:
        network: Left unchanged.
        images: (n, inputs) floats, pixels in [0, 1].
        labels: (n,) integers, the indices of outputs; the network has at least two.

    Returns:
        (n, inputs).
    """
    A, Z = network.forward(images)
    rows = np.arange(len(labels))
    others = Z[-1].copy()
    others[rows, labels] = -np.inf
    dZ = softmax(others)  # (n, outputs), 0 at the label
    dZ[rows, labels] = -1
    return input_gradients(network, A, Z, len(Z), dZ)


def fgsm(
    network: Network,
    images: Floats,
    labels: Labels,
    epsilon: float,
    target: int | None,
    rng: np.random.Generator,  # noqa: ARG001 - every adversary has the same signature
) -> Floats:
    """Take one step of ε in every pixel: away from the labels, or towards a target."""
    return np.clip(images + _step(network, images, labels, epsilon, target), 0, 1)


def iterated(
    network: Network,
    images: Floats,
    labels: Labels,
    epsilon: float,
    target: int | None,
    rng: np.random.Generator,  # noqa: ARG001 - every adversary has the same signature
) -> Floats:
    """Take ten steps of ε/4, never further than ε from the image in any pixel."""
    if not epsilon:
        return images
    low, high = np.maximum(images - _like(images, epsilon), 0), np.minimum(images + _like(images, epsilon), 1)
    found = images
    for _ in range(STEPS):
        found = np.clip(found + _step(network, found, labels, STEP_SHARE * epsilon, target), low, high)
    return found


def random_signs(
    network: Network,  # noqa: ARG001 - every adversary has the same signature
    images: Floats,
    labels: Labels,  # noqa: ARG001
    epsilon: float,
    target: int | None,  # noqa: ARG001
    rng: np.random.Generator,
) -> Floats:
    """Move every pixel by ε, up or down at random: noise of the same size that ignores the network."""
    signs = rng.integers(0, 2, images.shape, dtype=np.int8) * 2 - 1
    return np.clip(images + _like(images, epsilon) * signs, 0, 1)


def _step(network: Network, images: Floats, labels: Labels, size: float, target: int | None) -> Floats:
    aims = labels if target is None else np.full_like(labels, target)
    signs: Floats = np.sign(loss_directions(network, images, aims))
    signs *= size if target is None else -size
    return signs


def _like(images: Floats, value: float) -> Floats:
    """Return a number as a scalar of the images' type, so that float32 stays float32."""
    return np.asarray(value, images.dtype)


_EPSILONS = (0.0, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3)

AttackFunction = Callable[[Network, Floats, Labels, float, int | None, np.random.Generator], Floats]

ATTACKS: dict[str, Perturbation[AttackFunction]] = {
    "random": Perturbation(
        "Random signs",
        "ε {:g}",
        _EPSILONS,
        0.0,
        random_signs,
        formula="x + ε·(±1 at random), clipped to [0, 1]",
        meaning="Random noise as large as the attacks below, made without looking at the network.",
        source="Goodfellow, Shlens and Szegedy, 2015, section 4",
    ),
    "fgsm": Perturbation(
        "One step (FGSM)",
        "ε {:g}",
        _EPSILONS,
        0.0,
        fgsm,
        formula="x + ε sign ∂J/∂x, clipped to [0, 1]",
        meaning="Moves every pixel by ε, each in the direction that most raises the loss.",
        source="Goodfellow, Shlens and Szegedy, 2015, “Explaining and harnessing adversarial examples”, section 4",
        uses_target=True,
    ),
    "iterated": Perturbation(
        "Ten steps",
        "ε {:g}",
        _EPSILONS,
        0.0,
        iterated,
        formula="ten times x' + ε/4 sign ∂J/∂x', within ε of x and in [0, 1]",
        meaning="Ten smaller steps, each with a new gradient, never further than ε from the image.",
        source="Kurakin, Goodfellow and Bengio, 2017, “Adversarial examples in the physical world”, section 2",
        uses_target=True,
    ),
}
"""Adversaries: function(network, images (n, inputs), labels (n,), ε, target output or None, rng) -> changed images."""
