"""The charts are valid Vega-Lite for the data they get."""

from __future__ import annotations

import altair as alt
import pytest

from language.translation import speaking
from ui.widgets import charts
from ui.widgets.charts import class_counts
from ui.widgets.palette import LIGHT


def test_the_bars_are_what_vega_lite_understands() -> None:
    """Altair validates against the published Vega-Lite schema."""
    alt.Chart.from_dict({**class_counts(LIGHT, ["Lernen", "Prüfen", "Test"], most=500), "data": {"name": "counted"}})


def test_errors_are_drawn_between_whole_powers_of_ten_and_an_error_of_nothing_is_left_out() -> None:
    """Vega-Lite cannot place 0 on a log axis, and logs console warnings until it has the points."""
    points = charts.error_points([1e-1, 1e-2, 1e-3], [3e-4, 0.0, 2e-8])
    assert points.to_pydict() == {"epsilon": [1e-1, 1e-3], "error": [3e-4, 2e-8]}
    encoding = charts.errors(LIGHT, points)["encoding"]
    assert encoding["x"]["scale"] == {"type": "log", "domain": pytest.approx([1e-3, 1e-1])}
    assert encoding["y"]["scale"] == {"type": "log", "domain": pytest.approx([1e-8, 1e-3])}
    assert charts.errors(LIGHT, charts.error_points([1e-1], [0.0]))["encoding"]["y"]["scale"]["type"] == "log"


def test_a_chart_is_in_the_language_and_describes_nothing_in_another() -> None:
    """Vega would describe its axes to screen readers in English, whatever their titles."""
    charts_of = {}
    for code in ("en", "de"):
        with speaking(code):
            charts_of[code] = class_counts(LIGHT, ["a", "b", "c"], most=500)
    assert [each["config"]["aria"] for each in charts_of.values()] == [False, False]
    numbers = [each["config"]["locale"]["number"] for each in charts_of.values()]
    assert [(each["decimal"], each["thousands"]) for each in numbers] == [(".", ","), (",", ".")]
    titles = [each["encoding"]["tooltip"][0]["title"] for each in charts_of.values()]
    assert titles == ["Class", "Klasse"]
