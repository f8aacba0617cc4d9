"""The pace of a run: the limit on its speed, and the speed it reaches. The caller reads the clock."""

from collections import deque

FULL_SPEED = float("inf")
"""The limit, in steps per second, that stands for none."""


class Pace:
    """Decides when the next step is due, and measures how many examples a second are trained on.

    Times are seconds on the caller's clock.

    Attributes:
        limit: Steps per second at most.
    """

    def __init__(self) -> None:
        self.limit = FULL_SPEED
        self._due = 0.0
        self._progress: deque[tuple[float, int]] = deque(maxlen=100)

    def restart(self, now: float) -> None:
        """Let the next step be due now, and forget the rate so far."""
        self._due = now
        self._progress.clear()

    def wait(self, now: float) -> float:
        """Return the seconds until the next step is due; 0 when it is."""
        return max(0.0, self._due - now)

    def begin_step(self, now: float, catch_up: float) -> None:
        """Schedule the step after this one, making up for a delay of at most `catch_up` seconds."""
        self._due = max(self._due, now - catch_up) + 1 / self.limit

    def record_progress(self, now: float, examples: int) -> None:
        """Note how many examples have been trained on so far."""
        self._progress.append((now, examples))

    def examples_per_second(self) -> float:
        """Return the average rate between the oldest and the latest progress remembered."""
        if not self._progress:
            return 0.0
        (since, before), (until, after) = self._progress[0], self._progress[-1]
        return (after - before) / (until - since) if until > since else 0.0
