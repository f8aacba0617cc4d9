"""How good a network is: accuracy, loss, predictions, confusion matrix, precision and recall."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.activations import ACTIVATIONS
from nn.batches import Images, Labels, Rows, gather, slices
from nn.losses import cross_entropy
from nn.network import Network


@dataclass(frozen=True)
class Evaluation:
    """Accuracy in [0, 1], and the mean cross-entropy in nats, without the L2 penalty."""

    accuracy: float
    loss: float


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What a network predicts for each of m examples.

    Attributes:
        labels: (m,) integers, the true classes.
        read: (m,) int64, the most probable classes.
        sure: (m,) floats in [0, 1], their probabilities.
        losses: (m,) floats, -log of the probability of the true class, in nats.
    """

    labels: Labels
    read: NDArray[np.int64]
    sure: NDArray[np.floating[Any]]
    losses: NDArray[np.floating[Any]]

    @property
    def evaluation(self) -> Evaluation:
        """Accuracy and loss over all examples, of which there must be at least one."""
        return Evaluation(float(np.mean(self.read == self.labels)), float(np.mean(self.losses, dtype=np.float64)))


def evaluate(network: Network, images: Images, labels: Labels, rows: Rows | None = None) -> Evaluation:
    """Measure a network on examples.

    Args:
        network: Left unchanged.
        images: (m, inputs) uint8 pixels, or floats in [0, 1].
        labels: (m,) integers.
        rows: Indices of the examples to use; all by default.

    Raises:
        ValueError: When there are no examples.
    """
    right, loss, seen = 0, 0.0, 0
    for logits, truth in _passes(network, images, labels, rows):
        right += int(np.count_nonzero(logits.argmax(axis=1) == truth))
        loss += cross_entropy(logits, truth) * len(truth)
        seen += len(truth)
    if not seen:
        raise ValueError("images must hold at least one example to measure on; got none")
    return Evaluation(right / seen, loss / seen)


def outcomes(network: Network, images: Images, labels: Labels, rows: Rows | None = None) -> Outcomes:
    """Return the predictions for each example; arguments as for `evaluate`, but there may be no examples."""
    truths = [labels[:0]]
    read: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    sure: list[NDArray[np.floating[Any]]] = [np.empty(0, network.dtype)]
    losses: list[NDArray[np.floating[Any]]] = [np.empty(0, network.dtype)]
    for logits, truth in _passes(network, images, labels, rows):
        log_sums = np.logaddexp.reduce(logits, axis=1)  # (n,) log Σ e^z
        truths.append(truth)
        read.append(logits.argmax(axis=1))
        sure.append(np.exp(logits.max(axis=1) - log_sums))
        losses.append(log_sums - logits[np.arange(len(truth)), truth])
    return Outcomes(np.concatenate(truths), np.concatenate(read), np.concatenate(sure), np.concatenate(losses))


def highest_loss_first(made: Outcomes, among: NDArray[np.integer[Any]] | None = None) -> NDArray[np.int64]:
    """Return the indices of examples, the one with the least probable label first.

    Among the training examples, these are the labels that the network doubts: ranking them by the probability of the
    given label is the simplest form of confident learning (Northcutt, Jiang and Chuang 2021, Confident Learning:
    Estimating Uncertainty in Dataset Labels; they use networks that have not trained on these examples and so cannot
    have memorised the labels).

    Args:
        made: The outcomes of m examples.
        among: (k,) indices of the examples to rank; all by default.

    Returns:
        (k,) indices into the outcomes; those of equal loss stay in order.
    """
    chosen = np.arange(len(made.losses)) if among is None else among.astype(np.int64, copy=False)
    return chosen[np.argsort(-made.losses[chosen], kind="stable")]


def dead_units(network: Network, images: NDArray[np.floating[Any]]) -> list[NDArray[np.bool_] | None]:
    """Return which units of each hidden layer, (units,) each, are dead: f' is 0 for every one of these images.

    No gradient flows through such a unit, so none of these images changes its weights.

    Args:
        network: Left unchanged.
        images: (m, inputs) floats in [0, 1], at least one.

    Returns:
        One array for each hidden layer; None for one whose activation has no dead units.
    """
    activations = [ACTIVATIONS[name] for name in network.activations]
    if not any(activation.can_die for activation in activations):
        return [None] * len(activations)
    A, Z = network.forward(images)
    return [
        np.count_nonzero(f.derivative(z, a), axis=0) == 0 if f.can_die else None  # (m, units) -> (units,)
        for f, z, a in zip(activations, Z[:-1], A[1:], strict=True)
    ]


def confusions(labels: Labels, read: NDArray[np.integer[Any]], classes: int) -> NDArray[np.int64]:
    """Return the confusion matrix (classes, classes): examples (m,) counted by label (row) and class read (column)."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (labels, read), 1)
    return counts


def recall(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the recall of each class: the fraction of its examples that were read as it, (classes,) in [0, 1].

    TP / (TP + FN), the diagonal entry of `confusions` divided by the sum of its row; NaN where that is 0 (van
    Rijsbergen, *Information Retrieval*, 1979, chapter 7).
    """
    return _shares(np.diagonal(counts), counts.sum(axis=1))


def precision(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the precision of each class: the fraction of examples read as it that belong to it, (classes,) in [0, 1].

    TP / (TP + FP), the diagonal entry divided by the sum of its column; otherwise like `recall`.
    """
    return _shares(np.diagonal(counts), counts.sum(axis=0))


def _shares(parts: NDArray[np.int64], wholes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Divide, NaN where the whole is 0."""
    return np.divide(parts, wholes, out=np.full(len(parts), np.nan), where=wholes > 0)


def _passes(
    network: Network, images: Images, labels: Labels, rows: Rows | None
) -> Iterator[tuple[NDArray[np.floating[Any]], Labels]]:
    """Yield (logits, labels) of the examples, a chunk at a time."""
    for piece in slices(len(labels) if rows is None else len(rows)):
        inputs, truth = gather(images, labels, piece if rows is None else rows[piece], network.dtype)
        yield network.logits(inputs), truth
