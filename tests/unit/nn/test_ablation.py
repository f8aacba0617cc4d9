"""The logits without each unit are those of a network in which that unit is silenced."""

import numpy as np
import pytest

from nn.ablation import logits_without_each, mean_losses
from nn.activations import ACTIVATIONS
from nn.losses import cross_entropy
from nn.network import Network
from nn.perturbations import without_units


@pytest.mark.parametrize(
    ("activation", "hidden"),
    [
        *((name, hidden) for name in ACTIVATIONS for hidden in [(5,), (5, 4), (3, 5, 4)]),
        (("gelu", "tanh", "relu"), (3, 5, 4)),
    ],
)
def test_each_unit_is_left_out_as_by_a_pass_of_its_own(
    activation: str | tuple[str, ...], hidden: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(2)
    network = Network.initialize((6, *hidden, 3), rng=rng, activation=activation, dtype=np.float64)
    images, labels = rng.random((7, 6)), rng.integers(0, 3, 7)
    activations, _ = network.forward(images)
    for layer, count in enumerate(hidden, start=1):
        logits = logits_without_each(network, activations, layer, np.arange(count))
        losses = mean_losses(logits, labels)
        for unit in range(count):
            off = np.zeros(sum(hidden), bool)
            off[sum(hidden[: layer - 1]) + unit] = True
            expected = without_units(network, off).logits(images)
            np.testing.assert_allclose(logits[unit], expected, atol=1e-12)
            assert losses[unit] == pytest.approx(cross_entropy(expected, labels))
