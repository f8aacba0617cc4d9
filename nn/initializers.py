"""Where the weights begin: the table of initializations that the app's choices are read off."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Initializer:
    """How one layer begins.

    Attributes:
        label: What a person reads.
        weights: (fan_in, fan_out, rng) -> W, float64, (fan_in, fan_out).
        biases: (fan_out, rng) -> b, float64, (fan_out,).
    """

    label: str
    weights: Callable[[int, int, np.random.Generator], Doubles]
    biases: Callable[[int, np.random.Generator], Doubles]


def he(fan_in: int, fan_out: int, rng: np.random.Generator) -> Doubles:
    """Draw from N(0, 2/fan_in), which keeps the variance of ReLU layers (He et al. 2015, equation 10)."""
    return rng.standard_normal((fan_in, fan_out)) * float(np.sqrt(2 / fan_in))


def glorot(fan_in: int, fan_out: int, rng: np.random.Generator) -> Doubles:
    """Draw evenly from ±√(6/(fan_in + fan_out)), for tanh and sigmoid (Glorot and Bengio 2010, equation 16)."""
    bound = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-bound, bound, (fan_in, fan_out))


def uniform(fan_in: int, fan_out: int, rng: np.random.Generator) -> Doubles:
    """Draw evenly from -0.5 to 0.5, whatever the fan-in: the choice of many first tutorials."""
    return rng.uniform(-0.5, 0.5, (fan_in, fan_out))


def zero_biases(fan_out: int, rng: np.random.Generator) -> Doubles:  # noqa: ARG001 - one signature for the table
    """Return zeros."""
    return np.zeros(fan_out)


def uniform_biases(fan_out: int, rng: np.random.Generator) -> Doubles:
    """Draw evenly from -0.5 to 0.5."""
    return rng.uniform(-0.5, 0.5, fan_out)


INITIALIZERS: dict[str, Initializer] = {
    "he": Initializer("He", he, zero_biases),
    "glorot": Initializer("Glorot", glorot, zero_biases),
    "uniform": Initializer("Uniform ±0.5", uniform, uniform_biases),
}
