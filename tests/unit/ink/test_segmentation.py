"""Dots and gaps are recognized from the ink alone."""

import numpy as np
import pytest
from numpy.typing import NDArray

from ink import mnist_format, pixel_ink, segmentation
from ink.rasterization import Segments

Strokes = list[NDArray[np.float64]]


def moved(strokes: Strokes, x: float, y: float = 0) -> Strokes:
    return [stroke + np.array([x, y]) for stroke in strokes]


ONE: Strokes = [np.array([[0.0, 0], [0, 100]])]
SEVEN: Strokes = [np.array([[0.0, 0], [60, 0], [20, 100]]), np.array([[5.0, 50], [50, 50]])]
FIVE: Strokes = [np.array([[5.0, 0], [0, 45], [40, 50], [35, 95], [0, 100]]), np.array([[8.0, 0], [60, 0]])]


def canvas(strokes: Strokes, pen: int = 10, size: float = 200) -> NDArray[np.uint8]:
    return mnist_format.canvas_from_strokes(strokes, side=280, size=size, pen_width=pen)


def is_dot(*strokes: list[list[float]], pen_width: float = 0) -> bool:
    return segmentation.is_dot(Segments.from_strokes(strokes), pen_width)


def split_strokes(strokes: Strokes, min_gap: float = segmentation.NARROW_GAP) -> list[Segments]:
    return segmentation.split_segments(Segments.from_strokes(strokes), min_gap)


def split_canvas(strokes: Strokes, min_gap: float = segmentation.NARROW_GAP) -> list[NDArray[np.floating]]:
    return segmentation.split_ink(pixel_ink.strength(canvas(strokes)), min_gap)


def test_a_tap_is_a_dot_and_a_short_line_is_not() -> None:
    assert is_dot([[50, 60]])
    assert is_dot([[50, 60], [52, 61], [51, 60]])
    assert not is_dot([[50, 60], [50, 72]])
    assert not is_dot([[50, 60]], [[90, 60]]), "two dots are not one"


def test_a_dot_may_be_half_as_long_as_the_pen_is_wide() -> None:
    assert is_dot([[50, 60], [50, 68]], pen_width=20)
    assert not is_dot([[50, 60], [50, 68]], pen_width=10)


@pytest.mark.parametrize("pen", [8, 18, 28])
def test_a_dot_on_a_canvas_is_a_filled_dot_and_digits_are_not(pen: int) -> None:
    dot = [np.array([[5.0, 5]])]
    assert segmentation.is_filled_dot(pixel_ink.strength(canvas(dot, pen, size=0)))
    for strokes in (ONE, SEVEN, FIVE):
        assert not segmentation.is_filled_dot(pixel_ink.strength(canvas(strokes, pen, size=120)))


def test_a_filled_square_is_not_a_dot() -> None:
    square = np.zeros((280, 280))
    square[90:190, 80:190] = 1
    assert not segmentation.is_filled_dot(square)


def test_the_narrowest_gap_is_a_parameter() -> None:
    near = [*ONE, *moved(SEVEN, 20)]
    for split in (split_strokes, split_canvas):
        assert [len(split(near, min_gap)) for min_gap in (0.1, 0.3)] == [2, 1]


def test_a_blank_canvas_has_no_dot_and_no_parts() -> None:
    for blank in (np.zeros((28, 28)), np.full((9, 9), 0.05), np.zeros((0, 0))):
        assert not segmentation.is_filled_dot(blank)
        assert segmentation.split_ink(blank) == []
    assert split_strokes([]) == split_strokes([np.empty((0, 2))]) == []


@pytest.mark.parametrize("first", [ONE, SEVEN, FIVE])
@pytest.mark.parametrize("second", [ONE, SEVEN, FIVE])
def test_two_digits_with_a_gap_are_two_parts_from_left_to_right(first: Strokes, second: Strokes) -> None:
    right = moved(second, 90)
    parts = split_strokes([*right, *first])  # in drawing order
    assert len(parts) == 2
    for part, strokes in zip(parts, (first, right), strict=True):
        np.testing.assert_array_equal(part.points, Segments.from_strokes(strokes).points)
    cut = split_canvas([*first, *right])
    assert len(cut) == 2
    for piece, strokes in zip(cut, (first, second), strict=True):
        image, alone = mnist_format.image_from_ink(piece), mnist_format.image_from_pixels(canvas(strokes, 20))
        assert np.corrcoef(image.ravel(), alone.ravel())[0, 1] > 0.9


@pytest.mark.parametrize("strokes", [SEVEN, FIVE, [*SEVEN, *moved(ONE, 60)]])
def test_strokes_that_overlap_sideways_are_one_part(strokes: Strokes) -> None:
    assert len(split_strokes(strokes)) == len(split_canvas(strokes)) == 1


def test_a_speck_beside_a_digit_is_not_a_part() -> None:
    with_speck = [*SEVEN, np.array([[150.0, 100]])]
    assert len(split_strokes(with_speck)) == len(split_canvas(with_speck)) == 1


def test_ink_in_photos_is_split_dark_on_light_and_light_on_dark() -> None:
    drawn = canvas([*ONE, *moved(SEVEN, 50)])[:, :, 3]
    for photo in (drawn, 255 - drawn):
        parts = segmentation.split_ink(pixel_ink.strength(photo))
        assert len(parts) == 2
        assert all(part.max() > 0.78 and part.min() == 0 for part in parts)
