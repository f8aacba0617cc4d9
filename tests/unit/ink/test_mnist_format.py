"""Drawings are normalized like MNIST's digits, whatever the brush, position and size on the canvas."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from data import csv_files
from ink import mnist_format
from ink.rasterization import Segments
from ink.slant import slants
from recipe import unipen

Strokes = list[NDArray[np.float64]]

# A 5 drawn as usual in two strokes, in canvas pixels.
FIVE: Strokes = [
    np.array([[110, 60], [105, 85], [102, 112], [125, 104], [150, 110], [163, 135], [155, 165], [125, 180], [98, 170]]),
    np.array([[110, 60], [135, 60], [165, 57]]),
]
SEVEN: Strokes = [np.array([[60, 60], [200, 60], [110, 220]], np.float64)]
EIGHT: Strokes = [100 * np.stack([0.5 * np.sin(2 * (t := np.linspace(0, 2 * np.pi, 80))), -np.cos(t)], axis=1)]
CANVAS = mnist_format.Canvas(280, 280, 14)
EMPTY = np.zeros((28, 28), np.float32)

points = st.lists(st.tuples(st.integers(-100, 400), st.integers(-100, 400)), min_size=1, max_size=30)
drawings = st.lists(points, min_size=1, max_size=5)


def arrays(drawing: list[list[tuple[int, int]]]) -> Strokes:
    return [np.array(stroke, np.float64) for stroke in drawing]


def extent(image: NDArray[np.float32]) -> tuple[int, int]:
    """Height and width of the ink at half strength or more."""
    rows, columns = np.flatnonzero((image >= 0.5).any(axis=1)), np.flatnonzero((image >= 0.5).any(axis=0))
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def centre_of_mass(image: NDArray[np.float32]) -> tuple[float, float]:
    """Row and column; the centre of the first pixel is 0."""
    place = np.arange(28)
    ink_of = image.astype(np.float64)
    return float(place @ ink_of.sum(axis=1) / ink_of.sum()), float(ink_of.sum(axis=0) @ place / ink_of.sum())


def stroke_width(images: NDArray[Any]) -> NDArray[np.float64]:
    """Twice the area over the length of the outline (total variation), in pixels, for each image (m, 28, 28)."""
    padded = np.pad(images.astype(np.float64), ((0, 0), (1, 1), (1, 1)))
    outline = np.hypot(np.diff(padded, axis=1)[:, :, :-1], np.diff(padded, axis=2)[:, :-1]).sum(axis=(1, 2))
    width: NDArray[np.float64] = 2 * images.sum(axis=(1, 2), dtype=np.float64) / outline
    return width


def pillow_canvas(strokes: Strokes, pen: float, side: int = 280) -> NDArray[np.uint8]:
    """Draw strokes with Pillow as RGBA on a transparent canvas, at four times the size and then averaged down."""
    large = Image.new("L", (side * 4, side * 4))
    draw = ImageDraw.Draw(large)
    for stroke in strokes:
        places = [(float(x) * 4, float(y) * 4) for x, y in stroke]
        draw.line(places, fill=255, width=round(pen * 4))
        for x, y in places:
            draw.ellipse((x - pen * 2, y - pen * 2, x + pen * 2, y + pen * 2), fill=255)
    canvas = np.zeros((side, side, 4), np.uint8)
    canvas[:, :, 3] = np.asarray(large.resize((side, side), Image.Resampling.BOX))
    return canvas


class TestStrokes:
    def test_the_longer_side_fills_20_pixels_and_the_centre_of_mass_is_the_middle(self) -> None:
        image = mnist_format.image_from_strokes(FIVE)
        assert image.shape == (28, 28)
        assert image.dtype == np.float32
        assert max(extent(image)) in {20, 21}
        assert centre_of_mass(image) == pytest.approx((14, 14), abs=0.05)

    def test_the_aspect_is_kept(self) -> None:
        wide = mnist_format.image_from_strokes([np.array([[0, 0], [100, 0], [100, 50], [0, 50], [0, 0]])])
        height, width = extent(wide)
        assert width in {20, 21}
        assert height == pytest.approx((20 - 2.5) / 2 + 2.5, abs=1)

    def test_orientation_is_kept(self) -> None:
        image = mnist_format.image_from_strokes([np.array([[0, 100], [0, 0], [60, 0]])])
        height, width = (image > 0.5).sum(axis=1), (image > 0.5).sum(axis=0)
        assert height.argmax() < 14, "the bar of Γ is at the top"
        assert width.argmax() < 14, "the stem of Γ is at the left"

    def test_each_pixel_is_the_pen_profile_at_its_distance_from_the_line(self) -> None:
        """By hand: the vertical line is centred on column 14, so columns are 0, 1 and 2 pixels from it."""
        image = mnist_format.image_from_strokes([np.array([[5, 0], [5, 10]])])
        np.testing.assert_allclose(image[14, 10:19], [0, 0, 0, 0.7083333, 1, 0.7083333, 0, 0, 0], atol=1e-6)

    def test_no_strokes_give_a_blank_image(self) -> None:
        np.testing.assert_array_equal(mnist_format.image_from_strokes([]), EMPTY)
        np.testing.assert_array_equal(mnist_format.image_from_strokes([np.empty((0, 2)), []]), EMPTY)

    @pytest.mark.parametrize("dot", [[[3, 4]], [[3, 4]] * 50], ids=["one point", "one point, held"])
    def test_a_dot_is_one_pen_mark_in_the_middle(self, dot: list[list[int]]) -> None:
        image = mnist_format.image_from_strokes([np.array(dot)])
        assert image[14, 14] == 1
        assert image.sum() == pytest.approx(np.pi * 1.25**2, rel=0.1)
        np.testing.assert_allclose(image, image.T)

    def test_an_empty_stroke_among_others_changes_nothing(self) -> None:
        with_empty = [FIVE[0], np.empty((0, 2)), FIVE[1]]
        np.testing.assert_array_equal(
            mnist_format.image_from_strokes(with_empty), mnist_format.image_from_strokes(FIVE)
        )

    def test_repeated_points_change_nothing(self) -> None:
        repeated = [np.repeat(stroke, 5, axis=0) for stroke in FIVE]
        np.testing.assert_allclose(
            mnist_format.image_from_strokes(repeated), mnist_format.image_from_strokes(FIVE), atol=1e-6
        )

    def test_the_number_of_points_does_not_change_a_line(self) -> None:
        line = np.linspace([0, 0], [200, 80], 20_000)
        np.testing.assert_allclose(
            mnist_format.image_from_strokes([line]), mnist_format.image_from_strokes([line[[0, -1]]]), atol=1e-6
        )

    def test_lists_and_integers_are_accepted(self) -> None:
        image = mnist_format.image_from_strokes([stroke.astype(np.int64).tolist() for stroke in FIVE])
        np.testing.assert_array_equal(image, mnist_format.image_from_strokes(FIVE))

    @settings(max_examples=100, deadline=None)
    @given(drawing=drawings, x=st.integers(-1000, 1000), y=st.integers(-1000, 1000))
    def test_moving_a_drawing_changes_no_pixel_by_more_than_a_millionth(
        self, drawing: list[list[tuple[int, int]]], x: int, y: int
    ) -> None:
        strokes = arrays(drawing)
        moved = [stroke + np.array([x, y]) for stroke in strokes]
        np.testing.assert_allclose(
            mnist_format.image_from_strokes(moved), mnist_format.image_from_strokes(strokes), atol=1e-6
        )

    @settings(max_examples=100, deadline=None)
    @given(drawing=drawings, size=st.floats(0.01, 100))
    def test_scaling_a_drawing_changes_no_pixel_by_more_than_a_millionth(
        self, drawing: list[list[tuple[int, int]]], size: float
    ) -> None:
        strokes = arrays(drawing)
        scaled = [stroke * size for stroke in strokes]
        np.testing.assert_allclose(
            mnist_format.image_from_strokes(scaled), mnist_format.image_from_strokes(strokes), atol=1e-6
        )

    @settings(max_examples=100, deadline=None)
    @given(drawing=drawings, where=st.integers(0, 29), seed=st.integers(0, 99))
    def test_splitting_and_reordering_strokes_changes_no_pixel_by_more_than_a_millionth(
        self, drawing: list[list[tuple[int, int]]], where: int, seed: int
    ) -> None:
        strokes = arrays(drawing)
        longest = max(strokes, key=len)
        at = where % len(longest)
        pieces = [longest[: at + 1], longest[at:], *(stroke for stroke in strokes if stroke is not longest)]
        order = np.random.default_rng(seed).permutation(len(pieces))
        shuffled = [pieces[i] for i in order]
        np.testing.assert_allclose(
            mnist_format.image_from_strokes(shuffled), mnist_format.image_from_strokes(strokes), atol=1e-6
        )

    finite = st.floats(allow_nan=False, allow_infinity=False)

    @settings(max_examples=300, deadline=None)
    @given(drawing=st.lists(st.lists(st.tuples(finite, finite), max_size=8), max_size=4))
    @example(drawing=[[(1.7e308, -1.7e308), (-1.7e308, 1.7e308)]])
    @example(drawing=[[(5e-324, 0), (0, 0)]])
    @example(drawing=[[(1e300, 1e300)], [(1e-300, 1e-300)]])
    def test_any_finite_drawing_gives_an_image_with_ink(self, drawing: list[list[tuple[float, float]]]) -> None:
        image = mnist_format.image_from_strokes([np.array(stroke).reshape(-1, 2) for stroke in drawing])
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
    def test_an_invalid_stroke_is_refused_by_number(self, stroke: NDArray[Any], what: str) -> None:
        with pytest.raises(ValueError, match=rf"strokes\[1\] .*{what}"):
            mnist_format.image_from_strokes([FIVE[0], stroke])

    @pytest.mark.slow
    def test_drawn_digits_have_the_weight_and_softness_of_mnist(self, recorded_ink: Path) -> None:
        """A thinner, thicker, harder or softer pen than MNIST's makes digits unlike those the networks learned from."""
        mnist = csv_files.embedded().images.reshape(-1, 28, 28) / 255
        drawn = np.stack([mnist_format.image_from_strokes(digit.strokes) for digit in unipen.read(recorded_ink)[::25]])
        assert drawn.mean() == pytest.approx(mnist.mean(), rel=0.05)
        assert stroke_width(drawn).mean() == pytest.approx(stroke_width(mnist).mean(), rel=0.05)
        assert (drawn > 0).mean() == pytest.approx((mnist > 0).mean(), rel=0.05)
        for strength in (0.25, 0.5, 0.75, 0.97):
            ours, theirs = ((of[of > 0] >= strength).mean() for of in (drawn, mnist))
            assert ours == pytest.approx(theirs, abs=0.05)

    @settings(max_examples=60, deadline=None)
    @given(slant=st.floats(-0.6, 0.6), digit=st.sampled_from([FIVE, SEVEN, EIGHT]))
    def test_slanting_a_digit_changes_no_pixel_by_more_than_a_hundredth(self, slant: float, digit: Strokes) -> None:
        slanted = [stroke + slant * stroke[:, 1:] * [1, 0] for stroke in digit]
        np.testing.assert_allclose(
            mnist_format.image_from_strokes(slanted), mnist_format.image_from_strokes(digit), atol=0.01
        )

    def test_a_slanted_digit_is_set_upright_unless_that_step_is_left_out(self) -> None:
        leaning = [stroke - 0.5 * stroke[:, 1:] * [1, 0] for stroke in EIGHT]
        assert abs(slants(mnist_format.image_from_strokes(leaning)[None])[0]) < 0.02
        left_to = mnist_format.image_from_strokes(leaning, mnist_format.Normalization(upright=False))
        assert slants(left_to[None])[0] == pytest.approx(-0.5, abs=0.1)

    def test_slant_is_corrected_up_to_45_degrees(self) -> None:
        """A slightly sloping dash has a slant of 10 and must stay a dash."""
        image = mnist_format.image_from_strokes([np.array([[0, 0], [100, 10]])])
        assert extent(image)[1] >= 19
        assert extent(image)[0] <= 6

    def test_strokes_are_clipped_to_the_canvas(self) -> None:
        line = [np.array([[140, -500], [140, 200], [1000, 200]])]
        seen = [np.array([[140, 0], [140, 200], [280, 200]])]
        np.testing.assert_allclose(
            mnist_format.image_from_strokes(line, canvas=CANVAS), mnist_format.image_from_strokes(seen), atol=1e-6
        )
        assert not np.allclose(mnist_format.image_from_strokes(line), mnist_format.image_from_strokes(seen), atol=0.1)

    def test_a_stroke_that_leaves_and_returns_is_not_joined_along_the_border(self) -> None:
        out_and_back = [np.array([[100, 40], [400, 40], [400, 200], [100, 200]])]
        two = [np.array([[100, 40], [280, 40]]), np.array([[280, 200], [100, 200]])]
        np.testing.assert_allclose(
            mnist_format.image_from_strokes(out_and_back, canvas=CANVAS),
            mnist_format.image_from_strokes(two),
            atol=1e-6,
        )

    def test_a_drawing_entirely_outside_the_canvas_is_blank(self) -> None:
        beyond = [np.array([[-5, -5]]), np.array([[-10, 100], [-10, 200]]), np.array([[-10, 5], [5, -10]])]
        np.testing.assert_array_equal(mnist_format.image_from_strokes(beyond, canvas=CANVAS), EMPTY)

    def test_a_drawing_within_the_canvas_does_not_depend_on_it(self) -> None:
        np.testing.assert_allclose(
            mnist_format.image_from_strokes(FIVE, canvas=CANVAS), mnist_format.image_from_strokes(FIVE), atol=1e-6
        )

    @settings(max_examples=200, deadline=None)
    @given(
        drawing=st.lists(st.lists(st.tuples(finite, finite), max_size=6), max_size=3),
        steps=st.builds(mnist_format.Normalization, st.booleans(), st.booleans(), st.booleans(), st.booleans()),
        canvas=st.builds(mnist_format.Canvas, st.floats(1, 1000), st.floats(1, 1000), st.floats(0.1, 100)),
    )
    def test_any_finite_drawing_gives_an_image_with_any_steps_left_out(
        self, drawing: list[list[tuple[float, float]]], steps: mnist_format.Normalization, canvas: mnist_format.Canvas
    ) -> None:
        strokes = [np.array(stroke).reshape(-1, 2) for stroke in drawing]
        image = mnist_format.image_from_strokes(strokes, steps, canvas=canvas)
        assert image.min() >= 0
        assert image.max() <= 1


class TestSteps:
    """The effect of leaving out each step, from strokes and from the pixels of the same canvas."""

    AT = np.array([60, 70])  # offset of EIGHT from the middle of the canvas

    def images(self, steps: mnist_format.Normalization) -> list[NDArray[np.float32]]:
        middle = (np.concatenate(EIGHT).min(axis=0) + np.concatenate(EIGHT).max(axis=0)) / 2
        placed = [(stroke - middle) * 0.5 + 140 + self.AT for stroke in EIGHT]
        pixels = pillow_canvas(placed, CANVAS.pen_width)
        return [
            mnist_format.image_from_strokes(placed, steps, canvas=CANVAS),
            mnist_format.image_from_pixels(pixels, steps),
        ]

    def test_without_scaling_it_keeps_its_size_on_the_canvas(self) -> None:
        for image in self.images(mnist_format.Normalization(scaled=False)):
            assert extent(image)[0] == pytest.approx(100 * 28 / 280 + 2.5, abs=1)
            assert centre_of_mass(image) == pytest.approx((14, 14), abs=0.1)

    def test_without_centring_it_keeps_its_place_on_the_canvas(self) -> None:
        for one_pen in (True, False):
            for image in self.images(mnist_format.Normalization(scaled=False, centred=False, one_pen=one_pen)):
                assert centre_of_mass(image) == pytest.approx((13.5 + 7, 13.5 + 6), abs=0.7)

    def test_without_a_standard_pen_it_keeps_its_pen_width(self) -> None:
        """Scaling 100 + 14 pixels to 20 makes the 14-pixel pen 2.46 wide; shrinking the canvas to 28 makes it 1.4."""
        for steps, width in (
            (mnist_format.Normalization(one_pen=False), 2.46),
            (mnist_format.Normalization(False, one_pen=False), 1.4),
        ):
            for image in self.images(steps):
                assert image.sum() == pytest.approx(self.length(image, width) * width, rel=0.2)

    @staticmethod
    def length(image: NDArray[np.float32], pen: float) -> float:
        """The length of EIGHT's stroke in pixels, from the height of its image."""
        steps = np.diff(EIGHT[0], axis=0)
        tall = float(np.ptp(np.flatnonzero((image >= 0.5).any(axis=1)))) + 1 - pen
        return float(np.hypot(*steps.T).sum() / np.ptp(EIGHT[0][:, 1]) * tall)

    def test_a_step_that_needs_the_canvas_is_refused_without_one(self) -> None:
        for left_out in ("scaled", "centred", "one_pen"):
            with pytest.raises(ValueError, match=r"^canvas must be given"):
                mnist_format.image_from_strokes(FIVE, mnist_format.Normalization(**{left_out: False}))

    @pytest.mark.parametrize("name", ["width", "height", "pen_width"])
    @pytest.mark.parametrize("value", [0, -1, np.nan, np.inf])
    def test_an_invalid_canvas_is_refused_by_name(self, name: str, value: float) -> None:
        with pytest.raises(ValueError, match=f"^{name} must be finite and above 0"):
            mnist_format.Canvas(**{"width": 280, "height": 280, "pen_width": 18, name: value})


class TestExtent:
    def test_it_is_the_longer_side_of_the_points(self) -> None:
        assert Segments.from_strokes([np.array([[10, 10], [13, 12]]), np.array([[9, 11]])]).extent == 4
        assert Segments.from_strokes([np.array([[5, 5]])]).extent == 0

    def test_ink_beyond_the_canvas_does_not_count(self) -> None:
        assert mnist_format.visible_segments([np.array([[270, 100], [500, 100]])], CANVAS).extent == 10
        assert len(mnist_format.visible_segments([np.array([[400, 100], [500, 100]])], CANVAS)) == 0

    def test_no_finite_stroke_is_too_large(self) -> None:
        assert Segments.from_strokes([np.array([[-1.7e308, 0], [1.7e308, 0]])]).extent == np.inf


class TestPixels:
    @pytest.mark.parametrize("pen", [8, 13, 18, 23, 28])
    @pytest.mark.parametrize("size", [100, 140, 180, 240])
    def test_a_canvas_gives_nearly_the_image_of_its_strokes_for_any_pen_and_size(self, pen: int, size: int) -> None:
        for digit in (FIVE, SEVEN, EIGHT):
            canvas = mnist_format.canvas_from_strokes(digit, side=280, size=size, pen_width=pen)
            difference = np.abs(mnist_format.image_from_pixels(canvas) - mnist_format.image_from_strokes(digit))
            assert difference.mean() < 0.016

    @pytest.mark.slow
    def test_recorded_digits_look_nearly_alike_from_strokes_and_from_pixels(self, recorded_ink: Path) -> None:
        """The mean difference is below a hundredth of full ink; without `one_pen` it is three to ten times that."""
        recorded = [digit.strokes for digit in unipen.read(recorded_ink)[::300]]
        drawn = np.stack([mnist_format.image_from_strokes(strokes) for strokes in recorded])
        for size, pen in ((100, 8), (100, 18), (180, 28), (240, 8), (240, 28)):
            canvases = [
                mnist_format.canvas_from_strokes(strokes, side=280, size=size, pen_width=pen) for strokes in recorded
            ]
            read = np.stack([mnist_format.image_from_pixels(canvas) for canvas in canvases])
            assert np.abs(read - drawn).mean() < 0.01

    @pytest.mark.parametrize("pen", [4, 8, 12, 18, 28])
    def test_any_brush_fills_the_box_with_the_centre_of_mass_in_the_middle(self, pen: int) -> None:
        image = mnist_format.image_from_pixels(pillow_canvas(FIVE, pen))
        assert image.shape == (28, 28)
        assert image.dtype == np.float32
        assert centre_of_mass(image) == pytest.approx((14, 14), abs=0.05)
        assert max(extent(image)) in {20, 21}

    @pytest.mark.parametrize("side", [100, 200, 500, 1000])
    def test_a_canvas_of_another_size_is_read_alike(self, side: int) -> None:
        canvas = mnist_format.canvas_from_strokes(FIVE, side=side, size=side * 0.6, pen_width=side * 0.05)
        np.testing.assert_allclose(
            mnist_format.image_from_pixels(canvas), mnist_format.image_from_strokes(FIVE), atol=0.3
        )

    @settings(max_examples=20, deadline=None)
    @given(
        pen=st.floats(8, 24),
        size=st.floats(0.8, 1.6),
        x=st.integers(-40, 40),
        y=st.integers(-40, 40),
        at=st.integers(1, 7),
    )
    def test_pen_size_place_and_a_split_stroke_change_the_image_by_at_most_2_percent(
        self, pen: float, size: float, x: int, y: int, at: int
    ) -> None:
        image = mnist_format.image_from_pixels(pillow_canvas(FIVE, 14))
        pieces = [FIVE[0][: at + 1], FIVE[0][at:], FIVE[1]]
        moved = [(stroke - (132, 120)) * size + 140 + np.array([x, y]) * 0.8 for stroke in pieces]
        other = mnist_format.image_from_pixels(pillow_canvas(moved, pen))
        assert np.abs(other - image).mean() < 0.02

    def test_a_loop_closed_by_a_thick_pen_is_reopened(self) -> None:
        """A 22-pixel pen fills the hole of a ring of radius 10, and a 0 or 9 is unrecognizable without its hole."""
        ring = [140 + 10 * np.stack([np.cos(t := np.linspace(0, 6.5, 60)), np.sin(t)], axis=1)]
        stem = [np.array([[150, 140], [150, 220]])]
        canvas = pillow_canvas(ring + stem, 22)
        assert canvas[140, 140, 3] == 255
        difference = np.abs(mnist_format.image_from_pixels(canvas) - mnist_format.image_from_strokes(ring + stem))
        assert difference.mean() < 0.02

    def test_a_blot_stays_a_blot(self) -> None:
        rows, columns = np.mgrid[:280, :280] - 140
        pixels = np.where(np.hypot(rows, columns) < 90, 0, 255).astype(np.uint8)
        pixels[140:145, 20:260] = 0
        image = mnist_format.image_from_pixels(pixels)
        assert image[10:19, 10:19].min() > 0.9

    @pytest.mark.parametrize("light", ["even", "from the left", "a dark corner"])
    @pytest.mark.parametrize("dark", [True, False])
    @pytest.mark.parametrize("rulings", [0.0, 0.3])
    def test_a_photograph_in_uneven_light_is_read_as_its_strokes(self, light: str, dark: bool, rulings: float) -> None:
        height, width = 300, 400
        y, x = np.mgrid[:height, :width] / 400
        shade = {"even": 1 + 0 * x, "from the left": 0.45 + 0.55 * x, "a dark corner": 0.4 + 0.5 * np.hypot(x, y)}[
            light
        ]
        for digit in (FIVE, SEVEN, EIGHT):
            drawn = np.zeros((height, width))
            drawn[:, 50:350] = mnist_format.canvas_from_strokes(digit, side=300, size=200, pen_width=9)[:, :, 3] / 255
            drawn[::25] = np.maximum(drawn[::25], rulings)
            paper = (0.92 - 0.5 * drawn) if dark else (0.25 + 0.5 * drawn)
            noise = 0.02 * np.random.default_rng(0).standard_normal(paper.shape)
            photograph = (np.clip(paper * shade + noise, 0, 1) * 255).astype(np.uint8)
            difference = np.abs(mnist_format.image_from_pixels(photograph) - mnist_format.image_from_strokes(digit))
            assert difference.mean() < 0.015

    def test_a_photograph_of_twelve_million_pixels_is_read(self) -> None:
        canvas = mnist_format.canvas_from_strokes(FIVE, side=300, size=200, pen_width=9)[:, :, 3]
        photograph = np.full((3000, 4000, 4), 255, np.uint8)
        photograph[:, 500:3500, :3] -= np.kron(canvas, np.ones((10, 10), np.uint8))[:, :, None]
        difference = np.abs(mnist_format.image_from_pixels(photograph) - mnist_format.image_from_strokes(FIVE))
        assert difference.mean() < 0.01

    def test_alpha_is_the_ink_for_any_colour(self) -> None:
        canvas = pillow_canvas(FIVE, 14)
        blue = canvas.copy()
        blue[:, :, :3] = (40, 60, 230)
        np.testing.assert_array_equal(mnist_format.image_from_pixels(blue), mnist_format.image_from_pixels(canvas))

    @pytest.mark.parametrize(
        ("paper", "pen"),
        [((255, 255, 255), (0, 0, 0)), ((0, 0, 0), (255, 255, 255)), ((250, 248, 240), (30, 50, 200)),
         ((25, 25, 30), (240, 230, 90)), ((128, 128, 128), (255, 255, 255))],
        ids=["black on white", "white on black", "blue on cream", "yellow on dark", "white on grey"],
    )  # fmt: skip
    def test_ink_on_opaque_paper_is_what_differs_from_it(
        self, paper: tuple[int, int, int], pen: tuple[int, int, int]
    ) -> None:
        canvas = pillow_canvas(FIVE, 14)
        alpha = canvas[:, :, 3:] / 255
        opaque = np.full_like(canvas, 255)
        opaque[:, :, :3] = np.rint(alpha * pen + (1 - alpha) * np.array(paper))
        assert np.abs(mnist_format.image_from_pixels(opaque) - mnist_format.image_from_pixels(canvas)).mean() < 0.005

    def test_grain_on_paper_is_not_ink(self) -> None:
        grey = 255 - pillow_canvas(FIVE, 14)[:, :, 3].astype(np.int64)
        grain = np.random.default_rng(0).integers(-8, 9, grey.shape)
        noisy = np.clip(grey * 0.7 + 40 + grain, 0, 255).astype(np.uint8)
        clean = mnist_format.image_from_pixels(grey.astype(np.uint8))
        assert np.abs(mnist_format.image_from_pixels(noisy) - clean).mean() < 0.005

    def test_an_mnist_image_is_almost_unchanged(self) -> None:
        """MNIST is centred to whole pixels, this to fractions of one: the edges may differ, the digit must not."""
        images = csv_files.embedded().images[::50].reshape(-1, 28, 28)
        for image in images:
            again = mnist_format.image_from_pixels(image, mnist_format.Normalization(upright=False, one_pen=False))
            assert np.corrcoef(again.ravel(), image.ravel())[0, 1] > 0.85
            assert again.sum() == pytest.approx(image.sum() / 255, rel=0.12)

    @pytest.mark.parametrize("shape", [(280, 280, 4), (280, 280), (1, 1), (0, 0), (0, 5, 4), (3, 0)])
    @pytest.mark.parametrize("value", [0, 255, 128])
    def test_a_uniform_surface_is_blank(self, shape: tuple[int, ...], value: int) -> None:
        pixels = np.full(shape, value, np.uint8)
        if len(shape) == 3:
            pixels[..., 3] = 255
        np.testing.assert_array_equal(mnist_format.image_from_pixels(pixels), EMPTY)

    def test_a_clear_canvas_is_blank(self) -> None:
        np.testing.assert_array_equal(mnist_format.image_from_pixels(np.zeros((280, 280, 4), np.uint8)), EMPTY)

    @settings(max_examples=200, deadline=None)
    @given(
        shape=st.tuples(st.integers(0, 40), st.integers(0, 40)),
        coloured=st.booleans(),
        seed=st.integers(0, 2**32),
        levels=st.integers(1, 256),
    )
    def test_any_image_gives_a_valid_image(
        self, shape: tuple[int, int], coloured: bool, seed: int, levels: int
    ) -> None:
        rng = np.random.default_rng(seed)
        pixels = rng.integers(0, levels, (*shape, 4) if coloured else shape, dtype=np.uint8)
        before = pixels.copy()
        image = mnist_format.image_from_pixels(pixels)
        assert image.shape == (28, 28)
        assert image.min() >= 0
        assert image.max() <= 1
        np.testing.assert_array_equal(pixels, before)

    @pytest.mark.parametrize("shape", [(28,), (28, 28, 3), (28, 28, 1), (1, 28, 28, 4), ()])
    def test_other_shapes_are_refused(self, shape: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match=r"^pixels must be \(height, width, 4\) or \(height, width\); got"):
            mnist_format.image_from_pixels(np.zeros(shape, np.uint8))

    @pytest.mark.parametrize("dtype", [np.float32, np.int64, np.bool_])
    def test_other_types_are_refused(self, dtype: type) -> None:
        with pytest.raises(ValueError, match=r"^pixels must be uint8 in 0 to 255; got"):
            mnist_format.image_from_pixels(np.zeros((28, 28), dtype))


class TestCanvas:
    def test_it_is_drawn_as_another_program_draws_it(self) -> None:
        canvas = mnist_format.canvas_from_strokes(FIVE, side=280, size=123, pen_width=14)
        low, high = np.concatenate(FIVE).min(axis=0), np.concatenate(FIVE).max(axis=0)
        placed = [stroke + 140 - (low + high) / 2 for stroke in FIVE]  # FIVE is 123 pixels tall
        theirs = pillow_canvas(placed, 14)
        difference = np.abs(canvas[:, :, 3].astype(int) - theirs[:, :, 3])
        assert difference.mean() < 2
        assert (difference > 128).mean() < 0.002

    def test_without_strokes_it_is_clear(self) -> None:
        assert not mnist_format.canvas_from_strokes([], side=20, size=10, pen_width=3).any()
