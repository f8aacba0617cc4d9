"""Who of several may work now: one at a time, in the order in which they came."""

import threading
from concurrent.futures import CancelledError
from typing import Protocol


class Waiting(Protocol):
    """One that waits for its turn.

    Attributes:
        over: Whether it does not want it any more.
    """

    over: bool


class Turns:
    """A queue. Whoever is first in it has their turn, until they leave."""

    def __init__(self) -> None:
        """Let the first who comes begin."""
        self._changed = threading.Condition()
        self._line: list[Waiting] = []

    def take(self, who: Waiting) -> None:
        """Stand in line, and return when it is their turn.

        Raises:
            CancelledError: They did not want it any more; they still have to leave.
        """
        with self._changed:
            self._line.append(who)
            self._changed.wait_for(lambda: who.over or self._line[0] is who)
        if who.over:
            raise CancelledError

    def leave(self, who: Waiting) -> None:
        """Let the next one begin."""
        with self._changed:
            self._line.remove(who)
            self._changed.notify_all()

    def look_again(self) -> None:
        """Have all look whether they want their turn still."""
        with self._changed:
            self._changed.notify_all()

    def ahead_of(self, who: Waiting) -> int:
        """Return how many come before; 0 for one that is not in line yet."""
        with self._changed:
            return self._line.index(who) if who in self._line else 0
