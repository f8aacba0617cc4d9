"""Collect garbage rarely, and return freed memory to the operating system.

A full collection blocks the interpreter: for half a second with the sessions of fifty visitors. Under that load CPython
starts one every few seconds; on an idle server, none.

glibc 2.36 keeps freed memory: `malloc_trim` returns only the free ends of heaps, which shrink only if a neighbouring
block is freed while the trim threshold is low. Other C libraries return memory automatically.

Delete this once tests/browser/test_session.py::test_closed_tabs_give_their_memory_back passes without it.
"""

import ctypes
import gc
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of glibc's malloc.h

_FREE_KEPT, _LARGEST_KEPT = 64 << 20, 32 << 20
"""Free bytes that glibc keeps at the end of a heap, and the largest block it allocates from one, set to its own upper
limits so that the arrays of each training step reuse memory."""

SHORTEST_PAUSE, LONGEST_PAUSE = 20.0, 60.0
"""The least and the most seconds between two full collections, if there is anything to collect."""

MOST_OF_THE_TIME = 0.015
"""The share of the time that full collections may take, between these two limits."""

_NEVER = 2**31 - 1

_due = threading.Event()


def release_memory_soon() -> None:
    """Have current garbage collected and its memory returned soon. Returns at once."""
    _due.set()


def collect_regularly(stopped: threading.Event) -> None:
    """Collect garbage in this thread alone until `stopped` is set."""
    gc.freeze()  # the program itself, which is never garbage
    thresholds = gc.get_threshold()
    gc.set_threshold(*thresholds[:2], _NEVER)
    pause = SHORTEST_PAUSE
    while not stopped.wait(pause):
        is_used = gc.get_count()[2] > 0
        if not (_due.is_set() or is_used):
            continue
        _due.clear()
        began = time.monotonic()
        with _trimming():
            gc.collect()
        took = time.monotonic() - began
        pause = min(max(SHORTEST_PAUSE, took / MOST_OF_THE_TIME), LONGEST_PAUSE)
    gc.set_threshold(*thresholds)
    gc.unfreeze()


@contextmanager
def _trimming() -> Iterator[None]:
    libc = _glibc()
    if libc is not None:
        libc.mallopt(_TRIM_THRESHOLD, 0)
    try:
        yield
    finally:
        if libc is not None:
            libc.malloc_trim(0)
            libc.mallopt(_TRIM_THRESHOLD, _FREE_KEPT)
            libc.mallopt(_MMAP_THRESHOLD, _LARGEST_KEPT)


def _glibc() -> ctypes.CDLL | None:
    """Return this process's C library if it is glibc."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "malloc_trim") else None
