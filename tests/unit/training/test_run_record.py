"""A record describes its run, stays small, and has a name that distinguishes it."""

import pickle
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.dataset import Split
from nn.trainer import Position
from tests.unit.training.runs import CLASSES, SETTINGS_HERE, finish, take_step
from training.history import LIMIT, Change, Measurement
from training.run import Run
from training.run_record import (
    MEASUREMENTS,
    DevReadings,
    Record,
    differing,
    fingerprint,
    misread_by_all,
    names,
    paired_test,
)
from training.run_snapshot import State
from training.settings import FULL_BATCH, SETTINGS, Settings
from training.side_by_side import with_seeds


def measurement(step: int) -> Measurement:
    return Measurement(step, step / 10, train_loss=0.5, dev_loss=0.6, train_accuracy=0.9, dev_accuracy=0.8)


def record(number: int, settings: Settings | None = None, changes: tuple[Change, ...] = ()) -> Record:
    return Record(
        number,
        State.PAUSED,
        settings or Settings(),
        Position(10, 1, 0),
        2.0,
        (measurement(0), measurement(10)),
        changes,
    )


def test_a_record_has_the_settings_the_curves_and_the_result(run: Run) -> None:
    snapshot = finish(run)
    kept = Record.of(3, snapshot)
    assert (kept.number, kept.state, kept.settings, kept.position) == (
        3,
        State.FINISHED,
        run.settings,
        snapshot.position,
    )
    assert kept.measurements == snapshot.measurements
    assert kept.seconds == snapshot.seconds > 0


def test_several_seeds_are_one_record_of_their_means(split: Split) -> None:
    runs = [Run(each, split, CLASSES) for each in with_seeds(SETTINGS_HERE, 3)]
    first, *others = map(finish, runs)
    kept = Record.of(2, first, others)
    assert (kept.seeds, kept.settings, kept.state) == (3, SETTINGS_HERE, State.FINISHED)
    last = [each.measurements[-1].dev_loss for each in (first, *others)]
    assert kept.measurements[-1].dev_loss == pytest.approx(np.mean(last))
    assert [each[-1].dev_loss for each in kept.by_seed] == last
    assert {tuple(one.step for one in each) for each in (*kept.by_seed, kept.measurements)} == {
        tuple(each.step for each in first.measurements)
    }


def test_the_spread_over_seeds_is_the_standard_deviation_of_the_last_accuracies() -> None:
    """Of 0.8, 0.9 and 0.94: mean 0.88, √((0.08² + 0.02² + 0.06²) / 2) = 0.0721."""
    by_seed = tuple((measurement(0), replace(measurement(10), dev_accuracy=each)) for each in (0.8, 0.9, 0.94))
    assert replace(record(1), by_seed=by_seed).spread == pytest.approx(0.0721, abs=5e-5)


def test_seeds_measured_at_other_steps_are_compared_where_all_were_and_stay_bounded(run: Run) -> None:
    """A pause measures once more, and one run may be ahead of the others."""
    ahead = replace(run.snapshot(), measurements=tuple(map(measurement, range(LIMIT))))
    behind = replace(ahead, state=State.RUNNING, measurements=tuple(map(measurement, range(0, 600, 2))))
    kept = Record.of(1, ahead, [behind])
    assert kept.state is State.RUNNING
    assert (kept.measurements[0].step, kept.measurements[-1].step) == (0, 598)
    assert sum(map(len, kept.by_seed)) <= MEASUREMENTS


@pytest.mark.parametrize("count", [1, 2, MEASUREMENTS, MEASUREMENTS + 1, LIMIT - 1, LIMIT])
def test_measurements_are_bounded_and_evenly_spaced_with_both_ends(run: Run, count: int) -> None:
    snapshot = replace(run.snapshot(), measurements=tuple(map(measurement, range(count))))
    steps = [each.step for each in Record.of(1, snapshot).measurements]
    assert (steps[0], steps[-1]) == (0, count - 1)
    assert len(steps) <= MEASUREMENTS
    assert len(steps) >= min(count, MEASUREMENTS / 2)
    apart = [after - before for before, after in pairwise(steps)]
    assert all(0 < each <= max(apart) for each in apart)
    assert len(set(apart[:-1])) <= 1


def test_a_full_record_is_small(run: Run) -> None:
    """Each session keeps eight of them."""
    snapshot = replace(run.snapshot(), measurements=tuple(map(measurement, range(LIMIT))))
    assert len(pickle.dumps(Record.of(1, snapshot))) < 100_000


def test_runs_are_named_after_their_differences() -> None:
    assert names([record(1)]) == {1: "Run 1"}
    assert names([record(1), record(2)]) == {1: "Run 1", 2: "Run 2"}
    own = Settings()
    assert names([record(1), record(2, replace(own, learning_rate=0.3))]) == {1: "Run 1 · α 0.1", 2: "Run 2 · α 0.3"}
    several = [
        record(1),
        record(2, replace(own, learning_rate=0.3)),
        record(4, replace(own, hidden_size=128, optimizer="adam")),
        record(5, replace(own, batch_size=FULL_BATCH)),
    ]
    assert list(names(several).values()) == ["Run 1", "Run 2 · α 0.3", "Run 4 · 128 units · Adam", "Run 5 · batch Full"]


def test_a_setting_changed_during_training_is_described_with_its_first_and_last_value() -> None:
    now = replace(Settings(), learning_rate=0.3)
    once, often = Change(50, "learning_rate", 0.1, 0.3), Change(70, "learning_rate", 0.3, 0.5)
    assert names([record(1, now, (once,)), record(2, now)])[1] == "Run 1 · α 0.1 → 0.3"
    thrice = record(1, replace(now, learning_rate=0.5), (once, often))
    assert names([thrice, record(2, now)])[1] == "Run 1 · α 0.1 → … → 0.5"
    both = [record(1, now, (once,)), record(2, now)]
    assert differing(both) == ("learning_rate",)
    assert names(both) == {1: "Run 1 · α 0.1 → 0.3", 2: "Run 2 · α 0.3"}


def test_a_setting_changed_after_the_last_step_is_not_part_of_the_record(run: Run) -> None:
    """If α is changed just before a new run starts, the old run never used it."""
    take_step(run)
    before = run.settings
    run.change(replace(before, learning_rate=0.3, batch_size=FULL_BATCH))
    kept = Record.of(1, run.snapshot())
    assert (kept.settings, kept.changes) == (before, ())
    take_step(run)
    kept = Record.of(1, run.snapshot())
    assert (kept.settings, kept.values("learning_rate")) == (run.settings, (0.02, 0.3))
    assert SETTINGS["batch_size"].course(kept.values("batch_size")) == "16 → Full"


def test_no_two_options_of_a_setting_are_displayed_alike() -> None:
    for setting in SETTINGS.values():
        displayed = [setting.format(option) for option in setting.options]
        assert len(set(displayed)) == len(displayed)


def readings(*right: bool, examples: bytes = b"these") -> DevReadings:
    return DevReadings(examples, len(right), np.packbits(right).tobytes())


def test_what_is_read_correctly_is_kept_as_a_bit_for_each_digit(run: Run) -> None:
    network, dev = finish(run).network, run.split.dev
    kept = DevReadings.of(network, dev)
    right = network.logits(dev.images[dev.rows] / np.float32(255)).argmax(axis=1) == dev.labels[dev.rows]
    np.testing.assert_array_equal(kept.right, right)
    assert len(kept.bits) == 40 / 8
    assert kept.examples == fingerprint(dev) != fingerprint(run.split.test)


def test_two_runs_on_the_same_digits_are_compared_digit_by_digit() -> None:
    """Of 23 that only one reads, 14 against 9: 2 P(Binomial(23, 1/2) ≤ 9) = 0.405."""
    both, first, second = [True] * 70, [True] * 9 + [False] * 14, [False] * 9 + [True] * 14
    one = replace(record(1), dev=readings(*both, *first, False))
    other = replace(record(2), dev=readings(*both, *second, False))
    test = paired_test(other, one)
    assert test is not None
    assert (test.only_first, test.only_second) == (14, 9)
    assert test.p == pytest.approx(0.405, abs=0.0005)
    assert paired_test(other, record(1)) is None, "one is still training"
    assert paired_test(other, replace(record(1), dev=readings(True, examples=b"others"))) is None


def test_digits_that_all_runs_misread_are_those_of_runs_on_the_same_digits() -> None:
    runs = [
        replace(record(1), dev=readings(False, False, True, False)),
        replace(record(2), dev=readings(False, False, False, False, examples=b"others")),
        replace(record(3), dev=readings(False, True, False, False)),
        record(4),
    ]
    same, places = misread_by_all(runs)
    assert [each.number for each in same] == [1, 3]
    assert places.tolist() == [0, 3]
    assert len(misread_by_all(runs[:2])[1]) == 0
    assert misread_by_all([])[0] == []


some_settings = st.builds(
    Settings,
    learning_rate=st.sampled_from([0.1, 0.3]),
    hidden_size=st.sampled_from([16, 64]),
    l2=st.sampled_from([0.0, 1.0]),
    optimizer=st.sampled_from(["descent", "adam"]),
    distortion=st.sampled_from(["off", "on"]),
)


@given(st.lists(some_settings, min_size=1, max_size=8))
def test_names_without_the_number_are_equal_exactly_if_the_settings_are(
    chosen: list[Settings],
) -> None:
    records = [record(number, settings) for number, settings in enumerate(chosen, 1)]
    words = [name.split(" · ")[1:] for name in names(records).values()]
    for one in range(len(chosen)):
        for other in range(len(chosen)):
            assert (words[one] == words[other]) == (chosen[one] == chosen[other])


@given(st.lists(some_settings, min_size=1, max_size=8))
def test_only_differing_settings_are_listed(chosen: list[Settings]) -> None:
    found = differing([record(number, settings) for number, settings in enumerate(chosen, 1)])
    for name in SETTINGS:
        assert (name in found) == (len({getattr(each, name) for each in chosen}) > 1)


def test_a_seed_that_ends_early_counts_as_it_ended(run: Run) -> None:
    """Early stopping ends each seed at a step of its own, with the best weights it had."""
    long = replace(run.snapshot(), state=State.FINISHED, measurements=tuple(map(measurement, range(0, 50, 10))))
    short = replace(long, measurements=(*map(measurement, (0, 10)), replace(measurement(20), dev_accuracy=0.5)))
    kept = Record.of(1, long, [short])
    assert [each.step for each in kept.measurements] == [0, 10, 20, 30, 40]
    ended = [each.dev_accuracy for each in kept.by_seed[1]]
    assert ended == [*(each.dev_accuracy for each in short.measurements), 0.5, 0.5]
    assert kept.by_seed[1][-1].epoch == long.measurements[-1].epoch
