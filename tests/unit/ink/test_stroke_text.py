"""A drawing survives an address to within a pixel or so, and no address does harm."""

from __future__ import annotations

from string import ascii_letters, digits

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.base64_url import packed
from ink.mnist_format import image_from_strokes
from ink.stroke_files import CANVAS
from ink.stroke_text import LONGEST, read, written
from testing import sample_digits

Strokes = list[NDArray[np.float64]]

PLACES = st.floats(0, CANVAS.width)
STROKES = st.lists(st.lists(st.tuples(PLACES, PLACES), min_size=1, max_size=20), min_size=1, max_size=8).map(
    lambda strokes: [np.array(each, dtype=np.float64) for each in strokes]
)


def distance_to_path(point: NDArray[np.float64], path: NDArray[np.float64]) -> float:
    """The distance of a point from the lines between the points of a path."""
    if len(path) == 1:
        return float(np.linalg.norm(point - path[0]))
    start, along = path[:-1], np.diff(path, axis=0)
    length = (along**2).sum(axis=1)
    share = np.clip(((point - start) * along).sum(axis=1) / np.where(length, length, 1), 0, 1)
    return float(np.linalg.norm(start + share[:, None] * along - point, axis=1).min())


def test_a_dot_and_a_line_by_hand() -> None:
    """(1, 2); then from (0, 2) to (200, 2): ways (1, 2), (-1, 0), (200, 0) are 2 4, 1 0, and 400 = 144 + 3 · 128, 0."""
    strokes = [np.array([[1.0, 2.0]]), np.array([[0.0, 2.0], [200.0, 2.0]])]
    assert written(strokes) == packed(bytes([1, 2, 4, 2, 1, 0, 0x90, 3, 0]))


@given(STROKES)
def test_every_point_is_within_two_pixels_of_what_comes_back(strokes: Strokes) -> None:
    back = read(written(strokes))
    assert len(back) == len(strokes)
    for stroke, path in zip(strokes, back, strict=True):
        assert max(distance_to_path(point, path) for point in stroke) < 2
        assert np.abs(stroke[[0, -1]] - path[[0, -1]]).max() < 0.6


@pytest.mark.parametrize("name", list("0123456789"))
def test_a_digit_is_short_and_its_image_the_same(name: str) -> None:
    drawn = [stroke * (CANVAS.width / sample_digits.CANVAS) for stroke in sample_digits.digit(name)]
    text = written(drawn)
    assert len(text) < 200
    before, after = (image_from_strokes(each, canvas=CANVAS) for each in (drawn, read(text)))
    assert np.abs(before - after).mean() < 0.01


def test_what_is_drawn_off_the_canvas_stays_near_it() -> None:
    (back,) = read(written([np.array([[-1e5, 50.0], [1e5, 50.0]])]))
    assert back.tolist() == [[-400, 50], [800, 50]]


def test_a_scribble_is_too_long() -> None:
    rng = np.random.default_rng(3)
    assert written([rng.uniform(0, 400, (800, 2))]) == ""
    assert written([rng.uniform(0, 400, (100_000, 2))]) == ""
    assert len(written([rng.uniform(0, 400, (260, 2))])) <= LONGEST


@given(st.text(ascii_letters + digits + "-_", max_size=80) | st.text(max_size=40) | st.binary(max_size=60).map(packed))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        strokes = read(text)
    except ValueError:
        return
    for stroke in strokes:
        assert stroke.shape == (len(stroke), 2)
        assert len(stroke) >= 1
        assert stroke.min() >= -400
        assert stroke.max() <= 800
    assert read(written(strokes))


@pytest.mark.parametrize(
    "numbers", [[], [0], [1, 2], [1, 2, 0x80], [1, 0x80, 0x80, 1, 2], [1, 0xC2, 0x0C, 0], [0xFF, 0x7F, 1, 1], [1, 0x80]]
)
def test_what_is_not_a_drawing_is_refused(numbers: list[int]) -> None:
    """None; no points; a coordinate missing, cut off, of too many bits; 801 pixels away; points missing."""
    with pytest.raises(ValueError, match="must"):
        read(packed(bytes(numbers)))


def test_a_long_text_is_not_looked_at() -> None:
    with pytest.raises(ValueError, match="at most"):
        read("A" * (LONGEST + 1))
