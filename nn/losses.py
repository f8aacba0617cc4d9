"""What training minimizes: softmax cross-entropy and the L2 penalty."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


def softmax(logits: Floats) -> Floats:
    """Turn each row of logits into probabilities: e^z / Σ e^z.

    The largest logit of a row is subtracted first. The quotient stays the same, and no exponential can
    overflow (Goodfellow, Bengio, Courville, *Deep Learning*, 2016, section 4.1).

    Args:
        logits: (m, classes) floats.

    Returns:
        (m, classes) of the same dtype; each row sums to 1.
    """
    exponentials: Floats = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def cross_entropy(logits: Floats, labels: NDArray[np.integer[Any]]) -> float:
    """Return the mean of -log softmax(logits)[label], in nats; arguments as for `softmax_cross_entropy`."""
    return softmax_cross_entropy(logits, labels)[0]


def softmax_cross_entropy(
    logits: Floats, labels: NDArray[np.integer[Any]], smoothing: float = 0.0
) -> tuple[float, Floats]:
    """Return the mean of -log softmax(logits)[label], in nats, and softmax(logits), sharing the exponentials.

    The loss is computed from the logits as log Σ e^z - z_label, shifted as in softmax: a probability that rounds to 0
    would give an infinite loss; this does not.

    Label smoothing takes the share ε from the label and spreads it evenly over all K classes, so that the target is
    (1 - ε) Y + ε/K and no logit gains by growing without end (Szegedy et al. 2016, *Rethinking the Inception
    architecture for computer vision*, section 7). The loss is then (1 - ε) (-log p_label) + ε/K Σ_k -log p_k.

    Args:
        logits: (m, classes) floats.
        labels: (m,) integers in 0 … classes - 1.
        smoothing: ε, in [0, 1).

    Returns:
        The loss, and (m, classes) probabilities of the dtype of the logits.
    """
    shifted = logits - logits.max(axis=1, keepdims=True)  # (m, classes)
    exponentials: Floats = np.exp(shifted)  # (m, classes)
    sums = exponentials.sum(axis=1)  # (m,)
    of_label = shifted[np.arange(len(labels)), labels]  # (m,)
    if smoothing:
        of_label = (1 - smoothing) * of_label + smoothing * shifted.mean(axis=1)
    losses = np.log(sums) - of_label  # (m,)
    exponentials /= sums[:, None]
    return float(losses.sum(dtype=np.float64)) / len(labels), exponentials


def l2_penalty(weights: Iterable[Floats], l2: float, examples: int) -> float:
    """Return λ/(2m) · Σ‖W‖² over the weight matrices; biases are not penalized.

    Args:
        weights: The matrices W¹, W², ….
        l2: λ, at least 0.
        examples: m, the number of *training* examples, so that λ means the same at every batch size.
    """
    if l2 == 0:
        return 0.0
    return l2 / (2 * examples) * sum(float(np.vdot(W, W)) for W in weights)
