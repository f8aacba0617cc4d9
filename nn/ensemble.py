"""An ensemble as one network, whose logits are the mean of those of its members.

Networks trained from different seeds make partly independent mistakes, which average out (Hansen and Salamon, 1990).
The mean of their logits is a network of the same kind. For K networks with layers 1 … L, side by side in one:

    first layer     W¹ = [W¹₁ … W¹_K],              b¹ = [b¹₁ … b¹_K]      all see the same image
    in between      Wˡ = diag(Wˡ₁, …, Wˡ_K),        bˡ = [bˡ₁ … bˡ_K]      none sees another's units
    last layer      Wᴸ = [Wᴸ₁; …; Wᴸ_K] / K,        bᴸ = (bᴸ₁ + … + bᴸ_K) / K

so that Zᴸ = Aᴸ⁻¹Wᴸ + bᴸ = 1/K Σ (Aᴸ⁻¹ₖWᴸₖ + bᴸₖ), the mean of their logits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nn.network import Network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]


def joined(networks: Sequence[Network]) -> Network:
    """Return the network whose logits are the mean of those of several networks.

    Args:
        networks: At least one, with the same inputs, classes, number of layers, activations and dtype. Each has at
            least one hidden layer, of any size.

    Returns:
        A network with as many units in each hidden layer as all networks together; a copy if there is only one.

    Raises:
        ValueError: When there are no networks, or they differ in any of these respects.
    """
    if not networks:
        raise ValueError("networks must be at least one; got none")
    if len({_form(network) for network in networks}) > 1 or len(networks[0].weights) < 2:
        raise ValueError(
            "networks must be alike in inputs, classes, layers, activation and dtype, and have a hidden layer; got "
            + ", ".join("-".join(map(str, network.sizes)) for network in networks)
        )
    count = len(networks)
    *lower, last = zip(*(network.weights for network in networks), strict=True)
    *lower_biases, last_biases = zip(*(network.biases for network in networks), strict=True)
    parameters: list[Floats] = []
    for layer, (weights, biases) in enumerate(zip(lower, lower_biases, strict=True)):
        # (inputs, units of all), or (units of all before, units of all)
        parameters.append(_diagonal(weights) if layer else np.concatenate(weights, axis=1))
        parameters.append(np.concatenate(biases))
    parameters.append(np.concatenate(last) / count)  # (units of all, classes)
    parameters.append(sum(last_biases) / count)  # (classes,)
    return Network(parameters, networks[0].activations)


def _form(network: Network) -> tuple[object, ...]:
    """Return what networks must have in common to be joined."""
    return network.sizes[0], network.sizes[-1], len(network.sizes), network.activations, network.dtype


def _diagonal(matrices: Sequence[Floats]) -> Floats:
    """Return the block-diagonal matrix of some matrices, (sum of rows, sum of columns)."""
    rows, columns = (np.cumsum([0, *(matrix.shape[axis] for matrix in matrices)]) for axis in (0, 1))
    diagonal = np.zeros((rows[-1], columns[-1]), matrices[0].dtype)
    for i, matrix in enumerate(matrices):
        diagonal[rows[i] : rows[i + 1], columns[i] : columns[i + 1]] = matrix
    return diagonal
