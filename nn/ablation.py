"""What a network would say without each of its hidden units, from one forward pass.

Without unit u of layer l, the next pre-activation is Zˡ⁺¹ - aᵤ Wˡ⁺¹[u, :]: a rank-one change to what has already been
computed. Only the layers after it are recomputed; after the last hidden layer there are none.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nn.activations import ACTIVATIONS
from nn.network import Floats, Labels, Network


def logits_without_each(
    network: Network, activations: Sequence[Floats], layer: int, units: NDArray[np.integer]
) -> Floats:
    """Return the logits (k, n, outputs) without each of k units of a hidden layer.

    Args:
        network: Left unchanged.
        activations: A⁰ … Aᴸ⁻¹ of n images, as `Network.forward` returns them.
        layer: The hidden layer, from 1.
        units: (k,) their indices.
    """
    A, W, b = activations[layer], network.weights[layer], network.biases[layer]
    Z = (A @ W + b) - A.T[units][:, :, None] * W[units][:, None, :]  # (k, n, units of the layer after)
    later = slice(layer + 1, None)
    for W, b, name in zip(network.weights[later], network.biases[later], network.activations[layer:], strict=True):
        Z = ACTIVATIONS[name].function(Z) @ W + b
    return Z


def mean_losses(logits: Floats, labels: Labels) -> Floats:
    """Return the mean of -log p_label over n images, in nats, (k,), for logits (k, n, outputs)."""
    top = logits.max(axis=2, keepdims=True)
    log_sums = np.log(np.exp(logits - top).sum(axis=2)) + top[:, :, 0]  # (k, n)
    return (log_sums - logits[:, np.arange(len(labels)), labels]).mean(axis=1)
