"""Whose file is read or made next: a visitor's files come one at a time, with those of others in between."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

Visitor = frozenset[str]
"""The session and, unless it is this machine's own, the network address: for each, one file is handled at a time."""


class FileTurns:
    """Places for files that are handled at the same time, given to visitors in turns.

    Attributes:
        waiting: Whose files are waiting; the first who has none of the places is next.
    """

    def __init__(self, places: int) -> None:
        """Start with all places free."""
        self.waiting: list[Visitor] = []
        self._places = places
        self._handled: list[Visitor] = []
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, visitor: Visitor) -> Iterator[None]:
        """Run the block when it is this visitor's turn."""
        with self._changed:
            self.waiting.append(visitor)
            self._changed.wait_for(lambda: self._next() == visitor)
            self.waiting.remove(visitor)
            self._handled.append(visitor)
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._handled.remove(visitor)
                self.waiting.sort(key=lambda each: len(each & visitor))  # last, this session; before it, its address
                self._changed.notify_all()

    def _next(self) -> Visitor | None:
        if len(self._handled) == self._places:
            return None
        return next((each for each in self.waiting if all(each.isdisjoint(other) for other in self._handled)), None)


READING, MAKING = (FileTurns(max(2, os.cpu_count() or 1)) for _ in range(2))
"""Uploads that are read, and downloads that are made: one per core at a time, but at least two."""
