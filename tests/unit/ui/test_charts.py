"""The plots show the measurements, stay small however long a run is, and are valid Vega-Lite."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import altair as alt
import pytest

from training.history import LIMIT, Change, Measurement
from ui.widgets import charts
from ui.widgets.charts import POINTS, Quantity, class_counts, curves
from ui.widgets.palette import DARK, LIGHT, Palette

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)


def measurement(step: int, value: float = 0.5) -> Measurement:
    return Measurement(step, step / 10, train_loss=value, dev_loss=value, train_accuracy=value, dev_accuracy=value)


def curve_points(
    measurements: Sequence[Measurement], changes: Sequence[Change], quantity: Quantity, replayed: int | None = None
) -> pd.DataFrame:
    frame: pd.DataFrame = charts.curve_points(measurements, changes, quantity, replayed).to_pandas()
    return frame


def curve(frame: pd.DataFrame, kind: str) -> list[tuple[int, float]]:
    rows = frame[frame["kind"] == kind]
    return list(zip(rows["step"].tolist(), rows["value"].tolist(), strict=True))


def test_loss_is_drawn_in_nats_and_accuracy_in_percent() -> None:
    one = Measurement(7, 0.1, train_loss=1.25, dev_loss=1.5, train_accuracy=0.75, dev_accuracy=0.5)
    loss, accuracy = curve_points([one], [], "loss"), curve_points([one], [], "accuracy")
    assert (curve(loss, "train"), curve(loss, "dev")) == ([(7, 1.25)], [(7, 1.5)])
    assert (curve(accuracy, "train"), curve(accuracy, "dev")) == ([(7, 75.0)], [(7, 50.0)])


def test_a_change_of_settings_is_a_row_without_a_value() -> None:
    frame = curve_points([measurement(0)], [Change(30, "learning_rate", 0.1, 0.01)], "loss")
    marks = frame[frame["kind"] == "change"]
    assert marks["step"].tolist() == [30]
    assert marks["note"].tolist() == ["Learning rate α: 0.1 → 0.01"]
    assert marks["value"].isna().all()


def test_the_replayed_step_is_a_row_without_a_value_beside_unchanged_curves() -> None:
    frame = curve_points([measurement(0), measurement(9)], [Change(3, "l2", 1.0, 2.0)], "loss", 4)
    without = curve_points([measurement(0), measurement(9)], [Change(3, "l2", 1.0, 2.0)], "loss")
    replays = frame[frame["kind"] == "replay"]
    assert replays["step"].tolist() == [4]
    assert replays["value"].isna().all()
    assert frame[frame["kind"] != "replay"].equals(without)


def test_a_replay_needs_no_other_specification() -> None:
    """A new specification would recreate the plot and make it flicker, so the rule is always there, without data."""
    for quantity in QUANTITIES:
        layers = spec(quantity)["layer"]
        filters = [str(layer["transform"]) for layer in layers if layer["mark"]["type"] != "rule"]
        assert [layer["transform"] for layer in layers if layer["mark"]["type"] == "rule"] == [
            [{"filter": "datum.kind == 'replay'"}]
        ]
        assert not any("replay" in each or "!=" in each for each in filters), "the curves would take it for a point"


@pytest.mark.parametrize("changes", [[], [Change(3, "l2", 1.0, 2.0)]], ids=["no change", "a change"])
@pytest.mark.parametrize("measured", [0, 1, 2])
def test_the_columns_are_there_however_little_was_measured(measured: int, changes: list[Change]) -> None:
    frame = curve_points([measurement(step) for step in range(measured)], changes, "loss")
    assert list(frame.columns) == ["step", "value", "kind", "note"]
    assert len(frame) == 2 * measured + len(changes)


@pytest.mark.parametrize("measured", [1, 2, 3, POINTS - 1, POINTS])
def test_a_short_run_is_drawn_whole(measured: int) -> None:
    frame = curve_points([measurement(step) for step in range(measured)], [], "loss")
    assert [step for step, _ in curve(frame, "dev")] == list(range(measured))


@pytest.mark.parametrize("measured", [POINTS + 1, POINTS + 2, 2 * POINTS - 1, 2 * POINTS, LIMIT, 12_345])
def test_a_long_run_is_drawn_with_few_points_from_its_first_to_its_last(measured: int) -> None:
    zigzag = [measurement(step, value=step % 7) for step in range(measured)]
    for kind in ("train", "dev"):
        steps = [step for step, _ in curve(curve_points(zigzag, [], "loss"), kind)]
        assert len(steps) <= POINTS
        assert (steps[0], steps[-1]) == (0, measured - 1)
        assert steps == sorted(set(steps))


@pytest.mark.parametrize("at", [1, 2, 3, 499, 500, LIMIT - 3, LIMIT - 2])
@pytest.mark.parametrize("value", [9.0, -9.0], ids=["peak", "dip"])
def test_a_spike_of_one_measurement_is_never_lost(at: int, value: float) -> None:
    """A brief spike in the loss is exactly what users look for after changing α."""
    run = [measurement(step) for step in range(LIMIT)]
    run[at] = measurement(at, value)
    assert (at, value) in curve(curve_points(run, [], "loss"), "dev")


def test_a_spike_of_dev_alone_is_kept_though_train_has_one_nearby() -> None:
    run = [measurement(step) for step in range(LIMIT)]
    run[400] = Measurement(400, 0, train_loss=9, dev_loss=0.5, train_accuracy=0.5, dev_accuracy=0.5)
    run[401] = Measurement(401, 0, train_loss=0.5, dev_loss=8, train_accuracy=0.5, dev_accuracy=0.5)
    frame = curve_points(run, [], "loss")
    assert (400, 9) in curve(frame, "train")
    assert (401, 8) in curve(frame, "dev")


@pytest.mark.parametrize("odd", [float("nan"), float("inf")], ids=str)
def test_a_loss_past_every_number_is_no_error(odd: float) -> None:
    run = [measurement(step) for step in range(LIMIT - 10)] + [measurement(LIMIT + step, odd) for step in range(10)]
    assert len(curve(curve_points(run, [], "loss"), "dev")) <= POINTS


def spec(quantity: Quantity, colours: Palette = LIGHT, *, changed: bool = False) -> dict[str, Any]:
    return curves(quantity, colours, height=170, steps_shown=quantity == "accuracy", changed=changed)


@pytest.mark.parametrize("changed", [False, True], ids=["steady", "changed"])
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_a_plot_is_what_vega_lite_understands(quantity: Quantity, changed: bool) -> None:
    """Altair validates against the published Vega-Lite schema."""
    alt.Chart.from_dict({**spec(quantity, changed=changed), "data": {"name": "measured"}})


def test_the_bars_are_what_vega_lite_understands() -> None:
    alt.Chart.from_dict({**class_counts(LIGHT), "data": {"name": "counted"}})


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_a_plot_reads_only_columns_that_there_are(quantity: Quantity) -> None:
    columns = set(curve_points([], [], quantity).columns)
    fields = _values_of("field", spec(quantity, changed=True))
    assert fields
    assert fields <= columns
    assert _values_of("field", class_counts(LIGHT)) <= {"class", "part", "count", "order"}


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_a_plot_carries_no_data_and_leaves_nothing_to_chance(quantity: Quantity) -> None:
    """With the same specification at each redraw, Vega only updates the data, without flicker."""
    assert json.dumps(spec(quantity)) == json.dumps(spec(quantity))
    assert "data" not in spec(quantity)


def test_train_is_in_ink_and_dev_in_accent() -> None:
    for colours in (LIGHT, DARK):
        layers = [layer["encoding"] for layer in spec("loss", colours)["layer"] if "y" in layer["encoding"]]
        scale = {"domain": ["train", "dev"], "range": [colours.ink, colours.accent]}
        assert [layer["color"]["scale"] for layer in layers] == [scale, scale]


def test_accuracy_stands_between_nothing_and_all() -> None:
    (line,) = [layer for layer in spec("accuracy")["layer"] if layer["mark"]["type"] == "line"]
    assert line["encoding"]["y"]["scale"]["domain"] == [0, 100]


def _values_of(name: str, part: object) -> set[str]:
    """Return all string values of a key anywhere in a specification."""
    if isinstance(part, list):
        return set().union(*(_values_of(name, each) for each in part)) if part else set()
    if not isinstance(part, dict):
        return set()
    own = {part[name]} if isinstance(part.get(name), str) else set()
    return own.union(*(_values_of(name, each) for each in part.values()))


def test_errors_are_drawn_between_whole_powers_of_ten_and_an_error_of_nothing_is_left_out() -> None:
    """Vega-Lite cannot place 0 on a log axis, and logs console warnings until it has the points."""
    points = charts.error_points([1e-1, 1e-2, 1e-3], [3e-4, 0.0, 2e-8])
    assert points.to_pydict() == {"epsilon": [1e-1, 1e-3], "error": [3e-4, 2e-8]}
    encoding = charts.errors(LIGHT, points)["encoding"]
    assert encoding["x"]["scale"] == {"type": "log", "domain": pytest.approx([1e-3, 1e-1])}
    assert encoding["y"]["scale"] == {"type": "log", "domain": pytest.approx([1e-8, 1e-3])}
    assert charts.errors(LIGHT, charts.error_points([1e-1], [0.0]))["encoding"]["y"]["scale"]["type"] == "log"
