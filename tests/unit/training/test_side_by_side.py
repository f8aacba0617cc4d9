"""Both runs start with the same weights, see the same digits in the same order, and advance at the same pace."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from data.dataset import Split
from nn.batches import gather
from tests.unit.training.runs import CLASSES, OVERSHOOTING, SETTINGS_HERE, SLICE, Clock, finish, weights
from training.run import Run
from training.run_snapshot import State
from training.settings import SETTINGS, SPOILING, Settings
from training.side_by_side import (
    CHANGEABLE,
    CHANGES_INITIAL_WEIGHTS,
    OneChange,
    Repeats,
    SideBySide,
    can_be_repeated,
)

OTHER_VALUES: dict[str, Any] = {
    "learning_rate": 0.05,
    "l2": 3.0,
    "batch_size": 32,
    "optimizer": "adam",
    "distortion": "on",
    "hidden_size": 16,
    "hidden_layers": 2,
    "activation": "tanh",
    "initializer": "glorot",
    "dropout": 0.5,
    "label_smoothing": 0.1,
    "clip_norm": 0.1,
    "schedule": "cosine",
    "warm_up": 20,
}

Rows = NDArray[np.integer[Any]]


def side_by_side(split: Split, name: str, value: Any = None) -> SideBySide:  # noqa: ANN401 - settings vary in type
    return SideBySide(OneChange(SETTINGS_HERE, name, OTHER_VALUES[name] if value is None else value), split)


def visited(run: Run, monkeypatch: pytest.MonkeyPatch) -> Rows:
    """Finish the run and return the rows of the digits it trained on, in order."""
    taken: list[Rows] = []

    def watched(images: Any, labels: Any, rows: Rows, dtype: Any) -> Any:  # noqa: ANN401 - passed through unchanged
        taken.append(rows.copy())
        return gather(images, labels, rows, dtype)

    with monkeypatch.context() as patched:
        patched.setattr("nn.trainer.gather", watched)
        finish(run)
    return np.concatenate(taken)


def drawn_orders(split: Split) -> Iterator[Rows]:
    """Yield the order of the training digits for each epoch, drawn from the seed with NumPy alone."""
    rng = np.random.default_rng((SETTINGS_HERE.seed, 2))
    while True:
        yield rng.permutation(split.train.rows)


@pytest.fixture(params=CHANGEABLE)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def test_one_setting_differs_and_no_other(split: Split, name: str) -> None:
    first, second = (vars(run.settings) for run in side_by_side(split, name).runs)
    assert {each for each in first if first[each] != second[each]} == {name}
    assert second[name] == OTHER_VALUES[name]
    assert Settings(**first) == SETTINGS_HERE


def test_both_start_with_the_weights_that_numpy_draws_from_the_seed(split: Split, name: str) -> None:
    """He initialization by hand, layer by layer; the second run's weights differ only if the setting affects them."""
    rng = np.random.default_rng((SETTINGS_HERE.seed, 1))
    W1 = (rng.standard_normal((784, 8)) * np.sqrt(2 / 784)).astype(np.float32)
    W2 = (rng.standard_normal((8, CLASSES)) * np.sqrt(2 / 8)).astype(np.float32)
    drawn = b"".join(each.tobytes() for each in (W1, np.zeros(8, np.float32), W2, np.zeros(CLASSES, np.float32)))
    first, second = side_by_side(split, name).runs
    assert weights(first) == drawn
    assert (weights(second) == drawn) == (name not in CHANGES_INITIAL_WEIGHTS)


def test_both_see_the_same_digits_in_the_same_order(split: Split, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = drawn_orders(split)
    expected = np.concatenate([next(orders) for _ in range(SETTINGS_HERE.epochs)])
    for run in side_by_side(split, name).runs:
        np.testing.assert_array_equal(visited(run, monkeypatch), expected)


def test_the_changed_setting_changes_the_weights(split: Split, name: str) -> None:
    first, second = side_by_side(split, name).runs
    for run in (first, second):
        finish(run)
    assert weights(first) != weights(second)


def test_each_run_ends_with_the_weights_that_it_would_have_alone(split: Split, name: str) -> None:
    both = side_by_side(split, name)
    both.start()
    while [wait for run in both.paced_runs if (wait := run.advance(SLICE)) is not None]:
        pass
    for run in both.runs:
        alone = Run(run.settings, split, CLASSES)
        finish(alone)
        assert run.state is State.FINISHED
        assert weights(run) == weights(alone)


@pytest.mark.parametrize("name", ["learning_rate", "batch_size"])
def test_the_run_that_is_ahead_waits(split: Split, clock: Clock, name: str) -> None:
    """Even with nine turns to the second's one, the first run is never more than a slice of examples ahead."""
    both = SideBySide(OneChange(replace(SETTINGS_HERE, epochs=100), name, OTHER_VALUES[name]), split)
    first, second = both.runs
    both.start()
    within_a_slice = SLICE / clock.tick * max(run.settings.batch_size for run in both.runs)
    for turn in range(200):
        both.paced_runs[1 if turn % 10 == 9 else 0].advance(SLICE)
        assert abs(first.examples_seen - second.examples_seen) <= within_a_slice
    assert second.examples_seen > 10 * within_a_slice


def test_with_several_seeds_all_runs_end_as_they_would_alone_in_the_turns_of_two(split: Split) -> None:
    both = SideBySide(OneChange(SETTINGS_HERE, "l2", 3.0), split, seeds=3)
    assert len(both.paced_runs) == 2, "the scheduler gives a visitor no more turns than for two runs"
    assert [run.settings.seed for run in both.runs] == [4, 5, 6, 4, 5, 6]
    both.start()
    while [wait for runs in both.paced_runs if (wait := runs.advance(SLICE)) is not None]:
        pass
    assert both.over
    for run in both.runs:
        alone = Run(run.settings, split, CLASSES)
        finish(alone)
        assert weights(run) == weights(alone)
    assert len({weights(run) for run in both.runs}) == 6


def test_no_seed_is_ahead_of_another_by_more_than_a_slice(split: Split, clock: Clock) -> None:
    both = SideBySide(OneChange(replace(SETTINGS_HERE, epochs=100), "l2", 3.0), split, seeds=3)
    both.start()
    within_a_slice = SLICE / clock.tick * SETTINGS_HERE.batch_size
    for turn in range(200):
        both.paced_runs[turn % 2].advance(SLICE)
        seen = [run.examples_seen for run in both.runs]
        assert max(seen) - min(seen) <= 2 * within_a_slice
    assert min(seen) > 5 * within_a_slice


def test_a_run_does_not_wait_for_one_that_is_paused(split: Split, clock: Clock) -> None:
    both = side_by_side(split, "learning_rate")
    both.start()
    both.runs[1].pause()
    for _ in range(3):
        before = both.runs[0].examples_seen
        both.paced_runs[0].advance(SLICE)
        assert both.runs[0].examples_seen > before


def test_a_run_that_diverges_does_not_hold_up_the_other(split: Split) -> None:
    both = SideBySide(OneChange(OVERSHOOTING, "learning_rate", 0.01), split)
    both.start()
    while [wait for run in both.paced_runs if (wait := run.advance(SLICE)) is not None]:
        assert both.training
    assert [run.state for run in both.runs] == [State.DIVERGED, State.FINISHED]
    assert both.over
    both.start()
    assert not both.training


def test_pause_stops_both_and_start_resumes(split: Split, clock: Clock) -> None:
    both = side_by_side(split, "l2")
    assert (both.training, both.over) == (False, False)
    both.start()
    for run in both.paced_runs:
        run.advance(SLICE)
    both.pause()
    assert [run.state for run in both.runs] == [State.PAUSED, State.PAUSED]
    assert [run.advance(SLICE) for run in both.paced_runs] == [None, None]
    both.start()
    assert both.training


@pytest.mark.parametrize("name", ["seed", "dataset", "epochs", "nonsense"])
def test_a_setting_that_changes_more_than_one_thing_is_rejected(name: str) -> None:
    with pytest.raises(ValueError, match="name must be one of"):
        OneChange(SETTINGS_HERE, name, 1)


def test_a_change_to_the_same_value_is_rejected() -> None:
    with pytest.raises(ValueError, match=r"α must differ from the first run's; got 0\.02 for both"):
        OneChange(SETTINGS_HERE, "learning_rate", 0.02)


def test_every_setting_is_changeable_or_is_about_data_duration_or_seed() -> None:
    """A new setting must be either offered here or deliberately excluded."""
    assert set(SETTINGS) - set(CHANGEABLE) == {
        "dataset",
        "dev_size",
        "test_size",
        "seed",
        "epochs",
        "patience",
        "activation_2",  # of layers that the other run may not have
        "activation_3",
        *SPOILING,
    }


def test_a_run_is_repeated_with_other_seeds_and_measured_where_it_was(split: Split) -> None:
    first = Run(SETTINGS_HERE, split, CLASSES)
    finish(first)
    assert can_be_repeated(first.snapshot())
    repeats = Repeats(first)
    repeats.start(2)
    assert repeats.progress == 0
    while repeats.paced_runs.advance(SLICE) is not None:
        pass
    repeats.start(1)
    repeats.stop()
    assert [run.settings.seed for run in repeats.runs] == [5, 6], "the third was not over"
    assert (repeats.training, repeats.progress, repeats.are_of_its_end) == (False, 1, True)
    steps = [each.step for each in first.snapshot().measurements]
    for run in repeats.runs:
        alone = Run(run.settings, split, CLASSES)
        finish(alone)
        assert weights(run) == weights(alone)
        assert [each.step for each in run.snapshot().measurements] == steps
    first.start()
    assert not repeats.are_of_its_end
    finish(first)
    assert not can_be_repeated(first.snapshot()), "it was trained on"
    assert not repeats.are_of_its_end
