"""Smoothing is the average that it says it is."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.smoothing import smoothed

numbers = st.lists(st.floats(-100, 100), max_size=40)


@given(numbers, st.floats(0, 0.99))
def test_each_value_is_the_weighted_mean_of_those_up_to_it(values: list[float], weight: float) -> None:
    for index, found in enumerate(smoothed(values, weight)):
        above = below = 0.0
        for back in range(index + 1):
            above += weight**back * values[index - back]
            below += weight**back
        assert found == pytest.approx(above / below, abs=1e-9)


def test_it_is_what_tensorboard_draws() -> None:
    """Its own rule: last = last·w + (1-w)·value, divided by 1 - wⁿ; by hand for 1, 2, 4 at 0.6."""
    expected = [0.4 / 0.4, (0.4 * 0.6 + 0.8) / 0.64, ((0.4 * 0.6 + 0.8) * 0.6 + 1.6) / 0.784]
    assert smoothed([1.0, 2.0, 4.0], 0.6) == pytest.approx(expected)


@given(numbers)
def test_without_weight_the_curve_stays(values: list[float]) -> None:
    assert smoothed(values, 0) == pytest.approx(values)


def test_a_value_that_is_no_number_stays_and_spoils_no_other() -> None:
    found = smoothed([1.0, math.nan, 3.0, math.inf, 3.0], 0.5)
    assert math.isnan(found[1])
    assert found[3] == math.inf
    assert [found[0], found[2], found[4]] == pytest.approx(smoothed([1.0, 3.0, 3.0], 0.5))


@pytest.mark.parametrize("weight", [-0.1, 1.0, 2.0, math.nan])
def test_a_weight_that_is_none_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="weight must lie in 0 to below 1"):
        smoothed([1.0], weight)
