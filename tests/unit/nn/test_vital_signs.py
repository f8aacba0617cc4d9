"""Vital signs: against values worked by hand, and gradients by central differences in float64."""

from __future__ import annotations

import numpy as np
import pytest

from nn.losses import cross_entropy
from nn.network import Network
from nn.vital_signs import BINS, Histogram, vital_signs


def test_a_small_network_by_hand() -> None:
    # One pixel, x = 1 and x = 2; three hidden units: z = x, -x, x - 1.5; two classes.
    W1, b1 = np.array([[1.0, -1.0, 1.0]]), np.array([0.0, 0.0, -1.5])
    W2, b2 = np.array([[3.0, 0.0], [0.0, 0.0], [0.0, 4.0]]), np.zeros(2)
    network = Network([W1, b1, W2, b2])
    update = np.zeros_like(network.vector)
    network.views(update)[0][:] = [[0.003, 0.0, 0.004]]
    first, last = vital_signs(network, np.array([[1.0], [2.0]]), np.array([0, 1]), update)
    assert first.weight_norm == pytest.approx(np.sqrt(3))
    assert last.weight_norm == pytest.approx(5)
    assert first.update_ratio == pytest.approx(0.005 / np.sqrt(3))
    assert last.update_ratio == 0
    assert first.dead == pytest.approx(1 / 3), "Only the unit with z = -x is off for both."
    assert last.dead is None
    # Activations 1, 0, 0 and 2, 0, 0.5; logits 3, 0 and 6, 2.
    assert (first.activations.low, first.activations.high) == (0, 2)
    assert first.activations.shares[0] == pytest.approx(3 / 6)
    assert first.activations.shares[-1] == pytest.approx(1 / 6)
    assert (last.activations.low, last.activations.high) == (0, 6)
    # Softmax of a difference d: p = σ(d). dZ² = ((p - y))/2: ±(σ(3) - 1)/2 and ±σ(4)/2.
    one, two = 1 / (1 + np.exp(3)) / 2, 1 / (1 + np.exp(-4)) / 2
    unit_0, unit_2 = -one * 1 + two * 2, two * 0.5  # by class 0; by class 1 the same with the other sign
    assert last.gradient_norm == pytest.approx(np.sqrt(2 * (unit_0**2 + unit_2**2)))
    # dZ¹ = dZ² W²ᵀ where on: unit 0: 3·(-one), 3·two; unit 2: 4·(-two) for x = 2 only.
    assert first.gradient_norm == pytest.approx(np.hypot(-3 * one + 3 * two * 2, -4 * two * 2))


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_gradient_norms_agree_with_central_differences(activation: str) -> None:
    rng = np.random.default_rng(4)
    network = Network.initialize((6, 5, 4, 3), rng=rng, activation=activation, dtype=np.float64)
    images, labels, l2, m = rng.random((8, 6)), rng.integers(0, 3, 8), 0.7, 20
    signs = vital_signs(network, images, labels, network.vector, l2=l2, examples=m)

    def objective() -> float:
        penalty = l2 / (2 * m) * sum(float((W**2).sum()) for W in network.weights)
        return cross_entropy(network.logits(images), labels) + penalty

    for layer, W in enumerate(network.weights):
        squares = 0.0
        for place in np.ndindex(W.shape):
            kept = W[place]
            W[place] = kept + 1e-6
            above = objective()
            W[place] = kept - 1e-6
            squares += ((above - objective()) / 2e-6) ** 2
            W[place] = kept
        assert signs[layer].gradient_norm == pytest.approx(np.sqrt(squares), rel=1e-6)
        assert signs[layer].dead is None
        assert signs[layer].update_ratio == pytest.approx(1), "The update is as long as the weights."


class TestTheHistogram:
    def test_its_shares_sum_to_one_and_survive_other_edges(self) -> None:
        values = np.random.default_rng(2).normal(size=5_000)
        histogram = Histogram.of(values)
        assert histogram.shares.sum() == pytest.approx(1)
        edges = np.linspace(-6, 6, 25)
        shares = histogram.rebinned(edges)
        assert shares.sum() == pytest.approx(1)
        np.testing.assert_allclose(shares, np.histogram(values, edges)[0] / 5_000, atol=0.02)

    def test_equal_values_fall_in_one_bin(self) -> None:
        histogram = Histogram.of(np.full(7, 0.5))
        assert (histogram.shares[0], len(histogram.shares)) == (1, BINS)
