"""How the cost of a run scales: `python -m benchmarks.growth` measures time and memory for different settings.

Each row trains runs as the app does, including the measurement of the curves, on one thread without a page. The time
of a step is the median over slices of the run; memory is what Python and NumPy allocate for the run, excluding the
digits, which all runs share.
"""

from __future__ import annotations

import argparse
import gc
import resource
import statistics
import sys
import time
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from data import csv_files
from data.dataset import Dataset
from training.checkpoints import Checkpoints
from training.run import Run
from training.settings import FULL_BATCH, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from data.dataset import Split

HELD_OUT = 500
EXAMPLES = 4_000
HIDDEN_SIZES = (16, 64, 256, 1_024)
BATCH_SIZES = (16, 64, 256, 1_024, FULL_BATCH)
EXAMPLES_TRIED = (1_000, 4_000, 16_000, 59_000)
SESSIONS = (1, 4, 16)
LENGTHS = (10_000, 100_000, 1_000_000)
SECONDS = 2.0
SLICE = 0.05
WARM_UP = 3

PLAIN = replace(Settings(), hidden_size=64, batch_size=64, epochs=100_000)
SMALLEST = replace(PLAIN, hidden_size=2, batch_size=4)
"""Small enough for a million steps in a minute, yet shows any growth that does not depend on the network."""

_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes per unit of the peak resident memory reported by getrusage."""


def digits(examples: int) -> Dataset:
    """Return a dataset with this many training examples, and HELD_OUT each for dev and test.

    It repeats the embedded digits: the content of an image does not affect its cost.
    """
    embedded = csv_files.embedded()
    rows = np.resize(np.arange(len(embedded)), examples + 2 * HELD_OUT)
    return Dataset("digits", embedded.images[rows], embedded.labels[rows])


def started(split: Split, settings: Settings) -> Run:
    """Create a run and start it."""
    run = Run(settings, split, len(split.train.classes))
    run.start()
    return run


def seconds_per_step(runs: Sequence[Run], seconds: float) -> float:
    """Train the runs in turn for this long; return the median time per step over slices."""
    took: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(took) < WARM_UP * len(runs) + 3:
        for run in runs:
            before, began = run.snapshot().position.step, time.perf_counter()
            run.advance(SLICE)
            took.append((time.perf_counter() - began) / max(1, run.snapshot().position.step - before))
    return statistics.median(took[WARM_UP * len(runs) :])


def megabytes(make: Callable[[], Sequence[Run]]) -> float:
    """Return the total memory of the runs, in megabytes, once each has its maximum number of checkpoints."""
    gc.collect()
    tracemalloc.start()
    try:
        runs = make()
        for run in runs:
            limit = Checkpoints(run.snapshot().network).limit
            while len(run.snapshot().checkpoints) < limit:
                run.advance(SLICE)
        gc.collect()
        return tracemalloc.get_traced_memory()[0] / 1e6
    finally:
        tracemalloc.stop()


def _print_row(what: str, step: float, memory: str) -> None:
    print(f"| {what} | {1e3 * step:.3g} | {memory} |", flush=True)


def _measure(what: str, dataset: Dataset, settings: Settings, seconds: float, sessions: int = 1) -> None:
    """Measure this many runs with these settings, trained in turn; print the figures per run."""
    split = dataset.split(0, HELD_OUT, HELD_OUT)

    def make() -> list[Run]:
        return [started(split, replace(settings, seed=seed)) for seed in range(sessions)]

    _print_row(what, seconds_per_step(make(), seconds), f"{megabytes(make) / sessions:.1f}")


def _long_run(lengths: Sequence[int], seconds: float) -> None:
    """Print the time per step and the memory of one run after each of the given numbers of steps."""
    run = started(digits(EXAMPLES).split(0, HELD_OUT, HELD_OUT), SMALLEST)
    at_first = 0.0
    for length in lengths:
        while run.snapshot().position.step < length:
            run.advance(SLICE)
        step = seconds_per_step([run], seconds)
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT / 1e6
        at_first = at_first or held
        _print_row(f"{length:,} steps of 784-2-10, batch 4", step, f"+{held - at_first:.1f}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table; return the exit status."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.growth", description="Measure how a run's cost grows.")
    options.add_argument("--seconds", type=float, default=SECONDS, help=f"of each measurement (default: {SECONDS:g})")
    options.add_argument("--steps", type=int, default=LENGTHS[-1], help=f"of the long run (default: {LENGTHS[-1]:,})")
    chosen = options.parse_args(arguments)
    print("| What grows | Milliseconds a step | MB a run, besides the digits |\n| --- | --- | --- |", flush=True)
    dataset = digits(EXAMPLES)
    with threadpool_limits(limits=1, user_api="blas"):
        for hidden_size in HIDDEN_SIZES:
            _measure(f"hidden size {hidden_size:,}", dataset, replace(PLAIN, hidden_size=hidden_size), chosen.seconds)
        for batch_size in BATCH_SIZES:
            name = f"full, {EXAMPLES:,}" if batch_size == FULL_BATCH else f"{batch_size:,}"
            _measure(f"batch size {name}", dataset, replace(PLAIN, batch_size=batch_size), chosen.seconds)
        for examples in EXAMPLES_TRIED:
            _measure(f"training examples {examples:,}", digits(examples), PLAIN, chosen.seconds)
        for sessions in SESSIONS:
            _measure(f"sessions {sessions}, in turn on one thread", dataset, PLAIN, chosen.seconds, sessions)
        _long_run([length for length in LENGTHS if length <= chosen.steps] or [chosen.steps], chosen.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
