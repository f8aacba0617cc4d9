"""Alternate measurements of several contenders, so that other load on the machine affects them all equally."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Clock = Callable[[], float]
"""Returns seconds; only differences are meaningful."""

CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "cpu": time.process_time}
"""Wall time, or the processor time of this process, which is less affected by other load on the machine."""


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
    """Time all contenders in every round, reversing their order from round to round.

    The order matters by a few percent: it decides what is in the cache and how hot the processor is.

    Args:
        contenders: By name: functions that take the given number of steps.
        rounds: Measurements of each contender, at least 1.
        seconds: Approximate length of a measurement; at least one step.
        clock: Wall or processor time.

    Returns:
        Seconds per step in each round, (rounds,) by name; equal indices belong to the same round.
    """

    def measure(name: str, count: int) -> float:
        start = clock()
        contenders[name](count)
        return (clock() - start) / count

    def steps_for(name: str) -> int:
        """Return how many steps take about `seconds`; the first measurement is a warm-up."""
        count = 1
        measure(name, count)
        while (taken := measure(name, count) * count) < seconds / 4:
            count *= 2
        return max(1, round(count * seconds / taken))

    counts = {name: steps_for(name) for name in contenders}
    times: dict[str, list[float]] = {name: [] for name in contenders}
    forwards, backwards = list(counts), list(counts)[::-1]
    for round_number in range(rounds):
        for name in backwards if round_number % 2 else forwards:
            times[name].append(measure(name, counts[name]))
    return {name: np.array(each) for name, each in times.items()}
