"""Why a network answers as it does: how much each input speaks for and against each class."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.activations import ACTIVATIONS
from nn.network import Floats, Network


def evidence(network: Network, image: Floats) -> NDArray[np.floating[Any]]:
    """Share the logits out among the inputs: input × gradient (Shrikumar et al. 2016, section 2.3).

    With ReLU a network is linear around each image: a unit that is off passes nothing, one that is on passes its
    weighted sum. There the shares of all inputs add up to the logit, but for what the biases bring (Ancona et al.
    2018, section 3). With tanh and sigmoid they are a first approximation. Softmax does not change when the same is
    added to all logits, so the mean over the classes is taken away: what is left speaks for a class rather than the
    others.

    Args:
        network: It is only read.
        image: (inputs,) floats, pixels in [0, 1].

    Returns:
        (inputs, classes): positive where an input speaks for the class, negative where against; rows sum to 0.
    """
    derivative = ACTIVATIONS[network.activation].derivative
    G = network.weights[-1]  # (units, classes), the gradient of the logits by the activations before them
    for W, A in zip(reversed(network.weights[:-1]), reversed(network.hidden(image[None])), strict=True):
        G = W @ (derivative(A[0])[:, None] * G)  # (fan_in, fan_out) @ (fan_out, classes) -> (fan_in, classes)
    shares: NDArray[np.floating[Any]] = image[:, None] * (G - G.mean(axis=1, keepdims=True))
    return shares
