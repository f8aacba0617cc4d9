"""Dots and gaps, told from ink alone."""

import numpy as np
import pytest
from numpy.typing import NDArray

from ink import mnist_format, segmentation

Strokes = list[NDArray[np.float64]]


def moved(strokes: Strokes, x: float, y: float = 0) -> Strokes:
    return [stroke + np.array([x, y]) for stroke in strokes]


ONE: Strokes = [np.array([[0.0, 0], [0, 100]])]
SEVEN: Strokes = [np.array([[0.0, 0], [60, 0], [20, 100]]), np.array([[5.0, 50], [50, 50]])]
FIVE: Strokes = [np.array([[5.0, 0], [0, 45], [40, 50], [35, 95], [0, 100]]), np.array([[8.0, 0], [60, 0]])]


def test_a_tap_is_a_dot_and_a_short_line_is_not() -> None:
    assert segmentation.is_dot([np.array([[50.0, 60]])])
    assert segmentation.is_dot([np.array([[50.0, 60], [52, 61], [51, 60]])])
    assert not segmentation.is_dot([np.array([[50.0, 60], [50, 72]])])
    assert not segmentation.is_dot([np.array([[50.0, 60]]), np.array([[90.0, 60]])]), "two dots are not one"


def test_where_the_pen_is_known_a_tap_may_be_half_as_long_as_it_is_wide() -> None:
    line = [np.array([[50.0, 60], [50, 68]])]
    assert segmentation.is_dot(line, mnist_format.Canvas(280, 280, 20))
    assert not segmentation.is_dot(line, mnist_format.Canvas(280, 280, 10))


@pytest.mark.parametrize("pen", [8, 18, 28])
def test_a_dot_on_a_canvas_is_a_blot_and_digits_are_not(pen: int) -> None:
    assert segmentation.is_blot(
        mnist_format.canvas_from_strokes([np.array([[5.0, 5]])], side=280, size=0, pen_width=pen)
    )
    for strokes in (ONE, SEVEN, FIVE):
        assert not segmentation.is_blot(mnist_format.canvas_from_strokes(strokes, side=280, size=120, pen_width=pen))


def test_a_scribble_that_fills_a_square_is_no_dot() -> None:
    square = np.zeros((280, 280, 4), np.uint8)
    square[90:190, 80:190, 3] = 255
    assert not segmentation.is_blot(square)


def test_how_wide_a_gap_must_be_can_be_said() -> None:
    near = [*ONE, *moved(SEVEN, 20)]
    assert [len(segmentation.of_strokes(near, gap)) for gap in (0.1, 0.3)] == [2, 1]
    assert [len(segmentation.of_pixels(canvas(near), gap)) for gap in (0.1, 0.3)] == [2, 1]


def test_blank_paper_is_no_blot_and_has_no_parts() -> None:
    for blank in (np.zeros((28, 28, 4), np.uint8), np.full((9, 9), 255, np.uint8), np.zeros((0, 0), np.uint8)):
        assert not segmentation.is_blot(blank)
        assert segmentation.of_pixels(blank) == []
    assert segmentation.of_strokes([]) == []
    assert segmentation.of_strokes([np.empty((0, 2))]) == []


def canvas(strokes: Strokes, pen: int = 10) -> NDArray[np.uint8]:
    return mnist_format.canvas_from_strokes(strokes, side=280, size=200, pen_width=pen)


@pytest.mark.parametrize("first", [ONE, SEVEN, FIVE])
@pytest.mark.parametrize("second", [ONE, SEVEN, FIVE])
def test_two_digits_with_a_gap_are_two_parts_from_left_to_right(first: Strokes, second: Strokes) -> None:
    right = moved(second, 90)
    found = segmentation.of_strokes([*right, *first])  # in whatever order they were written
    assert [len(part) for part in found] == [len(first), len(second)]
    assert all(np.array_equal(a, b) for a, b in zip(sorted(found[0], key=len), sorted(first, key=len), strict=True))
    cut = segmentation.of_pixels(canvas([*first, *right]))
    assert len(cut) == 2
    for piece, strokes in zip(cut, (first, second), strict=True):
        part, alone = mnist_format.image_from_pixels(piece), mnist_format.image_from_pixels(canvas(strokes, 20))
        assert np.corrcoef(part.ravel(), alone.ravel())[0, 1] > 0.9
        assert not piece[:, [0, -1]].any(), "paper on either side"


@pytest.mark.parametrize("strokes", [SEVEN, FIVE, [*SEVEN, *moved(ONE, 60)]])
def test_what_touches_or_overlaps_sideways_is_one_part(strokes: Strokes) -> None:
    assert len(segmentation.of_strokes(strokes)) == 1
    assert len(segmentation.of_pixels(canvas(strokes))) == 1


def test_a_speck_beside_a_digit_is_no_part() -> None:
    speck = [np.array([[150.0, 100]])]
    assert len(segmentation.of_strokes([*SEVEN, *speck])) == 1
    assert len(segmentation.of_pixels(canvas([*SEVEN, *speck]))) == 1


def test_ink_is_found_in_photos_too() -> None:
    """Dark on light and light on dark."""
    drawn = canvas([*ONE, *moved(SEVEN, 50)])[:, :, 3]
    for photo in (drawn, 255 - drawn):
        assert len(segmentation.of_pixels(photo)) == 2
        assert all(piece[:, :, 3].max() > 200 and piece.min() == 0 for piece in segmentation.of_pixels(photo))
