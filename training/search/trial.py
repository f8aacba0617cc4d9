"""The trials of a search: choose the settings to try, train a network, and compare outcomes."""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from data.dataset import Examples, Split
from language.translation import N_
from nn.evaluation import Evaluation, evaluate
from training.run import Run
from training.run_snapshot import State
from training.settings import Settings
from training.side_by_side import with_seeds

HIDDEN_SIZES = (16, 32, 64, 128)
L2S = (0.0, 1.0, 10.0, 100.0)
EPOCHS = 20

DIVERGED = N_("diverged")


@dataclass(frozen=True)
class Outcome:
    """The outcome of one trial.

    Attributes:
        settings: The settings tried.
        train: Accuracy and loss on train after the last step.
        dev: The same on dev.
        failure: Why the settings cannot be chosen, for `_`; empty if they can.
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


@dataclass(frozen=True)
class PairOutcome:
    """The outcomes of one pair with each of its seeds: one network per seed, all on the same split.

    Attributes:
        outcomes: One for each seed, in their order; at least one.
    """

    outcomes: tuple[Outcome, ...]

    @property
    def settings(self) -> Settings:
        """The settings tried, with the first seed."""
        return self.outcomes[0].settings

    @property
    def failure(self) -> str:
        """Why the pair cannot be chosen: the failure of one of its seeds; empty if it can."""
        return next((each.failure for each in self.outcomes if each.failure), "")

    @property
    def dev(self) -> Evaluation:
        """The mean accuracy and loss on dev over the seeds."""
        count = len(self.outcomes)
        accuracy = sum(each.dev.accuracy for each in self.outcomes) / count
        return Evaluation(accuracy, sum(each.dev.loss for each in self.outcomes) / count)

    @property
    def spread(self) -> float | None:
        """The standard deviation of the accuracy on dev over the seeds; None for one seed."""
        if len(self.outcomes) == 1:
            return None
        return float(np.std([each.dev.accuracy for each in self.outcomes], ddof=1))

    @property
    def score(self) -> tuple[float, float]:
        """Like the score of an outcome, but of the means."""
        return (-math.inf, -math.inf) if self.failure else (self.dev.accuracy, -self.dev.loss)


def pairs_of(trials: Sequence[Settings], outcomes: Mapping[Settings, Outcome]) -> list[PairOutcome]:
    """Return the pairs that have been tried with all their seeds, in the order of the trials."""
    pairs: dict[tuple[int, float], list[Settings]] = {}
    for each in trials:
        pairs.setdefault((each.hidden_size, each.l2), []).append(each)
    return [
        PairOutcome(tuple(outcomes[each] for each in seeds))
        for seeds in pairs.values()
        if all(each in outcomes for each in seeds)
    ]


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


class _Scored(Protocol):
    @property
    def failure(self) -> str: ...

    @property
    def score(self) -> tuple[float, float]: ...


_AnyOutcome = TypeVar("_AnyOutcome", bound=_Scored)


def best_of(outcomes: Iterable[_AnyOutcome]) -> _AnyOutcome | None:
    """Return the outcome, of a trial or of a pair, that scores highest on dev; None if every one failed."""
    return max((each for each in outcomes if not each.failure), key=lambda each: each.score, default=None)


def repeated(trials: Iterable[Settings], seeds: int) -> list[Settings]:
    """Return each trial with its own seed and the seeds that follow it, `seeds` in all, one after another."""
    return [each for trial in trials for each in with_seeds(trial, seeds)]


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
