"""How good a network is: accuracy, loss, confusion matrix."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.batches import Images, Labels, Rows, chunks, gather, slices
from nn.losses import cross_entropy
from nn.network import Network


@dataclass(frozen=True)
class Evaluation:
    """Accuracy, as a share in [0, 1], and mean cross-entropy in nats, without the L2 penalty."""

    accuracy: float
    loss: float


def evaluate(network: Network, images: Images, labels: Labels, rows: Rows | None = None) -> Evaluation:
    """Measure a network on examples.

    Args:
        network: It is only read.
        images: (m, inputs) uint8 pixels, or floats in [0, 1].
        labels: (m,) integers.
        rows: Which of them to measure on; all when left out.

    Raises:
        ValueError: When there is no example to measure on.
    """
    right, loss, seen = 0, 0.0, 0
    for logits, truth in _passes(network, images, labels, rows):
        right += int(np.count_nonzero(logits.argmax(axis=1) == truth))
        loss += cross_entropy(logits, truth) * len(truth)
        seen += len(truth)
    if not seen:
        raise ValueError("images must hold at least one example to measure on; got none")
    return Evaluation(right / seen, loss / seen)


def accuracy(network: Network, images: Images, labels: Labels, rows: Rows | None = None) -> float:
    """Return the share of examples read right, in [0, 1]; arguments as for `evaluate`."""
    return evaluate(network, images, labels, rows).accuracy


def loss(network: Network, images: Images, labels: Labels, rows: Rows | None = None) -> float:
    """Return the mean cross-entropy in nats; arguments as for `evaluate`."""
    return evaluate(network, images, labels, rows).loss


def confusion_matrix(network: Network, images: Images, labels: Labels, rows: Rows | None = None) -> NDArray[np.int64]:
    """Count examples by true class (row) and class read (column): (classes, classes); arguments as for `evaluate`."""
    classes = network.sizes[-1]
    counts = np.zeros((classes, classes), dtype=np.int64)
    for logits, truth in _passes(network, images, labels, rows):
        np.add.at(counts, (truth, logits.argmax(axis=1)), 1)
    return counts


def _passes(
    network: Network, images: Images, labels: Labels, rows: Rows | None
) -> Iterator[tuple[NDArray[np.floating[Any]], Labels]]:
    """Yield (logits, labels) of the examples, a chunk at a time."""
    for chunk in slices(len(labels)) if rows is None else chunks(rows):
        inputs, truth = gather(images, labels, chunk, network.dtype)
        yield network.logits(inputs), truth
