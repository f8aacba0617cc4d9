"""The speed of a training step: `python -m benchmarks.speed` compares it with PyTorch and scikit-learn.

It prints examples per second of plain mini-batch descent for several sizes of 784-hidden-10, on one thread and on all,
with ratios to PyTorch and scikit-learn if they are installed, and the share of a step that its matrix products alone
would take (the upper bound set by sgemm). The steps are in benchmarks/step_implementations.py. Their measurements
alternate; each ratio is the median over the rounds, followed by its quartiles.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.util import find_spec

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from benchmarks.alternation import CLOCKS, Clock, Spread, alternate
from benchmarks.step_implementations import Task, ours, products, pytorch, pytorch_by_hand, scikit_learn
from data import csv_files
from data.dataset import DataError

EXAMPLES = 60_000
CASES = ((10, EXAMPLES), (64, 64), (128, 128), (128, 1_024), (512, 256), (800, 128))
"""(hidden, batch)"""

ROUNDS, SECONDS = 12, 0.12
OTHERS = {
    "PyTorch": ("torch", pytorch),
    "PyTorch by hand": ("torch", pytorch_by_hand),
    "scikit-learn": ("sklearn", scikit_learn),
}
"""By name: the module to import and the function that creates its step."""

_BLAS_SETTINGS = r"(OPENBLAS|MKL|OMP|BLIS|VECLIB|ATEN)_"


def tasks(cases: Sequence[tuple[int, int]]) -> Iterator[Task]:
    """Yield one task for each case, on the embedded digits repeated to the size of MNIST.

    Raises:
        DataError: The embedded digits cannot be read.
    """
    digits = csv_files.embedded()
    times = -(-EXAMPLES // len(digits.labels))
    images = np.tile(digits.images, (times, 1))[:EXAMPLES]
    labels = np.tile(digits.labels, times)[:EXAMPLES]
    for hidden, batch in cases:
        yield Task(hidden, batch, images, labels)


def head() -> str:
    """Return the header of the table."""
    columns = ["hidden", "batch", "examples/s", "of sgemm", *(f"× {name}" for name in OTHERS)]
    return f"| {' | '.join(columns)} |\n|{' ---: |' * len(columns)}"


def row(task: Task, *, rounds: int, seconds: float, clock: Clock) -> str:
    """Measure one case and return its row of the table; a dash marks a library that is not installed."""
    contenders = {"ours": ours(task), "sgemm": products(task)}
    contenders |= {name: make(task) for name, (module, make) in OTHERS.items() if find_spec(module)}
    times = alternate(contenders, rounds=rounds, seconds=seconds, clock=clock)
    speed = task.batch / float(np.median(times["ours"]))
    cells = [f"{task.hidden:,}", f"{task.batch:,}", f"{speed:,.0f}"]
    share = Spread.of(times["sgemm"] / times["ours"])
    cells.append(f"{share.median:.0%} ({share.lower:.0%} to {share.upper:.0%})")
    for name in OTHERS:
        if name not in times:
            cells.append("–")
            continue
        ratio = Spread.of(times[name] / times["ours"])
        cells.append(f"{ratio.median:.2f} ({ratio.lower:.2f} to {ratio.upper:.2f})")
    return f"| {' | '.join(cells)} |"


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Limit all libraries to this number of threads."""
    with ExitStack() as stack:
        if find_spec("torch"):
            torch = import_module("torch")
            stack.callback(torch.set_num_threads, torch.get_num_threads())
            torch.set_num_threads(count)
        stack.enter_context(threadpool_limits(limits=count))
        yield


def versions() -> str:
    """Describe what is compared: versions, the BLAS kernels NumPy uses, and the BLAS settings of the environment."""
    kernels = [each for each in threadpool_info() if "numpy" in each["filepath"] and each["user_api"] == "blas"]
    blas = ", ".join(
        f"{each['internal_api']} {each['version']}, {each.get('architecture')} kernels" for each in kernels
    )
    itself = f"NumPy {np.__version__} ({blas or 'BLAS unknown'})"
    others = [
        f"{module} {import_module(module).__version__ if find_spec(module) else 'not installed'}"
        for module in dict.fromkeys(module for module, _ in OTHERS.values())
    ]
    blas_settings = [f"{name}={value}" for name, value in sorted(os.environ.items()) if re.match(_BLAS_SETTINGS, name)]
    return "; ".join([itself, *others, *blas_settings])


def report(cases: Sequence[tuple[int, int]], counts: Sequence[int], *, rounds: int, seconds: float, clock: str) -> None:
    """Print a table for each number of threads.

    Raises:
        DataError: The embedded digits cannot be read.
    """
    print(f"{versions()}. {rounds} rounds; {clock} time.")
    for count in counts:
        print(f"\n{count} thread{'s' if count > 1 else ''}\n", head(), sep="\n")
        with threads(count):
            for task in tasks(cases):
                print(row(task, rounds=rounds, seconds=seconds, clock=CLOCKS[clock]), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command (see the module docstring); return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description="Measure a training step.")
    every = sorted({1, os.cpu_count() or 1})
    parser.add_argument("--threads", type=int, nargs="+", default=every, help="numbers of threads (default: 1 and all)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"measurements of each (default: {ROUNDS})")
    parser.add_argument(
        "--clock",
        choices=CLOCKS,
        default="wall",
        help="cpu counts this process's processor time, for one thread on a busy machine (default: wall)",
    )
    options = parser.parse_args(arguments)
    if options.rounds < 1 or min(options.threads) < 1:
        parser.error("--rounds and --threads must be at least 1.")
    try:
        report(CASES, options.threads, rounds=options.rounds, seconds=SECONDS, clock=options.clock)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
