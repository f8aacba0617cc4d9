"""Simulated handwriting and tablets: each variation does what it says, and nothing else."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ink.rasterization import Segments
from recipe.stroke_variation import Variation, vary

Strokes = list[NDArray[np.float64]]

SEVEN = [np.array([[60.0, 60], [200, 60], [110, 220]]), np.array([[80.0, 140], [180, 140]])]
EVERYTHING = Variation(
    rotation=10, slant=0.3, aspect=0.3, bend=0.05, apart=0.03, tremor=0.02, spacing=0.2, grid=0.05, smoothing=3,
    trimmed=0.05, gap=0.5,
)  # fmt: skip


def varied(variation: Variation, seed: int = 0, strokes: Strokes = SEVEN) -> Strokes:
    return vary(strokes, variation, rng=np.random.default_rng(seed))


def length(strokes: Strokes) -> float:
    return sum(float(np.hypot(*np.diff(stroke, axis=0).T).sum()) for stroke in strokes)


def test_without_variation_the_drawing_is_only_scaled_and_centred() -> None:
    result = varied(Variation())
    for stroke, original in zip(result, SEVEN, strict=True):
        np.testing.assert_allclose(stroke, (original - [130, 140]) / 160)


def test_the_seed_determines_the_handwriting() -> None:
    first, again, other = varied(EVERYTHING, 1), varied(EVERYTHING, 1), varied(EVERYTHING, 2)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert [len(stroke) for stroke in first] != [len(stroke) for stroke in other]


@pytest.mark.parametrize("name", [field.name for field in fields(Variation) if field.name != "smoothing"])
def test_each_setting_changes_the_drawing(name: str) -> None:
    setting = 0.9 if name == "gap" else 10 if name == "rotation" else 0.2
    before, after = varied(Variation()), varied(Variation(**{name: setting}))  # type: ignore[arg-type]
    assert any(len(a) != len(b) or not np.allclose(a, b) for a, b in zip(before, after, strict=False))


def test_rotation_keeps_lengths_and_turns_by_degrees() -> None:
    turned = varied(Variation(rotation=30))
    assert length(turned) == pytest.approx(length(varied(Variation())))
    way = turned[0][1] - turned[0][0]
    assert 1 < abs(np.degrees(np.arctan2(way[1], way[0]))) < 100


def test_slant_moves_points_sideways_in_proportion_to_height() -> None:
    before, after = np.concatenate(varied(Variation())), np.concatenate(varied(Variation(slant=0.3)))
    np.testing.assert_allclose(after[:, 1], before[:, 1], atol=1e-12)
    way = (after - before)[:, 0]
    slant = way[0] / before[0, 1]
    assert abs(slant) > 0.01
    np.testing.assert_allclose(way, slant * before[:, 1], atol=1e-12)


def test_aspect_keeps_the_area() -> None:
    before, after = np.concatenate(varied(Variation())), np.concatenate(varied(Variation(aspect=0.5)))
    assert np.ptp(after, axis=0).prod() == pytest.approx(np.ptp(before, axis=0).prod())


def test_points_are_rounded_to_the_grid() -> None:
    points = np.concatenate(varied(Variation(spacing=0.05, grid=0.1)))
    steps = np.unique(points)
    step = np.diff(steps).min()
    np.testing.assert_allclose(points / step, np.rint(points / step), atol=1e-6)


def test_a_low_sampling_rate_leaves_points_that_far_apart_on_the_path() -> None:
    circle = [np.stack([np.cos(t := np.linspace(0, 6, 500)), np.sin(t)], axis=1)]
    for seed in range(20):
        points = varied(Variation(spacing=0.2), seed, circle)[0]
        apart = np.hypot(*np.diff(points, axis=0).T)
        assert 0.2 / 20 * 0.6 < apart.mean() < 0.2 * 1.4
        np.testing.assert_allclose(np.hypot(*(points * 2).T), 1, atol=0.03)


def test_trimming_shortens_a_line_at_both_ends_and_a_gap_splits_it() -> None:
    line = [np.array([[0.0, 0], [0, 10]])]
    trimmed = varied(Variation(trimmed=0.1), 0, line)[0]
    assert -0.5 < trimmed[0, 1] <= -0.4
    assert 0.4 <= trimmed[-1, 1] < 0.5
    parted = varied(Variation(gap=1.0), 0, line)
    assert len(parted) == 2
    assert 0 < parted[1][0, 1] - parted[0][-1, 1] <= 0.08


def test_smoothing_straightens_a_tremor_and_keeps_the_ends() -> None:
    rng = np.random.default_rng(3)
    shaky = [np.stack([rng.normal(0, 0.02, 200), np.linspace(0, 1, 200)], axis=1)]
    straight = next(
        result for seed in range(20) if not np.allclose((result := varied(Variation(smoothing=5), seed, shaky)[0]), 0)
        and length([result]) < 0.7 * length(varied(Variation(), 0, shaky))
    )  # fmt: skip
    np.testing.assert_allclose(straight[[0, -1]], varied(Variation(), 0, shaky)[0][[0, -1]])


def test_strokes_are_moved_as_wholes() -> None:
    before, after = varied(Variation()), varied(Variation(apart=0.1))
    ways = [moved - stroke for moved, stroke in zip(after, before, strict=True)]
    for way in ways:
        np.testing.assert_allclose(way, np.broadcast_to(way[0], way.shape))
    assert not np.allclose(ways[0][0], ways[1][0])


def test_no_strokes_and_a_dot_are_unchanged() -> None:
    assert varied(EVERYTHING, 0, []) == []
    assert varied(EVERYTHING, 0, [np.empty((0, 2))]) == []
    assert Segments.from_strokes(varied(EVERYTHING, 0, [np.array([[3.0, 4]])])).extent == 0


@given(
    st.lists(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=6), max_size=4),
    st.integers(0, 1000),
)
def test_any_drawing_stays_finite_and_about_as_large(strokes: list[list[tuple[float, float]]], seed: int) -> None:
    for stroke in varied(EVERYTHING, seed, [np.array(stroke, np.float64) for stroke in strokes]):
        assert stroke.ndim == 2
        assert np.abs(stroke).max() < 5


@pytest.mark.parametrize("value", [-0.1, np.nan, np.inf])
def test_a_setting_beyond_its_range_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"^slant must be a finite number of at least 0; got "):
        Variation(slant=value)
