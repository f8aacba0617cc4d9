"""Synthetic non-digits: there are many kinds, no two drawings are alike, and none is a digit by construction."""

import numpy as np
import pytest

from ink import mnist_format
from ink.rasterization import Segments
from recipe.negatives import catalogue
from recipe.recorded_drawings import RecordedDigit

ONE = RecordedDigit(1, "1", (np.array([[5.0, 0], [5, 9]]),), "here")
SEVEN = RecordedDigit(7, "1", (np.array([[0.0, 0], [6, 0], [2, 9]]), np.array([[1.0, 5], [5, 5]])), "here")
ZERO = RecordedDigit(0, "2", (np.stack([3 * np.cos(t := np.linspace(0, 6.3, 30)), 5 * np.sin(t)], axis=1),), "here")
DIGITS = (ONE, SEVEN, ZERO)


@pytest.mark.parametrize("kind", catalogue.KINDS)
def test_each_kind_is_large_enough_to_see_and_different_every_time(kind: str) -> None:
    rng = np.random.default_rng(0)
    drawings = [catalogue.make(kind, rng, DIGITS) for _ in range(20)]
    for strokes in drawings:
        assert all(stroke.ndim == 2 and np.isfinite(stroke).all() for stroke in strokes)
        assert 0.5 < Segments.from_strokes(strokes).extent < 2.5
    images = np.stack([mnist_format.image_from_strokes(strokes) for strokes in drawings])
    assert images.sum(axis=(1, 2)).min() > 15, "as much ink as a short line has"
    assert len(np.unique(images.reshape(20, -1), axis=0)) == 20


@pytest.mark.parametrize("kind", catalogue.KINDS)
def test_the_same_seed_makes_the_same_drawing(kind: str) -> None:
    first, again = (catalogue.make(kind, np.random.default_rng(5), DIGITS) for _ in range(2))
    assert len(first) == len(again)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_some_kinds_are_kept_out_of_training() -> None:
    assert set(catalogue.TRAINED) | set(catalogue.UNSEEN) == set(catalogue.KINDS)
    assert not set(catalogue.TRAINED) & set(catalogue.UNSEEN)
    assert len(catalogue.UNSEEN) >= 5


def test_kinds_made_of_digits_say_that_they_need_some() -> None:
    for kind in catalogue.OF_DIGITS:
        with pytest.raises(ValueError, match=r"^digits must hold at least one digit"):
            catalogue.make(kind, np.random.default_rng(0))
    for kind in set(catalogue.KINDS) - set(catalogue.OF_DIGITS):
        assert catalogue.make(kind, np.random.default_rng(0))


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(ValueError, match=r"got 'digit'$"):
        catalogue.make("digit", np.random.default_rng(0))


@pytest.mark.parametrize(("kind", "count"), [("two digits", 2), ("three digits", 3)])
def test_digits_in_a_row_stand_side_by_side(kind: str, count: int) -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        strokes = catalogue.make(kind, rng, [SEVEN])
        assert len(strokes) == 2 * count
        middles = [np.concatenate(strokes[2 * i : 2 * i + 2])[:, 0].mean() for i in range(count)]
        assert np.diff(middles).min() > 0.1


def test_only_digits_that_stop_being_digits_are_rotated() -> None:
    """On its side or mirrored, a 0, 1 or 8 stays the same or becomes another sign; a mirrored 5 is a 2."""
    rng = np.random.default_rng(2)
    for _ in range(50):
        widths = np.ptp(np.concatenate(catalogue.make("turned digit", rng, [ONE, SEVEN])), axis=0)
        assert len(catalogue.make("turned digit", rng, [ONE, SEVEN])) == 2, "always the 7"
        assert widths.min() > 0.2


def test_a_scribble_covers_the_digit_and_little_more() -> None:
    rng = np.random.default_rng(3)
    for _ in range(100):
        strokes = catalogue.make("scribbled over", rng, [SEVEN])
        digit, scribble = (np.ptp(np.concatenate(part), axis=0).max() for part in (strokes[:2], strokes[2:]))
        assert 0.5 < scribble / digit < 1.6
