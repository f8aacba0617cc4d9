"""Scripts of all sessions take turns, since each of them needs Python's global interpreter lock.

Where fifty visitors open pages, the event loop would have to wait for the lock behind as many scripts, and answer
nobody: neither a drawing nor a request for the server's health.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST_WAIT = 2.0
"""Seconds after which a page is drawn beside another, which may hang: files are read before a page has its turn."""

_drawing = threading.Lock()


@contextmanager
def script_turn(turn: threading.Lock = _drawing, longest_wait: float = LONGEST_WAIT) -> Iterator[None]:
    """Do what is in the block while no other thread has this turn, or once the longest wait in seconds is over."""
    acquired = turn.acquire(timeout=longest_wait)
    try:
        yield
    finally:
        if acquired:
            turn.release()
