"""Pixels to inputs, and rows to batches."""

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest

from nn.batches import CHUNK, as_inputs, gather, slices

PIXELS = np.arange(256, dtype=np.uint8).reshape(4, 64)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_pixel_becomes_the_float_nearest_to_its_255th(dtype: type[np.floating]) -> None:
    inputs = as_inputs(PIXELS, dtype)
    assert inputs.dtype == dtype
    assert inputs.shape == PIXELS.shape
    for pixel, value in enumerate(inputs.ravel().tolist()):
        nearest = dtype(pixel) / dtype(255)
        assert value == nearest
        assert abs(Fraction(value) - Fraction(pixel, 255)) <= Fraction(float(np.spacing(nearest))) / 2


def test_floats_are_unchanged() -> None:
    images = np.array([[0.25, 1.0]], np.float32)
    assert as_inputs(images).tolist() == [[0.25, 1.0]]
    assert as_inputs(images, np.float64).dtype == np.float64


def test_gathered_rows_keep_their_order_their_labels_and_their_repeats() -> None:
    labels = np.array([7, 1, 0, 3], np.uint8)
    inputs, chosen = gather(PIXELS, labels, np.array([3, 0, 3]), np.float64)
    assert chosen.tolist() == [3, 7, 3]
    assert (inputs * 255).round().astype(int).tolist() == PIXELS[[3, 0, 3]].tolist()


def test_gathered_arrays_are_copies() -> None:
    images, labels = np.ones((3, 2), np.float32), np.arange(3)
    inputs, chosen = gather(images, labels, np.arange(3))
    inputs[:] = 9
    chosen[:] = 9
    assert images.tolist() == [[1, 1]] * 3
    assert labels.tolist() == [0, 1, 2]


@pytest.mark.parametrize("count", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3])
def test_concatenated_slices_give_all_rows(count: int) -> None:
    rows = np.arange(count)[::-1]
    pieces = [rows[piece] for piece in slices(count)]
    assert [value for piece in pieces for value in piece.tolist()] == rows.tolist()
    assert all(0 < len(piece) <= CHUNK for piece in pieces)


def test_slices_cover_each_example_once() -> None:
    assert list(slices(7, 3)) == [slice(0, 3), slice(3, 6), slice(6, 7)]
    assert list(slices(0)) == []


def test_a_slice_gathers_the_same_as_its_rows() -> None:
    labels = np.array([7, 1, 0, 3], np.uint8)
    by_slice, by_rows = gather(PIXELS, labels, slice(1, 3)), gather(PIXELS, labels, np.array([1, 2]))
    assert np.array_equal(by_slice[0], by_rows[0])
    assert np.array_equal(by_slice[1], by_rows[1])


def test_a_row_out_of_range_is_an_error() -> None:
    with pytest.raises(IndexError):
        gather(PIXELS, np.arange(4), np.array([4]))


def test_gathering_a_few_rows_copies_only_those_for_any_memory_layout() -> None:
    """Copying all images at each step would make training many times slower."""
    images, labels = np.zeros((20_000, 784), np.uint8, order="F"), np.zeros(20_000, np.uint8)
    tracemalloc.start()
    try:
        gather(images, labels, np.arange(10))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
