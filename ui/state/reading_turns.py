"""Whose file is read next: a visitor's files are read one at a time, with those of others in between."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

Visitor = frozenset[str]
"""The session and, unless it is this machine's own, the network address. Files that share one are not read at once."""


class ReadingTurns:
    """Places for files that are read at the same time, given to visitors in turns.

    Attributes:
        waiting: Whose files are waiting; the first who is not already having one read is next.
    """

    def __init__(self, places: int) -> None:
        """Start with all places free."""
        self.waiting: list[Visitor] = []
        self._places = places
        self._reading: list[Visitor] = []
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, visitor: Visitor) -> Iterator[None]:
        """Run the block when it is this visitor's turn."""
        with self._changed:
            self.waiting.append(visitor)
            self._changed.wait_for(lambda: self._next() == visitor)
            self.waiting.remove(visitor)
            self._reading.append(visitor)
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._reading.remove(visitor)
                self.waiting.sort(key=lambda each: len(each & visitor))  # last, this session; before it, its address
                self._changed.notify_all()

    def _next(self) -> Visitor | None:
        if len(self._reading) == self._places:
            return None
        return next((each for each in self.waiting if all(each.isdisjoint(other) for other in self._reading)), None)


READING = ReadingTurns(max(2, os.cpu_count() or 1))
"""One file per core is read at a time, but at least two."""
