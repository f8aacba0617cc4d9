"""A straight line from one image to another, and where along it the answer changes.

In pixel space, every point of the line is an image. In the space of the last hidden activations, a point need not
belong to any image; the logits are an affine function of the activations, so they move in a straight line too.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nn.network import Floats, Network

POINTS = 101


def pixel_path(network: Network, first: Floats, second: Floats, shares: Floats) -> Floats:
    """Return the logits (k, outputs) of (1 - t) first + t second, for images (inputs,) and each t of shares (k,)."""
    t = shares.astype(network.dtype)[:, None]
    return network.logits((1 - t) * first + t * second)


def hidden_path(network: Network, first: Floats, second: Floats, shares: Floats) -> Floats:
    """Return the logits (k, outputs) along the line between the last hidden activations of two images (inputs,)."""
    t = shares.astype(network.dtype)[:, None]
    start, end = network.logits(np.stack([first, second]))
    return (1 - t) * start + t * end


def turning_point(answers: Callable[[Floats], NDArray[np.integer]]) -> float | None:
    """Return the first t in [0, 1], to 1/10,000, at which the answer differs from that at t = 0; None if it never does.

    Answers that come and go within a hundredth of the way may be missed.

    Args:
        answers: Returns the answers (k,) at each t of (k,).
    """
    low, high = 0.0, 1.0
    start = None
    for _ in range(2):
        shares = np.linspace(low, high, POINTS)
        found = answers(shares)
        start = found[0] if start is None else start
        (changed,) = np.nonzero(found != start)
        if not len(changed):
            return None
        first = max(int(changed[0]), 1)
        low, high = float(shares[first - 1]), float(shares[first])
    return high
