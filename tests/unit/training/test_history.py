"""What a run remembers: bounded, in order, and readable in other programs."""

import csv
import io
from itertools import pairwise

import pandas as pd
import pytest

from training import history
from training.history import LIMIT, Change, History, Measurement, to_csv
from training.settings import FULL_BATCH


def measurement(step: int, loss: float = 0.5) -> Measurement:
    return Measurement(step, step / 10, loss, 0.75, 0.875, 0.1)


def steps(past: History) -> list[int]:
    return [each.step for each in past.measurements()]


def read(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), keep_default_na=False)


def test_all_is_kept_up_to_the_limit() -> None:
    past = History()
    for step in range(LIMIT):
        past.add(measurement(step))
    assert steps(past) == list(range(LIMIT))


def test_a_long_history_stays_bounded_even_and_ordered_with_its_first_and_its_newest() -> None:
    """It would fill the memory, forget where the run began, or stand still at an old value."""
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


def test_what_is_kept_after_thinning_is_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "LIMIT", 4)
    past = History()
    for step in range(30):
        past.add(measurement(step, loss=100 + step))
    assert all(each.train_loss == 100 + each.step for each in past.measurements())


def test_a_second_measurement_of_a_step_takes_the_place_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pause measures a step that was measured already: the curves would show it twice."""
    monkeypatch.setattr(history, "LIMIT", 6)
    once, twice = History(), History()
    for step in range(40):
        once.add(measurement(step, loss=0.25))
        twice.add(measurement(step, loss=0.5))
        twice.add(measurement(step, loss=0.25))
        assert twice.measurements() == once.measurements()


def test_a_reader_keeps_what_it_was_given_while_the_run_goes_on() -> None:
    past = History()
    past.add(measurement(0))
    before = past.measurements()
    past.add(measurement(1))
    assert [each.step for each in before] == [0]


def text_of(csv_text: str, column: str) -> list[str]:
    """The cells of a column as they are written."""
    return [row[column] for row in csv.DictReader(io.StringIO(csv_text))]


def test_every_number_can_be_read_back_exactly() -> None:
    way = [Measurement(0, 0.0, 2.302585092994046, 1 / 3, 0.1, 1e-17), Measurement(7, 7 / 63, 0.1 + 0.2, 2.5, 1.0, 0.0)]
    frame = read(to_csv(way, []))
    names = ["step", "epoch", "train_loss", "dev_loss", "train_accuracy", "dev_accuracy"]
    assert list(frame.columns) == [*names, "changed"]
    for name in names:
        assert [float(cell) for cell in text_of(to_csv(way, []), name)] == [getattr(each, name) for each in way]
    assert frame["step"].dtype.kind == "i"
    assert frame["changed"].tolist() == ["", ""]


def test_a_change_stands_on_the_first_line_whose_measurement_it_touched() -> None:
    """Turned after step 10 it took hold at step 11, so the line of step 10 knows nothing of it."""
    way = [measurement(step) for step in (0, 10, 20, 30)]
    changes = [
        Change(9, "learning_rate", 0.1, 0.2),
        Change(10, "l2", 0.0, 1.0),
        Change(11, "batch_size", 64, FULL_BATCH),
        Change(30, "optimizer", "momentum", "adam"),
    ]
    assert read(to_csv(way, changes))["changed"].tolist() == [
        "",
        "Learning rate α 0.1 to 0.2 at step 9",
        "L2 penalty λ 0 to 1 at step 10; Batch size 64 to Full at step 11",
        "Optimizer Momentum to Adam at step 30",
    ]


def test_a_history_without_measurements_is_a_heading() -> None:
    assert to_csv([], []).splitlines() == ["step,epoch,train_loss,dev_loss,train_accuracy,dev_accuracy,changed"]
