"""Slant is removed from images as from strokes, and upright digits are left alone."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from data import csv_files
from ink.slant import MAX_SLANT, slants, upright


def line(slant: float, height: int = 20) -> NDArray[np.float32]:
    """A line through the middle with one pixel's ink per row, moving right by `slant` pixels per row down."""
    image = np.zeros((28, 28), np.float32)
    for row in range(14 - height // 2, 14 + height // 2):
        place = 13.5 + slant * (row - 13.5)
        left = int(np.floor(place))
        image[row, left] += 1 - (place - left)
        image[row, left + 1] += place - left
    return image


def centres(images: NDArray[Any]) -> NDArray[np.float64]:
    """Centres of mass (m, 2), row and column."""
    place = np.arange(28)
    mass = images.sum(axis=(1, 2), dtype=np.float64)
    rows, columns = images.sum(axis=2, dtype=np.float64) @ place, images.sum(axis=1, dtype=np.float64) @ place
    return np.stack([rows / mass, columns / mass], axis=1)


@pytest.fixture(scope="module")
def digits() -> NDArray[np.float32]:
    return (csv_files.embedded().images[::10].reshape(-1, 28, 28) / 255).astype(np.float32)


@pytest.mark.parametrize("slant", [-0.9, -0.3, 0.0, 0.25, 0.7])
def test_the_slant_of_a_line_is_its_horizontal_shift_per_row(slant: float) -> None:
    assert slants(line(slant)[None]) == pytest.approx(slant, abs=1e-6)


def test_the_slant_worked_by_hand_is_covariance_over_variance() -> None:
    """Ink 1, 2 and 1 at (x, y) = (0, 0), (1, 1), (4, 2): covariance 1, variance 0.5, then the limit."""
    image = np.zeros((1, 3, 5))
    image[0, [0, 1, 2], [0, 1, 2]] = [1, 2, 1]
    assert slants(image) == pytest.approx(1)
    image[0, 2] = [0.5, 0, 0.5, 0, 0]
    assert slants(image) == pytest.approx(0.5)


@pytest.mark.parametrize("slant", [-0.9, -0.3, 0.25, 0.7])
def test_a_slanted_line_is_set_upright_about_its_middle(slant: float) -> None:
    result = upright(line(slant)[None])[0]
    ink = result.sum(axis=1) > 0
    np.testing.assert_allclose(result[ink] @ np.arange(28), 13.5, atol=1e-4)


def test_upright_digits_keep_their_ink_and_their_centre(digits: NDArray[np.float32]) -> None:
    result = upright(digits)
    assert result.dtype == np.float32
    assert np.abs(slants(digits)).mean() > 0.1
    within = np.abs(slants(digits)) < MAX_SLANT
    whole = within & np.isclose(result.sum(axis=(1, 2), dtype=float), digits.sum(axis=(1, 2), dtype=float), rtol=1e-6)
    assert whole.mean() > 0.98, "a row that reaches far out may lose ink at the border"
    assert np.abs(slants(result[whole])).max() < 1e-5
    np.testing.assert_allclose(result[whole].sum(axis=2), digits[whole].sum(axis=2), atol=1e-4)
    np.testing.assert_allclose(centres(result[whole]), centres(digits[whole]), atol=1e-4)


def test_an_upright_image_is_unchanged(digits: NDArray[np.float32]) -> None:
    once = upright(digits)
    settled = np.abs(slants(once)) < 1e-5
    assert settled.mean() > 0.98
    np.testing.assert_allclose(upright(once[settled]), once[settled], atol=1e-4)


def test_blank_paper_a_dot_and_a_symmetric_digit_are_unchanged() -> None:
    blank, dot, zero, dash = np.zeros((4, 28, 28), np.float32)
    dot[13:16, 13:16] = 1
    zero[4:24, 8:20] = 1
    zero[7:21, 11:17] = 0
    dash[14, 5:20] = 1
    images = np.stack([blank, dot, zero, dash])
    np.testing.assert_allclose(upright(images), images, atol=1e-6)


def test_slant_is_corrected_only_up_to_a_limit() -> None:
    """A dash that falls one row in ten columns has a slant of 10; shearing by that would throw noise off the image."""
    dash = np.zeros((1, 28, 28), np.float32)
    dash[0, 13, 4:14] = dash[0, 14, 14:24] = 1
    assert slants(dash) == pytest.approx(MAX_SLANT)
    assert upright(dash).sum() == pytest.approx(20)
    np.testing.assert_allclose(upright(dash)[0, 13, 4:14].sum(), 9.5, atol=0.01)


def test_flat_images_and_bytes_are_set_upright_alike() -> None:
    images = csv_files.embedded().images[:50]
    square = upright(images.reshape(-1, 28, 28))
    np.testing.assert_array_equal(upright(images), square.reshape(-1, 784))
    np.testing.assert_allclose(upright((images / 255).astype(np.float32)), square.reshape(-1, 784), atol=1e-6)
    assert upright(images[:0]).shape == (0, 784)


def test_one_image_and_many_are_set_upright_alike(digits: NDArray[np.float32]) -> None:
    many = upright(np.tile(digits[:500], (3, 1, 1)))
    for index in (0, 499, 1023, 1024, 1499):
        np.testing.assert_allclose(many[index], upright(digits[index % 500][None])[0], atol=1e-5)


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32), share=st.floats(0, 1), strength=st.floats(0, 1, width=32))
def test_any_image_gives_a_valid_image(seed: int, share: float, strength: float) -> None:
    rng = np.random.default_rng(seed)
    images = (rng.random((3, 28, 28), np.float32) * (rng.random((3, 28, 28)) < share) * strength).astype(np.float32)
    before = images.copy()
    result = upright(images)
    assert result.min() >= 0
    assert result.max() <= 1 + 1e-6
    assert result.sum() <= images.sum() * (1 + 1e-4)
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize("shape", [(28, 28), (2, 27, 28), (2, 783), (784,)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"^images must be \(m, 28, 28\) or \(m, 784\); got"):
        upright(np.zeros(shape, np.float32))
