"""Evidence of each input for each class, against the logits and against central differences."""

import numpy as np
import pytest

from nn.activations import ACTIVATIONS
from nn.attribution import evidence
from nn.network import Network


def network(activation: str | tuple[str, ...], *hidden: int) -> Network:
    made = Network.initialize((6, *hidden, 4), rng=np.random.default_rng(3), activation=activation, dtype=np.float64)
    for b in made.biases:
        b[:] = np.random.default_rng(4).normal(scale=0.3, size=b.shape)
    return made


@pytest.mark.parametrize("hidden", [(), (5,), (5, 7), (5, 7, 3)])
def test_evidence_in_a_relu_network_without_biases_sums_to_its_logits(hidden: tuple[int, ...]) -> None:
    made = network("relu", *hidden)
    for b in made.biases:
        b[:] = 0
    image = np.random.default_rng(5).random(6)
    logits = made.logits(image[None])[0]
    np.testing.assert_allclose(evidence(made, image).sum(axis=0), logits - logits.mean(), atol=1e-12)


@pytest.mark.parametrize("activation", [*ACTIVATIONS, ("gelu", "tanh")])
def test_evidence_is_the_input_times_the_slope_of_the_logits(activation: str | tuple[str, ...]) -> None:
    made, image, step = network(activation, 5, 7), np.random.default_rng(6).random(6), 1e-6
    for index in range(6):
        above, below = image.copy(), image.copy()
        above[index] += step
        below[index] -= step
        slope = (made.logits(above[None])[0] - made.logits(below[None])[0]) / (2 * step)
        np.testing.assert_allclose(evidence(made, image)[index], image[index] * (slope - slope.mean()), atol=1e-8)


def test_blank_pixels_give_no_evidence_and_evidence_for_one_class_counts_against_others() -> None:
    image = np.array([0.0, 1.0, 0.5, 0.0, 0.2, 0.9])
    shares = evidence(network("relu", 5), image)
    assert not shares[image == 0].any()
    assert shares[image > 0].any()
    np.testing.assert_allclose(shares.sum(axis=1), 0, atol=1e-12)
