"""Why a network answers as it does: how much each input or unit contributes to each class."""

from collections.abc import Sequence

from nn.activations import ACTIVATIONS
from nn.network import Floats, Network


def logit_gradients(network: Network, image: Floats) -> list[Floats]:
    """Return ∂Zᴸ/∂Aˡ for l = 0 … L - 1: how the logits respond to each input and each hidden unit.

    For the last hidden layer it is Wᴸ: the logits are the sum of its rows, each times its unit's activation, plus the
    biases. For the earlier layers this holds to first order.

    Args:
        network: Left unchanged.
        image: (inputs,) floats, pixels in [0, 1].

    Returns:
        One (units, classes) array for each layer, the inputs first.
    """
    W, b = network.parameters[:2]
    if len(network.weights) == 1:
        return [W]
    activations = [image, *(A[0] for A in network.hidden(image[None]))]
    later = hidden_gradients(network, activations)
    slopes = ACTIVATIONS[network.activations[0]].derivative(image @ W + b, activations[1])
    G = slopes[:, None] * later[0]  # ∂Zᴸ/∂Z¹, (units, classes)
    return [W @ G, *later]  # (inputs, units) @ (units, classes) -> (inputs, classes)


def input_gradients(
    network: Network, A: Sequence[Floats], Z: Sequence[Floats], layer: int, directions: Floats
) -> Floats:
    """Return ∂a/∂x (n, inputs) of a = d·Zˡ, for n images x and a direction d for each.

    Args:
        network: Left unchanged.
        A: A⁰ … Aᴸ⁻¹ of the images, as `Network.forward` returns them.
        Z: Z¹ … Zᴸ, as `Network.forward` returns them.
        layer: l, from 1 to the number of weight matrices, which is the layer of the logits.
        directions: (n, units of the layer), of the network's dtype.
    """
    G = directions @ network.weights[layer - 1].T  # (n, units) @ (units, fan_in) -> (n, fan_in)
    for before in reversed(range(layer - 1)):
        slopes = ACTIVATIONS[network.activations[before]].derivative(Z[before], A[before + 1])
        G = (G * slopes) @ network.weights[before].T
    return G


def hidden_gradients(
    network: Network, activations: Sequence[Floats], outputs: Sequence[int] | None = None
) -> list[Floats]:
    """Return ∂Zᴸ/∂Aˡ for l = 1 … L - 1, each (units, outputs); see `logit_gradients`.

    Args:
        network: Left unchanged.
        activations: A⁰ … Aᴸ⁻¹ of one image, each (units,).
        outputs: The outputs whose logits are differentiated; all by default.
    """
    gradients = [network.weights[-1] if outputs is None else network.weights[-1][:, outputs]]
    for layer in reversed(range(2, len(network.weights))):  # from ∂Zᴸ/∂Aˡ to ∂Zᴸ/∂Aˡ⁻¹
        W, b = network.parameters[2 * layer - 2 : 2 * layer]
        derivative = ACTIVATIONS[network.activations[layer - 1]].derivative
        slopes = derivative(activations[layer - 1] @ W + b, activations[layer])
        gradients.append(W @ (slopes[:, None] * gradients[-1]))
    return gradients[::-1] if len(network.weights) > 1 else []


def evidence(network: Network, image: Floats) -> Floats:
    """Attribute the logits to the inputs: input × gradient (Shrikumar et al. 2016, section 2.3).

    A ReLU network is linear around each image: inactive units pass nothing on, active ones their weighted sum. There
    the attributions of all inputs add up to the logit, except for the contribution of the biases (Ancona et al. 2018,
    section 3). With a smooth activation they are a first-order approximation. Softmax does not change when the same
    number is added to all logits, so the mean over the classes is subtracted: what remains favours one class over the
    others.

    Args:
        network: Left unchanged.
        image: (inputs,) floats, pixels in [0, 1].

    Returns:
        (inputs, classes): positive where an input is evidence for the class, negative where against; rows sum to 0.
    """
    G = logit_gradients(network, image)[0]  # (inputs, classes)
    return image[:, None] * (G - G.mean(axis=1, keepdims=True))
