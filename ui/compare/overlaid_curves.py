"""The curves of several runs in one chart: its specification and its data."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any, Literal

import altair as alt
import numpy as np
import pandas as pd
import pyarrow as pa

from training.history import Measurement
from training.run_record import Record
from ui.widgets.charts import PADDING, ROWS, Quantity, specification, thinned, value_axis
from ui.widgets.palette import Palette

XAxis = Literal["step", "epoch"]

POINTS = 200
"""Maximum number of points per curve; there may be two dozen curves."""

TOOLTIPS = 100
"""Maximum number of x positions with a tooltip."""

_KINDS = ["dev", "train", "raw", "change", "tooltip"]

_EXACT = 1 << 24
"""float32 represents every integer up to this one."""


def overlay_points(
    runs: Mapping[int, Record], quantity: Quantity, x_axis: XAxis = "step", smoothing: float = 0.0
) -> pa.Table:
    """Return the data for `overlay`.

    Args:
        runs: Keyed by the index of their colour in the palette.
        quantity: The quantity to plot.
        x_axis: The unit of the x axis.
        smoothing: Weight of the moving average, in [0, 1); above 0, the unsmoothed dev curve is included too.

    Returns:
        Columns x; value, in percent or nats, or NaN if there is none; kind, one of dev, train, raw (unsmoothed dev, if
        the curves are smoothed), change (of a setting) and tooltip (unsmoothed, at x positions common to all runs);
        run, "r" and the index of its colour, followed in tooltip rows by "d" for dev or "t" for train.
    """
    scale = 100 if quantity == "accuracy" else 1
    xs: list[float] = []
    values: list[float] = []
    kinds: list[int] = []
    names: list[int] = []
    words = [f"r{place}{of}" for place in runs for of in ("", "d", "t")]

    def add(kind: str, name: str, places: Sequence[float], drawn: Sequence[float]) -> None:
        xs.extend(places)
        values.extend(drawn)
        kinds.extend([_KINDS.index(kind)] * len(places))
        names.extend([words.index(name)] * len(places))

    tooltips_at = _tooltip_positions([[_place(each, x_axis) for each in run.measurements] for run in runs.values()])
    for place, run in runs.items():
        measured_at = [_place(each, x_axis) for each in run.measurements]
        within = [stop for stop in tooltips_at if stop <= measured_at[-1]]
        for kind in ("dev", "train"):
            measured = [scale * getattr(each, f"{kind}_{quantity}") for each in run.measurements]
            drawn = _smoothed(measured, smoothing) if smoothing else measured
            for curve, line in ((kind, drawn), ("raw", measured)):
                if curve == kind or (kind == "dev" and smoothing):
                    chosen = thinned(line, POINTS)
                    add(curve, f"r{place}", [measured_at[i] for i in chosen], [line[i] for i in chosen])
            add("tooltip", f"r{place}{kind[0]}", within, np.interp(within, measured_at, measured).tolist())
        turned = sorted({each.step for each in run.changes})
        at = turned if x_axis == "step" else np.interp(turned, *_steps_and_epochs(run)).tolist()
        add("change", f"r{place}", at, [np.nan] * len(turned))
    exact = np.float32 if x_axis == "epoch" or max(xs, default=0) <= _EXACT else np.float64
    with np.errstate(over="ignore"):  # a diverging loss may exceed float32, far outside the plot
        return pa.table(
            {
                "x": np.array(xs, exact),
                "value": np.array(values, np.float32),
                "kind": pa.DictionaryArray.from_arrays(np.array(kinds, np.int8), _KINDS),
                "run": pa.DictionaryArray.from_arrays(np.array(names, np.int8), words),
            }
        )


def _smoothed(values: Sequence[float], weight: float) -> list[float]:
    """Return an exponential moving average as in TensorBoard, ignoring non-finite values."""
    finite = np.isfinite(values)
    average = pd.Series(np.where(finite, values, np.nan)).ewm(alpha=1 - weight, adjust=True, ignore_na=True).mean()
    smoothed: list[float] = np.where(finite, average, values).tolist()
    return smoothed


def _place(measurement: Measurement, x_axis: XAxis) -> float:
    return measurement.step if x_axis == "step" else measurement.epoch


def _steps_and_epochs(run: Record) -> tuple[list[int], list[float]]:
    return [each.step for each in run.measurements], [each.epoch for each in run.measurements]


def _tooltip_positions(measured_at: Sequence[Sequence[float]]) -> list[float]:
    """Return the measured positions, or an evenly spaced subset if there are too many."""
    every = sorted({place for places in measured_at for place in places})
    if len(every) <= TOOLTIPS:
        return every
    chosen = np.linspace(0, len(every) - 1, TOOLTIPS).round().astype(int)
    return [every[index] for index in chosen]


def loss_limit(runs: Sequence[Record]) -> float | None:
    """Return an upper limit for the loss axis; None if all losses fit.

    A diverging loss would flatten every other curve. Above twice the initial loss, a network is only guessing.
    """
    limit = 2 * max((each.measurements[0].dev_loss for each in runs), default=0.0)
    losses = [loss for run in runs for each in run.measurements for loss in (each.train_loss, each.dev_loss)]
    return limit if any(not isfinite(loss) or loss > limit for loss in losses) else None


@lru_cache(64)
def overlay(
    names: tuple[tuple[int, str], ...],
    quantity: Quantity,
    colours: Palette,
    *,
    height: int,
    x_axis: XAxis,
    axis_named: bool,
    limits: tuple[float, float] | None,
) -> dict[str, Any]:
    """Return the specification of one plot; it stays the same as the data grow, so the chart does not flicker.

    Args:
        names: The colour index and the name of each run.
        quantity: The quantity to plot.
        colours: The palette.
        height: In pixels.
        x_axis: The unit of the x axis.
        axis_named: Whether to title the x axis; of stacked plots, only the bottom one has a title.
        limits: The range of the value axis, beyond which curves are clipped. None shows everything from 0.
    """
    x = alt.X(
        "x:Q",
        title=x_axis.capitalize() if axis_named else None,
        axis=alt.Axis(format=",~g" if x_axis == "epoch" else ",d", grid=False, tickCount=6),
        scale=alt.Scale(nice=False, zero=True),
    )
    y = alt.Y(
        "value:Q",
        title=None,
        axis=value_axis(colours, ticks=5),
        scale=alt.Scale(domain=list(limits)) if limits else alt.Scale(zero=True, nice=True),
    )
    places = [f"r{place}" for place in range(len(colours.runs))]
    run = alt.Color("run:N", legend=None, scale=alt.Scale(domain=places, range=list(colours.runs)))

    def rows(kind: str) -> alt.Chart:
        return alt.Chart(ROWS).transform_filter(f"datum.kind == '{kind}'")

    def line(kind: str, **style: Any) -> alt.Chart:  # noqa: ANN401 - Altair's own type
        chart: alt.Chart = rows(kind).mark_line(interpolate="linear", clip=True, **style).encode(x=x, y=y, color=run)
        return chart

    digits = ".1f" if quantity == "accuracy" else ".3f"
    values = {
        f"tooltip{place}": f"isValid(datum.r{place}d) ? format(datum.r{place}d, '{digits}') + '  ·  train '"
        f" + format(datum.r{place}t, '{digits}') : '–'"
        for place, _ in names
    }
    nearest = alt.selection_point(
        name="nearest", fields=["x"], on="pointerover", nearest=True, clear="pointerout", empty=False
    )
    pointer = (
        rows("tooltip")
        .properties(name="pointer")
        .transform_pivot("run", value="value", groupby=["x"])
        .transform_calculate(**values)
        .mark_rule(color=colours.muted, size=1)
        .encode(
            x=x,
            opacity=alt.condition(nearest, alt.value(0.6), alt.value(0)),
            tooltip=[
                alt.Tooltip("x:Q", title=x_axis.capitalize(), format=",.2f" if x_axis == "epoch" else ",d"),
                *(alt.Tooltip(f"tooltip{place}:N", title=name) for place, name in names),
            ],
        )
        .add_params(nearest)
    )
    layers = alt.layer(
        rows("change").mark_rule(strokeDash=[3, 3], size=1).encode(x=x, color=run),
        line("raw", strokeWidth=1, opacity=0.3),
        line("train", strokeWidth=1.1, strokeDash=[5, 3]),
        line("dev", strokeWidth=2),
        pointer,
    )
    return specification(layers.properties(height=height, padding=PADDING))
