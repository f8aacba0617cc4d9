"""The first published result: 784-10-10, uniform initialization, α = 0.10, 500 full-batch iterations on 41,000 digits.

The original read about 85% of the training digits and 84% of 1,000 held-out ones correctly. Run
`python -m benchmarks.published_descent`; it prints the accuracy every 10 iterations and saves two figures.
"""

import argparse
import sys
from collections.abc import Sequence

from benchmarks.published_runs import ALPHA, Plan, draw, first, over, parser, run, spread, train
from data.dataset import Dataset
from training.history import Measurement
from training.percentages import accuracy

HIDDEN_SIZE = 10
TRAINING_DIGITS, HELD_OUT = 41_000, 1_000
ITERATIONS, EVERY = 500, 10
PUBLISHED = "published: about 85% and 84%"


def report(options: argparse.Namespace, dataset: Dataset) -> None:
    """Train once per seed, print the progress, and plot the first run."""
    finals: list[Measurement] = []
    for seed in range(options.seed, options.seed + options.seeds):
        split = dataset.split(seed, dev=HELD_OUT, test=0)
        learn = first(split.train, TRAINING_DIGITS)
        print(f"{dataset.name}: {len(learn):,} training digits, {len(split.dev):,} held out. Seed {seed}.")
        progress: list[Measurement] = []
        held_out = len(split.dev)

        def watch(measurement: Measurement, progress: list[Measurement] = progress, held_out: int = held_out) -> None:
            progress.append(measurement)
            print(
                f"iteration {measurement.step:4}   train {measurement.train_accuracy:6.1%}   "
                f"held out {accuracy(measurement.dev_accuracy, held_out)}   loss {measurement.train_loss:.3f}",
                flush=True,
            )

        plan = Plan(HIDDEN_SIZE, "uniform", 0.0, options.iterations, len(learn), seed)
        network = train(plan, learn, split.dev, watch, EVERY)
        if not finals:
            title = f"784-{HIDDEN_SIZE}-10, uniform initialization, α = {ALPHA:.2f}, full-batch descent, seed {seed}"
            draw(
                options.output / "descent",
                progress,
                network,
                split.dev,
                len(split.dev),
                title=title,
                dev_name="held out",
                kind="held-out",
            )
        finals.append(progress[-1])
    print(
        f"After {options.iterations:,} iterations, {over(options)}: train "
        f"{spread([each.train_accuracy for each in finals])}, held out "
        f"{spread([each.dev_accuracy for each in finals])} ({PUBLISHED})."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit status, 0 once the figures are written."""
    description = "Train 784-10-10 with full-batch descent, as published."
    return run(parser("benchmarks.published_descent", description, ITERATIONS).parse_args(arguments), report)


if __name__ == "__main__":
    sys.exit(main())
