"""Build a network from the arrays of an untrusted file.

The arrays are W1, b1, W2, b2, …: W (fan_in, fan_out) and b (fan_out,). Files in the convention of many textbooks, with
examples in columns, are transposed: W (fan_out, fan_in) and b (fan_out, 1).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.untrusted.raw_arrays import RawArray, UnusableFileError, printable
from nn.activations import ACTIVATIONS
from nn.network import Network

MAX_LAYERS = 32
MAX_PARAMETERS = 16_000_000

_LARGEST_LOGIT = 1e38


class WeightsError(UnusableFileError):
    """Weights that cannot be saved or loaded; the message can be shown to the user."""


def by_name(arrays: Sequence[Any]) -> dict[str, Any]:
    """Return arrays in the order of Network.parameters, keyed by name: W1, b1, W2, b2, …."""
    return {f"{'Wb'[index % 2]}{index // 2 + 1}": array for index, array in enumerate(arrays)}


def build_network(arrays: Mapping[str, object], activation: object) -> Network:
    """Return the network with these arrays, in float32; its logits are finite for every image with pixels in [0, 1].

    Args:
        arrays: W1, b1, W2, b2, … as RawArray, in either convention; anything else is rejected.
        activation: The name of the activation.

    Raises:
        WeightsError: The activation is unknown, an array is missing, superfluous or malformed, the shapes do not chain,
            or the network is too large or could overflow.
    """
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise WeightsError(f"its activation is {printable(str(activation))}; this app has {', '.join(ACTIVATIONS)}")
    raw = _in_order(arrays)
    if sum(array.size(name) for name, array in raw.items()) > MAX_PARAMETERS:
        raise WeightsError(f"it has more than {MAX_PARAMETERS:,} parameters")
    parameters = _as_rows({name: array.floats(name) for name, array in raw.items()})
    _check_range(parameters, activation)
    return Network(parameters, activation)


def _in_order(arrays: Mapping[str, object]) -> dict[str, RawArray]:
    """Return W1, b1, W2, b2, … in order, checking that all are present and nothing else is."""
    layers = max((int(name[1:]) for name in arrays if re.fullmatch(r"[Wb][1-9]\d?", name, re.ASCII)), default=0)
    if not layers:
        raise WeightsError("it holds no arrays W1, b1, W2, b2, …")
    if layers > MAX_LAYERS:
        raise WeightsError(f"it has more than {MAX_LAYERS} layers")
    names = [f"{letter}{layer}" for layer in range(1, layers + 1) for letter in "Wb"]
    ordered: dict[str, RawArray] = {}
    for name in names:
        array = arrays.get(name)
        if array is None:
            raise WeightsError(f"{name} is missing")
        if not isinstance(array, RawArray):
            raise WeightsError(f"{name} is not a NumPy array")
        ordered[name] = array
    for name in arrays:
        if name not in ordered:
            raise WeightsError(f"it holds {printable(name)}, which is not part of a network")
    return ordered


def _as_rows(arrays: Mapping[str, NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """Return W (fan_in, fan_out) and b (fan_out,) of each layer, transposed if the shapes do not chain otherwise."""
    for name, array in arrays.items():
        if name.startswith("W") and array.ndim != 2:
            raise WeightsError(f"{name} is not a matrix")
    misfit = _first_misfit(arrays)
    if misfit is None:
        return [array.reshape(-1) if name.startswith("b") else array for name, array in arrays.items()]
    transposed = {name: array.T for name, array in arrays.items()}
    if _first_misfit(transposed) is not None:
        shapes = " × ".join(map(str, arrays[misfit].shape))
        raise WeightsError(f"{misfit} is {shapes}, which does not fit the layer before it")
    return [
        array.reshape(-1) if name.startswith("b") else np.ascontiguousarray(array) for name, array in transposed.items()
    ]


def _first_misfit(arrays: Mapping[str, NDArray[np.float32]]) -> str | None:
    """Return the first array whose shape does not fit the one before it; b may be (fan_out,) or (1, fan_out)."""
    units = arrays["W1"].shape[0]
    for name, array in arrays.items():
        if name.startswith("W"):
            if array.shape[0] != units:
                return name
            units = array.shape[1]
        elif array.shape not in {(units,), (1, units)}:
            return name
    return None


def _check_range(parameters: Sequence[NDArray[np.float32]], activation: str) -> None:
    """Raise WeightsError if an image in [0, 1] could overflow a logit, making every probability NaN.

    The magnitude of a pre-activation is at most the maximum over units of Σ|W|·(largest input) + |b|; activations are
    monotonic, so their magnitude is largest at one of the two extremes.
    """
    f = ACTIVATIONS[activation].function
    largest = 1.0
    for W, b in zip(parameters[0::2], parameters[1::2], strict=True):
        largest = float((np.abs(W).sum(axis=0, dtype=np.float64) * largest + np.abs(b)).max())
        if largest > _LARGEST_LOGIT:
            raise WeightsError("its weights are so large that the network would overflow")
        largest = float(np.abs(f(np.array([-largest, largest]))).max())
