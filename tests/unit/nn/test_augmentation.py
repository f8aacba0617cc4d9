"""Distortions move images as the mathematics says, stay within the limits set, and repeat with the same seed."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from nn import augmentation
from nn.augmentation import Distortion, distort

ALL = Distortion(rotation=15, shear=0.3, scale=0.2, shift=2, elastic=1.5, smoothness=4, thickness=1)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def blob(x: float, y: float, sigma: float = 1.5) -> NDArray[np.float32]:
    """A round spot at (x, y) from the centre of a 28x28 image."""
    rows, columns = np.mgrid[:28, :28] - 13.5
    return np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2)).astype(np.float32)


def centres(images: NDArray[np.float32]) -> NDArray[np.float64]:
    """Centres of mass (m, 2), x and y from the centre of the image."""
    stack = images.reshape(-1, 28, 28).astype(np.float64)
    place = np.arange(28) - 13.5
    mass = stack.sum(axis=(1, 2))
    return np.stack([stack.sum(axis=1) @ place / mass, stack.sum(axis=2) @ place / mass], axis=1)


def test_no_distortion_leaves_images_unchanged() -> None:
    images = rng().random((300, 28, 28), dtype=np.float32)
    np.testing.assert_allclose(distort(images, Distortion(), rng=rng()), images, atol=1e-5)


def test_pixels_are_scaled_to_0_to_1() -> None:
    images = rng().integers(0, 256, (5, 784), dtype=np.uint8)
    result = distort(images, Distortion(), rng=rng())
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, images / 255, atol=1e-5)


def test_shifts_are_uniform_over_the_given_range() -> None:
    images = np.repeat(blob(0, 0)[None], 2000, axis=0)
    moved = centres(distort(images, Distortion(shift=3), rng=rng()))
    assert np.abs(moved).max() == pytest.approx(3, abs=0.05)
    np.testing.assert_allclose(moved.std(axis=0), 3 / np.sqrt(3), rtol=0.05)
    np.testing.assert_allclose(moved.mean(axis=0), 0, atol=0.12)
    assert abs((moved - moved.mean(axis=0)).prod(axis=1).mean() / moved.std(axis=0).prod()) < 0.06


def test_rotation_is_about_the_centre_and_at_most_the_given_angle() -> None:
    images = np.repeat(blob(8, 0)[None], 2000, axis=0)
    moved = centres(distort(images, Distortion(rotation=30), rng=rng()))
    np.testing.assert_allclose(np.hypot(*moved.T), 8, atol=0.05)
    angles = np.degrees(np.arctan2(moved[:, 1], moved[:, 0]))
    assert angles.min() == pytest.approx(-30, abs=0.5)
    assert angles.max() == pytest.approx(30, abs=0.5)


def test_shear_moves_the_top_and_the_bottom_in_opposite_directions() -> None:
    above, below = blob(0, -6), blob(0, 6)
    pairs = np.repeat(np.stack([above, below])[:, None], 500, axis=1)
    up, down = (centres(distort(images, Distortion(shear=0.5), rng=rng())) for images in pairs)
    assert np.abs(up[:, 0]).max() == pytest.approx(3, abs=0.1)
    np.testing.assert_allclose(up[:, 0], -down[:, 0], atol=0.05)
    np.testing.assert_allclose(up[:, 1], -6, atol=0.05)


def test_width_and_height_are_scaled_independently() -> None:
    images = np.repeat(blob(5, 5)[None], 2000, axis=0)
    moved = centres(distort(images, Distortion(scale=0.3), rng=rng()))
    for axis in moved.T:
        assert axis.min() == pytest.approx(5 * np.exp(-0.3), abs=0.1)
        assert axis.max() == pytest.approx(5 * np.exp(0.3), abs=0.1)
    assert abs((moved - moved.mean(axis=0)).prod(axis=1).mean() / moved.std(axis=0).prod()) < 0.06


def test_elastic_displacements_have_the_given_size_in_the_middle_and_at_the_edge() -> None:
    for place in (0.0, 11.0):
        images = np.repeat(blob(place, 0, sigma=0.8)[None], 3000, axis=0)
        moved = centres(distort(images, Distortion(elastic=0.6, smoothness=6), rng=rng())) - [place, 0]
        np.testing.assert_allclose(moved.std(axis=0), 0.6, rtol=0.15)


def test_elastic_displacements_are_smooth_over_the_given_distance() -> None:
    """White noise blurred by a Gaussian of sigma correlates over a distance d as exp(-d² / 4 sigma²)."""
    ramps = np.mgrid[:28, :28].astype(np.float32)  # each pixel is its own y, or x: what it becomes is where it was
    y, x = (distort(np.repeat(ramp[None], 4000, axis=0), Distortion(elastic=1), rng=rng()) - ramp for ramp in ramps)
    for distance in (2, 4, 8):
        correlation = (x[:, 10, 7] * x[:, 10, 7 + distance]).mean()
        assert correlation == pytest.approx(np.exp(-(distance**2) / 64), abs=0.05)
    assert abs((x[:, 14, 14] * y[:, 14, 14]).mean()) < 0.06


def test_changes_of_thickness_are_uniform_over_the_given_range() -> None:
    """The bar is four pixels wide, and the ink in a row across it equals its width."""
    bar = np.zeros((2000, 28, 28), np.float32)
    bar[:, :, 12:16] = 1
    widths = distort(bar, Distortion(thickness=1.5), rng=rng())[:, 14].sum(axis=1, dtype=np.float64)
    assert widths.min() == pytest.approx(2.5, abs=0.02)
    assert widths.max() == pytest.approx(5.5, abs=0.02)
    np.testing.assert_allclose(widths.mean(), 4, atol=0.08)
    np.testing.assert_allclose(widths.std(), 1.5 / np.sqrt(3), rtol=0.05)


@pytest.mark.parametrize("width", [2.0, -2.0])
def test_the_widest_and_the_narrowest_stroke_are_dilation_and_erosion_by_a_cross(width: float) -> None:
    """The expected image is computed in loops, pixel by pixel."""
    image = rng(3).random((6, 7), dtype=np.float32)
    extreme = max if width > 0 else min
    expected = np.zeros_like(image)
    for y in range(6):
        for x in range(7):
            cross = [(y, x), (y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
            expected[y, x] = extreme(image[r, c] for r, c in cross if 0 <= r < 6 and 0 <= c < 7)
    result = augmentation.thicken(image[None], np.array([[[width]]], np.float32))
    np.testing.assert_allclose(result[0], expected, atol=1e-6)


def test_thickness_leaves_blank_paper_blank() -> None:
    assert not distort(np.zeros((50, 28, 28), np.float32), Distortion(thickness=2), rng=rng()).any()


def test_a_thickness_above_2_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^thickness must be at most 2; got 2.5"):
        Distortion(thickness=2.5)


def test_values_between_pixels_are_interpolated_bilinearly() -> None:
    image = np.array([[[0.0, 1.0], [2.0, 4.0]]], np.float32)
    x, y = np.array([[[0.0, -0.25, 0.5, -0.5]], [[-0.5, 0.0, 0.5, 0.5]]], np.float32)
    np.testing.assert_allclose(augmentation.sample(image, x, y), [[[0.5, 0.25 * 2.5 + 0.75 * 1.0], [4.0, 2.0]]])


def test_outside_the_image_there_is_blank_paper() -> None:
    image = np.ones((1, 3, 3), np.float32)
    x = np.array([[-1.0, -1.5, -2.0, -1e6, 0.0, 1.0, 1.5, 2.0, 1e6]], np.float32)
    read = augmentation.sample(image, x, np.zeros_like(x))
    np.testing.assert_allclose(read.ravel(), [1, 0.5, 0, 0, 1, 1, 0.5, 0, 0])


def test_the_seed_determines_the_images() -> None:
    images = rng(1).random((300, 784), dtype=np.float32)
    first, again, other = (distort(images, ALL, rng=rng(seed)) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).mean() > 0.01


def test_each_image_is_distorted_differently() -> None:
    images = np.repeat(blob(0, 0)[None], 300, axis=0)
    result = distort(images, ALL, rng=rng())
    assert len(np.unique(result.reshape(300, -1), axis=0)) == 300


def test_flat_and_square_images_are_distorted_alike_and_not_modified() -> None:
    images = rng(1).random((50, 784), dtype=np.float32)
    before = images.copy()
    flat = distort(images, ALL, rng=rng())
    square = distort(images.reshape(-1, 28, 28), ALL, rng=rng())
    assert square.shape == (50, 28, 28)
    np.testing.assert_array_equal(flat, square.reshape(50, 784))
    np.testing.assert_array_equal(images, before)


def test_no_images_give_no_images() -> None:
    assert distort(np.empty((0, 784), np.float32), ALL, rng=rng()).shape == (0, 784)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    distortion=st.builds(
        Distortion,
        rotation=st.floats(0, 360),
        shear=st.floats(0, 100),
        scale=st.floats(0, 5),
        shift=st.floats(0, 1000),
        elastic=st.floats(0, 100),
        smoothness=st.floats(0.1, 50),
        thickness=st.floats(0, 2),
    ),
)
def test_values_stay_between_0_and_1(seed: int, distortion: Distortion) -> None:
    images = rng(seed).random((3, 784), dtype=np.float32)
    result = distort(images, distortion, rng=rng(seed))
    assert result.min() >= -1e-6
    assert result.max() <= 1 + 1e-6


@pytest.mark.parametrize("name", [field.name for field in fields(Distortion)])
@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf])
def test_an_invalid_distortion_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be"):
        Distortion(**{name: value})


def test_elastic_distortion_without_smoothness_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^smoothness must be above 0"):
        Distortion(smoothness=0)


@pytest.mark.parametrize(
    "images",
    [np.zeros((3, 783)), np.zeros((3, 12, 30)), np.zeros(784), np.zeros((1, 28, 28, 1)), np.zeros((3, 784), int)],
    ids=["flat and not square", "not square", "one image", "channels", "whole numbers"],
)
def test_other_shapes_and_types_are_refused(images: NDArray[Any]) -> None:
    with pytest.raises(ValueError, match=r"^images must be"):
        distort(images, ALL, rng=rng())
