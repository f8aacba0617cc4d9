"""What flows through a network for one image: the hidden units that matter most, and what each contributes.

A unit u of layer l - 1 contributes the product of its activation and its weight to unit v of layer l:

    c_uv = a_u W_uv,    z_v = Σ_u c_uv + b_v        over all units u of the layer before

The effect of a hidden unit on the logit of an output is a_u ∂z_output/∂a_u: its contribution in the last hidden layer,
and a first-order approximation of it in the earlier ones (Ancona et al. 2018, section 2: gradient × input).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.attribution import hidden_gradients
from nn.network import Floats, Network

Indices = NDArray[np.integer[Any]]

STAYING = 1.5
"""A unit already shown is replaced only by one that matters this many times as much, so that the choice is stable."""


@dataclass(frozen=True, eq=False)
class ShownLayer:
    """Some units of one layer, and what flows into them.

    Attributes:
        units: (k,) their indices.
        total: The number of units in the layer.
        activations: (k,) a; for the output layer, the logits z.
        sums: (k,) Σ_u c_uv over all units of the layer before, shown or not: z = sums + biases.
        biases: (k,) b.
        evidence: (k,) a ∂z_output/∂a, positive for the output and negative against it; zeros for the output layer.
        contributions: (units shown of the layer before, k) c_uv; (0, k) for the first layer, whose inputs are pixels.
    """

    units: Indices
    total: int
    activations: Floats
    sums: Floats
    biases: Floats
    evidence: Floats
    contributions: Floats


def shown_layers(
    network: Network,
    activations: Sequence[Floats],
    output: int | None,
    outputs: Sequence[int] | Indices,
    *,
    most: int,
    shown: Sequence[Indices] = (),
) -> tuple[ShownLayer, ...]:
    """Return the units of each hidden layer that matter most to a logit, strongest support first, then the outputs.

    Args:
        network: Left unchanged.
        activations: A⁰ … Aᴸ⁻¹ of one image, each (units,).
        output: The output whose logit ranks the units, by |a ∂z_output/∂a|; None ranks them by the norm of their
            outgoing weights, for when there is no image.
        outputs: The outputs to return, in this order.
        most: The greatest number of units of a hidden layer.
        shown: The units shown until now, one array for each hidden layer; they stay if they matter nearly as much.
    """
    chosen: list[Indices] = []
    evidence: list[Floats] = []
    if output is not None:
        evidence = [
            A * G[:, 0] for A, G in zip(activations[1:], hidden_gradients(network, activations, [output]), strict=True)
        ]
    for layer, W in enumerate(network.weights[1:]):  # (units, units of the layer after)
        values = evidence[layer] if evidence else np.sqrt(np.einsum("uv,uv->u", W, W))
        chosen.append(_most_important(values, most, shown[layer] if layer < len(shown) else None))
    if not evidence:
        evidence = [np.zeros_like(A) for A in activations[1:]]
    chosen.append(np.asarray(outputs))
    layers = []
    for layer, (units, W, b, A) in enumerate(zip(chosen, network.weights, network.biases, activations, strict=True)):
        into = W[:, units]  # (units of the layer before, k)
        sums = A @ into
        is_output = layer == len(chosen) - 1
        layers.append(
            ShownLayer(
                units=units,
                total=W.shape[1],
                activations=sums + b[units] if is_output else activations[layer + 1][units],
                sums=sums,
                biases=b[units],
                evidence=np.zeros_like(sums) if is_output else evidence[layer][units],
                contributions=A[chosen[layer - 1], None] * into[chosen[layer - 1]] if layer else into[:0],
            )
        )
    return tuple(layers)


def error_signals(network: Network, image: Floats, label: int) -> list[Floats]:
    """Return dZ¹ … dZᴸ, each (units,): ∂J/∂Zˡ for the loss J = -log Aᴸ[label] of one image.

    Args:
        network: Left unchanged.
        image: (inputs,) floats, pixels in [0, 1].
        label: 0 … classes - 1.
    """
    _, gradients = network.gradients(image[None], np.array([label]))
    return gradients[1::2]  # for one example dbˡ = dZˡ


def _most_important(values: Floats, most: int, shown: Indices | None) -> Indices:
    """Return the indices of the values of greatest magnitude, at most `most`, the most positive first."""
    scores = np.abs(values)
    if shown is not None:
        scores[shown[shown < len(scores)]] *= STAYING
    found: Indices = np.arange(len(scores)) if len(scores) <= most else np.argpartition(-scores, most)[:most]
    return found[np.argsort(-values[found], kind="stable")]
