"""A trainer of a small network on random images that can be told apart."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nn.network import Floats, Labels, Network
from nn.optimizers import OPTIMIZERS, Optimizer
from nn.trainer import Trainer

every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)


def epoch(trainer: Trainer) -> None:
    """Train to the end of the epoch."""
    present = trainer.position.epoch
    while trainer.position.epoch == present:
        trainer.step()


def examples(count: int = 40, seed: int = 3) -> tuple[Floats, Labels]:
    """Random float64 images of 6 pixels, in 3 classes a network can learn to separate."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(3, size=count)
    images = rng.random((count, 6))
    images[np.arange(count), labels] += 1
    return images, labels


def network(dtype: type[np.floating] = np.float64, hidden: tuple[int, ...] = (5,)) -> Network:
    return Network.initialize((6, *hidden, 3), rng=np.random.default_rng(8), dtype=dtype)


def trainer(
    subject: Network,
    optimizer: Optimizer | None = None,
    data: tuple[NDArray[Any], Labels] | None = None,
    rows: NDArray[np.int64] | None = None,
    *,
    learning_rate: float = 0.1,
    l2: float = 0.5,
    batch_size: int = 8,
    rng: np.random.Generator | None = None,
) -> Trainer:
    images, labels = data or examples()
    return Trainer(
        subject,
        optimizer or Optimizer(OPTIMIZERS["descent"]),
        images,
        labels,
        rows,
        learning_rate=learning_rate,
        l2=l2,
        batch_size=batch_size,
        rng=rng or np.random.default_rng(0),
    )


def gradient(subject: Network, images: Floats, labels: Labels, *, l2: float, m: int) -> Floats:
    return np.concatenate([g.ravel() for g in subject.gradients(images, labels, l2=l2, examples=m)[1]])
