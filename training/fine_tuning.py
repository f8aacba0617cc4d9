"""Fine-tune a network on a few corrected digits without forgetting the others, and measure what is forgotten."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.network import Network
from nn.optimizers import OPTIMIZERS, Optimizer
from training.scheduler import InPieces

Floats = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]

MAX_STEPS = 250
LEARNING_RATE = 0.02

TARGET_PROBABILITY = 0.9
"""Training ends when each corrected digit's label has at least this probability."""

BATCH_SIZE = 64
REHEARSAL_RATIO = 16
"""One in this many digits of a batch is a corrected one; the others are training digits, so that none is forgotten.

A higher share of corrected digits needs fewer steps but costs more accuracy: over 1,000 dev digits and a 64-unit
network, correcting one digit lost 1.1% on average at one in 4, 0.2% at one in 16, and no less at one in 64.
"""


@dataclass(frozen=True)
class FineTuned:
    """A fine-tuned network, and the number of steps taken."""

    network: Network
    steps: int


def fine_tune(
    network: Network,
    digits: tuple[Floats, Labels],
    known: tuple[Floats, Labels],
    *,
    rng: np.random.Generator,
) -> FineTuned:
    """Take gradient steps on batches of corrected digits among known ones.

    A batch holds about BATCH_SIZE digits: `digits`, and a random choice of `known`. This is rehearsal (Robins 1995,
    "Catastrophic forgetting, rehearsal and pseudorehearsal"): without it, even a few steps would skew the whole network
    towards the new digits.

    Args:
        network: The network to start from; it is not modified.
        digits: Examples to learn: images (k, inputs) in [0, 1] and labels (k,), k at least 1.
        known: Examples to keep: images (m, inputs) in [0, 1] and labels (m,), m at least 1.
        rng: Draws the known digits.

    Raises:
        ValueError: If there are no examples to learn or to keep.
    """
    if not len(digits[1]) or not len(known[1]):
        raise ValueError("digits and known must each hold at least one example")
    steps = _steps(network, digits, known, rng)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            tuned: FineTuned = end.value
            return tuned


def _steps(
    network: Network, digits: tuple[Floats, Labels], known: tuple[Floats, Labels] | None, rng: np.random.Generator
) -> Generator[None, None, FineTuned]:
    """Do what `fine_tune` does, with a pause after each step; without `known`, nothing is rehearsed."""
    images, labels = digits
    learned, optimizer = network.copy(), Optimizer(OPTIMIZERS["descent"])
    gradient = np.empty_like(learned.vector)
    gradients = learned.views(gradient)
    corrected = np.arange(max(len(labels), BATCH_SIZE // REHEARSAL_RATIO)) % len(labels)
    batch = images[corrected], labels[corrected]
    for step in range(MAX_STEPS):
        probabilities = learned.probabilities(images)[np.arange(len(labels)), labels]
        if probabilities.min() >= TARGET_PROBABILITY:
            return FineTuned(learned, step)
        if known is not None:
            rows = rng.integers(len(known[1]), size=max(BATCH_SIZE - len(corrected), BATCH_SIZE // 2))
            batch = (
                np.concatenate([images[corrected], known[0][rows]]),
                np.concatenate([labels[corrected], known[1][rows]]),
            )
        learned.gradients(*batch, out=gradients)
        optimizer.update(learned.vector, gradient, LEARNING_RATE)
        yield
    return FineTuned(learned, MAX_STEPS)


MOST_POINTS = 10
"""Dev is measured after at most this many of the corrections, evenly spaced."""


@dataclass(frozen=True)
class Forgotten:
    """Accuracy on dev while corrections are taught one after another.

    Attributes:
        taught: The numbers of corrections after which dev is measured, from 0.
        rehearsed: The accuracy after each, in [0, 1], with rehearsal; only those measured so far.
        alone: The same without rehearsal, training only on the corrected digits.
    """

    taught: tuple[int, ...]
    rehearsed: tuple[float, ...]
    alone: tuple[float, ...]

    @property
    def measured(self) -> float:
        """The share of the measurements that are done, in [0, 1]."""
        return (len(self.rehearsed) + len(self.alone)) / (2 * len(self.taught))


class Forgetting(InPieces):
    """Teaches corrections to copies of a network, one after another, with rehearsal and without, and measures dev.

    Attributes:
        dev_digits: The number of dev digits on which it measures.
    """

    def __init__(
        self,
        network: Network,
        digits: tuple[Floats, Labels],
        known: tuple[Floats, Labels],
        dev: tuple[Floats, Labels],
        outputs: Sequence[int] | NDArray[np.integer[Any]],
    ) -> None:
        """Prepare to teach.

        Args:
            network: The network before the first correction; it is not modified.
            digits: As in `fine_tune`, in the order to teach them.
            known: As in `fine_tune`.
            dev: Images (n, inputs) in [0, 1] and labels (n,) to measure on, none of them in `known`.
            outputs: The outputs that compete: the largest of them is the answer.
        """
        self.dev_digits, count = len(dev[1]), len(digits[1])
        self._taught = tuple(sorted({round(each) for each in np.linspace(0, count, min(count, MOST_POINTS) + 1)}))
        self._accuracies: tuple[list[float], list[float]] = ([], [])
        self._dev, self._outputs = dev, np.asarray(outputs)
        super().__init__(self._teach(network, digits, known))

    def snapshot(self) -> Forgotten:
        """Return what has been measured so far."""
        rehearsed, alone = self._accuracies
        return Forgotten(self._taught, tuple(rehearsed), tuple(alone))

    def _teach(
        self, network: Network, digits: tuple[Floats, Labels], known: tuple[Floats, Labels]
    ) -> Generator[None, None, None]:
        images, labels = digits
        for accuracies, rehearsed in zip(self._accuracies, (known, None), strict=True):
            taught = network
            accuracies.append(self._accuracy(taught))
            yield
            for count in self._taught[1:]:
                rng = np.random.default_rng(count)
                tuned = yield from _steps(taught, (images[:count], labels[:count]), rehearsed, rng)
                taught = tuned.network
                accuracies.append(self._accuracy(taught))
                yield

    def _accuracy(self, network: Network) -> float:
        images, labels = self._dev
        read = self._outputs[network.logits(images)[:, self._outputs].argmax(axis=1)]
        return float(np.mean(read == labels))
