"""Have the scripts of all sessions take turns, because each needs Python's global interpreter lock.

When fifty visitors open pages, the event loop would otherwise wait for the lock behind fifty scripts, and answer
nothing: neither a drawing nor a health check.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST_WAIT = 2.0
"""Seconds after which a page is drawn without its turn, because another may hang; files are read before a turn."""

_drawing = threading.Lock()


@contextmanager
def script_turn(turn: threading.Lock = _drawing, longest_wait: float = LONGEST_WAIT) -> Iterator[None]:
    """Run the block while no other thread has this turn, or after `longest_wait` seconds in any case."""
    acquired = turn.acquire(timeout=longest_wait)
    try:
        yield
    finally:
        if acquired:
            turn.release()
