"""Send a script's last messages even if the next run has already been requested.

In Streamlit 1.67.0 a script hands its messages to the event loop. If the loop first handles a request for another run,
and the old script has ended by then, a new runner starts, and all messages still queued from the old one are ignored
(`_handle_scriptrunner_event_on_event_loop`): parts of the page, and the message that it is complete. The comment in
`AppSession.request_rerun` describes this; streamlit/streamlit#9921 was one case. To see it: fifty visitors open pages
that redraw themselves, and one in a thousand waits forever.

Delete this once Streamlit sends these messages.
"""

from typing import Any

from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import ScriptRunner, ScriptRunnerEvent

_handle = AppSession._handle_scriptrunner_event_on_event_loop  # noqa: SLF001 - no public API handles these events


def send_last_messages() -> None:
    """Have sessions accept what a runner sent before it ended, even after the next one has started."""
    AppSession._handle_scriptrunner_event_on_event_loop = _take  # type: ignore[assignment, method-assign]  # noqa: SLF001


def _take(
    session: AppSession,
    sender: ScriptRunner | None,
    event: ScriptRunnerEvent,
    *details: Any,  # noqa: ANN401 - whatever Streamlit adds
    **more: Any,  # noqa: ANN401
) -> None:
    current = session._scriptrunner  # noqa: SLF001
    if None in (sender, current) or event is ScriptRunnerEvent.SHUTDOWN:  # it would shut the new runner down
        _handle(session, sender, event, *details, **more)
        return
    session._scriptrunner = sender  # noqa: SLF001
    try:
        _handle(session, sender, event, *details, **more)
    finally:
        session._scriptrunner = current  # noqa: SLF001
