"""Dropout: what it leaves out, that its mean is the layer without it, and its gradient with fixed masks."""

import numpy as np
import pytest

from nn.activations import ACTIVATIONS
from nn.dropout import Dropout, with_dropout
from nn.gradient_check import central_difference
from nn.network import Floats, Network


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_a_unit_is_dropped_with_the_given_probability_and_its_mean_is_kept(rate: float) -> None:
    """Of n draws the share dropped has the standard deviation √(p(1 - p)/n): five of them are allowed."""
    relu, n = ACTIVATIONS["relu"], 200_000
    dropped, _ = with_dropout(relu.function, relu.derivative, rate, np.random.default_rng(3))
    A = dropped(np.full((n // 100, 100), 3.0))
    assert np.unique(A).tolist() == pytest.approx([0.0, 3.0 / (1 - rate)], rel=1e-15)
    deviation = np.sqrt(rate * (1 - rate) / n)
    assert float(np.mean(A == 0)) == pytest.approx(rate, abs=5 * deviation)
    assert float(A.mean()) == pytest.approx(3.0, abs=5 * deviation * 3.0 / (1 - rate))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_layers_keep_their_dtype(dtype: type[np.floating]) -> None:
    tanh = ACTIVATIONS["tanh"]
    dropped, slope = with_dropout(tanh.function, tanh.derivative, 0.3, np.random.default_rng(0))
    Z = np.ones((2, 3), dtype)
    assert dropped(Z).dtype == dtype
    assert slope(Z, Z).dtype == dtype


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("depth", [0, 1, 3])
@pytest.mark.parametrize(("rate", "smoothing"), [(0.4, 0.0), (0.0, 0.2), (0.4, 0.2)])
def test_backpropagation_agrees_with_central_differences_of_the_loss_with_the_same_masks(
    activation: str, depth: int, rate: float, smoothing: float
) -> None:
    rng = np.random.default_rng([depth, 7])
    network = Network.initialize((5, *(8,) * depth, 3), rng=rng, activation=activation, dtype=np.float64)
    for b in network.biases:
        b[:] = rng.normal(scale=0.5, size=b.shape)
    images, labels = rng.normal(size=(7, 5)), rng.integers(3, size=7)

    def loss_and_gradient() -> tuple[float, Floats]:
        dropout = Dropout(rate, np.random.default_rng(11)) if rate else None
        loss, gradients = network.gradients(images, labels, l2=0.7, smoothing=smoothing, dropout=dropout)
        return loss, np.concatenate([each.ravel() for each in gradients])

    analytic = loss_and_gradient()[1]
    numerical = np.array(
        [central_difference(lambda: loss_and_gradient()[0], network.vector, i, 1e-6) for i in range(len(analytic))]
    )
    assert np.linalg.norm(numerical) > 1e-3
    assert analytic == pytest.approx(numerical, rel=1e-5, abs=1e-8)
