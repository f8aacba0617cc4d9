"""Look up one widget without reading all of them.

To check whether its value is None, each number field and select box of Streamlit 1.67.0 copies the whole session state
(`filtered_state`), which makes a class for each component (`make_bidi_component_presenter`). Without this, Train takes
63 ms of processor time instead of 44.

Delete this once `session_state = get_session_state().filtered_state` is gone from number_input.py and selectbox.py.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from streamlit.runtime.state import SafeSessionState

_everything: Callable[[SafeSessionState], dict[str, Any]] = vars(SafeSessionState)["filtered_state"].fget


class _OneAtATime(Mapping[str, Any]):
    def __init__(self, state: SafeSessionState) -> None:
        self._state: Any = state

    def __contains__(self, key: object) -> bool:
        return key in self._state

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - whatever the session holds
        return self._state[key]

    def __iter__(self) -> Iterator[str]:
        return iter(_everything(self._state))

    def __len__(self) -> int:
        return len(_everything(self._state))


def look_up_one_widget() -> None:
    """Have each of Streamlit's widgets look up only its own value."""
    SafeSessionState.filtered_state = property(_OneAtATime)  # type: ignore[method-assign, assignment]
