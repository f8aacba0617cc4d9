"""The candidates of a search, the trials that measure them, and the best of what they found."""

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace

import numpy as np

from training.search.trial import Outcome
from training.search.workers import Workers
from training.settings import Settings

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
