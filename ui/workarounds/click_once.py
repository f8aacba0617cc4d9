"""Ignore clicks replayed by a fragment rerun.

In Streamlit 1.67.0, the browser sends a click in a separate task, slightly delayed. If a fragment's timer fires in
between, its rerun carries the click, which is then sent a second time:

    @st.fragment(run_every=0.1)
    def clock(): ...

    clock()
    st.button("Toggle", on_click=toggle)  # while the browser is busy, one click may call it twice

Delete this once tests/browser/test_click_once.py passes without it.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from streamlit.runtime.scriptrunner import get_script_run_ctx

_Arguments = ParamSpec("_Arguments")


def once(callback: Callable[_Arguments, None]) -> Callable[_Arguments, None]:
    """Wrap the callback of a button outside all fragments so that it ignores clicks replayed by a fragment rerun."""

    @wraps(callback)
    def call_once(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> None:
        context = get_script_run_ctx()
        if context is None or not context.fragment_ids_this_run:
            callback(*args, **kwargs)

    return call_once
