"""Poll a server's health: `python -m testing.health_watch http://127.0.0.1:8501` runs until its input ends.

It prints the seconds that each answer took, or the name of the error. As a separate process that uses only the standard
library, it measures the server rather than the waits of a benchmark that simulates many visitors.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY = 0.05
"""Seconds between two requests."""

_PATIENCE = 30.0


@dataclass
class Health:
    """What a watch saw.

    Attributes:
        waits: Seconds until each answer.
        failures: What was said instead of an answer.
    """

    waits: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


@contextlib.contextmanager
def watched(url: str) -> Iterator[Health]:
    """Poll the health of a server in a process of its own; what it saw is complete after the block."""
    health = Health()
    watch = subprocess.Popen(
        [sys.executable, "-m", "testing.health_watch", url],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield health
    finally:
        for said in watch.communicate()[0].splitlines():
            try:
                health.waits.append(float(said))
            except ValueError:
                health.failures.append(said)


def _watch(address: str, end: threading.Event) -> None:
    connection = HTTPConnection(address, timeout=_PATIENCE)
    while not end.wait(EVERY):
        began = time.monotonic()
        try:
            connection.request("GET", "/_stcore/health")
            answer = connection.getresponse()
            answer.read()
            said = f"{time.monotonic() - began}" if answer.status == 200 else f"status {answer.status}"
        except (OSError, HTTPException) as error:
            said = type(error).__name__
            connection.close()
        print(said)


def main() -> None:
    """Watch the named server until standard input ends."""
    end = threading.Event()
    watching = threading.Thread(target=_watch, args=(urlsplit(sys.argv[1]).netloc, end))
    watching.start()
    sys.stdin.read()
    end.set()
    watching.join()


if __name__ == "__main__":
    main()
