"""What a visitor costs the server: `python -m benchmarks.session_cost` measures its processor time and memory."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.soak import Footprint
from testing.app_server import Server
from testing.sample_digits import digit
from testing.websocket_visitor import Visitor, new_tab

PAGES = ("", "train", "look", "break", "dataset", "compare")
OPENED = 10
REPORTS = 50
SESSIONS = 40

_SETTLED = 6.0
"""Seconds after which freed memory has been returned to the system."""


def processor_seconds(server: Server) -> float:
    """Return the processor time that a server has used (Linux)."""
    fields = Path(f"/proc/{server.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # in user and in system mode


def _megabytes(server: Server) -> float:
    time.sleep(_SETTLED)
    return Footprint.of(server).megabytes


def _print_row(what: str, value: float, unit: str) -> None:
    print(f"| {what} | {value:.1f} {unit} |", flush=True)


def main() -> int:
    """Measure and print a table; return the exit status."""
    print("| What | Cost |\n| --- | --- |")
    with tempfile.TemporaryDirectory() as home, Server(Path(home)) as server:
        visitors = [Visitor(server.url, page="", tab=new_tab()) for _ in range(3)]
        for visitor in visitors:
            visitor.draw(digit("3"))
            for page in PAGES:
                visitor.go(page)
        alone = _megabytes(server)
        _print_row("The server with its first visitors", alone, "MB")
        visitors += [Visitor(server.url, page="", tab=new_tab()) for _ in range(SESSIONS)]
        for visitor in visitors:
            visitor.draw(digit("3"))
        _print_row("A session that draws", (_megabytes(server) - alone) / SESSIONS, "MB")
        for visitor in visitors:
            for page in PAGES:
                visitor.go(page)
        _print_row("A session that has seen every page", (_megabytes(server) - alone) / SESSIONS, "MB")
        for visitor in visitors[1:]:
            visitor.close()
        for page in PAGES:
            before = processor_seconds(server)
            for _ in range(OPENED):
                visitors[0].go(page)
            _print_row(f"To open {page or 'draw'}", 1e3 * (processor_seconds(server) - before) / OPENED, "ms")
        visitors[0].go("")
        before, strokes = processor_seconds(server), digit("3")
        for _ in range(REPORTS):
            visitors[0].draw(strokes, is_moving=True)
        _print_row("An answer to strokes", 1e3 * (processor_seconds(server) - before) / REPORTS, "ms")
        visitors[0].close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
