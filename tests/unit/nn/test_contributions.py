"""The numbers of the network picture, against the forward pass and against differences of the loss and the logits."""

import numpy as np
import pytest

from nn.activations import ACTIVATIONS
from nn.contributions import error_signals, shown_layers
from nn.losses import cross_entropy
from nn.network import Floats, Network


def network(activation: str | tuple[str, ...], *hidden: int) -> Network:
    made = Network.initialize((6, *hidden, 4), rng=np.random.default_rng(3), activation=activation, dtype=np.float64)
    for b in made.biases:
        b[:] = np.random.default_rng(4).normal(scale=0.3, size=b.shape)
    return made


def pass_through(made: Network) -> tuple[Floats, list[Floats], list[Floats]]:
    image = np.random.default_rng(5).random(6)
    A, Z = made.forward(image[None])
    return image, [each[0] for each in A], [each[0] for each in Z]


@pytest.mark.parametrize("hidden", [(), (5,), (5, 7), (5, 7, 3)])
def test_contributions_and_bias_add_up_to_the_pre_activation(hidden: tuple[int, ...]) -> None:
    made = network("tanh", *hidden)
    _, A, Z = pass_through(made)
    layers = shown_layers(made, A, 2, range(4), most=16)
    assert [len(layer.units) for layer in layers] == [*hidden, 4]
    for layer, z in zip(layers, Z, strict=True):
        np.testing.assert_allclose(layer.sums + layer.biases, z[layer.units])
    for layer, z in zip(layers[1:], Z[1:], strict=True):
        np.testing.assert_allclose(layer.contributions.sum(axis=0) + layer.biases, z[layer.units])
    np.testing.assert_allclose(layers[-1].activations, Z[-1])


def test_a_contribution_is_the_activation_times_the_weight_also_among_many_units() -> None:
    made = network("relu", 30, 40)
    _, A, Z = pass_through(made)
    first, second, outputs = shown_layers(made, A, 1, [3, 1], most=8)
    assert (len(first.units), first.total, len(second.units), second.total) == (8, 30, 8, 40)
    np.testing.assert_array_equal(second.activations, A[2][second.units])
    np.testing.assert_allclose(outputs.activations, Z[2][[3, 1]])
    for row, u in enumerate(first.units):
        for column, v in enumerate(second.units):
            assert second.contributions[row, column] == pytest.approx(A[1][u] * made.weights[1][u, v])
    np.testing.assert_allclose(
        outputs.contributions, A[2][second.units, None] * made.weights[2][second.units][:, [3, 1]]
    )


@pytest.mark.parametrize("activation", [*ACTIVATIONS, ("gelu", "tanh")])
def test_evidence_is_the_activation_times_the_slope_of_the_logit(activation: str | tuple[str, ...]) -> None:
    made = network(activation, 5, 7)
    _, A, _ = pass_through(made)
    later = Network(made.parameters[2:], made.activations[1:])  # from A¹ on
    first = shown_layers(made, A, 2, range(4), most=16)[0]
    step = 1e-6
    for place, u in enumerate(first.units):
        nudge = step * np.eye(5)[u]
        slope = (later.logits((A[1] + nudge)[None])[0, 2] - later.logits((A[1] - nudge)[None])[0, 2]) / (2 * step)
        assert first.evidence[place] == pytest.approx(A[1][u] * slope, abs=1e-8)


def test_the_units_that_matter_most_are_shown_those_for_the_output_first() -> None:
    made = network("relu", 40)
    _, A, _ = pass_through(made)
    hidden = shown_layers(made, A, 2, range(4), most=6)[0]
    matters = np.abs(A[1] * made.weights[1][:, 2])
    assert set(hidden.units) == set(np.argsort(-matters)[:6])
    assert list(hidden.evidence) == sorted(hidden.evidence, reverse=True)


def test_a_unit_shown_stays_while_it_matters_nearly_as_much_as_the_one_that_would_replace_it() -> None:
    made = network("relu", 12)
    made.weights[1][:] = 0
    made.weights[1][:, 0] = np.arange(12, 0, -1)
    A = [np.ones(6), np.ones(12)]
    first = shown_layers(made, A, 0, range(4), most=4)[0].units
    assert list(first) == [0, 1, 2, 3]
    made.weights[1][4, 0] = 10.0  # now ahead of unit 3, whose weight is 9
    np.testing.assert_array_equal(shown_layers(made, A, 0, range(4), most=4, shown=[first])[0].units, [0, 1, 2, 3])
    made.weights[1][4, 0] = 15.0
    assert 4 in shown_layers(made, A, 0, range(4), most=4, shown=[first])[0].units


def test_without_an_image_the_units_with_the_strongest_weights_are_shown_and_none_speaks() -> None:
    made = network("relu", 40)
    blank = [np.zeros(6), np.maximum(made.biases[0], 0)]
    hidden = shown_layers(made, blank, None, range(4), most=6)[0]
    strongest = np.argsort(-np.linalg.norm(made.weights[1], axis=1))[:6]
    np.testing.assert_array_equal(hidden.units, strongest)
    assert not hidden.evidence.any()


@pytest.mark.parametrize("hidden", [(), (5,), (5, 7)])
def test_error_signals_are_the_slopes_of_the_loss_by_each_bias(hidden: tuple[int, ...]) -> None:
    made, step = network("tanh", *hidden), 1e-6
    image, *_ = pass_through(made)
    signals = error_signals(made, image, 1)
    for layer, signal in enumerate(signals):
        for unit in range(len(signal)):
            losses = []
            for direction in (1, -1):
                moved = made.copy()
                moved.biases[layer][unit] += direction * step
                losses.append(cross_entropy(moved.logits(image[None]), np.array([1])))
            assert signal[unit] == pytest.approx((losses[0] - losses[1]) / (2 * step), abs=1e-8)
