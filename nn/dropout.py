"""Dropout: each training step leaves out hidden units at random, so that none relies on another being there.

Inverted dropout: a unit is kept with probability 1 - p, and what it passes on is then divided by 1 - p. Its mean stays
the same, so a trained network is used as it is, with all of its units (Srivastava, Hinton, Krizhevsky, Sutskever,
Salakhutdinov, 2014, *Dropout: a simple way to prevent neural networks from overfitting*, sections 4 and 10). Unlike in
the paper, inputs are never dropped.

With M the random factors, 0 or 1/(1 - p), a hidden layer has the activation A = f(Z) ∘ M and the derivative f'(Z) ∘ M;
nothing else in the forward and backward passes changes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Function = Callable[[Floats], Floats]
Derivative = Callable[[Floats, Floats], Floats | NDArray[np.bool_]]


@dataclass(frozen=True)
class Dropout:
    """Dropout with the probability p = `rate`, in [0, 1), drawn from `rng`."""

    rate: float
    rng: np.random.Generator


def with_dropout(
    f: Function, derivative: Derivative, rate: float, rng: np.random.Generator
) -> tuple[Function, Derivative]:
    """Return f and f' of a layer with dropout, for one forward and one backward pass.

    Args:
        f: A function of Z.
        derivative: A function of Z and A; see nn.activations.
        rate: p, in [0, 1).
        rng: Draws one number for each unit and example.
    """
    kept: list[Floats] = []  # f(Z) and M

    def dropped(Z: Floats) -> Floats:
        kept[:] = f(Z), (rng.random(Z.shape, np.float32) >= rate).astype(Z.dtype) / (1 - rate)
        return kept[0] * kept[1]

    return dropped, lambda Z, _: derivative(Z, kept[0]) * kept[1]
