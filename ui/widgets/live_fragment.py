"""Fragments that redraw themselves periodically, queued across all sessions.

Redraws hold Python's global interpreter lock. If those of eight sessions ran at once, a visitor drawing a digit at that
moment would wait for all of them; queued, the visitor waits for one.
"""

import threading
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

LONGEST_WAIT = 0.25
"""Seconds after which a redraw stops waiting for its turn, so that a slow one does not block the rest."""

_Arguments = ParamSpec("_Arguments")

_redrawing = threading.Lock()


def live_fragment(show: Callable[_Arguments, None], every: float | None) -> Callable[_Arguments, None]:
    """Return a fragment that reruns itself.

    Args:
        show: Draws the fragment.
        every: Seconds between reruns; None reruns only when a widget in the fragment changes.
    """

    @wraps(show)
    def show_in_turn(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> None:
        acquired = _redrawing.acquire(timeout=LONGEST_WAIT)
        try:
            show(*args, **kwargs)
        finally:
            if acquired:
                _redrawing.release()

    return st.fragment(show_in_turn, run_every=every)
