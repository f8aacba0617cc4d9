"""The learning rate in effect against values worked by hand."""

import pytest

from nn.schedules import SCHEDULES, alpha_in_effect

BY_HAND = {
    "constant": {0.0: 1.0, 0.3: 1.0, 0.999: 1.0},
    "step": {0.0: 1.0, 0.499: 1.0, 0.5: 0.1, 0.749: 0.1, 0.75: 0.01, 0.999: 0.01},
    # cos 0 = 1, cos π/4 = 1/√2, cos π/3 = 1/2, cos π/2 = 0, cos 2π/3 = -1/2
    "cosine": {0.0: 1.0, 0.25: (1 + 0.5**0.5) / 2, 1 / 3: 0.75, 0.5: 0.5, 2 / 3: 0.25},
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_schedule_has_the_values_of_its_formula(name: str) -> None:
    for t, expected in BY_HAND[name].items():
        assert alpha_in_effect(0.2, SCHEDULES[name].factor, t, 0, 1) == pytest.approx(0.2 * expected, rel=1e-14)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_never_raises_alpha_or_turns_it_off(name: str) -> None:
    factors = [SCHEDULES[name].factor(k / 1000) for k in range(1000)]
    assert 0 < min(factors) <= max(factors) <= 1
    assert factors[0] == 1


def test_it_begins_again_after_the_last_epoch() -> None:
    f = SCHEDULES["cosine"].factor
    assert alpha_in_effect(1.0, f, 1.0, 0, 9) == 1.0
    assert alpha_in_effect(1.0, f, 2.5, 0, 9) == pytest.approx(0.5, rel=1e-14)


def test_warm_up_is_a_ramp_that_ends_at_alpha() -> None:
    f = SCHEDULES["constant"].factor
    assert [alpha_in_effect(0.5, f, 0.0, 4, step) for step in range(1, 7)] == [0.125, 0.25, 0.375, 0.5, 0.5, 0.5]
