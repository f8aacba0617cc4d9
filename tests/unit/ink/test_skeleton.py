"""Distances are Euclidean, and the recovered path is the one the pen took."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ink import mnist_format
from ink.skeleton import depths, pen_path


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), share=st.floats(0.3, 0.99))
def test_depth_is_the_distance_to_the_nearest_pixel_outside(seed: int, share: float) -> None:
    """The expected distances come from comparing every pair of pixels."""
    inside = np.pad(np.random.default_rng(seed).random((17, 23)) < share, 1)
    rows, columns = np.mgrid[: inside.shape[0], : inside.shape[1]]
    y, x = np.nonzero(~inside)
    nearest = np.hypot(rows[..., None] - y, columns[..., None] - x).min(axis=-1)
    np.testing.assert_allclose(depths(inside), np.where(inside, nearest - 0.5, 0))


def bar(pen: int) -> NDArray[np.float64]:
    """A horizontal line from (60, 100) to (240, 100), drawn with a round pen."""
    canvas = mnist_format.canvas_from_strokes([np.array([[0, 0], [180, 0]])], side=300, size=180, pen_width=pen)
    return canvas[50:250, :, 3] / 255


@pytest.mark.parametrize("pen", [3, 8, 18, 40])
def test_the_path_of_a_straight_stroke_is_its_centre_line(pen: int) -> None:
    x, y = pen_path(bar(pen)).T
    np.testing.assert_allclose(y, 100, atol=1.5)
    assert x.min() == pytest.approx(60, abs=4)
    assert x.max() == pytest.approx(240, abs=4)
    assert np.diff(np.sort(x)).max() <= 5


def test_specks_and_faint_rulings_have_no_path() -> None:
    drawn = bar(18)
    drawn[20::30] = np.maximum(drawn[20::30], 0.3)
    drawn[120:123, 100:103] = 1
    _, y = pen_path(drawn).T
    np.testing.assert_allclose(y, 100, atol=2)


@pytest.mark.parametrize("image", [np.zeros((20, 30)), np.full((20, 30), 0.4), np.zeros((0, 5))])
def test_without_ink_there_is_no_path(image: NDArray[np.float64]) -> None:
    assert pen_path(image).shape == (0, 2)


@settings(max_examples=100, deadline=None)
@given(height=st.integers(1, 30), width=st.integers(1, 30), seed=st.integers(0, 2**32))
@example(height=1, width=11, seed=239)
def test_any_ink_has_a_path_within_the_image(height: int, width: int, seed: int) -> None:
    image = np.random.default_rng(seed).random((height, width))
    image.flat[0] = 1
    points = pen_path(image)
    assert len(points) > 0
    assert (points >= 0).all()
    assert (points <= (width, height)).all()
