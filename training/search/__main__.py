"""The search for the best hidden size and λ: `python -m training.search`.

Each pair is a trial of its own, so that they can be worked on side by side: on the cores of this machine, or on a Dask
cluster. Which pair is best is said by dev; the best is then trained on train and dev together, and test is looked at
once.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from data import csv_files, download, idx_files
from data.dataset import DataError, Dataset, Split
from training.search.candidates import EPOCHS, HIDDEN_SIZES, L2S, best_of, grid, sample, search
from training.search.results_csv import SearchFile, SearchFileError
from training.search.trial import Outcome, look_at_test
from training.search.workers import Cluster, ClusterError, Processes, Workers
from training.settings import SETTINGS, Settings


def heat_map(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Return accuracy on dev: a row for each hidden size, a column for each λ, NaN where there is none (yet)."""
    frame = pd.DataFrame(
        {
            "hidden size": [each.settings.hidden_size for each in outcomes],
            "λ": [each.settings.l2 for each in outcomes],
            "dev": [np.nan if each.trouble else each.dev.accuracy for each in outcomes],
        }
    )
    return frame.pivot_table(index="hidden size", columns="λ", values="dev", dropna=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns its exit status: 0 when the best was found and tested."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except (DataError, ClusterError, SearchFileError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nInterrupted: the same command goes on from {options.output}.", file=sys.stderr)
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
        distortion="on" if options.distortion else "off",
        epochs=options.epochs,
    )
    trials = grid(base, options.hidden_size, options.l2)
    if options.sample:
        trials = sample(trials, options.sample, np.random.default_rng((options.seed, 3)))
    kept, split = SearchFile(options.output), dataset.split(base.seed, dev, test)
    left = [each for each in trials if each not in kept.outcomes]
    print(f"{dataset.name}: {len(split.train):,} train, {len(split.dev):,} dev, {len(split.test):,} test.")
    if left:
        _work(left, split, kept, options)
    outcomes = [kept.outcomes[each] for each in trials]
    print(heat_map(outcomes).map("{:.2%}".format).to_string())
    return _tell_the_best(outcomes, split, kept)


def _work(trials: Sequence[Settings], split: Split, kept: SearchFile, options: argparse.Namespace) -> None:
    """Have the trials worked on, with a bar, and keep each outcome at once."""
    with _workers(split, options) as workers, tqdm(total=len(trials), unit="trial", disable=None) as bar:
        bar.write(f"{len(trials)} trials on {workers.count} worker{'' if workers.count == 1 else 's'}.")
        for outcome in search(trials, workers):
            kept.add(outcome)
            best = best_of(list(kept.outcomes.values()))
            bar.update()
            bar.set_postfix_str("" if best is None else f"best dev {best.dev.accuracy:.2%}")


def _tell_the_best(outcomes: Sequence[Outcome], split: Split, kept: SearchFile) -> int:
    best = best_of(outcomes)
    if best is None:
        print("No trial came to a good end: try a smaller --alpha.", file=sys.stderr)
        return 1
    chosen = best.settings
    if chosen not in kept.tested:
        kept.add_test(chosen, look_at_test(chosen, split).accuracy)
    print(
        f"Chosen on dev: hidden size {chosen.hidden_size}, λ = {chosen.l2:g}, dev {best.dev.accuracy:.2%}. Trained on"
        f" train and dev, and tested once: {kept.tested[chosen]:.2%}."
    )
    return 0


def _workers(split: Split, options: argparse.Namespace) -> Workers:
    return Cluster(split, options.scheduler) if options.scheduler else Processes(split, options.workers)


def _dataset(name: str) -> Dataset:
    """Return the dataset of a name: embedded, mnist, or a CSV file.

    Raises:
        DataError: When it is not there or cannot be used.
    """
    if name == "embedded":
        return csv_files.embedded()
    if name != "mnist":
        path = Path(name)
        if not path.is_file():
            raise DataError(f"There is no file {name}: give embedded, mnist or the path of a CSV of digits.")
        return csv_files.read(path, path.name)
    folder = download.mnist_folder()
    if folder is None:
        raise DataError("The full MNIST is not on this machine yet: fetch it with python -m data.download.")
    return idx_files.read_folder(folder)


def _parser() -> argparse.ArgumentParser:
    told = Settings()
    parser = argparse.ArgumentParser(
        prog="python -m training.search", description="Find the best hidden size and λ on dev, then test it once."
    )
    add = parser.add_argument
    add("--hidden-size", type=int, nargs="+", default=HIDDEN_SIZES, help=f"default: {_words(HIDDEN_SIZES)}")
    add("--l2", type=float, nargs="+", default=L2S, help=f"λ; default: {_words(L2S)}")
    add("--sample", type=int, default=0, help="try only so many of the pairs, by chance")
    add("--dataset", default="embedded", help="embedded, mnist or a CSV file (default: embedded)")
    add("--epochs", type=int, default=EPOCHS, help=f"of each trial (default: {EPOCHS})")
    add("--alpha", type=float, default=told.learning_rate, help=f"default: {told.learning_rate:g}")
    add("--batch-size", type=int, default=told.batch_size, help=f"default: {told.batch_size}")
    add("--optimizer", choices=SETTINGS["optimizer"].options, default=told.optimizer, help=f"default: {told.optimizer}")
    add("--distortion", action="store_true", help="distort each training digit anew whenever it is seen")
    add("--seed", type=int, default=told.seed, help=f"of split, first weights and order (default: {told.seed})")
    add("--workers", type=int, help="processes on this machine (default: one for each core)")
    add("--scheduler", help="address of a Dask scheduler; its workers are used instead")
    add("--output", type=Path, default=Path("search.csv"), help="where outcomes are kept (default: search.csv)")
    return parser


def _words(values: Sequence[float]) -> str:
    return " ".join(f"{value:g}" for value in values)


if __name__ == "__main__":
    sys.exit(main())
