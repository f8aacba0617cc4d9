"""A component's value is read with the events of this run, and without a class of its own."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from streamlit.components.v2 import presentation
from streamlit.components.v2.bidi_component import main
from streamlit.runtime.state import SessionState
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import Value

from ui.workarounds import component_values


@pytest.mark.parametrize(
    ("state", "events", "value"),
    [
        ({"drawing": 1}, None, {"drawing": 1}),
        ({"drawing": 1}, [], {"drawing": 1}),
        ({"drawing": 1}, [{"event": "picked", "value": 7}], {"drawing": 1, "picked": 7}),
        ({"drawing": 1}, [{"event": "drawing", "value": 7}, "nonsense"], {"drawing": 1}),
        (None, [{"event": "picked", "value": 7}], None),
    ],
)
def test_it_is_what_streamlit_makes_of_it(state: Any, events: list[Any] | None, value: Any) -> None:  # noqa: ANN401
    session = SessionState()
    session._new_widget_state.states["events"] = Value(events)
    session._new_widget_state.widget_metadata["events"] = WidgetMetadata(
        "events", json.loads, json.dumps, "json_trigger_value"
    )
    read: Any = component_values._presenter("events")(state, session)
    assert read == presentation.make_bidi_component_presenter("events")(state, session) == value
    assert type(read) in {component_values.Read, type(None)}
    if read is not None:
        assert (read.drawing, read.picked, read.missing) == (1, read.get("picked"), None)
        assert copy.deepcopy(read) == read


def test_before_its_first_event_it_is_its_state() -> None:
    read: Any = component_values._presenter("events")({"drawing": 1}, SessionState())
    assert (read, read.drawing) == ({"drawing": 1}, 1)


def test_the_app_reads_components_so() -> None:
    import ui.shell  # noqa: F401 - it puts the workaround in place

    assert vars(main)["make_bidi_component_presenter"] is component_values._presenter
