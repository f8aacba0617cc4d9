"""Adversaries: by hand on a linear network, by central differences on other networks, and within ε of the image."""

import numpy as np
import pytest

from nn.activations import ACTIVATIONS
from nn.adversary import ATTACKS, fgsm, iterated, loss_directions, random_signs
from nn.losses import cross_entropy
from nn.network import Network


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def network(activation: str | tuple[str, ...], *hidden: int) -> Network:
    return Network.initialize((6, *hidden, 4), rng=rng(), activation=activation, dtype=np.float64)


def test_one_step_on_a_linear_network_by_hand() -> None:
    """With two outputs the loss of label 0 rises along W[:, 1] - W[:, 0] = (-3, 0, 1), whatever the image."""
    linear = Network([np.array([[2.0, -1.0], [0.5, 0.5], [0.0, 1.0]]), np.zeros(2)])
    image, label = np.array([[0.5, 0.5, 0.95]]), np.array([0])
    np.testing.assert_allclose(loss_directions(linear, image, label), [[-3.0, 0.0, 1.0]])
    np.testing.assert_allclose(fgsm(linear, image, label, 0.1, None, rng()), [[0.4, 0.5, 1.0]])  # clipped at 1
    np.testing.assert_allclose(fgsm(linear, image, label, 0.1, 1, rng()), [[0.4, 0.5, 1.0]])  # the only other output
    np.testing.assert_allclose(fgsm(linear, image, label, 0.1, 0, rng()), [[0.6, 0.5, 0.85]])
    np.testing.assert_allclose(iterated(linear, image, label, 0.1, None, rng()), [[0.4, 0.5, 1.0]])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(), (5,), (7, 5)])
def test_the_gradient_by_the_input_is_the_slope_of_the_loss(activation: str, hidden: tuple[int, ...]) -> None:
    slopes_of_the_loss(network(activation, *hidden))


def test_each_layer_has_its_own_slope() -> None:
    slopes_of_the_loss(network(("gelu", "tanh"), 7, 5))


def slopes_of_the_loss(made: Network) -> None:
    images, labels, step = rng().random((3, 6)), np.array([1, 3, 0]), 1e-6
    p = made.probabilities(images)[np.arange(3), labels]
    gradients = loss_directions(made, images, labels) * (1 - p)[:, None]
    for index in range(6):
        above, below = images.copy(), images.copy()
        above[:, index] += step
        below[:, index] -= step
        for row in range(3):
            losses = [cross_entropy(made.logits(x[[row]]), labels[[row]]) for x in (above, below)]
            assert gradients[row, index] == pytest.approx((losses[0] - losses[1]) / (2 * step), abs=1e-7)


def test_a_network_that_is_sure_can_still_be_attacked() -> None:
    sure = Network([np.array([[400.0, -400.0, -500.0]], np.float32), np.zeros(3, np.float32)])
    image = np.ones((1, 1), np.float32)
    assert sure.probabilities(image)[0, 0] == 1
    assert loss_directions(sure, image, np.array([0]))[0, 0] == -800


@pytest.mark.parametrize("name", ATTACKS)
def test_no_pixel_moves_by_more_than_epsilon_and_none_changes_nothing(name: str) -> None:
    entry, made = ATTACKS[name], Network.initialize((30, 8, 4), rng=rng())
    images, labels = rng().random((5, 30), np.float32), np.array([0, 1, 2, 3, 0])
    for target in (None, 2):
        for epsilon in entry.amounts:
            found = entry.function(made, images, labels, epsilon, target, rng())
            assert found.dtype == np.float32
            assert np.abs(found - images).max() <= epsilon + 1e-6
            assert 0 <= found.min() <= found.max() <= 1
            assert np.array_equal(found, images) == (epsilon == 0)


def test_attacks_raise_the_loss_more_than_noise_and_ten_steps_more_than_one() -> None:
    made = Network.initialize((784, 64, 10), rng=rng())
    images, labels = rng().random((50, 784), np.float32), rng().integers(0, 10, 50)
    noisy, once, often = (
        cross_entropy(made.logits(each(made, images, labels, 0.05, None, rng())), labels)
        for each in (random_signs, fgsm, iterated)
    )
    assert cross_entropy(made.logits(images), labels) < once <= often
    assert noisy < once


def test_an_aimed_attack_makes_the_target_likelier() -> None:
    made = Network.initialize((784, 64, 10), rng=rng())
    images, labels = rng().random((20, 784), np.float32), rng().integers(0, 10, 20)
    for each in (fgsm, iterated):
        aimed = each(made, images, labels, 0.05, 7, rng())
        assert made.probabilities(aimed)[:, 7].mean() > made.probabilities(images)[:, 7].mean()
