"""The pace of a run: its speed limit and its measured speed. The caller reads the clock."""

from collections import deque
from collections.abc import Callable
from math import exp

from language.translation import pgettext, pN_

FULL_SPEED = float("inf")
"""The speed, in steps per second, that means no limit."""

SpeedLimit = Callable[[int], float]
"""The maximum speed, in steps per second and above 0, after a number of steps."""

EASE_IN_SPEED = 3.0
"""v0: the speed limit of a run that eases in, at its first step, in steps per second."""

EASE_IN_SECONDS = 8.0
"""T: the time after which a run that eases in has no limit."""

_EASED_IN_STEP = 240
"""v is then 66,000 steps per second, faster than any network; beyond it, the exponential would overflow."""


def constant(steps_per_second: float) -> SpeedLimit:
    """Return a limit that is the same at every step; FULL_SPEED for none.

    Raises:
        ValueError: The speed is not above 0.
    """
    if not steps_per_second > 0:
        raise ValueError(f"steps_per_second must be above 0; got {steps_per_second}")
    return lambda _: steps_per_second


def ease_in(step: int) -> float:
    """Return the limit that lets the first steps, in which a network learns most, be watched.

    It grows smoothly from v0 with the step s:

        v(s) = v0 exp(s / (v0 T))

    The sum of 1/v over the steps gives the time of step s, T (1 - exp(-s / (v0 T))): with v0 = 3 and T = 8, half of
    the 8 s pass in the first 17 steps and 7.3 s in the first 60; however many steps follow, none waits beyond T.
    """
    return EASE_IN_SPEED * exp(step / (EASE_IN_SPEED * EASE_IN_SECONDS)) if step < _EASED_IN_STEP else FULL_SPEED


EASE_IN = pN_("speed", "Ease in")
"""The default speed."""

SPEEDS: dict[str, SpeedLimit] = {
    EASE_IN: ease_in,
    "1/s": constant(1),
    "10/s": constant(10),
    "100/s": constant(100),
    pN_("speed", "Full"): constant(FULL_SPEED),
}
"""The speeds to choose from, by label; `speed_title` translates a label."""


def speed_title(speed: str) -> str:
    """Return the label of a speed in the reader's language."""
    return pgettext("speed", speed)


class Pace:
    """Decides when the next step is due, and measures the training rate in examples per second.

    Times are seconds on the caller's clock.

    Attributes:
        limit: The maximum number of steps per second, by step.
    """

    def __init__(self) -> None:
        self.limit: SpeedLimit = constant(FULL_SPEED)
        self._due = 0.0
        self._progress: deque[tuple[float, int]] = deque(maxlen=100)

    def restart(self, now: float) -> None:
        """Make the next step due now, and discard the measured rate."""
        self._due = now
        self._progress.clear()

    def wait(self, now: float) -> float:
        """Return the seconds until the next step is due; 0 when it is."""
        return max(0.0, self._due - now)

    def begin_step(self, step: int, now: float, catch_up: float) -> None:
        """Begin the step after `step` steps: schedule the next, catching up on at most `catch_up` seconds of delay."""
        self._due = max(self._due, now - catch_up) + 1 / self.limit(step)

    def record_progress(self, now: float, examples: int) -> None:
        """Record the number of examples trained on so far."""
        self._progress.append((now, examples))

    def examples_per_second(self) -> float:
        """Return the average rate between the oldest and the latest progress recorded."""
        if not self._progress:
            return 0.0
        (since, before), (until, after) = self._progress[0], self._progress[-1]
        return (after - before) / (until - since) if until > since else 0.0
