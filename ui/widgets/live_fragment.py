"""Fragments that redraw themselves periodically: one at a time, and less often when many sessions do so.

Redraws hold Python's global interpreter lock, which training and everybody else's page need too. So all sessions
together may spend only a share of the time on them: if eight sessions would take more, each redraws less often.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec

import streamlit as st

from ui.state.script_turns import script_turn
from ui.state.streamlit_state import script_context
from ui.workarounds.redraw_interval import set_redraw_interval

MOST_OF_THE_TIME = 0.13
"""The share of one core's time that the redraws of all sessions may take; Streamlit itself adds about as much."""

LONGEST_INTERVAL = 2.0
"""The longest interval in seconds between redraws, however many sessions there are."""

LONGEST_WAIT = 0.25
"""Seconds after which a redraw stops waiting for its turn, so that a slow one does not block the rest."""

_Arguments = ParamSpec("_Arguments")


@dataclass(frozen=True)
class _Redraw:
    """A redraw; all values are in seconds.

    Attributes:
        took: How long it took.
        usual: How long its fragment usually takes: the shorter of the last two, because the first includes one-time
            work.
        every: The interval at which it should repeat.
        until: The time until which it counts.
    """

    took: float
    usual: float
    every: float
    until: float


class Redraws:
    """The latest redraw of every fragment of every session, and how far to slow them down."""

    def __init__(self) -> None:
        """Start without any."""
        self._latest: dict[tuple[str, str], _Redraw] = {}
        self._changing = threading.Lock()

    def interval(self, session: str, fragment: str, took: float, every: float, now: float) -> float:
        """Count a redraw, and return the seconds until the next of that fragment.

        Args:
            session: The session that was redrawn.
            fragment: The fragment of its page.
            took: Seconds of processor time.
            every: Seconds between two redraws while few sessions redraw.
            now: Seconds on the monotonic clock.
        """
        with self._changing:
            before = self._latest.get((session, fragment))
            usual = 0.0 if before is None else min(before.took, took)
            self._latest[session, fragment] = _Redraw(took, usual, every, now + 3 * max(every, LONGEST_INTERVAL))
            return min(every * self._slowdown(now), max(every, LONGEST_INTERVAL))

    def _slowdown(self, now: float) -> float:
        """Return the factor, at least 1, by which to lengthen intervals, rounded so that they rarely change."""
        self._latest = {name: each for name, each in self._latest.items() if each.until > now}
        share = sum(each.usual / each.every for each in self._latest.values())
        return max(1.0, round(2 * share / MOST_OF_THE_TIME) / 2)


_redraws = Redraws()
_redrawing = threading.Lock()


def live_fragment(show: Callable[_Arguments, None], every: float | None) -> Callable[_Arguments, None]:
    """Return a fragment that reruns itself at this interval while few sessions do; with None, only by its widgets."""
    sent = [every]

    @wraps(show)
    def show_in_turn(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> None:
        with script_turn(_redrawing, LONGEST_WAIT):
            began = time.thread_time()
            show(*args, **kwargs)
            took = time.thread_time() - began
        if every is not None:
            context, name = script_context(), f"{show.__module__}.{show.__qualname__}"
            interval = _redraws.interval(context.session_id, name, took, every, time.monotonic())
            if interval != sent[0]:
                sent[0] = interval
                set_redraw_interval(context, interval)

    return st.fragment(show_in_turn, run_every=every)
