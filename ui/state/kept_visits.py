"""What each tab's visit holds, kept for two minutes after its connection ends, so that a reload continues it."""

import hashlib
import threading
import time
from dataclasses import dataclass
from typing import Any

from streamlit import runtime
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

from ui.workarounds.tab_token import Tab

HELD = "held"
"""The key in `st.session_state` for everything that a visit holds."""

_LONGEST_WAIT = 1.0
"""Seconds to wait for a connection to end if the browser cannot tell whether its page is still open."""


@dataclass
class _Visit:
    held: dict[str, Any]
    context: ScriptRunContext


class KeptVisits:
    """The visits of all open tabs, and of those closed or lost less than two minutes ago, by their tokens' hashes.

    A visit belongs to one Streamlit session at a time.
    """

    def __init__(self) -> None:
        """Start without visits."""
        self._lock = threading.Lock()
        self._visits: dict[bytes, _Visit] = {}

    def __len__(self) -> int:
        """Return the number of visits."""
        return len(self._visits)

    def held_by(self, tab: Tab | None, context: ScriptRunContext) -> dict[str, Any]:
        """Return what the visit of a tab holds, for a Streamlit session that has just begun.

        The session that had the visit gets an empty one instead. An unknown token starts a new visit; a session without
        a token, or with that of a page that is still open, starts one that ends with the session.

        Args:
            tab: The tab that shows the session.
            context: Streamlit's context for the session's scripts.
        """
        if tab is None:
            return {}
        name = hashlib.sha256(tab.token.encode()).digest()
        before = self._visits.get(name)
        if before is not None and not tab.alone and _stays_connected(before.context.session_id):
            return {}
        with self._lock:
            before = self._visits.get(name)
            if before is None:
                held: dict[str, Any] = {}
            else:
                held = before.held
                before.context.session_state[HELD] = {}
            self._visits[name] = _Visit(held, context)
            return held

    def let_go(self, session_id: str) -> None:
        """Forget the visits of a Streamlit session that has ended for good."""
        with self._lock:
            self._visits = {
                name: visit for name, visit in self._visits.items() if visit.context.session_id != session_id
            }


VISITS = KeptVisits()
"""The visits of this process."""


def _stays_connected(session_id: str) -> bool:
    """Wait for a session's connection to end; return whether it is still open."""
    server, end = runtime.get_instance(), time.monotonic() + _LONGEST_WAIT
    while connected := server.is_active_session(session_id):
        if time.monotonic() > end:
            break
        time.sleep(0.02)
    return connected
