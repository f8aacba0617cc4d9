"""Charts as Vega-Lite specifications, built with Altair, and their data.

A specification is built once for its arguments and stays the same as the data grow: `st.altair_chart` would rebuild and
validate it at every redraw (17 ms instead of 2), and a chart flickers when its specification changes.
"""

from collections.abc import Sequence
from functools import cache
from math import ceil, floor, log10, nan
from typing import Any, Literal

import altair as alt
import numpy as np
import pyarrow as pa

from training.history import Change, Measurement
from training.settings import SETTINGS
from ui.widgets.palette import Palette

POINTS = 500
"""Maximum number of points per curve."""

Quantity = Literal["loss", "accuracy"]

_KINDS = ["train", "dev", "change", "replay"]


def curve_points(
    measurements: Sequence[Measurement], changes: Sequence[Change], quantity: Quantity, replayed: int | None = None
) -> pa.Table:
    """Return the data for `curves`: train and dev, changes of settings, and the replayed step.

    Args:
        measurements: Oldest first. Beyond POINTS, each curve is thinned without losing spikes.
        changes: Settings changed during the run.
        quantity: The quantity to plot.
        replayed: The step being replayed, if any.

    Returns:
        Columns step, value (accuracy in percent, loss in nats, NaN for other kinds), kind (train, dev, change, replay)
        and note. An Arrow table is what Streamlit sends: at four redraws a second, converting a pandas frame took a
        tenth of a server's time.
    """
    scale = 100 if quantity == "accuracy" else 1
    steps: list[int] = []
    drawn: list[float] = []
    kinds: list[int] = []
    for code, kind in enumerate(_KINDS[:2]):
        values = [scale * getattr(each, f"{kind}_{quantity}") for each in measurements]
        chosen = thinned(values)
        steps += [measurements[index].step for index in chosen]
        drawn += [values[index] for index in chosen]
        kinds += [code] * len(chosen)
    notes = [_description(each) for each in changes]
    noted = ["", *dict.fromkeys(notes)]
    replays = [] if replayed is None else [replayed]
    kinds += [_KINDS.index("change")] * len(changes) + [_KINDS.index("replay")] * len(replays)
    return pa.table(
        {
            "step": np.array([*steps, *(each.step for each in changes), *replays], np.int32),
            "value": np.array([*drawn, *[nan] * (len(changes) + len(replays))], np.float32),
            "kind": _words(kinds, _KINDS),
            "note": _words([*[0] * len(drawn), *map(noted.index, notes), *[0] * len(replays)], noted),
        }
    )


def _description(change: Change) -> str:
    setting = SETTINGS[change.name]
    return f"{setting.label}: {setting.format(change.before)} → {setting.format(change.after)}"


def _words(codes: Sequence[int], words: Sequence[str]) -> pa.DictionaryArray:
    """Return a dictionary-encoded column of a few words repeated in many rows."""
    return pa.DictionaryArray.from_arrays(np.array(codes, np.int32), list(words))


def thinned(values: Sequence[float], most: int = POINTS) -> Sequence[int]:
    """Return the indices of at most `most` values: the first, the last, and the extremes of each interval between."""
    last = len(values) - 1
    if last < most:
        return range(len(values))
    length = -(-(last - 1) // (most // 2 - 1))
    kept = {0, last}
    for start in range(1, last, length):
        stretch = range(start, min(start + length, last))
        kept |= {min(stretch, key=values.__getitem__), max(stretch, key=values.__getitem__)}
    return sorted(kept)


ROWS = alt.NamedData("rows")
"""Placeholder for a chart's data, which `st.vega_lite_chart` receives separately."""


def specification(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """Return a chart of ROWS as the dict that `st.vega_lite_chart` accepts alongside the data."""
    plain = chart.configure_view(stroke=None).configure_mark(aria=False)
    # Not as a top-level chart: Altair would add its theme, and Streamlit has its own.
    spec: dict[str, Any] = plain.to_dict(context={"top_level": False})
    del spec["data"]
    return spec


def value_axis(colours: Palette, ticks: int) -> alt.Axis:
    """Return the vertical axis of a plot of curves; its width is fixed, whatever the values."""
    return alt.Axis(tickCount=ticks, format=".4~g", gridColor=colours.faint, labelFlush=False, minExtent=34)


PADDING: dict[str, int] = {"left": 0, "right": 8, "top": 6, "bottom": 0}
"""Padding around a plot of curves, in pixels."""


@cache
def curves(quantity: Quantity, colours: Palette, *, height: int, steps_shown: bool, changed: bool) -> dict[str, Any]:
    """Return the specification of one plot of train and dev against the step.

    Args:
        quantity: The quantity to plot.
        colours: The palette: train in ink, dev in accent.
        height: In pixels.
        steps_shown: Whether to title the step axis; of stacked plots, only the bottom one has a title.
        changed: Whether there are changes of settings to mark.
    """
    title, digits = ("Accuracy, %", ".1f") if quantity == "accuracy" else ("Loss, nats", ".3f")
    step = alt.X(
        "step:Q",
        title="Step" if steps_shown else None,
        axis=alt.Axis(format=",d", grid=False, tickMinStep=1, tickCount=6),
        scale=alt.Scale(nice=False, zero=True),
    )
    value = alt.Y(
        "value:Q",
        title=None,
        axis=value_axis(colours, ticks=4),
        scale=alt.Scale(zero=True, nice=True) if quantity == "loss" else alt.Scale(domain=[0, 100]),
    )
    kind = alt.Color(
        "kind:N", legend=None, scale=alt.Scale(domain=["train", "dev"], range=[colours.ink, colours.accent])
    )
    step_tooltip = alt.Tooltip("step:Q", title="Step", format=",d")
    nearest = alt.selection_point(name="nearest", on="pointerover", nearest=True, clear="pointerout", empty=False)

    changes = (
        alt.Chart(ROWS)
        .transform_filter("datum.kind == 'change'")
        .mark_rule(color=colours.muted, strokeDash=[3, 3], size=1)
        .encode(x=step, tooltip=[alt.Tooltip("note:N", title="Changed"), step_tooltip])
    )
    replay = (
        alt.Chart(ROWS)
        .transform_filter("datum.kind == 'replay'")
        .mark_rule(color=colours.accent, size=1)
        .encode(x=step)
    )
    measured = (
        alt.Chart(ROWS)
        .transform_filter("datum.kind == 'train' || datum.kind == 'dev'")
        .encode(x=step, y=value, color=kind)
    )
    lines = measured.mark_line(strokeWidth=1.8, interpolate="linear")
    points = (
        measured.properties(name="points")
        .mark_point(filled=True, size=26, opacity=0)
        .encode(
            opacity=alt.condition(nearest, alt.value(1), alt.value(0)),
            tooltip=[
                alt.Tooltip("kind:N", title="Measured on"),
                step_tooltip,
                alt.Tooltip("value:Q", title=title, format=digits),
            ],
        )
        .add_params(nearest)
    )
    layers = [*([changes] if changed else []), replay, lines, points]
    return specification(alt.layer(*layers).properties(height=height, padding=PADDING))


@cache
def class_counts(colours: Palette) -> dict[str, Any]:
    """Return the specification of a stacked bar chart of digits by class and part of the split.

    Its data have the columns class, part (train, dev or test), count, and order (of the parts).
    """
    bars = (
        alt.Chart(ROWS, height=240)
        .mark_bar()
        .encode(
            x=alt.X("class:N", title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("count:Q", title=None, axis=alt.Axis(gridColor=colours.faint)),
            color=alt.Color(
                "part:N",
                title=None,
                legend=alt.Legend(orient="top"),
                scale=alt.Scale(domain=["train", "dev", "test"], range=[colours.ink, colours.accent, colours.muted]),
            ),
            order=alt.Order("order:Q"),
            tooltip=[alt.Tooltip("class:N"), alt.Tooltip("part:N"), alt.Tooltip("count:Q", format=",d")],
        )
    )
    return specification(bars)


def error_points(epsilons: Sequence[float], errors: Sequence[float]) -> pa.Table:
    """Return the data for `errors`: columns epsilon and error, without errors of 0, which a log axis cannot show."""
    kept = [(epsilon, error) for epsilon, error in zip(epsilons, errors, strict=True) if error > 0]
    return pa.table({"epsilon": [float(each[0]) for each in kept], "error": [float(each[1]) for each in kept]})


def errors(colours: Palette, points: pa.Table) -> dict[str, Any]:
    """Return the specification of a log-log plot of relative error against ε, with axes to fit these points."""

    def powers_of_ten(column: str) -> alt.Scale:
        """Return a scale between whole powers of ten, explicit because the axis is drawn before the data arrive."""
        powers = [log10(each) for each in points[column].to_pylist()] or [-9.0, -1.0]
        return alt.Scale(type="log", domain=[10.0 ** floor(min(powers)), 10.0 ** ceil(max(powers))])

    line = (
        alt.Chart(ROWS, height=200)
        .mark_line(point=alt.OverlayMarkDef(filled=True, size=40, color=colours.accent), strokeWidth=1.5)
        .encode(
            x=alt.X("epsilon:Q", title="ε", scale=powers_of_ten("epsilon"), axis=alt.Axis(format=".0e", grid=False)),
            y=alt.Y(
                "error:Q",
                title="Relative error",
                scale=powers_of_ten("error"),
                axis=alt.Axis(format=".0e", gridColor=colours.faint, tickCount=5),
            ),
            color=alt.value(colours.accent),
            tooltip=[alt.Tooltip("epsilon:Q", format=".0e"), alt.Tooltip("error:Q", format=".2e")],
        )
    )
    return specification(line)
