"""Speeds compared in pairs: a go of one beside a go of the other, so that what disturbs the machine disturbs both."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Clock = Callable[[], float]
"""Seconds, of which differences count."""

CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "cpu": time.process_time}
"""By the wall, or the processor time of this process, which what else runs on the machine disturbs less."""


@dataclass(frozen=True)
class Spread:
    """A median, with the quartiles below and above it."""

    median: float
    lower: float
    upper: float

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> "Spread":
        """Take the spread of values (n,), n at least 1."""
        lower, median, upper = np.quantile(values, (0.25, 0.5, 0.75)).tolist()
        return cls(median, lower, upper)


def alternate(
    contenders: Mapping[str, Callable[[int], None]], *, rounds: int, seconds: float, clock: Clock
) -> dict[str, NDArray[np.float64]]:
    """Let contenders have a go each in turn, round after round, there and back.

    Who comes after whom matters by some percent: what was in the cache, how hot the processor is.

    Args:
        contenders: By name; called with a number of steps, each takes so many.
        rounds: How often each has a go, at least 1.
        seconds: About how long a go is; never shorter than one step.
        clock: What measures it.

    Returns:
        Seconds a step of each go, (rounds,) by name: those of the same index are a pair.
    """

    def go(name: str, count: int) -> float:
        start = clock()
        contenders[name](count)
        return (clock() - start) / count

    def enough(name: str) -> int:
        """Steps that take about `seconds`; the first ones are a warm-up and not counted."""
        count = 1
        go(name, count)
        while (taken := go(name, count) * count) < seconds / 4:
            count *= 2
        return max(1, round(count * seconds / taken))

    counts = {name: enough(name) for name in contenders}
    times: dict[str, list[float]] = {name: [] for name in contenders}
    there, back = list(counts), list(counts)[::-1]
    for turn in range(rounds):
        for name in back if turn % 2 else there:
            times[name].append(go(name, counts[name]))
    return {name: np.array(each) for name, each in times.items()}
