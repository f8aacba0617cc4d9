"""Each initialization has the right spread, and the seed alone determines the weights."""

import math

import numpy as np
import pytest

from nn.initializers import INITIALIZERS, Doubles
from nn.network import Network

FAN_IN, FAN_OUT = 400, 250

every_initializer = pytest.mark.parametrize("name", INITIALIZERS)


def draw(name: str, seed: int = 5) -> Doubles:
    return INITIALIZERS[name].draw(FAN_IN, FAN_OUT, np.random.default_rng(seed))[0]


# The sample variance of n normal draws has a relative error of √(2/n): 0.45% here, a quarter of the tolerance.
def test_he_has_the_published_standard_deviation() -> None:
    W = draw("he")
    assert float(W.var()) == pytest.approx(2 / FAN_IN, rel=0.02)
    assert abs(float(W.mean())) < 4 * math.sqrt(2 / FAN_IN / W.size)
    # 4.55% of normal draws lie beyond two deviations; a uniform distribution of the same variance has none there.
    assert float(np.mean(np.abs(W) > 2 * math.sqrt(2 / FAN_IN))) == pytest.approx(0.0455, abs=0.004)


@pytest.mark.parametrize(("name", "variance"), [("glorot_normal", 2 / (FAN_IN + FAN_OUT)), ("lecun", 1 / FAN_IN)])
def test_other_normal_draws_have_the_published_variance(name: str, variance: float) -> None:
    W = draw(name)
    assert float(W.var()) == pytest.approx(variance, rel=0.02)
    assert float(np.mean(np.abs(W) > 2 * math.sqrt(variance))) == pytest.approx(0.0455, abs=0.004)


@pytest.mark.parametrize(("name", "bound"), [("glorot", math.sqrt(6 / (FAN_IN + FAN_OUT))), ("uniform", 0.5)])
def test_uniform_draws_fill_their_interval(name: str, bound: float) -> None:
    W = draw(name)
    assert -bound <= W.min() < -0.999 * bound
    assert 0.999 * bound < W.max() <= bound
    assert float(W.var()) == pytest.approx(bound**2 / 3, rel=0.02)
    assert abs(float(W.mean())) < 4 * bound / math.sqrt(3 * W.size)


def test_biases_are_random_for_uniform_and_zero_for_all_others() -> None:
    rng = np.random.default_rng(2)
    for name in INITIALIZERS.keys() - {"uniform"}:
        assert not INITIALIZERS[name].draw(2, 1000, rng)[1].any()
    b = INITIALIZERS["uniform"].draw(2, 1000, rng)[1]
    assert -0.5 <= b.min() < -0.49
    assert 0.49 < b.max() <= 0.5


@every_initializer
def test_weights_and_biases_have_the_shapes_of_a_layer(name: str) -> None:
    W, b = INITIALIZERS[name].draw(3, 7, np.random.default_rng(2))
    assert (W.shape, b.shape) == ((3, 7), (7,))


@every_initializer
def test_the_weights_depend_only_on_the_seed(name: str) -> None:
    assert np.array_equal(draw(name, seed=5), draw(name, seed=5))
    assert not np.array_equal(draw(name, seed=5), draw(name, seed=6))


@every_initializer
def test_a_seed_gives_the_same_network_in_float32_and_float64(name: str) -> None:
    def network(dtype: type[np.floating]) -> Network:
        return Network.initialize((20, 8, 4), rng=np.random.default_rng(9), initializer=name, dtype=dtype)

    single, double = network(np.float32), network(np.float64)
    assert single.dtype == np.float32
    assert double.dtype == np.float64
    assert np.array_equal(single.vector, double.vector.astype(np.float32))


@every_initializer
def test_layers_are_drawn_independently(name: str) -> None:
    W1, _, W2, *_ = Network.initialize((6, 6, 6), rng=np.random.default_rng(3), initializer=name).parameters
    assert not np.array_equal(W1, W2)


def test_each_choice_has_a_readable_label() -> None:
    """Glorot's initializations are also known by his first name, Xavier."""
    assert {name: each.label for name, each in INITIALIZERS.items()} == {
        "he": "He",
        "glorot": "Xavier uniform",
        "glorot_normal": "Xavier normal",
        "lecun": "LeCun normal",
        "uniform": "Uniform ±0.5",
    }
