"""The printed page of a run: what it says about any run, and that its charts are drawn whatever was measured."""

from __future__ import annotations

import json
import re
from math import inf, nan
from typing import TYPE_CHECKING

import pytest

from training.history import Measurement
from ui.state.task import Task
from ui.train.run_sheet import charts

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit


def sheet(visit: Visit) -> str:
    """The HTML of the printed page, as text without tags."""
    (component,) = (
        each.proto for each in visit.app.get("bidi_component") if each.proto.component_name == "digit_lab.run_sheet"
    )
    html = json.loads(component.json)["sheet"]
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html))


def test_it_tells_the_settings_that_matter_the_result_and_the_task(new_visit: NewVisit) -> None:
    free = frozenset({"train", "step"})
    task = Task(
        "train", "How far do 5 units come?\n<b>Count</b> them.", free, state={"hidden_size": "5", "dropout": "0.2"}
    )
    visit = new_visit("train", task.parameters())
    visit.click("step")
    visit.wait_until_idle()
    visit.app.run()
    text = sheet(visit)
    for told in ("Name", "Date", "How far do 5 units come?", "&lt;b&gt;Count&lt;/b&gt;", "784-5-10", "Hidden size 5"):
        assert told in text
    assert "Dropout 0.2" in text
    assert "Label smoothing" not in text, "It has its default."
    assert "step 1, epoch 0" in text
    assert text.count("really") == 16, "The matrix and fifteen mistakes."


def test_an_empty_chart_has_its_axes() -> None:
    loss, accuracy = charts([Measurement(0, 0.0, 2.3, 2.4, 0.1, 0.1)], 500)
    assert "<polyline" in loss
    assert "100%" in accuracy


@pytest.mark.parametrize("value", [nan, inf, 1e9, 0.0])
def test_a_run_that_diverged_is_drawn_as_far_as_it_is_finite(value: float) -> None:
    measurements = [Measurement(0, 0.0, 2.3, 2.4, 0.1, 0.1), Measurement(5, 0.1, value, value, 0.1, 0.1)]
    loss, _ = charts(measurements, 500)
    assert not re.search("nan|inf", "".join(re.findall("points='(.*?)'", loss)))
    assert loss.count("<polyline") == 2


def test_a_long_run_takes_no_more_room_than_a_short_one() -> None:
    long = [
        Measurement(step, step / 63, 2 / (step + 1), 2 / (step + 1), 0.9, 0.8, true_accuracy=0.7)
        for step in range(1000)
    ]
    loss, accuracy = charts(long, 500)
    assert len(loss) + len(accuracy) < 40_000
    assert accuracy.count("<polyline") == 3
