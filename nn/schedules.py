"""How the learning rate changes during a run: the table of schedules that the app offers.

A schedule multiplies the learning rate α of the settings by a factor f(t), where t in [0, 1) is the share of the run's
epochs that is done. After the last epoch it starts over, as warm restarts do (Loshchilov and Hutter 2017). Warm-up
multiplies it by a ramp as well: the first w steps of a run take 1/w, 2/w, … of it (Goyal et al. 2017, *Accurate, large
minibatch SGD*, section 2.2).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass


def constant(t: float) -> float:  # noqa: ARG001 - every schedule has the same signature
    """Return 1 for all t."""
    return 1.0


def step_decay(t: float) -> float:
    """Return 1, 1/10 or 1/100 (He et al. 2016).

    A tenth from t = 1/2 on, and a hundredth from 3/4 on (He, Zhang, Ren, Sun 2016, section 4.2).
    """
    return 1.0 if t < 0.5 else 0.1 if t < 0.75 else 0.01


def cosine(t: float) -> float:
    """Return (1 + cos πt)/2 (Loshchilov, Hutter 2017, equation 5)."""
    return (1 + math.cos(math.pi * t)) / 2


def alpha_in_effect(alpha: float, f: Callable[[float], float], t: float, warm_up: int, step: int) -> float:
    """Return α · f(t mod 1) · min(1, step/w), the learning rate of one step.

    Args:
        alpha: α, the learning rate of the settings.
        f: The schedule.
        t: The share of the epochs that is done before the step; above 1 after the last.
        warm_up: w, in steps; 0 for none.
        step: The number of the step, from 1.
    """
    return alpha * f(t % 1) * (min(1, step / warm_up) if warm_up else 1)


@dataclass(frozen=True)
class Schedule:
    """An entry of the table.

    Attributes:
        label: What the app calls it.
        factor: t -> f(t), both in [0, 1]. A plain function that uses only the standard library, because the script of
            a run contains its source.
    """

    label: str
    factor: Callable[[float], float]


SCHEDULES: dict[str, Schedule] = {
    "constant": Schedule("Constant", constant),
    "step": Schedule("Step decay", step_decay),
    "cosine": Schedule("Cosine", cosine),
}
