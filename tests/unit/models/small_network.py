"""A small network with random weights, as arrays and as files."""

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.weights import WeightsError, load
from nn.network import Network

ABOUT: dict[str, Any] = {
    "name": "Fünf Formen",
    "classes": ["ring", "box", "λ"],
    "seed": 7,
    "l2": 0.1,
    "accuracy": {"train": 0.99, "dev": None},
    "sizes": [5, 4, 3],
}


def small_network(sizes: tuple[int, ...] = (5, 4, 3), activation: str | tuple[str, ...] = "tanh") -> Network:
    network = Network.initialize(sizes, rng=np.random.default_rng(3), activation=activation)
    network.vector[:] = np.random.default_rng(4).normal(size=network.vector.size)
    return network


def arrays_of(network: Network) -> dict[str, Any]:
    names = [f"{letter}{layer}" for layer in range(1, len(network.sizes)) for letter in "Wb"]
    return dict(zip(names, network.parameters, strict=True))


def npz(**arrays: object) -> bytes:
    file = io.BytesIO()
    members: dict[str, Any] = arrays
    np.savez(file, **members)
    return file.getvalue()


def same_bits(first: Network, second: Network) -> bool:
    return first.activations == second.activations and all(
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        for a, b in zip(first.parameters, second.parameters, strict=True)
    )


def refusal(data: bytes | Path, name: str = "mine.npz") -> str:
    with pytest.raises(WeightsError) as caught:
        load(data, name)
    sentence = str(caught.value)
    assert re.fullmatch(r"mine\.npz cannot be used: [^\n]+\.", sentence), sentence
    return sentence
