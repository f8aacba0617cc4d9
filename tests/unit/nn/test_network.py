"""The network's gradients against central differences, a step worked by hand, and the textbook's column equations."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nn.activations import ACTIVATIONS
from nn.gradient_check import numerical_gradients, relative_error
from nn.network import Floats, Labels, Network
from nn.optimizers import OPTIMIZERS, Optimizer
from nn.trainer import Trainer

SIZES = {0: (5, 3), 1: (5, 4, 3), 2: (5, 4, 6, 3), 3: (5, 4, 6, 4, 3)}
BATCH = 7

every_activation = pytest.mark.parametrize("activation", ACTIVATIONS)
MIXED: dict[int, tuple[str, ...]] = {2: ("tanh", "relu"), 3: ("relu", "sigmoid", "tanh")}
"""Activations of networks whose layers differ, by depth."""

every_depth = pytest.mark.parametrize("depth", [1, 2, 3])
penalty_on_and_off = pytest.mark.parametrize(
    ("l2", "examples"),
    [(0.0, None), (0.7, None), (0.7, 50)],
    ids=["without λ", "λ shared among the batch", "λ shared among more than the batch"],
)


def layers(network: Network, images: Floats) -> list[Floats]:
    """The activations of every layer: [A¹, …, Aᴸ⁻¹, probabilities]."""
    return [*network.hidden(images), network.probabilities(images)]


def far_from_the_kink(network: Network, images: Floats) -> bool:
    """Return True if moving one parameter by ε cannot carry any pre-activation across 0."""
    inputs = [images, *network.hidden(images)]
    Z = [A @ W + b for A, W, b in zip(inputs, network.weights, network.biases, strict=True)]
    return min(float(np.abs(z).min()) for z in Z) > 1e-4


def case(activation: str | tuple[str, ...], depth: int) -> tuple[Network, Floats, Labels]:
    """A float64 network with random biases, and a batch on which its loss is smooth.

    With zero biases, an image that silences a whole ReLU layer would sit exactly on the kink of the next.
    """
    rng = np.random.default_rng([depth, len(activation)])
    while True:
        network = Network.initialize(SIZES[depth], rng=rng, activation=activation, dtype=np.float64)
        for b in network.biases:
            b[:] = rng.normal(scale=0.5, size=b.shape)
        images = rng.normal(size=(BATCH, 5))
        if far_from_the_kink(network, images):
            return network, images, rng.integers(3, size=BATCH)


def worst_error(network: Network, images: Floats, labels: Labels) -> float:
    """The largest relative error of backpropagation among the parameter arrays."""
    analytic = network.gradients(images, labels)[1]
    numerical = numerical_gradients(network, images, labels)
    return max(relative_error(a, n) for a, n in zip(analytic, numerical, strict=True))


class TestGradientCheck:
    @every_activation
    @every_depth
    @penalty_on_and_off
    def test_backpropagation_agrees_with_central_differences(
        self, activation: str, depth: int, l2: float, examples: int | None
    ) -> None:
        network, images, labels = case(activation, depth)
        analytic = network.gradients(images, labels, l2=l2, examples=examples)[1]
        numerical = numerical_gradients(network, images, labels, l2=l2, examples=examples)
        for a, n, parameter in zip(analytic, numerical, network.parameters, strict=True):
            assert a.shape == parameter.shape
            assert np.linalg.norm(n) > 1e-3, "a gradient of nothing proves nothing"
            assert relative_error(a, n) < 1e-6
            # Also compare element by element: a small wrong entry could hide behind large right ones. Entries below
            # 1e-3 are compared as if they were 1e-3, as the difference of two losses near 1 rounds at about 1e-10.
            scale = np.maximum(np.maximum(np.abs(a), np.abs(n)), 1e-3)
            assert float(np.max(np.abs(a - n) / scale)) < 1e-6

    @pytest.mark.parametrize("depth", MIXED)
    def test_each_layer_has_the_derivative_of_its_own_activation(self, depth: int) -> None:
        assert worst_error(*case(MIXED[depth], depth)) < 1e-6

    @penalty_on_and_off
    def test_softmax_regression_agrees_with_central_differences(self, l2: float, examples: int | None) -> None:
        network, images, labels = case("relu", 0)
        analytic = network.gradients(images, labels, l2=l2, examples=examples)[1]
        numerical = numerical_gradients(network, images, labels, l2=l2, examples=examples)
        assert [relative_error(a, n) < 1e-6 for a, n in zip(analytic, numerical, strict=True)] == [True, True]

    @every_depth
    def test_checked_relu_networks_have_active_and_inactive_units(self, depth: int) -> None:
        network, images, _ = case("relu", depth)
        for A in network.hidden(images):
            assert 0.1 < float(np.mean(A > 0)) < 0.9

    @pytest.mark.parametrize(
        ("activation", "wrong"),
        [
            ("relu", lambda _, A: np.ones_like(A)),  # derivative omitted
            ("relu", lambda _, A: (A > 0) * 1.0001),  # off by 0.01%
            ("tanh", lambda _, A: 1 - np.tanh(A) ** 2),  # takes the activation for the pre-activation
            ("tanh", lambda _, A: 1 - A),
            ("sigmoid", lambda Z, _: Z * (1 - Z)),  # takes the pre-activation for the activation
            ("sigmoid", lambda _, A: A),
        ],
    )
    def test_a_wrong_derivative_is_caught(
        self, activation: str, wrong: Callable[[Floats, Floats], Floats], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        network, images, labels = case(activation, 2)
        assert worst_error(network, images, labels) < 1e-6
        monkeypatch.setitem(ACTIVATIONS, activation, replace(ACTIVATIONS[activation], derivative=wrong))
        assert worst_error(network, images, labels) > 1e-5

    def test_a_penalty_divided_by_the_wrong_number_of_examples_is_caught(self) -> None:
        network, images, labels = case("tanh", 1)
        analytic = network.gradients(images, labels, l2=0.7, examples=BATCH)[1]
        numerical = numerical_gradients(network, images, labels, l2=0.7, examples=50)
        errors = [relative_error(a, n) for a, n in zip(analytic, numerical, strict=True)]
        assert min(errors[0::2]) > 1e-3
        assert max(errors[1::2]) < 1e-6  # biases are not penalized

    def test_a_bias_gradient_summed_over_everything_is_caught(self) -> None:
        network, images, labels = case("tanh", 1)
        analytic = network.gradients(images, labels)[1][-1]
        numerical = numerical_gradients(network, images, labels)[-1]
        assert relative_error(np.full_like(analytic, analytic.sum()), numerical) > 0.5


class TestAStepOnPaper:
    """One full step of a network of 2 inputs, 2 ReLU units and 2 classes, worked by hand.

    Two examples: x = (1, 2), a 0, and x = (1, 0), a 1. With L = ln 3 and the weights below,

        Z¹ = x W¹ + b¹:    (1·1 + 2·½ + 1,  1·(-1) + 2·1 - ½) = (3, ½)
                           (1·1 + 0 + 1,    1·(-1) + 0 - ½)   = (2, -1½)
        A¹ = max(0, Z¹):   (3, ½) and (2, 0)
        Z² = A¹W² + b²:    (3L - 2L,  ½·4L) = (L, 2L)
                           (2L - 2L,  0)    = (0, 0)
        A² = softmax(Z²):  (3, 9)/12 = (¼, ¾) and (½, ½)
    """

    L = math.log(3)
    IMAGES = np.array([[1.0, 2.0], [1.0, 0.0]])
    LABELS = np.array([0, 1])

    def network(self) -> Network:
        L = self.L
        W1, b1 = np.array([[1.0, -1.0], [0.5, 1.0]]), np.array([1.0, -0.5])
        W2, b2 = np.array([[L, 0.0], [0.0, 4 * L]]), np.array([-2 * L, 0.0])
        return Network([W1, b1, W2, b2], "relu")

    def test_each_layer(self) -> None:
        A1, A2 = layers(self.network(), self.IMAGES)
        assert_allclose(A1, [[3.0, 0.5], [2.0, 0.0]], rtol=1e-14)
        assert_allclose(A2, [[0.25, 0.75], [0.5, 0.5]], rtol=1e-14)

    def test_loss_and_gradients(self) -> None:
        L = self.L
        loss, gradients = self.network().gradients(self.IMAGES, self.LABELS, l2=0.4, examples=4)
        # Cross-entropy (ln 4 + ln 2)/2 = 1½ ln 2; λ/2m = 0.4/8 = 0.05; ‖W¹‖² = 1 + 1 + ¼ + 1, ‖W²‖² = L² + 16L².
        assert loss == pytest.approx(1.5 * math.log(2) + 0.05 * (3.25 + 17 * L**2), rel=1e-14)

        # dZ² = (A² - Y)/2:      (¼ - 1, ¾)/2 = (-⅜, ⅜) and (½, ½ - 1)/2 = (¼, -¼)
        # dW² = A¹ᵀdZ² + 0.1 W²: row 1: 3·(-⅜) + 2·¼ = -⅝, row 2: ½·(-⅜) + 0 = -3/16; column 2: the negatives
        # dA¹ = dZ²W²ᵀ:          (-⅜·L, ⅜·4L) = (-⅜L, 1½L) and (¼L, -¼·4L) = (¼L, -L)
        # dZ¹:                   the same, but 0 for the silent unit: (-⅜L, 1½L) and (¼L, 0)
        # dW¹ = xᵀdZ¹ + 0.1 W¹:  row 1: (-⅜L + ¼L, 1½L) = (-⅛L, 1½L), row 2: 2·(-⅜L, 1½L) = (-¾L, 3L)
        dW1, db1, dW2, db2 = gradients
        assert_allclose(dW2, [[-5 / 8 + 0.1 * L, 5 / 8], [-3 / 16, 3 / 16 + 0.4 * L]], rtol=1e-14)
        assert_allclose(db2, [-1 / 8, 1 / 8], rtol=1e-14)
        assert_allclose(dW1, [[-L / 8 + 0.1, 1.5 * L - 0.1], [-0.75 * L + 0.05, 3 * L + 0.1]], rtol=1e-14)
        assert_allclose(db1, [-L / 8, 1.5 * L], rtol=1e-14)

    def test_the_weights_after_the_step(self) -> None:
        L = self.L
        network = self.network()
        # In training m is 2, so λ = 0.2 gives the same λ/m = 0.1 and λ/2m = 0.05 as above.
        trainer = Trainer(
            network,
            Optimizer(OPTIMIZERS["descent"]),
            self.IMAGES,
            self.LABELS,
            learning_rate=0.5,
            l2=0.2,
            batch_size=2,
            rng=np.random.default_rng(0),
        )
        assert trainer.step() == pytest.approx(1.5 * math.log(2) + 0.05 * (3.25 + 17 * L**2), rel=1e-14)
        # θ - ½ dθ, entry by entry.
        W1, b1, W2, b2 = network.parameters
        assert_allclose(W1, [[0.95 + L / 16, -0.95 - 0.75 * L], [0.475 + 0.375 * L, 0.95 - 1.5 * L]], rtol=1e-14)
        assert_allclose(b1, [1 + L / 16, -0.5 - 0.75 * L], rtol=1e-14)
        assert_allclose(W2, [[5 / 16 + 0.95 * L, -5 / 16], [3 / 32, -3 / 32 + 3.8 * L]], rtol=1e-14)
        assert_allclose(b2, [1 / 16 - 2 * L, -1 / 16], rtol=1e-14)


def gelu(z: float) -> float:
    """x/2 (1 + tanh(√(2/π)(x + 0.044715 x³))), as in Hendrycks and Gimpel 2016."""
    return z / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))


def gelu_slope(z: float) -> float:
    u, du = math.sqrt(2 / math.pi) * (z + 0.044715 * z**3), math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * z**2)
    return (1 + math.tanh(u)) / 2 + z / 2 * du / math.cosh(u) ** 2


SLOPES: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "relu": (lambda z: max(0.0, z), lambda z: 1.0 if z > 0 else 0.0),
    "leaky_relu": (lambda z: max(0.01 * z, z), lambda z: 1.0 if z > 0 else 0.01),
    "elu": (lambda z: z if z > 0 else math.exp(z) - 1, lambda z: 1.0 if z > 0 else math.exp(z)),
    "gelu": (gelu, gelu_slope),
    "tanh": (math.tanh, lambda z: 1 / math.cosh(z) ** 2),
    "sigmoid": (lambda z: 1 / (1 + math.exp(-z)), lambda z: math.exp(-z) / (1 + math.exp(-z)) ** 2),
}


def textbook(network: Network, images: Floats, labels: Labels, l2: float, m: int) -> tuple[float, list[Any]]:
    """Loss and gradients in textbook notation: x and z are columns, z = Wx + b, one example at a time.

    Returns:
        J, and [dW1, db1, …] as nested lists, each dW (units, inputs): the transpose of the network's.
    """
    functions = [SLOPES[name] for name in network.activations]
    Ws: list[list[list[float]]] = [W.T.tolist() for W in network.weights]
    bs: list[list[float]] = [b.tolist() for b in network.biases]
    dWs = [[[l2 / m * w for w in row] for row in W] for W in Ws]
    dbs = [[0.0] * len(b) for b in bs]
    losses = []
    for x, label in zip(images.tolist(), labels.tolist(), strict=True):
        activations, zs = [x], []
        for W, b in zip(Ws, bs, strict=True):
            zs.append(
                [
                    math.fsum(w * a for w, a in zip(row, activations[-1], strict=True)) + bias
                    for row, bias in zip(W, b, strict=True)
                ]
            )
            activations.append([functions[len(zs) - 1][0](z) for z in zs[-1]] if len(zs) < len(Ws) else [])
        total = math.fsum(math.exp(z) for z in zs[-1])
        shares = [math.exp(z) / total for z in zs[-1]]
        losses.append(-math.log(shares[label]))
        deltas = [share - (k == label) for k, share in enumerate(shares)]
        for layer in reversed(range(len(Ws))):
            for unit, delta in enumerate(deltas):
                dbs[layer][unit] += delta / len(labels)
                for source, a in enumerate(activations[layer]):
                    dWs[layer][unit][source] += delta * a / len(labels)
            if layer:
                slope = functions[layer - 1][1]
                deltas = [
                    math.fsum(Ws[layer][unit][source] * delta for unit, delta in enumerate(deltas)) * slope(z)
                    for source, z in enumerate(zs[layer - 1])
                ]
    squares = math.fsum(w * w for W in Ws for row in W for w in row)
    gradients = [array for pair in zip(dWs, dbs, strict=True) for array in pair]
    return math.fsum(losses) / len(labels) + l2 / (2 * m) * squares, gradients


@every_activation
@pytest.mark.parametrize("depth", SIZES)
@pytest.mark.parametrize("l2", [0.0, 0.7])
def test_rows_give_the_same_result_as_the_textbook_s_columns(activation: str, depth: int, l2: float) -> None:
    network, images, labels = case(activation, depth)
    loss, gradients = network.gradients(images, labels, l2=l2, examples=50)
    expected_loss, expected = textbook(network, images, labels, l2, 50)
    assert loss == pytest.approx(expected_loss, rel=1e-13)
    for ours, theirs in zip(gradients, expected, strict=True):
        assert_allclose(ours.T, theirs, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("depth", MIXED)
def test_rows_give_the_same_result_with_an_activation_for_each_layer(depth: int) -> None:
    network, images, labels = case(MIXED[depth], depth)
    loss, gradients = network.gradients(images, labels)
    expected_loss, expected = textbook(network, images, labels, 0.0, 1)
    assert loss == pytest.approx(expected_loss, rel=1e-13)
    for ours, theirs in zip(gradients, expected, strict=True):
        assert_allclose(ours.T, theirs, rtol=1e-10, atol=1e-14)


class TestForward:
    @every_activation
    def test_layers_have_their_shapes_and_probabilities_sum_to_one(self, activation: str) -> None:
        network, images, _ = case(activation, 2)
        every = layers(network, images)
        assert [A.shape for A in every] == [(BATCH, 4), (BATCH, 6), (BATCH, 3)]
        assert every[-1].sum(axis=1) == pytest.approx(np.ones(BATCH), rel=1e-14)

    def test_the_result_for_an_image_does_not_depend_on_the_batch(self) -> None:
        network, images, _ = case("tanh", 2)
        one_by_one = np.concatenate([network.probabilities(images[[i]]) for i in range(BATCH)])
        assert network.probabilities(images) == pytest.approx(one_by_one, rel=1e-12)

    def test_without_a_hidden_layer_the_logits_are_linear(self) -> None:
        network = Network([np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([10.0, 20.0])])
        assert network.logits(np.array([[1.0, 1.0], [0.0, -1.0]])).tolist() == [[14, 26], [7, 16]]
        assert network.hidden(np.ones((1, 2))) == []

    @every_activation
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_everything_has_the_dtype_of_the_network(self, activation: str, dtype: type[np.floating]) -> None:
        network = Network.initialize((5, 4, 3), rng=np.random.default_rng(1), activation=activation, dtype=dtype)
        images, labels = np.ones((2, 5), dtype), np.array([0, 2])
        gradients = network.gradients(images, labels, l2=0.1)[1]
        arrays = [network.vector, *network.parameters, *layers(network, images), *gradients]
        assert {array.dtype for array in arrays} == {np.dtype(dtype)}

    @every_activation
    def test_float32_gradients_agree_with_float64_to_rounding(self, activation: str) -> None:
        double, images, labels = case(activation, 2)
        single = Network([array.astype(np.float32) for array in double.parameters], activation)
        pairs = zip(
            single.gradients(images.astype(np.float32), labels, l2=0.7)[1],
            double.gradients(images, labels, l2=0.7)[1],
            strict=True,
        )
        assert max(relative_error(s, d) for s, d in pairs) < 1e-5

    @every_activation
    def test_network_images_and_labels_are_not_modified(self, activation: str) -> None:
        network, images, labels = case(activation, 2)
        for array in (network.vector, *network.parameters, images, labels):
            array.flags.writeable = False
        layers(network, images)
        network.gradients(images, labels, l2=0.1)

    def test_a_very_wrong_prediction_has_a_large_but_finite_loss(self) -> None:
        network = Network([np.array([[1e4, -1e4]]), np.zeros(2)])
        loss, (dW, db) = network.gradients(np.ones((1, 1)), np.array([1]))
        assert loss == 20_000
        assert dW.tolist() == [[1, -1]]
        assert db.tolist() == [1, -1]
