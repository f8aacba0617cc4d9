"""Measure the curves: accuracy and loss on samples of train and dev, at intervals that keep the cost low."""

import sys
from collections.abc import Container, Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dataset import Examples, Split
from nn.batches import Labels, as_inputs, slices
from nn.evaluation import Evaluation, evaluate, outcomes
from nn.losses import l2_penalty
from nn.trainer import examples_per_piece
from training.checkpoints import Checkpoint
from training.history import Measurement

SAMPLE_SIZE = 1_000
"""The maximum number of examples of each of train and dev to measure on, to keep measuring cheap."""

_DENSE_STEPS = 10
"""Every one of the first steps is measured; later, as curves flatten, the interval is a tenth of the steps so far."""

_TRAINED_PER_MEASURED = 5
"""Examples trained on per example measured, later in a run. Evaluating costs half as much: a tenth of the time."""

_MEASUREMENTS_PER_SECOND = 5.0
"""The rate at a limited speed, when someone is watching the curves grow; never more than one per step."""


def measured_examples(examples: int) -> int:
    """Return on how many examples each accuracy of a run is measured, given the size of train or dev."""
    return min(SAMPLE_SIZE, examples)


class CurveMeasurement:
    """Measures networks on the first examples of train and dev."""

    def __init__(self, split: Split, steps: Container[int] | None = None) -> None:
        """Prepare to measure, at these steps only if any are given."""
        self._steps = steps
        self._train = _Sample(split.train)
        self._dev = _Sample(split.dev)
        self._examples = len(split.train)

    def measure(self, checkpoint: Checkpoint, l2: float) -> Measurement:
        """Return accuracy, loss and, for this λ, the penalty of a network."""
        work = self.in_pieces(checkpoint, l2)
        while True:
            try:
                next(work)
            except StopIteration as end:
                measurement: Measurement = end.value
                return measurement

    def in_pieces(self, checkpoint: Checkpoint, l2: float) -> Generator[None, None, Measurement]:
        """Do what `measure` does in pieces of about 20 ms on one core, yielding between them."""
        train, by_true_labels = yield from self._train.evaluate(checkpoint)
        yield
        dev, _ = yield from self._dev.evaluate(checkpoint)
        return Measurement(
            checkpoint.step,
            checkpoint.epoch,
            train.loss,
            dev.loss,
            train.accuracy,
            dev.accuracy,
            l2_penalty(checkpoint.network.weights, l2, self._examples),
            by_true_labels,
        )

    def interval(self, step: int, batch_size: int, steps_per_second: float) -> int:
        """Return after how many steps to measure at `step`: few at first, where the curves bend."""
        if self._steps is not None:
            return 1 if step in self._steps else sys.maxsize
        affordable = _TRAINED_PER_MEASURED * (len(self._train) + len(self._dev)) / batch_size
        return max(1, int(min(step / _DENSE_STEPS, affordable, steps_per_second / _MEASUREMENTS_PER_SECOND)))

    def release_memory(self) -> None:
        """Release the samples' memory, which the next measurement allocates again."""
        self._train.release_memory()
        self._dev.release_memory()


class _Sample:
    """The first examples of a part of the split, converted to network inputs when they are first needed."""

    def __init__(self, examples: Examples) -> None:
        self._examples = examples
        self._inputs: tuple[NDArray[np.floating[Any]], Labels] | None = None

    def __len__(self) -> int:
        return measured_examples(len(self._examples))

    def evaluate(self, checkpoint: Checkpoint) -> Generator[None, None, tuple[Evaluation, float | None]]:
        """Return accuracy and loss by the given labels, and the accuracy by the true ones where they differ."""
        if (inputs := self._inputs) is None:
            pixels, given = self._examples.take(limit=SAMPLE_SIZE)
            self._inputs = inputs = as_inputs(pixels), given
        (images, labels), network = inputs, checkpoint.network
        truth = self._examples.true_labels
        true_labels = None if truth is None else truth[self._examples.rows[:SAMPLE_SIZE]]
        found: list[tuple[float, float, float]] = []
        # A forward pass is a third of the work of a step.
        parts = list(slices(len(labels), 3 * examples_per_piece(len(network.vector))))
        for part in parts:
            if found:
                yield
            with np.errstate(over="ignore", invalid="ignore"):  # weights may be huge just before a divergence
                if true_labels is None:
                    measured = evaluate(network, images[part], labels[part])
                    found.append((measured.accuracy, measured.loss, 0.0))
                else:  # both from one forward pass
                    made = outcomes(network, images[part], labels[part])
                    right = np.mean(made.read == true_labels[part])
                    found.append((made.evaluation.accuracy, made.evaluation.loss, float(right)))
        counts = [len(labels[part]) for part in parts]
        accuracy, loss, true = found[0] if len(found) == 1 else map(float, np.average(found, axis=0, weights=counts))
        return Evaluation(accuracy, loss), None if true_labels is None else true

    def release_memory(self) -> None:
        self._inputs = None
