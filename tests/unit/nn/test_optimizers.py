"""Each optimizer's first steps against its paper's formula in plain floats, and its memory."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from nn import optimizers
from nn.network import Floats
from nn.optimizers import BLOCK, OPTIMIZERS, Optimizer

THETA = [1.0, -2.0, 0.5]
GRADIENTS = [[0.5, -4.0, 0.0], [-1.5, 2.0, 0.001], [0.25, 1.0, -3.0]]
ALPHAS = [0.1, 0.02, 0.3]

every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)


def theta_after(optimizer: Optimizer, steps: slice = slice(None), theta: Floats | None = None) -> Floats:
    """θ after the selected steps along GRADIENTS, each with its own α."""
    theta = np.array(THETA) if theta is None else theta.copy()
    for g, alpha in list(zip(GRADIENTS, ALPHAS, strict=True))[steps]:
        optimizer.update(theta, np.array(g), alpha)
    return theta


def descent(theta: float, gradients: list[float]) -> float:
    for g, alpha in zip(gradients, ALPHAS, strict=True):
        theta = theta - alpha * g
    return theta


def momentum(theta: float, gradients: list[float]) -> float:
    v = 0.0
    for g, alpha in zip(gradients, ALPHAS, strict=True):
        v = 0.9 * v + g
        theta = theta - alpha * v
    return theta


def nesterov(theta: float, gradients: list[float]) -> float:
    v = 0.0
    for g, alpha in zip(gradients, ALPHAS, strict=True):
        v = 0.9 * v + g
        theta = theta - alpha * g - alpha * 0.9 * v
    return theta


def rmsprop(theta: float, gradients: list[float]) -> float:
    s = 0.0
    for g, alpha in zip(gradients, ALPHAS, strict=True):
        s = 0.9 * s + 0.1 * g**2
        theta = theta - alpha * g / (math.sqrt(s) + 1e-7)
    return theta


def adam(theta: float, gradients: list[float]) -> float:
    v = s = 0.0
    for t, (g, alpha) in enumerate(zip(gradients, ALPHAS, strict=True), start=1):
        v = 0.9 * v + 0.1 * g
        s = 0.999 * s + 0.001 * g**2
        theta = theta - alpha * (v / (1 - 0.9**t)) / (math.sqrt(s / (1 - 0.999**t)) + 1e-8)
    return theta


ORACLES: dict[str, Callable[[float, list[float]], float]] = {
    "descent": descent,
    "momentum": momentum,
    "nesterov": nesterov,
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adam,  # its decay is not part of the rule: see test_trainer.py
}


@every_optimizer
def test_three_steps_follow_the_formula_with_the_alpha_of_each_step(name: str) -> None:
    of_each_parameter = list(zip(*GRADIENTS, strict=True))
    expected = [ORACLES[name](t, list(g)) for t, g in zip(THETA, of_each_parameter, strict=True)]
    assert theta_after(Optimizer(OPTIMIZERS[name])).tolist() == pytest.approx(expected, rel=1e-12)


@every_optimizer
def test_parameters_are_updated_in_every_block(name: str) -> None:
    many = np.resize(np.array(THETA), 2 * BLOCK + 3)
    optimizer = Optimizer(OPTIMIZERS[name])
    for g, alpha in zip(GRADIENTS, ALPHAS, strict=True):
        optimizer.update(many, np.resize(np.array(g), len(many)), alpha)
    assert np.array_equal(many, np.resize(theta_after(Optimizer(OPTIMIZERS[name])), len(many)))


def test_clipping_worked_by_hand() -> None:
    """The norm of (3, 0 | 4 | 12) is 13."""
    gradients = [np.array([[3.0, 0.0]]), np.array([4.0]), np.array([12.0])]
    optimizers.clip(gradients, 13.0)
    assert [each.ravel().tolist() for each in gradients] == [[3.0, 0.0], [4.0], [12.0]]
    optimizers.clip(gradients, 6.5)
    assert [each.ravel().tolist() for each in gradients] == [[1.5, 0.0], [2.0], [6.0]]


def test_two_steps_of_momentum_worked_by_hand() -> None:
    theta, v = np.array([1.0]), np.zeros(1)
    optimizers.momentum(theta, np.array([2.0]), 0.25, 1, v, beta=0.5)
    assert theta.tolist() == [0.5]  # v = 2, θ = 1 - 0.25·2
    optimizers.momentum(theta, np.array([-4.0]), 0.25, 2, v, beta=0.5)
    assert theta.tolist() == [1.25]  # v = 0.5·2 - 4 = -3, θ = 0.5 + 0.25·3


def test_two_steps_of_nesterov_s_momentum_worked_by_hand() -> None:
    theta, v = np.array([1.0]), np.zeros(1)
    optimizers.nesterov(theta, np.array([2.0]), 0.25, 1, v, beta=0.5)
    assert theta.tolist() == [0.25]  # v = 2, θ = 1 - 0.25·(2 + 0.5·2)
    optimizers.nesterov(theta, np.array([-4.0]), 0.25, 2, v, beta=0.5)
    assert theta.tolist() == [1.625]  # v = 0.5·2 - 4 = -3, θ = 0.25 - 0.25·(-4 - 0.5·3)


def test_nesterov_s_momentum_is_that_of_sutskever_et_al_seen_from_the_point_ahead() -> None:
    """There v ← μv - ε∇J(w + μv), w ← w + v (equations 3 and 4); here θ = w + μv. J = 2w², so ∇J = 4w."""
    w, velocity, theta, v = 3.0, 0.0, np.array([3.0]), np.zeros(1)
    for t in range(1, 8):
        velocity = 0.9 * velocity - 0.05 * 4 * (w + 0.9 * velocity)
        w += velocity
        optimizers.nesterov(theta, 4 * theta, 0.05, t, v)
        assert theta.tolist() == pytest.approx([w + 0.9 * velocity], rel=1e-12)


def test_two_steps_of_rmsprop_worked_by_hand() -> None:
    theta, s = np.array([1.0]), np.zeros(1)
    optimizers.rmsprop(theta, np.array([3.0]), 1.0, 1, s, rho=0.75, epsilon=0.5)
    assert theta.tolist() == [-0.5]  # s = 0.25·9 = 1.5², θ = 1 - 3/(1.5 + 0.5)
    optimizers.rmsprop(theta, np.array([0.75]), 1.0, 2, s, rho=0.75, epsilon=0.5)
    assert s.tolist() == [0.75 * 2.25 + 0.25 * 0.5625]
    assert theta.tolist() == pytest.approx([-0.5 - 0.75 / (math.sqrt(1.828125) + 0.5)], rel=1e-14)


def test_the_first_step_of_adam_is_alpha_along_the_sign_of_the_gradient() -> None:
    theta = np.zeros(3)
    Optimizer(OPTIMIZERS["adam"]).update(theta, np.array([1e-3, -50.0, 2.0]), 0.125)
    # v̂ = g and ŝ = g², so the step is α g/(|g| + ε).
    assert theta.tolist() == pytest.approx([-0.125, 0.125, -0.125], rel=2e-5)


@every_optimizer
def test_a_resumed_optimizer_continues_from_its_saved_state(name: str) -> None:
    first, second = Optimizer(OPTIMIZERS[name]), Optimizer(OPTIMIZERS[name])
    theta = theta_after(first, slice(0, 2))
    second.steps, second.state = first.steps, {name: array.copy() for name, array in first.state.items()}
    assert np.array_equal(theta_after(second, slice(2, None), theta), theta_after(Optimizer(OPTIMIZERS[name])))


@every_optimizer
def test_a_reset_optimizer_starts_again(name: str) -> None:
    optimizer = Optimizer(OPTIMIZERS[name])
    once = theta_after(optimizer)
    optimizer.reset()
    assert np.array_equal(theta_after(optimizer), once)


@pytest.mark.parametrize("name", [name for name, rule in OPTIMIZERS.items() if rule.state])
def test_optimizers_do_not_share_state(name: str) -> None:
    theta_after(Optimizer(OPTIMIZERS[name]))
    assert Optimizer(OPTIMIZERS[name]).state == {}


@every_optimizer
def test_theta_is_updated_in_place_and_keeps_its_dtype(name: str) -> None:
    theta, g = np.array(THETA, np.float32), np.array(GRADIENTS[0], np.float32)
    optimizer = Optimizer(OPTIMIZERS[name])
    optimizer.update(theta, g, 0.1)
    assert theta.dtype == np.float32
    assert theta[0] < THETA[0]
    assert all(value.dtype == np.float32 for value in optimizer.state.values())


@every_optimizer
def test_a_parameter_with_zero_gradient_does_not_change(name: str) -> None:
    theta, optimizer = np.array([1.0, 2.0]), Optimizer(OPTIMIZERS[name])
    for _ in range(3):
        optimizer.update(theta, np.array([0.0, 1.0]), 0.1)
    assert theta[0] == 1.0
    assert theta[1] < 2.0


@every_optimizer
def test_every_optimizer_finds_the_minimum_of_a_quadratic(name: str) -> None:
    theta, optimizer = np.array([3.0, -2.0]), Optimizer(OPTIMIZERS[name])
    for _ in range(1000):
        optimizer.update(theta, theta * [1.0, 4.0], 0.01)
    # RMSProp circles the minimum at about α; the others settle at it.
    assert np.abs(theta).max() < 0.02


@every_optimizer
def test_the_choice_has_a_readable_label(name: str) -> None:
    assert name.lower() in OPTIMIZERS[name].label.lower()
