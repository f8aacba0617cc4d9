"""Strokes become images like MNIST's digits, whatever the pen, position and size on the canvas."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from data import csv_files
from ink.mnist_format import Canvas, Normalization, image_from_strokes, visible_segments
from ink.rasterization import Segments
from ink.slant import slants
from recipe import unipen
from tests.unit.ink.drawings import CANVAS, EIGHT, EMPTY, FIVE, SEVEN, Strokes, centre_of_mass, extent

pytestmark = pytest.mark.slow

points = st.lists(st.tuples(st.integers(-100, 400), st.integers(-100, 400)), min_size=1, max_size=30)
drawings = st.lists(points, min_size=1, max_size=5)


def arrays(drawing: list[list[tuple[int, int]]]) -> Strokes:
    return [np.array(stroke, np.float64) for stroke in drawing]


def stroke_width(images: NDArray[Any]) -> NDArray[np.float64]:
    """Twice the area over the length of the outline (total variation), in pixels, for each image (m, 28, 28)."""
    padded = np.pad(images.astype(np.float64), ((0, 0), (1, 1), (1, 1)))
    outline = np.hypot(np.diff(padded, axis=1)[:, :, :-1], np.diff(padded, axis=2)[:, :-1]).sum(axis=(1, 2))
    width: NDArray[np.float64] = 2 * images.sum(axis=(1, 2), dtype=np.float64) / outline
    return width


def assert_alike(first: Strokes, second: Strokes, *, canvas: Canvas | None = None) -> None:
    """Check that the image of `first`, seen through a canvas if given, is that of `second` to a millionth."""
    np.testing.assert_allclose(image_from_strokes(first, canvas=canvas), image_from_strokes(second), atol=1e-6)


def test_the_longer_side_fills_20_pixels_and_the_centre_of_mass_is_the_middle() -> None:
    image = image_from_strokes(FIVE)
    assert image.shape == (28, 28)
    assert image.dtype == np.float32
    assert max(extent(image)) in {20, 21}
    assert centre_of_mass(image) == pytest.approx((14, 14), abs=0.05)


def test_the_aspect_is_kept() -> None:
    wide = image_from_strokes([np.array([[0, 0], [100, 0], [100, 50], [0, 50], [0, 0]])])
    height, width = extent(wide)
    assert width in {20, 21}
    assert height == pytest.approx((20 - 2.5) / 2 + 2.5, abs=1)


def test_orientation_is_kept() -> None:
    image = image_from_strokes([np.array([[0, 100], [0, 0], [60, 0]])])
    height, width = (image > 0.5).sum(axis=1), (image > 0.5).sum(axis=0)
    assert height.argmax() < 14, "the bar of Γ is at the top"
    assert width.argmax() < 14, "the stem of Γ is at the left"


def test_each_pixel_is_the_pen_profile_at_its_distance_from_the_line() -> None:
    """By hand: the vertical line is centred on column 14, so columns are 0, 1 and 2 pixels from it."""
    image = image_from_strokes([np.array([[5, 0], [5, 10]])])
    np.testing.assert_allclose(image[14, 10:19], [0, 0, 0, 0.7083333, 1, 0.7083333, 0, 0, 0], atol=1e-6)


def test_no_strokes_give_a_blank_image() -> None:
    np.testing.assert_array_equal(image_from_strokes([]), EMPTY)
    np.testing.assert_array_equal(image_from_strokes([np.empty((0, 2)), []]), EMPTY)


@pytest.mark.parametrize("dot", [[[3, 4]], [[3, 4]] * 50], ids=["one point", "one point, held"])
def test_a_dot_is_one_pen_mark_in_the_middle(dot: list[list[int]]) -> None:
    image = image_from_strokes([np.array(dot)])
    assert image[14, 14] == 1
    assert image.sum() == pytest.approx(np.pi * 1.25**2, rel=0.1)
    np.testing.assert_allclose(image, image.T)


def test_an_empty_stroke_among_others_changes_nothing() -> None:
    with_empty = [FIVE[0], np.empty((0, 2)), FIVE[1]]
    np.testing.assert_array_equal(image_from_strokes(with_empty), image_from_strokes(FIVE))


def test_repeated_points_change_nothing() -> None:
    repeated = [np.repeat(stroke, 5, axis=0) for stroke in FIVE]
    assert_alike(repeated, FIVE)


def test_the_number_of_points_does_not_change_a_line() -> None:
    line = np.linspace([0, 0], [200, 80], 20_000)
    assert_alike([line], [line[[0, -1]]])


def test_lists_and_integers_are_accepted() -> None:
    image = image_from_strokes([stroke.astype(np.int64).tolist() for stroke in FIVE])
    np.testing.assert_array_equal(image, image_from_strokes(FIVE))


@settings(max_examples=100, deadline=None)
@given(drawing=drawings, x=st.integers(-1000, 1000), y=st.integers(-1000, 1000))
def test_moving_a_drawing_changes_no_pixel_by_more_than_a_millionth(
    drawing: list[list[tuple[int, int]]], x: int, y: int
) -> None:
    strokes = arrays(drawing)
    moved = [stroke + np.array([x, y]) for stroke in strokes]
    assert_alike(moved, strokes)


@settings(max_examples=100, deadline=None)
@given(drawing=drawings, size=st.floats(0.01, 100))
def test_scaling_a_drawing_changes_no_pixel_by_more_than_a_millionth(
    drawing: list[list[tuple[int, int]]], size: float
) -> None:
    strokes = arrays(drawing)
    scaled = [stroke * size for stroke in strokes]
    assert_alike(scaled, strokes)


@settings(max_examples=100, deadline=None)
@given(drawing=drawings, where=st.integers(0, 29), seed=st.integers(0, 99))
def test_splitting_and_reordering_strokes_changes_no_pixel_by_more_than_a_millionth(
    drawing: list[list[tuple[int, int]]], where: int, seed: int
) -> None:
    strokes = arrays(drawing)
    longest = max(strokes, key=len)
    at = where % len(longest)
    pieces = [longest[: at + 1], longest[at:], *(stroke for stroke in strokes if stroke is not longest)]
    order = np.random.default_rng(seed).permutation(len(pieces))
    shuffled = [pieces[i] for i in order]
    assert_alike(shuffled, strokes)


finite = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=300, deadline=None)
@given(drawing=st.lists(st.lists(st.tuples(finite, finite), max_size=8), max_size=4))
@example(drawing=[[(1.7e308, -1.7e308), (-1.7e308, 1.7e308)]])
@example(drawing=[[(5e-324, 0), (0, 0)]])
@example(drawing=[[(1e300, 1e300)], [(1e-300, 1e-300)]])
def test_any_finite_drawing_gives_an_image_with_ink(drawing: list[list[tuple[float, float]]]) -> None:
    image = image_from_strokes([np.array(stroke).reshape(-1, 2) for stroke in drawing])
    assert image.min() >= 0
    assert image.max() <= 1
    assert image.any() == any(drawing)


@pytest.mark.parametrize(
    ("stroke", "what"),
    [
        (np.zeros((3, 3)), r"shape \(3, 3\)"),
        (np.zeros(4), r"shape \(4,\)"),
        (np.array([[0, np.nan]]), "NaN or infinity"),
        (np.array([[0, np.inf]]), "NaN or infinity"),
        (np.array([["0", "1"]]), "must hold real numbers"),
        (np.array([[1j, 0]]), "must hold real numbers"),
        (np.array([[True, False]]), "must hold real numbers"),
    ],
    ids=["three columns", "flat", "NaN", "infinity", "text", "complex", "truth values"],
)
def test_an_invalid_stroke_is_refused_by_number(stroke: NDArray[Any], what: str) -> None:
    with pytest.raises(ValueError, match=rf"strokes\[1\] .*{what}"):
        image_from_strokes([FIVE[0], stroke])


def test_drawn_digits_have_the_weight_and_softness_of_mnist(recorded_ink: Path) -> None:
    """A thinner, thicker, harder or softer pen than MNIST's makes digits unlike those the networks learned from."""
    mnist = csv_files.embedded().images.reshape(-1, 28, 28) / 255
    drawn = np.stack([image_from_strokes(digit.strokes) for digit in unipen.read(recorded_ink)[::25]])
    assert drawn.mean() == pytest.approx(mnist.mean(), rel=0.05)
    assert stroke_width(drawn).mean() == pytest.approx(stroke_width(mnist).mean(), rel=0.05)
    assert (drawn > 0).mean() == pytest.approx((mnist > 0).mean(), rel=0.05)
    for strength in (0.25, 0.5, 0.75, 0.97):
        ours, theirs = ((of[of > 0] >= strength).mean() for of in (drawn, mnist))
        assert ours == pytest.approx(theirs, abs=0.05)


@settings(max_examples=60, deadline=None)
@given(slant=st.floats(-0.6, 0.6), digit=st.sampled_from([FIVE, SEVEN, EIGHT]))
def test_slanting_a_digit_changes_no_pixel_by_more_than_a_hundredth(slant: float, digit: Strokes) -> None:
    slanted = [stroke + slant * stroke[:, 1:] * [1, 0] for stroke in digit]
    np.testing.assert_allclose(image_from_strokes(slanted), image_from_strokes(digit), atol=0.01)


def test_a_slanted_digit_is_set_upright_unless_that_step_is_left_out() -> None:
    leaning = [stroke - 0.5 * stroke[:, 1:] * [1, 0] for stroke in EIGHT]
    assert abs(slants(image_from_strokes(leaning)[None])[0]) < 0.02
    left_to = image_from_strokes(leaning, Normalization(upright=False))
    assert slants(left_to[None])[0] == pytest.approx(-0.5, abs=0.1)


def test_slant_is_corrected_up_to_45_degrees() -> None:
    """A slightly sloping dash has a slant of 10 and must stay a dash."""
    image = image_from_strokes([np.array([[0, 0], [100, 10]])])
    assert extent(image)[1] >= 19
    assert extent(image)[0] <= 6


def test_strokes_are_clipped_to_the_canvas() -> None:
    line = [np.array([[140, -500], [140, 200], [1000, 200]])]
    seen = [np.array([[140, 0], [140, 200], [280, 200]])]
    assert_alike(line, seen, canvas=CANVAS)
    assert not np.allclose(image_from_strokes(line), image_from_strokes(seen), atol=0.1)


def test_a_stroke_that_leaves_and_returns_is_not_joined_along_the_border() -> None:
    out_and_back = [np.array([[100, 40], [400, 40], [400, 200], [100, 200]])]
    two = [np.array([[100, 40], [280, 40]]), np.array([[280, 200], [100, 200]])]
    assert_alike(out_and_back, two, canvas=CANVAS)


def test_a_drawing_entirely_outside_the_canvas_is_blank() -> None:
    beyond = [np.array([[-5, -5]]), np.array([[-10, 100], [-10, 200]]), np.array([[-10, 5], [5, -10]])]
    np.testing.assert_array_equal(image_from_strokes(beyond, canvas=CANVAS), EMPTY)


def test_a_drawing_within_the_canvas_does_not_depend_on_it() -> None:
    assert_alike(FIVE, FIVE, canvas=CANVAS)


@settings(max_examples=200, deadline=None)
@given(
    drawing=st.lists(st.lists(st.tuples(finite, finite), max_size=6), max_size=3),
    steps=st.builds(Normalization, st.booleans(), st.booleans(), st.booleans(), st.booleans()),
    canvas=st.builds(Canvas, st.floats(1, 1000), st.floats(1, 1000), st.floats(0.1, 100)),
)
@example(drawing=[[(0, 0), (0, -7.02e16), (0, 9.2e15)]], steps=Normalization(False, False), canvas=Canvas(1, 1, 1))
def test_any_finite_drawing_gives_an_image_with_any_steps_left_out(
    drawing: list[list[tuple[float, float]]], steps: Normalization, canvas: Canvas
) -> None:
    strokes = [np.array(stroke).reshape(-1, 2) for stroke in drawing]
    image = image_from_strokes(strokes, steps, canvas=canvas)
    assert image.min() >= 0
    assert image.max() <= 1


class TestExtent:
    def test_it_is_the_longer_side_of_the_points(self) -> None:
        assert Segments.from_strokes([np.array([[10, 10], [13, 12]]), np.array([[9, 11]])]).extent == 4
        assert Segments.from_strokes([np.array([[5, 5]])]).extent == 0

    def test_ink_beyond_the_canvas_does_not_count(self) -> None:
        assert visible_segments([np.array([[270, 100], [500, 100]])], CANVAS).extent == 10
        assert len(visible_segments([np.array([[400, 100], [500, 100]])], CANVAS)) == 0

    def test_no_finite_stroke_is_too_large(self) -> None:
        assert Segments.from_strokes([np.array([[-1.7e308, 0], [1.7e308, 0]])]).extent == np.inf
