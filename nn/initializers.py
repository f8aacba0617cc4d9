"""How the parameters of a layer are initialized: the table of initializers that the app offers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Initializer:
    """How the parameters of one layer are initialized.

    Attributes:
        label: What the app calls it.
        draw: (fan_in, fan_out, rng) -> W (fan_in, fan_out) and b (fan_out,), float64. A plain function that uses only
            NumPy, because the script of a run contains its source.
        suits: The activations that it is meant for, as text; empty for none in particular.
        equation: What W is drawn from, in TeX; empty if the docstring of its function says enough.
    """

    label: str
    draw: Callable[[int, int, np.random.Generator], tuple[Doubles, Doubles]]
    suits: str = ""
    equation: str = ""


def he(fan_in: int, fan_out: int, rng: np.random.Generator) -> tuple[Doubles, Doubles]:
    """Draw W from N(0, 2/fan_in), for ReLU layers (He et al. 2015, equation 10); b is 0."""
    return rng.standard_normal((fan_in, fan_out)) * float(np.sqrt(2 / fan_in)), np.zeros(fan_out)


def glorot(fan_in: int, fan_out: int, rng: np.random.Generator) -> tuple[Doubles, Doubles]:
    """Draw W from ±√(6/(fan_in + fan_out)) (Glorot, Bengio 2010, equation 16); b is 0."""
    bound = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-bound, bound, (fan_in, fan_out)), np.zeros(fan_out)


def glorot_normal(fan_in: int, fan_out: int, rng: np.random.Generator) -> tuple[Doubles, Doubles]:
    """Draw W from N(0, 2/(fan_in + fan_out)) (Glorot, Bengio 2010); b is 0.

    It has the variance of their equation 12.
    """
    return rng.standard_normal((fan_in, fan_out)) * float(np.sqrt(2 / (fan_in + fan_out))), np.zeros(fan_out)


def lecun(fan_in: int, fan_out: int, rng: np.random.Generator) -> tuple[Doubles, Doubles]:
    """Draw W from N(0, 1/fan_in) (LeCun et al. 1998, equation 16); b is 0.

    Z then has the variance of the inputs.
    """
    return rng.standard_normal((fan_in, fan_out)) * float(np.sqrt(1 / fan_in)), np.zeros(fan_out)


def uniform(fan_in: int, fan_out: int, rng: np.random.Generator) -> tuple[Doubles, Doubles]:
    """Draw W and b uniformly from ±0.5, whatever the fan-in: the choice of many first tutorials."""
    return rng.uniform(-0.5, 0.5, (fan_in, fan_out)), rng.uniform(-0.5, 0.5, fan_out)


INITIALIZERS: dict[str, Initializer] = {
    "he": Initializer("He", he, suits="ReLU", equation=r"\mathcal{N}\left(0, \tfrac{2}{n_\mathrm{in}}\right)"),
    "glorot": Initializer(
        "Xavier uniform",
        glorot,
        suits="tanh and sigmoid",
        equation=r"\mathcal{U}\left(\pm\sqrt{6 / (n_\mathrm{in} + n_\mathrm{out})}\right)",
    ),
    "glorot_normal": Initializer(
        "Xavier normal",
        glorot_normal,
        suits="tanh and sigmoid",
        equation=r"\mathcal{N}\left(0, \tfrac{2}{n_\mathrm{in} + n_\mathrm{out}}\right)",
    ),
    "lecun": Initializer(
        "LeCun normal", lecun, suits="tanh and sigmoid", equation=r"\mathcal{N}\left(0, \tfrac{1}{n_\mathrm{in}}\right)"
    ),
    "uniform": Initializer("Uniform ±0.5", uniform, equation=r"\mathcal{U}(\pm 0.5)"),
}
