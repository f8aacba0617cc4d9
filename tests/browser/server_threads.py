"""The busy threads of a server, as reported by Linux."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest


def threads(pid: int) -> dict[int, float]:
    """Return the processor time, in seconds, that each thread of a process has used so far.

    Threads that end during the call are omitted. Skips the test on systems without /proc.
    """
    folder = Path(f"/proc/{pid}/task")
    if not folder.is_dir():
        pytest.skip("this system has no /proc that shows the threads of a process")
    used = {}
    for task in folder.iterdir():
        try:
            stat = (task / "stat").read_text(encoding="ascii")
        except (FileNotFoundError, ProcessLookupError):
            continue
        user, system = stat.rpartition(")")[2].split()[11:13]  # proc(5): fields 14 and 15
        used[int(task.name)] = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return used


def busy_threads(pid: int, seconds: float = 1.0, share: float = 0.2) -> set[int]:
    """Return the threads that use more than this share of a core over the next `seconds`."""
    before = threads(pid)
    time.sleep(seconds)
    return {thread for thread, used in threads(pid).items() if used - before.get(thread, 0.0) > share * seconds}


def training_threads(pid: int) -> set[int]:
    """Return the threads that are busy during training; wait if other load leaves them too little processor time."""
    for _ in range(20):
        if found := busy_threads(pid):
            return found
    raise AssertionError("Nothing burns the processor while a network trains: this test looks at the wrong thing.")


def ended(pid: int, ids: set[int], within: float) -> bool:
    """Wait up to `within` seconds for these threads to end; return whether they all did."""
    deadline = time.monotonic() + within
    while remaining := ids & threads(pid).keys():
        if time.monotonic() > deadline:
            return not remaining
        time.sleep(0.02)
    return True
