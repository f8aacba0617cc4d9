"""One step on one example in column form, against the network's rows, the optimizer, and a step worked by hand."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nn.activations import ACTIVATIONS
from nn.network import Network
from nn.optimizers import OPTIMIZERS, Optimizer
from nn.walkthrough import forward, influence, one_step

SIZES = {0: (5, 3), 1: (5, 4, 3), 2: (5, 4, 6, 3), 3: (5, 4, 6, 4, 3)}

every_case = pytest.mark.parametrize("activation", ACTIVATIONS)
every_depth = pytest.mark.parametrize("depth", SIZES)


def network(activation: str, depth: int) -> Network:
    rng = np.random.default_rng(depth)
    made = Network.initialize(SIZES[depth], rng=rng, activation=activation, dtype=np.float64)
    for b in made.biases:
        b[:] = rng.normal(scale=0.5, size=b.shape)
    return made


IMAGE = np.array([0.0, 0.2, 1.0, 0.7, 0.4])


@every_case
@every_depth
@pytest.mark.parametrize(("l2", "examples"), [(0.0, 1), (0.7, 50)])
def test_loss_and_gradients_match_the_network_s(activation: str, depth: int, l2: float, examples: int) -> None:
    """Otherwise the page would not show what trains the network."""
    trained = network(activation, depth)
    loss, gradients = trained.gradients(IMAGE[None], np.array([1]), l2=l2, examples=examples)
    step = one_step(trained, IMAGE, 1, alpha=0.1, l2=l2, examples=examples)
    assert step.loss.total == pytest.approx(loss, rel=1e-13)
    for slope, dW, db in zip(step.slopes, gradients[0::2], gradients[1::2], strict=True):
        assert_allclose(slope.dW.T, dW, rtol=1e-12, atol=1e-15)
        assert_allclose(slope.db[:, 0], db, rtol=1e-12, atol=1e-15)
        assert_allclose(slope.dZ, slope.db, rtol=0)


@every_case
@every_depth
def test_the_update_matches_the_optimizer_s(activation: str, depth: int) -> None:
    trained = network(activation, depth)
    gradient = np.empty_like(trained.vector)
    trained.gradients(IMAGE[None], np.array([2]), l2=0.7, examples=50, out=trained.views(gradient))
    step = one_step(trained, IMAGE, 2, alpha=0.3, l2=0.7, examples=50)
    Optimizer(OPTIMIZERS["descent"]).update(trained.vector, gradient, 0.3)
    for layer, W, b in zip(step.after, trained.weights, trained.biases, strict=True):
        assert_allclose(layer.W.T, W, rtol=1e-13, atol=1e-15)
        assert_allclose(layer.b[:, 0], b, rtol=1e-13, atol=1e-15)
    loss, _ = trained.gradients(IMAGE[None], np.array([2]), l2=0.7, examples=50)
    assert step.loss_after.total == pytest.approx(loss, rel=1e-13)


@every_case
@every_depth
def test_activations_and_probabilities_match_the_network_s(activation: str, depth: int) -> None:
    trained = network(activation, depth)
    layers = forward(trained, IMAGE)
    for layer, hidden in zip(layers[:-1], trained.hidden(IMAGE[None]), strict=True):
        assert_allclose(layer.A[:, 0], hidden[0], rtol=1e-13)
    assert_allclose(layers[-1].Z[:, 0], trained.logits(IMAGE[None])[0], rtol=1e-13)
    assert_allclose(layers[-1].A[:, 0], trained.probabilities(IMAGE[None])[0], rtol=1e-13)


def test_each_activation_follows_from_its_pre_activation() -> None:
    layer = forward(Network([np.array([[1.0, -1.0]]), np.zeros(2), np.eye(2), np.zeros(2)]), np.array([3.0]))[0]
    assert layer.Z.tolist() == [[3.0], [-3.0]]
    assert layer.A.tolist() == [[3.0], [0.0]]


@every_case
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_influence_of_a_unit_is_the_slope_of_the_logits(activation: str, depth: int) -> None:
    """Central differences of the logits: shifting the bias moves the unit's activation f' times as far."""
    trained = network(activation, depth)
    layers, epsilon = forward(trained, IMAGE), 1e-6
    for index, G in enumerate(influence(trained, IMAGE)):
        assert G.shape == (3, len(layers[index].A))
        for unit in range(G.shape[1]):
            moved = []
            for sign in (1, -1):
                other = trained.copy()
                other.biases[index][unit] += sign * epsilon
                moved.append(forward(other, IMAGE))
            of_logits = moved[0][-1].Z - moved[1][-1].Z  # (3, 1)
            of_unit = moved[0][index].A[unit] - moved[1][index].A[unit]
            assert_allclose(of_logits[:, 0], G[:, unit] * of_unit, rtol=1e-5, atol=1e-12)


def test_without_a_hidden_layer_no_unit_has_influence() -> None:
    assert influence(network("relu", 0), IMAGE) == []


def test_a_step_worked_by_hand() -> None:
    """Two inputs, one ReLU, two classes, worked by hand; α = 1/2, λ = 2, m = 4."""
    trained = Network([np.array([[1.0], [2.0]]), np.array([-1.0]), np.array([[1.0, 0.0]]), np.array([0.0, 1.0])])
    step = one_step(trained, np.array([0.0, 1.0]), 0, alpha=0.5, l2=2.0, examples=4)
    first, last = step.layers
    assert (first.W.tolist(), first.Z.tolist(), first.A.tolist()) == ([[1.0, 2.0]], [[1.0]], [[1.0]])
    assert last.Z.tolist() == [[1.0], [1.0]]
    assert last.A.tolist() == [[0.5], [0.5]]
    assert step.loss.cross_entropy == pytest.approx(math.log(2))
    assert step.loss.penalty == pytest.approx(2 / 8 * (1 + 4 + 1))
    assert step.slopes[1].dZ.tolist() == [[-0.5], [0.5]]
    assert step.slopes[1].dW.tolist() == [[-0.5 + 0.5 * 1], [0.5]]
    assert step.slopes[0].dZ.tolist() == [[-0.5]]
    assert step.slopes[0].dW.tolist() == [[0.5 * 1, -0.5 + 0.5 * 2]]
    assert step.slopes[0].db.tolist() == [[-0.5]]
    assert step.after[0].W.tolist() == [[0.75, 1.75]]
    assert step.after[0].b.tolist() == [[-0.75]]
    assert step.after[1].b.tolist() == [[0.25], [0.75]]


def test_a_shared_network_is_not_modified_and_everything_is_float64() -> None:
    shared = Network.initialize((5, 4, 3), rng=np.random.default_rng(0)).freeze()
    step = one_step(shared, IMAGE.astype(np.float32), 0, alpha=0.1)
    arrays = [step.X, step.Y]
    for layer, slope in zip((*step.layers, *step.after), (*step.slopes, *step.slopes), strict=True):
        arrays += [*vars(layer).values(), *vars(slope).values()]
    assert {array.dtype for array in arrays} == {np.dtype(np.float64)}
