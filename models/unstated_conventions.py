"""What a file of weights leaves open: the possible answers, and the accuracy with each, which shows the right one.

The inputs of another program's network may be pixels from 0 to 255, or standardized. Either is linear in the pixels, so
the scale becomes part of the first layer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from language.translation import N_
from models.untrusted.network_arrays import with_prepared_inputs
from models.weights import SavedNetwork, Unstated
from nn.activations import ACTIVATIONS
from nn.batches import as_inputs
from nn.network import Floats, Network, forward


@dataclass(frozen=True)
class InputScale:
    """The inputs (x - mean)/deviation of a network, for pixels x in [0, 1]."""

    label: str
    mean: float = 0.0
    deviation: float = 1.0


INPUT_SCALES = {
    "unit": InputScale(N_("0 to 1")),
    "bytes": InputScale(N_("0 to 255"), deviation=1 / 255),
    "signed": InputScale(N_("−1 to 1"), 0.5, 0.5),
    "standardized": InputScale(N_("Standardized (MNIST)"), 0.1307, 0.3081),
}
"""The usual scales; the mean and the deviation of MNIST's training pixels are those of PyTorch's examples."""

POSSIBILITIES: Mapping[Unstated, Mapping[str, str]] = {
    "activation": {name: activation.label for name, activation in ACTIVATIONS.items()},
    "scale": {name: scale.label for name, scale in INPUT_SCALES.items()},
    "bias": {"first": N_("First row"), "last": N_("Last row")},
}
"""For each question, the label of each possible answer; the first is what `weights.load` assumes."""

_MULTIPLICATIONS = 2e9
"""How many multiplications `accuracies` may take in all: less than a second."""
_FEWEST_IMAGES = 50

Answers = tuple[str, ...]
"""An answer to each question in `unstated`, in its order."""


def possibilities(unstated: Sequence[Unstated]) -> list[Answers]:
    """Return every combination of answers."""
    return list(product(*(POSSIBILITIES[question] for question in unstated)))


def answered(saved: SavedNetwork, answers: Answers) -> SavedNetwork:
    """Return a network as its file intends it, with nothing left open; its inputs are pixels in [0, 1].

    Raises:
        UnusableFileError: It could overflow with these answers.
    """
    chosen: dict[Unstated, str] = dict(zip(saved.unstated, answers, strict=True))
    activation = chosen.get("activation", saved.network.activations)
    network = Network(_with_bias(saved.network, chosen.get("bias")), activation)
    scale = INPUT_SCALES[chosen.get("scale", "unit")]
    return SavedNetwork(with_prepared_inputs(network, 1 / scale.deviation, -scale.mean / scale.deviation), saved.about)


def accuracies(
    saved: SavedNetwork, images: NDArray[np.uint8], labels: NDArray[np.integer[Any]]
) -> dict[Answers, float]:
    """Return the accuracy with each combination of answers, best first; ties stay in order.

    Args:
        saved: A network with open questions.
        images: (n, 784) pixels; a large network reads only the first few.
        labels: (n,) the index of the correct output.
    """
    combinations = possibilities(saved.unstated)
    count = max(int(_MULTIPLICATIONS / (len(combinations) * saved.network.vector.size)), _FEWEST_IMAGES)
    pixels, labels = as_inputs(images[:count]), labels[:count]
    measured: dict[Answers, float] = {}
    for answers in combinations:
        chosen: dict[Unstated, str] = dict(zip(saved.unstated, answers, strict=True))
        scale = INPUT_SCALES[chosen.get("scale", "unit")]
        functions = [
            ACTIVATIONS[chosen.get("activation", activation)].function for activation in saved.network.activations
        ]
        inputs = (pixels - np.float32(scale.mean)) / np.float32(scale.deviation)
        with np.errstate(over="ignore", invalid="ignore"):
            logits = forward(_with_bias(saved.network, chosen.get("bias")), inputs, functions)[1][-1]
        measured[answers] = float((logits.argmax(axis=1) == labels).mean())
    return dict(sorted(measured.items(), key=lambda item: -item[1]))


def _with_bias(network: Network, row: str | None) -> list[Floats]:
    """Return the parameters [W1, b1, …] with the biases taken from this row of the file's matrices."""
    if row != "last":
        return list(network.parameters)
    return [
        array
        for W, b in zip(network.weights, network.biases, strict=True)
        for array in (np.vstack([b, W[:-1]]), W[-1])  # the file has the rows of b and W, in this order
    ]
