"""How a search speeds up with the number of workers: `python -m benchmarks.search`.

The same trials by one process, by more, and by as many workers of a Dask cluster on this machine, in turn, round after
round. Workers are started before the clock is: a search of hours does not notice that.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from data import csv_files
from data.dataset import Split
from training.search.candidates import grid, search
from training.search.workers import Cluster, Processes, Workers
from training.settings import Settings

HIDDEN_SIZES, L2S = (32, 64), (0.0, 1.0, 10.0, 100.0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a table. Return the exit status."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.search", description="Trials a minute by workers.")
    options.add_argument("--epochs", type=int, default=10, help="of each trial (default: 10)")
    options.add_argument("--rounds", type=int, default=3, help="of all contenders in turn (default: 3)")
    chosen = options.parse_args(arguments)
    digits = csv_files.embedded()
    split = digits.split(0, *digits.default_sizes)
    trials = grid(Settings(epochs=chosen.epochs), HIDDEN_SIZES, L2S)
    found: dict[str, list[float]] = {}
    for _ in range(chosen.rounds):
        for name, start in _contenders(split).items():
            found.setdefault(name, []).append(_trials_a_minute(start, trials))
    alone = next(iter(found.values()))
    print("| Workers | Trials a minute | × one process |\n| --- | ---: | ---: |")
    for name, rates in found.items():
        ratios = [rate / one for rate, one in zip(rates, alone, strict=True)]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"| {name} | {statistics.median(rates):,.0f} | {spread} |")
    return 0


def _contenders(split: Split) -> dict[str, Callable[[], Workers]]:
    counts = [2**power for power in range((os.cpu_count() or 1).bit_length())]

    def processes(count: int) -> Callable[[], Workers]:
        return lambda: Processes(split, count)

    def cluster(count: int) -> Callable[[], Workers]:
        return lambda: _LocalCluster(split, count)

    return {
        **{f"{count} process{'' if count == 1 else 'es'}": processes(count) for count in counts},
        **{f"Dask, {count}": cluster(count) for count in counts},
    }


class _LocalCluster(Cluster):
    """A Dask cluster of processes of this machine, which ends with the context."""

    def __init__(self, split: Split, count: int) -> None:
        from distributed import LocalCluster

        self._processes = LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None, host="127.0.0.1")
        super().__init__(split, self._processes.scheduler_address)

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self._processes.close()


def _trials_a_minute(start: Callable[[], Workers], trials: Sequence[Settings]) -> float:
    with start() as workers:
        warm_up = [replace(trials[0], epochs=1, seed=seed) for seed in range(4 * workers.count)]
        list(search(warm_up, workers))
        began = time.monotonic()
        outcomes = list(search(trials, workers))
        return 60 * len(outcomes) / (time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
