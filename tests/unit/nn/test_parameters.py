"""A network's parameters: views of one vector, copying, exchange, sharing, and rejection of arrays that do not fit."""

import copy
import pickle
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from nn.activations import ACTIVATIONS
from nn.initializers import INITIALIZERS
from nn.network import Floats, Labels, Network

BATCH = 7


def case(activation: str, depth: int) -> tuple[Network, Floats, Labels]:
    """A float64 network of three classes, and a batch."""
    rng = np.random.default_rng(depth)
    sizes = (5, *[4, 6][:depth], 3)
    network = Network.initialize(sizes, rng=rng, activation=activation, dtype=np.float64)
    return network, rng.normal(size=(BATCH, 5)), rng.integers(3, size=BATCH)


class TestGradientVector:
    def test_gradients_are_written_to_the_given_vector(self) -> None:
        network, images, labels = case("relu", 2)
        out = np.full_like(network.vector, np.nan)
        gradients = network.gradients(images, labels, l2=0.7, out=network.views(out))[1]
        assert np.array_equal(out, np.concatenate([array.ravel() for array in gradients]))
        assert np.array_equal(
            out, np.concatenate([array.ravel() for array in network.gradients(images, labels, l2=0.7)[1]])
        )

    def test_a_second_call_does_not_overwrite_the_first_gradients(self) -> None:
        network, images, labels = case("relu", 1)
        first = network.gradients(images, labels)[1]
        kept = [array.copy() for array in first]
        network.gradients(-images, labels)
        assert all(np.array_equal(a, b) for a, b in zip(first, kept, strict=True))

    def test_changing_the_vector_changes_the_predictions(self) -> None:
        network, images, _ = case("relu", 1)
        before = network.probabilities(images)
        network.vector *= -1
        assert not np.allclose(network.probabilities(images), before)

    def test_a_copy_is_independent(self) -> None:
        network, images, _ = case("sigmoid", 1)
        copy = network.copy()
        assert copy.activations == ("sigmoid",)
        before = network.probabilities(images)
        assert np.array_equal(copy.probabilities(images), before)
        copy.vector[:] = 0
        assert np.array_equal(network.probabilities(images), before)

    def test_given_parameters_are_copied(self) -> None:
        W, b = np.ones((2, 2)), np.zeros(2)
        network = Network([W, b])
        network.vector[:] = 7
        assert W.tolist() == [[1, 1], [1, 1]]
        assert b.tolist() == [0, 0]


class TestArguments:
    @pytest.mark.parametrize("sizes", [(784, 10), (784, 64, 10), (3, 1, 2, 2)])
    def test_a_network_has_the_requested_sizes(self, sizes: tuple[int, ...]) -> None:
        network = Network.initialize(sizes, rng=np.random.default_rng(0))
        assert network.sizes == sizes
        shapes = [array.shape for array in network.parameters]
        assert shapes == [shape for a, b in pairwise(sizes) for shape in ((a, b), (b,))]
        assert network.vector.dtype == np.float32

    @pytest.mark.parametrize("sizes", [(), (784,), (784, 0, 10), (784, -5, 10)])
    def test_too_few_or_empty_layers_are_refused_by_name(self, sizes: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match=r"^sizes must be two or more whole numbers from 1; got \("):
            Network.initialize(sizes, rng=np.random.default_rng(0))

    def test_the_error_for_an_unknown_activation_lists_the_known_ones(self) -> None:
        with pytest.raises(ValueError, match=r"^activation must be one of") as error:
            Network([np.ones((2, 2)), np.zeros(2)], "swish")
        assert all(name in str(error.value) for name in [*ACTIVATIONS, "'swish'"])
        with pytest.raises(ValueError, match=r"^activation must be one of"):
            Network.initialize((2, 2), rng=np.random.default_rng(0), activation="swish")

    def test_there_is_one_activation_for_all_hidden_layers_or_one_for_each(self) -> None:
        def activations(activation: str | tuple[str, ...], *hidden: int) -> tuple[str, ...]:
            rng = np.random.default_rng(0)
            return Network.initialize((2, *hidden, 2), rng=rng, activation=activation).activations

        assert activations("tanh") == ()
        assert activations("tanh", 3, 3) == ("tanh", "tanh")
        assert activations(("relu", "tanh"), 3, 3) == ("relu", "tanh")
        with pytest.raises(ValueError, match=r"^activation must name one for each of 3 hidden layers; got 2$"):
            activations(("relu", "tanh"), 3, 3, 3)
        with pytest.raises(ValueError, match=r"^activation must be one of .*; got 'swish'$"):
            activations(("relu", "swish"), 3, 3)

    def test_the_error_for_an_unknown_initializer_lists_the_known_ones(self) -> None:
        with pytest.raises(ValueError, match=r"^initializer must be one of") as error:
            Network.initialize((2, 2), rng=np.random.default_rng(0), initializer="zeros")
        assert all(name in str(error.value) for name in [*INITIALIZERS, "'zeros'"])

    @pytest.mark.parametrize(
        ("shapes", "named"),
        [
            ([], "parameters"),
            ([(5, 4)], "parameters"),
            ([(5, 4), (4,), (4, 3)], "parameters"),
            ([(5,), (4,)], "W1"),
            ([(5, 4, 1), (4,)], "W1"),
            ([(5, 0), (0,)], "W1"),
            ([(5, 4), (5,)], "b1"),
            ([(5, 4), (1, 4)], "b1"),
            ([(5, 4), (4,), (5, 3), (3,)], "W2"),
            ([(5, 4), (4,), (4, 3), (4,)], "b2"),
        ],
    )
    def test_shapes_that_do_not_chain_are_refused_by_name(self, shapes: list[tuple[int, ...]], named: str) -> None:
        with pytest.raises(ValueError, match=f"^{named} must"):
            Network([np.ones(shape) for shape in shapes])

    @pytest.mark.parametrize(("index", "named"), [(0, "W1"), (1, "b1"), (2, "W2"), (3, "b2")])
    @pytest.mark.parametrize("dtype", [np.int64, np.complex128, np.bool_, np.float16])
    def test_arrays_that_are_not_floats_are_refused_by_name(self, index: int, named: str, dtype: type[Any]) -> None:
        parameters = [np.ones(shape) for shape in ((5, 4), (4,), (4, 3), (3,))]
        parameters[index] = parameters[index].astype(dtype)
        with pytest.raises(ValueError, match=f"^{named} must be float32 or float64; got"):
            Network(parameters)

    def test_a_mixture_of_float32_and_float64_is_refused_by_name(self) -> None:
        with pytest.raises(ValueError, match=r"^b1 must be float32 like W1; got float64"):
            Network([np.ones((2, 2), np.float32), np.zeros(2)])


class TestSharing:
    def test_a_copied_or_unpickled_network_still_shares_one_vector(self) -> None:
        original = Network.initialize((4, 3, 2), rng=np.random.default_rng(0))
        for twin in (copy.deepcopy(original), pickle.loads(pickle.dumps(original)), original.copy()):
            twin.vector += 1
            for ours, theirs in zip(twin.parameters, original.parameters, strict=True):
                np.testing.assert_array_equal(ours, theirs + 1)

    def test_a_frozen_network_cannot_be_changed_through_any_array(self) -> None:
        frozen = Network.initialize((4, 3, 2), rng=np.random.default_rng(0)).freeze()
        for array in (frozen.vector, *frozen.parameters):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0
