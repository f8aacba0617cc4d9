"""What is let go goes back to the system, and not only to the process."""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of glibc's malloc.h

_KEPT_WHILE_TRAINING, _LARGEST_KEPT = 64 << 20, 32 << 20
"""Free bytes that glibc keeps at the end of a heap, and the largest block that it takes from one: its own upper limits,
with which the arrays of every step come from memory that is already there."""


@contextmanager
def given_back() -> Iterator[None]:
    """Hand back to the system what is let go inside, and all garbage; it takes about as long as a redraw.

    Objects that hang in cycles would wait for a collection, which an idle server never comes to. And glibc would keep
    what they had at the end of each thread's heap: `malloc_trim` goes round those ends, which shrink only when
    something beside them is freed while little may be kept. Other systems give back what they do by themselves.
    """
    libc = _glibc()
    if libc is not None:
        libc.mallopt(_TRIM_THRESHOLD, 0)
    try:
        yield
        gc.collect()
    finally:
        if libc is not None:
            libc.malloc_trim(0)
            libc.mallopt(_TRIM_THRESHOLD, _KEPT_WHILE_TRAINING)
            libc.mallopt(_MMAP_THRESHOLD, _LARGEST_KEPT)


def _glibc() -> ctypes.CDLL | None:
    """Return the C library of this process where it is glibc."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "malloc_trim") else None
