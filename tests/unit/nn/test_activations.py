"""Each activation against the math module, and its derivative against the numerical slope."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from nn.activations import ACTIVATIONS

POINTS = [-6.0, -2.5, -1.0, -0.1, 0.1, 0.7, 1.0, 3.0, 6.0]

ORACLES: dict[str, Callable[[float], float]] = {
    "relu": lambda z: max(0.0, z),
    "leaky_relu": lambda z: z if z > 0 else z / 100,
    "elu": lambda z: z if z > 0 else math.exp(z) - 1,
    "gelu": lambda z: z / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))),
    "tanh": math.tanh,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
}

every_activation = pytest.mark.parametrize("name", ACTIVATIONS)


@every_activation
def test_the_function_matches_its_name(name: str) -> None:
    A = ACTIVATIONS[name].function(np.array(POINTS))
    assert A.tolist() == pytest.approx([ORACLES[name](z) for z in POINTS], rel=1e-12, abs=1e-14)


def test_gelu_is_close_to_its_exact_form_with_the_distribution_of_a_normal_variable() -> None:
    """Hendrycks and Gimpel 2016: Z Φ(Z), of which the entry is their approximation."""
    Z = np.linspace(-12, 12, 2401)
    exact = [z * (1 + math.erf(z / math.sqrt(2))) / 2 for z in Z]
    assert float(np.abs(ACTIVATIONS["gelu"].function(Z) - exact).max()) < 0.0005


@every_activation
def test_between_two_opposite_values_its_magnitude_is_largest_at_one_of_them(name: str) -> None:
    f = ACTIVATIONS[name].function
    for z in np.linspace(0.01, 10, 200):
        assert np.abs(f(np.linspace(-z, z, 101))).max() == np.abs(f(np.array([-z, z]))).max()


@every_activation
def test_the_derivative_is_the_slope_of_the_function(name: str) -> None:
    f, epsilon = ORACLES[name], 1e-6
    slopes = [(f(z + epsilon) - f(z - epsilon)) / (2 * epsilon) for z in POINTS]
    derivative = ACTIVATIONS[name].derivative(np.array(POINTS), np.array([f(z) for z in POINTS]))
    assert derivative.tolist() == pytest.approx(slopes, rel=1e-6, abs=1e-9)


def test_the_slope_of_relu_at_its_kink_is_zero() -> None:
    relu = ACTIVATIONS["relu"]
    Z = np.array([0.0])
    assert relu.derivative(Z, relu.function(Z)).tolist() == [0.0]


@every_activation
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_is_kept(name: str, dtype: type[np.floating]) -> None:
    Z = np.array([[-1.0, 2.0]], dtype)
    A = ACTIVATIONS[name].function(Z)
    assert A.dtype == dtype
    assert (A * ACTIVATIONS[name].derivative(Z, A)).dtype == dtype
    assert A.shape == (1, 2)


@every_activation
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_values_do_not_overflow(name: str, dtype: type[np.floating]) -> None:
    Z = np.array([-1e4, 1e4], dtype)
    A = ACTIVATIONS[name].function(Z)
    limits = {"relu": [0, 1e4], "leaky_relu": [-100, 1e4], "elu": [-1, 1e4], "gelu": [0, 1e4], "tanh": [-1, 1]}
    assert A.tolist() == pytest.approx(limits.get(name, [0, 1]), abs=1e-20)
    assert np.isfinite(ACTIVATIONS[name].derivative(Z, A)).all()


@every_activation
def test_neither_function_modifies_its_arguments(name: str) -> None:
    Z = np.array(POINTS)
    Z.flags.writeable = False
    A = ACTIVATIONS[name].function(Z)
    A.flags.writeable = False
    ACTIVATIONS[name].derivative(Z, A)


@every_activation
def test_the_choice_has_a_readable_label(name: str) -> None:
    assert ACTIVATIONS[name].label.lower().startswith(name.replace("_", " "))
