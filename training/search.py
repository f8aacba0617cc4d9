"""The search for the best hidden size and λ: `python -m training.search`.

Each pair is a trial of its own, so that they can be worked on side by side: on the cores of this machine, or on a Dask
cluster. Which pair is best is said by dev; the best is then trained on train and dev together, and test is looked at
once.
"""

import argparse
import itertools
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from data import csv_files, download, idx_files
from data.dataset import DataError, Dataset, Split
from training.search_file import SearchFile, SearchFileError
from training.settings import SETTINGS, Settings
from training.trials import Outcome, look_at_test
from training.workers import Cluster, ClusterError, Processes, Workers

HIDDEN_SIZES = (16, 32, 64, 128)
L2S = (0.0, 1.0, 10.0, 100.0)
EPOCHS = 20

_TRIES = 3
"""Workers that may die over one trial before it is given up."""


def grid(base: Settings, hidden_sizes: Sequence[int], l2s: Sequence[float]) -> list[Settings]:
    """Return settings for every pair of a hidden size and a λ; all else, the seed too, is as in `base`."""
    return [
        replace(base, hidden_size=hidden_size, l2=l2)
        for hidden_size, l2 in itertools.product(dict.fromkeys(hidden_sizes), dict.fromkeys(l2s))
    ]


def sample(trials: Sequence[Settings], count: int, rng: np.random.Generator) -> list[Settings]:
    """Return so many of the trials by chance, in their order: of a large grid, a part holds nearly the best.

    (Bergstra and Bengio 2012, Random Search for Hyper-Parameter Optimization.)
    """
    chosen = rng.choice(len(trials), size=min(count, len(trials)), replace=False)
    return [trials[index] for index in sorted(chosen)]


def search(trials: Sequence[Settings], workers: Workers) -> Iterator[Outcome]:
    """Have trials worked on, and yield what came of each as it comes; closing the iterator ends what is in hand."""
    at_work: dict[Future[Outcome], tuple[Settings, int]] = {workers.submit(each): (each, 1) for each in trials}
    try:
        while at_work:
            for future in wait(at_work, return_when=FIRST_COMPLETED).done:
                settings, tries = at_work.pop(future)
                try:
                    yield future.result()
                except workers.died:
                    if tries == _TRIES:
                        yield Outcome.lost(settings, f"given up: {_TRIES} workers died over it")
                    else:
                        at_work[workers.submit(settings)] = (settings, tries + 1)
    finally:
        for future in at_work:
            future.cancel()


def best_of(outcomes: Sequence[Outcome]) -> Outcome | None:
    """Return the one that dev finds best; None where none came to a good end."""
    best = max(outcomes, key=lambda each: each.merit, default=None)
    return None if best is None or best.trouble else best


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
