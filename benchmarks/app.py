"""The cost and responsiveness of the app: `python -m benchmarks.app` measures both as visitors use it.

It serves the app, opens sessions over bare WebSockets and tabs in Chromium, and prints a table. Speeds are ratios of
two figures measured alternately, because a busy machine slows both. It has the same requirements as the tests
(requirements-dev.txt, Chromium) and needs an otherwise idle machine.
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

from benchmarks import app_class, app_latency, app_pages, app_throughput
from testing.app_server import Server
from testing.chromium import NoBrowserError, launch
from testing.page_load import PHONE, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser

MANY, CROWD = 8, 20
PAGES = ("", "train", "look", "break", "compare", "dataset")
SLOWER = 6


@contextlib.contextmanager
def _served() -> Iterator[Server]:
    """Serve a fresh app with the same BLAS settings as the runs without a page."""
    blas = {name: value for name, value in os.environ.items() if name.startswith(("OPENBLAS_", "OMP_"))}
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), blas) as server:
        yield server


def _print_row(what: str, got: str, asked: str) -> None:
    print(f"| {what} | {got} | {asked} |", flush=True)


def _spread(values: Sequence[float], form: str) -> str:
    return f"{statistics.median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def _speed(pairs: int, seconds: float) -> None:
    """Compare training in pages with training without a page, alternately."""
    with _served() as server:
        alone, shared, fairness = [], [], []
        for _ in range(pairs):
            bare = app_throughput.without_a_page(1, seconds)
            alone.append(app_throughput.live(server, 1, seconds).total / bare.total)
            together = app_throughput.live(server, MANY, seconds)
            shared.append(together.total / app_throughput.without_a_page(1, seconds).total)
            fairness.append(together.fairness)
    _print_row("Speed of one session, relative to training without a page", _spread(alone, ".0%"), "≥ 90%")
    _print_row(f"Total speed of {MANY} sessions, relative to one without a page", _spread(shared, ".0%"), "≥ 80%")
    _print_row(f"The slowest of {MANY}, relative to their mean", _spread(fairness, ".0%"), "≥ 70%")


def _strokes(browser: Browser, count: int) -> None:
    """Measure the answers during a stroke and after it, alone and beside other sessions in training."""
    with _served() as server:
        _print_strokes(app_latency.strokes(browser, server, count), "alone", 10, 100)
        with app_throughput.training(server, MANY):
            _print_strokes(app_latency.strokes(browser, server, count), f"beside {MANY} that train", 9, 220)


def _print_strokes(seen: Sequence[app_latency.Stroke], where: str, answers: float, final: float) -> None:
    waits = [wait for stroke in seen for wait in stroke.waits]
    frames = np.array([frame for stroke in seen for frame in stroke.frames])
    finals = [stroke.final for stroke in seen]
    _print_row(
        f"Answers a second during a stroke, {where}",
        _spread([each.answers for each in seen], ".1f"),
        f"≥ {answers:.0f}",
    )
    _print_row(f"Newest point to painted, {where}", _percentiles(waits), "")
    _print_row(f"Pen up to final answer painted, {where}", _percentiles(finals), f"p95 ≤ {final:.0f} ms")
    _print_row(
        f"Frames over 25 ms and over 34 ms during a stroke, {where}",
        f"{(frames > 25).mean():.1%} and {(frames > 34).mean():.1%} of {len(frames)}",
        "none over 34 ms" if where == "alone" else "",
    )


def _percentiles(waits: Sequence[float]) -> str:
    middle, most = np.percentile(waits, [50, 95]) if len(waits) else (np.nan, np.nan)
    return f"{middle:.0f} ms, p95 {most:.0f} ms"


def _slider(browser: Browser, moves: int) -> None:
    with _served() as server:
        redraws = app_latency.redraws_before_alpha_takes_effect(browser, server, moves)
    _print_row("Redraws between a change of α and its effect in a run", _spread(redraws, ".0f"), "≤ 1")


def _broken(browser: Browser) -> None:
    with _served() as server:
        waits = app_latency.broken(browser, server)
    _print_row(
        f"From a slider of Break it to what is left of the digit painted, 784-{app_latency.HIDDEN_SIZE}-10",
        _percentiles(waits),
        "≤ 150 ms",
    )


def _open_pages(browser: Browser, rounds: int, seconds: float) -> None:
    """Measure the views of Look, and how much they and Break it slow a run."""
    with _served() as server:
        waits = app_pages.look_views(browser, server, rounds)
        speeds = app_pages.speed_beside(browser, server, rounds, seconds)
    _print_row(
        f"From a view of Look to its picture painted, 784-{app_latency.HIDDEN_SIZE}-10",
        _percentiles(waits),
        "p95 ≤ 150 ms",
    )
    for page, ratios in speeds.items():
        _print_row(f"Speed of a run with {page} open, relative to Train open", _spread(ratios, ".0%"), "≥ 95%")


def _first_pages(browser: Browser, times: int) -> None:
    waits = []
    for _ in range(times):
        with _served() as server:
            waits.append(app_latency.first_page(browser, server))
    _print_row("Server ready to first page usable", f"{_spread(waits, '.1f')} s", "≤ 3 s")


def _loads(browser: Browser, times: int) -> None:
    """Load pages with an empty cache, at full speed and on a processor SLOWER times slower."""
    with _served() as server:
        loads = {page: [load(browser, f"{server.url}/{page}") for _ in range(times)] for page in PAGES}
        slow = [load(browser, server.url, slower=SLOWER).usable for _ in range(times)]
        phone = [load(browser, f"{server.url}/{page}", slower=SLOWER, viewport=PHONE) for page in PAGES]
    first, every = loads[""], [each for page in loads.values() for each in page]
    _print_row("Outline of the first page painted", f"{_spread([each.painted for each in first], '.1f')} s", "")
    _print_row("First page usable", f"{_spread([each.usable for each in first], '.1f')} s", "≤ 2 s")
    _print_row("The same, slow processor (a sixth of the speed)", f"{_spread(slow, '.1f')} s", "≤ 5 s")
    _print_row("Bytes of the first load", f"{_spread([each.kilobytes for each in first], '.0f')} kB", "")
    for where, seen in (("", every), (" on a phone, slow processor", phone)):
        _print_row(
            f"Largest layout shift of any page{where}", f"{max(each.layout_shift for each in seen):.3f}", "≤ 0.1"
        )


def _crowd(seconds: float) -> None:
    with _served() as server:
        found = app_throughput.crowd(server, CROWD, seconds)
    _print_row(f"Memory of one more session, {CROWD} training", f"{found.megabytes:.1f} MB", "≤ 15 MB")
    _print_row(f"Longest pause of one of {CROWD} sessions that train", f"{found.longest_pause:.1f} s", "none stalls")
    _print_row(f"Redraws a second of the slowest of {CROWD}", f"{found.redraws:.1f}", "")
    _print_row("Sent to a page that trains", f"{found.kilobytes:.0f} kB/s", "")


def _class(pupils: int, seconds: float) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as home,
        Server(Path(home), {"DIGIT_LAB_DATABASE_FOLDER": folder}) as server,
    ):
        found = app_class.lesson(server, Path(folder), pupils, seconds)
    _print_row(
        f"Pen up to drawing taken in a room of {pupils} who draw and train at once, {len(found.answers)} drawings",
        _percentiles([1000 * answer for answer in found.answers]),
        "p95 ≤ 400 ms",
    )
    _print_row("Drawings kept there, of those acknowledged", f"{found.drawings} of {found.expected}", "all")


def _full_batch(seconds: float) -> None:
    found = app_throughput.beside_full_batch(seconds)
    for what, values, asked in (
        (
            f"Slice of a full batch of {app_throughput.FULL_BATCH:,} distorted digits, processor time",
            found.slices,
            "≤ 50 ms",
        ),
        ("The answer to Pause of that run", found.answers, "≤ 200 ms"),
    ):
        _print_row(what, f"{1000 * statistics.median(values):.0f} ms (to {1000 * max(values):.0f})", asked)
    _print_row("The run that trains least beside it, relative to the mean", f"{found.time.fairness:.0%}", "≥ 70%")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table; return the exit status."""
    options = argparse.ArgumentParser(
        prog="python -m benchmarks.app", description="Measure the app as visitors use it."
    )
    options.add_argument("--pairs", type=int, default=5, help="of training with and without a page (default: 5)")
    options.add_argument("--seconds", type=float, default=5.0, help="of each measurement (default: 5)")
    options.add_argument("--strokes", type=int, default=40, help="drawn for each figure (default: 40)")
    options.add_argument("--moves", type=int, default=10, help="of the slider (default: 10)")
    options.add_argument("--pupils", type=int, default=30, help="who draw and train in one room (default: 30)")
    chosen = options.parse_args(arguments)
    print("| What | Measured: median (least to most) | Asked |\n| --- | --- | --- |", flush=True)
    try:
        with sync_playwright() as playwright:
            browser = launch(playwright)
            _first_pages(browser, chosen.pairs)
            _loads(browser, chosen.pairs)
            _strokes(browser, chosen.strokes)
            _slider(browser, chosen.moves)
            _broken(browser)
            _open_pages(browser, chosen.pairs, 4 * chosen.seconds)  # in which pages are opened and left, too
            browser.close()
    except NoBrowserError as error:
        print(error, file=sys.stderr)
        return 1
    _speed(chosen.pairs, chosen.seconds)
    _crowd(chosen.seconds)
    _class(chosen.pupils, 6 * chosen.seconds)
    _full_batch(chosen.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
