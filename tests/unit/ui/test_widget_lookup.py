"""A widget that asks for its own value reads no other."""

from typing import Any

import pytest
from streamlit.runtime.state import SafeSessionState, SessionState

from ui.workarounds.widget_lookup import look_up_one_widget


def test_one_widget_is_read_without_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SafeSessionState, "filtered_state", SafeSessionState.filtered_state)
    look_up_one_widget()
    session = SessionState()
    session["width"], session["height"] = None, 3
    read: list[str] = []

    def read_one(state: SessionState, key: str) -> Any:  # noqa: ANN401 - whatever the session holds
        read.append(key)
        return state._new_session_state[key]

    monkeypatch.setattr(SessionState, "__getitem__", read_one)
    state = SafeSessionState(session, lambda: None).filtered_state
    assert state["width"] is None
    assert set(read) == {"width"}
    assert dict(state) == {"width": None, "height": 3}
    assert len(state) == 2
