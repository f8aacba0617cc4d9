"""How fast a training step is: `python -m benchmarks.speed` measures it beside PyTorch and scikit-learn.

It prints examples per second of plain mini-batch descent for several sizes of 784-hidden-10, on one thread and on all,
and some ratios: to PyTorch and to scikit-learn, where they are installed, and the share of a step that its matrix
products would take alone (the limit that sgemm sets). What each is told to do stands in benchmarks/contenders.py.
All have a go in turn, again and again; each ratio is the median over the rounds, with the quartiles behind it.
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

from benchmarks.contenders import Task, ours, products, pytorch, pytorch_by_hand, scikit_learn
from benchmarks.pairs import CLOCKS, Clock, Spread, alternate
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
"""By their names: what is imported, and what makes their step."""

_TOLD = r"(OPENBLAS|MKL|OMP|BLIS|VECLIB|ATEN)_"


def tasks(cases: Sequence[tuple[int, int]]) -> Iterator[Task]:
    """Yield what is to be trained: on the embedded digits, repeated until they are as many as those of MNIST.

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
    """Return the head of the table."""
    columns = ["hidden", "batch", "examples/s", "of sgemm", *(f"× {name}" for name in OTHERS)]
    return f"| {' | '.join(columns)} |\n|{' ---: |' * len(columns)}"


def row(task: Task, *, rounds: int, seconds: float, clock: Clock) -> str:
    """Measure one case and return its row of the table; a dash stands for what is not installed."""
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
    """Let all libraries use so many threads."""
    with ExitStack() as stack:
        if find_spec("torch"):
            torch = import_module("torch")
            stack.callback(torch.set_num_threads, torch.get_num_threads())
            torch.set_num_threads(count)
        stack.enter_context(threadpool_limits(limits=count))
        yield


def versions() -> str:
    """Say what is compared: versions, the kernels that multiply NumPy's matrices, what the environment tells BLAS."""
    kernels = [each for each in threadpool_info() if "numpy" in each["filepath"] and each["user_api"] == "blas"]
    blas = ", ".join(
        f"{each['internal_api']} {each['version']}, {each.get('architecture')} kernels" for each in kernels
    )
    itself = f"NumPy {np.__version__} ({blas or 'BLAS unknown'})"
    others = [
        f"{module} {import_module(module).__version__ if find_spec(module) else 'not installed'}"
        for module in dict.fromkeys(module for module, _ in OTHERS.values())
    ]
    told = [f"{name}={value}" for name, value in sorted(os.environ.items()) if re.match(_TOLD, name)]
    return "; ".join([itself, *others, *told])


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
    """Run the command; see the module. Return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description="Measure a training step.")
    every = sorted({1, os.cpu_count() or 1})
    parser.add_argument("--threads", type=int, nargs="+", default=every, help="numbers of threads (default: 1 and all)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"goes of each (default: {ROUNDS})")
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
