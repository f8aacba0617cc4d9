"""How much a page slows down training: sessions over bare WebSockets, compared with runs without a page."""

from __future__ import annotations

import contextlib
import itertools
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from data import csv_files
from data.dataset import Dataset
from testing.websocket_visitor import Visitor
from training.run import Run
from training.scheduler import Scheduler
from training.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from data.dataset import Split
    from testing.app_server import Server

HIDDEN_SIZE = 128
SETTINGS = replace(Settings(), hidden_size=HIDDEN_SIZE, batch_size=64, epochs=100_000)
QUERY = f"hidden_size={HIDDEN_SIZE}&batch_size=64&epochs=100000&speed=Full"

LONGEST_WAIT = 10.0
"""Seconds after which it is an error if a page has not been redrawn."""

WARM_UP = 2.0
"""Seconds of training before the clock starts."""

FULL_BATCH = 150_000
"""The number of digits, the most that a dataset may have."""


@dataclass(frozen=True)
class Rates:
    """Steps per second of several concurrent runs."""

    each: Sequence[float]

    @property
    def total(self) -> float:
        """Steps per second of all runs together."""
        return sum(self.each)

    @property
    def fairness(self) -> float:
        """The slowest run as a share of the mean."""
        return min(self.each) / statistics.mean(self.each)


def without_a_page(runs: int, seconds: float) -> Rates:
    """Train networks with the app's scheduler in a separate process that has no page."""
    command = [sys.executable, "-m", "benchmarks.app_throughput", str(runs), str(seconds), str(WARM_UP)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own module
    return Rates([float(word) for word in printed.split()])


@contextlib.contextmanager
def training(server: Server, sessions: int) -> Iterator[list[Visitor]]:
    """Open sessions with different seeds, start training in each, and let them warm up."""
    with contextlib.ExitStack() as open_pages:
        visitors = [open_pages.enter_context(Visitor(server.url, f"{QUERY}&seed={seed}")) for seed in range(sessions)]
        for visitor in visitors:
            visitor.press("train")
        for visitor in visitors:
            visitor.wait_for_step(1)
        time.sleep(WARM_UP)
        yield visitors


def live(server: Server, sessions: int, seconds: float) -> Rates:
    """Train networks in sessions whose pages poll as browsers do."""
    with training(server, sessions) as visitors:
        begun = time.monotonic()
        time.sleep(seconds)
        return Rates([_rate(visitor, begun) for visitor in visitors])


def _rate(visitor: Visitor, since: float) -> float:
    """Return the steps per second that a visitor has seen since this time, over at least two redraws."""
    until = time.monotonic() + LONGEST_WAIT
    while len(shown := [(moment, step) for moment, step in visitor.seen if moment >= since]) < 2:
        if time.monotonic() > until:
            raise TimeoutError(f"the page of a run was redrawn {len(shown)} times in {LONGEST_WAIT:g} s")
        time.sleep(0.05)
    (begun, first), (ended, last) = shown[0], shown[-1]
    return (last - first) / (ended - begun)


@dataclass(frozen=True)
class Crowd:
    """The cost of many concurrent sessions.

    Attributes:
        megabytes: resident memory that each session adds to the server.
        longest_pause: the longest time, in seconds, that a session showed no new step.
        redraws: redraws per second of the slowest session.
        kilobytes: kilobytes sent to one session per second.
    """

    megabytes: float
    longest_pause: float
    redraws: float
    kilobytes: float


def crowd(server: Server, sessions: int, seconds: float) -> Crowd:
    """Open sessions, train in all of them, and measure.

    One session runs before the clock starts, so that everything that sessions share is loaded.
    """
    with Visitor(server.url, QUERY) as first:
        first.press("train")
        first.wait_for_step(1000)
    time.sleep(WARM_UP)
    before = _resident(server.pid)
    with training(server, sessions) as visitors:
        begun, received = time.monotonic(), [visitor.received for visitor in visitors]
        time.sleep(seconds)
        after = _resident(server.pid)
        kilobytes = statistics.mean(
            (visitor.received - had) / seconds / 1000 for visitor, had in zip(visitors, received, strict=True)
        )
        shown = [[(moment, step) for moment, step in visitor.seen if moment >= begun] for visitor in visitors]
    return Crowd(
        (after - before) / sessions,
        max(_longest_pause(each, begun + seconds) for each in shown),
        min(len(each) for each in shown) / seconds,
        kilobytes,
    )


@dataclass(frozen=True)
class BesideFullBatch:
    """Several runs without a page, one of which takes all its examples in each step.

    Attributes:
        slices: The length of each of its time slices, in seconds of processor time, as on an idle machine.
        answers: How long each call of its `pause` took, in seconds.
        time: The processor time that each run trained, in seconds, its own first.
    """

    slices: Sequence[float]
    answers: Sequence[float]
    time: Rates


def beside_full_batch(seconds: float) -> BesideFullBatch:
    """Train a run on a full batch of distorted digits beside three others, and pause it ten times a second."""
    digits, scheduler = csv_files.embedded(), Scheduler()
    rows = np.arange(FULL_BATCH) % len(digits)
    many = Dataset("Many", digits.images[rows], digits.labels[rows])
    full = replace(SETTINGS, batch_size=FULL_BATCH, distortion="on")
    runs = [
        _Timed(full, many.split(0, *digits.default_sizes)),
        *(_Timed(replace(SETTINGS, seed=seed), digits.split(seed, *digits.default_sizes)) for seed in range(3)),
    ]
    for run in runs:
        run.start()
        scheduler.add(run)
    time.sleep(WARM_UP)
    for run in runs:
        run.slices.clear()
    answers = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.1)
        began = time.monotonic()
        runs[0].pause()
        answers.append(time.monotonic() - began)
        runs[0].start()
        scheduler.add(runs[0])
    for run in runs:
        scheduler.remove(run)
    return BesideFullBatch(runs[0].slices, answers, Rates([sum(run.slices) for run in runs]))


class _Timed(Run):
    """A run that records the length of its time slices, in seconds of processor time."""

    def __init__(self, settings: Settings, split: Split) -> None:
        super().__init__(settings, split, len(split.train.classes))
        self.slices: list[float] = []

    def advance(self, seconds: float) -> float | None:
        """See `Run.advance`."""
        began = time.thread_time()
        try:
            return super().advance(seconds)
        finally:
            self.slices.append(time.thread_time() - began)


def _longest_pause(shown: Sequence[tuple[float, int]], end: float) -> float:
    """Return the longest time between two new steps, in seconds."""
    moved = [shown[0][0]]
    for (_, before), (moment, step) in itertools.pairwise(shown):
        if step > before:
            moved.append(moment)
    return max(later - earlier for earlier, later in zip(moved, [*moved[1:], end], strict=True))


def _resident(pid: int) -> float:
    """Return the resident memory of a process in megabytes (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    """Print the steps per second of each run; `without_a_page` runs this in a separate process."""
    runs, seconds, warm_up = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    digits, scheduler = csv_files.embedded(), Scheduler()
    runs_under_way = [
        Run(replace(SETTINGS, seed=seed), digits.split(seed, *digits.default_sizes), len(digits.classes))
        for seed in range(runs)
    ]
    for run in runs_under_way:
        run.start()
        scheduler.add(run)
    time.sleep(warm_up)
    begun, steps = time.monotonic(), [run.snapshot().position.step for run in runs_under_way]
    time.sleep(seconds)
    ended = time.monotonic()
    for run, before in zip(runs_under_way, steps, strict=True):
        print((run.snapshot().position.step - before) / (ended - begun))


if __name__ == "__main__":
    main()
