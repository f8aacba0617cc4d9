"""Have a press of a button count once, also where a fragment's timer runs out in the same moment.

The browser sends a press in a task of its own, a moment after the click. A timer that runs out before that task sends
all that the page holds, the press included, as a run of its fragment; then the press is sent again, as a run of the
whole page. Taken twice, a press on Pause would pause and train on.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from streamlit.runtime.scriptrunner import get_script_run_ctx

Given = ParamSpec("Given")


def once(press: Callable[Given, None]) -> Callable[Given, None]:
    """Return the callback of a button that stands in no fragment, deaf to a press that came with a fragment's timer."""

    @wraps(press)
    def taken(*args: Given.args, **kwargs: Given.kwargs) -> None:
        context = get_script_run_ctx()
        if context is None or not context.fragment_ids_this_run:
            press(*args, **kwargs)

    return taken
