"""A run that eases in shows its first steps one by one, and soon trains at full speed."""

from dataclasses import replace
from itertools import pairwise

import pytest

from data.dataset import Split
from tests.unit.training.runs import CLASSES, SETTINGS_HERE, Clock, train_for
from training.pace import EASE_IN_SECONDS, FULL_SPEED, Pace, constant, ease_in
from training.run import Run


def test_the_limit_grows_smoothly_from_three_steps_a_second() -> None:
    limits = [ease_in(step) for step in range(240)]
    assert limits[0] == 3
    growth = [after / before for before, after in pairwise(limits)]
    assert growth == pytest.approx([growth[0]] * len(growth))
    assert 1 < growth[0] < 1.05


def test_sixty_steps_take_most_of_eight_seconds_and_the_rest_no_time() -> None:
    waits = [1 / ease_in(step) for step in range(10_000)]
    assert sum(waits[:17]) == pytest.approx(EASE_IN_SECONDS / 2, rel=0.05)
    assert sum(waits[:60]) == pytest.approx(7.3, abs=0.2)
    assert sum(waits) == pytest.approx(EASE_IN_SECONDS, abs=0.2)
    assert ease_in(1_000_000) == FULL_SPEED


def test_at_a_restart_the_next_step_is_due_and_the_rate_is_measured_afresh() -> None:
    pace = Pace()
    pace.limit = constant(0.5)
    pace.restart(10)
    pace.begin_step(0, 10, catch_up=0)
    for now, examples in ((10, 0), (11, 64)):
        pace.record_progress(now, examples)
    assert (pace.wait(11), pace.examples_per_second()) == (1, 64)
    pace.restart(11)
    assert (pace.wait(11), pace.examples_per_second()) == (0, 0)
    assert pace.wait(10.5) == 0.5


def test_a_run_that_eases_in_waits_between_its_first_steps_and_not_later(split: Split, clock: Clock) -> None:
    """While a run waits, the scheduler knows for how long, and uses no processor time."""
    clock.tick = 1e-6
    run = Run(replace(SETTINGS_HERE, epochs=100_000), split, CLASSES)
    run.set_speed(ease_in)
    run.start()
    assert train_for(run, clock, 1) in {3, 4}
    assert run.advance(0.02) == pytest.approx(1 / ease_in(3), rel=0.5)
    assert 50 < run.snapshot().position.step + train_for(run, clock, 6.3) < 70
    clock.tick = 1e-3
    assert train_for(run, clock, 3) > 300
    run.pause()
    run.start()
    clock.tick = 1e-6
    assert run.advance(0.001) == 0, "it eases in once, not again after a pause"
