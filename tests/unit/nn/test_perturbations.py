"""Broken networks and images, against values worked by hand and properties that each entry of the tables must have."""

import math
from typing import Any

import numpy as np
import pytest

from nn.network import Network
from nn.perturbations import (
    EXACT,
    IMAGE_PERTURBATIONS,
    NETWORK_PERTURBATIONS,
    Perturbation,
    Place,
    blur,
    least_important_off,
    most_important_off,
    noise,
    occlude,
    prune,
    quantize,
    rotate,
    shift_down,
    shift_right,
    thickness,
    without_units,
)

NOWHERE = Place()


def small() -> Network:
    """Two inputs, two hidden units, two outputs, with weights that are easy to sort."""
    W1, b1 = np.array([[1.0, -0.2], [0.4, 2.0]]), np.array([0.05, -0.01])
    W2, b2 = np.array([[-3.0, 0.1], [0.6, 0.5]]), np.array([0.02, 0.03])
    return Network([W1, b1, W2, b2])


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def pixel(row: int, column: int, side: int = 28) -> np.ndarray:
    image = np.zeros((1, side, side), np.float32)
    image[0, row, column] = 1
    return image


def test_pruning_half_takes_the_four_smallest_of_eight_weights_and_no_bias() -> None:
    pruned = prune(small(), 0.5, np.zeros(2))
    np.testing.assert_array_equal(pruned.weights[0], [[1.0, 0], [0, 2.0]])
    np.testing.assert_array_equal(pruned.weights[1], [[-3.0, 0], [0.6, 0]])
    np.testing.assert_array_equal(pruned.biases, small().biases)


@pytest.mark.parametrize(
    ("bits", "first"),
    [
        (1, [[0.9, -0.9], [0.9, 0.9]]),  # the mean of 1, 0.2, 0.4 and 2
        (2, [[0.0, 0.0], [0.0, 2.0]]),  # Δ = 2: 1/2 is rounded to the even 0
        (3, [[4 / 3, 0.0], [2 / 3, 2.0]]),  # Δ = 2/3: 1 is 1.5 of them, rounded to the even 2
    ],
)
def test_rounding_by_hand(bits: int, first: list[list[float]]) -> None:
    np.testing.assert_allclose(quantize(small(), bits, np.zeros(2)).weights[0], first, atol=1e-12)


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_so_many_bits_hold_so_many_values(bits: int) -> None:
    network = Network.initialize((30, 40, 10), rng=rng())
    for W, before in zip(quantize(network, bits, np.zeros(40)).weights, network.weights, strict=True):
        assert len(np.unique(W)) <= 2**bits - 1
        step = float(np.abs(before).max()) / (2 ** (bits - 1) - 1)
        assert np.abs(W - before).max() <= step / 2 * (1 + 1e-5)


def test_a_unit_that_is_off_leaves_what_a_network_without_it_says() -> None:
    network, images = (
        Network.initialize((6, 4, 3, 2), rng=rng(), activation="sigmoid"),
        rng().random((5, 6), np.float32),
    )
    off = np.array([False, True, False, False, False, False, True])
    W1, b1, W2, b2, W3, b3 = network.parameters
    smaller = Network([W1[:, [0, 2, 3]], b1[[0, 2, 3]], W2[[0, 2, 3]][:, :2], b2[:2], W3[:2], b3], "sigmoid")
    np.testing.assert_allclose(without_units(network, off).logits(images), smaller.logits(images), atol=1e-6)


def test_the_units_that_matter_most_or_least_go_first() -> None:
    network, importance = Network.initialize((3, 4, 2), rng=rng()), np.array([0.1, 0.7, -0.2, 0.3])
    for function, units in ((most_important_off, [1, 3]), (least_important_off, [0, 2])):
        silent = function(network, 0.5, importance)
        np.testing.assert_array_equal(np.flatnonzero(~silent.weights[1].any(axis=1)), units)


@pytest.mark.parametrize("name", NETWORK_PERTURBATIONS)
def test_a_network_is_left_as_it_is_and_none_changes_nothing(name: str) -> None:
    entry, network = NETWORK_PERTURBATIONS[name], Network.initialize((5, 200, 3), rng=rng())
    network.freeze()
    importance = np.arange(200.0)
    for amount in entry.amounts:
        broken = entry.function(network, amount, importance)
        assert np.array_equal(broken.vector, network.vector) == (amount == entry.none)
        assert broken.dtype == network.dtype


def test_float32_holds_the_weights_exactly() -> None:
    network = Network.initialize((30, 20, 10), rng=rng())
    np.testing.assert_allclose(quantize(network, EXACT, np.zeros(20)).vector, network.vector, rtol=0, atol=1e-8)


def test_noise_has_the_standard_deviation_asked_for() -> None:
    grey = np.full((40, 28, 28), 0.5, np.float32)
    assert np.std(noise(grey, 0.1, rng(), NOWHERE)) == pytest.approx(0.1, rel=0.02)
    assert noise(grey, 1.0, rng(), NOWHERE).min() == 0
    assert noise(grey, 1.0, rng(), NOWHERE).max() == 1


def test_a_blurred_point_is_a_gaussian_that_keeps_its_ink() -> None:
    spread = blur(pixel(14, 14), 1.0, rng(), NOWHERE)[0]
    assert spread.sum() == pytest.approx(1, abs=1e-5)
    assert spread[14, 15] / spread[14, 14] == pytest.approx(math.exp(-0.5), rel=1e-5)
    assert spread[16, 14] / spread[14, 14] == pytest.approx(math.exp(-2), rel=1e-5)


def test_ink_moves_right_and_down_and_off_the_paper() -> None:
    assert shift_right(pixel(5, 20), 3, rng(), NOWHERE)[0, 5, 23] == 1
    assert shift_right(pixel(5, 20), -3, rng(), NOWHERE)[0, 5, 17] == 1
    assert shift_down(pixel(5, 20), 2, rng(), NOWHERE)[0, 7, 20] == 1
    assert not shift_right(pixel(5, 25), 3, rng(), NOWHERE).any()
    assert not shift_down(pixel(1, 20), -2, rng(), NOWHERE).any()


@pytest.mark.parametrize(("degrees", "row", "column"), [(90, 14, 22), (-90, 13, 5), (180, 22, 13)])
def test_ink_turns_clockwise(degrees: float, row: int, column: int) -> None:
    turned = rotate(pixel(5, 14), degrees, rng(), NOWHERE)[0]
    assert np.unravel_index(turned.argmax(), turned.shape) == (row, column)
    assert turned.max() == pytest.approx(1, abs=1e-4)


def test_strokes_widen_by_the_pixels_asked_for() -> None:
    line = np.zeros((1, 28, 28), np.float32)
    line[0, :, 13:15] = 1
    assert thickness(line, 2.0, rng(), NOWHERE)[0, 14].sum() == pytest.approx(4, abs=0.5)
    assert thickness(line, -1.0, rng(), NOWHERE)[0, 14].sum() < 2


def test_a_patch_covers_its_square_and_no_more() -> None:
    ink = np.ones((2, 28, 28), np.float32)
    covered = occlude(ink, 4.0, rng(), Place(10.5, 20.5))
    assert (covered == 0).sum() == 2 * 16
    assert not covered[:, 19:23, 9:13].any()
    assert occlude(ink, 4.0, rng(), Place(-20, 5)).all(), "A patch beside the paper covers nothing."


@pytest.mark.parametrize("name", IMAGE_PERTURBATIONS)
def test_images_keep_their_shape_type_and_range_and_none_changes_nothing(name: str) -> None:
    entry, images = IMAGE_PERTURBATIONS[name], rng().random((3, 28, 28), np.float32)
    before = images.copy()
    for amount in entry.amounts:
        broken = entry.function(images, amount, rng(), NOWHERE)
        assert broken.shape == images.shape
        assert broken.dtype == np.float32
        assert -1e-6 <= broken.min() <= broken.max() <= 1 + 1e-6
        assert np.array_equal(broken, before) == (amount == entry.none)
        np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize(
    ("entry", "amount", "text"),
    [
        (NETWORK_PERTURBATIONS["most"], 0.1, "10%"),
        (NETWORK_PERTURBATIONS["bits"], EXACT, "off"),
        (NETWORK_PERTURBATIONS["bits"], 3.0, "3-bit"),
        (IMAGE_PERTURBATIONS["right"], -2.0, "−2 px"),
        (IMAGE_PERTURBATIONS["thickness"], 1.5, "+1.5 px"),
    ],
)
def test_an_amount_is_written_with_its_unit(entry: Perturbation[Any], amount: float, text: str) -> None:
    assert entry.write(amount) == text
