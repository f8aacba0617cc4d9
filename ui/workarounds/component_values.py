"""Read the value of a component without making a class for it.

Streamlit 1.67.0 makes a class each time it reads a value (`make_bidi_component_presenter`), so that a script can set
its items, and it reads each component several times per script run. With fifty visitors, that took 5% of the server's
time.

Delete this once `_WriteThrough` is a class of the module streamlit/components/v2/presentation.py, or is gone.
"""

from collections.abc import Callable
from typing import Any

from streamlit.components.v2.bidi_component import main


class Read(dict[str, Any]):
    """The state and the events of a component by name, also as attributes; None for those that do not exist."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the component reports
        if name.startswith("__"):
            raise AttributeError(name)
        return self.get(name)


def read_components_plainly() -> None:
    """Have Streamlit read the state of a component as a read-only dict, together with the events of this run."""
    main.make_bidi_component_presenter = _presenter  # type: ignore[assignment, attr-defined]


def _presenter(events_id: str, *_: object) -> Callable[[object, Any], object]:
    def present(state: object, session: Any) -> object:  # noqa: ANN401 - Streamlit's SessionState
        events = session._new_widget_state.get(events_id)  # noqa: SLF001 - nothing public holds the events
        if not isinstance(state, dict):
            return state
        happened = {str(event.get("event")): event.get("value") for event in events or () if isinstance(event, dict)}
        return Read(happened | state)

    return present
