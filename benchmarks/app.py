"""What the app costs and how soon it answers: `python -m benchmarks.app` measures it as people meet it.

It serves the app, opens sessions over bare web sockets and tabs in Chromium, and prints a table. Speed is told as a
ratio of two figures that were measured in turn, for a busy machine slows both. It needs what the tests need
(requirements-dev.txt, Chromium) and a machine that does little else.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks import app_answers, app_sessions
from testing.app_server import Server
from testing.chromium import NoBrowserError, launch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser

MANY, CROWD = 8, 20


@contextlib.contextmanager
def _served() -> Iterator[Server]:
    """The app, served anew, and told of BLAS what the runs without a screen are told."""
    blas = {name: value for name, value in os.environ.items() if name.startswith(("OPENBLAS_", "OMP_"))}
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), blas) as server:
        yield server


def _tell(what: str, got: str, asked: str) -> None:
    print(f"| {what} | {got} | {asked} |", flush=True)


def _spread(values: Sequence[float], form: str) -> str:
    return f"{statistics.median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def _speed(pairs: int, seconds: float) -> None:
    """Training in pages against training without a screen, in turn."""
    with _served() as server:
        alone, shared, fairness = [], [], []
        for _ in range(pairs):
            bare = app_sessions.without_a_screen(1, seconds)
            alone.append(app_sessions.live(server, 1, seconds).total / bare.total)
            together = app_sessions.live(server, MANY, seconds)
            shared.append(together.total / app_sessions.without_a_screen(1, seconds).total)
            fairness.append(together.fairness)
    _tell("Speed of one session, of that without a screen", _spread(alone, ".0%"), "≥ 90%")
    _tell(f"Speed of {MANY} sessions in sum, of one without a screen", _spread(shared, ".0%"), "≥ 80%")
    _tell(f"The slowest of {MANY}, of their mean", _spread(fairness, ".0%"), "≥ 70%")


def _answers(browser: Browser, strokes: int) -> None:
    """The canvas's answer, alone and beside sessions that train."""
    with _served() as server:
        alone = app_answers.answers(browser, server, strokes)
        with app_sessions.training(server, MANY):
            beside = app_answers.answers(browser, server, strokes)
    for waits, where, asked in ((alone, "nothing else running", 300), (beside, f"{MANY} sessions training", 450)):
        middle, most = np.percentile(waits, [50, 95])
        _tell(f"Pen lifted to answer painted, {where}", f"{middle:.0f} ms, p95 {most:.0f} ms", f"p95 ≤ {asked} ms")


def _slider(browser: Browser, moves: int) -> None:
    with _served() as server:
        redraws = app_answers.redraws_before_it_takes_hold(browser, server, moves)
    _tell("Redraws between a move of α and its effect in a run", _spread(redraws, ".0f"), "≤ 1")


def _first_pages(browser: Browser, times: int) -> None:
    waits = []
    for _ in range(times):
        with _served() as server:
            waits.append(app_answers.first_page(browser, server))
    _tell("Server ready to first page usable", f"{_spread(waits, '.1f')} s", "≤ 3 s")


def _crowd(seconds: float) -> None:
    with _served() as server:
        found = app_sessions.crowd(server, CROWD, seconds)
    _tell(f"Memory of one more session, {CROWD} training", f"{found.megabytes:.1f} MB", "≤ 15 MB")
    _tell(f"Longest rest of one of {CROWD} sessions that train", f"{found.longest_rest:.1f} s", "none stalls")
    _tell(f"Redraws a second of the slowest of {CROWD}", f"{found.redraws:.1f}", "")
    _tell("Sent to a page that trains", f"{found.kilobytes:.0f} kB/s", "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table. Return the exit status."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.app", description="Measure the app as people meet it.")
    options.add_argument("--pairs", type=int, default=5, help="of training with and without a page (default: 5)")
    options.add_argument("--seconds", type=float, default=5.0, help="of each measurement (default: 5)")
    options.add_argument("--strokes", type=int, default=40, help="drawn for each figure (default: 40)")
    options.add_argument("--moves", type=int, default=10, help="of the slider (default: 10)")
    chosen = options.parse_args(arguments)
    print("| What | Measured: median (least to most) | Asked |\n| --- | --- | --- |", flush=True)
    try:
        with sync_playwright() as playwright:
            browser = launch(playwright)
            _first_pages(browser, chosen.pairs)
            _answers(browser, chosen.strokes)
            _slider(browser, chosen.moves)
            browser.close()
    except NoBrowserError as error:
        print(error, file=sys.stderr)
        return 1
    _speed(chosen.pairs, chosen.seconds)
    _crowd(chosen.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
