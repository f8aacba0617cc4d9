"""Accuracy, loss, outcomes, confusion matrix, precision and recall against plain Python counts."""

import math

import numpy as np
import pytest

from nn.batches import CHUNK
from nn.evaluation import (
    confusions,
    dead_units,
    evaluate,
    highest_loss_first,
    outcomes,
    precision,
    recall,
)
from nn.network import Floats, Labels, Network


def echo(classes: int = 3) -> Network:
    """A network whose logits are its inputs."""
    return Network([np.eye(classes), np.zeros(classes)])


def examples(count: int) -> tuple[Floats, Labels]:
    rng = np.random.default_rng(4)
    return rng.random((count, 3)), rng.integers(3, size=count)


def counted(images: Floats, labels: Labels) -> tuple[float, float, list[list[int]]]:
    """Accuracy, loss and confusion matrix of `echo`, one example at a time."""
    counts = [[0] * 3 for _ in range(3)]
    losses = []
    for row, label in zip(images.tolist(), labels.tolist(), strict=True):
        counts[label][row.index(max(row))] += 1
        losses.append(math.log(math.fsum(math.exp(z) for z in row)) - row[label])
    return sum(counts[k][k] for k in range(3)) / len(labels), math.fsum(losses) / len(labels), counts


# Above CHUNK the examples are evaluated in pieces; the last is smaller and must weigh less than the others.
@pytest.mark.parametrize("count", [1, 50, CHUNK, CHUNK + 1, 2 * CHUNK + 7])
def test_measurements_match_direct_counts_for_any_number_of_chunks(count: int) -> None:
    images, labels = examples(count)
    share, mean, counts = counted(images, labels)
    measured, made = evaluate(echo(), images, labels), outcomes(echo(), images, labels)
    assert measured.accuracy == pytest.approx(share, rel=1e-15)
    assert measured.loss == pytest.approx(mean, rel=1e-12)
    assert confusions(made.labels, made.read, 3).tolist() == counts


def test_only_the_chosen_rows_are_measured() -> None:
    images, labels = examples(50)
    rows = np.array([3, 41, 7, 7, 20, 0])
    share, mean, counts = counted(images[rows], labels[rows])
    measured, made = evaluate(echo(), images, labels, rows), outcomes(echo(), images, labels, rows)
    assert measured.accuracy == pytest.approx(share)
    assert measured.loss == pytest.approx(mean)
    assert confusions(made.labels, made.read, 3).tolist() == counts


def test_confusion_has_true_classes_in_rows_and_predictions_in_columns() -> None:
    assert confusions(np.array([0]), np.array([2]), 3).tolist() == [[0, 0, 1], [0, 0, 0], [0, 0, 0]]


def test_a_class_that_never_occurs_still_has_its_row() -> None:
    matrix = confusions(np.array([0, 1]), np.array([0, 1]), 5)
    assert matrix.shape == (5, 5)
    assert np.issubdtype(matrix.dtype, np.integer)


def test_pixels_are_divided_by_255() -> None:
    pixels = np.array([[255, 0, 0], [51, 102, 0]], np.uint8)
    labels = np.array([0, 1], np.uint8)
    images = np.array([[1.0, 0.0, 0.0], [0.2, 0.4, 0.0]])
    assert evaluate(echo(), pixels, labels).loss == pytest.approx(counted(images, labels)[1], rel=1e-12)


def test_a_float32_network_measures_a_float64_image_in_float32() -> None:
    images, labels = examples(50)
    single = Network([np.eye(3, dtype=np.float32), np.zeros(3, np.float32)])
    assert evaluate(single, images, labels).loss == pytest.approx(counted(images, labels)[1], rel=1e-6)


def test_the_loss_excludes_the_penalty() -> None:
    network = Network([np.full((3, 3), 1e3), np.zeros(3)])
    assert evaluate(network, np.ones((2, 3)), np.array([0, 1])).loss == pytest.approx(math.log(3))


def test_network_images_and_labels_are_not_modified() -> None:
    network = echo()
    images, labels = examples(20)
    for array in (network.vector, images, labels):
        array.flags.writeable = False
    evaluate(network, images, labels)
    outcomes(network, images, labels)


def test_evaluating_on_no_examples_is_refused() -> None:
    with pytest.raises(ValueError, match="images must hold at least one example"):
        evaluate(echo(), np.empty((0, 3)), np.empty(0, np.int64))
    images, labels = examples(5)
    with pytest.raises(ValueError, match="images must hold at least one example"):
        evaluate(echo(), images, labels, np.empty(0, np.int64))


@pytest.mark.parametrize("count", [1, CHUNK + 1])
def test_outcomes_are_per_example(count: int) -> None:
    images, labels = examples(count)
    made = outcomes(echo(), images, labels)
    assert made.labels.tolist() == labels.tolist()
    assert made.read.tolist() == [row.index(max(row)) for row in images.tolist()]
    sums = [math.fsum(math.exp(z) for z in row) for row in images.tolist()]
    assert made.sure.tolist() == pytest.approx(
        [math.exp(max(row)) / total for row, total in zip(images.tolist(), sums, strict=True)]
    )
    assert made.losses.tolist() == pytest.approx(
        [math.log(total) - row[k] for row, total, k in zip(images.tolist(), sums, labels.tolist(), strict=True)]
    )


def test_outcomes_of_chosen_rows_keep_their_order_and_give_accuracy_and_loss() -> None:
    images, labels = examples(50)
    rows = np.array([3, 41, 7, 20])
    made = outcomes(echo(), images, labels, rows)
    assert made.labels.tolist() == labels[rows].tolist()
    assert made.losses.tolist() == pytest.approx([evaluate(echo(), images, labels, rows[[k]]).loss for k in range(4)])
    share, mean, _ = counted(images[rows], labels[rows])
    assert made.evaluation.accuracy == pytest.approx(share)
    assert made.evaluation.loss == pytest.approx(mean)


def test_the_loss_is_finite_even_when_the_probability_underflows() -> None:
    made = outcomes(echo(), np.array([[2000.0, 0.0, 0.0]]), np.array([1]))
    assert (made.losses.tolist(), made.sure.tolist()) == ([2000.0], [1.0])


def test_the_labels_doubted_most_are_those_with_the_least_probability() -> None:
    """By hand: the labels have 20%, 80%, 50% and again 20%, whatever is read."""
    shares = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.5, 0.3, 0.2], [0.2, 0.3, 0.5]])
    made = outcomes(echo(), np.log(shares), np.array([1, 1, 0, 0]))
    assert highest_loss_first(made).tolist() == [0, 3, 2, 1]
    assert highest_loss_first(made, np.array([1, 3])).tolist() == [3, 1]


def test_no_examples_give_no_outcomes() -> None:
    made = outcomes(echo(), np.empty((0, 3)), np.empty(0, np.int64))
    assert [len(each) for each in (made.labels, made.read, made.sure, made.losses)] == [0, 0, 0, 0]


def test_precision_is_over_columns_and_recall_over_rows() -> None:
    """By hand: of 10 cats, 8 are read as cats and 2 as dogs; of 30 dogs, 6 are read as cats."""
    labels = np.repeat([0, 0, 1, 1], [8, 2, 6, 24])
    counts = confusions(labels, np.repeat([0, 1, 0, 1], [8, 2, 6, 24]), 2)
    assert counts.tolist() == [[8, 2], [6, 24]]
    assert recall(counts).tolist() == pytest.approx([8 / 10, 24 / 30])
    assert precision(counts).tolist() == pytest.approx([8 / 14, 24 / 26])


def test_precision_or_recall_of_an_absent_class_is_undefined() -> None:
    counts = np.array([[3, 0, 1], [0, 0, 0], [2, 0, 4]])
    assert np.isnan(recall(counts)).tolist() == [False, True, False]
    assert np.isnan(precision(counts)).tolist() == [False, True, False]


def test_a_unit_is_dead_only_if_no_image_activates_it() -> None:
    """Three ReLUs: one fires for any ink on the left, one never (by its bias), one only for the second image."""
    first = np.array([[1.0, 1.0, -1.0], [0.0, 0.0, 2.0]])
    second = np.array([[1.0, -1.0], [1.0, 0.0], [1.0, 0.0]])
    network = Network([first, np.array([0.0, -5.0, 0.0]), second, np.array([0.0, 0.0]), np.eye(2), np.zeros(2)])
    images = np.array([[1.0, 0.0], [0.2, 0.9]])
    dead = [each.tolist() for each in dead_units(network, images) if each is not None]
    assert dead == [[False, True, False], [False, True]]
    mixed = dead_units(Network(network.parameters, ("tanh", "relu")), images)
    assert [each is None for each in mixed] == [True, False]


def test_a_network_without_hidden_units_has_no_dead_ones() -> None:
    assert dead_units(echo(), np.ones((2, 3))) == []
