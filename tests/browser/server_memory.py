"""The resident memory of a server, as reported by Linux."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


def resident(pid: int) -> float:
    """Return the resident memory of a process in megabytes (2²⁰ bytes).

    Skips the test on systems without /proc.
    """
    return _megabytes(pid, "VmRSS")


def peak(pid: int) -> float:
    """Return the most resident memory that a process has had, in megabytes; see `resident`."""
    return _megabytes(pid, "VmHWM")


def forget_peak(pid: int) -> None:
    """Have the peak of a process start again from what it has now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def _megabytes(pid: int, name: str) -> float:
    status = Path(f"/proc/{pid}/status")
    if not status.is_file():
        pytest.skip("this system has no /proc that shows the memory of a process")
    (line,) = (line for line in status.read_text(encoding="ascii").splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024


def falls(measure: Callable[[], float], below: float, within: float) -> bool:
    """Wait up to `within` seconds for a measure to fall below a bound; return whether it did."""
    deadline = time.monotonic() + within
    while measure() >= below:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
