"""How the speed of a search scales with the number of workers: `python -m benchmarks.search`.

Each round runs the same trials in one process, in several, and on the same number of workers in a local Dask cluster.
The time to start the workers is excluded: it is negligible in a search that takes hours.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from data import csv_files
from data.dataset import Split
from training.search.search_run import run_trials
from training.search.trial import grid
from training.search.workers import Cluster, Processes, Workers
from training.settings import Settings

HIDDEN_SIZES, L2S = (32, 64), (0.0, 1.0, 10.0, 100.0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description="Trials a minute by workers.")
    parser.add_argument("--epochs", type=int, default=10, help="of each trial (default: 10)")
    parser.add_argument("--rounds", type=int, default=3, help="of all kinds of workers (default: 3)")
    options = parser.parse_args(arguments)
    digits = csv_files.embedded()
    split = digits.split(0, *digits.default_sizes)
    trials = grid(Settings(epochs=options.epochs), HIDDEN_SIZES, L2S)
    measured: dict[str, list[float]] = {}
    for _ in range(options.rounds):
        for name, start in _workers(split).items():
            measured.setdefault(name, []).append(_trials_a_minute(start, trials))
    one_process = next(iter(measured.values()))
    print("| Workers | Trials a minute | × one process |\n| --- | ---: | ---: |")
    for name, rates in measured.items():
        ratios = [rate / one for rate, one in zip(rates, one_process, strict=True)]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"| {name} | {statistics.median(rates):,.0f} | {spread} |")
    return 0


def _workers(split: Split) -> dict[str, Callable[[], Workers]]:
    counts = [2**power for power in range((os.cpu_count() or 1).bit_length())]
    return {
        **{f"{count} process{'' if count == 1 else 'es'}": partial(Processes, split, count) for count in counts},
        **{f"Dask, {count}": partial(_LocalCluster, split, count) for count in counts},
    }


class _LocalCluster(Cluster):
    """A Dask cluster of processes on this machine, shut down on exit from the context."""

    def __init__(self, split: Split, count: int) -> None:
        from distributed import LocalCluster

        self._processes = LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=":0", host="127.0.0.1")
        super().__init__(split, self._processes.scheduler_address)

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self._processes.close()


def _trials_a_minute(start: Callable[[], Workers], trials: Sequence[Settings]) -> float:
    with start() as workers:
        warm_up = [replace(trials[0], epochs=1, seed=seed) for seed in range(4 * workers.count)]
        list(run_trials(warm_up, workers))
        started = time.monotonic()
        list(run_trials(trials, workers))
        return 60 * len(trials) / (time.monotonic() - started)


if __name__ == "__main__":
    sys.exit(main())
