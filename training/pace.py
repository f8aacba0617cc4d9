"""The pace of a run: its speed limit and its measured speed. The caller reads the clock."""

from collections import deque

FULL_SPEED = float("inf")
"""The speed limit, in steps per second, that means no limit."""


class Pace:
    """Decides when the next step is due, and measures the training rate in examples per second.

    Times are seconds on the caller's clock.

    Attributes:
        limit: The maximum number of steps per second.
    """

    def __init__(self) -> None:
        self.limit = FULL_SPEED
        self._due = 0.0
        self._progress: deque[tuple[float, int]] = deque(maxlen=100)

    def restart(self, now: float) -> None:
        """Make the next step due now, and discard the measured rate."""
        self._due = now
        self._progress.clear()

    def wait(self, now: float) -> float:
        """Return the seconds until the next step is due; 0 when it is."""
        return max(0.0, self._due - now)

    def begin_step(self, now: float, catch_up: float) -> None:
        """Schedule the step after this one, catching up on at most `catch_up` seconds of delay."""
        self._due = max(self._due, now - catch_up) + 1 / self.limit

    def record_progress(self, now: float, examples: int) -> None:
        """Record the number of examples trained on so far."""
        self._progress.append((now, examples))

    def examples_per_second(self) -> float:
        """Return the average rate between the oldest and the latest progress recorded."""
        if not self._progress:
            return 0.0
        (since, before), (until, after) = self._progress[0], self._progress[-1]
        return (after - before) / (until - since) if until > since else 0.0
