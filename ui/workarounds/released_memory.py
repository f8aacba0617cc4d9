"""Return freed memory to the operating system.

CPython frees reference cycles only after enough new allocations, which an idle server never makes, and glibc 2.36 keeps
freed memory: `malloc_trim` returns only the free ends of heaps, which shrink only if a neighbouring block is freed
while the trim threshold is low. Other C libraries return memory automatically.

Delete this once tests/browser/test_session.py::test_closed_tabs_give_their_memory_back passes without it.
"""

import ctypes
import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of glibc's malloc.h

_FREE_KEPT, _LARGEST_KEPT = 64 << 20, 32 << 20
"""Free bytes that glibc keeps at the end of a heap, and the largest block it allocates from one, set to its own upper
limits so that the arrays of each training step reuse memory."""


COLLECTION_SECONDS = 20.0
"""At most this often is garbage collected: it holds the interpreter, for 0.1 s where there are 50 visitors."""

_lock = threading.Lock()
_due: set[threading.Timer] = set()


@contextmanager
def memory_released() -> Iterator[None]:
    """Return memory freed in the block to the system, and all garbage some seconds later, in a thread of its own."""
    with _trimming():
        yield
    with _lock:
        if not _due:
            timer = threading.Timer(COLLECTION_SECONDS, _collect)
            timer.daemon = True
            _due.add(timer)
            timer.start()


def _collect() -> None:
    with _lock:
        _due.clear()
    with _trimming():
        gc.collect()


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
