"""Principal components agree with the eigenvectors of the covariance and with a case worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from nn.network import Network
from nn.principal_components import Axes, layers, nearest_classes, principal_axes

# Four points on the line y = x, and two off it: the mean is (0, 0), the sums of squares along (1, 1)/√2 are
# 2·(2√2)² + 2·(√2)² = 20, and along (1, -1)/√2 they are 2·(√2)² = 4.
BY_HAND = np.array([[2.0, 2], [1, 1], [-1, -1], [-2, -2], [1, -1], [-1, 1]])
ROOT = np.sqrt(0.5)


def rows(n: int, d: int) -> np.ndarray:
    rng = np.random.default_rng(3)
    return rng.normal(size=(n, d)) @ np.diag(np.linspace(3, 0.2, d)) + rng.normal(size=d)


def test_a_case_worked_by_hand() -> None:
    first = principal_axes(BY_HAND, 1)
    assert first.directions == pytest.approx(np.array([[ROOT, ROOT]]))
    assert first.project(BY_HAND)[:, 0] == pytest.approx(np.array([4, 2, -2, -4, 0, 0]) * ROOT)
    assert first.share_of_variance(BY_HAND) == pytest.approx(20 / 24)
    assert principal_axes(BY_HAND, 2).share_of_variance(BY_HAND) == pytest.approx(1)


@pytest.mark.parametrize(("n", "d"), [(40, 5), (6, 30)], ids=["more rows", "more dimensions"])
def test_directions_are_the_eigenvectors_of_the_covariance(n: int, d: int) -> None:
    X = rows(n, d)
    values, vectors = np.linalg.eigh(np.cov(X.T, bias=True))  # ascending
    axes = principal_axes(X, 2)
    for direction, vector in zip(axes.directions, vectors.T[::-1][:2], strict=True):
        assert abs(direction @ vector) == pytest.approx(1)
        assert direction[np.abs(direction).argmax()] > 0
    assert axes.project(X).var(axis=0) == pytest.approx(values[::-1][:2])
    assert axes.share_of_variance(X) == pytest.approx(values[::-1][:2].sum() / values.sum())


def test_signs_follow_the_axes_given() -> None:
    """Axes refitted a moment later must not mirror the map."""
    X = rows(40, 5)
    before = principal_axes(X)
    turned = Axes(before.centre, -before.directions)
    assert principal_axes(X, like=turned).directions == pytest.approx(-before.directions)


def test_fixed_axes_tell_the_share_of_other_rows() -> None:
    """Along the first coordinate lie (1² + 1²) of 1² + 1² + 3² + 3², wherever the centre of the axes is."""
    axes = Axes(np.array([5.0, 5]), np.array([[1.0, 0]]))
    assert axes.share_of_variance(np.array([[1.0, 3], [-1, -3]])) == pytest.approx(2 / 20)
    assert axes.project(np.array([[6.0, 0]])) == pytest.approx(np.array([[1.0]]))


def test_rows_that_do_not_vary_have_no_share() -> None:
    same = np.ones((5, 3))
    assert np.isnan(principal_axes(same).share_of_variance(same))


@pytest.mark.parametrize("count", [0, 4])
def test_a_count_of_directions_that_cannot_be_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="count must be from 1 to 3"):
        principal_axes(rows(8, 3), count)


def test_the_nearest_class_is_that_of_the_nearest_mean() -> None:
    """Means: 0 at 0, 1 at 4, 2 at 5; class 3 has no points."""
    points = np.array([[-1.0, 0], [1, 0], [4, 0], [5, 0]])
    assert nearest_classes(points, np.array([0, 0, 1, 2]), 4).tolist() == [1, 2, 1, -1]


def test_layers_are_the_pixels_the_hidden_activations_and_the_logits() -> None:
    """One unit of weight 2 and bias -1 with ReLU, then logits 3a and -a; the square of an overflow is finite."""
    network = Network(
        [np.array([[2.0]]), np.array([-1.0]), np.array([[3.0, -1.0]]), np.zeros(2)],
    )
    pixels, hidden, logits = layers(network, np.array([[0.25], [1.0]]))
    assert pixels.tolist() == [[0.25], [1]]
    assert hidden.tolist() == [[0], [1]]
    assert logits.tolist() == [[0, 0], [3, -1]]
    network.weights[0][:] = 1e300
    assert np.isfinite([np.square(each).sum() for each in layers(network, np.array([[1e30], [1.0]]))]).all()
