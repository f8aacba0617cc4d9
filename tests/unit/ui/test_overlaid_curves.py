"""Overlaid curves show each run's measurements, and keep what stands out in them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from nn.trainer import Position
from training.history import Change, Measurement
from training.run_record import MEASUREMENTS, Record
from training.run_snapshot import State
from training.settings import Settings
from ui.compare.overlaid_curves import XAxis, change_marks, loss_limit, run_curves, thinned
from ui.widgets.curves import packed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ui.widgets.curves import Curve

NAMES = {number: f"Run {number}" for number in range(1, 10)}


def record(number: int, losses: Sequence[float], apart: int = 1, changes: tuple[Change, ...] = ()) -> Record:
    """Return a record with these dev losses, measured every `apart` steps, four steps an epoch; train loss is half."""
    measured = [
        Measurement(i * apart, i * apart / 4, loss / 2, loss, train_accuracy=0.9, dev_accuracy=0.8)
        for i, loss in enumerate(losses)
    ]
    position = Position((len(losses) - 1) * apart, 1, 0)
    return Record(number, State.PAUSED, Settings(), position, 1.0, tuple(measured), changes)


def curves(
    runs: Mapping[int, Record], x_axis: XAxis = "step", smoothing: float = 0.0
) -> dict[tuple[str, str, str], Curve]:
    """Return the curves by the run, name and quantity that the crosshair shows."""
    return {(each.group, each.name, each.quantity): each for each in run_curves(runs, NAMES, x_axis, smoothing)}


def points(curve: Curve) -> list[tuple[float, float]]:
    return list(zip(curve.at.tolist(), curve.values.tolist(), strict=True))


def test_each_run_is_drawn_as_measured_in_its_colour() -> None:
    drawn = curves({0: record(1, [2, 1]), 4: record(5, [3, 0.5], apart=8)})
    assert points(drawn["Run 1", "dev", "loss"]) == [(0, 2), (1, 1)]
    assert points(drawn["Run 1", "train", "loss"]) == [(0, 1), (1, 0.5)]
    assert points(drawn["Run 5", "dev", "loss"]) == [(0, 3), (8, 0.5)]
    assert drawn["Run 5", "dev", "loss"].colour == "var(--run4)"
    assert len(drawn) == 8


def test_accuracy_is_in_percent_and_epochs_take_the_place_of_steps() -> None:
    drawn = curves({0: record(1, [2, 1], apart=8)}, "epoch")
    assert points(drawn["Run 1", "dev", "accuracy"]) == [(0, 80), (2, 80)]
    assert points(drawn["Run 1", "train", "accuracy"]) == [(0, 90), (2, 90)]


def test_smoothing_draws_the_average_and_tells_the_curves_as_measured() -> None:
    losses = [1.0, 2.0, 4.0]
    drawn = run_curves({0: record(1, losses)}, NAMES, "step", 0.6)
    smooth, dev = drawn[0], drawn[1]
    # TensorBoard's rule by hand: last = 0.6 last + 0.4 value, divided by 1 - 0.6ⁿ.
    expected = [0.4 / 0.4, (0.4 * 0.6 + 0.8) / 0.64, ((0.4 * 0.6 + 0.8) * 0.6 + 1.6) / 0.784]
    assert smooth.values.tolist() == pytest.approx(expected)
    assert (smooth.name, dev.name) == ("", "dev")
    assert dev.values.tolist() == pytest.approx(losses)
    assert 0 < dev.opacity < 1


def test_a_loss_that_is_not_finite_does_not_spoil_the_average_of_the_others() -> None:
    spoiled, plain = (
        run_curves({0: record(1, losses)}, NAMES, "step", 0.5)[0].values.tolist()
        for losses in ([1.0, math.nan, 3.0, math.inf, 3.0], [1.0, 3.0, 3.0])
    )
    assert math.isnan(spoiled[1])
    assert spoiled[3] == math.inf
    assert [spoiled[0], spoiled[2], spoiled[4]] == pytest.approx(plain)


@pytest.mark.parametrize(("x_axis", "at"), [("step", 3), ("epoch", 0.75)])
def test_a_change_of_settings_is_marked_where_it_was(x_axis: XAxis, at: float) -> None:
    runs = {2: record(1, [3, 2, 1], apart=4, changes=(Change(3, "batch_size", 64, 8),))}
    (mark,) = change_marks(runs, x_axis)
    assert (mark.at, mark.text, mark.colour) == (at, "batch 64 → 8", "var(--run2)")


@pytest.mark.parametrize("count", [1, 100, 101, MEASUREMENTS])
def test_many_long_runs_stay_small_from_their_first_to_their_last_measurement(count: int) -> None:
    """They are sent four times a second."""
    runs = {place: record(place + 1, [1 + step % 7 for step in range(count)], place + 1) for place in range(6)}
    drawn = run_curves(runs, NAMES, "step", 0.9)
    for place in runs:
        for curve in (each for each in drawn if each.colour == f"var(--run{place})"):
            assert (curve.at[0], curve.at[-1]) == (0, (count - 1) * (place + 1))
    assert len(packed([], drawn)) < 100_000


@pytest.mark.parametrize("at", [1, 2, 250, 498])
@pytest.mark.parametrize("value", [9.0, 0.01], ids=["peak", "dip"])
def test_a_spike_of_one_measurement_is_never_lost(at: int, value: float) -> None:
    """A brief spike in the loss is exactly what users look for after changing α."""
    losses = [0.5] * MEASUREMENTS
    losses[at] = value
    assert (at, value) in points(curves({0: record(1, losses)})["Run 1", "dev", "loss"])


@pytest.mark.parametrize("count", [1, 2, 3, 99, 100, 101, 102, 199, 200, 12_345])
def test_thinning_keeps_the_first_and_the_last_of_at_most_so_many(count: int) -> None:
    kept = list(thinned([each % 7 for each in range(count)], 100))
    assert len(kept) <= 100
    assert (kept[0], kept[-1]) == (0, count - 1)
    assert kept == sorted(set(kept))


@pytest.mark.parametrize("worst", [100.0, 1e60, math.inf, math.nan])
def test_a_loss_that_leaps_is_cut_off_and_no_error(worst: float) -> None:
    leaps, calm = record(1, [2.3, worst, 2.3]), record(2, [2.3, 1.0])
    assert loss_limit([leaps, calm]) == pytest.approx(4.6)
    assert loss_limit([calm]) is None
    assert packed([], run_curves({0: leaps, 1: calm}, NAMES, "step", 0.5))
