"""The search for the best hidden size and λ: `python -m training.search`.

Each pair is a separate trial, so trials run in parallel, on the cores of this machine or on a Dask cluster. The best
pair on dev is then trained on train and dev together and measured on test, once.
"""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from data import dataset_files
from data.built_in import DATASETS
from data.dataset import DataError, Dataset, Split
from nn.augmentation import DISTORTIONS
from training.percentages import accuracy
from training.search.results_csv import ResultsFile, ResultsFileError
from training.search.search_run import run_trials
from training.search.trial import (
    EPOCHS,
    HIDDEN_SIZES,
    L2S,
    PairOutcome,
    best_of,
    evaluate_on_test,
    grid,
    pairs_of,
    repeated,
    sample,
)
from training.search.workers import Cluster, ClusterError, Processes, Workers
from training.settings import SETTINGS, Settings
from training.side_by_side import MOST_SEEDS

SEEDS_HELP = f"train each pair with so many seeds, up to {MOST_SEEDS}, on the same split, and compare the means"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 if the best was found and tested."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except (DataError, ClusterError, ResultsFileError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nInterrupted: the same command continues from {options.output}.", file=sys.stderr)
        return 130


def _run(options: argparse.Namespace) -> int:
    dataset = _dataset(options.dataset)
    dev, test = dataset.default_sizes
    base = Settings(
        dataset=options.dataset,
        dev_size=dev,
        test_size=test,
        seed=options.seed,
        learning_rate=options.alpha,
        batch_size=options.batch_size,
        optimizer=options.optimizer,
        distortion=options.distortion,
        epochs=options.epochs,
    )
    trials = grid(base, options.hidden_size, options.l2)
    if options.sample:
        trials = sample(trials, options.sample, options.seed)
    trials = repeated(trials, options.seeds)
    results, split = ResultsFile(options.output, options.seed), dataset.split(base.seed, dev, test)
    print(f"{dataset.name}: {len(split.train):,} train, {len(split.dev):,} dev, {len(split.test):,} test.")
    on_dev = partial(accuracy, count=len(split.dev), decimals=2)
    remaining = [each for each in trials if each not in results.outcomes]
    if remaining:
        with _workers(split, options) as workers, tqdm(total=len(remaining), unit="trial", disable=None) as bar:
            bar.write(f"{len(remaining)} trials on {workers.count} worker{'' if workers.count == 1 else 's'}.")
            for outcomes, _ in run_trials(remaining, workers):
                for outcome in outcomes:
                    results.add(outcome)
                    best = best_of(pairs_of(trials, results.outcomes))
                    bar.update()
                    bar.set_postfix_str("" if best is None else f"best dev {on_dev(best.dev.accuracy)}")
    pairs = pairs_of(trials, results.outcomes)
    print(accuracy_table(pairs).map(on_dev).to_string())
    best = best_of(pairs)
    if best is None:
        print("Every trial failed: try a smaller --alpha.", file=sys.stderr)
        return 1
    chosen = best.settings
    if chosen not in results.tested:
        results.add_test(chosen, evaluate_on_test(chosen, split).accuracy)
    print(
        f"Chosen on dev: hidden size {chosen.hidden_size}, λ = {chosen.l2:g},"
        f" dev {on_dev(best.dev.accuracy)}{_over_seeds(best)}."
        f" Trained on train and dev, and tested once: {accuracy(results.tested[chosen], len(split.test), 2)}."
    )
    return 0


def _over_seeds(pair: PairOutcome) -> str:
    return "" if pair.spread is None else f", the mean of {len(pair.outcomes)} seeds ± {100 * pair.spread:.2f}"


def accuracy_table(outcomes: Sequence[PairOutcome]) -> pd.DataFrame:
    """Return mean accuracy on dev: a row for each hidden size, a column for each λ, NaN where missing."""
    frame = pd.DataFrame(
        {
            "hidden size": [each.settings.hidden_size for each in outcomes],
            "λ": [each.settings.l2 for each in outcomes],
            "dev": [np.nan if each.failure else each.dev.accuracy for each in outcomes],
        }
    )
    return frame.pivot_table(index="hidden size", columns="λ", values="dev", dropna=False)


def _workers(split: Split, options: argparse.Namespace) -> Workers:
    return Cluster(split, options.scheduler) if options.scheduler else Processes(split, options.workers)


def _dataset(name: str) -> Dataset:
    """Return the dataset with this name: a built-in one or a CSV file.

    Raises:
        DataError: It is missing or cannot be used.
    """
    if name in DATASETS:
        return DATASETS[name].load()
    path = Path(name)
    if not path.is_file():
        raise DataError(f"There is no file {name}: give {', '.join(DATASETS)} or the path of a CSV of digits.")
    return dataset_files.read(path, path.name)


def _parser() -> argparse.ArgumentParser:
    default = Settings()
    parser = argparse.ArgumentParser(
        prog="python -m training.search",
        description="Find the best hidden size and λ on dev, then test it once.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--hidden-size", type=int, nargs="+", default=HIDDEN_SIZES, help="units in each hidden layer")
    add("--l2", type=float, nargs="+", default=L2S, help="λ")
    add("--sample", type=int, metavar="COUNT", help="try a random sample of the pairs instead of all")
    add("--dataset", default="embedded", help="embedded, mnist or a CSV file")
    add("--epochs", type=int, default=EPOCHS, help="of each trial")
    add("--alpha", type=float, default=default.learning_rate, help="learning rate")
    add("--batch-size", type=int, default=default.batch_size, help="examples in a mini-batch")
    add("--optimizer", choices=SETTINGS["optimizer"].options, default=default.optimizer, help="update rule")
    add(
        "--distortion",
        nargs="?",
        choices=tuple(DISTORTIONS),
        const="on",
        default="off",
        help="distort each training digit differently every time it is seen",
    )
    add("--seed", type=int, default=default.seed, help="of the split, the initial weights and the order of examples")
    add("--seeds", type=int, choices=range(1, MOST_SEEDS + 1), metavar="COUNT", default=1, help=SEEDS_HELP)
    add("--workers", type=int, help="processes on this machine; None is one for each core")
    add("--scheduler", help="address of a Dask scheduler whose workers are used instead")
    add("--output", type=Path, default=Path("search.csv"), help="where outcomes are saved")
    return parser


if __name__ == "__main__":
    sys.exit(main())
