"""Settings, a fake clock and a reference trainer for the tests of runs."""

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
"""αλ/m is 42 here: each step flips the sign of the weights and makes them 41 times as large."""


class Clock:
    """Replaces the time module; advances by `tick` at each reading, and otherwise only in `sleep`."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.tick = TICK

    def monotonic(self) -> float:
        self.now += self.tick
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def by_hand(settings: Settings, split: Split) -> Trainer:
    """Return a trainer that, from the seed alone, must take the same steps as a run of these settings."""
    network = Network.initialize(
        (784, *settings.hidden_sizes, len(split.train.classes)),
        rng=np.random.default_rng((settings.seed, 1)),
        activation=settings.activations,
        initializer=settings.initializer,
    )
    trainer = Trainer(
        network,
        Optimizer(OPTIMIZERS[settings.optimizer]),
        split.train.images,
        split.train.labels,
        split.train.rows,
        learning_rate=settings.learning_rate,
        l2=settings.l2,
        batch_size=settings.batch_size,
        rng=np.random.default_rng((settings.seed, 2)),
    )
    trainer.epochs = settings.epochs
    return trainer


def stepped(trainer: Trainer, steps: int) -> bytes:
    """Take the steps and return the weights."""
    for _ in range(steps):
        trainer.step()
    return weights(trainer.network)


def weights(trained: Run | Network) -> bytes:
    network = trained.snapshot().network if isinstance(trained, Run) else trained
    return b"".join(parameter.tobytes() for parameter in network.parameters)


def train(run: Run) -> Snapshot:
    """Advance until the run stops."""
    for _ in range(10_000):
        if run.advance(SLICE) is None:
            return run.snapshot()
    raise AssertionError("the run never stopped")


def finish(run: Run) -> Snapshot:
    """Start the run and train to its last epoch."""
    run.start()
    return train(run)


def take_step(run: Run) -> Snapshot:
    run.step()
    return train(run)


def train_for(run: Run, clock: Clock, seconds: float) -> int:
    """Advance the run as the scheduler does for this long on the clock; return the number of steps taken."""
    before, end = run.snapshot().position.step, clock.now + seconds
    while clock.now < end:
        wait = run.advance(SLICE)
        assert wait is not None
        clock.now += min(wait, end - clock.now) if clock.now < end else 0
    return run.snapshot().position.step - before


def measured(run: Run) -> list[int]:
    return [each.step for each in run.snapshot().measurements]
