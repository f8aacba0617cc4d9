"""One trial of a search: a network trained as the Train page trains it, and what it is worth on dev."""

import math
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from data.dataset import Examples, Split
from nn.evaluation import Evaluation, evaluate
from training.run import Run
from training.run_snapshot import State
from training.settings import Settings

DIVERGED = "diverged"


@dataclass(frozen=True)
class Outcome:
    """What came of a trial.

    Attributes:
        settings: What was tried.
        train: Accuracy and loss on train, after the last step.
        dev: The same on dev.
        trouble: Why it cannot be chosen; empty when it can.
    """

    settings: Settings
    train: Evaluation
    dev: Evaluation
    trouble: str = ""

    @classmethod
    def lost(cls, settings: Settings, trouble: str) -> "Outcome":
        """Tell of a trial that came to no end."""
        nothing = Evaluation(math.nan, math.nan)
        return cls(settings, nothing, nothing, trouble)

    @property
    def merit(self) -> tuple[bool, float, float]:
        """The greater, the better on dev: accuracy, and where two are level, the lower loss; with trouble the least."""
        return (False, 0.0, 0.0) if self.trouble else (True, self.dev.accuracy, -self.dev.loss)


def try_out(settings: Settings, split: Split) -> Outcome:
    """Train a network for its epochs and measure it on the whole of train and dev.

    The same settings and digits give the same outcome wherever it is done: one BLAS thread, and chance by the seed.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        run = _trained(settings, split)
        diverged = run.state is State.DIVERGED
        return Outcome(settings, _measured(run, split.train), _measured(run, split.dev), DIVERGED if diverged else "")


def look_at_test(settings: Settings, split: Split) -> Evaluation:
    """Train a network on train and dev together, which are both known once settings are chosen, and look at test."""
    known = Examples(
        split.train.images,
        split.train.labels,
        np.concatenate([split.train.rows, split.dev.rows]),
        split.train.classes,
    )
    with threadpool_limits(limits=1, user_api="blas"):
        return _measured(_trained(settings, Split(known, split.dev, split.test)), split.test)


def _trained(settings: Settings, split: Split) -> Run:
    run = Run(settings, split, len(split.train.classes))
    run.start()
    while run.advance(math.inf) is not None:
        pass
    return run


def _measured(run: Run, examples: Examples) -> Evaluation:
    return evaluate(run.snapshot().network, examples.images, examples.labels, examples.rows)
