"""The gradient check itself: central differences of functions whose slope is known."""

import math

import numpy as np
import pytest

from nn.gradient_check import central_difference, differences_of_one, numerical_gradients, relative_error
from nn.network import Network


def test_the_difference_of_a_square_is_its_slope() -> None:
    theta = np.array([0.0, 3.0])
    # d(θ²)/dθ = 2θ = 6: for a parabola the central difference is exact, whatever ε.
    assert central_difference(lambda: float(theta[1] ** 2), theta, 1, 0.5) == 6.0


def test_the_error_falls_with_the_square_of_epsilon() -> None:
    theta = np.array([2.0])
    # ((θ+ε)³ - (θ-ε)³) / 2ε = 3θ² + ε² = 12 + ε²
    assert central_difference(lambda: float(theta[0] ** 3), theta, 0, 0.5) == 12.25
    assert central_difference(lambda: float(theta[0] ** 3), theta, 0, 0.25) == 12.0625


def test_only_the_given_parameter_is_perturbed() -> None:
    theta = np.array([0.3, 0.5])
    slope = central_difference(lambda: math.sin(theta[0]) + 100 * theta[1], theta, 0, 1e-6)
    assert slope == pytest.approx(math.cos(0.3), rel=1e-7)


def test_the_parameters_are_restored_bit_for_bit() -> None:
    theta = np.array([1e-20, 1 / 3, 1e9])  # adding and subtracting ε would lose the first
    before = theta.tobytes()
    for index in range(3):
        central_difference(lambda: float(theta.sum()), theta, index, 1e-6)
    assert theta.tobytes() == before


def test_the_numerical_gradient_of_an_untrained_layer_matches_one_worked_by_hand() -> None:
    network = Network([np.zeros((2, 2)), np.zeros(2)])
    images, labels = np.array([[1.0, 4.0], [2.0, -3.0]]), np.array([0, 1])
    before = network.vector.copy()
    dW, db = numerical_gradients(network, images, labels)
    # Every probability is 1/2, so dZ = (A - Y)/2 = ∓1/4, dW = xᵀdZ (summed) and db = 0.
    assert dW == pytest.approx(np.array([[-0.25 + 0.5, 0.25 - 0.5], [-1 - 0.75, 1 + 0.75]]), abs=1e-9)
    assert db == pytest.approx(np.zeros(2), abs=1e-9)
    assert np.array_equal(network.vector, before)


def test_the_numerical_gradient_includes_the_penalty() -> None:
    network = Network([np.array([[2.0, -1.0]]), np.array([5.0, 5.0])])
    images, labels = np.zeros((2, 1)), np.array([0, 1])
    dW, db = numerical_gradients(network, images, labels, l2=3.0, examples=6)
    assert dW == pytest.approx(np.array([[1.0, -0.5]]), abs=1e-8)  # (λ/m) W = W/2; black images add nothing
    assert db == pytest.approx(np.zeros(2), abs=1e-9)


def test_the_difference_quotient_of_a_weight_converges_to_its_gradient_as_epsilon_squared() -> None:
    rng = np.random.default_rng(3)
    network = Network.initialize((4, 5, 3), rng=rng, activation="tanh", dtype=np.float64)
    images, labels, before = rng.random((1, 4)), np.array([2]), network.vector.copy()
    gradient = np.concatenate([each.ravel() for each in network.gradients(images, labels, l2=3.0, examples=6)[1]])
    index = int(np.abs(gradient).argmax())
    errors = [
        abs(difference - gradient[index])
        for difference in differences_of_one(network, images, labels, index, [1e-1, 1e-2, 1e-3], l2=3.0, examples=6)
    ]
    assert errors[0] / errors[1] == pytest.approx(100, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(100, rel=0.1)
    assert np.array_equal(network.vector, before)


def test_relative_error_is_the_difference_over_the_sum_of_the_norms() -> None:
    assert relative_error(np.array([3.0, 4.0]), np.array([3.0, 4.0])) == 0
    assert relative_error(np.array([3.0, 0.0]), np.array([0.0, 4.0])) == pytest.approx(5 / 7)
    assert relative_error(np.array([1.0]), np.array([-1.0])) == 1
    assert relative_error(np.array([1e-9]), np.array([2e-9])) == pytest.approx(1 / 3)


def test_two_zero_gradients_agree() -> None:
    assert relative_error(np.zeros(3), np.zeros(3)) == 0


def test_a_nan_gradient_never_passes() -> None:
    assert not relative_error(np.array([math.nan]), np.array([1.0])) < 1e-6
