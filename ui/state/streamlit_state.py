"""Access to Streamlit's session state: widget values, and one instance of each state class per session."""

from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

from ui.state.file_turns import Visitor
from ui.state.kept_visits import HELD, VISITS
from ui.workarounds.tab_token import this_tab

_State = TypeVar("_State")


def page_state(kind: type[_State]) -> _State:
    """Return this session's instance of a class, created with its defaults on first use.

    A page uses it for state that must persist between reruns; it survives a lost connection and a reload.
    """
    held, key = _held(), state_key(kind)
    if key not in held:
        held[key] = kind()
    return held[key]


def everything_held() -> list[Any]:
    """Return everything that this session holds; an empty list outside a session's script."""
    return list(_held().values()) if in_session() else []


def in_session() -> bool:
    """Return whether this is the script of a session; may be called outside one, without a warning in the log."""
    return get_script_run_ctx(suppress_warning=True) is not None


def _held() -> dict[str, Any]:
    """Return everything that this session holds; a new session starts with what its tab held before a reload."""
    if HELD not in st.session_state:
        st.session_state[HELD] = VISITS.held_by(this_tab(), script_context())
    return st.session_state[HELD]


def script_context() -> ScriptRunContext:
    """Return Streamlit's context for the scripts of this session.

    Raises:
        RuntimeError: No page is being shown.
    """
    context = get_script_run_ctx()
    if context is None:
        raise RuntimeError("only a page that is shown in a browser has a session")
    return context


def visitor() -> Visitor:
    """Return what tells this visitor from others.

    Raises:
        RuntimeError: No page is being shown.
    """
    return frozenset(filter(None, (script_context().session_id, st.context.ip_address)))  # None for this machine


def state_key(kind: type) -> str:
    """Return the key under which a session holds the instance of a class."""
    return f"{kind.__module__}.{kind.__qualname__}"


def has_widget(key: str) -> bool:
    """Return whether a widget has a value, from the URL or an earlier rerun."""
    return key in st.session_state


def widget_value(key: str) -> Any:  # noqa: ANN401 - depends on the widget
    """Return the value of a widget; also works inside its callback."""
    return st.session_state[key]


def set_widget(key: str, value: Any) -> None:  # noqa: ANN401 - depends on the widget
    """Set a widget before it is drawn, in a callback or earlier in the script."""
    st.session_state[key] = value


def forget_widget(key: str) -> None:
    """Reset a widget to its default when it is next drawn."""
    st.session_state.pop(key, None)


def is_embedded() -> bool:
    """Return whether another page shows this one in a frame, as its address says with `embed=true`."""
    return bool(st.context.is_embedded)


def taken_parameter(name: str) -> str:
    """Return the value of a parameter in the page's address, and remove it there; empty if it is not there."""
    value = query_parameter(name)
    if value:
        del st.query_params[name]
    return value


def query_parameter(name: str) -> str:
    """Return the value of a parameter in the page's address; empty if it is not there."""
    return str(st.query_params.get(name, ""))
