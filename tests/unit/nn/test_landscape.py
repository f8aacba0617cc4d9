"""The landscape: against a loss known in closed form, and against the networks that lie on the plane."""

from __future__ import annotations

import numpy as np
import pytest

from nn.activations import ACTIVATIONS
from nn.evaluation import evaluate
from nn.landscape import Landscape, Way, nearest_plane, ticks_around
from nn.network import Network
from nn.principal_components import Axes, principal_axes


def test_two_biases_make_a_valley_known_in_closed_form() -> None:
    # A blank image: the logits are the biases, here x along (1, -1)/√2 and y along (1, 1)/√2.
    network = Network([np.zeros((1, 2)), np.zeros(2)])
    plane = Axes(np.zeros(4), np.array([[0, 0, 1, -1], [0, 0, 1, 1]]) / np.sqrt(2))
    landscape = Landscape(network, plane, np.zeros((1, 1)), np.array([0]))
    for x in (-3.0, -0.5, 0.0, 0.1, 2.0):
        for y in (-1.0, 0.0, 4.0):
            assert landscape.loss(x, y) == pytest.approx(np.log1p(np.exp(-np.sqrt(2) * x)), abs=1e-12)


def test_near_a_minimum_it_is_the_quadratic_of_its_curvature() -> None:
    # Blank images of both classes: J = (log(1 + e^-s) + log(1 + e^s))/2 with s = √2 x, so J ≈ log 2 + s²/8.
    network = Network([np.zeros((1, 2)), np.zeros(2)])
    plane = Axes(np.zeros(4), np.array([[0, 0, 1, -1], [0, 0, 1, 1]]) / np.sqrt(2))
    landscape = Landscape(network, plane, np.zeros((2, 1)), np.array([0, 1]))
    for x in (-0.02, -0.01, 0.01, 0.02):
        assert landscape.loss(x, 0.0) - np.log(2) == pytest.approx(2 * x * x / 8, rel=1e-4)


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_at_the_shadow_of_each_network_it_is_that_network_s_loss(depth: int, activation: str) -> None:
    rng = np.random.default_rng(depth)
    sizes = (9, *[6] * depth, 4)
    way = [Network.initialize(sizes, rng=rng, activation=activation, dtype=np.float64) for _ in range(5)]
    images, labels = rng.random((20, 9)), rng.integers(0, 4, 20)
    rows = np.stack([each.vector for each in way])
    plane = principal_axes(rows)
    landscape = Landscape(way[0], plane, images, labels)
    for x, y in plane.project(rows):
        shadow = way[0].copy()
        shadow.vector[:] = plane.centre + x * plane.directions[0] + y * plane.directions[1]
        assert landscape.loss(x, y) == pytest.approx(evaluate(shadow, images, labels).loss, rel=1e-12)


def test_of_three_networks_the_plane_holds_all_and_shows_their_own_losses() -> None:
    rng = np.random.default_rng(1)
    way = [Network.initialize((9, 5, 3), rng=rng) for _ in range(3)]
    images, labels = rng.random((12, 9), np.float32), rng.integers(0, 3, 12)
    rows = np.stack([each.vector for each in way])
    plane = principal_axes(rows)
    assert plane.share_of_variance(rows) == pytest.approx(1)
    landscape = Landscape(way[0], plane, images, labels)
    for network, (x, y) in zip(way, plane.project(rows), strict=True):
        assert landscape.loss(x, y) == pytest.approx(evaluate(network, images, labels).loss, rel=1e-5)


def found(points: list[np.ndarray]) -> Way:
    """Return the nearest plane, all pieces of it."""
    pieces = nearest_plane(points)
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            way: Way = end.value
            return way


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_nearest_plane_is_that_of_the_principal_components(dtype: type, monkeypatch: pytest.MonkeyPatch) -> None:
    """Computed in pieces, of which the last is shorter; the path begins at the top left."""
    monkeypatch.setattr("nn.landscape.PIECE", 70)
    rng = np.random.default_rng(7)
    points: np.ndarray = np.cumsum(rng.normal(size=(7, 103)), axis=0).astype(dtype)
    rows = points.astype(np.float64)
    axes, way = principal_axes(rows), found(list(points))
    signs = np.sign(np.einsum("kd,kd->k", axes.directions, way.plane.directions))
    tolerance = 1e-12 if dtype is np.float64 else 1e-5
    assert way.plane.directions.dtype == dtype
    assert way.plane.centre == pytest.approx(axes.centre, abs=tolerance)
    assert way.plane.directions == pytest.approx(signs[:, None] * axes.directions, abs=tolerance)
    assert way.path == pytest.approx(signs * axes.project(rows), abs=1e-9)
    assert way.path[0, 0] < 0 < way.path[0, 1]
    assert way.held.sum() == pytest.approx(axes.share_of_variance(rows))


def test_a_way_along_a_line_and_one_that_never_moves_have_planes_too() -> None:
    line = found([np.array([0.0, 0, 0]), np.array([1.0, 0, 0]), np.array([2.0, 0, 0])])
    assert line.held == pytest.approx([1, 0])
    assert line.path == pytest.approx(np.array([[-1, 0], [0, 0], [1, 0]]))
    still = found([np.ones(3, np.float32)] * 3)
    assert still.held.tolist() == [0, 0]
    assert not still.path.any()
    assert np.isfinite(still.plane.directions).all()


def test_where_numbers_overflow_it_is_infinite() -> None:
    network = Network(
        [np.ones((4, 3), np.float32), np.zeros(3, np.float32), np.ones((3, 2), np.float32), np.zeros(2, np.float32)]
    )
    plane = Axes(np.full(network.vector.size, 1e38), np.zeros((2, network.vector.size)))
    assert Landscape(network, plane, np.ones((1, 4), np.float32), np.array([0])).loss(0, 0) == np.inf


def test_a_plane_of_other_parameters_is_refused() -> None:
    network = Network([np.zeros((1, 2)), np.zeros(2)])
    with pytest.raises(ValueError, match=r"directions must have the shape \(2, 4\); got \(1, 4\)"):
        Landscape(network, Axes(np.zeros(4), np.zeros((1, 4))), np.zeros((1, 1)), np.array([0]))


def test_ticks_reach_beyond_the_way() -> None:
    np.testing.assert_allclose(ticks_around(np.array([1.0, 3.0, 2.0]), 3, margin=0.5), [0, 2, 4])
    assert len(set(ticks_around(np.zeros(2), 5))) == 5
