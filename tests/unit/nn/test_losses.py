"""Softmax, cross-entropy and the penalty against exact fractions and math.fsum."""

import math
from fractions import Fraction
from typing import Literal

import numpy as np
import pytest

from nn.losses import cross_entropy, l2_penalty, softmax, softmax_cross_entropy


def surprise(row: list[float], label: int) -> float:
    """-log softmax(row)[label], straight from the definition."""
    return math.log(math.fsum(math.exp(z) for z in row)) - row[label]


def test_softmax_of_logarithms_gives_their_proportions() -> None:
    weights = [[1, 2, 5], [10, 1, 9], [3, 3, 3]]
    exact = [[Fraction(w, sum(row)) for w in row] for row in weights]
    probabilities = softmax(np.log(np.array(weights, np.float64)))
    for row, shares in zip(probabilities.tolist(), exact, strict=True):
        assert row == pytest.approx([float(share) for share in shares], rel=1e-14)


def test_softmax_is_invariant_to_a_constant_added_to_a_row() -> None:
    logits = np.array([[0.5, -1.25, 2.0]])
    assert softmax(logits + 512).tolist()[0] == pytest.approx(softmax(logits).tolist()[0], rel=1e-14)


def test_cross_entropy_is_the_mean_surprise_at_the_labels() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(scale=3, size=(40, 5))
    labels = rng.integers(5, size=40)
    rows = zip(logits.tolist(), labels.tolist(), strict=True)
    expected = math.fsum(surprise(row, label) for row, label in rows) / 40
    assert cross_entropy(logits, labels) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("order", ["C", "F"])
def test_loss_and_probabilities_computed_together_match_those_computed_separately(order: Literal["C", "F"]) -> None:
    rng = np.random.default_rng(2)
    logits = np.asarray(rng.normal(scale=3, size=(40, 10)), order=order)
    logits.flags.writeable = False
    labels = rng.integers(10, size=40)
    loss, probabilities = softmax_cross_entropy(logits, labels)
    rows = zip(logits.tolist(), labels.tolist(), strict=True)
    assert loss == pytest.approx(math.fsum(surprise(row, label) for row, label in rows) / 40, rel=1e-13)
    assert probabilities == pytest.approx(softmax(logits), rel=1e-14)


def test_a_smoothed_label_is_spread_over_all_classes() -> None:
    """Of (1/8, 1/8, 1/4, 1/2) and ε = 0.4: 0.7 ln 8 for the label, and 0.1 each for the rest."""
    logits, label = np.log(np.array([[1.0, 1.0, 2.0, 4.0]])), np.array([0])
    loss, probabilities = softmax_cross_entropy(logits, label, 0.4)
    assert loss == pytest.approx((0.7 * 3 + 0.1 * 3 + 0.1 * 2 + 0.1 * 1) * math.log(2), rel=1e-14)
    assert probabilities[0].tolist() == pytest.approx([0.125, 0.125, 0.25, 0.5], rel=1e-14)


def test_a_smoothed_loss_is_least_at_a_finite_logit() -> None:
    """At the target probabilities 1 - ε + ε/K and ε/K, any change of a logit raises it; without ε it falls for ever."""
    best = np.log(np.array([[0.85, 0.05, 0.05, 0.05]]))
    label, least = np.array([0]), softmax_cross_entropy(best, np.array([0]), 0.2)[0]
    for change in (-0.1, 0.1, 5.0):
        assert softmax_cross_entropy(best + np.array([[change, 0, 0, 0]]), label, 0.2)[0] > least


def test_cross_entropy_of_known_probabilities_is_their_logarithm() -> None:
    logits = np.log(np.array([[1.0, 3.0], [4.0, 4.0]]))
    # The probabilities at the labels are 1/4 and 1/2: (ln 4 + ln 2) / 2.
    assert cross_entropy(logits, np.array([0, 1])) == pytest.approx(1.5 * math.log(2), rel=1e-14)


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("level", [0.0, -7.5, 1e4])
def test_the_loss_of_uniform_logits_is_the_logarithm_of_the_number_of_classes(classes: int, level: float) -> None:
    logits = np.full((6, classes), level)
    assert cross_entropy(logits, np.arange(6) % classes) == pytest.approx(math.log(classes), rel=1e-14)
    assert softmax(logits) == pytest.approx(np.full((6, classes), 1 / classes), rel=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_logits_neither_overflow_nor_give_an_infinite_loss(dtype: type[np.floating]) -> None:
    logits = np.array([[1e4, -1e4], [-1e4, 1e4], [-1e4, -1e4], [1e4, 1e4]], dtype)
    assert softmax(logits).tolist() == [[1, 0], [0, 1], [0.5, 0.5], [0.5, 0.5]]
    # 0 when confident and right, 20,000 when confident and wrong, ln 2 for each of the two undecided rows.
    expected = (0 + 20_000 + 2 * math.log(2)) / 4
    assert cross_entropy(logits, np.array([0, 0, 0, 1])) == pytest.approx(expected, rel=1e-7)


def test_uint8_labels_are_accepted() -> None:
    logits = np.log(np.array([[1.0, 1.0, 2.0]]))
    assert cross_entropy(logits, np.array([2], np.uint8)) == pytest.approx(math.log(2), rel=1e-14)


def test_the_logits_are_not_modified() -> None:
    logits = np.array([[1.0, 2.0], [3.0, -4.0]])
    logits.flags.writeable = False
    softmax(logits)
    cross_entropy(logits, np.array([0, 1]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_keeps_the_dtype(dtype: type[np.floating]) -> None:
    assert softmax(np.zeros((2, 3), dtype)).dtype == dtype


def test_the_penalty_is_divided_by_the_number_of_training_examples() -> None:
    matrices = [np.array([[1.0, -2.0], [0.5, 4.0]]), np.array([[-3.0], [0.25]])]
    squares = sum(Fraction(value) ** 2 for W in matrices for value in W.ravel().tolist())
    expected = Fraction(7, 10) / (2 * 50) * squares
    assert l2_penalty(matrices, 0.7, 50) == pytest.approx(float(expected), rel=1e-14)


def test_without_lambda_there_is_no_penalty() -> None:
    assert l2_penalty([np.ones((2, 2))], 0, 10) == 0
