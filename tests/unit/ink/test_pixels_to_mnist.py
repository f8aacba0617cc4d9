"""Canvases and photographs become the images of their strokes, whatever the brush, the paper and the light."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from data import csv_files
from ink.mnist_format import Canvas, Normalization, canvas_from_strokes, image_from_pixels, image_from_strokes
from recipe import unipen
from tests.unit.ink.drawings import CANVAS, EIGHT, EMPTY, FIVE, SEVEN, Strokes, centre_of_mass, extent, pillow_canvas


class TestSteps:
    """The effect of leaving out each step, from strokes and from the pixels of the same canvas."""

    AT = np.array([60, 70])  # offset of EIGHT from the middle of the canvas

    def images(self, steps: Normalization) -> list[NDArray[np.float32]]:
        middle = (np.concatenate(EIGHT).min(axis=0) + np.concatenate(EIGHT).max(axis=0)) / 2
        placed = [(stroke - middle) * 0.5 + 140 + self.AT for stroke in EIGHT]
        pixels = pillow_canvas(placed, CANVAS.pen_width)
        return [image_from_strokes(placed, steps, canvas=CANVAS), image_from_pixels(pixels, steps)]

    def test_without_scaling_it_keeps_its_size_on_the_canvas(self) -> None:
        for image in self.images(Normalization(scaled=False)):
            assert extent(image)[0] == pytest.approx(100 * 28 / 280 + 2.5, abs=1)
            assert centre_of_mass(image) == pytest.approx((14, 14), abs=0.1)

    def test_without_centring_it_keeps_its_place_on_the_canvas(self) -> None:
        for one_pen in (True, False):
            for image in self.images(Normalization(scaled=False, centred=False, one_pen=one_pen)):
                assert centre_of_mass(image) == pytest.approx((13.5 + 7, 13.5 + 6), abs=0.7)

    def test_without_a_standard_pen_it_keeps_its_pen_width(self) -> None:
        """Scaling 100 + 14 pixels to 20 makes the 14-pixel pen 2.46 wide; shrinking the canvas to 28 makes it 1.4."""
        for steps, width in ((Normalization(one_pen=False), 2.46), (Normalization(False, one_pen=False), 1.4)):
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
                image_from_strokes(FIVE, Normalization(**{left_out: False}))

    @pytest.mark.parametrize("name", ["width", "height", "pen_width"])
    @pytest.mark.parametrize("value", [0, -1, np.nan, np.inf])
    def test_an_invalid_canvas_is_refused_by_name(self, name: str, value: float) -> None:
        with pytest.raises(ValueError, match=f"^{name} must be finite and above 0"):
            Canvas(**{"width": 280, "height": 280, "pen_width": 18, name: value})


def apart(pixels: NDArray[np.uint8], strokes: Strokes) -> float:
    """The mean difference between what is read from pixels and from strokes, as a fraction of full ink."""
    return float(np.abs(image_from_pixels(pixels) - image_from_strokes(strokes)).mean())


@pytest.mark.parametrize("pen", [8, 13, 18, 23, 28])
@pytest.mark.parametrize("size", [100, 140, 180, 240])
def test_a_canvas_gives_nearly_the_image_of_its_strokes_for_any_pen_and_size(pen: int, size: int) -> None:
    for digit in (FIVE, SEVEN, EIGHT):
        canvas = canvas_from_strokes(digit, side=280, size=size, pen_width=pen)
        assert apart(canvas, digit) < 0.016


@pytest.mark.slow
def test_recorded_digits_look_nearly_alike_from_strokes_and_from_pixels(recorded_ink: Path) -> None:
    """The mean difference is below a hundredth of full ink; without `one_pen` it is three to ten times that."""
    recorded = [digit.strokes for digit in unipen.read(recorded_ink)[::300]]
    drawn = np.stack([image_from_strokes(strokes) for strokes in recorded])
    for size, pen in ((100, 8), (100, 18), (180, 28), (240, 8), (240, 28)):
        canvases = [canvas_from_strokes(strokes, side=280, size=size, pen_width=pen) for strokes in recorded]
        read = np.stack([image_from_pixels(canvas) for canvas in canvases])
        assert np.abs(read - drawn).mean() < 0.01


@pytest.mark.parametrize("pen", [4, 8, 12, 18, 28])
def test_any_brush_fills_the_box_with_the_centre_of_mass_in_the_middle(pen: int) -> None:
    image = image_from_pixels(pillow_canvas(FIVE, pen))
    assert image.shape == (28, 28)
    assert image.dtype == np.float32
    assert centre_of_mass(image) == pytest.approx((14, 14), abs=0.05)
    assert max(extent(image)) in {20, 21}


@pytest.mark.parametrize("side", [100, 200, 500, 1000])
def test_a_canvas_of_another_size_is_read_alike(side: int) -> None:
    canvas = canvas_from_strokes(FIVE, side=side, size=side * 0.6, pen_width=side * 0.05)
    np.testing.assert_allclose(image_from_pixels(canvas), image_from_strokes(FIVE), atol=0.3)


@settings(max_examples=20, deadline=None)
@given(
    pen=st.floats(8, 24),
    size=st.floats(0.8, 1.6),
    x=st.integers(-40, 40),
    y=st.integers(-40, 40),
    at=st.integers(1, 7),
)
def test_pen_size_place_and_a_split_stroke_change_the_image_by_at_most_2_percent(
    pen: float, size: float, x: int, y: int, at: int
) -> None:
    image = image_from_pixels(pillow_canvas(FIVE, 14))
    pieces = [FIVE[0][: at + 1], FIVE[0][at:], FIVE[1]]
    moved = [(stroke - (132, 120)) * size + 140 + np.array([x, y]) * 0.8 for stroke in pieces]
    other = image_from_pixels(pillow_canvas(moved, pen))
    assert np.abs(other - image).mean() < 0.02


def test_a_loop_closed_by_a_thick_pen_is_reopened() -> None:
    """A 22-pixel pen fills the hole of a ring of radius 10, and a 0 or 9 is unrecognizable without its hole."""
    ring = [140 + 10 * np.stack([np.cos(t := np.linspace(0, 6.5, 60)), np.sin(t)], axis=1)]
    stem = [np.array([[150, 140], [150, 220]])]
    canvas = pillow_canvas(ring + stem, 22)
    assert canvas[140, 140, 3] == 255
    assert apart(canvas, ring + stem) < 0.02


def test_a_blot_stays_a_blot() -> None:
    rows, columns = np.mgrid[:280, :280] - 140
    pixels = np.where(np.hypot(rows, columns) < 90, 0, 255).astype(np.uint8)
    pixels[140:145, 20:260] = 0
    image = image_from_pixels(pixels)
    assert image[10:19, 10:19].min() > 0.9


@pytest.mark.parametrize(
    ("digit", "rulings"), [(FIVE, 0.0), (SEVEN, 0.3), (EIGHT, 0.3)], ids=["plain", "ruled", "ruled, with loops"]
)
@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("light", ["from the left", "a dark corner"])
def test_a_photograph_in_uneven_light_is_read_as_its_strokes(
    light: str, dark: bool, digit: Strokes, rulings: float
) -> None:
    height, width = 300, 400
    y, x = np.mgrid[:height, :width] / 400
    shade = {"from the left": 0.45 + 0.55 * x, "a dark corner": 0.4 + 0.5 * np.hypot(x, y)}[light]
    drawn = np.zeros((height, width))
    drawn[:, 50:350] = canvas_from_strokes(digit, side=300, size=200, pen_width=9)[:, :, 3] / 255
    drawn[::25] = np.maximum(drawn[::25], rulings)
    paper = (0.92 - 0.5 * drawn) if dark else (0.25 + 0.5 * drawn)
    noise = 0.02 * np.random.default_rng(0).standard_normal(paper.shape)
    photograph = (np.clip(paper * shade + noise, 0, 1) * 255).astype(np.uint8)
    assert apart(photograph, digit) < 0.015


def test_a_photograph_of_twelve_million_pixels_is_read() -> None:
    canvas = canvas_from_strokes(FIVE, side=300, size=200, pen_width=9)[:, :, 3]
    photograph = np.full((3000, 4000, 4), 255, np.uint8)
    photograph[:, 500:3500, :3] -= np.kron(canvas, np.ones((10, 10), np.uint8))[:, :, None]
    assert apart(photograph, FIVE) < 0.01


def test_alpha_is_the_ink_for_any_colour() -> None:
    canvas = pillow_canvas(FIVE, 14)
    blue = canvas.copy()
    blue[:, :, :3] = (40, 60, 230)
    np.testing.assert_array_equal(image_from_pixels(blue), image_from_pixels(canvas))


@pytest.mark.parametrize(
    ("paper", "pen"),
    [((255, 255, 255), (0, 0, 0)), ((0, 0, 0), (255, 255, 255)), ((250, 248, 240), (30, 50, 200)),
     ((25, 25, 30), (240, 230, 90)), ((128, 128, 128), (255, 255, 255))],
    ids=["black on white", "white on black", "blue on cream", "yellow on dark", "white on grey"],
)  # fmt: skip
def test_ink_on_opaque_paper_is_what_differs_from_it(paper: tuple[int, int, int], pen: tuple[int, int, int]) -> None:
    canvas = pillow_canvas(FIVE, 14)
    alpha = canvas[:, :, 3:] / 255
    opaque = np.full_like(canvas, 255)
    opaque[:, :, :3] = np.rint(alpha * pen + (1 - alpha) * np.array(paper))
    assert np.abs(image_from_pixels(opaque) - image_from_pixels(canvas)).mean() < 0.005


def test_grain_on_paper_is_not_ink() -> None:
    grey = 255 - pillow_canvas(FIVE, 14)[:, :, 3].astype(np.int64)
    grain = np.random.default_rng(0).integers(-8, 9, grey.shape)
    noisy = np.clip(grey * 0.7 + 40 + grain, 0, 255).astype(np.uint8)
    clean = image_from_pixels(grey.astype(np.uint8))
    assert np.abs(image_from_pixels(noisy) - clean).mean() < 0.005


def test_an_mnist_image_is_almost_unchanged() -> None:
    """MNIST is centred to whole pixels, this to fractions of one: the edges may differ, the digit must not."""
    images = csv_files.embedded().images[::50].reshape(-1, 28, 28)
    for image in images:
        again = image_from_pixels(image, Normalization(upright=False, one_pen=False))
        assert np.corrcoef(again.ravel(), image.ravel())[0, 1] > 0.85
        assert again.sum() == pytest.approx(image.sum() / 255, rel=0.12)


@pytest.mark.parametrize("shape", [(280, 280, 4), (280, 280), (1, 1), (0, 0), (0, 5, 4), (3, 0)])
@pytest.mark.parametrize("value", [0, 255, 128])
def test_a_uniform_surface_is_blank(shape: tuple[int, ...], value: int) -> None:
    pixels = np.full(shape, value, np.uint8)
    if len(shape) == 3:
        pixels[..., 3] = 255
    np.testing.assert_array_equal(image_from_pixels(pixels), EMPTY)


def test_a_clear_canvas_is_blank() -> None:
    np.testing.assert_array_equal(image_from_pixels(np.zeros((280, 280, 4), np.uint8)), EMPTY)


@settings(max_examples=200, deadline=None)
@given(
    shape=st.tuples(st.integers(0, 40), st.integers(0, 40)),
    coloured=st.booleans(),
    seed=st.integers(0, 2**32),
    levels=st.integers(1, 256),
)
def test_any_image_gives_a_valid_image(shape: tuple[int, int], coloured: bool, seed: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, levels, (*shape, 4) if coloured else shape, dtype=np.uint8)
    before = pixels.copy()
    image = image_from_pixels(pixels)
    assert image.shape == (28, 28)
    assert image.min() >= 0
    assert image.max() <= 1
    np.testing.assert_array_equal(pixels, before)


@pytest.mark.parametrize("shape", [(28,), (28, 28, 3), (28, 28, 1), (1, 28, 28, 4), ()])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"^pixels must be \(height, width, 4\) or \(height, width\); got"):
        image_from_pixels(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.bool_])
def test_other_types_are_refused(dtype: type) -> None:
    with pytest.raises(ValueError, match=r"^pixels must be uint8 in 0 to 255; got"):
        image_from_pixels(np.zeros((28, 28), dtype))


class TestCanvas:
    def test_it_is_drawn_as_another_program_draws_it(self) -> None:
        canvas = canvas_from_strokes(FIVE, side=280, size=123, pen_width=14)
        low, high = np.concatenate(FIVE).min(axis=0), np.concatenate(FIVE).max(axis=0)
        placed = [stroke + 140 - (low + high) / 2 for stroke in FIVE]  # FIVE is 123 pixels tall
        theirs = pillow_canvas(placed, 14)
        difference = np.abs(canvas[:, :, 3].astype(int) - theirs[:, :, 3])
        assert difference.mean() < 2
        assert (difference > 128).mean() < 0.002

    def test_without_strokes_it_is_clear(self) -> None:
        assert not canvas_from_strokes([], side=20, size=10, pen_width=3).any()
