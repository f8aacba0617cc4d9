"""In a photograph the digit's ink is found, and nothing else, whatever the light and the paper."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchmarks import photograph_simulation as photographs
from ink import mnist_format, photo_ink, pixel_ink
from models.reader import Reader, Rejection
from testing import sample_digits

pytestmark = pytest.mark.slow

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

READER = Reader.load(Path(__file__).parents[3] / "models" / "digits.npz")


def strength(grey: Floats) -> Floats:
    return next(photo_ink.strengths(grey))


def found_in(
    pixels: Bytes,
) -> Bytes:
    """The photograph's ink on a transparent canvas, so that it is extracted only once."""
    opaque = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    ink = pixel_ink.strength(opaque)
    canvas = np.zeros((*ink.shape, 4), np.uint8)
    canvas[:, :, 3] = np.rint(255 * ink)
    return canvas


@pytest.mark.parametrize("kind", photographs.KINDS)
def test_ink_is_found_where_it_is_and_read_in_photographs_of_every_kind(kind: str) -> None:
    """At least four of five are read; without `photo_ink`, none on a table are, and only half of the faint ones.

    Without looking for rulings, none on boldly squared paper are."""
    right = 0
    for seed in range(5):
        taken = photographs.photograph(kind, seed)
        canvas = found_in(taken.pixels)
        right += READER.read_pixels(canvas).digit == taken.label
        found, there = canvas[:, :, 3] > 127, taken.ink > 0.5
        assert found.shape == there.shape == (320, 416)
        assert (found & there).sum() >= 0.6 * (found | there).sum()
    assert right >= 4


def shaded(
    ink_of: Floats,
) -> Floats:
    """Ink (height, width) on paper in slanting light, with grain."""
    height, width = ink_of.shape
    y, x = np.mgrid[:height, :width]
    light = 0.5 + 0.3 * x / width + 0.15 * y / height
    grain = np.random.default_rng(1).normal(0, 0.02, ink_of.shape)
    seen: Floats = np.clip(light * (1 - 0.6 * ink_of) + grain, 0, 1)
    return seen


def five(side: int, size: float) -> Floats:
    drawn = mnist_format.canvas_from_strokes(sample_digits.digit("5"), side=side, size=size, pen_width=size / 16)
    strength: Floats = drawn[:, :, 3] / 255
    return strength


@pytest.mark.parametrize("grain", [0.0, 0.01, 0.04])
def test_blank_paper_has_no_ink_in_any_light(grain: float) -> None:
    y, x = np.mgrid[:300, :400]
    paper = 0.9 - 0.4 * x / 400 - 0.1 * y / 300 + np.random.default_rng(0).normal(0, grain, (300, 400))
    assert not strength(np.clip(paper, 0, 1)).any()


def test_the_edge_of_a_shadow_is_not_ink() -> None:
    y, x = np.mgrid[:300, :400]
    shadow = np.where(x + 0.4 * y < 240, 0.5, 1.0)
    alone = np.random.default_rng(0).normal(0.85, 0.01, (300, 400)) * shadow
    assert not strength(np.clip(alone, 0, 1)).any()
    drawn = np.zeros((300, 400))
    drawn[50:250, 100:300] = five(200, 150)
    across = strength(np.clip(alone * (1 - 0.6 * drawn), 0, 1)) > 0.5
    assert (across & (drawn > 0.5)).sum() >= 0.7 * (across | (drawn > 0.5)).sum()


def test_a_dark_table_around_a_small_sheet_does_not_hide_the_digit() -> None:
    """Otherwise the whole picture looks like light on dark, and nothing of the digit is found."""
    drawn = np.zeros((400, 400))
    drawn[110:290, 110:290] = five(180, 120)
    sheet = np.pad(np.full((240, 240), 0.85), 80, constant_values=0.25)
    grain = np.random.default_rng(0).normal(0, 0.02, drawn.shape)
    found = strength(np.clip(sheet * (1 - 0.6 * drawn) + grain, 0, 1)) > 0.5
    assert (found & (drawn > 0.5)).sum() >= 0.9 * (found | (drawn > 0.5)).sum()


def test_a_distant_speck_is_ignored_but_a_nearby_dot_is_kept() -> None:
    drawn = np.zeros((400, 400))
    drawn[150:350, 150:350] = five(200, 150)
    drawn[20:26, 20:26] = 1
    drawn[180:195, 305:320] = 1
    found = strength(shaded(drawn))
    assert found[15:30, 15:30].max() < 0.1
    assert found[182:193, 307:318].min() > 0.5


def test_two_digits_remain_separate() -> None:
    """Otherwise one would be read, with no hint that there is another."""
    drawn = np.zeros((300, 500))
    drawn[50:250, 30:230] = drawn[50:250, 260:460] = five(200, 150)
    grey = np.rint(255 * shaded(drawn)).astype(np.uint8)
    assert READER.read_pixels(grey).rejection is Rejection.SEVERAL_DIGITS


def test_a_negative_of_a_photograph_has_the_same_ink() -> None:
    grey = shaded(np.pad(five(200, 150), 60))
    dark, light = strength(grey) > 0.5, strength(1 - grey) > 0.5
    assert (dark & light).sum() >= 0.8 * (dark | light).sum() > 0


@settings(max_examples=150)
@given(
    shape=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    seed=st.integers(0, 2**32),
    levels=st.integers(1, 5),
    stretched=st.sampled_from([1, 1, 1, 10]),
)
def test_ink_strength_is_always_between_0_and_1(shape: tuple[int, int], seed: int, levels: int, stretched: int) -> None:
    grey = np.random.default_rng(seed).integers(0, levels, shape) / max(levels - 1, 1)
    found = strength(np.repeat(grey, stretched, axis=1))
    assert np.isfinite(found).all()
    assert found.min() >= 0
    assert found.max() <= 1


@pytest.mark.parametrize("pen", [8, 18, 28])
def test_a_clean_digital_drawing_is_used_unchanged(pen: int) -> None:
    """The shipped network was trained on canvases, so the handling of photographs must not affect them."""
    canvas = mnist_format.canvas_from_strokes(sample_digits.digit("5"), side=280, size=180, pen_width=pen)
    alpha = canvas[:, :, 3].astype(np.float32) / 255
    np.testing.assert_array_equal(pixel_ink.strength(canvas), alpha)
    np.testing.assert_array_equal(pixel_ink.strength(canvas[:, :, 3]), alpha)
    paper = np.float32(1)
    np.testing.assert_array_equal(
        pixel_ink.strength(255 - canvas[:, :, 3]), paper - (255 - canvas[:, :, 3]).astype(np.float32) / 255
    )
