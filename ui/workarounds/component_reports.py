"""Read whatever a browser reports for a component; what cannot come from the component counts as no report.

Streamlit 1.67.0 parses the JSON of a component before anyone can check it (`unpack_widget_state_value`,
`deserialize_trigger_list`): `not json`, a number of 5,000 digits or a list nested 1,200 deep gives a traceback, and the
page never finishes. The value is copied with `deepcopy`, which fails at 600 levels and takes seconds for 600,000 empty
lists. `st_canvas` (streamlit-drawable-canvas 0.13.0) fails if its drawing is a number. And what is reported as the
state of a component that has only events is taken for an event in every run of the script: if the page then draws
itself again, it never stops.

Delete this once the test of it passes without it.
"""

import itertools
import json
from typing import Any

import streamlit.runtime.state.session_state as widget_states
from streamlit.components.v2.bidi_component import main
from streamlit.components.v2.bidi_component.serialization import BidiComponentSerde
from streamlit.components.v2.bidi_component.state import BidiComponentState
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.common import unpack_widget_state_value

MOST_LEVELS = 16
"""Lists and objects within each other; a drawing has six levels."""

MOST_PARTS = 50_000
"""Lists and objects; a drawing has one for each point."""


def read_any_report() -> None:
    """Have Streamlit read the reports of all components so."""
    widget_states.unpack_widget_state_value = _value  # type: ignore[assignment, attr-defined]
    main.deserialize_trigger_list = _events  # type: ignore[assignment, attr-defined]
    main.BidiComponentSerde = _State  # type: ignore[attr-defined]


def parsed(text: str) -> Any:  # noqa: ANN401 - any JSON
    """Return the value of a JSON text; None if it has none, or a larger or deeper one than any component reports."""
    if text.count("[") + text.count("{") > MOST_PARTS:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if _is_shallow(value) else None


def _is_shallow(value: object) -> bool:
    level: list[Any] = [[value]]
    for _ in range(MOST_LEVELS + 1):
        inner = itertools.chain.from_iterable(each.values() if isinstance(each, dict) else each for each in level)
        level = [each for each in inner if isinstance(each, dict | list)]
    return not level


def _value(widget: WidgetState) -> Any:  # noqa: ANN401 - whatever the widget reports
    return parsed(widget.json_value) if widget.HasField("json_value") else unpack_widget_state_value(widget)


def _events(text: str | None) -> list[Any] | None:
    events = None if text is None else parsed(text)
    return events if events is None or isinstance(events, list) else [events]


class _State(BidiComponentSerde):
    def deserialize(self, ui_value: str | dict[str, Any] | None) -> BidiComponentState:
        """Return the state: what has a default, if it is of the same type."""
        default, reported = self.default or {}, ui_value if isinstance(ui_value, dict) else {}
        kept = {name: value for name, value in reported.items() if name in default}
        return super().deserialize({name: value for name, value in kept.items() if type(value) is type(default[name])})
