"""Digits in other ways of writing stay in their box, and differ from the recorded ones."""

from __future__ import annotations

import numpy as np
import pytest

from recipe.writing_styles import STYLES, restyled, unit_height
from testing import sample_digits

EVERY_STYLE = [(label, style) for label, styles in STYLES.items() for _, style in styles]


@pytest.mark.parametrize("label", range(10))
def test_most_digits_stay_as_they_are_and_the_others_stay_near_their_box(label: int) -> None:
    strokes = sample_digits.digit(str(label))
    rng = np.random.default_rng(label)
    made = [restyled(strokes, label, rng) for _ in range(400)]
    same = sum(
        len(drawing) == len(strokes) and all(map(np.array_equal, drawing, unit_height(strokes))) for drawing in made
    )
    share = sum(share for share, _ in STYLES.get(label, ()))
    assert same / len(made) == pytest.approx(1 - share, abs=0.08)
    for drawing in made:
        points = np.concatenate(drawing)
        assert np.isfinite(points).all()
        assert np.ptp(points[:, 1]) < 2
        assert np.ptp(points[:, 0]) < 2


@pytest.mark.parametrize(("label", "style"), EVERY_STYLE, ids=lambda each: getattr(each, "__name__", str(each)))
def test_a_style_leaves_what_it_is_given_alone(label: int, style: object) -> None:
    strokes = unit_height(sample_digits.digit(str(label)))
    before = [stroke.copy() for stroke in strokes]
    assert callable(style)
    drawn = style(strokes, np.random.default_rng(0))
    assert all(stroke.ndim == 2 and stroke.shape[1] == 2 for stroke in drawn)
    assert all(map(np.array_equal, strokes, before))


def test_a_point_is_a_digit_too() -> None:
    for label in range(10):
        for seed in range(20):
            drawn = restyled([np.array([[3.0, 4.0]])], label, np.random.default_rng(seed))
            assert np.isfinite(np.concatenate(drawn)).all()
