"""The history of a run is bounded, in order, and readable by other programs."""

import csv
import io
from dataclasses import replace
from itertools import pairwise

import pandas as pd
import pytest

from data.dataset import Split
from nn.uncertainty import wilson
from tests.unit.training.runs import CLASSES, SETTINGS_HERE, take_step
from training import history
from training.history import LIMIT, Change, History, Measurement, to_csv
from training.run import Run
from training.settings import FULL_BATCH


def measurement(step: int, loss: float = 0.5) -> Measurement:
    return Measurement(step, step / 10, loss, 0.75, 0.875, 0.1)


def steps(past: History) -> list[int]:
    return [each.step for each in past.measurements()]


def read(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), keep_default_na=False)


def test_every_measurement_is_kept_up_to_the_limit() -> None:
    past = History()
    for step in range(LIMIT):
        past.add(measurement(step))
    assert steps(past) == list(range(LIMIT))


def test_a_long_history_stays_bounded_and_even_with_its_first_and_latest_measurement() -> None:
    """It must not fill memory, lose the beginning, or stop at an old value."""
    past = History()
    for step in range(50_000):
        past.add(measurement(step))
        if step % 997 == 0 or step > 49_900:
            kept = steps(past)
            gaps = {after - before for before, after in pairwise(kept[:-1])}
            assert (kept[0], kept[-1]) == (0, step)
            assert len(kept) <= LIMIT
            assert len(gaps) <= 1
            assert kept == sorted(set(kept))
    assert len(steps(past)) > LIMIT / 2


def test_thinning_does_not_alter_measurements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "LIMIT", 4)
    past = History()
    for step in range(30):
        past.add(measurement(step, loss=100 + step))
    assert all(each.train_loss == 100 + each.step for each in past.measurements())


def test_a_second_measurement_of_a_step_replaces_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pause may measure a step again; the curves must not show it twice."""
    monkeypatch.setattr(history, "LIMIT", 6)
    once, twice = History(), History()
    for step in range(40):
        once.add(measurement(step, loss=0.25))
        twice.add(measurement(step, loss=0.5))
        twice.add(measurement(step, loss=0.25))
        assert twice.measurements() == once.measurements()


def test_measurements_read_earlier_do_not_change_later() -> None:
    past = History()
    past.add(measurement(0))
    before = past.measurements()
    past.add(measurement(1))
    assert [each.step for each in before] == [0]


def text_of(csv_text: str, column: str) -> list[str]:
    """Return the cells of a column as text."""
    return [row[column] for row in csv.DictReader(io.StringIO(csv_text))]


def test_every_number_can_be_read_back_exactly() -> None:
    rows = [
        Measurement(0, 0.0, 2.302585092994046, 1 / 3, 0.1, 1e-17),
        Measurement(7, 7 / 63, 0.1 + 0.2, 2.5, 1.0, 0.0),
    ]
    written = to_csv(rows, [], 500, [0.1, 1 / 30])
    frame = read(written)
    assert list(map(float, text_of(written, "alpha"))) == [0.1, 1 / 30]
    names = ["step", "epoch", "train_loss", "dev_loss", "train_accuracy", "dev_accuracy"]
    assert list(frame.columns) == [*names, "dev_low", "dev_high", "alpha", "objective", "changed"]
    assert text_of(written, "objective") == text_of(written, "train_loss"), "without a penalty"
    for row, low, high in zip(rows, text_of(written, "dev_low"), text_of(written, "dev_high"), strict=True):
        assert [float(low), float(high)] == list(map(float, wilson(row.dev_accuracy, 500)))
    for name in names:
        assert [float(cell) for cell in text_of(written, name)] == [getattr(each, name) for each in rows]
    assert frame["step"].dtype.kind == "i"
    assert frame["changed"].tolist() == ["", ""]


def test_a_change_is_listed_at_the_first_measurement_that_it_affects() -> None:
    """A change after step 10 applies from step 11, so it does not affect the measurement of step 10."""
    measurements = [measurement(step) for step in (0, 10, 20, 30)]
    changes = [
        Change(9, "learning_rate", 0.1, 0.2),
        Change(10, "l2", 0.0, 1.0),
        Change(11, "batch_size", 64, FULL_BATCH),
        Change(30, "optimizer", "momentum", "adam"),
    ]
    assert read(to_csv(measurements, changes, 500, [0.1] * 4))["changed"].tolist() == [
        "",
        "Learning rate α 0.1 to 0.2 at step 9",
        "L2 penalty λ 0 to 1 at step 10; Batch size 64 to Full at step 11",
        "Optimizer Momentum to Adam at step 30",
    ]


def test_a_history_without_measurements_is_only_a_header() -> None:
    header = "step,epoch,train_loss,dev_loss,train_accuracy,dev_accuracy,dev_low,dev_high,alpha,objective,changed"
    assert to_csv([], [], 500, []).splitlines() == [header]


def test_each_measurement_has_the_learning_rate_of_the_step_before_it(split: Split) -> None:
    """Through warm-up, schedules, changes of both, and past the last epoch, where the schedule begins again."""
    slow = replace(SETTINGS_HERE, schedule="cosine", warm_up=20, batch_size=100, epochs=2)
    changed = {9: replace(slow, learning_rate=0.5), 18: replace(slow, schedule="step", epochs=9), 27: SETTINGS_HERE}
    run = Run(slow, split, CLASSES)
    in_effect = [run.snapshot().alpha]
    for step in range(1, 31):
        run.change(changed.get(step, run.settings))
        in_effect.append(run.snapshot().alpha)
        take_step(run)
    end = run.snapshot()
    assert [each.step for each in end.measurements] == list(range(31))
    assert end.alphas == pytest.approx(in_effect, rel=1e-12)
    assert end.is_scheduled
    assert not take_step(Run(SETTINGS_HERE, split, CLASSES)).is_scheduled
