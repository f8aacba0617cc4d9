"""What tests of runs share: settings, a clock, and the same training by hand."""

from dataclasses import replace

import numpy as np

from data.dataset import Split
from nn.network import Network
from nn.optimizers import OPTIMIZERS, Optimizer
from nn.trainer import Trainer
from training.run import Run
from training.run_snapshot import Snapshot
from training.settings import Settings

SETTINGS_HERE = Settings(
    dataset="made up",
    hidden_size=8,
    seed=4,
    batch_size=16,
    learning_rate=0.02,
    epochs=3,
    dev_size=40,
    test_size=40,
)
STEPS_PER_EPOCH = 15
CLASSES = 4
SLICE = 0.02
TICK = 0.001

OVERSHOOTING = replace(SETTINGS_HERE, learning_rate=10.0, l2=1000.0)
"""αλ/m is 42 here: each step turns the weights round and makes them 41 times as large."""


class Clock:
    """Stands in for the time module: it moves on by `tick` whenever it is read, and else only when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.tick = TICK

    def monotonic(self) -> float:
        self.now += self.tick
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def by_hand(told: Settings, split: Split) -> Trainer:
    """What a run of these settings must do, without a run: initial weights, then steps, from the seed alone."""
    network = Network.initialize(
        (784, *told.hidden_sizes, CLASSES),
        rng=np.random.default_rng((told.seed, 1)),
        activation=told.activation,
        initializer=told.initializer,
    )
    return Trainer(
        network,
        Optimizer(OPTIMIZERS[told.optimizer]),
        split.train.images,
        split.train.labels,
        split.train.rows,
        learning_rate=told.learning_rate,
        l2=told.l2,
        batch_size=told.batch_size or len(split.train),
        rng=np.random.default_rng((told.seed, 2)),
    )


def stepped(trainer: Trainer, steps: int) -> bytes:
    """The weights after so many more steps by hand."""
    for _ in range(steps):
        trainer.step()
    return weights(trainer.network)


def weights(network: Network) -> bytes:
    return b"".join(parameter.tobytes() for parameter in network.parameters)


def train(run: Run) -> Snapshot:
    """Slice after slice, until the run wants no more."""
    for _ in range(10_000):
        if run.advance(SLICE) is None:
            return run.snapshot()
    raise AssertionError("the run never came to an end")


def train_for(run: Run, clock: Clock, seconds: float) -> int:
    """Do as the scheduler does for so long on the clock; return how many steps were taken."""
    before, end = run.snapshot().position.step, clock.now + seconds
    while clock.now < end:
        wait = run.advance(SLICE)
        assert wait is not None
        clock.now += min(wait, end - clock.now) if clock.now < end else 0
    return run.snapshot().position.step - before


def measured(run: Run) -> list[int]:
    return [each.step for each in run.snapshot().measurements]
