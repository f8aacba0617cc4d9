"""Merging networks into one averages their logits, at every depth and activation, and in an example by hand."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import DTypeLike

from nn.ensemble import joined
from nn.network import Network


def network(
    seed: int, sizes: Sequence[int] = (6, 5, 4), activation: str = "relu", dtype: DTypeLike = np.float64
) -> Network:
    rng = np.random.default_rng(seed)
    made = Network.initialize(sizes, rng=rng, activation=activation, dtype=dtype)
    for b in made.biases:
        b[:] = rng.normal(size=b.shape)
    return made


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize(
    "hidden", [[(5,), (5,)], [(5,), (2,), (7,)], [(5, 3), (5, 3)], [(5, 3, 8), (2, 9, 4), (1, 1, 1)]]
)
def test_the_logits_are_the_mean_of_the_networks_logits(hidden: list[tuple[int, ...]], activation: str) -> None:
    networks = [network(seed, (6, *sizes, 4), activation) for seed, sizes in enumerate(hidden)]
    images = np.random.default_rng(9).random((20, 6))
    mean = np.mean([each.logits(images) for each in networks], axis=0)
    one = joined(networks)
    np.testing.assert_allclose(one.logits(images), mean, atol=1e-12)
    assert one.sizes == (6, *np.sum(hidden, axis=0), 4)
    assert set(one.activations) == {activation}


def test_two_networks_of_one_unit_worked_by_hand() -> None:
    """relu(3·2 + 1) = 7 and relu(3·1 - 1) = 2; the mean of 7·2 + 4 = 18 and 2·5 + 0 = 10 is 14."""
    first, second = (
        Network([np.array(parameter, np.float32) for parameter in parameters])
        for parameters in (([[2]], [1], [[2]], [4]), ([[1]], [-1], [[5]], [0]))
    )
    one = joined([first, second])
    assert [array.tolist() for array in one.parameters] == [[[2, 1]], [1, -1], [[1], [2.5]], [2]]
    assert one.logits(np.array([[3]], np.float32)).tolist() == [[14]]
    assert one.dtype == np.float32


def test_an_ensemble_of_one_is_a_copy() -> None:
    alone = network(1)
    one = joined([alone])
    np.testing.assert_array_equal(one.vector, alone.vector)
    one.vector[:] = 0
    assert alone.vector.any()


@pytest.mark.parametrize(
    "networks",
    [
        [],
        [network(0, (6, 4))],
        [network(0), network(1, (7, 5, 4))],
        [network(0), network(1, (6, 5, 3))],
        [network(0), network(1, (6, 5, 5, 4))],
        [network(0), network(1, activation="tanh")],
        [network(0), network(1, dtype=np.float32)],
    ],
    ids=["none", "no hidden layer", "inputs", "classes", "layers", "activation", "dtype"],
)
def test_networks_of_different_shapes_or_activations_are_refused(networks: list[Network]) -> None:
    with pytest.raises(ValueError, match=r"^networks must be "):
        joined(networks)
