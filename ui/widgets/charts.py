"""Charts as Vega-Lite specifications, built with Altair, and their data.

A specification is built once per set of arguments and stays the same as the data grow: `st.altair_chart` would rebuild
and validate it at every redraw (17 ms instead of 2), and a chart flickers when its specification changes.
"""

from collections.abc import Sequence
from functools import cache
from math import ceil, floor, log10
from typing import Any

import altair as alt
import pyarrow as pa

from language.numbers import separators
from language.translation import _, current
from ui.widgets.palette import Palette

ROWS = alt.NamedData("rows")
"""Placeholder for a chart's data, which `st.vega_lite_chart` receives separately."""


def specification(chart: alt.TopLevelMixin, colours: Palette) -> dict[str, Any]:
    """Return a chart of ROWS as the dict that `st.vega_lite_chart` accepts alongside the data.

    Its labels are as dark as all secondary text; in Streamlit's theme, their contrast would be 3.6:1. Vega describes
    axes, legends and marks in English only, so the `alt` text shown with a chart describes it instead.
    """
    group, point = separators()
    numbers = alt.NumberLocale(decimal=point, thousands=group, grouping=[3], currency=["", ""])
    plain = chart.configure(aria=False, locale=alt.Locale(number=numbers))
    plain = plain.configure_view(stroke=None).configure_mark(aria=False)
    plain = plain.configure_axis(labelColor=colours.muted, titleColor=colours.muted)
    plain = plain.configure_legend(labelColor=colours.muted)
    # Not as a top-level chart: Altair would add its theme, and Streamlit has its own.
    spec: dict[str, Any] = plain.to_dict(context={"top_level": False})
    del spec["data"]
    return spec


def class_counts(colours: Palette, parts: Sequence[str], most: int) -> dict[str, Any]:
    """Return the specification of a stacked bar chart of digits by class and part of the split.

    Its data have the columns class, part, count, and order (of the parts).

    Args:
        colours: The colours of the bars.
        parts: The names of train, dev and test.
        most: The number of digits in the largest class; explicit because the axis is drawn before the data arrive.
    """
    return _class_counts(colours, tuple(parts), most, current())


@cache
def _class_counts(colours: Palette, parts: tuple[str, ...], most: int, _language: str) -> dict[str, Any]:
    bars = (
        alt.Chart(ROWS, height=240)
        .mark_bar()
        .encode(
            x=alt.X("class:N", title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y(
                "count:Q",
                title=None,
                scale=alt.Scale(domain=[0, most], nice=True),
                axis=alt.Axis(gridColor=colours.faint),
            ),
            color=alt.Color(
                "part:N",
                title=None,
                legend=alt.Legend(orient="top"),
                scale=alt.Scale(domain=list(parts), range=[colours.ink, colours.accent, colours.muted]),
            ),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("class:N", title=_("Class")),
                alt.Tooltip("part:N", title=_("Split")),
                alt.Tooltip("count:Q", title=_("Count"), format=",d"),
            ],
        )
    )
    return specification(bars, colours)


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
                title=_("Relative error"),
                scale=powers_of_ten("error"),
                axis=alt.Axis(format=".0e", gridColor=colours.faint, tickCount=5),
            ),
            color=alt.value(colours.accent),
            tooltip=[alt.Tooltip("epsilon:Q", format=".0e"), alt.Tooltip("error:Q", format=".2e")],
        )
    )
    return specification(line, colours)
