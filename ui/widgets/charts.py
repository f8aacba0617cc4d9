"""Charts, as Vega-Lite specifications that Altair writes, and the rows that they draw.

A specification is made once for its arguments and stays the same while the rows grow: `st.altair_chart` would build and
check it again at every redraw (17 ms instead of 2), and a chart whose specification changes blinks.
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
"""The most points drawn of a curve."""

Quantity = Literal["loss", "accuracy"]

_KINDS = ["train", "dev", "change", "replay"]


def curve_points(
    measurements: Sequence[Measurement], changes: Sequence[Change], quantity: Quantity, replayed: int | None = None
) -> pa.Table:
    """Return the rows that `curves` draws: train and dev, changes of settings, and the replayed step.

    Args:
        measurements: Oldest first. Of more than POINTS, each curve keeps a selection that loses no spike.
        changes: Settings changed during the run.
        quantity: What is drawn.
        replayed: The step being replayed.

    Returns:
        Columns step, value (accuracy in percent, loss in nats, NaN in rows of other kinds), kind (train, dev, change,
        replay) and note. It is an Arrow table, as Streamlit sends it: at four redraws a second, converting a pandas
        frame took a tenth of a server's time.
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
    """Return a column of a few words that recur in many rows, dictionary-encoded."""
    return pa.DictionaryArray.from_arrays(np.array(codes, np.int32), list(words))


def thinned(values: Sequence[float], most: int = POINTS) -> Sequence[int]:
    """Return the indices of at most `most` values: the first, the last, and the extremes of each stretch between."""
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
"""Stands for the rows in a chart until `st.vega_lite_chart` is given them."""


def specification(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """Return a chart of ROWS as the dict that `st.vega_lite_chart` takes beside the rows themselves."""
    plain = chart.configure_view(stroke=None).configure_mark(aria=False)
    # As a part of another chart: at the top level Altair would add its theme, and Streamlit has one.
    spec: dict[str, Any] = plain.to_dict(context={"top_level": False})
    del spec["data"]
    return spec


def value_axis(colours: Palette, ticks: int) -> alt.Axis:
    """Return the vertical axis of a plot of curves; its width stays the same whatever the values are."""
    return alt.Axis(tickCount=ticks, format=".4~g", gridColor=colours.faint, labelFlush=False, minExtent=34)


PADDING: dict[str, int] = {"left": 0, "right": 8, "top": 6, "bottom": 0}
"""Around a plot of curves, in pixels."""


@cache
def curves(quantity: Quantity, colours: Palette, *, height: int, steps_shown: bool, changed: bool) -> dict[str, Any]:
    """Return the specification of one plot of train and dev against the steps.

    Args:
        quantity: What is drawn.
        colours: Train in ink, dev in accent.
        height: In pixels.
        steps_shown: Whether the step axis has a title: of two plots one above the other, the lower one has.
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
    """Return the specification of digits by class, the parts of the split stacked.

    Its rows have the columns class, part (train, dev or test), count, and order (of the parts).
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
    """Return the rows that `errors` draws: columns epsilon and error; an error of 0 has no place on a log axis."""
    kept = [(epsilon, error) for epsilon, error in zip(epsilons, errors, strict=True) if error > 0]
    return pa.table({"epsilon": [float(each[0]) for each in kept], "error": [float(each[1]) for each in kept]})


def errors(colours: Palette, points: pa.Table) -> dict[str, Any]:
    """Return the specification of relative errors against ε, both logarithmic, for the points that it draws."""

    def powers_of_ten(column: str) -> alt.Scale:
        """From one whole power of ten to another; explicit, as the axis is drawn before it has the points."""
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
