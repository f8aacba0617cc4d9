"""Networks that learned the same from other chances, as one network whose logits are the mean of theirs.

Their mistakes are partly their own, and cancel out in the mean (Hansen and Salamon, 1990). A mean of logits needs no
new kind of network. With K networks k of layers 1 … L, side by side in one:

    first layer     W¹ = [W¹₁ … W¹_K],              b¹ = [b¹₁ … b¹_K]      all look at the same image
    in between      Wˡ = diag(Wˡ₁, …, Wˡ_K),        bˡ = [bˡ₁ … bˡ_K]      none looks at another's units
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
    """Return the network whose logits are the mean of those of several.

    Args:
        networks: At least one, alike in inputs, classes, number of layers, activation and dtype. Each has a hidden
            layer or more, of any size.

    Returns:
        A network with as many units in each hidden layer as they have together; a copy where there is only one.

    Raises:
        ValueError: When there is none, or they are not alike.
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
    return Network(parameters, networks[0].activation)


def _form(network: Network) -> tuple[object, ...]:
    """What networks must have in common to be joined."""
    return network.sizes[0], network.sizes[-1], len(network.sizes), network.activation, network.dtype


def _diagonal(matrices: Sequence[Floats]) -> Floats:
    """Matrices (rows, columns) along the diagonal of one, and 0 elsewhere: (rows of all, columns of all)."""
    rows, columns = (np.cumsum([0, *(matrix.shape[axis] for matrix in matrices)]) for axis in (0, 1))
    diagonal = np.zeros((rows[-1], columns[-1]), matrices[0].dtype)
    for i, matrix in enumerate(matrices):
        diagonal[rows[i] : rows[i + 1], columns[i] : columns[i + 1]] = matrix
    return diagonal
