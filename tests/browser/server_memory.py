"""The memory that a server holds, as Linux counts it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


def resident(pid: int) -> float:
    """Megabytes (2²⁰ bytes) that a process has in memory.

    Where there is no /proc the test is skipped, and says so.
    """
    status = Path(f"/proc/{pid}/status")
    if not status.is_file():
        pytest.skip("this system has no /proc in which to see the memory of a process")
    (line,) = (line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def falls(measure: Callable[[], float], below: float, within: float) -> bool:
    """Whether a measure comes down below a bound; waits until so, for so many seconds at the most."""
    deadline = time.monotonic() + within
    while measure() >= below:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
