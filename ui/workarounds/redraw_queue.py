"""Parts of a page that redraw themselves while something goes on. They take turns, those of all sessions.

Eight sessions that redraw in the same moment share Python's one lock, and whoever draws a digit just then would wait
for all of them. In turn, they keep a page that answers waiting for one.
"""

import threading
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

PATIENCE = 0.25
"""Seconds after which a redraw goes on beside another: one that takes long does not hold up the rest."""

_Given = ParamSpec("_Given")

_turn = threading.Lock()


def redrawn(show: Callable[_Given, None], every: float | None) -> Callable[_Given, None]:
    """Return a part of a page that runs again by itself.

    Args:
        show: Shows the part.
        every: Seconds between two runs; with None it runs again only when something in it is touched.
    """

    @wraps(show)
    def in_turn(*args: _Given.args, **kwargs: _Given.kwargs) -> None:
        has_turn = _turn.acquire(timeout=PATIENCE)
        try:
            show(*args, **kwargs)
        finally:
            if has_turn:
                _turn.release()

    return st.fragment(in_turn, run_every=every)
