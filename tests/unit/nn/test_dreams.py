"""Dreams: images that climb a network's gradient, checked against linear networks and central differences."""

from __future__ import annotations

import numpy as np
import pytest

from nn.activations import ACTIVATIONS
from nn.dreams import RAW, SMOOTHED, Prior, blurred, climb, liking, noise
from nn.network import Network


def linear(W: np.ndarray) -> Network:
    return Network([W, np.zeros(W.shape[1])])


class TestTheRawClimb:
    def test_a_linear_network_likes_the_corner_of_the_box_that_the_signs_of_its_weights_name(self) -> None:
        rng = np.random.default_rng(1)
        W = rng.choice([-1.0, 1.0], (16, 3)) * rng.uniform(0.5, 1.5, (16, 3))
        images = noise(3, 16, rng)
        for _ in range(60):
            images = climb(linear(W), images, 1, np.eye(3), RAW)
        np.testing.assert_array_equal(images, (W.T > 0).astype(float))

    def test_between_two_classes_the_signs_of_the_mixed_weights_decide(self) -> None:
        W = np.array([[1.0, -3.0], [-1.0, 2.0], [2.0, 2.0], [-2.0, -1.0]])
        images = np.full((3, 4), 0.5)
        for _ in range(120):
            images = climb(linear(W), images, 1, np.array([[1.0, 0.0], [0.7, 0.3], [0.0, 1.0]]), RAW)
        # 0.7·(1, −1, 2, −2) + 0.3·(−3, 2, 2, −1) = (−0.2, −0.1, 2, −1.7)
        np.testing.assert_allclose(images, [[1, 0, 1, 0], [0, 0, 1, 0], [0, 1, 1, 0]], atol=1e-12)

    def test_one_step_by_hand(self) -> None:
        W = np.array([[1.0], [-3.0], [0.0], [4.0]])  # mean |w| = 2
        stepped = climb(linear(W), np.array([[0.5, 0.5, 0.5, 0.95]]), 1, np.ones((1, 1)), RAW, rate=0.1)
        np.testing.assert_allclose(stepped, [[0.55, 0.35, 0.5, 1.0]])

    def test_an_image_without_a_slope_stays(self) -> None:
        dead = Network([np.ones((4, 2)), np.full(2, -100.0), np.ones((2, 1)), np.zeros(1)])
        images = np.full((1, 4), 0.3)
        np.testing.assert_array_equal(climb(dead, images, 2, np.ones((1, 1)), RAW), images)


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
@pytest.mark.parametrize("layer", [1, 2, 3])
def test_slopes_agree_with_central_differences(activation: str, layer: int) -> None:
    rng = np.random.default_rng(layer)
    network = Network.initialize((9, 7, 6, 5), rng=rng, activation=activation, dtype=np.float64)
    images = rng.random((2, 9))
    directions = rng.normal(size=(2, network.sizes[layer]))
    values, slopes = liking(network, images, layer, directions)
    np.testing.assert_allclose(values, (directions * network.forward(images)[1][layer - 1]).sum(axis=1))
    for pixel in range(9):
        step = np.zeros(9)
        step[pixel] = 1e-6
        above, below = (liking(network, images + sign * step, layer, directions)[0] for sign in (1, -1))
        np.testing.assert_allclose(slopes[:, pixel], (above - below) / 2e-6, rtol=1e-6, atol=1e-8)


class TestThePrior:
    def test_a_dot_is_blurred_to_the_binomial_kernel(self) -> None:
        dot = np.zeros((1, 25))
        dot[0, 12] = 16
        expected = np.zeros((5, 5))
        expected[1:4, 1:4] = [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
        np.testing.assert_allclose(blurred(dot).reshape(5, 5), expected)

    def test_an_even_image_stays_up_to_its_edges(self) -> None:
        np.testing.assert_allclose(blurred(np.full((2, 9), 0.25)), 0.25)

    def test_it_follows_the_step(self) -> None:
        flat = linear(np.zeros((9, 1)))  # no slope: only the prior moves the image
        image = np.zeros((1, 9))
        image[0, 4] = 0.8
        moved = climb(flat, image, 1, np.ones((1, 1)), Prior(blur=0.5, fade=0.1))
        np.testing.assert_allclose(moved, 0.9 * (0.5 * image + 0.5 * blurred(image)))

    def test_what_is_dreamt_is_smoother_and_paler(self) -> None:
        rng = np.random.default_rng(3)
        network = Network.initialize((100, 8, 2), rng=rng)
        raw = smooth = noise(2, 100, rng)
        for _ in range(40):
            raw, smooth = (climb(network, x, 2, np.eye(2), p) for x, p in ((raw, RAW), (smooth, SMOOTHED)))
        roughness = [np.abs(np.diff(x.reshape(2, 10, 10), axis=2)).mean() for x in (raw, smooth)]
        assert roughness[1] < roughness[0] / 2
        assert smooth.mean() < raw.mean()
        assert raw.dtype == smooth.dtype == np.float32

    def test_images_that_are_not_square_are_refused(self) -> None:
        with pytest.raises(ValueError, match="square"):
            blurred(np.zeros((1, 10)))


@pytest.mark.parametrize("layer", [0, 2])
def test_a_layer_that_is_not_there_is_refused(layer: int) -> None:
    with pytest.raises(ValueError, match="layer must be in 1 to 1"):
        liking(linear(np.ones((4, 1))), np.zeros((1, 4)), layer, np.ones((1, 1)))


def test_noise_is_the_same_for_all_and_for_the_same_seed() -> None:
    one, other = (noise(3, 50, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert (one == one[0]).all()
    assert 0 <= one.min() < one.max() <= 0.2
