"""Overlaid curves show each run's measurements, in valid Vega-Lite."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, get_args

import altair as alt
import pytest

from nn.trainer import Position
from training.history import Change, Measurement
from training.run_record import MEASUREMENTS, Record
from training.run_snapshot import State
from training.settings import Settings
from ui.compare.overlaid_curves import POINTS, TOOLTIPS, XAxis, _tooltip_positions, loss_limit, overlay, overlay_points
from ui.widgets.charts import Quantity
from ui.widgets.palette import LIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)
X_AXES: tuple[XAxis, ...] = get_args(XAxis)


def record(number: int, losses: Sequence[float], apart: int = 1, changes: tuple[Change, ...] = ()) -> Record:
    """Return a record with these dev losses, measured every `apart` steps, four steps an epoch; train loss is half."""
    measured = [
        Measurement(i * apart, i * apart / 4, loss / 2, loss, train_accuracy=0.9, dev_accuracy=0.8)
        for i, loss in enumerate(losses)
    ]
    position = Position((len(losses) - 1) * apart, 1, 0)
    return Record(number, State.PAUSED, Settings(), position, 1.0, tuple(measured), changes)


def points(runs: dict[int, Record], *given: Any, **also: Any) -> pd.DataFrame:  # noqa: ANN401 - passed through
    frame: pd.DataFrame = overlay_points(runs, *given, **also).to_pandas()
    return frame


def curve(frame: pd.DataFrame, kind: str, run: str) -> list[tuple[float, float]]:
    rows = frame[(frame["kind"] == kind) & (frame["run"] == run)]
    return list(zip(rows["x"].tolist(), rows["value"].tolist(), strict=True))


def test_each_run_is_drawn_as_measured_under_the_name_of_its_colour() -> None:
    frame = points({0: record(1, [2, 1]), 4: record(5, [3, 0.5], apart=8)}, "loss")
    assert curve(frame, "dev", "r0") == [(0, 2), (1, 1)]
    assert curve(frame, "train", "r0") == [(0, 1), (1, 0.5)]
    assert curve(frame, "dev", "r4") == [(0, 3), (8, 0.5)]
    assert not len(frame[frame["kind"] == "raw"])


def test_accuracy_is_in_percent_and_epochs_take_the_place_of_steps() -> None:
    frame = points({0: record(1, [2, 1], apart=8)}, "accuracy", "epoch")
    assert curve(frame, "dev", "r0") == [(0, 80), (2, 80)]
    assert curve(frame, "train", "r0") == [(0, 90), (2, 90)]


def test_smoothing_draws_the_average_and_leaves_the_dev_curve_as_measured_beside_it() -> None:
    losses = [1.0, 2.0, 4.0]
    frame = points({0: record(1, losses)}, "loss", "step", 0.6)
    # TensorBoard's rule by hand: last = 0.6 last + 0.4 value, divided by 1 - 0.6ⁿ.
    expected = [0.4 / 0.4, (0.4 * 0.6 + 0.8) / 0.64, ((0.4 * 0.6 + 0.8) * 0.6 + 1.6) / 0.784]
    assert [value for _, value in curve(frame, "dev", "r0")] == pytest.approx(expected)
    assert [value for _, value in curve(frame, "raw", "r0")] == pytest.approx(losses)
    assert [value for _, value in curve(frame, "tooltip", "r0d")] == pytest.approx(losses)


def test_a_loss_that_is_not_finite_does_not_spoil_the_average_of_the_others() -> None:
    spoiled, plain = (
        [value for _, value in curve(points({0: record(1, losses)}, "loss", "step", 0.5), "dev", "r0")]
        for losses in ([1.0, math.nan, 3.0, math.inf, 3.0], [1.0, 3.0, 3.0])
    )
    assert math.isnan(spoiled[1])
    assert spoiled[3] == math.inf
    assert [spoiled[0], spoiled[2], spoiled[4]] == pytest.approx(plain)


def test_at_each_place_all_runs_are_told_that_came_so_far() -> None:
    """A run measured every second step is interpolated in between, but never extrapolated past its end."""
    frame = points({0: record(1, [4, 2], apart=2), 1: record(2, [8, 7, 6, 5])}, "loss")
    assert curve(frame, "tooltip", "r0d") == [(0, 4), (1, 3), (2, 2)]
    assert curve(frame, "tooltip", "r0t") == [(0, 2), (1, 1.5), (2, 1)]
    assert curve(frame, "tooltip", "r1d") == [(0, 8), (1, 7), (2, 6), (3, 5)]


@pytest.mark.parametrize(("x_axis", "at"), [("step", 3), ("epoch", 0.75)])
def test_a_change_of_settings_is_marked_where_it_was(x_axis: XAxis, at: float) -> None:
    frame = points({2: record(1, [3, 2, 1], apart=4, changes=(Change(3, "batch_size", 64, 8),))}, "loss", x_axis)
    ((place, value),) = curve(frame, "change", "r2")
    assert place == at
    assert math.isnan(value)


@pytest.mark.parametrize("count", [1, POINTS, POINTS + 1, MEASUREMENTS])
def test_a_plot_of_many_long_runs_stays_small(count: int) -> None:
    """The plot is sent four times a second."""
    runs = {place: record(place + 1, [1 + step % 7 for step in range(count)], place + 1) for place in range(6)}
    table = overlay_points(runs, "loss", "step", 0.9)
    frame = table.to_pandas()
    for place in runs:
        for kind in ("dev", "train", "raw"):
            drawn = curve(frame, kind, f"r{place}")
            assert len(drawn) <= POINTS
            assert (drawn[0][0], drawn[-1][0]) == (0, (count - 1) * (place + 1))
        assert len(curve(frame, "tooltip", f"r{place}d")) <= TOOLTIPS
    assert table.nbytes < 60_000


def test_steps_past_what_a_float32_counts_stay_apart() -> None:
    far = 20_000_001
    frame = points({0: record(1, [2, 1], apart=far)}, "loss")
    assert curve(frame, "dev", "r0")[-1][0] == far


@pytest.mark.parametrize("worst", [100.0, 1e60, math.inf, math.nan])
def test_a_loss_that_leaps_is_cut_off_and_no_error(worst: float) -> None:
    leaps, calm = record(1, [2.3, worst, 2.3]), record(2, [2.3, 1.0])
    assert loss_limit([leaps, calm]) == pytest.approx(4.6)
    assert loss_limit([calm]) is None
    assert len(points({0: leaps, 1: calm}, "loss", "step", 0.5))


def spec(quantity: Quantity, x_axis: XAxis = "step", limits: tuple[float, float] | None = None) -> dict[str, Any]:
    names = ((0, "Run 1 · α 0.1"), (3, 'Run 4 · session\'s "best".csv'))
    return overlay(names, quantity, LIGHT, height=200, x_axis=x_axis, axis_named=True, limits=limits)


@pytest.mark.parametrize("limits", [None, (0.0, 4.6)], ids=["all", "cut"])
@pytest.mark.parametrize("x_axis", X_AXES)
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_a_plot_is_what_vega_lite_understands(
    quantity: Quantity, x_axis: XAxis, limits: tuple[float, float] | None
) -> None:
    """Altair validates against the published Vega-Lite schema."""
    alt.Chart.from_dict({**spec(quantity, x_axis, limits), "data": {"name": "measured"}})


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_a_plot_is_the_same_at_each_redraw_and_carries_no_data(quantity: Quantity) -> None:
    assert json.dumps(spec(quantity)) == json.dumps(spec(quantity))
    assert "data" not in spec(quantity)


def test_the_pointer_tells_each_run_under_its_name() -> None:
    told = spec("accuracy")["layer"][-1]
    assert [each["title"] for each in told["encoding"]["tooltip"]] == [
        "Step",
        "Run 1 · α 0.1",
        'Run 4 · session\'s "best".csv',
    ]
    calculated = {each["as"] for each in told["transform"] if "calculate" in each}
    assert {each["field"] for each in told["encoding"]["tooltip"]} == calculated | {"x"}
    assert not any("mine" in each.get("calculate", "") for each in told["transform"]), "a name is no expression"


def test_tooltips_reach_from_the_first_to_the_last_measurement() -> None:
    """The last values of a run are those that visitors look for first."""
    many = list(range(10 * TOOLTIPS))
    positions = _tooltip_positions([many, many[::3]])
    assert len(positions) == TOOLTIPS
    assert (positions[0], positions[-1]) == (many[0], many[-1])
