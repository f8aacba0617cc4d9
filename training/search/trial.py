"""The trials of a search: choose the settings to try, train a network, and compare outcomes."""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from data.dataset import Examples, Split
from nn.evaluation import Evaluation, evaluate
from training.run import Run
from training.run_snapshot import State
from training.settings import Settings

HIDDEN_SIZES = (16, 32, 64, 128)
L2S = (0.0, 1.0, 10.0, 100.0)
EPOCHS = 20

DIVERGED = "diverged"


@dataclass(frozen=True)
class Outcome:
    """The outcome of one trial.

    Attributes:
        settings: The settings tried.
        train: Accuracy and loss on train after the last step.
        dev: The same on dev.
        failure: Why the settings cannot be chosen; empty if they can.
    """

    settings: Settings
    train: Evaluation
    dev: Evaluation
    failure: str = ""

    @classmethod
    def failed(cls, settings: Settings, failure: str) -> "Outcome":
        """Return the outcome of an unfinished trial: every measurement is NaN."""
        unknown = Evaluation(math.nan, math.nan)
        return cls(settings, unknown, unknown, failure)

    @property
    def score(self) -> tuple[float, float]:
        """Accuracy on dev, then the negative loss to break ties; a failed trial scores lowest."""
        return (-math.inf, -math.inf) if self.failure else (self.dev.accuracy, -self.dev.loss)


def grid(base: Settings, hidden_sizes: Iterable[int], l2s: Iterable[float]) -> list[Settings]:
    """Return `base` with every pair of a hidden size and a λ; other settings, including the seed, are unchanged."""
    return [
        replace(base, hidden_size=hidden_size, l2=l2)
        for hidden_size, l2 in itertools.product(dict.fromkeys(hidden_sizes), dict.fromkeys(l2s))
    ]


def sample(trials: Sequence[Settings], count: int, seed: int) -> list[Settings]:
    """Return a random sample of the trials, in their original order.

    A sample of a large grid usually contains a pair nearly as good as the best (Bergstra and Bengio 2012, Random Search
    for Hyper-Parameter Optimization).
    """
    rng = np.random.default_rng((seed, 3))
    chosen = rng.choice(len(trials), size=min(count, len(trials)), replace=False)
    return [trials[index] for index in sorted(chosen)]


def best_of(outcomes: Iterable[Outcome]) -> Outcome | None:
    """Return the outcome that scores highest on dev; None if every trial failed."""
    return max((each for each in outcomes if not each.failure), key=lambda each: each.score, default=None)


def run_trial(settings: Settings, split: Split) -> Outcome:
    """Train a network as the Train page does, and measure it on all of train and dev.

    The outcome depends only on the settings and the split, not on the machine's load: one BLAS thread, seeded.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        run = _train(settings, split)
        failure = DIVERGED if run.state is State.DIVERGED else ""
        return Outcome(settings, _evaluate(run, split.train), _evaluate(run, split.dev), failure)


def evaluate_on_test(settings: Settings, split: Split) -> Evaluation:
    """Train a network with the chosen settings on train and dev together, and measure it on test."""
    rows = np.concatenate([split.train.rows, split.dev.rows])
    train = Examples(split.train.images, split.train.labels, rows, split.train.classes)
    with threadpool_limits(limits=1, user_api="blas"):
        return _evaluate(_train(settings, Split(train, split.dev, split.test)), split.test)


def _train(settings: Settings, split: Split) -> Run:
    run = Run(settings, split, len(split.train.classes))
    run.start()
    while run.advance(math.inf) is not None:
        pass
    return run


def _evaluate(run: Run, examples: Examples) -> Evaluation:
    return evaluate(run.snapshot().network, examples.images, examples.labels, examples.rows)
